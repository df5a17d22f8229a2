
const root = element.querySelector("div");
root.className = "widget";
root.innerHTML = `
<div class="stage">
  <figure class="picture"><canvas tabindex="0" role="application"></canvas>
    <figcaption><span class="caption"></span><button type="button" class="token" title="the token that the classifier reads">class token</button></figcaption></figure>
  <figure class="focus"><canvas role="img"></canvas>
    <figcaption><span class="caption"></span><span class="files"><button type="button" data-file="png" title="this map as a picture">PNG</button><button type="button" data-file="csv" title="this map's numbers">CSV</button></span></figcaption></figure>
  <figure class="all"><div class="columns" aria-hidden="true"></div><canvas tabindex="0" role="application"></canvas>
    <figcaption><span class="caption"></span></figcaption></figure>
</div>
<div class="about">
  <div class="switch" role="group" aria-label="Which way to look">
    <button type="button" data-way="out" aria-pressed="true">where it looks</button><button type="button" data-way="in" aria-pressed="false">who looks at it</button>
  </div>
  <p class="pair" aria-live="off"></p>
</div>
<section class="heads">
  <div><h3>Switch heads off</h3><p class="lead"></p><div class="switches" role="group" aria-label="Heads"></div></div>
  <div class="answers"><p class="title" role="status"></p><div class="rows"></div><p class="legend">grey: the whole picture, the whole network · blue: now</p></div>
</section>
<section class="order">
  <div><h3>Take the order away</h3><p class="lead">Shuffled, the patches are all still there. Without positions, nobody tells the network where each one stood.</p>
    <div class="disturb"><canvas role="img"></canvas><div>
      <button type="button" data-order="shuffle" aria-pressed="false">Shuffle the patches</button>
      <button type="button" data-order="blind" aria-pressed="false">No positions</button></div></div></div>
  <div class="answers"><p class="title" role="status"></p><div class="rows"></div><p class="legend">grey: the whole picture, the whole network · blue: now</p></div>
</section>
<p class="spoken" aria-live="polite"></p>`;

const part = (selector) => root.querySelector(selector);
const style = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const panels = Object.fromEntries(["picture", "focus", "all", "disturb"].map((name) => {
  const canvas = part(`.${name} canvas`);
  return [name, { canvas, pen: canvas.getContext("2d"), caption: part(`.${name} .caption`) }];
}));

let maps = null;           // what Python sent for this picture, decoded
let picture = "";          // its name in the menu
let photo = null;          // the picture as the network saw it
let grey = null;           // and without its colours
let mixedPhoto = null;     // the same, shuffled
let block = 0, column = 0; // the chosen map: a head, or behind the heads the mean and the rollout
let token = 0;             // the chosen token: 0 is the class token, then the patches row by row
let way = "out";           // where it looks, or who looks at it
let hover = null;          // the token under the pointer in the large map
let silenced = null, disturbed = null; // Python's answers
let off = new Set();       // heads that are switched off, "block.head"
let asked = { shuffle: false, blind: false };
let timer = 0;

