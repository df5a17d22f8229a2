// @ts-check
// Two numbers play for f = x · y: where four rules lead from a start that the visitor drags.
const { make, set } = kit;
const WIDE = 2.4; // how far from 0 the plane reaches to either side
/** One step of each rule of Python's. @type {Record<string, (e: number) => (x: number, y: number) => number[]>} */
const STEPS = {
  simultaneous: (e) => (x, y) => [x - e * y, y + e * x],
  alternating: (e) => (x, y) => [x - e * y, y + e * (x - e * y)],
  extragradient: (e) => (x, y) => [x - e * (y + e * x), y + e * (x - e * y)],
  penalty: (e) => (x, y) => [x - e * y, y + e * (x - y)],
};
/** By how much a step multiplies the radius. @type {Record<string, (e: number) => number>} */
const FACTORS = {
  simultaneous: (e) => Math.sqrt(1 + e * e),
  alternating: () => 1,
  extragradient: (e) => Math.sqrt(1 - e ** 2 + e ** 4),
  penalty: (e) => Math.sqrt(1 - e + e * e),
};
const COLOURS = ["#d55e00", "var(--link-text-color)", "#009e73", "#cc79a7"];
const { root, part } = kit.widget(element, "game", `
  <h3>Two numbers play for <i>f</i> = <i>x</i> · <i>y</i></h3>
  <div class="plane"></div>
  <div class="rules" role="group" aria-label="How the players move"></div>
  <div class="sliders">
    <label><span>step size η</span><input class="size" type="range" min="0.01" max="0.5" step="0.01"><b></b></label>
    <label><span>steps</span><input class="count" type="range" min="1" max="300" step="1"><b></b></label>
  </div>
  <p class="says" role="status"></p>`);
kit.keepOpaque(element);
const link = tenweeks.link(element);
const sizeSlider = part(".size"), countSlider = part(".count");

/** @typedef {{ rule: string, size: number, count: number, start: number[] }} Game */
/** @type {{ key: string, name: string, factor: string }[]} */
let names = [];
/** @type {Game} */
let game = { rule: "", size: 0, count: 0, start: [0, 0] };
let opening = game;
let stopPlay = () => {};

const field = kit.orbits(part(".plane"), { wide: WIDE, across: "x lowers f", up: "y raises f",
  move: (start) => change({ start }) });
const list = kit.orbitRules(part(".rules"), (rule) => change({ rule }));
sizeSlider.addEventListener("input", () => change({ size: Number(sizeSlider.value) }));
countSlider.addEventListener("input", () => change({ count: Number(countSlider.value) }));

const radius = (/** @type {number[]} */ place) => Math.hypot(place[0], place[1]);
const write = (/** @type {number} */ value) => (value < 1e5 ? kit.number(value) : kit.short(Math.round(value)));
function show() {
  const { rule: chosen, size, count, start } = game;
  const rules = names.map(({ key, name }, at) => ({ key, name, colour: COLOURS[at], step: STEPS[key](size) }));
  field.show({ rules, chosen, start, count });
  const figures = rules.map((each) => {
    const end = kit.orbit(each, start, count)[count];
    return radius(start) ? `× ${write(radius(end) / radius(start))}` : "–";
  });
  list.show(["the players move", `the distance after ${kit.plural(count, "step")}`], rules, figures, chosen);
  const path = kit.orbit(/** @type {any} */ (rules.find(({ key }) => key === chosen)), start, count);
  const mean = [0, 1].map((axis) => path.reduce((sum, place) => sum + place[axis], 0) / path.length);
  const isExact = ["simultaneous", "extragradient"].includes(chosen);
  const { factor } = /** @type {any} */ (names.find(({ key }) => key === chosen)), value = FACTORS[chosen](size);
  part(".says").replaceChildren(
    isExact ? "Every step multiplies the distance from the middle by " : "On the average, a step multiplies it by ",
    make("b", chosen === "alternating" ? factor : `${factor} = ${kit.number(value, 5)}`),
    `. The mean of all ${kit.plural(path.length, "place")} is ${write(radius(mean))} away.`);
  set(part(".size + b"), { text: size.toFixed(2) });
  set(part(".count + b"), { text: count });
  sizeSlider.value = size;
  countSlider.value = count;
}
/** @param {Partial<Game>} next */
function change(next) {
  stopPlay();
  game = { ...game, ...next };
  show();
  const unusual = (/** @type {keyof Game} */ name) => (`${game[name]}` === `${opening[name]}` ? null : `${game[name]}`);
  held.keep({ rule: unusual("rule"), eta: unusual("size"), steps: unusual("count"), start: unusual("start") });
}
const held = link.hold(["rule", "eta", "steps", "start"], (/** @type {Record<string, string>} */ asked) => {
  const start = (asked.start ?? "").split(",").map(Number), steps = kit.wholeBelow(asked.steps, 301);
  if (names.some(({ key }) => key === asked.rule)) game.rule = asked.rule;
  if (Number(asked.eta) >= 0.01 && Number(asked.eta) <= 0.5) game.size = Number(asked.eta);
  if (steps) game.count = steps;
  if (start.length === 2 && start.every((each) => Math.abs(each) <= WIDE)) game.start = start;
  if (names.length) show();
});

function receive() {
  const value = props.value;
  if (!value?.rules) return;
  names = value.rules;
  opening = { rule: value.rule, size: value.size, count: value.count, start: value.start };
  game = { ...opening };
  show();
  if (held.apply()) return;
  const showSteps = (/** @type {number} */ count) => {
    game.count = count;
    show();
  };
  stopPlay = kit.play(root, { count: opening.count, wait: 45, step: (at) => showSteps(at + 1),
    end: () => showSteps(opening.count) });
}
watch("value", receive);
receive();
