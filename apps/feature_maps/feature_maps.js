const root = element.querySelector("div");
root.className = "widget";
root.innerHTML = `
<div class="strip" role="slider" tabindex="0" aria-label="Layer" aria-valuemin="1"></div>
<div class="about">
  <div class="words"><p class="name"><b></b><code></code></p><p class="facts"></p></div>
  <div class="switch" role="group" aria-label="What the small pictures show">
    <button type="button" data-mode="maps" aria-pressed="true">Maps</button><button type="button" data-mode="filters" aria-pressed="false">Filters</button>
  </div>
</div>
<div class="stage">
  <figure class="picture">
    <canvas role="img"></canvas>
    <figcaption><span class="caption"></span><span class="toggles">
      <button type="button" data-layer="box" aria-pressed="true" title="the theoretical receptive field">field</button><button type="button" data-layer="heat" aria-pressed="true" title="the effective receptive field: what moves the value">gradient</button>
    </span></figcaption>
  </figure>
  <figure class="focus"><canvas tabindex="0" role="application"></canvas><figcaption><span class="caption"></span></figcaption></figure>
  <figure class="all"><canvas tabindex="0" role="slider" aria-valuemin="1"></canvas><figcaption><span class="caption"></span></figcaption></figure>
  <svg class="rays" aria-hidden="true"><polygon></polygon></svg>
</div>
<p class="spoken" aria-live="polite"></p>`;

const part = (selector) => root.querySelector(selector);
const strip = part(".strip"), stage = part(".stage"), rays = part(".rays");
const panels = Object.fromEntries(["picture", "focus", "all"].map((name) => {
  const canvas = part(`.${name} canvas`);
  return [name, { canvas, pen: canvas.getContext("2d"), caption: part(`.${name} .caption`) }];
}));

let maps = null;          // what Python sent for this picture
let picture = "";         // its name in the menu
let photo = null;         // the picture as the network saw it
let layer = null;         // the chosen layer
let channel = 0, row = 0, column = 0;
let wanted = 0;           // the channel that was chosen last, kept where a layer has fewer
let at = { u: 0.5, v: 0.5 };   // the chosen place as a fraction of the map, kept from layer to layer
let hover = null;         // { channel, row, column } under the pointer
let unit = null;          // Python's answer for one pixel
let kernels = {};         // by layer
let mode = "maps";
let shown = { box: true, heat: true };
let timer = 0;

const style = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const filtered = (l) => ["convolution", "linear", "scores"].includes(l.kind);
const inColour = (l) => l.reads === 3 && l.kind === "convolution" && maps.layers.indexOf(l) === 0;
const tiles = () => {
  if (mode === "maps") return sheetOf(layer);
  const known = filtered(layer) && kernels[layer.name];
  return known ? kernelSheet(known, layer.window.kernel, layer.reads, channel, inColour(layer)) : null;
};

// ------------------------------------------------------------------------------------------------ what a unit sees
function seen(l, r, c) {
  const end = (axis, i) => [axis.first[i], axis.last[i]];
  return { rows: end(l.rows, r), columns: end(l.columns, c), size: [l.rows.size, l.columns.size] };
}

// ------------------------------------------------------------------------------------------------ drawing
const live = () => unit && layer && unit.layer === layer.name && unit.channel === channel && unit.row === row && unit.column === column;
const settled = () => !hover || (hover.channel === channel && hover.row === row && hover.column === column);
const place = () => hover ?? { channel, row, column };

