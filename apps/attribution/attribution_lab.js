// @ts-check
// Two networks' maps of one picture under a line; what each adds up to; and what is left of it in a copy that forgets.
const { make, set, clamp, fixed, number, percent } = kit;
const { root, part } = kit.widget(element, "widget", `
<div class="ways"><div class="switch method" role="group" aria-label="Method"></div><p class="hint"></p></div>
<div class="stage">
  <figure class="compare">
    <div class="names"><span class="left"></span><span class="right"></span></div>
    <canvas tabindex="0" role="slider" aria-valuemin="0" aria-valuemax="100"
      aria-label="The line between the maps. Arrow keys move it; with Shift they choose a pixel to read."></canvas>
    <div class="legends"><div></div><div></div></div>
    <figcaption><p class="reading"></p>
      <div class="under">
        <label>Map strength
          <input type="range" min="0" max="100" step="1" aria-label="Strength of the map over the picture"></label>
        <span class="files">
          <button type="button" data-file="png" title="what is shown, as a picture">PNG</button>
          <button type="button" data-file="csv" title="the maps' numbers">CSV</button></span>
      </div></figcaption>
  </figure>
  <div>
    <div class="fields"><label class="field"><span>Class</span><select class="class"></select></label></div>
    <div class="answers"></div>
    <p class="detail"></p>
    <div class="fields more">
      <div class="field" data-setting="baseline"><span>Baseline</span>
        <div class="switch baseline" role="group" aria-label="Baseline"></div></div>
      <div class="field" data-setting="steps"><span>Steps</span>
        <div class="switch steps" role="group" aria-label="Steps"></div></div>
    </div>
  </div>
</div>
<section class="whole" hidden><h3>Do the parts add up?</h3>
  <p class="lead">f is the score of the class before softmax. What the picture scores more than the baseline is shared
    out among the pixels: the sum of their shares should be the difference, and what is missing is the error of taking
    few steps.</p>
  <div class="sums"><div><table><thead></thead><tbody></tbody></table><div class="remarks" role="status"></div></div>
  <figure class="path"><div class="curve"></div><figcaption></figcaption></figure></div></section>
<section id="attribution-sanity" class="section sanity"><h3>Would the map survive forgetting?</h3>
  <p class="lead">Shuffle the weights of a copy, from the classifier down, until nothing learnt is left. A map of what
    the network <em>knows</em> has to fall apart; one that stays shows the picture alone. ρ is Spearman's rank
    correlation of the values' sizes, without their signs, with those of the first map.</p>
  <div class="checks"></div></section>`);
kit.keepOpaque(element);
const view = kit.panel(part(".compare canvas")), curve = kit.plot(part(".curve"), { height: 270 });
const requests = kit.requests(trigger);
const KEPT = 96; // maps, checks and refusals that the page remembers

let methods = {};                // by name: title, hint, and which settings change its map
let subjects = [];               // what Python sent: one or two networks before the picture
let photos = [];                 // of each the picture in colour and in grey
let picture = "";                // its name in the menu
let chosen = { method: "", label: "", steps: 0, baseline: "" };
let cover = 0.55, line = 0.5;    // strength of the map; where the line stands
let spot = null;                 // the pixel that is read, [across, down] from 0 to 1
let busy = null;                 // the request on its way: turn, kind, name, done, ahead
const found = { map: new Map(), check: new Map() }; // what came, by what it is of
const problems = new Map();      // and every refusal

