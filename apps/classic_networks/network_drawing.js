// @ts-check
// One or two networks, a box a layer; below them what each layer holds, does, keeps and sees; and a table of all.
const { make, svg, set, clamp, grouped, short } = kit;
const { root, part, style } = kit.widget(element, "widget", `
<div class="controls">
  <label>Drawn first<select class="first"></select></label>
  <label>Below it<select class="second"></select></label>
  <label class="side">Side of the picture<span><input type="range" min="32" max="512" step="1"><output></output></span>
  </label>
</div>
<div class="legend" aria-hidden="true"></div>
<div class="drawings"></div>
<details class="all"><summary>All networks in numbers</summary><div class="table"></div></details>`);
kit.keepOpaque(element);
const menus = [part(".first"), part(".second")], range = part("input"), told = part("output");

let networks = new Map();  // name -> figures at its usual side
const kept = new Map();    // "name side" -> drawing
let chosen = [];           // one or two names
let side = null;           // of the picture, once a visitor has set it
let views = [];            // what is drawn, one above the other
let walks = null;          // whether the opening is still to be walked along; null before it is known
const marks = new Map();   // "name" -> which layer was chosen in it

// ------------------------------------------------------------------------------------------------ words
const COLUMNS = ["gives", "how", "parameters", "multiply-adds", "values", "a value sees"];
/** @type {[string, string, (value: number) => string][]} What a strip shows, its caption, how its numbers are said. */
const STRIPS = [["parameters", "Parameters", short], ["macs", "Multiply-adds", short],
  ["activations", "Memory of values", (bytes) => `${kit.megabytes(bytes)} MB`]];
