// @ts-check
// Two piles of sand on a line, dragged: the Jensen-Shannon divergence beside the Wasserstein distance.
const { make, set, svg } = kit;
const FOLLOW_MS = 140; // between two steps of a generator that follows a slope
const COLOURS = ["var(--link-text-color)", "#d55e00"]; // real, generated
const side = (/** @type {string} */ name, /** @type {string} */ title) => `
  <section class="${name}">
    <h3>${title} <b></b></h3><p class="slope"></p>
    <div class="curve"></div>
    <p class="follow"><button type="button">Let the generator follow this slope</button><span role="status"></span></p>
    <h4></h4><div class="judge"></div>
  </section>`;
const { root, part } = kit.widget(element, "piles", `
  <div class="line">
    <div class="names"><p><i class="real"></i>real</p>
      <p><i class="generated"></i>generated:
        <span class="shapes" role="group" aria-label="Generated pile"></span></p></div>
    <div class="scene"><svg aria-hidden="true"></svg>
      <div class="handle real" role="slider" tabindex="0"></div>
      <div class="handle generated" role="slider" tabindex="0"></div></div>
  </div>
  <div class="sides">${side("js", "Jensen–Shannon divergence")}${side("carry", "Wasserstein distance")}</div>`);
kit.keepOpaque(element);
const link = tenweeks.link(element);
const scene = part(".scene svg"), handles = [part(".handle.real"), part(".handle.generated")];

/** @typedef {{ key: string, name: string, grains: number[] }} Shape */
/** @type {Shape[]} */
let shapes = [];
let places = 0, shape = "";
/** The first place of each pile. */
let at = [0, 0], opening = [0, 0], usual = "";
/** @type {number[]} */
let real = [];
let stopPlay = () => {}, following = 0;

// ---------------------------------------------------------------------------------------------- the arithmetic
const grainsOf = (/** @type {number} */ pile) =>
  (pile ? shapes.find(({ key }) => key === shape)?.grains ?? [] : real);
/** Shares of the sand at every place. @param {number} pile @param {number} from its first place */
function spread(pile, from) {
  const grains = grainsOf(pile), whole = grains.reduce((sum, each) => sum + each, 0);
  return Array.from({ length: places }, (_, place) => (grains[place - from] ?? 0) / whole);
}
const measurePlace = (/** @type {number} */ mine, /** @type {number} */ other) =>
  (mine > 0 ? mine * Math.log((2 * mine) / (mine + other)) : 0);
/** In nats. @param {number[]} p @param {number[]} q */
const divergence = (p, q) =>
  p.reduce((sum, share, i) => sum + (measurePlace(share, q[i]) + measurePlace(q[i], share)) / 2, 0);
/** How much has to come from the right of each gap between two places. @param {number[]} p @param {number[]} q */
function findMissing(p, q) {
  let sum = 0;
  return p.slice(0, -1).map((share, i) => (sum += share - q[i]));
}
/** In places. @param {number[]} p @param {number[]} q */
const distance = (p, q) => findMissing(p, q).reduce((sum, each) => sum + Math.abs(each), 0);
/** Climbs by at most 1 from place to place. @param {number[]} p @param {number[]} q */
function findCritic(p, q) {
  let value = 0;
  const steps = findMissing(p, q).map((each) => (Math.abs(each) < 1e-12 ? 0 : -Math.sign(each)));
  const climbed = [0, ...steps.map((step) => (value += step))], least = Math.min(...climbed);
  return climbed.map((each) => each - least);
}
const middle = (/** @type {number} */ pile, from = at[pile]) => from + (grainsOf(pile).length - 1) / 2;
const last = (/** @type {number} */ pile) => places - grainsOf(pile).length;
/** A measure with the generated pile at each of its places. @param {typeof distance} measure */
const measureAlong = (measure) => {
  const p = spread(0, at[0]);
  return Array.from({ length: last(1) + 1 }, (_, from) => measure(p, spread(1, from)));
};

