// @ts-check
// Two maps of one picture, and how sure the answer stays while their first pixels, or random ones, are deleted.
const { make, set, number, percent } = kit;
const { root, part, parts } = kit.widget(element, "widget", `
<p class="factor"></p>
<div class="tiles">
  <div class="names left"></div><div class="names right"></div><div class="names">the picture</div>
  <select class="left" aria-label="Method on the left"></select>
  <select class="right" aria-label="Method on the right"></select><span class="answer"></span>
  <canvas class="map left" tabindex="0" role="application"></canvas>
  <canvas class="map right" tabindex="0" role="application"></canvas><canvas class="original" role="img"></canvas>
  <div class="scale left"></div><div class="scale right"></div><div></div>
  <div class="slide">
    <label><span class="what"><b></b><span></span></span>
      <input type="range" min="0" step="1" value="0" aria-label="Share of the pixels that are changed"></label>
    <div class="switch" role="group" aria-label="Direction">
      <button type="button" data-way="deletion" title="from the picture towards the baseline">Delete</button>
      <button type="button" data-way="insertion" title="from the baseline towards the picture">Add</button></div>
  </div>
  <canvas class="gone left" role="img"></canvas><canvas class="gone right" role="img"></canvas>
  <canvas class="gone lot" role="img"></canvas>
  <div class="sure left"></div><div class="sure right"></div><div class="sure lot"></div>
</div>
<div class="reading"></div>`);
kit.keepOpaque(element);
const SIDES = ["left", "right"], KEPT = 96; // results and refusals that the page remembers
const tab = element.closest(".tabitem") ?? element, slider = part("input");
const views = Object.fromEntries(parts("canvas").map((canvas) => [canvas.className, kit.panel(canvas)]));
const requests = kit.requests(trigger), scratch = make("canvas");
const pointing = matchMedia("(hover: hover)").matches ? "Point at a pixel" : "Tap a pixel";

let choices = null;              // methods, baselines and steps as Python offers them
let methods = {};                // by name: title, hint, and which settings change its map
let subjects = [];               // what Python sent: one or two networks before the picture
let photos = [];                 // of each the picture: packed pixels, and drawn in grey
let picture = "";                // its name in the menu
let chosen = { methods: [], label: "", steps: 0, baseline: "" };
let way = "deletion", at = 0;    // or "insertion"; the step of the curves that is shown
let revealed = Infinity;         // up to which step the curves are drawn: the tab shows itself
let cover = 0.7;                 // strength of the maps
let spot = null;                 // the pixel that is read, [across, down] from 0 to 1
let busy = null;                 // the request on its way: turn, name, done, ahead
let wished = null;               // the check that the visitor started, as `wishes` has it
let stopped = false;             // the curves, by the visitor, until something else is chosen
const found = new Map(), problems = new Map(); // what came, by what it is of, and every refusal

// ------------------------------------------------------------------------------------------------ what is what
const sides = () => subjects.map((_, s) => s);
function nameOf(s, kind, { methods: each, label, steps, baseline } = chosen) {
  const { settings } = methods[each[s]], apart = settings.includes("steps") ? [steps] : [];
  const by = { map: settings.map((name) => ({ steps, baseline })[name]), curves: [baseline, ...apart], check: [] };
  return [kind, subjects[s].key, subjects[s].network, each[s], label, ...by[kind]].join("|");
}
const resultOf = (s, kind) => (subjects[s] ? found.get(nameOf(s, kind)) : undefined);
const mapOf = (s) => resultOf(s, "map"), curvesOf = (s) => resultOf(s, "curves");
const problemOf = (s, kind) => problems.get(nameOf(s, kind));
const busyOf = (s, kind) => (busy?.name === nameOf(s, kind) ? busy : null);
const isOneNetwork = () => subjects.length < 2 || subjects[0].network === subjects[1].network;
const shortName = (s) => {
  const bare = subjects.map(({ network }) => network.split("@")[0]);
  return bare[0] === bare[1] && !isOneNetwork() ? subjects[s].network : bare[s];
};
/** What tells one side from the other: its method, its network, or both. */
function sideName(s) {
  const { title } = methods[chosen.methods[s]];
  if (isOneNetwork()) return title;
  return chosen.methods[0] === chosen.methods[1] ? shortName(s) : `${shortName(s)}, ${title}`;
}
/** Whether random pixels do the same to both sides. */
const isOneLot = () => subjects.length < 2
  || (subjects[0].key === subjects[1].key && mapOf(0)?.label === mapOf(1)?.label);
