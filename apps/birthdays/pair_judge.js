// @ts-check
// The closest pairs of two sources beside each other; the visitor says which are the same picture.
const { make, set } = kit;
const { root, part, parts } = kit.widget(element, "judge widget", `
  <p class="missing" hidden></p>
  <div class="known">
    <div class="controls-row">
      <h3>Real generators: click each pair that is the same picture</h3>
      <label><span>samples, n</span><input class="samples" type="range" min="0" step="1"><b></b></label>
      <button type="button" class="again">Draw anew</button></div>
    <div class="sides">${["First", "Second"].map((name) => `<div class="side">
      <div class="top"><select aria-label="${name} source"></select>
        <button type="button" class="all">All are the same</button></div>
      <p class="verdict" role="status"></p><p class="problem" role="status"></p>
      <div class="pairs"></div></div>`).join("")}</div>
    <p class="says"></p>
  </div>`);
kit.keepOpaque(element);
const link = tenweeks.link(element), slider = part(".samples");

/** @type {{ network: string, real: boolean, name: string }[]} */
let sources = [];
/** @type {number[]} */
let stops = [];
let limit = 0;
const OPENING = { samples: 10, draw: 0 };
/** @type {{ chosen: number[], samples: number, draw: number }} */
let wish = { chosen: [0, 0], ...OPENING }, opening = wish;
/** @type {any} Both answers, with the wish that they answer. */
let found = null;
/** @type {Set<string>[]} Of each side the pairs that the visitor counts, by their places among the samples. */
let counted = [new Set(), new Set()];

/** The largest N of which n samples hold a duplicate more likely than not. @param {number} n */
function findLikelyLimit(n) {
  const isLikely = (/** @type {number} */ modes) => {
    let none = 1;
    for (let drawn = 1; drawn < n; drawn++) none *= Math.max(0, 1 - drawn / modes);
    return none < 0.5;
  };
  let low = 1, high = n * n;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isLikely(middle)) low = middle;
    else high = middle;
  }
  return low;
}
const countPairs = (/** @type {number} */ n) => (n * (n - 1)) / 2;
/**
 * What the count of one side says of N.
 * @param {number} n samples @param {number} pairs that are shown @param {number} same of them
 */
function tellModes(n, pairs, same) {
  const all = countPairs(n), modes = Math.max(1, n ** 2 / (2 * same));
  const about = make("b", `${modes < 10 ? kit.fixed(modes, 1) : kit.grouped(Math.round(modes))} pictures`);
  if (!same)
    return ["You count ", make("b", "none"), `. If it had ${kit.plural(findLikelyLimit(n), "picture")} or fewer, ` +
      `${n} samples would more likely than not hold a duplicate.`];
  if (same < pairs || pairs === all)
    return ["You count ", make("b", kit.grouped(same)), ` of ${kit.plural(all, "pair")}: that speaks for about `, about,
      ", n²/2c."];
  return [`All ${pairs} that are shown, and there may be more: `, about, ", n²/2c, or fewer. Draw fewer samples."];
}

