// @ts-check
// What each network answers, what integrated gradients add up to, and what is left of a map in a copy that forgets.
const { make, set, fixed, number, percent } = kit;
const { root, part } = kit.widget(element, "widget", `
<details class="told"><summary>What is answered, and how each map is made</summary>
  <div class="answers"></div><div class="details"></div></details>
<details class="whole"><summary>Do the parts add up?</summary>
  <p class="lead"></p>
  <div class="sums"><div><table><thead></thead><tbody></tbody></table><div class="remarks" role="status"></div></div>
  <figure class="path"><div class="curve"></div><figcaption></figcaption></figure></div></details>
<details id="attribution-sanity" class="section sanity"><summary>Would the map survive forgetting?</summary>
  <p class="lead">Shuffle the weights of a copy, from the classifier down, until nothing learnt is left. A map of what
    the network <em>knows</em> has to fall apart; one that stays shows the picture alone. ρ compares the order of the
    pixels by the size of their value (with + and − alike) with that of the first map: 1 is the same order, 0 none
    (Spearman's rank correlation).</p>
  <div class="checks"></div></details>`);
kit.keepOpaque(element);
part(".whole .lead").append("f is the ", kit.term("score"), " of the class, before softmax. What the picture scores ",
  "more than the ", kit.term("baseline"), " is shared out among the pixels: their shares should add up to the ",
  "difference, and what is missing is the error of taking few steps.");
const curve = kit.plot(part(".curve"), { height: 270 }), tab = element.closest(".tabitem") ?? element;

let lab = null, subjects = []; // what the maps' part says
const mapOf = (s) => lab.resultOf(s, "map"), summing = () => lab.sides().filter((s) =>
  lab.chosen.methods[s] === "integrated gradients"); // the only one that promises a sum

// ------------------------------------------------------------------------------------------------ answers and sums
function tellAnswers() {
  const rowOf = (s) => ({ label, rank, probability, score, asked }) =>
    make(asked && !lab.problemOf(s, "map") ? "div.row.asked" : "div.row",
      { title: `${label}: ${percent(probability)}, score ${number(score)}` },
      make("span.label", rank > 5 ? `${rank}. ${label}` : label), make("span.much", percent(probability)),
      make("i", { style: { width: `${100 * probability}%` } }));
  const shown = lab.isOneLot() ? [0] : lab.sides();
  part(".answers").classList.toggle("one", shown.length < 2);
  part(".answers").replaceChildren(...shown.map((s) =>
    make("div", make("h3", lab.shortName(s)), (mapOf(s)?.answers ?? subjects[s].answers).map(rowOf(s)))));
  part(".details").replaceChildren(...lab.sides().filter(mapOf).map((s) =>
    make("p", make("b", lab.sideName(s)), ` ${mapOf(s).detail}`)));
}
function tellWhole() {
  part(".whole").hidden = !summing().length;
  if (!summing().length) return;
  const rows = summing().map((s) => ({ name: lab.shortName(s), sum: mapOf(s)?.completeness }));
  const missing = ({ error }) =>
    error === null ? "–" : error < 0.0001 ? "< 0.01 %" : `${(100 * error).toFixed(error < 0.001 ? 2 : 1)} %`;
  const row = (title, write, mark = (_) => false) =>
    make("tr", make("th", title), rows.map(({ sum }) =>
      make(sum && mark(sum) ? "td.over" : "td", sum ? write(sum) : "…")));
  part(".whole thead").replaceChildren(make("tr", make("th"), rows.map(({ name }) => make("th", name))));
  part(".whole tbody").replaceChildren(
    row("f(x)", ({ score }) => fixed(score, 3)),
    row("f(baseline)", (sum) => fixed(sum.baseline_score, 3)),
    row("difference", ({ difference }) => fixed(difference, 3)),
    row("sum of shares", ({ sum }) => fixed(sum, 3)),
    row("missing", missing, ({ enough }) => !enough));
  const remarks = rows.filter(({ sum }) => sum).map(({ name, sum: { remark } }) =>
    rows.length > 1 ? `${name}: ${remark[0].toLowerCase()}${remark.slice(1)}` : remark);
  // The same remarks again would be read out again.
  if (remarks.join() !== [...part(".remarks").children].map(({ textContent }) => textContent).join())
    part(".remarks").replaceChildren(...remarks.map((text) => make("p", text)));
  showPaths();
}
function showPaths() {
  const looks = (s) => ({ colour: lab.colourOf(s), dash: s ? "6 4" : undefined });
  part(".path figcaption").replaceChildren(...summing().map((s) =>
    make("span", kit.plotKey({ points: [], ...looks(s) }), `f, ${lab.shortName(s)}`)));
  const series = summing().flatMap((s) => {
    const path = mapOf(s)?.path;
    return path ? [{ ...looks(s), points: path.alphas.map((alpha, i) => [alpha, path.scores[i]]) }] : [];
  });
  if (!series.length) return;
  const ends = series.map(({ points }) => `${number(points[0][1])} to ${number(points.at(-1)[1])}`);
  curve.show({
    label: `Score of the class on the way from the baseline to the picture, from ${ends.join(" and from ")}`,
    x: { label: "α, from the baseline to the picture", low: 0, high: 1, ticks: [0, 0.5, 1] },
    y: { label: "f, score", low: Math.min(0, ...series.flatMap(({ points }) => points.map(([, score]) => score))) },
    series,
  });
}

