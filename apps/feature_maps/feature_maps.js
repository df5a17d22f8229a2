// @ts-check
// The maps of one layer of one picture; what the chosen unit sees, and what moves it.
const { make, set, clamp, number, plural, sides } = kit;
const { root, part, style } = kit.widget(element, "widget", `
<div class="stage">
  <figure class="picture"><canvas role="img"></canvas>
    <figcaption><span class="caption"></span><span class="toggles">
      <button type="button" data-layer="box" title="the theoretical receptive field">field</button>
      <button type="button" data-layer="heat" title="the effective receptive field: what moves the value">gradient
      </button></span></figcaption></figure>
  <figure class="focus"><canvas tabindex="0" role="application"></canvas>
    <figcaption><span class="caption"></span><span class="scale"></span></figcaption></figure>
  <figure class="all"><canvas tabindex="0" role="slider" aria-valuemin="1"></canvas>
    <figcaption><span class="caption"></span>
      <span class="toggles" role="group" aria-label="What the small pictures show">
      <button type="button" data-mode="maps" aria-pressed="true">Maps</button>
      <button type="button" data-mode="filters" aria-pressed="false">Filters</button></span></figcaption></figure>
  <svg class="rays" aria-hidden="true"><polygon></polygon></svg>
</div>
<p class="spoken" aria-live="polite"></p>`);
kit.keepOpaque(element);
const views = Object.fromEntries(["picture", "focus", "all"].map((name) =>
  [name, Object.assign(kit.panel(part(`.${name} canvas`)), { caption: part(`.${name} .caption`), places: null })]));

let maps = null;                // what Python sent for this picture
let picture = "", photo = null; // its name in the menu, and it as the network saw it
let layer = null, channel = 0, row = 0, column = 0; // the chosen unit
let wanted = null;              // the channel that the visitor chose last, shown wherever it is there and not dead
let spot = [0.5, 0.5];          // the chosen place as fractions of the map, [down, across], kept from layer to layer
let hover = null;               // { channel, row, column } under the pointer
let unit = null;                // Python's answer for one unit
let kernels = {};               // by layer
let mode = "maps";
const shown = { box: true, heat: true };
let isChosen = false;           // whether the visitor chose what is shown
let endPlaying = () => {};
const link = tenweeks.link(element);

// ------------------------------------------------------------------------------------------------ what is what
const isFiltered = ({ kind }) => ["convolution", "linear", "scores"].includes(kind);
const sizeOf = ({ shape: [, height, width] }) => [height, width];
const isVector = ({ shape: [, height, width] }) => height * width === 1;
const isInColour = (l) => l === maps.layers[0] && l.reads === 3 && l.kind === "convolution";
const isList = () => layer.kind === "scores" && mode === "maps"; // scores as bars, each with its label
const isLong = () => layer.shape[0] > 12;
const target = () => hover ?? { channel, row, column };
const isExplained = (of = { channel, row, column }) =>
  unit?.layer === layer?.name && ["channel", "row", "column"].every((name) => unit?.[name] === of[name]);
