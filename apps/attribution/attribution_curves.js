// @ts-check
// The curves along which the probability falls, what they say in words, and the settings of both maps.
const { make, set, percent } = kit;
const { root, part } = kit.widget(element, "widget", `
<figure><div class="curve"></div><figcaption class="legend"></figcaption></figure>
<div class="work"><span role="status"></span><progress max="1" aria-label="Deleting pixels"></progress>
  <button type="button"></button></div>
<div class="verdicts" role="status"></div>
<button type="button" class="why">Why this test is contested</button>
<div class="fields">
  <label class="field"><span>Class</span><select></select></label>
  <div class="field"><span class="baseline-name"></span>
    <div class="switch baseline" role="group" aria-label="Baseline"></div></div>
  <div class="field steps-field"><span>Steps</span>
    <div class="switch steps" role="group" aria-label="Steps"></div></div>
  <div class="field"><span>Map strength</span><div class="strength">
    <input type="range" min="0" max="100" step="1" aria-label="Strength of the maps over the picture">
    <button type="button" data-file="png" title="the maps, as a picture">PNG</button>
    <button type="button" data-file="csv" title="the maps' numbers">CSV</button></div></div>
</div>`);
kit.keepOpaque(element);
part(".baseline-name").append(kit.term("baseline", "Baseline"));
const LOT = "var(--body-text-color-subdued)", tab = element.closest(".tabitem") ?? element;
const button = part(".work button");
const curve = kit.plot(part(".curve"), { height: 236, read: (index) => read(index) });

let lab = null;          // what the maps' part says
let drawn = "";          // the curves that are drawn
let subjects = null;     // whose classes the menu lists

// ------------------------------------------------------------------------------------------------ the curves
const curvesOf = (s) => lab.resultOf(s, "curves");
function showCurves(known) {
  const { way, revealed, colourOf } = lab, isOneLot = lab.isOneLot(), does = lab.doing(way);
  const put = (s, values) => values.map((value, i) => [lab.placeOf(i), 100 * value]).slice(0, revealed + 1);
  const looks = (s) => (isOneLot ? { colour: LOT } : { colour: colourOf(s), dash: "2 4" });
  const lots = (isOneLot ? known.slice(0, 1) : known).flatMap((s) => lab.lotsOf(s).map((values, order) =>
    ({ ...looks(s), class: order ? "lot" : "lot first", points: put(s, values) })));
  const own = known.map((s) => ({ colour: colourOf(s), class: "own", points: put(s, curvesOf(s)[way]) }));
  curve.show({
    label: `Probability of the class while pixels are ${does}`,
    x: { label: `pixels ${does}, %`, low: 0, high: 100, ticks: [0, 20, 40, 60, 80, 100] },
    y: { label: "probability, %", low: 0, high: 100, ticks: [0, 25, 50, 75, 100] },
    series: [...lots, ...own],
    steps: curvesOf(known[0]).counts.map((_, i) => lab.placeOf(i)),
  }, lab.at);
  const key = (series, text) => make("span", kit.plotKey({ points: [], ...series }), text);
  part(".legend").replaceChildren(
    ...known.map((s) => key({ colour: colourOf(s), class: "own" }, `by ${lab.sideName(s)}`)),
    key({ ...looks(0), colour: LOT, class: "lot first" }, "at random, five orders: the bold one is shown"),
    make("span", `A good map’s line ${way === "deletion" ? "falls" : "rises"} first: the area below it is ${
      way === "deletion" ? "small" : "large"}.`));
}
/** The fold below the exhibit says why the test is contested. */
function openUnderstand() {
  const fold = /** @type {HTMLElement} */ (tab.querySelector(".folds button.label-wrap"));
  if (!fold.classList.contains("open")) fold.click();
  fold.scrollIntoView();
  fold.focus();
}
function tellCurves() {
  const known = lab.sides().filter(curvesOf);
  const now = [lab.way, lab.revealed, ...known.map((s) => lab.nameOf(s, "curves")), lab.isOneLot()].join();
  part("figure").classList.toggle("coming", !known.length);
  if (now === drawn) return curve.go(lab.at);
  drawn = now;
  if (known.length) showCurves(known);
}
function read(index) {
  if (index !== lab.at) lab.go(index);
  const told = (s) => `${percent(curvesOf(s)[lab.way][index])}, random ${percent(lab.lotsOf(s)[0][index])}`;
  return lab.sides().filter(curvesOf).map((s) => `${lab.sideName(s)} ${told(s)}`).join("; ");
}
function tellVerdicts() {
  // What comes is not told before, but has its room.
  part(".verdicts").classList.toggle("coming", lab.revealed < lab.choices.parts);
  const told = lab.sides().map((s) => [s, curvesOf(s)?.verdicts[lab.way], lab.problemOf(s, "curves")]);
  const now = told.map(([s, ...texts]) => [lab.sideName(s), ...texts].join()).join();
  if (part(".verdicts").dataset.told === now) return; // the same again would be read out again
  part(".verdicts").dataset.told = now;
  part(".verdicts").replaceChildren(...told.filter(([, text, problem]) => text ?? problem).map(([s, text, problem]) =>
    make(text ? "p" : "p.problem", make("b", { style: { color: lab.colourOf(s) } }, lab.sideName(s)),
      ` ${text ?? problem}`)));
}
function tellWork() {
  const runs = lab.sides().map((s) => lab.busyOf(s, "curves")).find(Boolean);
  part(".work").hidden = !runs && !lab.stopped;
  part("progress").hidden = !runs;
  if (runs) part("progress").value = runs.done;
  set(part(".work span"), { text: runs ? (runs.ahead ? lab.waits(runs) : "Deleting pixels …") : "" });
  set(button, { text: runs ? "Stop" : "Compute the curves" });
}