// ------------------------------------------------------------------------------------------------ the weights
function decode(sent) {
  const raw = bytes(sent.weights), codes = sent.bytes === 2 ? new Uint16Array(raw.buffer) : raw;
  const table = Float32Array.from({ length: 256 ** sent.bytes }, (_, code) => Math.exp(-code * sent.step));
  const normalisers = new Float32Array(bytes(sent.normalisers).buffer);
  return { ...sent, codes, table, normalisers, columns: sent.heads + 2, mean: [], reached: [] };
}
const place = (b, h, i, j) => ((b * maps.heads + h) * maps.tokens + i) * maps.tokens + j;
// T×T: the mean of a block's heads.
function meanOf(b) {
  if (maps.mean[b]) return maps.mean[b];
  const { tokens, heads, codes, table } = maps, squared = tokens * tokens, mean = new Float32Array(squared);
  for (let h = 0; h < heads; h++) {
    const start = place(b, h, 0, 0);
    for (let i = 0; i < squared; i++) mean[i] += table[codes[start + i]] / heads;
  }
  return (maps.mean[b] = mean);
}
// T×T: how much of each token of the picture reaches each token behind block b (from_scratch/attention.py: rollout).
function reachedAt(b) {
  if (maps.reached[b]) return maps.reached[b];
  const { tokens } = maps, mean = meanOf(b), before = b ? reachedAt(b - 1) : null, reached = new Float32Array(tokens * tokens);
  for (let i = 0; i < tokens; i++) {
    if (!before) {
      for (let j = 0; j < tokens; j++) reached[i * tokens + j] = 0.5 * mean[i * tokens + j] + (i === j ? 0.5 : 0);
      continue;
    }
    for (let m = 0; m < tokens; m++) {
      const share = 0.5 * mean[i * tokens + m] + (i === m ? 0.5 : 0);
      for (let j = 0; j < tokens; j++) reached[i * tokens + j] += share * before[m * tokens + j];
    }
  }
  return (maps.reached[b] = reached);
}
// What token i gives to token j in a map.
function weight(b, c, i, j) {
  if (c < maps.heads) return maps.table[maps.codes[place(b, c, i, j)]];
  return (c === maps.heads ? meanOf(b) : reachedAt(b))[i * maps.tokens + j];
}
const shown = (b, c, other) => (way === "out" ? weight(b, c, token, other) : weight(b, c, other, token));
function strongest(b, c) {
  let best = 1;
  for (let other = 2; other < maps.tokens; other++) if (shown(b, c, other) > shown(b, c, best)) best = other;
  return best;
}
const product = (b, h, i, j) => maps.normalisers[(b * maps.heads + h) * maps.tokens + i] - maps.codes[place(b, h, i, j)] * maps.step;

// ------------------------------------------------------------------------------------------------ words
const spot = (t) => [Math.floor((t - 1) / maps.grid[1]), (t - 1) % maps.grid[1]];
const called = (t) => (t ? `row ${spot(t)[0]}, column ${spot(t)[1]}` : "class token");
const share = (w) => (w >= 0.1 ? `${(100 * w).toFixed(1)} %` : w >= 0.00005 ? `${number(100 * w, 2)} %` : "< 0.01 %");
const viewed = (c) => (c < maps.heads ? `head ${c}` : c === maps.heads ? "mean of its heads" : "rollout");
const percent = (p) => (p < 0.001 ? "< 0.1 %" : p > 0.999 ? "> 99.9 %" : `${(100 * p).toFixed(1)} %`);
const points = (p) => `${p < 0 ? "−" : "+"}${Math.abs(100 * p).toFixed(1)}`;

