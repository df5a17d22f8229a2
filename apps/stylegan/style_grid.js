// @ts-check
// Four samples mixed with five at every crossing, by the generator's own weights, and one mix layer by layer.
const { make, set } = kit;
const SIDE = 28, PIXELS = SIDE ** 2, LAYERS = 6, SLICE = 9; // ms of each frame in which mixes are made
const FIRST = "var(--link-text-color)", SECOND = "#d55e00", OTHER = "#8b919c";
const { root, part, style } = kit.widget(element, "widget grid", `
  <p class="missing" hidden></p>
  <div class="known">
    <div class="left">
      <p class="where" role="status"></p>
      <canvas class="mixes" tabindex="0" role="application"
        aria-label="Mixes of the samples at the left with those above; arrow keys choose one"></canvas>
      <div class="crossing"><span>crossing</span>
        <input type="range" min="0" max="6" step="1"><div class="stops" aria-hidden="true"></div></div>
      <div class="row">
        <label class="psi"><span></span><input type="range" min="-1" max="1" step="0.05"><b></b></label>
        <button type="button" class="noise" aria-pressed="true">Noise</button>
        <button type="button" class="more">Other samples</button></div>
      <p class="seen" role="status"></p>
      <p class="shown"></p>
      <p class="problem" role="status"></p>
    </div>
    <div class="right">
      <div class="trio">
        <figure class="first"><canvas role="img"></canvas><figcaption></figcaption>
          <label>seed <input inputmode="numeric" maxlength="19"></label></figure>
        <figure class="mix"><canvas role="img"></canvas><figcaption role="status"></figcaption></figure>
        <figure class="second"><canvas role="img"></canvas><figcaption></figcaption>
          <label>seed <input inputmode="numeric" maxlength="19"></label></figure>
      </div>
      <div class="layers"></div>
      <p class="alone"></p>
      <div class="measured"></div>
      <div class="keys"></div>
    </div>
  </div>`);
kit.keepOpaque(element);
const link = tenweeks.link(element), crossingSlider = part(".crossing input"), psiSlider = part(".psi input");
part(".psi span").append(kit.term("truncation", "ψ"));

/** @typedef {{ styles: Float64Array[], steps: any[], picture: Float64Array }} Run of the generator
 * @typedef {{ canvas: HTMLCanvasElement, label: number, run: Run, stamp: number }} Made */

// ------------------------------------------------------------------------------------------------------- the state
/** @type {any} The worked example. */
let given = null;
/** @type {ReturnType<typeof kit.readStyleGenerator>} */
let generator;
/** @type {ReturnType<typeof kit.readLeNet>} */
let judge;
/** @type {Record<string, any>} What draw_style returns, by seed. */
let styles = {};
const usual = { crossing: 4, psi: 1, pair: [0, 0] };
let { crossing, psi, pair } = usual;
/** @type {string[]} */
let rows = [];
/** @type {string[]} */
let columns = [];
/** Whether each layer has the style of the second, the sample above. @type {boolean[]} */
let mask = [];
/** The last seeds whose styles were known. */
let good = { rows, columns };
let isNoisy = true, stamp = 0, stopPlay = () => {};
/** @type {Map<string, Made>} Mixes by "row,column,crossing", and samples by "row,," and ",column,". */
const made = new Map();
/** @type {Map<string, Float64Array>} w of each seed at this ψ. */
const truncated = new Map();

const cross = (/** @type {number} */ at) => Array.from({ length: LAYERS }, (_, layer) => layer >= at);
const isCrossed = () => mask.every((each, layer) => each === layer >= crossing);
/** @param {string} seed */
function truncate(seed) {
  if (!truncated.has(seed))
    truncated.set(seed, generator.mean.map((middle, i) => middle + psi * (styles[seed].w[i] - middle)));
  return /** @type {Float64Array} */ (truncated.get(seed));
}
/** All samples and mixes have to be made again; until then the old ones are shown. */
function spoil() {
  stamp++;
  truncated.clear();
}
const keyOf = (/** @type {number} */ row, /** @type {number} */ column, /** @type {number} */ at) =>
  at === 0 ? `,${column},` : at === LAYERS ? `${row},,` : `${row},${column},${at}`;
/** @param {Float64Array[]} w @param {Made} [known] @param {HTMLCanvasElement} [canvas] */
function makeMix(w, known, canvas) {
  const run = generator.run(w, isNoisy, known?.stamp === stamp ? known.run : undefined);
  return { canvas: paintPicture(run.picture, canvas), label: judge(run.picture), run, stamp };
}
const paintPicture = (/** @type {Float64Array} */ picture, canvas = document.createElement("canvas")) =>
  kit.paint(SIDE, SIDE, (i) => kit.pack(Array(3).fill(Math.round(255 * picture[i]))), canvas);
