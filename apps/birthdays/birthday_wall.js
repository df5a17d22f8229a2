// @ts-check
// Pictures of a generator that has only N, drawn until one comes twice.
const { make, set } = kit;
const GAMES = 1000, CELLS = 5, HUES = 12;
const { root, part, style } = kit.widget(element, "birthdays widget", `
  <div class="left">
    <div class="controls-row">
      <label><span>pictures that it has, N</span><input class="size" type="range" min="0" step="1"><b></b></label>
      <button type="button" class="again">Draw anew</button></div>
    <canvas class="wall" role="img"></canvas>
    <label class="count"><span>drawn</span><input type="range" min="1" step="1"><b></b></label>
  </div>
  <div class="right">
    <p class="outcome" role="status"></p>
    <div class="curve"></div>
    <p class="half"></p>
    <p class="guess"></p>
    <p class="many"><button type="button">Play ${kit.grouped(GAMES)} times</button> <span role="status"></span></p>
  </div>`);
kit.keepOpaque(element);
const link = tenweeks.link(element), sizeSlider = part(".size"), countSlider = part(".count input");
const view = kit.panel(part(".wall"));
const curve = kit.plot(part(".curve"), { height: 190, read: (to) => readCurve(to) });

/** @type {number[]} */
let sizes = [];
let modes = 0, usual = 0, seed = 1, count = 0, stopPlay = () => {};
/** The drawn pictures, the last of which is the first that came twice; where it stood before; of many games, when. */
let drawn = [0], twin = 0, games = [0];
let likely = 0; // after how many a duplicate is more likely than not