// ------------------------------------------------------------------------------------------------ drawing
function drawPhoto(panel, image) {
  panel.pen.imageSmoothingEnabled = false;
  if (image?.complete && image.naturalWidth) panel.pen.drawImage(image, 0, 0, panel.canvas.width, panel.canvas.height);
}
function lines(panel) {
  const { pen, canvas, dense } = panel, [rows, columns] = maps.grid;
  pen.fillStyle = "rgba(255,255,255,.34)";
  for (let c = 1; c < columns; c++) pen.fillRect(Math.round((c * canvas.width) / columns), 0, dense, canvas.height);
  for (let r = 1; r < rows; r++) pen.fillRect(0, Math.round((r * canvas.height) / rows), canvas.width, dense);
}
function mark(panel, t, strong) {
  if (!t) return;
  const [r, c] = spot(t), [rows, columns] = maps.grid, w = panel.canvas.width / columns, h = panel.canvas.height / rows;
  outline(panel, c * w, r * h, w, h, strong);
}
const ratio = () => maps.size[0] / maps.size[1];
function drawPicture() {
  const panel = panels.picture;
  if (!size(panel, ratio())) return;
  drawPhoto(panel, photo);
  lines(panel);
  mark(panel, token, true);
}
function tellPicture() {
  panels.picture.caption.innerHTML = `<b>${called(token)}</b> is chosen`;
  panels.picture.canvas.setAttribute("aria-label", `The picture in ${maps.grid.join(" by ")} patches. Arrow keys choose a patch, Home the class token. Now ${called(token)}.`);
  part(".token").setAttribute("aria-pressed", token === 0);
}
// The map over a grey picture: the colour says how strong, its cover too.
const veil = document.createElement("canvas");
function overlay(pen, width, height) {
  const [rows, columns] = maps.grid, most = shown(block, column, strongest(block, column)) || 1, image = new ImageData(columns, rows);
  for (let t = 1; t < maps.tokens; t++) {
    const strength = shown(block, column, t) / most;
    image.data.set([...viridis(strength), 255 * (0.66 + 0.24 * strength)], 4 * (t - 1));
  }
  [veil.width, veil.height] = [columns, rows];
  veil.getContext("2d").putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = false;
  if (grey) pen.drawImage(grey, 0, 0, width, height);
  pen.drawImage(veil, 0, 0, width, height);
}
// Once for a picture: a canvas filters slowly.
function withoutColours(image) {
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  pen.filter = "grayscale(1)";
  pen.drawImage(image, 0, 0);
  return canvas;
}
function drawFocus() {
  const panel = panels.focus;
  if (!size(panel, ratio())) return;
  overlay(panel.pen, panel.canvas.width, panel.canvas.height);
  mark(panel, token, true);
  if (hover !== null && hover !== token) mark(panel, hover, false);
}
function tellFocus() {
  const best = strongest(block, column), most = share(shown(block, column, best));
  panels.focus.caption.innerHTML = `<b>block ${block}</b> · <b>${viewed(column)}</b><br>yellow is ${most}`;
  panels.focus.canvas.setAttribute("aria-label", `Block ${block}, ${viewed(column)}, ${way === "out" ? `where the ${called(token)} looks` : `who looks at the ${called(token)}`}: most at ${called(best)}, ${most}.`);
}
// Where the small maps stand, in canvas pixels; the mean and the rollout stand a little apart.
function places() {
  const { canvas, dense } = panels.all, gap = Math.max(2, Math.round((maps.columns > 10 ? 3 : 5) * dense)), apart = 3 * gap;
  const one = Math.floor((canvas.width - gap * (maps.columns - 2) - apart) / maps.columns), tall = Math.round(one * ratio());
  return { one, tall, gap, corner: (b, c) => [c * (one + gap) + (c >= maps.heads ? apart - gap : 0), b * (tall + gap)] };
}
const sheetOfAll = document.createElement("canvas");
let painted = "";
// All small maps, a pixel for each patch; another head leaves them as they are.
function paintAll() {
  const [rows, columns] = maps.grid, one = new Float32Array(maps.tokens);
  if (painted === `${maps.key} ${token} ${way}`) return;
  painted = `${maps.key} ${token} ${way}`;
  [sheetOfAll.width, sheetOfAll.height] = [columns * maps.columns, rows * maps.blocks];
  const image = new ImageData(sheetOfAll.width, sheetOfAll.height), pixels = new Uint32Array(image.data.buffer);
  for (let b = 0; b < maps.blocks; b++)
    for (let c = 0; c < maps.columns; c++) {
      let most = 0;
      for (let t = 1; t < maps.tokens; t++) most = Math.max(most, (one[t] = shown(b, c, t)));
      const corner = b * rows * sheetOfAll.width + c * columns;
      for (let t = 1; t < maps.tokens; t++)
        pixels[corner + Math.floor((t - 1) / columns) * sheetOfAll.width + ((t - 1) % columns)] = POSITIVE[Math.round((255 * one[t]) / (most || 1))];
    }
  sheetOfAll.getContext("2d").putImageData(image, 0, 0);
}
function drawAll() {
  const panel = panels.all, [rows, columns] = maps.grid, tall = (maps.blocks / maps.columns) * ratio();
  if (!size(panel, tall)) return;
  const at = (panel.places = places());
  paintAll();
  panel.pen.imageSmoothingEnabled = at.one < columns;
  for (let b = 0; b < maps.blocks; b++)
    for (let c = 0; c < maps.columns; c++) {
      const [x, y] = at.corner(b, c);
      panel.pen.globalAlpha = off.has(`${b}.${c}`) ? 0.18 : 1;
      panel.pen.drawImage(sheetOfAll, c * columns, b * rows, columns, rows, x, y, at.one, at.tall);
    }
  panel.pen.globalAlpha = 1;
  const [x, y] = at.corner(block, column), room = 1.5 * panel.dense;
  outline(panel, x - room, y - room, at.one + 2 * room, at.tall + 2 * room, true);
  if (panel.headed !== `${maps.columns} ${panel.canvas.width}`) head(panel, at);
}
function head(panel, at) {
  panel.headed = `${maps.columns} ${panel.canvas.width}`;
  part(".columns").replaceChildren(...["heads", "mean", "rollout"].map((text) => Object.assign(document.createElement("span"), { textContent: text })));
  const [heads, mean, rolled] = part(".columns").children;
  heads.style.left = 0;
  mean.style.left = `${(100 * at.corner(0, maps.heads)[0]) / panel.canvas.width}%`;
  mean.hidden = at.one < 28 * panel.dense;
  rolled.style.right = 0;
  panel.caption.textContent = `${maps.blocks} blocks downwards, ${maps.heads} heads each · each map in its own scale`;
}
function tellAll() {
  panels.all.canvas.setAttribute("aria-label", `All maps: ${maps.blocks} blocks of ${maps.heads} heads, then mean and rollout. Arrow keys choose one. Now block ${block}, ${viewed(column)}.`);
}
function tellPair() {
  const other = hover ?? strongest(block, column), [from, to] = way === "out" ? [token, other] : [other, token];
  const w = weight(block, column, from, to), pair = part(".pair");
  pair.innerHTML = `<span></span> <b class="w"></b><span class="much"></span>`;
  pair.children[0].textContent = `${hover === null ? "Strongest here: " : ""}${called(from)} → ${called(to)}`;
  pair.children[1].textContent = share(w);
  const even = w * maps.tokens, times = even >= 10 ? even.toFixed(0) : even >= 0.01 ? number(even, 2) : "under 0.01";
  const score = column < maps.heads ? `q·k/√${maps.dimensions} = ${signed(product(block, column, from, to))} · ` : "";
  pair.children[2].textContent = `${score}${times} × an even share`;
}
const signed = (v) => `${v < 0 ? "−" : ""}${Math.abs(v).toFixed(2)}`;
function drawOrder() {
  const panel = panels.disturb, image = asked.shuffle ? mixedPhoto : photo;
  if (!size(panel, ratio())) return;
  drawPhoto(panel, image);
  panel.canvas.setAttribute("aria-label", asked.shuffle ? "The picture with its patches shuffled" : "The picture in order");
}
let frame = 0;
function draw() {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(() => {
    if (!maps) return;
    // All pictures first: what is written makes the page measure itself again.
    drawPicture();
    drawFocus();
    drawAll();
    tellPicture();
    tellFocus();
    tellAll();
    tellPair();
  });
}