function drawPicture() {
  const panel = panels.picture, [height, width] = maps.size;
  if (!size(panel, height / width)) return;
  const { pen, canvas } = panel;
  pen.imageSmoothingEnabled = false;
  if (photo?.complete) pen.drawImage(photo, 0, 0, canvas.width, canvas.height);
  const target = place(), view = seen(layer, target.row, target.column), heat = shown.heat && settled() && live();
  const [top, bottom] = view.rows, [left, right] = view.columns, step = [canvas.height / height, canvas.width / width];
  if (heat && unit.effective.peak > 0) {
    // Outside the theoretical field the gradient is zero by arithmetic, so the picture stays as it is there.
    pen.fillStyle = "rgba(12,12,18,.66)";
    pen.fillRect(left * step[1], top * step[0], (right - left + 1) * step[1], (bottom - top + 1) * step[0]);
    unit.sheet ??= heatSheet(unit.effective);
    pen.drawImage(unit.sheet, 0, 0, canvas.width, canvas.height);
  }
  if (shown.box && bottom >= top && right >= left)
    outline(panel, left * step[1], top * step[0], (right - left + 1) * step[1], (bottom - top + 1) * step[0], true);
  panel.caption.textContent = `seen at ${side(maps.size)} px`;
  canvas.setAttribute("aria-label", `The picture as the network sees it. The chosen unit sees rows ${top} to ${bottom} and columns ${left} to ${right}.`);
}
function drawFocus() {
  const panel = panels.focus, [, height, width] = layer.shape, target = place();
  if (!size(panel, height / width)) return;
  const { pen, canvas } = panel, step = [canvas.height / height, canvas.width / width];
  pen.imageSmoothingEnabled = false;
  if (target.channel < layer.sent) tile(panel, sheetOf(layer), target.channel, 0, 0, canvas.width, canvas.height);
  else {
    pen.fillStyle = style("--body-text-color-subdued");
    pen.font = `${13 * panel.dense}px ${style("--font") || "sans-serif"}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText("not sent; a click explains any of its numbers", canvas.width / 2, canvas.height / 2);
  }
  if (height * width === 1 && target.channel < layer.sent) {
    const strength = codeAt(layer, target.channel, 0, 0) / (layer.signed ? 127 : 255), light = layer.signed ? Math.abs(strength) < 0.6 : strength > 0.6;
    pen.fillStyle = light ? "#17191e" : "#fff";
    pen.font = `700 ${26 * panel.dense}px ${style("--font") || "sans-serif"}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(settled() && live() ? number(unit.value) : about(layer, target.channel, 0, 0), canvas.width / 2, canvas.height / 2);
  } else {
    if (target.channel === channel) outline(panel, column * step[1], row * step[0], step[1], step[0], true);
    if (hover) outline(panel, hover.column * step[1], hover.row * step[0], step[1], step[0], false);
  }
  const name = layer.kind === "scores" ? ` · ${maps.labels[target.channel]}` : "", spot = height * width > 1 ? ` · row ${target.row}, column ${target.column}` : "";
  panel.caption.innerHTML = `<b>channel ${target.channel}</b> of ${layer.shape[0]}<span></span>${spot} · ${settled() && live() ? number(unit.value) : about(layer, target.channel, target.row, target.column)}`;
  panel.caption.querySelector("span").textContent = name;
  canvas.setAttribute("aria-label", `Channel ${channel} of ${layer.label}. Arrow keys move over its ${height} by ${width} values, Enter explains one. Now row ${row}, column ${column}.`);
}
// The small pictures, or the scores as bars.
function drawAll() {
  const panel = panels.all;
  if (!size(panel)) return;
  const { canvas, pen } = panel, from = tiles(), inputs = mode === "filters" && !inColour(layer);
  if (layer.kind === "scores" && mode === "maps") drawScores(panel);
  else if (from) {
    const places = (panel.grid = grid(from.count, canvas, panel.dense));
    for (let i = 0; i < from.count; i++) {
      const [x, y] = places.corner(i), scale = places.one / Math.max(from.width, from.height);
      tile(panel, from, i, x, y, Math.round(from.width * scale), Math.round(from.height * scale));
    }
    const first = mode === "filters" && !inputs ? kernels[layer.name].first : 0;
    const chosen = inputs ? -1 : place().channel - first;
    if (chosen >= 0 && chosen < from.count) {
      const [x, y] = places.corner(chosen), room = 1.5 * panel.dense;
      outline(panel, x - room, y - room, places.one + 2 * room, places.one + 2 * room, true);
    }
  }
  panel.caption.textContent = captionOfAll(from, inputs);
  canvas.setAttribute("aria-label", inputs ? `Kernels of channel ${channel}` : "Channel");
  canvas.setAttribute("aria-valuemax", layer.shape[0]);
  canvas.setAttribute("aria-valuenow", channel + 1);
  canvas.setAttribute("aria-valuetext", `channel ${channel} of ${layer.shape[0]}`);
}
function captionOfAll(from, inputs) {
  const [count] = layer.shape;
  if (mode === "filters") {
    if (!from) return filtered(layer) ? "fetching the kernels …" : "this layer has no filters";
    const [h, w] = layer.window.kernel;
    if (!inputs) return `${plural(from.count, "filter")} of ${side([h, w])}, in the colours that they look for`;
    return `channel ${channel}'s ${plural(from.count, "kernel")} of ${side([h, w])}, one per input channel`;
  }
  if (layer.kind === "scores" && count > 12) return `the ten highest of ${plural(count, "score")} · ↑ ↓ choose`;
  const what = layer.shape[1] * layer.shape[2] > 1 ? "maps" : "values";
  const some = layer.sent < count ? `the first ${layer.sent} of ${count} ${what}` : `all ${count} ${what}`;
  return `${some} · ← ↑ ↓ → choose`;
}
// The channels that the list of scores shows: all of a short list, the highest of a long one.
function ranked(l) {
  const all = Array.from({ length: l.sent }, (_, k) => k);
  return l.shape[0] <= 12 ? all : all.sort((a, b) => codeAt(l, b, 0, 0) - codeAt(l, a, 0, 0)).slice(0, 10);
}
function drawScores(panel) {
  const { pen, canvas, dense } = panel, order = ranked(layer), long = layer.shape[0] > 12;
  const line = canvas.height / Math.max(order.length, 10);
  const values = order.map((k) => (codeAt(layer, k, 0, 0) / (layer.signed ? 127 : 255)) * layer.scale);
  const most = Math.max(...values.map(Math.abs)) || 1;
  // Long words stand above their bars, short ones beside them.
  const zero = long ? (values.some((v) => v < 0) ? canvas.width * 0.5 : 10 * dense) : canvas.width * 0.6;
  const reach = long ? (canvas.width * 0.98 - zero) * 0.82 : canvas.width * 0.38 * 0.62;
  pen.font = `${13 * dense}px ${style("--font") || "sans-serif"}`;
  pen.textBaseline = "middle";
  order.forEach((k, at) => {
    const middle = (at + (long ? 0.72 : 0.5)) * line, thick = line * (long ? 0.26 : 0.56), length = (values[at] / most) * reach;
    pen.fillStyle = `rgb(${signedColour(Math.sign(values[at]) * 0.85)})`;
    pen.fillRect(zero + Math.min(0, length), middle - thick / 2, Math.max(Math.abs(length), dense), thick);
    pen.fillStyle = style(k === place().channel ? "--body-text-color" : "--body-text-color-subdued");
    pen.textAlign = "left";
    pen.fillText(maps.labels[k] ?? `channel ${k}`, 10 * dense, long ? (at + 0.34) * line : middle, canvas.width * (long ? 0.94 : 0.3));
    pen.textAlign = values[at] < 0 ? "right" : "left";
    pen.fillText((values[at] > 0 ? "+" : "") + number(values[at], 2), zero + length + Math.sign(values[at]) * 6 * dense, middle);
    if (k === place().channel) {
      pen.lineWidth = 2 * dense;
      pen.strokeStyle = style("--color-accent");
      pen.beginPath();
      pen.roundRect(dense, at * line + 2 * dense, canvas.width - 2 * dense, line - 4 * dense, 5 * dense);
      pen.stroke();
    }
  });
  panel.grid = { count: order.length, list: line, order };
}
function drawRays() {
  const target = place(), view = seen(layer, target.row, target.column), base = stage.getBoundingClientRect();
  const from = panels.picture.canvas.getBoundingClientRect(), to = panels.focus.canvas.getBoundingClientRect();
  const [height, width] = maps.size, [, rows, columns] = layer.shape, polygon = rays.firstElementChild;
  if (!shown.box || view.rows[1] < view.rows[0] || !from.width) return polygon.setAttribute("points", "");
  const box = {
    left: from.left + (view.columns[0] / width) * from.width, right: from.left + ((view.columns[1] + 1) / width) * from.width,
    top: from.top + (view.rows[0] / height) * from.height, bottom: from.top + ((view.rows[1] + 1) / height) * from.height,
  };
  const pixel = {
    left: to.left + (target.column / columns) * to.width, right: to.left + ((target.column + 1) / columns) * to.width,
    top: to.top + (target.row / rows) * to.height, bottom: to.top + ((target.row + 1) / rows) * to.height,
  };
  const beside = to.left >= from.right;
  const corners = beside
    ? [[box.right, box.top], [pixel.left, pixel.top], [pixel.left, pixel.bottom], [box.right, box.bottom]]
    : [[box.left, box.bottom], [pixel.left, pixel.top], [pixel.right, pixel.top], [box.right, box.bottom]];
  polygon.setAttribute("points", corners.map(([x, y]) => `${(x - base.left).toFixed(1)},${(y - base.top).toFixed(1)}`).join(" "));
}
function drawText() {
  const l = layer, [channels, height, width] = l.shape, w = l.window, facts = [`${plural(channels, l.kind === "linear" || l.kind === "scores" ? "value" : "map")}${height * width > 1 ? ` of ${side([height, width])}` : ""}`];
  if (w?.adaptive) facts.push(`${w.operation} of each whole ${side(w.from)} map`);
  else if (l.kind === "linear" || l.kind === "scores") facts.push(`each reads all ${(l.reads * w.kernel[0] * w.kernel[1]).toLocaleString("en")} values before it`);
  else if (w) {
    const two = ([a, b]) => (a === b ? `${a}` : `${a}, ${b}`);
    facts.push(`${side(w.kernel)} ${w.operation ?? "kernel"}`, `stride ${two(w.stride)}`, `padding ${two(w.padding)}`);
    if (Math.max(...w.dilation) > 1) facts.push(`dilation ${two(w.dilation)}`);
    if (w.groups > 1) facts.push(`${w.groups} groups`);
  } else if (l.kind === "sum") facts.push(`a residual block's sum${l.after ? `, after ${l.after}` : ""}`);
  const field = [l.rows.size, l.columns.size];
  facts.push(field[0] >= maps.size[0] && field[1] >= maps.size[1] ? `a value can see ${side(field)} px, more than the picture has` : `a value sees ${side(field)} px of the picture`);
  part(".name b").textContent = l.label;
  part(".name code").textContent = l.label.replaceAll(" ", "") === l.name ? "" : l.name;
  part(".facts").textContent = facts.join(" · ");
  strip.setAttribute("aria-valuemax", maps.layers.length);
  strip.setAttribute("aria-valuenow", maps.layers.indexOf(l) + 1);
  strip.setAttribute("aria-valuetext", `${l.label}: ${facts.join(", ")}`);
  strip.querySelectorAll(".bar").forEach((bar, i) => bar.classList.toggle("chosen", maps.layers[i] === l));
}
let frame = 0;
function draw() {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(() => {
    if (!layer) return;
    drawText();
    drawPicture();
    drawFocus();
    drawAll();
    drawRays();
    announce();
  });
}
// Other parts of the page work on the chosen map: they are told in the browser, without a request.
let announced = "";
function announce(again) {
  const now = layer && `${maps.key} ${layer.name} ${channel}`;
  if (!now || (now === announced && !again)) return;
  announced = now;
  const of = layer, k = channel, one = of.shape[1] * of.shape[2];
  document.dispatchEvent(new CustomEvent("feature-maps:chosen", { detail: {
    key: maps.key, network: maps.network, input: maps.input, size: maps.size, layer: of.name, label: of.label, channel: k,
    shape: of.shape, sent: k < of.sent, signed: of.signed, scale: of.scale,
    values: () => valuesOf(of).subarray(k * one, (k + 1) * one),
  } }));
}
document.addEventListener("feature-maps:ask", () => root.isConnected && announce(true));

