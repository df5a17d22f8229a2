// @ts-check
// A fixed set of codes through a generator's whole training, scrubbed: its pictures, losses, slopes and classes.
const { make, set } = kit;
const { root, part } = kit.widget(element, "life widget", `
  <p class="missing" hidden></p>
  <div class="known">
    <div class="top"><h3>Two networks play the same game</h3>
      <select class="networks" aria-label="Network"></select></div>
    <div class="now">
      <canvas class="pictures"></canvas>
      <div class="classes"><p class="what"></p><div class="bars"></div><p class="scores"></p></div>
    </div>
    <label class="scrub"></label>
    <div class="kit-keys"></div>
    <div class="losses"></div>
    <div class="slopes"></div>
    <p class="lowest"></p>
    <p class="says"></p>
  </div>`);
kit.keepOpaque(element);
const link = tenweeks.link(element);
const COLOURS = { generator: "#d55e00", discriminator: "var(--link-text-color)" };

/** @type {{ network: string, name: string }[]} */
let networks = [];
let opening = "", wanted = "";
/** @type {Map<string, any>} Lives by their network, once they came. */
const lives = new Map();
/** @type {any} */
let life = null;
let stopPlay = () => {};

const slider = kit.frameSlider(part(".scrub"), { show: go, moved: scrub });
const { follow } = slider;
const pictures = kit.sprites(part(".pictures"), "Pictures of the same 36 codes", (index) =>
  (life ? follow(index) : ""));
const losses = kit.plot(part(".losses"), { height: 110, least: 200, read: follow });
const slopes = kit.plot(part(".slopes"), { height: 100, least: 200, read: follow });

/** Show one frame everywhere. @param {any} frame @param {number} index */
function go(frame, index) {
  pictures.go(index);
  losses.go(index);
  slopes.go(index);
  frame.shares.forEach((/** @type {number} */ share, /** @type {number} */ label) => {
    kit.meter(part(`.bars .track:nth-child(${3 * label + 2})`), life.labels[label], share);
    const whole = Math.round(100 * share), text = share && !whole ? "< 1 %" : `${whole} %`;
    set(part(`.bars .share:nth-child(${3 * label + 3})`), { text });
  });
  const score = (/** @type {number | null} */ value) => (value == null ? "–" : kit.signed(value, 1));
  part(".scores").replaceChildren("mean score: real ", make("b", score(frame.real_score)), ", generated ",
    make("b", score(frame.fake_score)));
}
const writeLoss = (/** @type {string} */ text) => text.replace(/-(?=ln)/g, "−");
/** The frame before which the generator's loss was lowest; a loss that was not finite is null. @param {any[]} frames */
const findLowest = (frames) => frames.reduce((best, { generator_loss: loss }, index) =>
  (loss !== null && !(loss >= frames[best].generator_loss) ? index : best),
frames.findIndex(({ generator_loss: loss }) => loss !== null));
/** What stays while one scrubs. */
function describe() {
  const { round, average, frames, overtrained } = life;
  const isCritic = life.scores === "critic", lowest = findLowest(frames);
  const loss = (/** @type {number} */ index) => make("b", kit.number(frames[index].generator_loss ?? NaN));
  part(".lowest").replaceChildren("The generator's loss was lowest ",
    make("button", { onclick: () => scrub(lowest) }, slider.tell(lowest)), ": ", loss(lowest), ". At the end it is ",
    loss(frames.length - 1), ".");
  part(".says").replaceChildren(
    `Generator: ${writeLoss(life.losses.generator)}. ${isCritic ? "Critic" : "Discriminator"}: ` +
    writeLoss(life.losses.discriminator),
    `. A step is ${kit.plural(round.discriminator, "update")} of ${isCritic ? "the critic" : "D"} and ` +
    `${kit.plural(round.generator, "update")} of G${average ? "; the pictures are of the moving average of G" : ""}.`,
    overtrained ? ` From step ${kit.grouped(overtrained.from)} on it is ${overtrained.generator} of G.` : "");
  part(".kit-keys").replaceChildren(...[["discriminator", isCritic ? "critic's loss" : "discriminator's loss"],
    ["generator", "generator's loss"]].map(([name, text]) =>
    make("span", kit.plotKey({ points: [], colour: COLOURS[name] }), ` ${text}`)));
  part(".what").replaceChildren(`What 1,000 samples are, says ${life.classifier.split("@")[0]}`);
  part(".bars").replaceChildren(...life.labels.flatMap((/** @type {string} */ label) =>
    [make("span.label", { title: label }, label), make("div.track"), make("span.share")]));
}
function drawPlots() {
  const { frames } = life, steps = frames.map(kit.placeFrame), isCritic = life.scores === "critic";
  const line = (/** @type {string} */ name) =>
    frames.map((/** @type {any} */ frame, /** @type {number} */ index) => [steps[index], frame[name]]);
  const x = { label: "step", log: true, low: steps[0], high: steps.at(-1) };
  const told = frames.flatMap((/** @type {any} */ each) => [each.generator_loss, each.discriminator_loss])
    .filter((/** @type {any} */ each) => each !== null);
  const [low, high] = [Math.min(...told), Math.max(...told, isCritic ? -Infinity : Math.log(4))];
  losses.show({
    label: "Both losses over the training", x: { ...x, bare: true }, steps,
    y: { label: "loss", low: isCritic ? low : 0, high: high + 0.1 * (high - Math.min(low, 0)) },
    rules: isCritic ? [] : [{ y: Math.log(4), text: "ln 4: D cannot tell" }],
    series: Object.entries(COLOURS).map(([name, colour]) => ({ points: line(`${name}_loss`), colour })),
  }, slider.at());
  slopes.show({
    label: "The slope of the score between real and generated pictures", x, y: { label: "slope of the score", low: 0 },
    steps, rules: isCritic ? [{ y: 1, text: "the penalty's 1" }] : [],
    series: [{ points: line("gradient_norm"), colour: "#009e73" }],
  }, slider.at());
}