// ------------------------------------------------------------------------------------------------------ the line
/** Every grain of a pile, from left to right and from the ground up: its place and its level. @param {number} pile */
function listGrains(pile) {
  return grainsOf(pile).flatMap((count, i) =>
    Array.from({ length: count }, (_, level) => ({ place: at[pile] + i, level })));
}
const drawScene = kit.redraw(part(".scene"), () => {
  const wide = part(".scene").clientWidth;
  if (!places || !wide) return;
  const step = wide / places, high = kit.clamp(step * 0.62, 12, 18), ground = 4.4 * high + 8;
  const floor = ground + Math.max(5, ...grainsOf(1)) * high + 8;
  const across = (/** @type {number} */ place) => (place + 0.5) * step;
  const grains = [0, 1].map(listGrains);
  const blocks = grains.flatMap((each, pile) => each.map(({ place, level }) => svg("rect.grain", {
    x: place * step + 1, width: step - 2, height: high - 2, rx: 2, style: { fill: COLOURS[pile] },
    y: pile ? ground + 5 + level * high : ground - 5 - (level + 1) * high + 2,
  })));
  // The grains in their order: on a line nothing less has to be carried.
  const ways = grains[1].map(({ place, level }, i) => svg("path.way", {
    d: `M${across(place)} ${ground + 4 + (level + 0.5) * high}` +
      `C${across(place)} ${ground} ${across(grains[0][i].place)} ${ground} ` +
      `${across(grains[0][i].place)} ${ground - 4 - (grains[0][i].level + 0.5) * high}`,
  }));
  set(scene, { width: wide, height: floor, viewBox: `0 0 ${wide} ${floor}` });
  scene.replaceChildren(svg("line.ground", { x1: 0, x2: wide, y1: ground, y2: ground }), ...blocks, ...ways);
  set(handles[0], { style: { top: 0, height: `${ground}px` } });
  set(handles[1], { style: { top: `${ground}px`, height: `${floor - ground}px` } });
});
let held = 0; // where in the pile the pointer holds it
handles.forEach((handle, pile) => kit.steer(handle, {
  size: () => places && last(pile) + 1,
  at: () => at[pile],
  drag: true,
  place: (event) => {
    const place = Math.floor(kit.fraction(event, handle)[0] * places * 0.99999), long = grainsOf(pile).length;
    if (event.type === "pointerdown") {
      const inside = place >= at[pile] && place < at[pile] + long;
      held = inside ? place - at[pile] : Math.floor(long / 2);
    }
    return kit.clamp(place - held, 0, last(pile));
  },
  choose: (place) => change({ at: at.map((each, i) => (i === pile ? place : each)) }),
}));

// ---------------------------------------------------------------------------------------------------- both sides
const SIDES = [
  { name: ".js", measure: divergence, unit: "JS, nats", write: (/** @type {number} */ v) => kit.fixed(v, 4) },
  { name: ".carry", measure: distance, unit: "W, places",
    write: (/** @type {number} */ v) => `${kit.number(v)} places` },
].map((each, index) => ({
  ...each,
  /** @type {number[]} */
  along: [],
  drawnFor: "",
  curve: kit.plot(part(`${each.name} .curve`), { height: 150, least: 140, read: (to) => readAlong(index, to) }),
  judge: kit.plot(part(`${each.name} .judge`), { height: 120, least: 140 }),
}));
/** The curve is a way to move the pile too. @param {number} index @param {number} to */
function readAlong(index, to) {
  if (to !== at[1]) change({ at: [at[0], to] });
  return `${SIDES[index].name === ".js" ? "JS" : "W"} ${SIDES[index].write(SIDES[index].along[to])}`;
}
function show() {
  const p = spread(0, at[0]), q = spread(1, at[1]), toReal = Math.sign(middle(0) - middle(1));
  for (const each of SIDES) {
    const now = each.measure(p, q), isFull = each.measure === divergence && Math.abs(now - Math.LN2) < 1e-9;
    set(part(`${each.name} h3 b`), { text: `${each.write(now)}${isFull ? " = ln 2" : ""}` });
    const key = `${at[0]} ${shape}`, isNew = key !== each.drawnFor;
    if (isNew) [each.along, each.drawnFor] = [measureAlong(each.measure), key];
    const change = (each.along[at[1] + toReal] ?? now) - now;
    part(`${each.name} .slope`).replaceChildren("One place closer changes it by ",
      make("b", Math.abs(change) < 1e-9 ? "0" : kit.signed(change, each.measure === divergence ? 4 : 2)), ".");
    if (isNew) each.curve.show(describeCurve(each), at[1]);
    else each.curve.go(at[1]);
  }
  drawJudges(p, q);
  const meets = p.some((share, place) => share && q[place]);
  set(blind, { text: meets ? "is the share of real sand at each place"
    : "is sure everywhere, and flat under both piles" });
  const names = ["real", "generated"];
  handles.forEach((handle, pile) => set(handle, { aria: {
    label: `The ${names[pile]} pile`, valuemin: 0, valuemax: last(pile), valuenow: at[pile],
    valuetext: `its middle at place ${middle(pile)}` } }));
  mark(shape);
  drawScene();
}
/** @param {typeof SIDES[0]} side */
function describeCurve({ along, measure, unit }) {
  const isDivergence = measure === divergence, name = isDivergence ? "The divergence" : "The distance";
  const points = along.map((value, from) => [middle(1, from), value]);
  return {
    label: `${name} with the generated pile at each place`,
    x: { label: "generated pile at place", low: 0, high: places - 1 },
    y: { label: unit, low: 0, ...(isDivergence ? { high: 0.8, ticks: [0, 0.2, 0.4, 0.6] } : {}) },
    rules: isDivergence ? [{ y: Math.LN2, text: "ln 2" }] : [],
    series: [{ points }],
    steps: points.map(([x]) => x),
  };
}
/** What the best discriminator and the best critic answer at each place. @param {number[]} p @param {number[]} q */
function drawJudges(p, q) {
  const x = { label: "place", low: 0, high: places - 1 }, critic = findCritic(p, q);
  const shares = p.map((share, place) => [place, share + q[place] > 0 ? share / (share + q[place]) : null]);
  const dots = (/** @type {number[]} */ sand, /** @type {(place: number) => number} */ value) =>
    sand.flatMap((share, place) => (share ? [[place, value(place)]] : []));
  SIDES[0].judge.show({
    label: "What the best discriminator answers where there is sand", x,
    y: { label: "D", low: 0, high: 1, ticks: [0, 0.5, 1] },
    series: [{ points: shares, mark: "circle", r: 3.5, class: "flat" }],
  });
  SIDES[1].judge.show({
    label: "What the best critic answers at every place", x, y: { label: "f", low: 0 },
    series: [{ points: critic.map((value, place) => [place, value]), class: "flat" },
      { points: dots(p, (place) => critic[place]), colour: COLOURS[0], mark: "circle", r: 3.5, class: "dots" },
      { points: dots(q, (place) => critic[place]), colour: COLOURS[1], mark: "circle", r: 3.5, class: "dots" }],
  });
}
const blind = make("span");
part(".js h4").append("The best ", kit.term("discriminator"), " ", blind);
part(".carry h4").append("The best ", kit.term("critic"), " has slope 1 wherever sand must travel");