// ------------------------------------------------------------------------------------------------ choosing
function best(l) {
  const codes = Array.from({ length: l.sent }, (_, k) => codeAt(l, k, 0, 0));
  return codes.indexOf(Math.max(...codes));
}
function settle() {
  const [channels, height, width] = layer.shape;
  channel = Math.min(wanted, (mode === "maps" ? layer.sent : channels) - 1);
  if (layer.kind === "scores") channel = best(layer);
  row = clamp(Math.floor(at.v * height), 0, height - 1);
  column = clamp(Math.floor(at.u * width), 0, width - 1);
}
function move(r, c) {
  const [, height, width] = layer.shape;
  row = clamp(r, 0, height - 1);
  column = clamp(c, 0, width - 1);
  at = { u: (column + 0.5) / width, v: (row + 0.5) / height };
}
function ask() {
  clearTimeout(timer);
  const filters = mode === "filters" && filtered(layer) && !tiles();
  if (live() && !filters) return;
  trigger("select", { network: maps.network, picture, layer: layer.name, channel, row, column, filters });
}
function later() {
  clearTimeout(timer);
  timer = setTimeout(ask, 350);
}
function choose(change) {
  hover = null;
  change();
  draw();
  later();
}
const chooseLayer = (index) => choose(() => {
  layer = maps.layers[clamp(index, 0, maps.layers.length - 1)];
  settle();
});
const chooseChannel = (index) => choose(() => (channel = wanted = clamp(index, 0, (mode === "maps" ? layer.sent : layer.shape[0]) - 1)));