// ------------------------------------------------------------------------------------------------ the settings
const marks = Object.fromEntries(["baseline", "steps"].map((name) =>
  [name, kit.choice(root, name, (value) => lab.choose({ [name]: name === "steps" ? Number(value) : value }))]));
function fillSettings() {
  const { choices, shortName } = lab;
  const fill = (name, entries) => part(`.switch.${name}`).replaceChildren(...entries.map(({ name: value, title }) =>
    make("button", { data: { [name]: value } }, title)));
  fill("baseline", choices.baselines);
  fill("steps", choices.steps.map((steps) => ({ name: steps, title: steps })));
  const [first, second] = [subjects[0], subjects[1] ?? subjects[0]].map(({ labels }) => new Set(labels));
  const options = (labels) => labels.map((label) => make("option", { value: label }, label));
  const group = (title, labels) => labels.length > 0 && make("optgroup", { label: title }, options(labels));
  const alone = (labels, other) => [...labels].filter((label) => !other.has(label));
  const isSame = !alone(first, second).length && !alone(second, first).length;
  const own = lab.isOneNetwork() ? "the network's own answer" : "each network's own answer";
  const groups = isSame ? options([...first]) : [
    group("both know", [...first].filter((label) => second.has(label))),
    group(`${shortName(0)} alone`, alone(first, second)), group(`${shortName(1)} alone`, alone(second, first))];
  part("select").replaceChildren(make("option", { value: "" }, own), ...groups.filter(Boolean));
}
part("select").addEventListener("change", ({ target }) => lab.choose({ label: target.value }));
part("input").addEventListener("input", ({ target }) => lab.setCover(target.value / 100));
part(".why").addEventListener("click", openUnderstand);
button.addEventListener("click", () => lab.stop(button.textContent === "Stop"));
kit.choice(root, "file", (ending) => {
  const { chosen, shortName, drawMap } = lab, mapOf = (s) => lab.resultOf(s, "map"), shown = lab.sides().filter(mapOf);
  if (!shown.length) return;
  const name = shown.map((s) => `${shortName(s)}-${chosen.methods[s]}-${mapOf(s).label}`).join("-");
  if (ending === "png") return kit.savePng(`${name}.png`, 640 * shown.length, 640, (pen) => shown.forEach((s, i) => {
    pen.setTransform(1, 0, 0, 1, 640 * i, 0);
    drawMap(pen, s, 640, 640);
  }));
  const rows = shown.flatMap((s) => [...mapOf(s).numbers].map((value, i) => {
    const { network, size: [, width] } = subjects[s];
    return [network, chosen.methods[s], mapOf(s).label, Math.floor(i / width), i % width, value.toPrecision(7)];
  }));
  kit.saveCsv(`${name}.csv`, [["network", "method", "class", "row", "column", "attribution"], ...rows]);
});

function receive(/** @type {any} */ { detail }) {
  lab = detail;
  if (lab.subjects !== subjects) {
    subjects = lab.subjects;
    fillSettings();
    part("input").value = 100 * lab.cover;
  }
  part("select").value = lab.chosen.label;
  for (const [name, mark] of Object.entries(marks)) mark(lab.chosen[name]);
  const needs = (setting) => lab.sides().some((s) => lab.methods[lab.chosen.methods[s]].settings.includes(setting));
  part(".steps-field").hidden = !needs("steps");
  root.classList.add("ready");
  tellWork();
  tellCurves();
  tellVerdicts();
}
for (const event of ["attribution", "attribution-step"]) tab.addEventListener(event, receive);
tab.dispatchEvent(new CustomEvent("attribution-wanted"));