/** Numbers from 0 to 1, always the same for a seed: mulberry32. @param {number} state */
function makeDice(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
/** Draw until one comes twice. @param {() => number} dice */
function drawUntilTwice(dice) {
  /** @type {Map<number, number>} */
  const seen = new Map(), found = [];
  for (;;) {
    const mode = Math.floor(dice() * modes), before = seen.get(mode);
    found.push(mode);
    if (before !== undefined) return { found, before };
    seen.set(mode, found.length - 1);
  }
}
/** The probability of a duplicate among the first n, for n from 0 on until it is above 0.999. */
function listProbabilities() {
  const found = [0];
  for (let none = 1; found[found.length - 1] <= 0.999;) {
    none *= 1 - (found.length - 1) / modes;
    found.push(1 - none);
  }
  return found;
}

// ------------------------------------------------------------------------------------------------------ the wall
/**
 * A picture of its own for each mode: a pattern of 5 × 5 with a mirror, in two of twelve hues.
 * @param {number} mode @param {number} x @param {number} y @param {number} size
 */
function drawMode(mode, x, y, size) {
  const { pen } = view, dice = makeDice(mode * 7919 + 11), step = size / (CELLS + 1);
  pen.fillStyle = `hsl(${(360 / HUES) * Math.floor(dice() * HUES)} 45% 92%)`;
  pen.fillRect(x, y, size, size);
  pen.fillStyle = `hsl(${(360 / HUES) * Math.floor(dice() * HUES)} 65% 38%)`;
  for (let row = 0; row < CELLS; row++)
    for (let column = 0; column <= CELLS / 2; column++)
      if (dice() < 0.5)
        for (const at of new Set([column, CELLS - 1 - column]))
          pen.fillRect(x + (at + 0.5) * step, y + (row + 0.5) * step, step + 0.5, step + 0.5);
}
const drawWall = kit.redraw(view.canvas, () => {
  if (!modes || !view.fit(0.5)) return;
  const { width, height } = view.canvas, gap = 3 * view.dense;
  const room = Math.max(drawn.length, 1.6 * likely);
  let across = 4;
  while (Math.ceil(room / across) * (width / across) > height) across++;
  const step = width / across, size = step - gap;
  const place = (/** @type {number} */ i) => [(i % across) * step, Math.floor(i / across) * step];
  view.pen.clearRect(0, 0, width, height);
  drawn.slice(0, count).forEach((mode, i) => drawMode(mode, place(i)[0], place(i)[1], size));
  if (count < drawn.length) return;
  view.pen.fillStyle = style("--body-background-fill");
  view.pen.globalAlpha = 0.72;
  view.pen.fillRect(0, 0, width, height);
  view.pen.globalAlpha = 1;
  for (const i of [twin, count - 1]) {
    const [x, y] = place(i);
    drawMode(drawn[i], x, y, size);
    view.outline(x, y, size, size, true);
  }
});

// --------------------------------------------------------------------------------------------------- the numbers
const ordinal = (/** @type {number} */ value) => {
  const tens = value % 100, end = tens > 10 && tens < 14 ? "th" : ["th", "st", "nd", "rd"][value % 10] ?? "th";
  return `${kit.grouped(value)}${end}`;
};
/** The plot counts the drawn pictures too. @param {number} to */
function readCurve(to) {
  const wanted = kit.clamp(to, 1, drawn.length);
  if (wanted !== count) show(wanted);
  return `${kit.plural(to, "picture")}: a duplicate with a probability of ${kit.percent(chances[to])}`;
}
/** @type {number[]} */
let chances = [];
/** @param {number} next how many are drawn */
function show(next) {
  count = next;
  const isOver = count === drawn.length;
  part(".outcome").replaceChildren(...(isOver
    ? [make("b", `The ${ordinal(count)} picture`), ` is the same as the ${ordinal(twin + 1)}.`]
    : [make("b", kit.plural(count, "picture")), ", and no two alike."]));
  set(view.canvas, { aria: { label: part(".outcome").textContent } });
  part(".guess").replaceChildren(...(isOver ? ["From this one pair alone one would guess ",
    make("b", kit.grouped(Math.round(count ** 2 / 2))), ` pictures, n²/2; there are ${kit.grouped(modes)}.`]
    : ["\u00a0"]));
  set(part(".count b"), { text: kit.grouped(count) });
  countSlider.value = count;
  if (curve.at() !== count) curve.go(Math.min(count, chances.length - 1));
  drawWall();
}
/** Another generator, or another try with it. */
function restart() {
  chances = listProbabilities();
  ({ found: drawn, before: twin } = drawUntilTwice(makeDice(seed)));
  games = [];
  set(part(".many span"), { text: "" });
  likely = chances.findIndex((share) => share > 0.5);
  const rule = 1.18 * Math.sqrt(modes);
  part(".half").replaceChildren("More likely than not after ", make("b", kit.plural(likely, "picture")),
    `; 1.18 √${kit.grouped(modes)} = ${rule.toFixed(1)}.`);
  set(part(".size + b"), { text: kit.grouped(modes) });
  sizeSlider.value = sizes.indexOf(modes);
  set(sizeSlider, { aria: { valuetext: kit.grouped(modes) } });
  set(countSlider, { max: drawn.length });
  count = 0;
  drawCurve(drawn.length);
  show(drawn.length);
}
function drawCurve(/** @type {number} */ at) {
  const reached = chances.map((_, n) => games.filter((when) => when <= n).length / games.length);
  curve.show({
    label: `The probability of a duplicate among ${kit.grouped(modes)} pictures`,
    x: { label: "pictures drawn", low: 0 }, y: { label: "probability of a duplicate", low: 0, high: 1 },
    rules: [{ y: 0.5, text: "a half" }],
    series: [{ points: chances.map((share, n) => [n, share]) },
      ...(games.length ? [{ points: reached.map((share, n) => [n, share]), colour: "#d55e00", dash: "4 3" }] : [])],
    steps: chances.map((_, n) => n),
  }, Math.min(at, chances.length - 1));
}
part(".many button").addEventListener("click", () => {
  stopPlay();
  const dice = makeDice(seed + 1000003);
  games = Array.from({ length: GAMES }, () => drawUntilTwice(dice).found.length).sort((a, b) => a - b);
  const [early, middle, late] = [0.05, 0.5, 0.95].map((share) => kit.grouped(games[Math.floor(share * GAMES)]));
  set(part(".many span"), { text: `Half of the games had their duplicate by picture ${middle}, nine of ten between ` +
    `${early} and ${late} (dashed).` });
  drawCurve(count);
});
countSlider.addEventListener("input", () => {
  stopPlay();
  show(Number(countSlider.value));
});
/** @param {{ modes?: number, seed?: number }} next */
function change(next) {
  stopPlay();
  ({ modes, seed } = { modes, seed, ...next });
  restart();
  held.keep({ size: modes === usual ? null : modes, seed: seed === 1 ? null : seed });
}
sizeSlider.addEventListener("input", () => change({ modes: sizes[Number(sizeSlider.value)] }));
part(".again").addEventListener("click", () => {
  change({ seed: seed + 1 });
  playDraws();
});
const held = link.hold(["size", "seed"], (/** @type {Record<string, string>} */ asked) => {
  if (sizes.includes(Number(asked.size))) modes = Number(asked.size);
  seed = kit.wholeBelow(asked.seed, 1e6) ?? seed;
  if (sizes.length) restart();
});
function playDraws() {
  const whole = drawn.length, wait = Math.max(30, Math.min(140, 5000 / whole));
  stopPlay = kit.play(root, { count: whole, wait, step: (index) => show(index + 1), end: () => show(whole) });
}

function receive() {
  const value = props.value;
  if (!value?.sizes) return;
  sizes = value.sizes;
  modes = usual = value.size;
  set(sizeSlider, { max: sizes.length - 1 });
  restart();
  if (!held.apply()) playDraws();
}
watch("value", receive);
receive();