/** Probabilities in random orders; adding in an order is deleting in the reverse. */
const lotsOf = (s) => curvesOf(s).random.map((each) => (way === "deletion" ? each : [...each].reverse()));
const colourOf = (s) => kit.CATEGORIES[s];
function remember(store, name, value) {
  store.delete(name);
  store.set(name, value);
  while (store.size > KEPT) store.delete(store.keys().next().value);
}
function shadeMap(sent) {
  const numbers = kit.decode(sent.values, Float32Array), [height, width] = sent.size;
  const shade = kit.paint(height, width, (i) => kit.pixelOf(numbers[i] / sent.scale, sent.signed));
  return { ...sent, numbers, shade };
}
const decode = {
  map(sent) {
    const map = shadeMap(sent), { numbers } = map;
    // Largest value first, as Python ranks them.
    return { ...map, order: Uint32Array.from(numbers.keys()).sort((a, b) => numbers[b] - numbers[a] || a - b) };
  },
  curves(sent) {
    const curves = { ...sent, order: kit.decode(sent.order, Uint32Array), background: null };
    loadPixels(sent.baseline, sent.size, (pixels) => (curves.background = pixels));
    return curves;
  },
  check: ({ size, signed, stages, ...more }) =>
    ({ ...more, stages: stages.map((stage) => shadeMap({ ...stage, size, signed })) }),
};
function loadPixels(source, [height, width], ready) {
  kit.loadImage(source, (image) => {
    const pen = make("canvas", { width, height }).getContext("2d");
    pen.drawImage(image, 0, 0);
    ready(new Uint32Array(pen.getImageData(0, 0, width, height).data.buffer), image);
    draw();
  });
}

// ------------------------------------------------------------------------------------------------ the pictures
const sideOf = (canvas) => (canvas.classList.contains("right") ? 1 : 0);
const cellOf = (s) => subjects[s].size.map((many, axis) => Math.min(many - 1, Math.floor(spot[1 - axis] * many)));
function drawMap(pen, s, width, height) {
  pen.imageSmoothingEnabled = false;
  if (photos[s].grey) pen.drawImage(photos[s].grey, 0, 0, width, height);
  pen.globalAlpha = cover;
  if (mapOf(s)) pen.drawImage(mapOf(s).shade, 0, 0, width, height);
  pen.globalAlpha = 1;
}
/** The picture of a side with the first pixels of an order changed; without an order, as it is. */
function drawChanged(pen, s, order, width, height) {
  const curves = curvesOf(s), { pixels } = photos[s], [high, wide] = subjects[s].size;
  if (!pixels) return;
  const other = curves?.background, isWhole = !order || !other;
  const [from, to] = isWhole || way === "deletion" ? [pixels, other] : [other, pixels];
  const changed = from.slice();
  for (const pixel of isWhole ? [] : order.subarray(0, curves.counts[at])) changed[pixel] = to[pixel];
  pen.imageSmoothingEnabled = false;
  pen.drawImage(kit.paint(high, wide, (i) => changed[i], scratch), 0, 0, width, height);
}
function drawTile(name, paint) {
  const view = views[name], s = sideOf(view.canvas);
  if (!subjects[s] || !view.fit(1)) return;
  const { pen, canvas } = view;
  paint(pen, s, canvas.width, canvas.height);
  if (!spot) return;
  const [row, column] = cellOf(s), [high, wide] = subjects[s].size.map((many) => canvas.width / many);
  view.outline(column * wide, row * high, wide, high, false);
}
const changed = (orderOf) => (pen, s, ...size) => drawChanged(pen, s, orderOf(s), ...size);
const drawMaps = kit.redraw(part(".tiles"), () => {
  for (const side of SIDES) drawTile(`map ${side}`, drawMap);
  drawTile("original", changed(() => null));
});
const drawGone = kit.redraw(part(".tiles"), () => {
  for (const side of SIDES) drawTile(`gone ${side}`, changed((s) => mapOf(s)?.order));
  drawTile("gone lot", changed((s) => curvesOf(s)?.order));
});
function draw() {
  drawMaps();
  drawGone();
}

