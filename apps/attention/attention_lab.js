// @ts-check
// A picture's patches, one head's map large and all heads' maps small; heads switched off; the order taken away.
const { make, set, clamp, number, percent, plural } = kit;
const { root, part, parts } = kit.widget(element, "widget", `
<div class="stage">
  <figure class="picture"><canvas tabindex="0" role="application"></canvas>
    <figcaption><span class="caption"></span>
      <button type="button" class="token" title="the token that the classifier reads">class token</button></figcaption>
  </figure>
  <figure class="focus"><canvas role="img"></canvas>
    <figcaption><span class="caption"></span><span class="files">
      <button type="button" data-file="png" title="this map as a picture">PNG</button>
      <button type="button" data-file="csv" title="this map's numbers">CSV</button></span></figcaption></figure>
  <figure class="all"><div class="columns" aria-hidden="true"></div><canvas tabindex="0" role="application"></canvas>
    <figcaption><span class="caption"></span></figcaption></figure>
</div>
<div class="about">
  <div class="switch" role="group" aria-label="Which way to look">
    <button type="button" data-way="out" aria-pressed="true">where it looks</button>
    <button type="button" data-way="in" aria-pressed="false">who looks at it</button>
  </div>
  <p class="pair" aria-live="off"></p>
</div>
<section id="attention-heads" class="section heads">
  <div><h3>Switch heads off</h3><p class="lead"></p>
    <div class="switches" role="group" aria-label="Heads"></div></div>
  <div class="answers"><p class="title" role="status"></p><div class="rows"></div>
    <p class="legend">grey: the whole picture, the whole network · blue: now</p></div>
</section>
<section id="attention-order" class="section order">
  <div><h3>Take the order away</h3><p class="lead">Shuffled, the patches are all still there. Without positions, nobody
    tells the network where each one stood.</p>
    <div class="disturb"><canvas role="img"></canvas><div>
      <button type="button" data-order="shuffle" aria-pressed="false">Shuffle the patches</button>
      <button type="button" data-order="blind" aria-pressed="false">No positions</button></div></div></div>
  <div class="answers"><p class="title" role="status"></p><div class="rows"></div>
    <p class="legend">grey: the whole picture, the whole network · blue: now</p></div>
</section>
<p class="spoken" aria-live="polite"></p>`);
kit.keepOpaque(element);
const views = Object.fromEntries(["picture", "focus", "all", "disturb"].map((name) =>
  [name, Object.assign(kit.panel(part(`.${name} canvas`)), { caption: part(`.${name} .caption`) })]));

let maps = null;                 // what Python sent for this picture, decoded
let picture = "";                // its name in the menu
let photo = null, grey = null;   // the picture as the network saw it, and without its colours
let mixed = null;                // the same, shuffled
let block = 0, column = 0;       // the chosen map: a head, or behind the heads the mean and the rollout
let token = 0;                   // the chosen token: 0 is the class token, then the patches row by row
let way = "out";                 // where it looks, or who looks at it
let hover = null;                // the token under the pointer in the large map
let silenced = null, disturbed = null; // Python's answers
let off = new Set();             // heads that are switched off, "block.head"
let changed = { shuffle: false, blind: false };