/** A sample or a mix, made if it has to be. @param {string} key */
function find(key) {
  const old = made.get(key);
  if (old?.stamp === stamp) return old;
  const [row, column, at] = key.split(",");
  const first = rows[Number(row)], second = columns[Number(column)];
  const from = row === "" ? 0 : column === "" ? LAYERS : Number(at);
  const w = cross(from).map((isSecond) => truncate(isSecond ? second : first));
  const known = from && from < LAYERS ? find(`${row},,`) : undefined, mix = makeMix(w, known, old?.canvas);
  made.set(key, mix);
  return mix;
}
/** What is not made yet: what is seen first, then the other crossings, nearest first. */
function* listMissing() {
  const order = Array.from({ length: LAYERS + 1 }, (_, at) => at)
    .sort((a, b) => Math.abs(a - crossing) - Math.abs(b - crossing));
  for (const at of [LAYERS, 0, ...order])
    for (let row = 0; row < rows.length; row++)
      for (let column = 0; column < columns.length; column++) {
        const key = keyOf(row, column, at);
        if (made.get(key)?.stamp !== stamp) yield key;
      }
}
let working = 0;
/** Make what is missing, a slice of each frame. */
function work() {
  cancelAnimationFrame(working);
  working = requestAnimationFrame(() => {
    if (!root.isConnected || missingSeeds().length) return;
    const until = performance.now() + SLICE;
    for (const key of listMissing()) {
      find(key);
      if (performance.now() > until) {
        work();
        break;
      }
    }
    paintGrid();
    tellSeen();
  });
}

// -------------------------------------------------------------------------------------------------------- the grid
const mixes = kit.panel(part(".mixes"));
function paintGrid() {
  const { pen, dense } = mixes, gap = 4 * dense, bar = 4 * dense;
  const step = mixes.canvas.width / 6, size = step - gap - bar;
  const accent = style("--link-text-color");
  pen.clearRect(0, 0, mixes.canvas.width, mixes.canvas.height);
  pen.imageSmoothingEnabled = false;
  /** @param {string} key @param {number} across @param {number} down @param {string[]} colours */
  const put = (key, across, down, colours) => {
    const found = made.get(key), x = across * step + gap / 2, y = down * step + gap / 2;
    if (!found) return;
    pen.drawImage(found.canvas, x, y, size + bar, size + bar);
    colours.forEach((colour, i) => {
      pen.fillStyle = colour === FIRST ? accent : colour;
      pen.fillRect(x + (i * (size + bar)) / colours.length, y + size, (size + bar) / colours.length, bar);
    });
  };
  columns.forEach((_, column) => put(`,${column},`, column + 1, 0, [SECOND]));
  rows.forEach((_, row) => {
    put(`${row},,`, 0, row + 1, [FIRST]);
    columns.forEach((_, column) => put(keyOf(row, column, crossing), column + 1, row + 1, coloursOf(row, column)));
  });
  mixes.outline((pair[1] + 1) * step + gap / 2, (pair[0] + 1) * step + gap / 2, size + bar, size + bar, true);
}
kit.redraw(mixes.canvas, () => given && mixes.fit(5 / 6) && paintGrid());
/** Whose class the judge gives a mix: of the sample at the left, above, both, or neither.
 * @param {number} row @param {number} column */
function coloursOf(row, column) {
  const label = made.get(keyOf(row, column, crossing))?.label;
  const found = [[`${row},,`, FIRST], [`,${column},`, SECOND]]
    .filter(([key]) => made.get(key)?.label === label).map(([, colour]) => colour);
  return found.length ? found : [OTHER];
}
/** Says what the bars below the mixes say, once all of them are made. */
function tellSeen() {
  const places = rows.flatMap((_, row) => columns.map((_, column) => [row, column]));
  if (places.some(([row, column]) => made.get(keyOf(row, column, crossing))?.stamp !== stamp)) return;
  const all = places.map(([row, column]) => coloursOf(row, column));
  const both = all.filter(({ length }) => length > 1).length;
  const count = (/** @type {string} */ colour) => all.filter((each) => each.length === 1 && each[0] === colour).length;
  const key = (/** @type {string} */ colour, /** @type {string} */ text) =>
    make("span", make("i", { style: { background: colour } }), make("b", count(colour)), ` ${text}`);
  part(".seen").replaceChildren(`Of ${all.length} mixes the classifier takes `,
    key(FIRST, "for the kind at the left,"), " ", key(SECOND, "for the kind above,"), " ", key(OTHER, "for neither"),
    both ? `; ${both} have two samples of that kind.` : ".");
}
kit.steer(mixes.canvas, {
  size: () => given && [rows.length, columns.length],
  at: () => pair,
  place: (event) => kit.cell(event, mixes.canvas, 5, 6).map((each) => Math.max(0, each - 1)),
  choose: (place) => change({ pair: /** @type {number[]} */ (place), mask: cross(crossing) }),
});