/** The first and last of the picture's rows, and columns, that the unit below the pointer, or else the chosen, sees. */
function findField() {
  const { row: r, column: c } = target(), { rows, columns } = layer;
  return { rows: [rows.first[r], rows.last[r]], columns: [columns.first[c], columns.last[c]] };
}
const codesOf = (l) => (l.codes ??= kit.readCodes(l));
/** The exact numbers of a layer without places. */
const vectorOf = (l) => (l.vector ??= kit.decode(l.values, Float32Array));
/** Whether a channel is the same everywhere, as behind a ReLU that is shut. */
function isDead(l, k) {
  const [, height, width] = l.shape, size = height * width, map = codesOf(l).subarray(k * size, (k + 1) * size);
  return size > 1 && k < l.sent && map.every((code) => code === map[0]);
}
function sheetOf(l) {
  if (l.sheet) return l.sheet;
  const [, height, width] = l.shape, codes = codesOf(l);
  return (l.sheet = kit.sheet(l.sent, height, width, (k, i) =>
    kit.pixelOfCode(codes[k * height * width + i], l.signed)));
}
/** One channel's kernels, or all filters of a first layer in the colours that they look for; null until they came. */
function kernelSheet() {
  const known = isFiltered(layer) ? kernels[layer.name] : null;
  if (!known) return null;
  const { codes, first, count } = known, [height, width] = layer.window.kernel, one = height * width;
  if (isInColour(layer))
    return (known.sheet ??= kit.sheet(count, height, width, (k, i) =>
      kit.pack([0, 1, 2].map((colour) => 127.5 + codes[(k * 3 + colour) * one + i]))));
  if (channel < first || channel >= first + count) return null;
  if (known.of === channel) return known.sheet;
  const start = (channel - first) * layer.reads * one;
  known.of = channel;
  return (known.sheet = kit.sheet(layer.reads, height, width, (k, i) =>
    kit.pixelOfCode(codes[start + k * one + i], true)));
}
const tiles = () => (mode === "maps" ? sheetOf(layer) : kernelSheet());
/** The channels that the list of scores shows: all of a short list, the highest of a long one. */
function rank() {
  const values = vectorOf(layer), all = Array.from({ length: layer.sent }, (_, index) => index);
  return isLong() ? all.sort((one, other) => values[other] - values[one]).slice(0, 10) : all;
}
/** The number of a unit; nothing where only its colour is known. */
function sayValue({ channel: c, row: r, column: x } = target()) {
  if (isVector(layer)) return c < layer.sent ? number(vectorOf(layer)[c]) : isExplained() ? number(unit.value) : "";
  if (unit?.layer !== layer.name || unit.channel !== c) return "";
  unit.numbers ??= kit.decode(unit.map, Float32Array);
  return number(unit.numbers[r * layer.shape[2] + x]);
}