// ------------------------------------------------------------------------------------------------ names and numbers
const waits = ({ ahead, done }) => (ahead ? `${ahead} before yours` : `${Math.round(100 * done)} %`);
function tellMaps() {
  for (const s of sides()) {
    const problem = problemOf(s, "map"), map = mapOf(s), runs = busyOf(s, "map");
    const text = problem ?? `· ${map?.label ?? (runs ? waits(runs) : "…")}`;
    set(part(`.names.${SIDES[s]}`), { title: text }).replaceChildren(
      make("b", shortName(s)), " ", make(problem ? "span.problem" : "span", text));
    const end = map && number(map.scale);
    set(part(`.scale.${SIDES[s]}`), { title: map && "99 % of the pixels lie within; the others have the last colour" })
      .replaceChildren(...(map ? [make("span.bar", { style: { background: kit.gradient(map.signed) } }),
        make("span.ends", (map.signed ? [`−${end}`, "0", `+${end}`] : ["0", end]).map((each) => make("span", each)))]
        : []));
    set(part(`.map.${SIDES[s]}`), { aria: { label: `Map of ${sideName(s)}. Arrow keys choose a pixel to read.` } });
  }
  const asked = mapOf(0)?.answers.find((each) => each.asked), isSame = isOneLot() && asked;
  set(part(".answer"), { text: isSame ? `${asked.label} ${percent(asked.probability)}` : "" });
  set(part(".original"), { aria: { label: `The picture as ${shortName(0)} sees it` } });
}
/** The two maps have scales of their own: how far these are apart. */
function tellFactor() {
  const [left, right] = [mapOf(0)?.scale, mapOf(1)?.scale], side = right > left ? "right" : "left";
  const factor = Math.max(left / right, right / left);
  const times = factor < 10 ? factor.toFixed(1) : kit.grouped(Math.round(factor));
  set(part(".factor"), { text: !left || !right ? ""
    : chosen.methods[0] !== chosen.methods[1] ? "Two methods, two units: compare colours within a map."
      : factor < 1.05 ? "Both maps' values are equally large."
        : `The ${side} map's values are ${times} times larger: each map has a scale of its own.` });
}
function tellReading() {
  const value = (s) => {
    const [row, column] = cellOf(s), map = mapOf(s), told = map && map.numbers[row * subjects[s].size[1] + column];
    return make("p", make("span.quiet", `${sideName(s)}, row ${row}, column ${column}: `),
      make("b", map ? number(told) : "–"));
  };
  const baseline = choices.baselines.find(({ name }) => name === chosen.baseline);
  const hints = [...new Set(sides().map((s) => methods[chosen.methods[s]]))].map(({ title, hint }) =>
    make("p", make("b", title), make("span.quiet", ` ${hint}`)));
  part(".reading").replaceChildren(...(spot ? sides().map(value) : hints),
    make("p.quiet", `A deleted pixel becomes ${baseline.title}. ${spot ? "" : `${pointing} to read its numbers.`}`));
}
function tellStep() {
  const does = doing(way), share = `${placeOf(at)} %`;
  set(part(".what b"), { text: share });
  set(part(".what span"), { text: ` of the pixels ${does}` });
  set(slider, { max: choices.parts, value: at, aria: { valuetext: `${share} of the pixels ${does}` } });
  const tell = (name, title, values, colours) => {
    const told = values.map((value) => (typeof value === "number" ? percent(value) : value));
    const box = part(`.sure.${name}`);
    set(part(`.gone.${name}`), { aria: { label: `${share} ${does} ${title}: ${told.join(", ")}` } });
    // The nodes stay while pixels go: new ones would have the whole page measured at each step.
    if (box.title !== title || box.childElementCount !== told.length + 2)
      set(box, { title }).replaceChildren(
        make("div.track", make("i")), ...told.map(() => make("b")), make("span", title));
    const background = colours[0], transform = `scaleX(${Number(values[0]) || 0})`;
    set(box.querySelector("i"), { style: { background, transform } });
    box.querySelectorAll("b").forEach((node, i) => set(node, { text: told[i], style: { color: colours[i] } }));
  };
  /** A probability, or what stands in its place while it is missing. */
  const sure = (s, curve) => (curvesOf(s) ? curve()[at] : problemOf(s, "map") ?? problemOf(s, "curves") ? "–" : "…");
  for (const s of sides()) tell(SIDES[s], `by ${sideName(s)}`, [sure(s, () => curvesOf(s)[way])], [colourOf(s)]);
  const random = (s) => sure(s, () => lotsOf(s)[0]);
  if (isOneLot()) tell("lot", "at random", [random(0)], ["var(--body-text-color)"]);
  else tell("lot", "at random", sides().map(random), sides().map(colourOf));
  drawGone();
}
/** Where a step stands, in per cent; pixels are whole, so that 5 % of 1,024 are 51 of them. */
const placeOf = (index) => (100 * index) / choices.parts;
const doing = (which) => (which === "deletion" ? "deleted" : "added");
function go(index) {
  at = index;
  tellStep();
  announce("attribution-step");
}