const want = kit.asking(root, () => lives.has(wanted), () => trigger("select", { network: wanted }), { wait: 0 });
const held = link.hold(["network", "step"], (/** @type {Record<string, string>} */ { network, step }) => {
  if (step && /^\d{1,9}$/.test(step)) askedStep = Number(step);
  choose(networks.some((each) => each.network === network) ? network : wanted);
});
/** A step that a link asks for. @type {number | null} */
let askedStep = null;
const menu = part(".networks");
menu.addEventListener("change", () => {
  stopPlay();
  choose(menu.value);
  held.keep({ network: wanted === opening ? null : wanted, step: null });
});
/** @param {string} network */
function choose(network) {
  wanted = network;
  menu.value = network;
  root.classList.toggle("waiting", !lives.has(network));
  if (lives.has(network)) showLife();
  else want();
  tellOthers();
}
/** What else the tab shows is about this network too. */
function tellOthers() {
  const tab = /** @type {HTMLElement} */ (root.closest(".tabitem"));
  tab.dataset.chosen = wanted;
  tab.dispatchEvent(new Event("gan-network"));
}
function showLife() {
  const share = life ? slider.at() / (life.frames.length - 1) : 1;
  root.classList.remove("waiting");
  life = lives.get(wanted);
  const { side, grid, columns, frames } = life, size = side * grid;
  const index = askedStep === null ? Math.round(share * (frames.length - 1))
    : frames.findLastIndex((/** @type {any} */ { step }) => step <= /** @type {number} */ (askedStep));
  askedStep = null;
  slider.take(frames, Math.max(0, index));
  describe();
  drawPlots();
  pictures.show(life.pictures, { width: size, height: size, count: frames.length, across: columns }, slider.at());
  slider.go(slider.at());
}
/** @param {number} index */
function scrub(index) {
  stopPlay();
  slider.go(index);
  held.keep({ step: index === life.frames.length - 1 ? null : life.frames[index].step });
}

function receive() {
  const value = props.value || {};
  set(part(".missing"), { hidden: !value.missing, text: value.missing ?? "" });
  if (value.life) lives.set(value.life.network, value.life);
  part(".known").hidden = !lives.size;
  if (value.networks) {
    networks = value.networks;
    wanted = opening = value.life.network;
    menu.replaceChildren(...networks.map(({ network, name }) => make("option", { value: network }, name)));
    menu.value = opening;
    if (held.apply()) return;
    showLife();
    tellOthers();
    const last = life.frames.length - 1;
    stopPlay = kit.play(root, { count: last + 1, wait: 110, step: slider.go, end: () => slider.go(last) });
  } else if (value.life?.network === wanted) {
    showLife();
    want();
  }
}
watch("value", receive);
receive();
