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
      <canvas class="mixes" tabindex="0" role="application"></canvas>
      <div class="crossing"><input type="range" min="0" max="6" step="1"><div class="stops" aria-hidden="true"></div></div>
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

/** @typedef {{ before: Float64Array, mean: number[], deviation: number[], scale: Float64Array, shift: Float64Array,
 *   after: Float64Array }} Step a layer: its maps, and of each channel what the style replaces by what
 * @typedef {{ styles: Float64Array[], steps: Step[], picture: Float64Array }} Run
 * @typedef {{ layer: number, channel: number, scale: number, shift: number }} Edit of a channel, by hand
 * @typedef {{ canvas: HTMLCanvasElement, label: number, run: Run, stamp: number }} Made */

// ---------------------------------------------------------------------------------------------------- the networks
/** The generator of `write_generator`: from a style for each layer to a picture. @param {any} sent */
function readGenerator(sent) {
  const { sides, channels, code } = sent, next = kit.readWeights(sent), constant = next(channels[0] * sides[0] ** 2);
  const layers = sides.map((/** @type {number} */ side, /** @type {number} */ at) => {
    const count = channels[at], inputs = channels[at - 1], isLarger = side > sides[at - 1];
    const weight = at && next(count * inputs * (isLarger ? 16 : 9));
    const enlarge = isLarger && kit.makeUpConvolution(weight, inputs);
    const convolve = (/** @type {Float64Array} */ x) => !at ? x : enlarge ? enlarge(x, sides[at - 1])
      : kit.convolve(x, side, weight, 3);
    return { side, count, convolve, bias: next(count), strength: next(count), noise: next(side ** 2),
      weight: next(2 * count * code), offset: next(2 * count) };
  });
  const [toPicture, level] = [next(channels[LAYERS - 1]), next(1)[0]], mean = next(code);
  /** @param {any} layer @param {Float64Array} x @param {Float64Array} w @param {boolean} isNoisy @returns {Step} */
  function normalise({ side, count, bias, strength, noise, weight, offset }, x, w, isNoisy) {
    const size = side ** 2, asked = kit.linear(w, weight, offset), before = new Float64Array(x.length);
    const scale = asked.subarray(0, count).map((each) => 1 + each), shift = asked.subarray(count);
    const means = [], deviations = [], after = new Float64Array(x.length);
    for (let channel = 0; channel < count; channel++) {
      const from = channel * size, loud = isNoisy ? strength[channel] : 0;
      let sum = 0, squares = 0;
      for (let i = 0; i < size; i++) {
        const value = x[from + i] + loud * noise[i] + bias[channel];
        sum += before[from + i] = value < 0 ? 0.2 * value : value;
      }
      const middle = sum / size;
      for (let i = from; i < from + size; i++) squares += (before[i] - middle) ** 2;
      means.push(middle);
      deviations.push(Math.sqrt(squares / size + 1e-5));
    }
    const step = { before, mean: means, deviation: deviations, scale, shift, after };
    for (let channel = 0; channel < count; channel++) restyle(step, channel, size);
    return step;
  }
  /** Give a channel the mean and deviation that its style asks for. @param {Step} step @param {number} channel
   * @param {number} size */
  function restyle({ before, mean, deviation, scale, shift, after }, channel, size) {
    const factor = scale[channel] / deviation[channel];
    for (let i = channel * size; i < (channel + 1) * size; i++)
      after[i] = (before[i] - mean[channel]) * factor + shift[channel];
  }
  return {
    mean,
    /**
     * @param {Float64Array[]} styles w of each layer @param {boolean} isNoisy
     * @param {Run} [known] a run whose first layers are taken over, as far as they have the same styles
     * @param {Edit} [edit] @returns {Run}
     */
    run(styles, isNoisy, known, edit) {
      /** @type {Step[]} */
      const steps = [];
      let isKnown = Boolean(known);
      layers.forEach((/** @type {any} */ layer, /** @type {number} */ at) => {
        isKnown &&= styles[at] === known?.styles[at] && at !== edit?.layer;
        const x = at ? steps[at - 1].after : constant;
        const step = isKnown ? /** @type {Run} */ (known).steps[at] : normalise(layer, layer.convolve(x), styles[at], isNoisy);
        if (edit?.layer === at) {
          step.scale[edit.channel] = edit.scale;
          step.shift[edit.channel] = edit.shift;
          restyle(step, edit.channel, layer.side ** 2);
        }
        steps.push(step);
      });
      const maps = steps[LAYERS - 1].after, picture = new Float64Array(PIXELS).fill(level);
      toPicture.forEach((weight, channel) => {
        for (let i = 0; i < PIXELS; i++) picture[i] += weight * maps[channel * PIXELS + i];
      });
      return { styles, steps, picture: picture.map((value) => (Math.tanh(value) + 1) / 2) };
    },
  };
}
/** LeNet-5 of `write_judge`: from a picture to the place of its label. @param {any} sent */
function readJudge(sent) {
  const next = kit.readWeights(sent);
  const [first, firstBias, second, secondBias] = [6 * 25, 6, 16 * 6 * 25, 16].map(next);
  const dense = [[400, 120], [120, 84], [84, sent.labels.length]].map(([inputs, count]) =>
    ({ weight: next(inputs * count), bias: next(count) }));
  const relu = (/** @type {Float64Array} */ x) => x.map((value) => Math.max(0, value));
  const add = (/** @type {Float64Array} */ x, /** @type {Float64Array} */ bias) =>
    relu(x.map((value, i) => value + bias[Math.floor(i / (x.length / bias.length))]));
  return (/** @type {Float64Array} */ picture) => {
    let x = picture.map((value) => (Math.round(255 * value) / 255 - sent.mean) / sent.deviation);
    x = kit.poolMaps(add(kit.convolve(x, SIDE, first, 5), firstBias), SIDE);
    x = kit.poolMaps(add(kit.convolve(x, 14, second, 5, 0), secondBias), 10);
    dense.forEach(({ weight, bias }, at) => {
      x = kit.linear(x, weight, bias);
      if (at < 2) x = relu(x);
    });
    return x.indexOf(Math.max(...x));
  };
}