const memory = (bytes) => (bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${kit.megabytes(bytes)} MB`);
const more = (...text) => make("small.more", ...text);
function share(value, of) {
  const p = (100 * value) / of;
  return !value ? "" : p < 0.05 ? "< 0.1 %" : `${p >= 9.95 ? p.toFixed(0) : p.toFixed(1)} %`;
}
function nameShape({ shape: [channels, height, width], tokens }) {
  if (tokens) return `${grouped(channels)} × ${tokens} tokens`;
  return height * width === 1 ? `${grouped(channels)} values` : `${grouped(channels)} × ${height} × ${width}`;
}
const steps = ({ first, then }) => [first.length && `behind ${first.join(" and ")}`,
  then.length && `then ${then.join(" and ")}`].filter(Boolean).map((text) => `, ${text}`).join("");
function sees(layer, size) {
  const windows = `${layer.field} × ${layer.field} px`, everything = "the whole picture";
  if (layer.kind === "linear" || layer.what.startsWith("global") || (layer.tokens && layer.field === size))
    return [everything];
  if (layer.sees !== layer.field) return [everything, more(`by gates; ${windows} by windows`)];
  return [`${grouped(layer.field)} × ${grouped(layer.field)} px`, layer.field > size && more("wider than the picture")];
}
const norms = ({ norm_parameters: norm, parameters }) =>
  norm > 0 && norm < parameters && more(`${grouped(norm)} of normalisation`);

// ------------------------------------------------------------------------------------------------ geometry
// Pixels from top to bottom: arcs, boxes, the sides' numbers, then four strips, each under its caption.
const ARCS = 30, TALL = 104, NUMBERS = 18, CAPTION = 24, STRIP = 26, BOXES = ARCS + TALL;
const TOPS = [0, 1, 2, 3].map((i) => BOXES + NUMBERS + CAPTION + i * (CAPTION + STRIP));
const HEIGHT = TOPS[3] + STRIP + 6, GAP = 1.5, BAR = 9, WIDEST = 2.4;
const FIXED = { sum: 9, gate: 8, concatenation: 3 };
const meets = ({ kind }) => kind in FIXED;
const room = () => part(".drawings").clientWidth;
const thinnest = ({ layers }) => clamp(room() / (9 * layers.length), 3, 14);
const wide = (layer, scale, least) => FIXED[layer.kind] ?? Math.max(least, scale * Math.sqrt(layer.shape[0]));
/** How wide a channel's root may be drawn, so that everything fits. */
function fit(drawing) {
  const least = thinnest(drawing);
  const total = (scale) => drawing.layers.reduce((sum, layer) => sum + wide(layer, scale, least) + GAP, 0);
  let low = room() < 600 ? 0.6 : 0.3, high = 40;
  for (let i = 0; i < 24; i++) {
    const middle = (low + high) / 2;
    if (total(middle) <= room()) low = middle;
    else high = middle;
  }
  return low;
}
function measure(view) {
  const { drawing, scale } = view, { layers, field, size } = drawing, least = thinnest(drawing);
  let x = 0;
  view.columns = layers.map((layer) => {
    const w = wide(layer, scale, least), tall = TALL * Math.sqrt(layer.shape[1] / size);
    const column = { x, w, middle: x + w / 2, top: ARCS + (TALL - tall) / 2, tall };
    x += w + GAP;
    return column;
  });
  view.width = Math.max(x, 1);
  view.most = STRIPS.map(([name]) => Math.max(...layers.map((layer) => layer[name])));
  view.last = layers.findLastIndex((layer) =>
    layer.field === field && !layer.aside && !meets(layer) && layer.kind !== "linear");
  view.far = Math.max(field, size) * 1.04;
  view.arcs = layers.flatMap((layer, to) => layer.reads.filter((from) => from !== to - 1).map((from) => {
    const [a, b] = [from, to].map((index) => view.columns[index]);
    const top = Math.min(...view.columns.slice(from, to + 1).map((column) => column.top));
    const lift = Math.min(top - 3, 9 + 0.17 * (b.middle - a.middle));
    return { from, to, kind: layer.kind, a, b, high: top - 1.33 * lift };
  }));
}

// ------------------------------------------------------------------------------------------------ drawing
const isFlat = ({ kind, what }) => kind === "pointwise" || (kind === "convolution" && what.startsWith("1×1"));
const COLOURS = { convolution: "--conv", depthwise: "--depthwise", linear: "--linear", attention: "--attention",
  input: "--border-color-primary" };
const colourOf = (layer) => style(isFlat(layer) ? "--flat" : (COLOURS[layer.kind] ?? "--pool"));
const INK = "--body-text-color", QUIET = "--body-text-color-subdued", LINE = "--border-color-primary";
/** A line through points; a null lifts the pen. */
function stroke(pen, points, look = {}) {
  Object.assign(pen, look);
  pen.beginPath();
  let down = false;
  for (const point of points) {
    if (point) pen[down ? "lineTo" : "moveTo"](...point);
    down = point !== null;
  }
  pen.stroke();
}
function drawArc(pen, { a, b, high }) {
  const bend = 0.12 * (b.middle - a.middle);
  pen.beginPath();
  pen.moveTo(a.middle, a.top - 1);
  pen.bezierCurveTo(a.middle + bend, high, b.middle - bend, high, b.middle, b.top - 1);
  pen.stroke();
}
/** Where paths meet: a circle with + or ×. */
function drawMeeting(pen, layer, { middle, top, w }, look) {
  const radius = w / 2 - 0.5, y = ARCS + TALL / 2, isGate = layer.kind === "gate";
  const cut = isGate ? Math.SQRT1_2 * radius : radius;
  const cross = (isGate ? [[1, 1], [1, -1]] : [[1, 0], [0, 1]]).flatMap(([p, q]) =>
    [null, [middle - p * cut, y - q * cut], [middle + p * cut, y + q * cut]]);
  stroke(pen, [[middle, top], [middle, y - radius], ...cross], look);
  pen.beginPath();
  pen.arc(middle, y, radius, 0, 7);
  pen.stroke();
}
function drawBox(pen, view, index, fill) {
  const layer = view.drawing.layers[index], { x, w, top, tall, middle } = view.columns[index];
  const lineWidth = fill ? 2 : 1.2, ink = fill ?? style(INK);
  if (layer.kind === "concatenation") {
    Object.assign(pen, { fillStyle: ink, globalAlpha: fill ? 1 : 0.55 });
    pen.fillRect(middle - 0.75, top - 3, 1.5, tall + 6);
    pen.globalAlpha = 1;
  } else if (meets(layer)) drawMeeting(pen, layer, view.columns[index], { strokeStyle: ink, lineWidth });
  else if (layer.kind === "pooling" && w > 4 && tall > 4) {
    Object.assign(pen, { strokeStyle: fill ?? colourOf(layer), lineWidth });
    pen.strokeRect(x + 0.75, top + 0.75, w - 1.5, tall - 1.5);
  } else {
    pen.fillStyle = fill ?? colourOf(layer);
    pen.fillRect(x, top, w, tall);
  }
}
// All about as wide, so that only their height tells how much.
function drawBars(pen, view, index) {
  const layer = view.drawing.layers[index], { middle, w } = view.columns[index], width = Math.min(w, BAR);
  for (const [i, [name]] of STRIPS.entries()) {
    const tall = layer[name] && Math.max(1, (STRIP * layer[name]) / view.most[i]);
    pen.fillRect(middle - width / 2, TOPS[i] + STRIP - tall, width, tall);
  }
}
const climb = (view, field) => TOPS[3] + STRIP * (1 - Math.min(field, view.far) / view.far);
/** The side of the maps, where it changes. */
function drawSides(pen, { drawing: { layers }, columns, width }) {
  const font = `12px ${getComputedStyle(root).fontFamily}`;
  Object.assign(pen, { font, textBaseline: "top", fillStyle: style(QUIET) });
  let free = -Infinity;
  for (let from = 0; from >= 0; ) {
    const now = layers[from].shape[1], text = `${now}${from ? "" : " px"}`, w = pen.measureText(text).width;
    const next = layers.findIndex((layer, i) => i > from && !layer.aside && layer.shape[1] < now);
    const last = columns[next < 0 ? layers.length - 1 : next - 1];
    const x = clamp((columns[from].x + last.x + last.w - w) / 2, 0, Math.max(0, width - w));
    if (x >= free) {
      pen.fillText(text, x, BOXES + 6);
      free = x + w + 6;
    }
    from = next;
  }
}
function drawBase(view) {
  const { base, drawing: { layers, size }, width } = view, { pen } = base;
  base.resize(width, HEIGHT);
  for (const one of view.arcs) {
    const dense = one.kind === "concatenation", isGate = one.kind === "gate";
    Object.assign(pen, { strokeStyle: style(INK), globalAlpha: dense ? 0.16 : isGate ? 0.35 : 0.6,
      lineWidth: dense ? 0.8 : 1.2 });
    pen.setLineDash(isGate ? [2, 2] : []);
    drawArc(pen, one);
  }
  pen.globalAlpha = 1;
  pen.setLineDash([]);
  layers.forEach((_, i) => drawBox(pen, view, i));
  drawSides(pen, view);
  pen.fillStyle = style(LINE);
  for (const top of TOPS) pen.fillRect(0, top + STRIP, width, 1);
  layers.forEach((layer, i) => {
    pen.fillStyle = colourOf(layer);
    drawBars(pen, view, i);
  });
  // The picture's own side as a dashed line, and how far values see.
  pen.setLineDash([3, 3]);
  stroke(pen, [[0, climb(view, size)], [width, climb(view, size)]], { strokeStyle: style(QUIET), lineWidth: 1 });
  pen.setLineDash([]);
  stroke(pen, layers.flatMap((layer, i) => {
    const { x, w } = view.columns[i], y = climb(view, layer.field);
    return layer.aside || i > view.last ? [] : [[x, y], [x + w, y]];
  }), { strokeStyle: style(INK), lineWidth: 1.6, lineJoin: "round" });
}
function drawOver(view) {
  const { over, shown } = view, { pen } = over, layer = view.drawing.layers[shown], { w, middle } = view.columns[shown];
  const accent = style("--color-accent"), band = Math.max(w, 5);
  over.resize(view.width, HEIGHT);
  Object.assign(pen, { fillStyle: style("--color-accent-soft"), globalAlpha: 0.55 });
  pen.fillRect(middle - band / 2 - 1, 0, band + 2, HEIGHT);
  Object.assign(pen, { globalAlpha: 1, strokeStyle: accent, lineWidth: 1.4 });
  for (const one of view.arcs) if (one.from === shown || one.to === shown) drawArc(pen, one);
  drawBox(pen, view, shown, accent);
  pen.fillStyle = accent;
  drawBars(pen, view, shown);
  if (layer.aside || shown > view.last) return;
  pen.beginPath();
  pen.arc(middle, climb(view, layer.field), 3.5, 0, 7);
  pen.fill();
}
function tell(view) {
  const { drawing, shown } = view, layer = drawing.layers[shown];
  view.name.replaceChildren(make("b", layer.what), steps(layer), make("code", layer.name));
  const shares = Object.fromEntries(STRIPS.map(([name]) => [name, share(layer[name], drawing[name])]));
  const small = (name) => make("small", shares[name]);
  const cells = [[nameShape(layer)], [layer.window || "–"],
    [grouped(layer.parameters), " ", small("parameters"), norms(layer)], [short(layer.macs), " ", small("macs")],
    [memory(layer.activations), " ", small("activations")], sees(layer, drawing.size)];
  cells.forEach((cell, i) => view.cells[i].replaceChildren(...cell.filter(Boolean)));
  const valuetext = `${layer.name}: ${layer.what}${steps(layer)}; ${nameShape(layer)}; ${grouped(layer.parameters)} ` +
    `parameters, ${shares.parameters || "none"}; ${short(layer.macs)} multiply-adds, ${shares.macs || "none"}; ` +
    `${memory(layer.activations)} of values; sees ${layer.field} px`;
  set(view.over.canvas, { aria: { valuenow: shown, valuetext } });
}
function show(view, index) {
  if (index === view.shown) return;
  view.shown = index;
  cancelAnimationFrame(view.frame);
  view.frame = requestAnimationFrame(() => {
    drawOver(view);
    tell(view);
  });
}

// ------------------------------------------------------------------------------------------------ one network
function nameBound({ architecture, size }) {
  const { least, most } = networks.get(architecture);
  if (side === null || size === side) return "";
  return `, ${least === most ? "as it takes no other" : `the ${size === least ? "least" : "most"} that it takes`}`;
}
function build(drawing) {
  const { architecture, layers, paper, note, size } = drawing, last = layers.length - 1;
  const [base, over] = [make("canvas.base", { aria: { hidden: true } }),
    make("canvas.over", { tabindex: 0, role: "slider", aria: { label: `${drawing.title}, drawn; arrow keys walk`,
      valuemin: 0, valuemax: last } })];
  const captions = TOPS.map((top) => make("p.caption", { style: { top: `${top - 20}px` } }));
  const scroll = make("div.scroll", make("div.sheet", base, over)), name = make("p.name");
  const cells = COLUMNS.map(() => make("dd"));
  const totals = `${size} px${nameBound(drawing)} · ${drawing.weighted} layers with weights · ` +
    `${short(drawing.parameters)} parameters · ${short(drawing.macs)} multiply-adds · ` +
    `${memory(drawing.activations)} of values`;
  const source = paper && [" · ", make("a", { href: paper, target: "_blank", rel: "noopener" }, "paper")];
  const box = make("article.drawn",
    make("header", make("h4", drawing.title), make("span.meta", `${drawing.year}`, source, note && ` · ${note}`),
      make("p.totals", totals)),
    make("div.chosen", name, make("dl", COLUMNS.map((title, i) => make("div", make("dt", title), cells[i])))),
    make("div.frame", scroll, captions),
    make("p.look", drawing.facts.join(" ").replace(/ (?=[×%])|(?<=×) /g, "\u00a0")));
  const view = { drawing, box, shown: -1, frame: 0, base: kit.panel(base), over: kit.panel(over), name, cells,
    captions, columns: [], width: 1 };
  // The heaviest of the layers that are in sight before anybody scrolls.
  const heaviest = () => layers.reduce((best, layer, i) => {
    const { x, w } = view.columns[i];
    return layer.parameters > layers[best].parameters && x + w <= room() + 1 ? i : best;
  }, 0);
  view.rest = () => Math.min(marks.get(architecture) ?? heaviest(), last);
  kit.steer(over, {
    size: () => layers.length,
    at: view.rest,
    page: 10,
    place: (event) => {
      const x = event.clientX - over.getBoundingClientRect().left;
      const index = view.columns.findIndex((column) => x < column.x + column.w + GAP);
      return index < 0 ? last : index;
    },
    choose: (index, event) => {
      marks.set(architecture, index);
      show(view, index);
      keep();
      const { x, w } = view.columns[index];
      if (event.type === "keydown" && scroll.scrollWidth > scroll.clientWidth)
        scroll.scrollLeft = clamp(scroll.scrollLeft, x + w + 40 - scroll.clientWidth, x - 40);
    },
    hover: (index, event) => {
      if (index === null) show(view, view.rest());
      else if (/** @type {PointerEvent} */ (event).pointerType === "mouse") show(view, index);
    },
  });
  return view;
}
// A common scale, so that networks compare; but none may become a speck beside another.
function scales() {
  const fits = views.map(({ drawing }) => fit(drawing)), common = Math.min(WIDEST, ...fits);
  return fits.map((own) => Math.max(common, Math.min(WIDEST, own / 4)));
}
const draw = kit.redraw(part(".drawings"), () => {
  if (!room() || !views.length) return;
  const found = scales();
  views.forEach((view, i) => {
    view.scale = found[i];
    measure(view);
    const { drawing, captions, base } = view;
    set(base.canvas.parentElement, { style: { width: `${view.width}px`, height: `${HEIGHT}px` } });
    if (view.shown < 0) view.shown = view.rest();
    const seen = `Receptive field</b>, up to ${grouped(drawing.field)} px · dashed: the picture, ${drawing.size} px`;
    const strips = STRIPS.map(([, title, say], j) => `${title}</b> of each layer, up to ${say(view.most[j])}`);
    const texts = [...strips, seen];
    texts.forEach((text, j) => (captions[j].innerHTML = `<b>${text}`));
    drawBase(view);
    drawOver(view);
    tell(view);
  });
  drawLegend();
  if (walks === true) walk();
});
const sign = (...lines) =>
  svg("svg", { viewBox: "0 0 14 14", fill: "none", stroke: "currentColor", "stroke-width": 1.2 }, lines);
const circle = () => svg("circle", { cx: 7, cy: 7, r: 4.5 }), line = (d) => svg("path", { d });
const swatch = (name) => make("i", { style: { background: `var(${name})` } });
function drawLegend() {
  const layers = views.flatMap(({ drawing }) => drawing.layers), kinds = new Set(layers.map(({ kind }) => kind));
  const entries = [
    [layers.some((layer) => layer.kind === "convolution" && !isFlat(layer)), swatch("--conv"), "convolution"],
    [layers.some((layer) => layer.kind === "convolution" && isFlat(layer)), swatch("--flat"), "1×1 convolution"],
    [kinds.has("pointwise"), swatch("--flat"), "linear, each token alone"],
    [kinds.has("attention"), swatch("--attention"), "attention"],
    [kinds.has("depthwise"), swatch("--depthwise"), "depthwise convolution"],
    [kinds.has("pooling"), make("i.pooling"), "pooling"],
    [kinds.has("linear"), swatch("--linear"), "linear"],
    [kinds.has("sum"), sign(circle(), line("M2.5 7h9M7 2.5v9")), "sum"],
    [kinds.has("gate"), sign(circle(), line("M3.8 3.8l6.4 6.4M3.8 10.2l6.4-6.4")), "gate (squeeze and excitation)"],
    [kinds.has("concatenation"), sign(line("M7 1v12")), "concatenation"]];
  const bar = (count) => {
    const width = `${Math.max(2, views[0].scale * Math.sqrt(count)).toFixed(1)}px`;
    return [make("i", { style: { width, background: "var(--pool)" } }), `${count}\u2002`];
  };
  const even = new Set(views.map(({ scale }) => scale.toFixed(2))).size === 1;
  const widths = even ? [...[64, 256, 1024].map(bar), "channels"]
    : "each in its own width, as one is too small beside the other";
  const told = entries.filter(([is]) => is).map(([, picture, name]) => make("span", picture, name));
  part(".legend").replaceChildren(...told, make("span", widths));
}

// ------------------------------------------------------------------------------------------------ choosing
const sideOf = (name) => {
  const { usual, least, most } = networks.get(name);
  return side === null ? usual : clamp(side, least, most);
};
const nameKept = (name) => `${name} ${sideOf(name)}`;
const missing = () => chosen.filter((name) => !kept.has(nameKept(name)));
const want = kit.asking(root, () => !missing().length,
  () => trigger("select", { networks: missing().map((name) => [name, sideOf(name)]) }), { wait: 150 });
const link = tenweeks.link(element);
const held = link.hold(["first", "below", "layer"], ({ first, below, layer }) => {
  if (!networks.size) return;
  const [now, next] = chosen, top = networks.has(first) ? first : now;
  chosen = [top, networks.has(below) ? below : next].filter((name, i, all) => name && all.indexOf(name) === i);
  const count = kept.get(nameKept(top))?.layers.length ?? 0, index = kit.wholeBelow(layer, count);
  if (index !== null) marks.set(top, index);
  views = []; // built anew, on the layer
  refresh();
});
function keep() {
  held.keep({ first: chosen[0], below: chosen[1] ?? null, layer: marks.get(chosen[0]) ?? null });
}
function choose(names) {
  chosen = names;
  keep();
  refresh();
}
function refresh() {
  menus.forEach((menu, i) => (menu.value = chosen[i] ?? ""));
  const figures = chosen.map((name) => networks.get(name)), shown = side ?? figures[0].usual;
  range.disabled = figures.every(({ least, most }) => most < 32 || least === most);
  range.value = shown;
  told.textContent = `${shown} px`;
  mark((name) => chosen.includes(name));
  want();
  if (missing().length) return;
  const drawings = chosen.map((name) => kept.get(nameKept(name)));
  if (drawings.length === views.length && drawings.every((drawing, i) => views[i].drawing === drawing)) return;
  views = drawings.map(build);
  part(".drawings").replaceChildren(...views.map(({ box }) => box));
  draw();
}
menus.forEach((menu, i) => menu.addEventListener("change", () =>
  choose([menus[0].value, menus[1].value].filter((name, place) => name && (place === i || name !== menu.value)))));
set(range, { oninput: () => (told.textContent = `${range.value} px`), onchange: () => {
  side = +range.value;
  refresh();
} });
const mark = kit.choice(part(".table"), "name", (name) =>
  choose([name, ...chosen.slice(1).filter((other) => other !== name)]));
const HEADS = ["Network", "Year", "Picture", "Layers with weights", "Parameters", "Multiply-adds", "Memory of values",
  "A value of the last map sees"];
function fill() {
  const all = [...networks.values()];
  const option = ({ name, title, year }) => make("option", { value: name }, `${title} · ${year}`);
  const groups = () => [...all.filter(({ ours }) => !ours).map(option),
    make("optgroup", { label: "As released here" }, all.filter(({ ours }) => ours).map(option))];
  menus[0].replaceChildren(...groups());
  menus[1].replaceChildren(make("option", { value: "" }, "none"), ...groups());
  const star = all.some(({ gated }) => gated) && [make("br"),
    "* By its windows alone; its gates weigh every channel by the mean of the whole map."];
  const rows = all.map((each) => make("tr",
    make("td", make("button", { data: { name: each.name } }, each.title)),
    [each.year, `${each.usual} px`, each.weighted].map((text) => make("td", `${text}`)),
    [each.parameters, each.macs].map((count) => make("td", { title: grouped(count) }, short(count))),
    make("td", memory(each.activations)), make("td", `${grouped(each.field)} px${each.gated ? " *" : ""}`)));
  part(".table").replaceChildren(make("table",
    make("caption", "Layers with weights count the convolutions on shortcuts too, which a ResNet's name leaves out. ",
      "Values are counted once for each layer, in float32, for one picture.", star),
    make("thead", make("tr", HEADS.map((title) => make("th", { scope: "col" }, title)))), make("tbody", rows)));
}
/** Along the first network once, to its heaviest layer. */
async function walk() {
  walks = false;
  await link.opened;
  const [view] = views, at = view.rest(), end = () => show(view, at);
  kit.play(view.box, { count: at + 1, wait: 260, step: (index) => view === views[0] && show(view, index), end });
}
function receive() {
  const value = props.value;
  for (const drawing of value?.drawings ?? []) kept.set(`${drawing.architecture} ${drawing.size}`, drawing);
  if (value?.networks) {
    networks = new Map(value.networks.map((each) => [each.name, each]));
    if (!chosen.length) chosen = value.chosen;
    fill();
  }
  if (!networks.size) return;
  const linked = held.apply();
  walks ??= !linked;
  if (!linked) refresh();
  root.classList.add("ready");
}
watch("value", receive);
receive();