// ----------------------------------------------------------------------------------------------------- one of them
const WHICH = ["A", "B"];
const mark = kit.choice(part(".layers"), "style", (chosen) => {
  const [layer, which] = chosen.split(",").map(Number), next = [...mask];
  next[layer] = which === 1;
  change({ mask: next });
});
const plot = kit.plot(part(".measured"), { height: 168, least: 200, ends: 0, read: (at) => {
  const { layers, first, second } = given.measured.crossings[at];
  if (layers !== crossing) change({ crossing: layers, mask: cross(layers) });
  return `${kit.plural(layers, "layer")} from A: A's kind in ${write(first)}, B's in ${write(second)}`;
} });
const write = (/** @type {number} */ share) => `${(100 * share).toFixed(0)} %`;
const views = Object.fromEntries([".first", ".mix", ".second"].map((name) =>
  [name, kit.panel(part(`${name} canvas`))]));
/** @type {Made | undefined} */
let mix;
function showMix() {
  const [row, column] = pair, labels = given.judge.labels;
  const w = mask.map((isSecond) => truncate(isSecond ? columns[column] : rows[row]));
  mix = isCrossed() ? find(keyOf(row, column, crossing)) : makeMix(w, mix ?? made.get(`${row},,`));
  const samples = [find(`${row},,`), find(`,${column},`)];
  const shown = [[".first", samples[0], "A"], [".mix", mix, "the mix"], [".second", samples[1], "B"]];
  for (const [name, { canvas, label }, title] of /** @type {[string, Made, string][]} */ (shown)) {
    const view = views[name];
    set(view.canvas, { aria: { label: `${title}: ${labels[label]}` } });
    view.pen.imageSmoothingEnabled = false;
    view.pen.drawImage(canvas, 0, 0, view.canvas.width, view.canvas.height);
    part(`${name} figcaption`).replaceChildren(make("b", title), ` ${labels[label]}`);
  }
  for (const [name, seed] of [[".first", rows[row]], [".second", columns[column]]])
    if (document.activeElement !== part(`${name} input`)) part(`${name} input`).value = seed;
  mark((/** @type {string} */ value) => {
    const [layer, which] = value.split(",").map(Number);
    return mask[layer] === (which === 1);
  });
  tellOthers();
}
kit.redraw(part(".trio"), () => {
  const isSeen = Object.values(views).map((view) => view.fit(1)).every(Boolean);
  if (mix && isSeen && !missingSeeds().length) showMix();
});
/** The layers below are about this mix too. */
function tellOthers() {
  if (!mix || missingSeeds().length) return;
  const { run } = mix, [row, column] = pair, w = run.styles;
  const detail = { run, mask, spec: given.generator, codes: [styles[rows[row]], styles[columns[column]]],
    redo: (/** @type {any} */ edit) => generator.run(w, isNoisy, run, edit), paint: paintPicture };
  root.closest(".tabitem")?.dispatchEvent(new CustomEvent("stylegan-mix", { detail }));
}
root.closest(".tabitem")?.addEventListener("stylegan-wish", tellOthers);