// ------------------------------------------------------------------------------------------------------ following
/** The generator goes one place downhill, until both neighbours are as far. @param {typeof SIDES[0]} side */
function follow(side) {
  const [here, left, right] = [0, -1, 1].map((way) => side.along[at[1] + way] ?? Infinity);
  const way = Math.min(left, right) < here - 1e-9 ? (left < right ? -1 : 1) : 0;
  const says = part(`${side.name} .follow span`);
  if (!way) {
    set(says, { text: here < 1e-9 ? "It has arrived." : "It stays: no neighbouring place is better." });
    return;
  }
  set(says, { text: "…" });
  at = [at[0], at[1] + way];
  show();
  following = setTimeout(() => follow(side), kit.isStill() ? 0 : FOLLOW_MS);
}
for (const each of SIDES) part(`${each.name} button`).addEventListener("click", () => {
  change({});
  follow(each);
});

const mark = kit.choice(part(".shapes"), "shape", (key) => change({ shape: key }));
/** @param {{ at?: number[], shape?: string }} next */
function change(next) {
  stopPlay();
  clearTimeout(following);
  for (const each of SIDES) set(part(`${each.name} .follow span`), { text: "" });
  shape = next.shape ?? shape;
  at = (next.at ?? at).map((place, pile) => kit.clamp(place, 0, last(pile)));
  show();
  const isUsual = at.every((place, pile) => place === opening[pile]);
  wishes.keep({ piles: isUsual ? null : at.join(), shape: shape === usual ? null : shape });
}
const wishes = link.hold(["piles", "shape"], (/** @type {Record<string, string>} */ asked) => {
  if (shapes.some(({ key }) => key === asked.shape)) shape = asked.shape;
  const wanted = (asked.piles ?? "").split(",").map((text) => kit.wholeBelow(text, places));
  if (wanted.length === 2 && !wanted.includes(null)) at = wanted.map((each) => Number(each));
  at = at.map((place, pile) => kit.clamp(place, 0, last(pile)));
  if (shapes.length) show();
});

function receive() {
  const value = props.value;
  if (!value?.shapes) return;
  ({ shapes, places, real, shape } = value);
  usual = shape;
  at = [value.at, value.generated_at];
  opening = at;
  part(".shapes").replaceChildren(...shapes.map(({ key, name }) => make("button", { data: { shape: key } }, name)));
  show();
  if (wishes.apply()) return;
  // From where the piles meet away, and back to where it opens.
  const way = [...Array.from({ length: last(1) - at[0] + 1 }, (_, i) => at[0] + i),
    ...Array.from({ length: last(1) - at[1] }, (_, i) => last(1) - 1 - i)];
  stopPlay = kit.play(root, {
    count: way.length,
    wait: 130,
    step: (index) => {
      at = [at[0], way[index]];
      show();
    },
  });
}
watch("value", receive);
receive();