// ------------------------------------------------------------------------------------------------ drawing
function write({ pen, dense }, text, x, y, { font = 13, colour = style("--body-text-color-subdued"), align = "center",
  most = undefined } = {}) {
  pen.font = `${font > 20 ? 700 : 400} ${font * dense}px ${style("--font") || "sans-serif"}`;
  Object.assign(pen, { fillStyle: colour, textAlign: align, textBaseline: "middle" });
  pen.fillText(text, x, y, most);
}
function paintGradient({ shape: [height, width], values }) {
  const codes = kit.decode(values);
  return kit.paint(height, width, (i) => {
    const strength = (codes[i] / 255) ** 0.6;
    return kit.pack(kit.viridis(0.15 + 0.85 * strength), 255 * Math.min(1, strength * 1.4));
  });
}
function drawPicture() {
  const view = views.picture, { pen, canvas } = view, [height, width] = maps.size;
  if (!view.fit(height / width)) return;
  pen.imageSmoothingEnabled = false;
  if (photo?.complete) pen.drawImage(photo, 0, 0, canvas.width, canvas.height);
  const { rows: [top, bottom], columns: [left, right] } = findField();
  const high = canvas.height / height, wide = canvas.width / width;
  /** @type {[number, number, number, number]} */
  const box = [left * wide, top * high, (right - left + 1) * wide, (bottom - top + 1) * high];
  if (shown.heat && isExplained(target()) && unit.effective.peak > 0) {
    // Outside the theoretical field the gradient is zero by arithmetic, so the picture stays as it is there.
    pen.fillStyle = "rgba(12,12,18,.66)";
    pen.fillRect(...box);
    pen.drawImage((unit.sheet ??= paintGradient(unit.effective)), 0, 0, canvas.width, canvas.height);
  }
  if (shown.box && bottom >= top && right >= left) view.outline(...box, true);
  set(view.caption, { text: `seen at ${sides(maps.size)} px` });
  const field = `The chosen unit sees rows ${top} to ${bottom} and columns ${left} to ${right}.`;
  set(canvas, { aria: { label: `The picture as the network sees it. ${field}` } });
}
function drawFocus() {
  const view = views.focus, { canvas } = view, [count, height, width] = layer.shape, at = target();
  if (!view.fit(height / width)) return;
  const high = canvas.height / height, wide = canvas.width / width, isSent = at.channel < layer.sent;
  const middle = /** @type {[number, number]} */ ([canvas.width / 2, canvas.height / 2]);
  if (isSent) view.tile(sheetOf(layer), at.channel, 0, 0, canvas.width, canvas.height);
  else write(view, "not sent; press a place to have it explained", ...middle);
  if (isVector(layer) && isSent) {
    const strength = vectorOf(layer)[at.channel] / layer.scale;
    const light = layer.signed ? Math.abs(strength) < 0.6 : strength > 0.6;
    write(view, sayValue(), ...middle, { font: 26, colour: light ? "#17191e" : "#fff" });
  } else {
    if (at.channel === channel) view.outline(column * wide, row * high, wide, high, true);
    if (hover) view.outline(hover.column * wide, hover.row * high, wide, high, false);
  }
  const name = layer.kind === "scores" && ` · ${maps.labels[at.channel]}`;
  const place = isVector(layer) ? "" : ` · row ${at.row}, column ${at.column}`;
  const most = number(layer.scale, 2), bar = make("i", { style: { background: kit.gradient(layer.signed) } });
  part(".scale").replaceChildren(layer.signed ? `≤ −${most}` : "0", bar, `≥ ${most}`);
  const value = sayValue(at), text = [make("b", `channel ${at.channel}`), ` of ${count}`, name, place];
  if (value) text.push(" · ", make("b", value));
  view.caption.replaceChildren(...text.filter(Boolean));
  set(canvas, { aria: { label: `Channel ${channel} of ${layer.label}. Arrow keys move over its ${height} by ${width} ` +
    `values, Enter explains one. Now row ${row}, column ${column}.` } });
}
/** Where small pictures stand in a square: `corner` says it for drawing and for the pointer alike. */
function findPlaces(count, { canvas: { width }, dense }) {
  const across = Math.ceil(Math.sqrt(count)), cell = width / across;
  const gap = Math.round((cell > 60 * dense ? 6 : cell > 22 * dense ? 4 : 2) * dense);
  const one = Math.floor((width - gap * (across - 1)) / across);
  const left = Math.floor((width - across * (one + gap) + gap) / 2);
  return { count, across, one, corner: (i) =>
    [left + (i % across) * (one + gap), Math.floor(i / across) * (one + gap)] };
}
function drawTiles(view, sheet, chosen) {
  const { one, corner } = (view.places = findPlaces(sheet.count, view)), room = 1.5 * view.dense;
  const scale = one / Math.max(sheet.width, sheet.height), [x, y] = corner(chosen);
  const [width, height] = [sheet.width, sheet.height].map((side) => Math.round(side * scale));
  for (let i = 0; i < sheet.count; i++) view.tile(sheet, i, corner(i)[0], corner(i)[1], width, height);
  if (!(chosen >= 0 && chosen < sheet.count)) return;
  view.outline(x - room, y - room, one + 2 * room, one + 2 * room, true);
}
function drawScores(view) {
  const { pen, canvas: { width, height }, dense } = view, order = rank(), long = isLong();
  const line = height / Math.max(order.length, 10), values = order.map((index) => vectorOf(layer)[index]);
  const most = Math.max(...values.map(Math.abs)) || 1;
  // Long words stand above their bars, short ones beside them.
  const zero = !long ? width * 0.6 : values.some((value) => value < 0) ? width * 0.5 : 10 * dense;
  const reach = long ? (width * 0.98 - zero) * 0.82 : width * 0.38 * 0.62;
  order.forEach((index, at) => {
    const value = values[at], way = Math.sign(value), length = (value / most) * reach;
    const isHere = index === target().channel, thick = line * (long ? 0.26 : 0.56);
    const middle = (at + (long ? 0.72 : 0.5)) * line;
    pen.fillStyle = kit.css(kit.signedColour(way * 0.85));
    pen.fillRect(zero + Math.min(0, length), middle - thick / 2, Math.max(Math.abs(length), dense), thick);
    const colour = style(isHere ? "--body-text-color" : "--body-text-color-subdued");
    write(view, maps.labels[index] ?? `channel ${index}`, 10 * dense, long ? (at + 0.34) * line : middle,
      { colour, align: "left", most: width * (long ? 0.94 : 0.3) });
    write(view, (value > 0 ? "+" : "") + number(value), zero + length + way * 6 * dense, middle,
      { colour, align: value < 0 ? "right" : "left" });
    if (!isHere) return;
    Object.assign(pen, { lineWidth: 2 * dense, strokeStyle: style("--color-accent") });
    pen.beginPath();
    pen.roundRect(dense, at * line + 2 * dense, width - 2 * dense, line - 4 * dense, 5 * dense);
    pen.stroke();
  });
  view.places = { count: order.length, line, order };
}
function drawAll() {
  const view = views.all, sheet = tiles(), inputs = mode === "filters" && !isInColour(layer), [count] = layer.shape;
  if (!view.fit()) return;
  if (isList()) drawScores(view);
  else if (sheet) {
    const first = mode === "filters" ? kernels[layer.name].first : 0;
    drawTiles(view, sheet, inputs ? -1 : target().channel - first);
  }
  set(view.caption, { text: mode === "filters" ? sayFilters(sheet, inputs) : sayMaps() });
  set(view.canvas, { aria: { label: inputs ? `Kernels of channel ${channel}` : "Channel", valuemax: count,
    valuenow: channel + 1, valuetext: `channel ${channel} of ${count}` } });
}
function sayFilters(sheet, inputs) {
  if (!sheet) return isFiltered(layer) ? "fetching the kernels …" : "this layer has no filters";
  const many = (word) => `${plural(sheet.count, word)} of ${sides(layer.window.kernel)}`;
  return inputs ? `channel ${channel}'s ${many("kernel")}, one per input channel`
    : `${many("filter")}, in the colours that they look for`;
}
function sayMaps() {
  const [count] = layer.shape, what = isVector(layer) ? "values" : "maps";
  if (isList() && isLong()) return `the ten highest of ${plural(count, "score")}`;
  return layer.sent < count ? `the first ${layer.sent} of ${count} ${what}` : `all ${count} ${what}`;
}
/** From what the unit sees, in the picture, to the unit, in the map. */
function drawRays() {
  const base = part(".rays").getBoundingClientRect(), at = target(), { rows, columns } = findField();
  /** @type {(...given: any[]) => any} */
  const locate = ({ canvas }, [height, width], [top, bottom], [left, right]) => {
    const box = canvas.getBoundingClientRect(), x = box.left - base.left, y = box.top - base.top;
    return { left: x + (left / width) * box.width, right: x + ((right + 1) / width) * box.width,
      top: y + (top / height) * box.height, bottom: y + ((bottom + 1) / height) * box.height, box };
  };
  const from = locate(views.picture, maps.size, rows, columns);
  const to = locate(views.focus, sizeOf(layer), [at.row, at.row], [at.column, at.column]);
  const corners = to.box.left >= from.box.right
    ? [[from.right, from.top], [to.left, to.top], [to.left, to.bottom], [from.right, from.bottom]]
    : [[from.left, from.bottom], [to.left, to.top], [to.right, to.top], [from.right, from.bottom]];
  const isSeen = shown.box && rows[1] >= rows[0] && from.box.width > 0;
  const points = corners.map((corner) => corner.map((each) => each.toFixed(1))).join(" ");
  set(part(".rays polygon"), { points: isSeen ? points : "" });
}
const draw = kit.redraw(part(".focus"), () => {
  if (!layer) return;
  drawPicture();
  drawFocus();
  drawAll();
  drawRays();
  announce();
});
let announced = "";
/** Tell the other parts of the page, which work on the chosen map, in the browser and without a request. */
function announce(again = false) {
  const now = layer && `${maps.key} ${layer.name} ${channel}`;
  if (!now || (now === announced && !again)) return;
  announced = now;
  const { key, network, size, layers } = maps, { name, label } = layer, index = layers.indexOf(layer);
  const detail = { key, network, size, layers, index, layer: name, label, channel };
  document.dispatchEvent(new CustomEvent("feature-maps:chosen", { detail }));
}
document.addEventListener("feature-maps:ask", () => root.isConnected && announce(true));