/** @param {number} side */
function showSide(side) {
  const box = parts(".side")[side], answer = found.answers[side], pairs = answer.pairs ?? [];
  set(box.querySelector(".problem"), { text: answer.problem ?? "" });
  set(box.querySelector(".all"), { hidden: !pairs.length });
  box.querySelector(".pairs").replaceChildren(...pairs.map((/** @type {any} */ { places, pictures, distance }) => {
    const [first, second] = pictures.map((/** @type {string} */ src) => make("img", { src, alt: "" }));
    const label = `Samples ${places[0] + 1} and ${places[1] + 1}, ${kit.fixed(distance, 2)} apart`;
    return make("button.pair", { data: { pair: `${side} ${places}` }, aria: { label } }, first, second,
      make("span", kit.fixed(distance, 2)));
  }));
  count(side);
}
/** Marks and sentence of one side. @param {number} side */
function count(side) {
  const box = parts(".side")[side], { samples, pairs = [] } = found.answers[side], same = counted[side].size;
  mark((/** @type {string} */ key) => counted[Number(key[0])].has(key));
  set(box.querySelector(".all"), { text: same === pairs.length ? "None is the same" : "All are the same" });
  box.querySelector(".verdict").replaceChildren(...(pairs.length ? tellModes(samples, pairs.length, same) : []));
}
const mark = kit.choice(root, "pair", (key) => {
  const side = Number(key[0]);
  if (!counted[side].delete(key)) counted[side].add(key);
  count(side);
});
parts(".all").forEach((button, side) => button.addEventListener("click", () => {
  const keys = found.answers[side].pairs.map((/** @type {any} */ { places }) => `${side} ${places}`);
  counted[side] = new Set(counted[side].size === keys.length ? [] : keys);
  count(side);
}));
function show() {
  counted = [new Set(), new Set()];
  root.classList.remove("waiting");
  [0, 1].forEach(showSide);
  const known = new Map(found.answers.filter((/** @type {any} */ { pairs }) => pairs)
    .map((/** @type {any} */ each) => [each.classifier, each.typical]));
  const all = countPairs(found.asked.samples);
  const shown = all <= limit ? `All ${all} pairs` : `The ${limit} closest of ${kit.grouped(all)} pairs`;
  set(part(".says"), { text: `${shown}, closest first. ` + [...known].map(([name, typical]) =>
    `Distances in the features of ${name}, in which a real test picture lies ${kit.number(typical)} from the nearest ` +
    "training picture, at the median.").join(" ") });
}

function showControls() {
  slider.value = stops.indexOf(wish.samples);
  set(part(".samples + b"), { text: kit.grouped(wish.samples) });
  set(slider, { aria: { valuetext: kit.plural(wish.samples, "sample") } });
  parts("select").forEach((menu, side) => (menu.value = wish.chosen[side]));
}
const isAnswered = () => JSON.stringify(found?.asked) === JSON.stringify(wish);
const want = kit.asking(root, isAnswered, () => trigger("select", wish));
/** @param {Partial<typeof wish>} next */
function change(next) {
  const { chosen, samples, draw } = { ...wish, ...next };
  wish = { chosen, samples, draw };
  showControls();
  root.classList.toggle("waiting", !isAnswered());
  want();
}
function keep() {
  const unusual = (/** @type {any} */ now, /** @type {any} */ usual) => (`${now}` === `${usual}` ? null : `${now}`);
  held.keep({ sources: unusual(wish.chosen, opening.chosen), samples: unusual(wish.samples, opening.samples),
    draw: unusual(wish.draw, opening.draw) });
}
const held = link.hold(["sources", "samples", "draw"], (/** @type {Record<string, string>} */ asked) => {
  const chosen = (asked.sources ?? "").split(",").map(Number), samples = Number(asked.samples);
  if (!sources.length) return;
  change({
    chosen: chosen.length === 2 && chosen.every((each) => each in sources) ? chosen : wish.chosen,
    samples: stops.includes(samples) ? samples : wish.samples,
    draw: kit.wholeBelow(asked.draw, 1e6) ?? wish.draw,
  });
});
slider.addEventListener("input", () => {
  change({ samples: stops[Number(slider.value)] });
  keep();
});
part(".again").addEventListener("click", () => {
  change({ draw: wish.draw + 1 });
  keep();
});
parts("select").forEach((menu, side) => menu.addEventListener("change", () => {
  change({ chosen: wish.chosen.map((each, at) => (at === side ? Number(menu.value) : each)) });
  keep();
}));

function receive() {
  const value = props.value || {};
  set(part(".missing"), { hidden: !value.missing, text: value.missing ?? "" });
  if (value.answers) found = value;
  part(".known").hidden = !found;
  if (value.sources) {
    ({ sources, stops, limit } = value);
    wish = opening = { chosen: value.chosen, ...OPENING };
    set(slider, { max: stops.length - 1 });
    for (const menu of parts("select"))
      menu.replaceChildren(...sources.map(({ name }, place) => make("option", { value: place }, name)));
    showControls();
    show();
    held.apply();
  } else if (value.answers && isAnswered()) {
    show();
    want();
  }
}
watch("value", receive);
receive();