// ------------------------------------------------------------------------------------------------ the weights
function decodeMaps(sent) {
  const codes = sent.bytes === 2 ? kit.decode(sent.weights, Uint16Array) : kit.decode(sent.weights);
  const table = Float32Array.from({ length: 256 ** sent.bytes }, (_, code) => Math.exp(-code * sent.step));
  const normalisers = kit.decode(sent.normalisers, Float32Array);
  return { ...sent, codes, table, normalisers, columns: sent.heads + 2, mean: [], reached: [] };
}
const place = (b, h, i, j) => ((b * maps.heads + h) * maps.tokens + i) * maps.tokens + j;
// T×T: the mean of a block's heads.
function meanOf(b) {
  if (maps.mean[b]) return maps.mean[b];
  const { tokens, heads, codes, table } = maps, mean = new Float32Array(tokens * tokens);
  for (let h = 0; h < heads; h++) {
    const start = place(b, h, 0, 0);
    for (let i = 0; i < mean.length; i++) mean[i] += table[codes[start + i]] / heads;
  }
  return (maps.mean[b] = mean);
}
// T×T: how much of each token of the picture reaches each token behind block b (from_scratch/attention.py: rollout).
function reachedAt(b) {
  if (maps.reached[b]) return maps.reached[b];
  const { tokens } = maps, mean = meanOf(b), before = b ? reachedAt(b - 1) : null;
  const reached = new Float32Array(tokens * tokens);
  for (let i = 0; i < tokens; i++)
    for (let m = 0; m < tokens; m++) {
      const share = 0.5 * mean[i * tokens + m] + (i === m ? 0.5 : 0);
      if (!before) reached[i * tokens + m] = share;
      else for (let j = 0; j < tokens; j++) reached[i * tokens + j] += share * before[m * tokens + j];
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
const product = (b, h, i, j) =>
  maps.normalisers[(b * maps.heads + h) * maps.tokens + i] - maps.codes[place(b, h, i, j)] * maps.step;

// ------------------------------------------------------------------------------------------------ words
const spot = (t) => [Math.floor((t - 1) / maps.grid[1]), (t - 1) % maps.grid[1]];
const nameToken = (t) => (t ? `row ${spot(t)[0]}, column ${spot(t)[1]}` : "class token");
const nameMap = (c) => (c < maps.heads ? `head ${c}` : c === maps.heads ? "mean of its heads" : "rollout");
const share = (w) => (w >= 0.1 ? `${(100 * w).toFixed(1)} %` : w >= 0.00005 ? `${number(100 * w, 2)} %` : "< 0.01 %");
const points = (p) => `${p < 0 ? "−" : "+"}${Math.abs(100 * p).toFixed(1)}`;

// ------------------------------------------------------------------------------------------------ drawing
const ratio = () => maps.size[0] / maps.size[1];
function drawPhoto({ pen, canvas }, image) {
  pen.imageSmoothingEnabled = false;
  if (image?.complete && image.naturalWidth) pen.drawImage(image, 0, 0, canvas.width, canvas.height);
}
function mark(view, t, strong) {
  if (!t) return;
  const [r, c] = spot(t), [rows, columns] = maps.grid;
  const w = view.canvas.width / columns, h = view.canvas.height / rows;
  view.outline(c * w, r * h, w, h, strong);
}
function drawPicture() {
  const view = views.picture, { pen, canvas } = view, [rows, columns] = maps.grid;
  if (!view.fit(ratio())) return;
  drawPhoto(view, photo);
  pen.fillStyle = "rgba(255,255,255,.34)";
  const { width, height } = canvas;
  for (let c = 1; c < columns; c++) pen.fillRect(Math.round((c * width) / columns), 0, view.dense, height);
  for (let r = 1; r < rows; r++) pen.fillRect(0, Math.round((r * height) / rows), width, view.dense);
  mark(view, token, true);
}
// The map over a grey picture: the colour says how strong, its cover too.
const veil = document.createElement("canvas"), small = document.createElement("canvas");
function drawOverlay(pen, width, height) {
  const most = shown(block, column, strongest(block, column)) || 1;
  kit.paint(maps.grid[0], maps.grid[1], (i) => {
    const strength = shown(block, column, i + 1) / most;
    return kit.pack(kit.viridis(strength), 255 * (0.66 + 0.24 * strength));
  }, veil);
  pen.imageSmoothingEnabled = false;
  for (const layer of [grey, veil]) if (layer) pen.drawImage(layer, 0, 0, width, height);
}
function drawFocus() {
  const view = views.focus;
  if (!view.fit(ratio())) return;
  drawOverlay(view.pen, view.canvas.width, view.canvas.height);
  mark(view, token, true);
  if (hover !== null && hover !== token) mark(view, hover, false);
}
// Where the small maps stand, in canvas pixels; the mean and the rollout stand a little apart.
function findPlaces({ canvas, dense }) {
  const gap = Math.max(2, Math.round((maps.columns > 10 ? 3 : 5) * dense)), apart = 3 * gap;
  const one = Math.floor((canvas.width - gap * (maps.columns - 2) - apart) / maps.columns);
  const tall = Math.round(one * ratio());
  const corner = (b, c) => [c * (one + gap) + (c >= maps.heads ? apart - gap : 0), b * (tall + gap)];
  return { one, tall, gap, corner };
}
let painted = "";
// All small maps, a pixel for each patch; another head leaves them as they are.
function paintAll() {
  const now = `${maps.key} ${token} ${way}`, [rows, columns] = maps.grid;
  if (painted === now) return;
  painted = now;
  const codes = new Uint8Array(maps.blocks * rows * maps.columns * columns), one = new Float32Array(maps.tokens);
  for (let b = 0; b < maps.blocks; b++)
    for (let c = 0; c < maps.columns; c++) {
      let most = 0;
      for (let t = 1; t < maps.tokens; t++) most = Math.max(most, (one[t] = shown(b, c, t)));
      for (let t = 1; t < maps.tokens; t++) {
        const [row, at] = spot(t);
        codes[((b * rows + row) * maps.columns + c) * columns + at] = Math.round((255 * one[t]) / (most || 1));
      }
    }
  kit.paint(maps.blocks * rows, maps.columns * columns, (i) => kit.SEQUENTIAL[codes[i]], small);
}
function drawAll() {
  const view = views.all, { pen } = view, [rows, columns] = maps.grid;
  if (!view.fit((maps.blocks / maps.columns) * ratio())) return;
  const at = (view.places = findPlaces(view));
  paintAll();
  pen.imageSmoothingEnabled = at.one < columns;
  for (let b = 0; b < maps.blocks; b++)
    for (let c = 0; c < maps.columns; c++) {
      pen.globalAlpha = off.has(`${b}.${c}`) ? 0.18 : 1;
      const [x, y] = at.corner(b, c);
      pen.drawImage(small, c * columns, b * rows, columns, rows, x, y, at.one, at.tall);
    }
  pen.globalAlpha = 1;
  const [x, y] = at.corner(block, column), room = 1.5 * view.dense;
  view.outline(x - room, y - room, at.one + 2 * room, at.tall + 2 * room, true);
  const headed = `${maps.columns} ${view.canvas.width}`;
  if (view.headed !== headed) headColumns(view, at, headed);
}
function headColumns(view, at, headed) {
  view.headed = headed;
  const left = `${(100 * at.corner(0, maps.heads)[0]) / view.canvas.width}%`;
  part(".columns").replaceChildren(make("span", { style: { left: 0 } }, "heads"),
    make("span", { style: { left }, hidden: at.one < 28 * view.dense }, "mean"),
    make("span", { style: { right: 0 } }, "rollout"));
  const shape = `${maps.blocks} blocks downwards, ${maps.heads} heads each`;
  view.caption.textContent = `${shape} · each map in its own scale`;
}
function tell() {
  const now = nameToken(token), map = nameMap(column), best = strongest(block, column);
  const most = share(shown(block, column, best));
  const looks = way === "out" ? `where the ${now} looks` : `who looks at the ${now}`;
  views.picture.caption.replaceChildren(make("b", now), " is chosen");
  const named = make("b", `block ${block}`);
  views.focus.caption.replaceChildren(named, " · ", make("b", map), make("br"), `yellow is ${most}`);
  set(part(".token"), { aria: { pressed: token === 0 } });
  const labels = {
    picture: `The picture in ${maps.grid.join(" by ")} patches. Arrow keys choose a patch, Home the class token. ` +
      `Now ${now}.`,
    focus: `Block ${block}, ${map}, ${looks}: most at ${nameToken(best)}, ${most}.`,
    all: `All maps: ${maps.blocks} blocks of ${maps.heads} heads, then mean and rollout. Arrow keys choose one. ` +
      `Now block ${block}, ${map}.`,
  };
  for (const [name, label] of Object.entries(labels)) set(views[name].canvas, { aria: { label } });
  tellPair();
}
function tellPair() {
  const other = hover ?? strongest(block, column), [from, to] = way === "out" ? [token, other] : [other, token];
  const w = weight(block, column, from, to), even = w * maps.tokens;
  const times = even >= 10 ? even.toFixed(0) : even >= 0.01 ? number(even, 2) : "under 0.01";
  const score = column < maps.heads ? kit.fixed(product(block, column, from, to), 2) : null;
  const qk = score === null ? "" : `q·k/√${maps.dimensions} = ${score} · `;
  part(".pair").replaceChildren(
    make("span", `${hover === null ? "Strongest here: " : ""}${nameToken(from)} → ${nameToken(to)}`), " ",
    make("b.w", share(w)), make("span.much", `${qk}${times} × an even share`));
}
function drawOrder() {
  const view = views.disturb;
  if (!maps || !view.fit(ratio())) return;
  drawPhoto(view, changed.shuffle ? mixed : photo);
  const label = changed.shuffle ? "The picture with its patches shuffled" : "The picture in order";
  set(view.canvas, { aria: { label } });
}
const draw = kit.redraw(part(".stage"), () => {
  if (!maps) return;
  // All pictures first: what is written makes the page measure itself again.
  drawPicture();
  drawFocus();
  drawAll();
  tell();
});
kit.redraw(part(".disturb"), drawOrder);

// ------------------------------------------------------------------------------------------------ answers
const leading = (answers, key) => answers.reduce((best, row) => (row[key] > best[key] ? row : best)).label;
function sayChange(answers) {
  const before = leading(answers, "before"), after = leading(answers, "after");
  return before === after ? `still ${after}` : `${before} becomes ${after}`;
}
function showAnswers(section, answers, title) {
  const moves = answers.some(({ before, after }) => before !== after);
  part(`.${section} .title`).textContent = title;
  part(`.${section} .rows`).replaceChildren(...answers.slice(0, 7).map(({ label, before, after }) => {
    const moved = !moves ? "" : Math.abs(after - before) < 0.0005 ? "±0.0" : points(after - before);
    const bar = (name, width) => make(`i.${name}`, { style: { width: `${100 * width}%` } });
    return make("div.row", { title: `${percent(before)} before, ${percent(after)} after` },
      make("span.label", { title: label }, label), make("span.bars", bar("before", before), bar("after", after)),
      make("span.now", percent(after)), make("span.moved", moved));
  }));
}
const isSilenced = () => silenced?.heads.length === off.size && silenced.heads.every((name) => off.has(name));
const isDisturbed = () => disturbed?.shuffle === changed.shuffle && disturbed.positions === !changed.blind;
function showHeads() {
  if (!off.size) return showAnswers("heads", maps.answers, "All heads on");
  if (!isSilenced()) return (part(".heads .title").textContent = "…");
  const many = `${plural(off.size, "head")} of ${maps.blocks * maps.heads} off: `;
  showAnswers("heads", silenced.answers, many + sayChange(silenced.answers));
}
function showOrder() {
  if (!changed.shuffle && !changed.blind) return showAnswers("order", maps.answers, "In order, with positions");
  if (!isDisturbed()) return (part(".order .title").textContent = "…");
  const what = [changed.shuffle && "shuffled", changed.blind && "without positions"].filter(Boolean).join(", ");
  const said = sayChange(disturbed.answers);
  showAnswers("order", disturbed.answers, `${what[0].toUpperCase()}${what.slice(1)}: ${said}`);
}
const send = (event, more) => trigger(event, { network: maps.network, picture, ...more });
const wantHeads = kit.asking(root, () => !maps || !off.size || isSilenced(), () => send("select", { heads: [...off] }));
const wantOrder = kit.asking(root, () => !maps || !(changed.shuffle || changed.blind) || isDisturbed(),
  () => send("input", { shuffle: changed.shuffle, positions: !changed.blind }));

// ------------------------------------------------------------------------------------------------ switches
const headsOf = (b) => Array.from({ length: maps.heads }, (_, h) => `${b}.${h}`);
function buildSwitches() {
  const box = part(".switches"), { worth, heads } = maps;
  part(".heads .lead").textContent = worth
    ? `On each switch: by how many points the accuracy on ${kit.grouped(worth.samples)} test pictures, ` +
      `${(100 * worth.whole).toFixed(1)} %, changes without that head alone, or without its whole block. ` +
      "The maps above stay those of the whole network."
    : "Nobody measured what each head of this network is worth; the answer for this picture is computed as you " +
      "switch. The maps above stay those of the whole network.";
  const most = Math.max(...(worth?.heads.flat() ?? []).map((accuracy) => Math.abs(worth.whole - accuracy)), 0.001);
  const button = (b, h) => {
    const whole = h < 0, loss = worth ? worth.whole - (whole ? worth.blocks[b] : worth.heads[b][h]) : null;
    const text = loss === null ? "" : points(-loss).replace(/[+−]0\.0$/, "0.0");
    const name = whole ? `All of block ${b}` : `Block ${b}, head ${h}`;
    return make(whole ? "button.whole" : "button", {
      data: { row: b, column: h + 1 }, aria: { label: name + (text ? `, ${text} points of accuracy without it` : "") },
      style: whole || loss === null ? {} : { "--worth": clamp(Math.abs(loss) / most, 0, 1).toFixed(2) },
    }, whole && make("b", `${b}`), make("span", text || (whole ? "" : "on")));
  };
  const columns = Array.from({ length: heads + 1 }, (_, index) => index - 1);
  set(box, { style: { "--heads": heads } });
  box.replaceChildren(make("span.heading", "block"), ...headsOf(0).map((_, h) => make("span.heading", `${h}`)),
    ...Array.from({ length: maps.blocks }, (_, b) => columns.map((h) => button(b, h))).flat(),
    make("button.reset", "All on"));
  stopAt();
}
const stopAt = kit.roving(part(".switches"), "[data-row]", { row: ".switches" });
function markSwitches() {
  for (const button of parts(".switches [data-row]")) {
    const b = +button.dataset.row, h = button.dataset.column - 1;
    const pressed = h < 0 ? headsOf(b).every((name) => off.has(name)) : off.has(`${b}.${h}`);
    set(button, { aria: { pressed } });
  }
  part(".reset").disabled = !off.size;
}
function toggle(names) {
  const all = names.every((name) => off.has(name));
  for (const name of names) all ? off.delete(name) : off.add(name);
  markSwitches();
  showHeads();
  draw();
  wantHeads();
}
part(".switches").addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button || !maps) return;
  if (button.className === "reset") return toggle([...off]);
  const b = +button.dataset.row, h = button.dataset.column - 1;
  toggle(h < 0 ? headsOf(b) : [`${b}.${h}`]);
});
const markOrders = kit.choice(root, "order", (name) => {
  if (!maps) return;
  changed[name] = !changed[name];
  showDisturbance();
  wantOrder(0);
});
function showDisturbance() {
  markOrders((name) => changed[name]);
  showOrder();
  drawOrder();
}

