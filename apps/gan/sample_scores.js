// @ts-check
// Samples of the chosen network at the scores that its opponent gives them, and the visitor's own picture among them.
const { make, set } = kit;
const COUNT = 24, LOOKS = [["generated", "#d55e00"], ["real", "var(--link-text-color)"]];
const { root, part } = kit.widget(element, "samples", `
  <div class="known">
    <h3></h3>
    <div class="controls-row">
      <label>seed <input class="seed" type="number" min="0" step="1" value="0"></label>
      <button type="button" class="more">Next seed</button>
      <label class="cut"><span>truncation</span>
        <input type="range" min="0.1" max="4" step="0.1" value="4"><b></b></label>
    </div>
    <div class="field"></div>
    <p class="says" role="status"></p>
    <p class="problem" role="status"></p>
  </div>`);
kit.keepOpaque(element);
const link = tenweeks.link(element), seedField = part(".seed"), cutSlider = part(".cut input");
const plane = kit.plane(part(".field"), { height: 240, size: 34 });

let network = "", seed = "0", cut = 4;
/** @type {any} What sample_generator returned, with the wish that it answers and both mean scores. */
let answer = null;
/** @type {Record<string, any> | null} What each network says of the visitor's picture. */
let own = null;

function isAnswered() {
  const asked = answer?.asked ?? {};
  return asked.network === network && asked.seed === seed && asked.truncation === cut;
}
const want = kit.asking(root, isAnswered, () => trigger("select", { network, seed, truncation: cut }));
const held = link.hold(["seed", "truncation"], (/** @type {Record<string, string>} */ asked) => {
  if (/^\d{1,19}$/.test(asked.seed ?? "")) seed = asked.seed;
  if (Number(asked.truncation) >= 0.1 && Number(asked.truncation) <= 4) cut = Number(asked.truncation);
  showControls();
  if (network) want(0);
});
/** @param {{ network?: string, seed?: string, cut?: number }} next */
function change(next) {
  ({ network, seed, cut } = { network, seed, cut, ...next });
  showControls();
  want();
}
function keep() {
  held.keep({ seed: seed === "0" ? null : seed, truncation: cut === 4 ? null : cut });
}
function showControls() {
  if (seedField.value !== seed) seedField.value = seed;
  cutSlider.value = cut;
  set(part(".cut b"), { text: cut === 4 ? "none" : `±${cut.toFixed(1)}` });
  set(cutSlider, { aria: { valuetext: cut === 4 ? "none" : `each number of a code within ${cut.toFixed(1)} of 0` } });
}
seedField.addEventListener("input", () => {
  if (!/^\d{1,19}$/.test(seedField.value))
    return set(part(".problem"), { text: "A seed is a whole number, 0 or more." });
  change({ seed: seedField.value });
  keep();
});
part(".more").addEventListener("click", () => {
  change({ seed: `${(BigInt(seed) + 1n) % 2n ** 63n}` });
  keep();
});
cutSlider.addEventListener("input", () => {
  change({ cut: Number(cutSlider.value) });
  keep();
});

function show() {
  if (!answer) return;
  const isCritic = answer.scores === "critic", who = isCritic ? "the critic" : "D";
  // A critic's score has no zero: it is measured from the middle between real and generated pictures.
  const zero = isCritic ? (answer.real_score + answer.fake_score) / 2 : 0;
  const say = (/** @type {number} */ score) => (isCritic ? `${kit.signed(score - zero, 1)} from the middle`
    : `real with ${kit.percent(1 / (1 + Math.exp(-score)), 0)}, says D`);
  const mine = own?.[answer.network], samples = answer.samples;
  const spots = samples.map((/** @type {any} */ { picture, score }, /** @type {number} */ i) => ({
    picture, title: say(score), x: score - zero, y: 1.8 * ((i * 0.618034) % 1) - 0.9, colour: LOOKS[0][1],
  }));
  if (mine) spots.push({ picture: mine.saw, title: `yours: ${say(mine.score)}`, x: mine.score - zero, y: 0,
    colour: LOOKS[1][1], strong: true });
  const wide = Math.max(1, ...spots.map(({ x }) => Math.abs(x)), Math.abs(answer.real_score - zero));
  const fooled = samples.filter((/** @type {any} */ { score }) => score > zero).length;
  const network = answer.network.split("@")[0], title = `${network}: what ${who} says of ${samples.length} samples`;
  set(part("h3"), { text: title });
  plane.show({
    label: `${title}: ${fooled} lie to the right of the middle`, up: "", spots, wide,
    across: isCritic ? "critic's score, from the middle between the means" : "D's score: the logit of being real",
    sides: LOOKS.map(([name, colour]) => ({ name, colour })),
  });
  const beaten = mine && samples.filter((/** @type {any} */ { score }) => score < mine.score).length;
  const [real, fake] = [answer.real_score, answer.fake_score].map((each) => kit.signed(each - zero, 1));
  part(".says").replaceChildren(isCritic ? "" : "D takes ", make("b", `${fooled} of ${samples.length}`),
    `${isCritic ? " lie nearer to the mean of real pictures than to that of generated ones" : " for real"}. ` +
    `When training ended, the mean was ${real} for real pictures and ${fake} for generated ones. `,
    ...(mine ? ["Your picture scores ", make("b", kit.signed(mine.score - zero, 1)),
      `${isCritic ? "" : ` (${say(mine.score)})`}, more than ${beaten} of the ${samples.length}.`]
      : ["Draw, and see where yours lies."]));
}

const tab = root.closest(".tabitem");
/** The network that the life above shows. */
const follow = () => {
  const chosen = /** @type {HTMLElement} */ (tab)?.dataset.chosen;
  if (chosen && chosen !== network) change({ network: chosen });
};
tab?.addEventListener("gan-network", follow);

function receive() {
  const value = props.value || {};
  if (value.missing) part(".known").hidden = true;
  if (value.asked) {
    if (value.problem) set(part(".problem"), { text: value.problem });
    else {
      answer = { ...value, asked: { ...value.asked } };
      set(part(".problem"), { text: "" });
    }
    if (!network) {
      network = value.asked.network;
      held.apply();
      showControls();
      follow();
    }
    if (value.problem) want.cancel();
    else want();
  }
  if ("own" in value) own = value.own;
  show();
}
watch("value", receive);
receive();
