// @ts-check
// A column for every network: what it makes of the visitor's digit, and what the test digits cost, in nats.
const { make } = kit;
const { root, part } = kit.widget(element, "costs", `
  <h3>What a code costs, and what it leaves to pay</h3>
  <div class="scroll"><table><thead></thead><tbody class="own"></tbody><tbody class="classes"></tbody></table></div>
  <p class="legend"></p>`);
kit.keepOpaque(element);
/** @type {any[]} */
let networks = [];

/** @param {{ vae: boolean, beta: number, numbers: number }} network */
const nameOf = ({ vae, beta, numbers }) =>
  [vae ? "VAE" : "auto\u00adencoder", make("small", vae ? `β = ${beta}` : "free code"),
    make("small", `${numbers} numbers`)];
const nats = (/** @type {number} */ value) => kit.fixed(value, 1);

function showDigit(/** @type {any} */ digit) {
  /** @type {any[]} */
  const answers = digit?.networks ?? [];
  const of = (/** @type {any} */ { network }) => answers.find((each) => each.network === network);
  const row = (/** @type {any} */ title, /** @type {(found: any) => any} */ cell) => make("tr",
    make("th", { scope: "row" }, title), networks.map((each) => make("td", of(each) ? cell(of(each)) : "–")));
  const add = (/** @type {number[]} */ values) => values.reduce((sum, each) => sum + each, 0);
  const picture = (/** @type {string} */ src, /** @type {string} */ alt) => make("img", { src, alt });
  part(".own").replaceChildren(
    row(digit ? [picture(digit.saw, `B, ${digit.name}, as the networks see it`), make("span", `B, ${digit.name}`)] :
      make("span", "draw a digit"),
    (found) => picture(found.reconstruction, `What ${found.network} draws again`)),
    row(["to draw it again, ", kit.term("nat", "nats")], (found) => nats(found.reconstruction_nats)),
    row([kit.term("KL divergence", "KL"), " of its code"],
      (found) => found.deviation.length ? nats(add(found.kl_nats)) : "free"));
}
function showClasses() {
  const most = Math.max(...networks.flatMap(({ classes }) =>
    classes.map((/** @type {any} */ each) => each.reconstruction + each.kl)));
  const bar = (/** @type {any} */ { reconstruction, kl }, /** @type {string} */ label) => {
    const said = `${label}: ${nats(reconstruction)} + ${nats(kl)} = ${nats(reconstruction + kl)} nats`;
    return make("td.bar", { title: said, aria: { label: said } },
      make("i.drawn", { style: { width: `${100 * reconstruction / most}%` } }),
      make("i.kl", { style: { width: `${100 * kl / most}%` } }));
  };
  const mean = make("tr.mean", make("th", { scope: "row" }, `all ${kit.grouped(networks[0].count)}`),
    networks.map((each) => make("td", make("b", nats(each.reconstruction + each.kl)),
      make("small", `${nats(each.reconstruction)} + ${nats(each.kl)}`))));
  part(".classes").replaceChildren(
    make("tr.title", make("th", { colspan: networks.length + 1 }, "The test digits, class by class")),
    ...networks[0].classes.map((/** @type {any} */ { label }, /** @type {number} */ at) => make("tr",
      make("th", { scope: "row" }, label),
      networks.map((each) => bar(each.classes[at], `${each.network}, ${label}`)))), mean);
  part("thead").replaceChildren(make("tr", make("th"),
    networks.map((each) => make("th", { scope: "col" }, nameOf(each)))));
  part(".legend").replaceChildren(make("i.drawn"), "to draw it again ", make("i.kl"), "KL of its code, in nats: " +
    "both together bound −ln p(picture) from above in a VAE. The dearer a nat of KL, the less a code says.");
}
function receive() {
  const { missing, networks: sent, digit } = props.value || {};
  root.hidden = Boolean(missing);
  if (sent) {
    networks = sent;
    showClasses();
  }
  if (networks.length && digit !== undefined) showDigit(digit);
}
watch("value", receive);
receive();