// ------------------------------------------------------------------------------------------------ choosing
const held = tenweeks.link(element).hold(["block", "head", "patch"], (state) => {
  if (!maps) return;
  block = kit.wholeBelow(state.block, maps.blocks) ?? block;
  column = kit.wholeBelow(state.head, maps.columns) ?? column;
  token = kit.wholeBelow(state.patch, maps.tokens) ?? token;
  draw();
});
function choose(change, spoken) {
  hover = null;
  change();
  held.keep({ block, head: column, patch: token });
  if (spoken) part(".spoken").textContent = spoken();
  draw();
}
const isKey = (event) => event?.type === "keydown";
const chooseToken = (t, event) => choose(() => (token = t), isKey(event) && (() => nameToken(token)));
kit.steer(views.picture.canvas, {
  size: () => maps?.grid,
  // From the class token the first arrow leads to the first patch.
  at: () => (token ? spot(token) : [0, 0]),
  choose: ([r, c], event) => chooseToken(isKey(event) && !token ? 1 : 1 + r * maps.grid[1] + c, event),
  drag: "mouse",
  keys: { Home: (event) => chooseToken(0, event) },
});
kit.steer(views.all.canvas, {
  size: () => maps && [maps.blocks, maps.columns],
  at: () => [block, column],
  place: (event) => {
    const { canvas, dense, places: at } = views.all, box = canvas.getBoundingClientRect();
    const x = (event.clientX - box.left) * dense, y = (event.clientY - box.top) * dense;
    for (let b = 0; b < maps.blocks; b++)
      for (let c = 0; c < maps.columns; c++) {
        const [left, top] = at.corner(b, c);
        if (x >= left && y >= top && x < left + at.one && y < top + at.tall) return [b, c];
      }
    return null;
  },
  choose: (to, event) =>
    choose(() => ([block, column] = to), isKey(event) && (() => `block ${block}, ${nameMap(column)}`)),
  drag: "mouse",
});
kit.steer(views.focus.canvas, {
  size: () => maps?.grid,
  at: () => (token ? spot(token) : [0, 0]),
  choose: ([r, c]) => choose(() => (token = 1 + r * maps.grid[1] + c)),
  hover: (to) => {
    hover = to && 1 + to[0] * maps.grid[1] + to[1];
    draw();
  },
});
part(".token").addEventListener("click", () => maps && choose(() => (token = 0)));
const markWay = kit.choice(root, "way", (name) => {
  way = name;
  markWay(way);
  draw();
});