// ------------------------------------------------------------------------------------------------ what is what
function nameOf(s, kind = "map", { method, label, steps, baseline } = chosen) {
  const settings = kind === "map" ? methods[method].settings.map((name) => ({ steps, baseline })[name]) : [];
  return [kind, subjects[s].key, subjects[s].network, method, label, ...settings].join("|");
}
const mapOf = (s) => (subjects[s] ? found.map.get(nameOf(s)) : null);
const shortName = (s) => {
  const bare = subjects.map(({ network }) => network.split("@")[0]);
  return bare[0] === bare[1] ? subjects[s].network : bare[s];
};
function remember(store, name, value) {
  store.delete(name);
  store.set(name, value);
  while (store.size > KEPT) store.delete(store.keys().next().value);
}
function decodeMap(sent) {
  const numbers = kit.decode(sent.values, Float32Array), [height, width] = sent.size;
  const shade = kit.paint(height, width, (i) => kit.pixelOf(numbers[i] / sent.scale, sent.signed));
  return { ...sent, numbers, shade };
}
const read = {
  map: decodeMap,
  check: ({ size, signed, stages, ...more }) =>
    ({ ...more, stages: stages.map((stage) => decodeMap({ ...stage, size, signed })) }),
};

// ------------------------------------------------------------------------------------------------ the two halves
function drawHalf(pen, photo, map, from, to, width, height) {
  const image = map ? photo?.grey : photo?.colour;
  if (!image || to <= from) return;
  pen.save();
  pen.beginPath();
  pen.rect(from, 0, to - from, height);
  pen.clip();
  pen.imageSmoothingEnabled = false;
  pen.drawImage(image, 0, 0, width, height);
  pen.globalAlpha = cover;
  if (map) pen.drawImage(map.shade, 0, 0, width, height);
  pen.restore();
}
function drawHalves(pen, width, height, dense) {
  const cut = Math.round(line * width);
  drawHalf(pen, photos[0], mapOf(0), 0, cut, width, height);
  drawHalf(pen, photos[1] ?? photos[0], mapOf(1), cut, width, width, height);
  pen.fillStyle = "rgba(0,0,0,.45)";
  pen.fillRect(cut - 2 * dense, 0, 4 * dense, height);
  pen.fillStyle = "#fff";
  pen.fillRect(cut - dense, 0, 2 * dense, height);
}
function drawHandle({ pen, canvas, dense }) {
  const r = 13 * dense, x = clamp(line * canvas.width, r, canvas.width - r), y = canvas.height - 26 * dense;
  pen.beginPath();
  pen.arc(x, y, r, 0, 7);
  Object.assign(pen, { fillStyle: "#fff", strokeStyle: "rgba(0,0,0,.35)", lineWidth: dense });
  pen.fill();
  pen.stroke();
  pen.beginPath();
  for (const way of [-4 * dense, 4 * dense]) {
    pen.moveTo(x + way, y - 4 * dense);
    pen.lineTo(x + 2 * way, y);
    pen.lineTo(x + way, y + 4 * dense);
  }
  Object.assign(pen, { strokeStyle: "#17191e", lineWidth: 1.6 * dense });
  pen.stroke();
}
const cellOf = (s) => subjects[s].size.map((many, axis) => Math.min(many - 1, Math.floor(spot[1 - axis] * many)));
const draw = kit.redraw(part(".stage"), () => {
  if (!subjects.length || !view.fit(1)) return;
  const { pen, canvas } = view;
  drawHalves(pen, canvas.width, canvas.height, view.dense);
  drawHandle(view);
  if (spot) {
    const s = subjects.length > 1 && spot[0] > line ? 1 : 0, [row, column] = cellOf(s);
    const [high, wide] = [canvas.height, canvas.width].map((pixels, axis) => pixels / subjects[s].size[axis]);
    view.outline(column * wide, row * high, wide, high, false);
  }
  tellReading();
});
function tellReading() {
  const at = Math.round(100 * line), right = subjects[1] ? shortName(1) : "the picture alone";
  set(view.canvas, { aria: { valuenow: at, valuetext: `${at} % ${shortName(0)}, ${100 - at} % ${right}` } });
  part(".reading").replaceChildren(...(spot ? subjects.flatMap(({ size }, s) => {
    const map = mapOf(s), [row, column] = cellOf(s);
    const value = make("b", map ? number(map.numbers[row * size[1] + column]) : "–");
    return [make("span.quiet", `${shortName(s)}, row ${row}, column ${column}:`), value, make("br")];
  }) : [make("span.quiet", "Point at a pixel to read its number; Shift and arrow keys do the same.")]));
}