// ------------------------------------------------------------------------------------------------ answers
function showAnswers(section, answers, title) {
  const rows = part(`.${section} .rows`);
  part(`.${section} .title`).textContent = title;
  const changed = answers.some(({ before, after }) => before !== after);
  rows.replaceChildren(...answers.slice(0, 7).map(({ label, before, after }) => {
    const row = document.createElement("div");
    row.className = "row";
    row.innerHTML = `<span class="label"></span><span class="bars"><i class="before"></i><i class="after"></i></span><span class="now"></span><span class="moved"></span>`;
    const [name, bars, now, moved] = row.children;
    name.textContent = name.title = label;
    bars.children[0].style.width = `${100 * before}%`;
    bars.children[1].style.width = `${100 * after}%`;
    now.textContent = percent(after);
    moved.textContent = !changed ? "" : Math.abs(after - before) < 0.0005 ? "±0.0" : points(after - before);
    row.title = `${percent(before)} before, ${percent(after)} after`;
    return row;
  }));
}
function showHeads() {
  const names = [...off].sort(), current = silenced && silenced.heads.length === names.length && silenced.heads.every((name) => off.has(name));
  if (!names.length) return showAnswers("heads", maps.answers, "All heads on");
  if (!current) return (part(".heads .title").textContent = "…");
  const first = (rows, key) => rows.reduce((best, row) => (row[key] > best[key] ? row : best)).label;
  const before = first(silenced.answers, "before"), after = first(silenced.answers, "after");
  const many = `${plural(names.length, "head")} of ${maps.blocks * maps.heads} off: `;
  showAnswers("heads", silenced.answers, many + (before === after ? `still ${after}` : `${before} becomes ${after}`));
}
function showOrder() {
  const changed = asked.shuffle || asked.blind;
  if (!changed) return showAnswers("order", maps.answers, "In order, with positions");
  if (disturbed?.shuffle !== asked.shuffle || disturbed?.positions !== !asked.blind) return (part(".order .title").textContent = "…");
  const first = (key) => disturbed.answers.reduce((best, row) => (row[key] > best[key] ? row : best)).label;
  const what = [asked.shuffle && "shuffled", asked.blind && "without positions"].filter(Boolean).join(", ");
  showAnswers("order", disturbed.answers, `${what[0].toUpperCase()}${what.slice(1)}: ${first("before") === first("after") ? "still" : `${first("before")} becomes`} ${first("after")}`);
}
const send = (event, more) => trigger(event, { network: maps.network, picture, ...more });
function later(act) {
  clearTimeout(timer);
  timer = setTimeout(act, 180);
}

