// @ts-check
// A picture's patches, one head's map large and the maps of all heads small; what the pointer is over is shown at once.
const { make, set, number } = kit;
const { root, part } = kit.widget(element, "widget", `
<div class="stage">
  <figure class="picture"><canvas tabindex="0" role="application"></canvas>
    <figcaption><span class="caption"></span>
      <button type="button" class="token" data-term="class token">class token</button></figcaption></figure>
  <figure class="focus"><canvas role="img"></canvas>
    <figcaption><span class="caption"></span><span class="files">
      <button type="button" data-file="png" title="this map as a picture">PNG</button>
      <button type="button" data-file="csv" title="this map's numbers">CSV</button></span></figcaption></figure>
  <figure class="all"><div class="grid"><div class="across"></div><div class="down"></div>
      <canvas tabindex="0" role="application"></canvas></div>
    <figcaption><span class="caption"></span></figcaption></figure>
</div>
<div class="about">
  <div class="switch" role="group" aria-label="Which way to look">
    <button type="button" data-way="out" aria-pressed="true">where it looks</button>
    <button type="button" data-way="in" aria-pressed="false">who looks at it</button>
  </div>
  <p class="pair" aria-live="off"></p>
</div>
<p class="spoken" aria-live="polite"></p>`);
kit.keepOpaque(element);
const views = Object.fromEntries(["picture", "focus", "all"].map((name) =>
  [name, Object.assign(kit.panel(part(`.${name} canvas`)), { caption: part(`.${name} .caption`) })]));

let maps = null;                 // what Python sent for this picture, decoded
let photo = null, grey = null;   // the picture as the network saw it, and without its colours
let chosen = { block: 0, column: 0, token: 0 }; // a map, and the token that it belongs to
let block = 0, column = 0;       // the map that is shown: a head, or behind the heads the mean and the rollout
let token = 0;                   // the token that is shown: 0 is the class token, then the patches row by row
let way = "out";                 // where it looks, or who looks at it
let hover = null;                // the token under the pointer in the large map
let opening = null;              // the worked example's map, and what is said of it
let stopShow = () => {};

// ------------------------------------------------------------------------------------------------ the weights
function decodeMaps(sent) {
  const codes = sent.bytes === 2 ? kit.decode(sent.weights, Uint16Array) : kit.decode(sent.weights);
  const table = Float32Array.from({ length: 256 ** sent.bytes }, (_, code) => Math.exp(-code * sent.step));
  const normalisers = kit.decode(sent.normalisers, Float32Array);
  return { ...sent, codes, table, normalisers, columns: sent.heads + 2, known: [] };
}
// T×T, what each token gives to each: of a head, of its block's mean, or of the rollout (from_scratch/attention.py).
function matrix(b, c) {
  const { tokens, heads, codes, table, columns, known } = maps, key = b * columns + c;
  if (known[key]) return known[key];
  const made = (known[key] = new Float32Array(tokens ** 2)), start = (b * heads + c) * made.length;
  if (c < heads) for (let i = 0; i < made.length; i++) made[i] = table[codes[start + i]];
  else if (c === heads)
    for (let h = 0; h < heads; h++) matrix(b, h).forEach((each, i) => (made[i] += each / heads));
  else
    for (let i = 0; i < tokens; i++)
      for (let m = 0; m < tokens; m++) {
        const share = 0.5 * matrix(b, heads)[i * tokens + m] + (i === m ? 0.5 : 0), before = b && matrix(b - 1, c);
        if (!before) made[i * tokens + m] = share;
        else for (let j = 0; j < tokens; j++) made[i * tokens + j] += share * before[m * tokens + j];
      }
  return made;
}
const weight = (b, c, i, j) => matrix(b, c)[i * maps.tokens + j];
const shown = (b, c, other) => (way === "out" ? weight(b, c, token, other) : weight(b, c, other, token));
function strongest(b, c) {
  let best = 1;
  for (let other = 2; other < maps.tokens; other++) if (shown(b, c, other) > shown(b, c, best)) best = other;
  return best;
}
function product(b, h, i, j) {
  const row = (b * maps.heads + h) * maps.tokens + i;
  return maps.normalisers[row] - maps.codes[row * maps.tokens + j] * maps.step;
}