// ------------------------------------------------------------------------------------------------ files
function nameFile(ending) {
  const map = column < maps.heads ? `head${column}` : column === maps.heads ? "mean" : "rollout";
  const of = token ? `patch${spot(token).join("-")}` : "class-token";
  return `${maps.network}-block${block}-${map}-${way === "out" ? "from" : "to"}-${of}.${ending}`;
}
function tabulate() {
  const one = column < maps.heads, titles = ["token", "row", "column", "weight", ...(one ? ["query_key"] : [])];
  return [titles, ...Array.from({ length: maps.tokens }, (_, t) => {
    const [from, to] = way === "out" ? [token, t] : [t, token], [r, c] = t ? spot(t) : ["", ""];
    return [t, r, c, shown(block, column, t).toPrecision(6),
      ...(one ? [product(block, column, from, to).toFixed(4)] : [])];
  })];
}
kit.choice(root, "file", (kind) => {
  if (!maps) return;
  if (kind === "csv") return kit.saveCsv(nameFile("csv"), tabulate());
  const zoom = Math.ceil(640 / maps.size[1]);
  kit.savePng(nameFile("png"), maps.size[1] * zoom, maps.size[0] * zoom, drawOverlay);
});

// ------------------------------------------------------------------------------------------------ what Python sends
function open(value) {
  const before = maps;
  maps = decodeMaps(value.maps);
  picture = value.picture;
  grey = mixed = silenced = disturbed = null;
  const image = (photo = kit.loadImage(maps.input, () => {
    if (image !== photo) return;
    grey = kit.grey(image);
    draw();
    drawOrder();
  }));
  const fits = before && ["tokens", "blocks", "heads"].every((name) => before[name] === maps[name]);
  if (!fits) [block, column, token] = [maps.blocks >> 1, 0, 0];
  if (!held.apply() && before && !fits) held.keep({ block: null, head: null, patch: null });
  if (before?.network !== maps.network) off = new Set();
  changed = { shuffle: false, blind: false };
  buildSwitches();
  markSwitches();
  showHeads();
  showDisturbance();
  root.classList.add("ready");
}
function receive() {
  const value = props.value;
  if (value?.maps && value.maps.key !== maps?.key) open(value);
  if (value?.silenced && value.silenced.key === maps?.key) {
    silenced = value.silenced;
    showHeads();
  }
  if (value?.disturbed && value.disturbed.key === maps?.key) {
    disturbed = value.disturbed;
    if (disturbed.shuffle) mixed = kit.loadImage(disturbed.input, drawOrder);
    showOrder();
  }
  wantHeads();
  wantOrder();
  draw();
}
watch("value", receive);
receive();