function buildStrip() {
  strip.replaceChildren();
  strip.classList.toggle("many", maps.layers.length > 60);
  const tallest = Math.log2(1 + Math.max(...maps.layers.map((l) => l.shape[1])));
  let group = null;
  for (const l of maps.layers) {
    if (group?.dataset.stage !== l.stage) {
      group = document.createElement("div");
      group.className = "group";
      group.dataset.stage = l.stage;
      group.innerHTML = "<div class='bars'></div><span></span>";
      const numbered = strip.childElementCount && /^stage (\d+)$/.exec(l.stage); // the first says what the others count
      group.lastElementChild.textContent = numbered ? numbered[1] : l.stage;
      strip.append(group);
    }
    const bar = document.createElement("div");
    bar.className = `bar ${l.kind}`;
    bar.title = l.label;
    bar.innerHTML = `<i style="height:${Math.round(16 + (84 * Math.log2(1 + l.shape[1])) / tallest)}%"></i>`;
    group.firstElementChild.append(bar);
    const count = group.firstElementChild.children.length;
    Object.assign(group.style, { flexGrow: count, maxWidth: `${Math.max(72, count * 46)}px` });
  }
}
strip.addEventListener("pointerdown", (event) => {
  if (!maps) return;
  strip.setPointerCapture(event.pointerId);
  scrub(event);
});
strip.addEventListener("pointermove", (event) => strip.hasPointerCapture(event.pointerId) && scrub(event));
function scrub(event) {
  let best = 0, least = Infinity;
  strip.querySelectorAll(".bar").forEach((bar, i) => {
    const box = bar.getBoundingClientRect(), away = Math.abs(event.clientX - (box.left + box.right) / 2);
    if (away < least) [best, least] = [i, away];
  });
  if (maps.layers[best] !== layer) chooseLayer(best);
}
const arrows = (event, left, right, up, down, home, end) => {
  const act = { ArrowLeft: left, ArrowRight: right, ArrowUp: up, ArrowDown: down, Home: home, End: end }[event.key];
  if (!act || !layer || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act();
};
strip.addEventListener("keydown", (event) => {
  const now = maps?.layers.indexOf(layer), go = (index) => () => chooseLayer(index);
  arrows(event, go(now - 1), go(now + 1), go(now + 1), go(now - 1), go(0), go(maps?.layers.length - 1));
});
panels.all.canvas.addEventListener("keydown", (event) => {
  const across = panels.all.grid?.list ? 1 : mode === "maps" || inColour(layer) ? panels.all.grid?.across ?? 1 : 1, list = mode === "maps" && panels.all.grid?.order;
  const go = (by) => () => chooseChannel(list ? list[clamp(list.indexOf(channel) + by, 0, list.length - 1)] : channel + by);
  arrows(event, go(-1), go(1), go(-across), go(across), go(-Infinity), go(Infinity));
});
panels.focus.canvas.addEventListener("keydown", (event) => {
  const go = (r, c) => () => choose(() => move(row + r, column + c));
  arrows(event, go(0, -1), go(0, 1), go(-1, 0), go(1, 0), go(-Infinity, -Infinity), go(Infinity, Infinity));
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    ask();
  }
});