// ------------------------------------------------------------------------------------------------ words
const spot = (t) => [Math.floor((t - 1) / maps.grid[1]), (t - 1) % maps.grid[1]];
const tokenAt = ([row, at]) => 1 + row * maps.grid[1] + at;
const nameToken = (t) => (t ? `row ${spot(t)[0]}, column ${spot(t)[1]}` : "class token");
const nameMap = (c) => (c < maps.heads ? `head ${c}` : c === maps.heads ? "mean of its heads" : "rollout");
const share = (w) => (w >= 0.1 ? `${(100 * w).toFixed(1)} %` : w >= 0.00005 ? `${number(100 * w, 2)} %` : "< 0.01 %");
function tell() {
  const now = nameToken(token), map = nameMap(column), best = strongest(block, column);
  const most = share(shown(block, column, best)), same = token === chosen.token;
  const looks = way === "out" ? `where the ${now} looks` : `who looks at the ${now}`;
  views.picture.caption.replaceChildren(make("b", now), same ? " is chosen" : " · click to choose it");
  views.focus.caption.replaceChildren(make("b", `block ${block}`), " · ", make("b", map), make("br"),
    "0 ", make("i.scale", { style: { background: kit.gradient(false) } }), ` ${most}`);
  set(part(".token"), { aria: { pressed: token === 0 } });
  const say = (name, label) => set(views[name].canvas, { aria: { label } });
  say("picture", `The picture in ${maps.grid.join(" by ")} patches. Arrow keys choose a patch, Home the class token. ` +
    `Now ${now}.`);
  say("focus", `Block ${block}, ${map}, ${looks}: most at ${nameToken(best)}, ${most}.`);
  say("all", `All maps: ${maps.blocks} blocks of ${maps.heads} heads, then mean and rollout. Arrow keys choose one. ` +
    `Now block ${block}, ${map}.`);
  tellPair();
}
const isOpening = () => maps.key === opening?.key && way === "out" &&
  block === opening.block && column === opening.head && token === opening.patch;
function tellPair() {
  const other = hover ?? strongest(block, column), [from, to] = way === "out" ? [token, other] : [other, token];
  const w = weight(block, column, from, to), even = w * maps.tokens;
  const times = even >= 10 ? even.toFixed(0) : even >= 0.01 ? number(even, 2) : "under 0.01";
  const score = column < maps.heads ? kit.fixed(product(block, column, from, to), 2) : null;
  const qk = score === null ? "" : `q·k/√${maps.dimensions} = ${score} · `;
  const about = hover !== null ? "" : (isOpening() && opening.says) || "Strongest here";
  part(".pair").replaceChildren(make("b", about && `${about}: `), `${nameToken(from)} → ${nameToken(to)} `,
    make("b.w", share(w)), make("span.much", `${qk}${times} × an even share`));
}