// ------------------------------------------------------------------------------------------------------ what is told
function describe() {
  const { sides } = given.generator, { measured } = given, pairs = kit.grouped(measured.pairs);
  part(".stops").replaceChildren(...Array.from({ length: LAYERS + 1 }, (_, at) =>
    make("span", { 0: "none", [LAYERS]: "all" }[at] ?? at)));
  const button = (/** @type {number} */ layer, /** @type {number} */ which) => make("button", {
    data: { style: `${layer},${which}` }, aria: { label: `Layer ${layer + 1}: style of ${WHICH[which]}` },
  }, WHICH[which]);
  part(".layers").replaceChildren(
    make("span.head", "layer, px"), ...sides.map((/** @type {number} */ side) => make("span", side)),
    ...WHICH.flatMap((name, which) => [make("span.head", `style of ${name}`),
      ...mask.map((_, layer) => button(layer, which))]),
    make("span.head", "alone, still A"),
    ...measured.alone.map((/** @type {any} */ { first }) => make("span", write(first))));
  part(".alone").replaceChildren(`Last line: of ${pairs} pairs of two kinds, how many mixes ` +
    `${measured.classifier.split("@")[0]} still takes for A's kind where this layer alone takes B's style.`);
  const line = (/** @type {string} */ name, /** @type {string} */ colour) => ({
    points: measured.crossings.map((/** @type {any} */ each) => [each.layers, each[name]]), colour, mark: "circle",
  });
  plot.show({
    label: "What a mix is taken for, by how many layers have the style of A",
    x: { label: "layers with A's style, coarse ones first", low: 0, high: LAYERS, whole: true },
    y: { label: "mixes, %", low: 0, high: 1, write: (share) => (100 * share).toFixed(0) },
    series: [line("first", FIRST), line("second", SECOND)],
    steps: measured.crossings.map((/** @type {any} */ { layers }) => layers),
  }, crossing);
  const keys = [[FIRST, "taken for A's kind"], [SECOND, "for B's"]];
  part(".keys").replaceChildren(...keys.map(([colour, text]) =>
    make("span", kit.plotKey({ points: [], colour }), ` ${text}`)), make("span", `${pairs} pairs, ψ = 1`));
}
/** Which layers are crossed, in words. */
function tellCrossing() {
  const { sides } = given.generator;
  const span = (/** @type {number} */ from, /** @type {number} */ to) => {
    const sizes = [...new Set(sides.slice(from, to))].join(", ");
    return `${to - from > 1 ? `layers ${from + 1} to ${to}` : `layer ${to}`} (${sizes} px)`;
  };
  if (crossing % LAYERS)
    return [make("b.first", `From the left: ${span(0, crossing)}`), " · ",
      make("b.second", `from above: ${span(crossing, LAYERS)}`)];
  return ["Every layer takes the style of the picture ",
    crossing ? make("b.first", "at the left") : make("b.second", "above"), "."];
}
/** What ψ and the noise do, with the figures of the nearest ψ that was measured. */
function tellTruncation() {
  const { truncation, noise, pairs } = given.measured, samples = `of ${kit.grouped(pairs)} samples`;
  if (!isNoisy)
    return [`Without noise ${write(noise.same)} ${samples} keep their kind, and a pixel moves by ` +
      `${kit.number(noise.grey_levels, 2)} of 255 grey levels.`];
  if (psi === 1)
    return ["ψ = 0 makes all samples one; below it each becomes its opposite, and at ψ = −1 only " +
      `${write(truncation[0].same)} ${samples} are still of their kind.`];
  const head = make("b", `ψ = ${kit.fixed(psi, 2)}: `);
  if (psi === 0) return [head, "every code has the mean style, so all are one garment, whichever layers cross."];
  const near = truncation.reduce((/** @type {any} */ best, /** @type {any} */ each) =>
    (Math.abs(each.psi - psi) < Math.abs(best.psi - psi) ? each : best));
  return [head, `${psi < 0 ? "on the other side of" : "nearer to"} the mean style. At ψ = ${kit.fixed(near.psi, 2)}, ` +
    `${write(near.same)} ${samples} are still of their kind.`];
}
function showControls() {
  part(".where").replaceChildren(...tellCrossing());
  part(".shown").replaceChildren(...tellTruncation());
  crossingSlider.value = crossing;
  psiSlider.value = psi;
  set(crossingSlider, { aria: { label: "Crossing: layers with the style of the left picture",
    valuetext: `${crossing} of ${LAYERS} layers` } });
  set(psiSlider, { aria: { label: "Truncation ψ", valuetext: `ψ = ${kit.fixed(psi, 2)}` } });
  set(part(".psi b"), { text: kit.fixed(psi, 2) });
  set(part(".noise"), { aria: { pressed: isNoisy } });
}
/** @param {{ rows?: string[], columns?: string[], crossing?: number, psi?: number, pair?: number[], mask?: boolean[],
 *   isNoisy?: boolean }} next */