// ------------------------------------------------------------------------------------------------------- the state
/** @type {any} The worked example. */
let given = null;
/** @type {ReturnType<typeof readGenerator>} */
let generator;
/** @type {ReturnType<typeof readJudge>} */
let judge;
/** @type {Record<string, any>} What draw_style returns, by seed. */
let styles = {};
const usual = { crossing: 2, psi: 1, pair: [0, 0] };
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
  if (!given || !mixes.fit(5 / 6)) return;
  const { pen, dense } = mixes, step = mixes.canvas.width / 6, gap = 4 * dense, bar = 4 * dense, size = step - gap - bar;
  pen.imageSmoothingEnabled = false;
  /** @param {string} key @param {number} across @param {number} down @param {string[]} colours */
  const put = (key, across, down, colours) => {
    const found = made.get(key), x = across * step + gap / 2, y = down * step + gap / 2;
    if (!found) return;
    pen.drawImage(found.canvas, x, y, size + bar, size + bar);
    colours.forEach((colour, i) => {
      pen.fillStyle = colour.startsWith("var") ? style("--link-text-color") : colour;
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
const drawGrid = kit.redraw(mixes.canvas, paintGrid);
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
  const all = places.map(([row, column]) => coloursOf(row, column)), both = all.filter(({ length }) => length > 1).length;
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
  return `${kit.plural(layers, "layer")} from A: A's class in ${write(first)}, B's in ${write(second)}`;
} });
const write = (/** @type {number} */ share) => `${(100 * share).toFixed(0)} %`;
/** @type {Made | undefined} */
let mix;
function showMix() {
  const [row, column] = pair, labels = given.judge.labels;
  const w = mask.map((isSecond) => truncate(isSecond ? columns[column] : rows[row]));
  mix = makeMix(w, mix ?? made.get(`${row},,`));
  const shown = [[".first", find(`${row},,`), "A"], [".mix", mix, "the mix"], [".second", find(`,${column},`), "B"]];
  for (const [name, { canvas, label }, title] of /** @type {[string, Made, string][]} */ (shown)) {
    const view = kit.panel(part(`${name} canvas`));
    set(view.canvas, { aria: { label: `${title}: ${labels[label]}` } });
    if (view.fit(1)) {
      view.pen.imageSmoothingEnabled = false;
      view.pen.drawImage(canvas, 0, 0, view.canvas.width, view.canvas.height);
    }
    part(`${name} figcaption`).replaceChildren(make("b", title), ` ${labels[label]}`);
  }
  for (const [name, seed] of [[".first", rows[row]], [".second", columns[column]]])
    if (document.activeElement !== part(`${name} input`)) part(`${name} input`).value = seed;
  mark((/** @type {string} */ value) => Number(value.split(",")[1]) === Number(mask[Number(value.split(",")[0])]));
  tellOthers();
}
const drawMix = kit.redraw(part(".trio"), () => given && mix && showMix());
/** The layers below are about this mix too. */
function tellOthers() {
  if (!mix) return;
  const { run } = mix, [row, column] = pair, w = run.styles;
  const detail = { run, mask, spec: given.generator, codes: [styles[rows[row]], styles[columns[column]]],
    redo: (/** @type {Edit} */ edit) => generator.run(w, isNoisy, run, edit), paint: paintPicture };
  root.closest(".tabitem")?.dispatchEvent(new CustomEvent("stylegan-mix", { detail }));
}
root.closest(".tabitem")?.addEventListener("stylegan-wish", tellOthers);