// ------------------------------------------------------------------------------------------------ switches
const headsOf = (b) => Array.from({ length: maps.heads }, (_, h) => `${b}.${h}`);
function buildSwitches() {
  const box = part(".switches"), { worth } = maps;
  box.style.setProperty("--heads", maps.heads);
  part(".heads .lead").innerHTML = worth
    ? `On each switch: by how many points the accuracy on ${worth.samples.toLocaleString("en")} test pictures, ${(100 * worth.whole).toFixed(1)} %, changes without that head alone, or without its whole block. The maps above stay those of the whole network.`
    : "Nobody measured what each head of this network is worth; the answer for this picture is computed as you switch. The maps above stay those of the whole network.";
  const title = (text) => Object.assign(document.createElement("span"), { className: "heading", textContent: text });
  box.replaceChildren(title("block"), ...headsOf(0).map((_, h) => title(`${h}`)));
  const lost = [...(worth?.heads.flat() ?? []), ...(worth?.blocks ?? [])].map((accuracy) => worth.whole - accuracy);
  const most = Math.max(...(worth?.heads.flat() ?? []).map((accuracy) => Math.abs(worth.whole - accuracy)), 0.001);
  for (let b = 0; b < maps.blocks; b++)
    for (let h = -1; h < maps.heads; h++) {
      const button = document.createElement("button"), loss = lost.length ? worth.whole - (h < 0 ? worth.blocks[b] : worth.heads[b][h]) : null;
      button.type = "button";
      button.dataset.row = b;
      button.dataset.column = h + 1;
      button.tabIndex = b || h + 1 ? -1 : 0;
      button.className = h < 0 ? "whole" : "";
      button.innerHTML = h < 0 ? `<b>${b}</b><span></span>` : `<span></span>`;
      const text = loss === null ? "" : points(-loss).replace("+0.0", "0.0").replace("−0.0", "0.0");
      button.lastElementChild.textContent = text || (h < 0 ? "" : "on");
      if (loss !== null && h >= 0) button.style.setProperty("--worth", clamp(Math.abs(loss) / most, 0, 1).toFixed(2));
      button.setAttribute("aria-label", `${h < 0 ? `All of block ${b}` : `Block ${b}, head ${h}`}${text ? `, ${text} points of accuracy without it` : ""}`);
      box.append(button);
    }
  const reset = Object.assign(document.createElement("button"), { type: "button", className: "reset", textContent: "All on" });
  box.append(reset);
}
function markSwitches() {
  part(".switches").querySelectorAll("[data-row]").forEach((button) => {
    const b = +button.dataset.row, h = button.dataset.column - 1;
    button.setAttribute("aria-pressed", h < 0 ? headsOf(b).every((name) => off.has(name)) : off.has(`${b}.${h}`));
  });
  part(".reset").disabled = !off.size;
}
function toggle(names) {
  const all = names.every((name) => off.has(name));
  names.forEach((name) => (all ? off.delete(name) : off.add(name)));
  markSwitches();
  showHeads();
  draw();
  later(() => off.size && send("select", { heads: [...off] }));
}
part(".switches").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || !maps) return;
  if (button.className === "reset") return toggle([...off]);
  const b = +button.dataset.row, h = button.dataset.column - 1;
  toggle(h < 0 ? headsOf(b) : [`${b}.${h}`]);
});
part(".switches").addEventListener("keydown", (event) => {
  const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key], now = event.target.dataset;
  if (!by || now.row === undefined) return;
  event.preventDefault();
  const next = part(`.switches [data-row="${+now.row + by[0]}"][data-column="${+now.column + by[1]}"]`);
  if (!next) return;
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});
root.querySelectorAll("[data-order]").forEach((button) => button.addEventListener("click", () => {
  if (!maps) return;
  asked[button.dataset.order] = !asked[button.dataset.order];
  markOrder();
  if (asked.shuffle || asked.blind) send("input", { shuffle: asked.shuffle, positions: !asked.blind });
}));
function markOrder() {
  root.querySelectorAll("[data-order]").forEach((button) => button.setAttribute("aria-pressed", asked[button.dataset.order]));
  showOrder();
  drawOrder();
}

