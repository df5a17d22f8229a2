// @ts-check
// Each translated test photograph at the probability that a classifier gives it, and drawn flowers, best and worst.
const { make, set } = kit;
const { root, part, parts } = kit.widget(element, "widget", `
  <div class="top"><h3>What a classifier takes them for</h3>
    <div class="switch" role="group" aria-label="Which way"></div></div>
  <p class="kit-keys"></p>
  <div class="dots"></div>
  <p class="says"></p>
  <p class="judged"></p>
  <div class="flowers"><figure class="best"><figcaption></figcaption><canvas></canvas></figure>
    <figure class="worst"><figcaption></figcaption><canvas></canvas></figure></div>`);
kit.keepOpaque(element);
const BINS = 40, COLOURS = ["#d55e00", "var(--link-text-color)"]; // not taken for the other kind, and taken
const plot = kit.plot(part(".dots"), { height: 132, least: 240 });
/** @type {any} */
let verdict = null;
/** @type {any} */
let way = null;
/** @type {HTMLImageElement | null} */
let flowers = null;

const views = parts("canvas").map((canvas) => kit.panel(canvas));
const draw = kit.redraw(root, () => {
  if (!flowers) return;
  const count = way.drawn.scores.length / 2, side = flowers.height / 2;
  views.forEach((view, at) => {
    if (view.fit(2 / count))
      view.pen.drawImage(flowers, at * count * side, 0, count * side, 2 * side, 0, 0, view.canvas.width,
        view.canvas.height);
  });
});
const mark = kit.choice(part(".switch"), "kind", (kind) => show(kind));
/** @param {string} kind of the photographs */
function show(kind) {
  way = verdict.ways.find((/** @type {any} */ each) => each.kind === kind);
  mark(kind);
  const { other, probabilities, taken, untranslated, drawn } = way;
  /** @type {number[]} */
  const heights = Array(BINS).fill(0);
  const dots = [[], []];
  for (const probability of [...probabilities].sort((a, b) => a - b)) {
    const bin = Math.min(BINS - 1, Math.floor(probability * BINS));
    heights[bin] += 1;
    /** @type {any[]} */ (dots[Number(probability > 0.5)]).push([(bin + 0.5) / BINS, heights[bin] - 0.5]);
  }
  const count = Math.round(taken * probabilities.length);
  const label = `${count} of ${probabilities.length} translated photographs are taken for a ${other}`;
  plot.show({
    label, x: { label: `probability of a ${other}`, low: 0, high: 1 },
    y: { label: "photographs", low: 0, high: Math.max(10, ...heights) * 1.1, whole: true },
    spans: [{ from: 0, to: 0.5, text: "" }],
    series: dots.map((loose, i) => ({ points: [], loose, colour: COLOURS[i] })),
  });
  part(".kit-keys").replaceChildren(...["not taken", "taken"].map((text, at) =>
    make("span", make("i", { style: { color: COLOURS[at] } }, "●"), ` ${text} for a ${other}`)));
  const bold = (/** @type {any} */ text) => make("b", text);
  part(".says").replaceChildren("It takes ", bold(`${count} of ${probabilities.length}`),
    ` translated test photographs for a ${other}, and ${Math.round(untranslated * probabilities.length)} of them as ` +
    "they were. Of the untouched ones of both kinds it is right about ",
    bold(kit.percent(verdict.classifier_accuracy)), ".");
  part(".judged").replaceChildren(`Of ${drawn.judged} drawn ${kind === "daisy" ? "daisies" : `${kind}s`}, the ` +
    "network's own ", kit.term("discriminator"), ` of ${other}s puts these first and last (1: real, 0: made):`);
  const half = drawn.scores.length / 2, write = (/** @type {number[]} */ scores) =>
    `${kit.fixed(Math.max(...scores), 2)} to ${kit.fixed(Math.min(...scores), 2)}`;
  ["best", "worst"].forEach((name, at) => {
    const scores = drawn.scores.slice(at * half, at * half + half);
    const text = `${at ? "went wrong" : "went right"}: ${write(scores)}`;
    set(part(`.${name} figcaption`), { text });
    set(part(`.${name} canvas`), { role: "img", aria: { label: `Drawn flowers and what they became, ${text}` } });
  });
  kit.loadImage(drawn.pictures, (image) => {
    flowers = image;
    draw();
  });
}
function receive() {
  const value = props.value;
  root.hidden = !value?.ways;
  if (!value?.ways) return;
  verdict = value;
  part(".switch").replaceChildren(...verdict.ways.map((/** @type {any} */ { kind, other }) =>
    make("button", { data: { kind } }, `${kind} → ${other}`)));
  show(verdict.ways[0].kind);
}
watch("value", receive);
receive();