// ------------------------------------------------------------------------------------------------------ what is told
function describe() {
  const { sides } = given.generator, { measured } = given;
  part(".stops").replaceChildren(...Array.from({ length: LAYERS + 1 }, (_, at) =>
    make("span", at ? at === LAYERS ? "all" : `${at}` : "none")));
  part(".layers").replaceChildren(make("span.head", "layer, px"), ...sides.map((/** @type {number} */ side) => make("span", side)),
    ...WHICH.flatMap((name, which) => [make("span.head", `style of ${name}`), ...sides.map((/** @type {number} */ _, /** @type {number} */ layer) =>
      make("button", { data: { style: `${layer},${which}` }, aria: { label: `Layer ${layer + 1}: style of ${name}` } }, name))]),
    make("span.head", "alone, keeps A"), ...measured.alone.map((/** @type {any} */ { first }) => make("span", write(first))));
  part(".alone").replaceChildren(`Last line: of ${kit.grouped(measured.pairs)} pairs of two classes, how many mixes still are ` +
    `A's to ${measured.classifier.split("@")[0]} where this layer alone takes B's style.`);
  const line = (/** @type {string} */ name) => measured.crossings.map((/** @type {any} */ each) => [each.layers, each[name]]);
  plot.show({
    label: "What a mix is taken for, by how many layers have the style of A",
    x: { label: "layers with A's style, coarse ones first", low: 0, high: LAYERS, whole: true },
    y: { label: "share of mixes", low: 0, high: 1, write: write },
    series: [{ points: line("first"), colour: FIRST, mark: "circle" }, { points: line("second"), colour: SECOND, mark: "circle" }],
    steps: measured.crossings.map((/** @type {any} */ { layers }) => layers),
  }, crossing);
  part(".keys").replaceChildren(...[[FIRST, "taken for A's class"], [SECOND, "for B's"]].map(([colour, text]) =>
    make("span", kit.plotKey({ points: [], colour }), ` ${text}`)),
  make("span", `measured on ${kit.grouped(measured.pairs)} pairs at ψ = 1`));
}
function showControls() {
  const { sides } = given.generator, { measured } = given;
  const span = (/** @type {number} */ from, /** @type {number} */ to) =>
    `${to - from > 1 ? `layers ${from + 1} to ${to}` : `layer ${to}`} (${[...new Set(sides.slice(from, to))].join(", ")} px)`;
  part(".where").replaceChildren(...(crossing === 0 ? ["Every layer takes the style of the picture ", make("b.second", "above"), "."]
    : crossing === LAYERS ? ["Every layer takes the style of the picture ", make("b.first", "at the left"), "."]
    : [make("b.first", `From the left: ${span(0, crossing)}`), " · ",
      make("b.second", `from above: ${span(crossing, LAYERS)}`)]));
  crossingSlider.value = crossing;
  set(crossingSlider, { aria: { label: "Crossing: layers with the style of the left picture", valuetext: `${crossing} of ${LAYERS} layers` } });
  if (plot.at() !== crossing) plot.go(crossing);
  psiSlider.value = psi;
  set(psiSlider, { aria: { label: "Truncation ψ", valuetext: `ψ = ${psi.toFixed(2)}` } });
  set(part(".psi b"), { text: kit.fixed(psi, 2) });
  set(part(".noise"), { aria: { pressed: isNoisy } });
  const near = measured.truncation.reduce((/** @type {any} */ best, /** @type {any} */ each) =>
    (Math.abs(each.psi - psi) < Math.abs(best.psi - psi) ? each : best));
  part(".shown").replaceChildren(...(!isNoisy
    ? [`Without noise ${write(measured.noise.same)} of ${kit.grouped(measured.pairs)} samples keep their class, and a pixel moves by ` +
       `${kit.number(measured.noise.grey_levels, 2)} of 255 grey levels.`]
    : psi === 0 ? [make("b", "ψ = 0: "), "every code has the mean style, so all are one garment, whichever layers cross."]
    : psi < 0 ? [make("b", `ψ = ${kit.fixed(psi, 2)}: `), "the other side of the mean. At ", kit.fixed(near.psi, 2),
      ` ${write(near.same)} of ${kit.grouped(measured.pairs)} samples still have their class.`]
    : psi < 1 ? [make("b", `ψ = ${kit.fixed(psi, 2)}: `), "nearer to the mean style. At ", kit.fixed(near.psi, 2),
      ` ${write(near.same)} of ${kit.grouped(measured.pairs)} samples still have their class.`]
    : ["ψ = 0 makes all samples one; below it each becomes its opposite."]));
}
/** @param {{ rows?: string[], columns?: string[], crossing?: number, psi?: number, pair?: number[], mask?: boolean[],
 *   isNoisy?: boolean }} next */