// ------------------------------------------------------------------------------------------------ choosing
function choose(change) {
  hover = null;
  change();
  draw();
}
function under(event, canvas) {
  const box = canvas.getBoundingClientRect(), [rows, columns] = maps.grid;
  const r = clamp(Math.floor(((event.clientY - box.top) / box.height) * rows), 0, rows - 1);
  return 1 + r * columns + clamp(Math.floor(((event.clientX - box.left) / box.width) * columns), 0, columns - 1);
}
function underAll(event) {
  const { canvas, dense, places: at } = panels.all, box = canvas.getBoundingClientRect();
  const x = (event.clientX - box.left) * dense, y = (event.clientY - box.top) * dense;
  for (let b = 0; b < maps.blocks; b++)
    for (let c = 0; c < maps.columns; c++) {
      const [left, top] = at.corner(b, c);
      if (x >= left && y >= top && x < left + at.one && y < top + at.tall) return [b, c];
    }
  return null;
}
const arrows = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const plain = (event) => maps && !event.ctrlKey && !event.metaKey && !event.altKey;
panels.picture.canvas.addEventListener("keydown", (event) => {
  const by = arrows[event.key];
  if (!plain(event) || !(by || event.key === "Home")) return;
  event.preventDefault();
  const [rows, columns] = maps.grid;
  choose(() => {
    if (!by) return (token = 0);
    const [r, c] = token ? spot(token) : [-by[0], -by[1]];
    token = 1 + clamp(r + by[0], 0, rows - 1) * columns + clamp(c + by[1], 0, columns - 1);
  });
  part(".spoken").textContent = called(token);
});
panels.all.canvas.addEventListener("keydown", (event) => {
  const by = arrows[event.key];
  if (!plain(event) || !by) return;
  event.preventDefault();
  choose(() => {
    block = clamp(block + by[0], 0, maps.blocks - 1);
    column = clamp(column + by[1], 0, maps.columns - 1);
  });
  part(".spoken").textContent = `block ${block}, ${viewed(column)}`;
});
for (const [name, pick] of [
  ["picture", (event) => (token = under(event, panels.picture.canvas))],
  ["all", (event) => ([block, column] = underAll(event) ?? [block, column])],
]) {
  const { canvas } = panels[name];
  canvas.addEventListener("pointerdown", (event) => {
    if (!maps || event.button) return;
    if (event.pointerType === "mouse") canvas.setPointerCapture(event.pointerId);
    choose(() => pick(event));
  });
  canvas.addEventListener("pointermove", (event) => canvas.hasPointerCapture(event.pointerId) && event.buttons && maps && choose(() => pick(event)));
}
panels.focus.canvas.addEventListener("pointermove", (event) => {
  if (!maps) return;
  hover = under(event, panels.focus.canvas);
  draw();
});
panels.focus.canvas.addEventListener("pointerleave", () => {
  hover = null;
  draw();
});
panels.focus.canvas.addEventListener("click", (event) => maps && choose(() => (token = under(event, panels.focus.canvas))));
part(".token").addEventListener("click", () => maps && choose(() => (token = 0)));
root.querySelectorAll("[data-way]").forEach((button) => button.addEventListener("click", () => {
  way = button.dataset.way;
  root.querySelectorAll("[data-way]").forEach((other) => other.setAttribute("aria-pressed", other === button));
  draw();
}));

