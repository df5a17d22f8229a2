// @ts-check
// The same drawn flowers through a translator's whole training, scrubbed: there and back, errors and losses.
const { make, set } = kit;
const { root, part } = kit.widget(element, "widget", `
  <h3>The same twelve flowers, from the first step to the last</h3>
  <div class="now">
    <div><div class="flowers"><div class="rows"></div><canvas class="pictures"></canvas></div>
      <label></label></div>
    <div><p class="kit-keys errors-keys"></p><div class="errors"></div>
      <p class="kit-keys losses-keys"></p><div class="losses"></div><p class="says"></p></div>
  </div>`);
kit.keepOpaque(element);
const link = tenweeks.link(element), ROWS = 6;
const KINDS = {
  errors: { cycle_loss: ["the cycle's error", "var(--link-text-color)"],
    identity_loss: ["what is done to its own kind", "#009e73"] },
  losses: { discriminator_loss: ["discriminators' loss", "var(--link-text-color)"],
    generator_loss: ["generators' loss", "#d55e00"] },
};
/** @type {any} */
let life = null;
/** @type {(CanvasImageSource | null)[]} The flowers themselves, and the frames, which come when they are in view. */
const images = [null, null];
let stopPlay = () => {}, isSent = false;
const want = kit.asking(root, () => isSent, () => trigger("select", {}), { wait: 0 });
new IntersectionObserver((entries) => entries.at(-1)?.isIntersecting && life && want()).observe(root);

const slider = kit.frameSlider(part("label"), { show: go, moved: choose });
const view = kit.panel(part(".pictures"));
const draw = kit.redraw(root, () => {
  if (!life || !view.fit(1)) return;
  const { grid, side, columns } = life, wide = grid * side, high = view.canvas.height / ROWS, index = slider.at();
  const left = (index % columns) * wide, top = Math.floor(index / columns) * (ROWS - 2) * side;
  for (let row = 0; row < ROWS; row++) {
    const [block, place] = [Math.floor(row / 3), row % 3], drawn = place === 0;
    const [x, y] = drawn ? [0, block * side] : [left, top + (2 * block + place - 1) * side];
    const image = images[drawn ? 0 : 1];
    if (image) view.pen.drawImage(image, x, y, wide, side, 0, row * high, view.canvas.width, high - view.dense);
  }
});
kit.steer(view.canvas, {
  size: () => life?.frames.length,
  at: () => slider.at(),
  choose,
  hover: (index) => index !== null && slider.follow(index),
});
const plots = Object.fromEntries(Object.keys(KINDS).map((name) =>
  [name, kit.plot(part(`.${name}`), { height: 120, least: 200, read: slider.follow })]));

/** Show one frame everywhere. @param {any} _ @param {number} index */
function go(_, index) {
  const aria = { label: `Twelve drawn flowers: what they become, and become again`, valuemin: 1,
    valuemax: life.frames.length, valuenow: index + 1, valuetext: slider.tell(index) };
  set(view.canvas, { role: "slider", tabindex: 0, aria });
  for (const plot of Object.values(plots)) plot.go(index);
  draw();
}
/** @param {number} index */
function choose(index) {
  stopPlay();
  slider.go(index);
  held.keep({ step: index === life.frames.length - 1 ? null : life.frames[index].step });
}
const held = link.hold(["step"], (/** @type {Record<string, string>} */ { step }) => {
  if (life && /^\d{1,9}$/.test(step ?? ""))
    slider.go(Math.max(0, life.frames.findLastIndex((/** @type {any} */ each) => each.step <= Number(step))));
});
function drawPlots() {
  const { frames } = life, steps = frames.map(kit.placeFrame), last = slider.at();
  for (const [name, lines] of Object.entries(KINDS)) {
    const scale = name === "errors" ? 255 : 1;
    const series = Object.entries(lines).map(([key, [, colour]]) => ({
      points: frames.map((/** @type {any} */ frame, /** @type {number} */ i) =>
        [steps[i], frame[key] == null ? null : scale * frame[key]]), colour }));
    plots[name].show({
      label: Object.values(lines).map(([text]) => text).join(" and "), series, steps,
      x: { label: "step", log: true, low: steps[0], high: steps.at(-1), bare: name === "errors" },
      y: { label: name === "errors" ? "of 255" : "loss", low: 0 },
    }, last);
    part(`.${name}-keys`).replaceChildren(...Object.values(lines).map(([text], i) =>
      make("span", kit.plotKey(series[i]), ` ${text}`)));
  }
}

function receive() {
  const value = props.value || {};
  const load = (/** @type {number} */ place, /** @type {string} */ source) => kit.loadImage(source, (image) => {
    images[place] = image;
    draw();
  });
  root.hidden = !life && !value.frames;
  if (value.pictures) {
    isSent = true;
    load(1, value.pictures);
    want();
  }
  if (!value.frames) return;
  life = value;
  load(0, life.drawn);
  const [first, second] = life.labels, last = life.frames.length - 1;
  part(".rows").replaceChildren(...[first, `→ ${second}`, `→ ${first}`, second, `→ ${first}`, `→ ${second}`]
    .map((text) => make("span", text)));
  const { losses, round } = life;
  part(".says").replaceChildren(`Generators: ${losses.generator}. Discriminators: ${losses.discriminator}. A step is ` +
    `${kit.plural(round.generator, "update")} of each; the pictures are of the generators' moving average.`);
  slider.take(life.frames, last);
  drawPlots();
  slider.go(last);
  if (held.apply()) return;
  stopPlay = kit.play(root, { count: last + 1, wait: 110, step: slider.go, end: () => slider.go(last) });
}
watch("value", receive);
receive();