// ------------------------------------------------------------------------------------------------ the sanity check
function makeChecks() {
  part(".checks").replaceChildren(...subjects.map((_, s) => {
    const start = () => {
      lab.check(s);
      stop.focus();
    };
    const run = make("button.run", { onclick: start }), bar = make("progress", { max: 1 });
    const stop = make("button.run", { onclick: () => lab.check(null) }, "Stop");
    return make("div.check", make("div.line", run, bar, stop, make("span", { role: "status" })), make("div.strip"));
  }));
}
function tellChecks() {
  [...part(".checks").children].forEach((box, s) => {
    const name = lab.nameOf(s, "check"), sent = lab.resultOf(s, "check"), problem = lab.problemOf(s, "check");
    const runs = lab.busyOf(s, "check"), [run, bar, stop, said] = box.firstChild.children, strip = box.lastChild;
    set(run, { text: `Randomise ${lab.shortName(s)} under ${lab.methods[lab.chosen.methods[s]].title}` });
    run.disabled = Boolean(runs);
    if (document.activeElement === stop && !runs) run.focus();
    bar.hidden = stop.hidden = !runs;
    if (runs) bar.value = runs.done;
    set(said, { text: problem ?? (runs?.ahead ? lab.waits(runs) : (sent?.verdict ?? "")) });
    said.classList.toggle("problem", Boolean(problem));
    if (strip.dataset.name === `${sent && name}`) return;
    strip.dataset.name = `${sent && name}`;
    strip.replaceChildren(...(sent?.stages ?? []).map(makeStage));
  });
}
function makeStage({ name, shade, correlation, probability }, i) {
  const rho = i ? (correlation === null ? "empty" : `ρ ${fixed(correlation, 2)}`) : "ρ 1";
  const label = `Map ${i ? `with ${name} and all above it random` : "of the trained network"}, ${rho}`;
  const canvas = make("canvas", { role: "img", width: shade.width, height: shade.height, aria: { label } });
  canvas.getContext("2d").drawImage(shade, 0, 0);
  return make("figure", canvas, make("figcaption", { title: `probability of the class ${percent(probability)}` },
    make("b", rho), make("span", i > 1 ? `… and ${name}` : name)));
}

function receive(/** @type {any} */ { detail }) {
  lab = detail;
  if (lab.subjects !== subjects) {
    subjects = lab.subjects;
    makeChecks();
  }
  root.classList.add("ready");
  tellAnswers();
  tellWhole();
  tellChecks();
}
const link = tenweeks.link(element), unfold = (section) => section === "sanity" && (part(".sanity").open = true);
unfold(link.recall("section"));
link.follow(({ section }) => unfold(section));
tab.addEventListener("attribution", receive);
tab.dispatchEvent(new CustomEvent("attribution-wanted"));