// ------------------------------------------------------------------------------------------------ files
function save(blob, ending) {
  const map = column < maps.heads ? `head${column}` : column === maps.heads ? "mean" : "rollout";
  const of = token ? `patch${spot(token).join("-")}` : "class-token", link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${maps.network}-block${block}-${map}-${way === "out" ? "from" : "to"}-${of}.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
function table() {
  const one = column < maps.heads, head = `token,row,column,weight${one ? ",query_key" : ""}\n`;
  return head + Array.from({ length: maps.tokens }, (_, t) => {
    const [from, to] = way === "out" ? [token, t] : [t, token], [r, c] = t ? spot(t) : ["", ""];
    return `${t},${r},${c},${shown(block, column, t).toPrecision(6)}${one ? `,${product(block, column, from, to).toFixed(4)}` : ""}\n`;
  }).join("");
}
root.querySelectorAll("[data-file]").forEach((button) => button.addEventListener("click", () => {
  if (!maps) return;
  if (button.dataset.file === "csv") return save(new Blob([table()], { type: "text/csv" }), "csv");
  const canvas = document.createElement("canvas"), zoom = Math.ceil(640 / maps.size[1]);
  canvas.width = maps.size[1] * zoom;
  canvas.height = maps.size[0] * zoom;
  overlay(canvas.getContext("2d"), canvas.width, canvas.height);
  canvas.toBlob((blob) => save(blob, "png"), "image/png");
}));

// ------------------------------------------------------------------------------------------------ what Python sends
function load(source, then) {
  const image = new Image();
  image.onload = then;
  image.src = source;
  return image;
}
function receive() {
  const value = props.value;
  if (value?.maps && value.maps.key !== maps?.key) {
    const same = value.maps.network === maps?.network, fits = maps && value.maps.tokens === maps.tokens && value.maps.blocks === maps.blocks && value.maps.heads === maps.heads;
    maps = decode(value.maps);
    picture = value.picture;
    grey = null;
    const image = (photo = load(maps.input, () => {
      if (image !== photo) return;
      grey = withoutColours(image);
      draw();
      drawOrder();
    }));
    mixedPhoto = null;
    silenced = disturbed = null;
    if (!fits) [block, column, token] = [maps.blocks >> 1, 0, 0];
    if (!same) off = new Set();
    asked = { shuffle: false, blind: false };
    buildSwitches();
    markSwitches();
    showHeads();
    markOrder();
    root.classList.add("ready");
    if (off.size) later(() => send("select", { heads: [...off] }));
  }
  if (value?.silenced && value.silenced.key === maps?.key) {
    silenced = value.silenced;
    showHeads();
    // Of events that follow each other quickly gradio may drop the last: what is answered late is asked again.
    if (off.size && (silenced.heads.length !== off.size || !silenced.heads.every((name) => off.has(name)))) later(() => send("select", { heads: [...off] }));
  }
  if (value?.disturbed && value.disturbed.key === maps?.key) {
    disturbed = value.disturbed;
    if (disturbed.shuffle) mixedPhoto = load(disturbed.input, drawOrder);
    showOrder();
    if ((asked.shuffle || asked.blind) && (disturbed.shuffle !== asked.shuffle || disturbed.positions === asked.blind)) send("input", { shuffle: asked.shuffle, positions: !asked.blind });
  }
  draw();
}
// gradio fades a part to a fifth while Python computes for it; a click is too short for that.
element.closest(".html-container")?.style.setProperty("opacity", "1", "important");
new ResizeObserver(() => { draw(); maps && drawOrder(); }).observe(part(".stage"));
new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ["class"] });
watch("value", receive);
receive();