// ------------------------------------------------------------------------------------------------ what is chosen
const markWay = kit.choice(root, "way", (next) => {
  way = next;
  tell();
});
/** A link with one method means both sides. */
const held = tenweeks.link(element).hold(["method", "against", "label", "baseline"], (wanted) => {
  if (!subjects.length) return;
  [wanted.method, wanted.against ?? wanted.method].forEach((method, s) => {
    if (Object.hasOwn(methods, method ?? "")) chosen.methods[s] = method;
  });
  if (subjects.some(({ labels }) => labels.includes(wanted.label))) chosen.label = wanted.label;
  if (choices.baselines.some(({ name }) => name === wanted.baseline)) chosen.baseline = wanted.baseline;
  next();
});
function choose(values) {
  Object.assign(chosen, values);
  const { methods: [method, against], label, baseline } = chosen;
  held.keep({ method, against, baseline, label: label || null });
  stopped = false;
  problems.clear(); // whoever chooses it again wants it tried again
  next();
}
for (const [s, side] of SIDES.entries())
  part(`select.${side}`).addEventListener("change", ({ target }) =>
    choose({ methods: chosen.methods.map((method, each) => (each === s ? target.value : method)) }));
function fillMethods() {
  methods = Object.fromEntries(choices.methods.map((method) => [method.name, method]));
  for (const side of SIDES)
    part(`select.${side}`).replaceChildren(...choices.methods.map(({ name, title }) =>
      make("option", { value: name }, title)));
  chosen = { ...choices.chosen, methods: [...choices.chosen.methods], label: "" };
}
function tell() {
  root.classList.toggle("alone", subjects.length < 2);
  markWay(way);
  SIDES.forEach((side, s) => (part(`select.${side}`).value = chosen.methods[s]));
  tellMaps();
  tellFactor();
  tellReading();
  tellStep();
  drawMaps();
  announce();
}
/** The tab's other parts draw from this; where only the step is another, from "attribution-step". */
function announce(event = "attribution") {
  if (!subjects.length) return;
  const state = { subjects, chosen, choices, methods, way, at, revealed, cover, stopped };
  const looks = { sides, sideName, shortName, colourOf, isOneNetwork, isOneLot, lotsOf, placeOf, doing, drawMap };
  const results = { nameOf, resultOf, problemOf, busyOf, waits };
  const acts = { choose, go, check, stop, setCover };
  tab.dispatchEvent(new CustomEvent(event, { detail: { ...state, ...looks, ...results, ...acts } }));
}
tab.addEventListener("attribution-wanted", () => announce());

