// @ts-check
// The nine pictures that excite the chosen channel most, as far as the search has come.
const { make, set, number, sides } = kit;
const { root, part, style } = kit.widget(element, "widget", `
<h3>What excites this channel most</h3>
<p class="lead">Generated pictures compete (gratings, edges, discs, drawn digits; for networks of photographs also crops
  of four that a package ships), <b>and whatever you upload</b>; none is from the training set. Left: what the strongest
  unit sees; right: where.</p>
<p class="state" role="status"><b></b><progress max="1" hidden></progress><span></span></p>
<div class="nine"></div>`);
kit.keepOpaque(element);
const box = part(".nine");
let chosen = null;  // what *Feature maps* shows
let found = null;   // Python's answer
let inView = false;
let shown = [];     // of each of the nine a function that paints it
let images = { network: "", held: new Map() }; // of the network's generated pictures those that came, by number

const isCurrent = () =>
  found && chosen && ["network", "layer", "channel"].every((name) => found[name] === chosen[name]);
const isDone = () => isCurrent() && found.done >= found.total;

// ------------------------------------------------------------------------------------------------ drawing
function paintPart(view, image, rows, columns) {
  if (!view.fit()) return;
  const height = rows[1] - rows[0] + 1, width = columns[1] - columns[0] + 1, room = view.canvas.width;
  const scale = room / Math.max(height, width), [high, wide] = [height * scale, width * scale];
  view.pen.imageSmoothingEnabled = scale < 1;
  view.pen.drawImage(image, columns[0], rows[0], width, height, (room - wide) / 2, (room - high) / 2, wide, high);
}
function paintWhole(view, image, { rows, columns, row, column }, [, high, wide]) {
  if (!view.fit()) return;
  const { pen, dense, canvas: { width: room } } = view;
  const [down, across] = [room / image.naturalHeight, room / image.naturalWidth];
  pen.imageSmoothingEnabled = across < 1;
  pen.drawImage(image, 0, 0, room, room);
  if (columns[1] < columns[0]) return;
  const width = (columns[1] - columns[0] + 1) * across, height = (rows[1] - rows[0] + 1) * down;
  view.outline(columns[0] * across, rows[0] * down, width, height, false);
  if (high * wide === 1) return;
  // The unit's own place, where its view is too wide to say it.
  pen.beginPath();
  pen.arc(((column + 0.5) / wide) * room, ((row + 0.5) / high) * room, 2.5 * dense, 0, 7);
  Object.assign(pen, { fillStyle: "#fff", lineWidth: 1.5 * dense, strokeStyle: style("--color-accent") });
  pen.fill();
  pen.stroke();
}
const draw = kit.redraw(box, () => shown.forEach((paint) => paint()));
function findImage({ number: index, picture, own }) {
  const image = images.held.get(index) ?? kit.loadImage(picture, draw);
  if (!own) images.held.set(index, image);
  return image;
}
function showOne(one) {
  const { shape } = found, { rows, columns } = one, image = findImage(one);
  const seen = sides([rows, columns].map(([first, last]) => last - first + 1));
  const place = shape[1] * shape[2] === 1 ? `sees ${seen} px` : `row ${one.row}, column ${one.column}`;
  const labels = [`The ${seen} pixels that the strongest unit sees`,
    `${one.title}, with rows ${rows.join(" to ")} and columns ${columns.join(" to ")} outlined`];
  const canvases = labels.map((label) => make("canvas", { role: "img", aria: { label } }));
  const [near, whole] = canvases.map(kit.panel);
  shown.push(() => {
    if (!image.naturalWidth) return;
    paintPart(near, image, rows, columns);
    paintWhole(whole, image, one, shape);
  });
  return make(one.own ? "figure.own" : "figure", canvases, make("figcaption", make("b", number(one.value)),
    make("span", one.title), place));
}
function showNine() {
  if (images.network !== found.network) images = { network: found.network, held: new Map() };
  shown = [];
  box.replaceChildren(...found.nine.map(showOne));
  draw();
}
function sayFound() {
  const { own, done, total, nine } = found, mine = own ? ` and ${own === 1 ? "one" : own} of yours` : "";
  if (done < total) return `${done} of ${total} pictures so far`;
  if (!nine.length || nine[0].value > 0) return `the strongest of ${total} pictures${mine}`;
  const holds = nine[0].value === 0 ? "0 for every one" : "only negative numbers";
  return `none of ${total} pictures${mine} excites it: it holds ${holds}`;
}
function tell() {
  const current = isCurrent(), bar = part("progress");
  set(part(".state b"), { text: chosen ? `${chosen.label}, channel ${chosen.channel}` : "" });
  set(part(".state span"), { text: current ? sayFound() : chosen ? "…" : "" });
  bar.hidden = !current || isDone();
  if (current) bar.value = found.done / found.total;
  set(box, { style: { opacity: current ? 1 : 0.35 } });
}

// ------------------------------------------------------------------------------------------------ asking
// Python is asked when the choice rests and somebody can see the answer; a long search goes on in parts.
const want = kit.asking(root, () => !chosen || !inView || isDone(), () => {
  const { network, layer, channel } = chosen, known = network === images.network ? [...images.held.keys()] : [];
  trigger("select", { network, layer, channel, known });
}, { wait: 500, again: [3000, 3000, 3000] });
new IntersectionObserver(([entry]) => {
  inView = entry.isIntersecting;
  want(100);
}, { rootMargin: "0px 0px -15% 0px" }).observe(box); // a strip at the window's lower edge is not looked at
document.addEventListener("feature-maps:chosen", (/** @type {any} */ { detail }) => {
  if (!root.isConnected) return;
  // Another picture in the explorer may be an upload that competes from now on.
  if (chosen && detail.key !== chosen.key && found) found = { ...found, network: "" };
  chosen = detail;
  tell();
  want();
});
function receive() {
  if (!props.value?.nine) return;
  found = props.value;
  showNine();
  tell();
  want(0);
}
watch("value", receive);
receive();
document.dispatchEvent(new CustomEvent("feature-maps:ask"));