function show(next) {
  const spoils = ["psi", "isNoisy", "rows", "columns"].some((name) => name in next);
  const now = { rows, columns, crossing, psi, pair, mask, isNoisy };
  ({ rows, columns, crossing, psi, pair, mask, isNoisy } = { ...now, ...next });
  if (spoils) spoil();
  if (plot.at() !== crossing) plot.go(crossing); // first: it reads out where it is whenever it is drawn
  if (missingSeeds().length) return want();
  good = { rows, columns };
  showControls();
  showMix();
  work();
}
/** The visitor chose. @param {Parameters<typeof show>[0]} next */
function change(next) {
  stopPlay();
  show(next);
  keep();
}
function keep() {
  const seeds = [...rows, ...columns].join(), opening = [...given.rows, ...given.columns].join();
  held.keep({
    crossing: crossing === usual.crossing ? null : crossing, psi: psi === usual.psi ? null : Number(psi.toFixed(2)),
    pair: `${pair}` === `${usual.pair}` ? null : pair, noise: isNoisy ? null : "off",
    styles: isCrossed() ? null : mask.map((each) => WHICH[Number(each)]).join(""),
    seeds: seeds === opening ? null : seeds,
  });
}
const NAMES = ["crossing", "psi", "pair", "noise", "styles", "seeds"];
const held = link.hold(NAMES, (/** @type {Record<string, string>} */ asked) => {
  if (!given) return;
  const seeds = (asked.seeds ?? "").split(","), at = kit.wholeBelow(asked.crossing, LAYERS + 1) ?? crossing;
  const chosen = (asked.pair ?? "").split(",").map(Number), number = Number(asked.psi ?? psi);
  const hasSeeds = seeds.length === rows.length + columns.length && seeds.every(isSeed);
  show({
    crossing: at, isNoisy: asked.noise !== "off", psi: number >= -1 && number <= 1 ? number : psi,
    mask: /^[AB]{6}$/.test(asked.styles ?? "") ? [...asked.styles].map((each) => each === "B") : cross(at),
    ...(rows[chosen[0]] && columns[chosen[1]] && chosen.length === 2 ? { pair: chosen } : {}),
    ...(hasSeeds ? { rows: seeds.slice(0, rows.length), columns: seeds.slice(rows.length) } : {}),
  });
});

// ------------------------------------------------------------------------------------------------------- the seeds
const isSeed = (/** @type {string} */ text) => /^\d{1,19}$/.test(text);
const missingSeeds = () => [...new Set([...rows, ...columns])].filter((seed) => !styles[seed]);
const want = kit.asking(root, () => !missingSeeds().length, () => trigger("select", { seeds: missingSeeds() }));
[".first", ".second"].forEach((name, which) => part(`${name} input`).addEventListener("input", () => {
  const seed = part(`${name} input`).value, next = [[...rows], [...columns]];
  set(part(".problem"), { text: isSeed(seed) ? "" : "A seed is a whole number, 0 or more." });
  if (!isSeed(seed)) return;
  next[which][pair[which]] = seed;
  change({ rows: next[0], columns: next[1] });
}));
part(".more").addEventListener("click", () => {
  const last = [...rows, ...columns].reduce((most, seed) => (BigInt(seed) > most ? BigInt(seed) : most), 0n);
  const next = Array.from({ length: 9 }, (_, i) => `${(last + 1n + BigInt(i)) % 2n ** 63n}`);
  change({ rows: next.slice(0, rows.length), columns: next.slice(rows.length) });
});
crossingSlider.addEventListener("input", () =>
  change({ crossing: Number(crossingSlider.value), mask: cross(Number(crossingSlider.value)) }));
psiSlider.addEventListener("input", () => change({ psi: Number(psiSlider.value) }));
part(".noise").addEventListener("click", () => change({ isNoisy: !isNoisy }));

function receive() {
  const value = props.value || {};
  set(part(".missing"), { hidden: !value.missing, text: value.missing ?? "" });
  if (value.styles) styles = { ...styles, ...value.styles };
  part(".known").hidden = !given && !value.generator;
  if (value.generator) {
    given = value;
    [generator, judge] = [kit.readStyleGenerator(value.generator), kit.readLeNet(value.judge)];
    ({ rows, columns } = value);
    mask = cross(crossing);
    describe();
    show({ rows, columns });
    if (held.apply()) return;
    const stops = [...Array.from({ length: LAYERS + 1 }, (_, at) => at), 5, usual.crossing];
    stopPlay = kit.play(root, { count: stops.length, wait: 650,
      step: (index) => show({ crossing: stops[index], mask: cross(stops[index]) }) });
  } else if (value.asked) {
    set(part(".problem"), { text: value.problem ?? "" });
    want.cancel();
    show(value.problem ? good : {});
  }
}
watch("value", receive);
receive();