// ------------------------------------------------------------------------------------------------ drawing
const ratio = () => maps.size[0] / maps.size[1];
function mark(view, t, strong) {
  if (!t) return;
  const [r, c] = spot(t), [rows, columns] = maps.grid;
  const w = view.canvas.width / columns, h = view.canvas.height / rows;
  view.outline(c * w, r * h, w, h, strong);
}
function drawPicture() {
  const view = views.picture, { pen, canvas } = view, [rows, columns] = maps.grid;
  if (!view.fit(ratio())) return;
  const { width, height } = canvas;
  pen.imageSmoothingEnabled = false;
  if (photo?.complete && photo.naturalWidth) pen.drawImage(photo, 0, 0, width, height);
  pen.fillStyle = "rgba(255,255,255,.34)";
  for (let c = 1; c < columns; c++) pen.fillRect(Math.round((c * width) / columns), 0, view.dense, height);
  for (let r = 1; r < rows; r++) pen.fillRect(0, Math.round((r * height) / rows), width, view.dense);
  if (token !== chosen.token) mark(view, chosen.token, false);
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
let painted = "";
// All small maps, a pixel for each patch; another head leaves them as they are.
function paintAll() {
  const now = `${maps.key} ${token} ${way}`, [rows, across] = maps.grid, { blocks, columns } = maps;
  if (painted === now) return;
  painted = now;
  const most = Array.from({ length: blocks * columns }, (_, i) => {
    const b = Math.floor(i / columns), c = i % columns;
    return shown(b, c, strongest(b, c)) || 1;
  });
  kit.paint(blocks * rows, columns * across, (i) => {
    const x = i % (columns * across), y = Math.floor(i / (columns * across));
    const b = Math.floor(y / rows), c = Math.floor(x / across);
    return kit.pixelOf(shown(b, c, tokenAt([y % rows, x % across])) / most[b * columns + c], false);
  }, small);
}
function drawAll() {
  const view = views.all, { pen, canvas, dense } = view, [rows, columns] = maps.grid;
  if (!view.fit((maps.blocks / maps.columns) * ratio())) return;
  const wide = canvas.width / maps.columns, high = canvas.height / maps.blocks, gap = Math.round(0.05 * wide) + dense;
  paintAll();
  pen.imageSmoothingEnabled = wide < columns;
  for (let b = 0; b < maps.blocks; b++)
    for (let c = 0; c < maps.columns; c++) {
      const [x, y] = [c * wide, b * high].map(Math.round);
      pen.drawImage(small, c * columns, b * rows, columns, rows, x + gap, y + gap, wide - 2 * gap, high - 2 * gap);
    }
  view.outline(chosen.column * wide, chosen.block * high, wide, high, false);
  view.outline(column * wide, block * high, wide, high, true);
}
// The numbers of blocks and heads along the small maps.
function rule() {
  const { heads, blocks, columns } = maps, count = (length) => Array.from({ length }, (_, i) => make("span", `${i}`));
  part(".across").replaceChildren(...count(heads), make("span", columns > 10 ? "" : "mean"), kit.term("rollout"));
  part(".down").replaceChildren(...count(blocks));
  views.all.caption.textContent = `${blocks} blocks downwards, ${heads} heads each · each map in its own scale`;
}
const draw = kit.redraw(part(".stage"), () => {
  if (!maps) return;
  // All pictures first: what is written makes the page measure itself again.
  drawPicture();
  drawFocus();
  drawAll();
  tell();
});

// ------------------------------------------------------------------------------------------------ choosing
/** Show what is chosen, or for a while another token or map. */
function look(other = {}) {
  ({ block, column, token } = { ...chosen, ...other });
  draw();
}
const held = tenweeks.link(element).hold(["block", "head", "patch"], (state) =>
  maps && choose(readLook(state), null, false));
function readLook(state) {
  const read = (name, count, other) => kit.wholeBelow(`${state[name]}`, count) ?? other;
  return { block: read("block", maps.blocks, chosen.block), column: read("head", maps.columns, chosen.column),
    token: read("patch", maps.tokens, chosen.token) };
}
function choose(change, spoken, keep = true) {
  hover = null;
  chosen = { ...chosen, ...change };
  if (keep) held.keep({ block: chosen.block, head: chosen.column, patch: chosen.token });
  look();
  if (spoken) part(".spoken").textContent = spoken();
}
const isKey = (event) => event?.type === "keydown";
// A finger that scrolls over a picture chooses nothing.
const preview = (read) => (to, event) => look(to && event.pointerType !== "touch" ? read(to) : {});
const chooseToken = (t, event) => choose({ token: t }, isKey(event) && (() => nameToken(token)));
kit.steer(views.picture.canvas, {
  size: () => maps?.grid,
  // From the class token the first arrow leads to the first patch.
  at: () => (token ? spot(token) : [0, 0]),
  choose: (to, event) => chooseToken(isKey(event) && !token ? 1 : tokenAt(to), event),
  hover: preview((to) => ({ token: tokenAt(to) })),
  drag: "mouse",
  keys: { Home: (event) => chooseToken(0, event) },
});
kit.steer(views.all.canvas, {
  size: () => maps && [maps.blocks, maps.columns],
  at: () => [block, column],
  choose: ([b, c], event) =>
    choose({ block: b, column: c }, isKey(event) && (() => `block ${block}, ${nameMap(column)}`)),
  hover: preview(([b, c]) => ({ block: b, column: c })),
  drag: "mouse",
});
kit.steer(views.focus.canvas, {
  size: () => maps?.grid,
  at: () => (token ? spot(token) : [0, 0]),
  choose: (to) => choose({ token: tokenAt(to) }),
  hover: (to) => {
    hover = to && tokenAt(to);
    draw();
  },
});
part(".token").addEventListener("click", () => maps && choose({ token: 0 }));
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
function open(sent) {
  const before = maps;
  stopShow();
  maps = decodeMaps(sent);
  grey = null;
  const image = (photo = kit.loadImage(maps.input, () => {
    if (image !== photo) return;
    grey = kit.grey(image);
    draw();
  }));
  const fits = before && ["tokens", "blocks", "heads"].every((name) => before[name] === maps[name]);
  if (!fits) chosen = { block: maps.blocks >> 1, column: 0, token: 0 };
  if (!before && opening) {
    opening.key = maps.key;
    chosen = readLook(opening);
  }
  rule();
  look();
  const asked = held.apply();
  if (!asked && before && !fits) held.keep({ block: null, head: null, patch: null });
  root.classList.add("ready");
  if (before || asked || !opening) return;
  const { walk } = opening, step = (index) => look({ token: walk[index] });
  stopShow = kit.play(root, { count: walk.length, step, end: look });
}
function receive() {
  const value = props.value;
  if (!value?.maps || value.maps.key === maps?.key) return;
  opening ??= value.opening && { ...value.opening };
  open(value.maps);
}
watch("value", receive);
receive();