// ------------------------------------------------------------------------------------------------ choosing
const wantsFilters = () => mode === "filters" && isFiltered(layer) && !tiles();
const want = kit.asking(root, () => !layer || (isExplained() && !wantsFilters()), () => trigger("select",
  { network: maps.network, picture, layer: layer.name, channel, row, column, filters: wantsFilters() }), { wait: 350 });
const countChannels = () => (mode === "maps" ? layer.sent : layer.shape[0]);
function settle() {
  const fits = wanted !== null && wanted < countChannels() && !isDead(layer, wanted);
  channel = fits && layer.kind !== "scores" ? wanted : layer.liveliest;
  [row, column] = spot.map((share, axis) => Math.floor(share * layer.shape[axis + 1]));
}
function move(to) {
  [row, column] = to;
  spot = to.map((index, axis) => (index + 0.5) / layer.shape[axis + 1]);
}
function choose(change, soon = false) {
  [hover, isChosen] = [null, true];
  change();
  draw();
  want(soon ? 0 : undefined);
  remember();
}
/** The address says what is shown once something was chosen or asked for, and rests. */
const remember = kit.debounced(() => {
  const now = { layer: layer.name, channel, row, column };
  if (isChosen) held.keep(now);
  else link.remember(now);
}, 350);
/** Show what a link asks for, as far as this network has it. */
const held = link.hold(["layer", "channel", "row", "column"], (asked) => {
  if (!layer) return;
  isChosen = false;
  remember();
  const named = maps.layers.find(({ name }) => name === asked.layer);
  if (asked.layer != null && !named) return;
  layer = named ?? layer;
  settle();
  const [count, height, width] = layer.shape;
  const read = (name, now, size) => kit.wholeBelow(asked[name], size) ?? now;
  channel = read("channel", channel, count);
  if (asked.channel != null) wanted = channel;
  move([read("row", row, height), read("column", column, width)]);
  draw();
  want();
});
/** A layer of each stage with the sum behind its value, one of windows if there is one; at the end the first again. */
function playLayers() {
  const first = layer, names = new Set(maps.layers.map(({ stage }) => stage));
  const isWide = (each) => each.window?.kernel?.[0] > 1;
  const stops = [...names].map((name) => maps.layers.filter(({ stage }) => stage === name))
    .map((stage) => stage.find(isWide) ?? stage[0]).filter((each) => each !== first);
  const step = (index) => {
    layer = stops[index] ?? first;
    settle();
    draw();
    want(0);
  };
  endPlaying = kit.play(part(".picture"), { count: stops.length + 1, wait: 1600, step, end: want });
}