// ------------------------------------------------------------------------------------------------ asking Python
/** What is shown and missing, the most urgent first; curves come after the maps, which Python then has already. */
function wishes() {
  const wish = (kind) => (s) => [kind, nameOf(s, kind), { network: subjects[s].network, method: chosen.methods[s] }];
  const curves = stopped ? [] : sides().filter(mapOf).map(wish("curves"));
  return [...sides().map(wish("map")), ...curves, ...(wished ? [wished] : [])]
    .filter(([, name]) => !found.has(name) && !problems.has(name));
}
function ask(kind, name, of) {
  const { label, steps, baseline } = chosen;
  const progress = (news) => {
    Object.assign(busy, { ahead: 0 }, news);
    if (kind === "map") tellMaps();
    else announce();
  };
  const answer = requests.ask("select", { kind, picture, label, steps, baseline, ...of }, { progress });
  busy = { turn: answer.turn, name, done: 0, ahead: 0 };
  answer.then((sent) => {
    if (sent.problem) remember(problems, name, sent.problem);
    if (sent[kind]) remember(found, name, decode[kind](sent[kind]));
    busy = null;
    next();
  });
}
/** One request at a time; what nobody looks at any more is stopped. */
function next() {
  if (wished && !sides().some((s) => nameOf(s, "check") === wished[1])) wished = null;
  const wanted = wishes();
  if (busy && !wanted.some(([, name]) => name === busy.name)) {
    requests.drop(busy.turn);
    trigger("stop", { turn: busy.turn });
    busy = null;
  }
  if (!busy && wanted.length) ask(...wanted[0]);
  tell();
}
/** Start the check of a side; of none, stop the one that runs. */
function check(s) {
  wished = null;
  if (s !== null) {
    problems.delete(nameOf(s, "check"));
    wished = ["check", nameOf(s, "check"), { network: subjects[s].network, method: chosen.methods[s] }];
  }
  next();
}
/** Stop the curves, or go on with them. */
function stop(value) {
  stopped = value;
  next();
}

// ------------------------------------------------------------------------------------------------ hands
slider.addEventListener("input", () => go(Number(slider.value)));
function setCover(value) {
  cover = value;
  draw();
}
for (const { canvas } of Object.values(views)) {
  const size = () => subjects[sideOf(canvas)]?.size;
  const point = (cell) => {
    spot = cell && cell.map((place, axis) => (place + 0.5) / size()[axis]).reverse();
    tellReading();
    draw();
  };
  const at = () => (spot ? cellOf(sideOf(canvas)) : size().map((many) => many >> 1));
  kit.steer(canvas, { size, at, choose: point, hover: point });
}

// ------------------------------------------------------------------------------------------------ what Python sends
function loadPhoto({ input, size }) {
  const photo = { pixels: null, grey: null };
  loadPixels(input, size, (pixels, image) => Object.assign(photo, { pixels, grey: kit.grey(image) }));
  return photo;
}
/** Pixels vanish once by themselves, and the curves are drawn meanwhile. */
function showItself() {
  const end = () => {
    revealed = Infinity;
    go(Math.max(at, choices.rest));
  };
  kit.play(part(".tiles"), { count: choices.rest + 1, wait: 800, end, step: (index) => {
    revealed = index;
    go(index);
  } });
}
function receive() {
  const { choices: offered, subjects: sent, picture: name, maps = [], curves = [] } = props.value ?? {};
  if (!sent) return requests.receive(props.value);
  const opens = !subjects.length;
  [choices, subjects, picture, spot] = [offered, sent, name, null];
  if (opens) fillMethods();
  if (!subjects.some(({ labels }) => labels.includes(chosen.label))) chosen.label = "";
  photos = subjects.map(loadPhoto);
  // The worked example brings its first maps and curves along.
  const choice = { ...choices.chosen, label: "" };
  for (const [kind, given] of Object.entries({ map: maps, curves }))
    for (const each of given)
      for (const s of sides())
        if (subjects[s].key === each.key && choice.methods[s] === each.method)
          remember(found, nameOf(s, kind, choice), decode[kind](each));
  root.classList.add("ready");
  held.apply();
  next();
  if (!opens) return;
  if (sides().every(curvesOf)) showItself();
  else go(choices.rest);
}
watch("value", receive);
receive();