// ------------------------------------------------------------------------------------------------ words and numbers
const waits = ({ ahead, done }) => (ahead ? `${ahead} before yours` : `${Math.round(100 * done)} %`);
function tellNames() {
  for (const [s, place] of [".names .left", ".names .right"].entries()) {
    const box = part(place), problem = subjects[s] && problems.get(nameOf(s)), map = mapOf(s);
    box.classList.toggle("problem", Boolean(problem));
    const onItsWay = subjects[s] && busy?.name === nameOf(s) ? waits(busy) : "…";
    const text = problem ?? `· ${map?.label ?? onItsWay}`;
    if (!subjects[s]) set(box, { title: null }).replaceChildren("the picture alone");
    else set(box, { title: text }).replaceChildren(make("b", shortName(s)), " ", make("span", text));
  }
}
function tellLegends() {
  [...part(".legends").children].forEach((box, s) => {
    const map = mapOf(s), end = map && number(map.scale);
    set(box, { title: map && "99 % of the pixels lie within; the others have the last colour" }).replaceChildren(
      ...(map ? [make("span.bar", { style: { background: kit.gradient(map.signed) } }),
        make("span.ends", (map.signed ? [`−${end}`, "0", `+${end}`] : ["0", end]).map((text) => make("span", text)))]
        : []));
  });
}
function tellAnswers() {
  const rowOf = (s) => ({ label, rank, probability, score, asked }) =>
    make(asked && !problems.has(nameOf(s)) ? "div.row.asked" : "div.row",
      { title: `${label}: ${percent(probability)}, score ${number(score)}` },
      make("span.label", rank > 5 ? `${rank}. ${label}` : label), make("span.much", percent(probability)),
      make("i", { style: { width: `${100 * probability}%` } }));
  part(".answers").classList.toggle("one", subjects.length < 2);
  part(".answers").replaceChildren(...subjects.map(({ answers }, s) =>
    make("div", make("h3", { title: shortName(s) }, shortName(s)), (mapOf(s)?.answers ?? answers).map(rowOf(s)))));
  const details = subjects.map((_, s) => mapOf(s)?.detail).filter(Boolean), same = new Set(details).size < 2;
  const told = same ? details.slice(0, 1) : details.map((text, s) => `${shortName(s)}: ${text}`);
  set(part(".detail"), { text: told.join(" · ") });
}
function tellWhole() {
  const shown = chosen.method === "integrated gradients"; // the only one that promises a sum
  part(".whole").hidden = !shown;
  if (!shown) return;
  const rows = subjects.map((_, s) => ({ name: shortName(s), sum: mapOf(s)?.completeness }));
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
  const looks = (s) => ({ colour: kit.CATEGORIES[s], dash: s ? "6 4" : undefined });
  part(".path figcaption").replaceChildren(...subjects.map((_, s) =>
    make("span", kit.plotKey({ points: [], ...looks(s) }), `f, ${shortName(s)}`)));
  const series = subjects.flatMap((_, s) => {
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
    const [run, stop] = [make("button.run", { onclick: () => check(s) }, `Randomise ${shortName(s)}`),
      make("button.run", { hidden: true, onclick: stopCheck }, "Stop")];
    const bar = make("progress", { max: 1, hidden: true, aria: { label: `Randomising ${shortName(s)}` } });
    return make("div.check", make("div.line", run, bar, stop, make("span", { role: "status" })), make("div.strip"));
  }));
}
function tellChecks() {
  [...part(".checks").children].forEach((box, s) => {
    const name = nameOf(s, "check"), sent = found.check.get(name), problem = problems.get(name);
    const runs = busy?.name === name, [run, bar, stop, said] = box.firstChild.children, strip = box.lastChild;
    run.disabled = runs;
    if (document.activeElement === stop && !runs) run.focus();
    bar.hidden = stop.hidden = !runs;
    if (runs) bar.value = busy.done;
    set(said, { text: problem ?? (runs && busy.ahead ? waits(busy) : (sent?.verdict ?? "")) });
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
function check(s) {
  stop();
  problems.delete(nameOf(s, "check"));
  ask("check", s);
  tell();
  part(".checks").children[s].querySelector("progress + button").focus();
}
function stopCheck() {
  stop();
  next();
}

// ------------------------------------------------------------------------------------------------ what is chosen
const marks = Object.fromEntries(["method", "baseline", "steps"].map((name) =>
  [name, kit.choice(root, name, (value) => choose(name, name === "steps" ? Number(value) : value))]));
const held = tenweeks.link(element).hold(["method", "label"], ({ method, label }) => {
  if (!subjects.length) return;
  if (Object.hasOwn(methods, method)) chosen.method = method;
  if (subjects.some(({ labels }) => labels.includes(label))) chosen.label = label;
  part(".class").value = chosen.label;
  next();
});
function choose(name, value) {
  chosen[name] = value;
  held.keep({ method: chosen.method, label: chosen.label || null });
  subjects.forEach((_, s) => problems.delete(nameOf(s))); // whoever chooses it again wants it tried again
  next();
}
function fillSwitches(choices) {
  const fill = (name, entries) => part(`.switch.${name}`).replaceChildren(...entries.map(({ name: value, title }) =>
    make("button", { data: { [name]: value } }, title)));
  fill("method", choices.methods);
  fill("baseline", choices.baselines);
  fill("steps", choices.steps.map((steps) => ({ name: steps, title: steps })));
  methods = Object.fromEntries(choices.methods.map((method) => [method.name, method]));
  chosen = { ...choices.chosen, label: "" };
}
function fillClasses() {
  const [first, second] = [subjects[0], subjects[1] ?? subjects[0]].map(({ labels }) => new Set(labels));
  const options = (labels) => labels.map((label) => make("option", { value: label }, label));
  const group = (title, labels) => labels.length > 0 && make("optgroup", { label: title }, options(labels));
  const alone = (set, other) => [...set].filter((label) => !other.has(label));
  const same = !alone(first, second).length && !alone(second, first).length;
  const own = subjects[1] ? "each network's own answer" : "the network's own answer";
  const groups = same ? options([...first]) : [
    group("both know", [...first].filter((label) => second.has(label))),
    group(`${shortName(0)} alone`, alone(first, second)), group(`${shortName(1)} alone`, alone(second, first))];
  part(".class").replaceChildren(make("option", { value: "" }, own), ...groups.filter(Boolean));
  if (!first.has(chosen.label) && !second.has(chosen.label)) chosen.label = "";
  part(".class").value = chosen.label;
}
function tell() {
  for (const [name, mark] of Object.entries(marks)) mark(chosen[name]);
  const { hint, settings } = methods[chosen.method];
  set(part(".hint"), { text: hint });
  for (const field of root.querySelectorAll("[data-setting]"))
    set(field, { hidden: !settings.includes(field.getAttribute("data-setting")) });
  tellNames();
  tellLegends();
  tellAnswers();
  tellWhole();
  tellChecks();
  draw();
}

// ------------------------------------------------------------------------------------------------ asking Python
function ask(kind, s) {
  const name = nameOf(s, kind), { network } = subjects[s];
  const progress = (news) => {
    Object.assign(busy, { ahead: 0 }, news);
    if (kind === "map") tellNames();
    else tellChecks();
  };
  const answer = requests.ask("select", { kind, network, picture, ...chosen }, { progress });
  busy = { turn: answer.turn, kind, name, done: 0, ahead: 0 };
  answer.then((sent) => {
    if (sent.problem) remember(problems, name, sent.problem);
    if (sent[kind]) remember(found[kind], name, read[kind](sent[kind]));
    busy = null;
    next();
  });
}
function stop() {
  if (!busy) return;
  requests.drop(busy.turn);
  trigger("stop", { turn: busy.turn });
  busy = null;
}
/** One request at a time; what nobody looks at any more is stopped. */
function next() {
  if (busy && !subjects.some((_, s) => nameOf(s, busy.kind) === busy.name)) stop();
  if (!busy) {
    const s = subjects.findIndex((_, s) => !mapOf(s) && !problems.has(nameOf(s)));
    if (s >= 0) ask("map", s);
  }
  tell();
}

// ------------------------------------------------------------------------------------------------ hands
part(".class").addEventListener("change", (event) => choose("label", event.target.value));
set(part("input[type=range]"), { value: 100 * cover, oninput: ({ target }) => {
  cover = target.value / 100;
  draw();
} });
const pointed = (event) => kit.fraction(event, view.canvas);
// Steps of 2 %; a pointer takes the pixel below it along.
kit.steer(view.canvas, {
  size: () => (subjects.length ? 51 : null),
  at: () => 50 * line,
  place: (event) => 50 * pointed(event)[0],
  choose: (place, event) => {
    line = place / 50;
    if (event instanceof PointerEvent) spot = pointed(event);
    draw();
  },
  hover: (place, event) => {
    spot = place === null ? null : pointed(event);
    draw();
  },
  drag: true,
  when: ({ shiftKey }) => !shiftKey,
});
kit.steer(view.canvas, {
  size: () => subjects[0]?.size,
  at: () => (spot ? cellOf(0) : subjects[0].size.map((many) => many >> 1)),
  choose: (place) => {
    spot = place.map((at, axis) => (at + 0.5) / subjects[0].size[axis]).reverse();
    draw();
  },
  when: ({ shiftKey }) => shiftKey,
});

// ------------------------------------------------------------------------------------------------ files
kit.choice(root, "file", (ending) => {
  const some = mapOf(0) ?? mapOf(1);
  if (!some) return;
  const name = `${subjects.map((_, s) => shortName(s)).join("-")}-${chosen.method}-${some.label}.${ending}`;
  if (ending === "png") return kit.savePng(name, 640, 640, (pen, width, height) => drawHalves(pen, width, height, 1));
  const rows = subjects.flatMap(({ network, size: [, width] }, s) => [...(mapOf(s)?.numbers ?? [])].map((value, i) =>
    [network, mapOf(s).label, Math.floor(i / width), i % width, value.toPrecision(7)]));
  kit.saveCsv(name, [["network", "class", "row", "column", "attribution"], ...rows]);
});

// ------------------------------------------------------------------------------------------------ what Python sends
function loadPhoto(source) {
  const photo = { colour: null, grey: null };
  kit.loadImage(source, (image) => {
    Object.assign(photo, { colour: image, grey: kit.grey(image) });
    draw();
  });
  return photo;
}
function receive() {
  const { choices, subjects: sent, picture: name, maps = [], checks = [] } = props.value ?? {};
  if (!sent) return requests.receive(props.value);
  if (!subjects.length) fillSwitches(choices);
  [subjects, picture, spot] = [sent, name, null];
  photos = subjects.map(({ input }) => loadPhoto(input));
  fillClasses();
  makeChecks();
  // The worked example brings its first maps along, and a sanity check.
  for (const [kind, given] of Object.entries({ map: maps, check: checks }))
    for (const each of given)
      subjects.forEach(({ key, network }, s) => {
        if (key !== each.key || network !== each.network) return;
        const choice = { ...choices.chosen, method: each.method, label: "" };
        remember(found[kind], nameOf(s, kind, choice), read[kind](each));
      });
  root.classList.add("ready");
  held.apply();
  next();
}
watch("value", receive);
receive();