// ------------------------------------------------------------------------------------------------ hands
document.addEventListener("feature-maps:layer", (/** @type {any} */ { detail }) => root.isConnected && choose(() => {
  layer = maps.layers[detail];
  settle();
}));
/** The unit of the shown layer that looks at a pixel of the picture, more centrally than its neighbours do. */
function findUnit(pixel) {
  const [r, c] = [layer.rows, layer.columns].map(({ start, jump, size, first }, axis) =>
    clamp(Math.round((pixel[axis] - start - (size - 1) / 2) / (jump || 1)), 0, first.length - 1));
  return { channel, row: r, column: c };
}
kit.steer(views.picture.canvas, {
  size: () => layer && maps.size,
  at: () => [0, 0],
  choose: (pixel) => choose(() => {
    const to = findUnit(pixel);
    move([to.row, to.column]);
  }, true),
  hover: (pixel) => point(pixel && findUnit(pixel)),
});
kit.steer(views.focus.canvas, {
  size: () => layer && sizeOf(layer),
  at: () => [row, column],
  choose: (to, { type }) => choose(() => move(to), type === "click"),
  hover: (to) => point(to && { channel, row: to[0], column: to[1] }),
  keys: { Enter: () => want(0), " ": () => want(0) },
});
/** The unit under the pointer in one of the small pictures, or in the list of scores. */
function locateSmall(event) {
  const { canvas, places } = views.all, [, height, width] = layer.shape, [across, down] = kit.fraction(event, canvas);
  if (!places) return null;
  const x = across * canvas.width, y = down * canvas.height;
  const listed = places.order?.[Math.floor(y / places.line)];
  if (places.order) return listed === undefined ? null : { channel: listed, row: 0, column: 0 };
  for (let i = 0; i < places.count; i++) {
    const [left, top] = places.corner(i), { one } = places;
    if (x < left || y < top || x >= left + one || y >= top + one) continue;
    const scale = one / Math.max(height, width), cell = [y - top, x - left].map((away) => Math.floor(away / scale));
    if (mode === "maps")
      return { channel: i, row: clamp(cell[0], 0, height - 1), column: clamp(cell[1], 0, width - 1) };
    return isInColour(layer) ? { channel: kernels[layer.name].first + i, row, column } : null;
  }
  return null;
}
kit.steer(views.all.canvas, {
  size: () => layer && (isList() ? rank().length : countChannels()),
  at: () => (isList() ? rank().indexOf(channel) : channel),
  across: () => (isList() || (mode === "filters" && !isInColour(layer)) ? 1 : views.all.places?.across ?? 1),
  place: locateSmall,
  choose: (to, { type }) => {
    if (type === "keydown") choose(() => (channel = wanted = isList() ? rank()[to] : to));
    else choose(() => {
      channel = wanted = to.channel;
      move([to.row, to.column]);
    }, true);
  },
  hover: point,
});
function point(to) {
  if (to) endPlaying();
  hover = to;
  draw();
}
const markMode = kit.choice(root, "mode", (name) => {
  markMode((mode = name));
  draw();
  want(0);
});
const markShown = kit.choice(root, "layer", (name) => {
  shown[name] = !shown[name];
  markShown((each) => shown[each]);
  draw();
});
markShown((each) => shown[each]);