function show(next) {
  const spoils = ["psi", "isNoisy", "rows", "columns"].some((name) => name in next);
  ({ rows, columns, crossing, psi, pair, mask, isNoisy } = { rows, columns, crossing, psi, pair, mask, isNoisy, ...next });
  if (spoils) spoil();
  if (missingSeeds().length) return want();
  good = { rows, columns };
  showControls();
  showMix();
  work();
  drawGrid();
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
    pair: `${pair}` === `${usual.pair}` ? null : pair, noise: isNoisy ? null : "off", seeds: seeds === opening ? null : seeds,
    styles: isCrossed() ? null : mask.map((each) => WHICH[Number(each)]).join(""),
  });
}
const held = link.hold(["crossing", "psi", "pair", "noise", "seeds", "styles"], (/** @type {Record<string, string>} */ asked) => {
  if (!given) return;
  const seeds = (asked.seeds ?? "").split(","), at = kit.wholeBelow(asked.crossing, LAYERS + 1) ?? crossing;
  const chosen = (asked.pair ?? "").split(",").map(Number), number = Number(asked.psi ?? psi);
  const hasSeeds = seeds.length === rows.length + columns.length && seeds.every((each) => /^\d{1,19}$/.test(each));
  show({
    crossing: at, isNoisy: asked.noise !== "off", psi: number >= -1 && number <= 1 ? number : psi,
    mask: /^[AB]{6}$/.test(asked.styles ?? "") ? [...asked.styles].map((each) => each === "B") : cross(at),
    ...(rows[chosen[0]] && columns[chosen[1]] && chosen.length === 2 ? { pair: chosen } : {}),
    ...(hasSeeds ? { rows: seeds.slice(0, rows.length), columns: seeds.slice(rows.length) } : {}),
  });
});

// ------------------------------------------------------------------------------------------------------- the seeds
const missingSeeds = () => [...new Set([...rows, ...columns])].filter((seed) => !styles[seed]);
const want = kit.asking(root, () => !missingSeeds().length, () => trigger("select", { seeds: missingSeeds() }));
[".first", ".second"].forEach((name, which) => part(`${name} input`).addEventListener("input", () => {
  const seed = part(`${name} input`).value, next = [[...rows], [...columns]];
  set(part(".problem"), { text: /^\d{1,19}$/.test(seed) ? "" : "A seed is a whole number, 0 or more." });
  if (!/^\d{1,19}$/.test(seed)) return;
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
    [generator, judge] = [readGenerator(value.generator), readJudge(value.judge)];
    ({ rows, columns } = value);
    mask = cross(crossing);
    describe();
    show({ rows, columns });
    if (held.apply()) return;
    const stops = [...Array.from({ length: 7 }, (_, at) => at), 5, 4, 3, 2];
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