// What the pointer is over: a pixel of the large map, or a pixel of one of the small ones.
function underFocus(event) {
  const box = panels.focus.canvas.getBoundingClientRect(), [, height, width] = layer.shape;
  return {
    channel,
    row: clamp(Math.floor(((event.clientY - box.top) / box.height) * height), 0, height - 1),
    column: clamp(Math.floor(((event.clientX - box.left) / box.width) * width), 0, width - 1),
  };
}
function underAll(event) {
  const { canvas, dense, grid: places } = panels.all, box = canvas.getBoundingClientRect();
  const x = (event.clientX - box.left) * dense, y = (event.clientY - box.top) * dense, [, height, width] = layer.shape;
  if (!places) return null;
  if (places.list) return y < places.count * places.list ? { channel: places.order[Math.floor(y / places.list)], row: 0, column: 0 } : null;
  for (let i = 0; i < places.count; i++) {
    const [left, top] = places.corner(i);
    if (x < left || y < top || x >= left + places.one || y >= top + places.one) continue;
    if (mode === "maps") {
      const scale = places.one / Math.max(height, width), inside = [Math.floor((y - top) / scale), Math.floor((x - left) / scale)];
      return { channel: i, row: clamp(inside[0], 0, height - 1), column: clamp(inside[1], 0, width - 1) };
    }
    return inColour(layer) ? { channel: kernels[layer.name].first + i, row, column } : null;
  }
  return null;
}
for (const [name, under] of [["focus", underFocus], ["all", underAll]]) {
  const { canvas } = panels[name];
  canvas.addEventListener("pointermove", (event) => {
    if (!layer) return;
    hover = under(event);
    draw();
  });
  canvas.addEventListener("pointerleave", () => {
    hover = null;
    draw();
  });
  canvas.addEventListener("click", (event) => {
    const target = layer && under(event);
    if (!target) return;
    channel = wanted = target.channel;
    move(target.row, target.column);
    draw();
    ask();
  });
}
root.querySelectorAll("[data-mode]").forEach((button) => button.addEventListener("click", () => {
  mode = button.dataset.mode;
  root.querySelectorAll("[data-mode]").forEach((other) => other.setAttribute("aria-pressed", other === button));
  if (!layer) return;
  draw();
  ask();
}));
root.querySelectorAll("[data-layer]").forEach((button) => button.addEventListener("click", () => {
  shown[button.dataset.layer] = !shown[button.dataset.layer];
  button.setAttribute("aria-pressed", shown[button.dataset.layer]);
  draw();
}));