// ------------------------------------------------------------------------------------------------ what Python sends
function open({ maps: sent, picture: name }) {
  if (sent.network !== maps?.network) kernels = {};
  const before = layer?.name;
  [maps, picture, unit] = [sent, name, null];
  photo = kit.loadImage(maps.input, draw);
  layer = maps.layers.find((each) => each.name === before) ?? maps.layers[0];
  settle();
  root.classList.add("ready");
}
function receive() {
  const { maps: sent, unit: explained, filters } = props.value || {}, isFirst = !maps;
  if (!sent && !explained) return;
  const isNew = sent && sent.key !== maps?.key;
  if (isNew) open(props.value);
  // gradio would compare it with every answer to come, as text.
  if (sent) props.value = null;
  if (explained?.key === maps?.key) {
    unit = explained;
    if (sent) {
      layer = maps.layers.find(({ name }) => name === unit.layer) ?? layer;
      channel = unit.channel;
      move([unit.row, unit.column]);
    }
    const seen = `sees ${sides(unit.theoretical.size)} pixels`;
    if (isExplained()) part(".spoken").textContent =
      `Row ${row}, column ${column} of channel ${channel} holds ${number(unit.value)} and ${seen}.`;
  }
  if (filters && filters.network === maps?.network)
    kernels[filters.layer] = { ...filters, codes: kit.decode(filters.kernels, Int8Array) };
  draw();
  if (sent && held.apply()) return;
  if (isNew && isChosen) remember();
  if (isFirst) playLayers();
  want(isNew ? 0 : undefined);
}
watch("value", receive);
receive();