// ------------------------------------------------------------------------------------------------ what Python sends
function receive() {
  const value = props.value;
  if (value?.maps && value.maps.key !== maps?.key) {
    if (value.maps.network !== maps?.network) kernels = {};
    const name = layer?.name;
    maps = value.maps;
    picture = value.picture;
    unit = null;
    photo = new Image();
    photo.onload = draw;
    photo.src = maps.input;
    layer = maps.layers.find((l) => l.name === name) ?? maps.layers[0];
    buildStrip();
    settle();
    root.classList.add("ready");
  }
  if (value?.unit && value.unit.key === maps?.key) {
    unit = value.unit;
    if (value.maps) {
      layer = maps.layers.find((l) => l.name === unit.layer) ?? layer;
      channel = wanted = unit.channel;
      move(unit.row, unit.column);
    }
    if (live()) part(".spoken").textContent = `Row ${row}, column ${column} of channel ${channel} holds ${number(unit.value)} and sees ${side(unit.theoretical.size)} pixels.`;
  }
  if (value?.filters && value.filters.network === maps?.network)
    kernels[value.filters.layer] = { ...value.filters, codes: bytes(value.filters.kernels) };
  if (layer && value?.maps && !live()) later();
  draw();
}
// gradio fades a part to a fifth while Python computes for it; a click is too short for that.
element.closest(".html-container")?.style.setProperty("opacity", "1", "important");
new ResizeObserver(draw).observe(stage);
new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ["class"] });
watch("value", receive);
receive();
