// @ts-check
// Heads switched off and the order of the patches taken away: the answer before and now.
const { make, set, clamp, plural } = kit;
const { root, part, parts } = kit.widget(element, "widget", `
<section id="attention-heads" class="section heads">
  <div><h3>Switch heads off <button type="button" class="reset">All on</button></h3><p class="lead"></p></div>
  <div class="switches" role="group" aria-label="Heads"></div>
  <div><div class="answers"></div><p class="hint"></p></div>
</section>
<section id="attention-order" class="section order">
  <div><h3>Take the order away</h3><p class="lead">Shuffled, the patches are all still there. Without positions, nobody
    tells the network where each one stood.</p></div>
  <div class="disturb"><canvas role="img"></canvas><div>
    <button type="button" data-order="shuffle" aria-pressed="false">Shuffle the patches</button>
    <button type="button" data-order="blind" aria-pressed="false">No positions</button></div></div>
  <div><div class="answers"></div></div>
</section>`);
kit.keepOpaque(element);
const view = kit.panel(part(".disturb canvas"));
const bars = Object.fromEntries(["heads", "order"].map((name) =>
  [name, kit.answerBars(part(`.${name} .answers`), "the whole network, the picture in order")]));

let whole = null;                      // what Python sent of this picture and network
let picture = "";                      // its name in the menu
let photo = null, mixed = null;        // the picture as the network saw it, and shuffled
let silenced = null, disturbed = null; // Python's answers
let hinted = null, hint = "";          // the answer that a hint belongs to
let off = new Set();                   // heads that are switched off, "block.head"
let changed = { shuffle: false, blind: false };

// ------------------------------------------------------------------------------------------------ answers
const isSilenced = () => silenced?.heads.length === off.size && silenced.heads.every((name) => off.has(name));
const isDisturbed = () => disturbed?.shuffle === changed.shuffle && disturbed.positions === !changed.blind;
const isHeadsTold = () => !whole || !off.size || isSilenced();
const isOrderTold = () => !whole || !(changed.shuffle || changed.blind) || isDisturbed();
function showHeads() {
  set(part(".hint"), { text: off.size && silenced === hinted && isSilenced() ? hint : "" });
  if (!off.size) return bars.heads.show(whole.answers, "All heads on", false);
  if (!isSilenced()) return bars.heads.wait();
  bars.heads.show(silenced.answers, `${plural(off.size, "head")} of ${whole.blocks * whole.heads} off`, true);
}
function showOrder() {
  if (!changed.shuffle && !changed.blind) return bars.order.show(whole.answers, "In order, with positions", false);
  if (!isDisturbed()) return bars.order.wait();
  const what = [changed.shuffle && "shuffled", changed.blind && "without positions"].filter(Boolean).join(", ");
  bars.order.show(disturbed.answers, what[0].toUpperCase() + what.slice(1), true);
}
const send = (event, more) => trigger(event, { network: whole.network, picture, ...more });
const wantHeads = kit.asking(root, isHeadsTold, () => send("select", { heads: [...off] }));
const wantOrder = kit.asking(root, isOrderTold,
  () => send("input", { shuffle: changed.shuffle, positions: !changed.blind }));

// ------------------------------------------------------------------------------------------------ heads
const headsOf = (b) => Array.from({ length: whole.heads }, (_, h) => `${b}.${h}`);
const stopAt = kit.roving(part(".switches"), "[data-row]", { row: ".switches" });
function buildSwitches() {
  const box = part(".switches"), { worth, heads, blocks } = whole;
  part(".heads .lead").textContent = worth
    ? `On each switch: by how many points the accuracy on ${kit.grouped(worth.samples)} test pictures, ` +
      `${(100 * worth.whole).toFixed(1)}\u00a0%, changes without that head alone, or without its whole block.`
    : "Nobody measured what each head of this network is worth; the answer for this picture is computed as you switch.";
  const most = Math.max(...(worth?.heads.flat() ?? []).map((accuracy) => Math.abs(worth.whole - accuracy)), 0.001);
  const button = (b, h) => {
    const all = h < 0, gain = worth ? (all ? worth.blocks[b] : worth.heads[b][h]) - worth.whole : null;
    const text = gain === null ? "" : kit.signed(100 * gain, 1);
    const name = all ? `All of block ${b}` : `Block ${b}, head ${h}`;
    return make(all ? "button.whole" : "button", {
      data: { row: b, column: h + 1 }, aria: { label: name + (text ? `, ${text} points of accuracy without it` : "") },
      style: all || gain === null ? {} : { "--worth": clamp(Math.abs(gain) / most, 0, 1).toFixed(2) },
    }, all && make("b", `${b}`), make("span", text || (all ? "" : "on")));
  };
  const columns = Array.from({ length: heads + 1 }, (_, index) => index - 1);
  set(box, { style: { "--heads": heads } });
  box.replaceChildren(make("span.heading", "block"), ...headsOf(0).map((_, h) => make("span.heading", `${h}`)),
    ...Array.from({ length: blocks }, (_, b) => columns.map((h) => button(b, h))).flat());
  stopAt();
}
function toggle(names) {
  const all = names.every((name) => off.has(name));
  for (const name of names) all ? off.delete(name) : off.add(name);
  showSwitches();
  wantHeads();
}
function showSwitches() {
  for (const button of parts(".switches [data-row]")) {
    const b = +button.dataset.row, h = button.dataset.column - 1;
    set(button, { aria: { pressed: h < 0 ? headsOf(b).every((name) => off.has(name)) : off.has(`${b}.${h}`) } });
  }
  part(".reset").disabled = !off.size;
  showHeads();
}
part(".switches").addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button || !whole) return;
  const b = +button.dataset.row, h = button.dataset.column - 1;
  toggle(h < 0 ? headsOf(b) : [`${b}.${h}`]);
});
part(".reset").addEventListener("click", () => toggle([...off]));

// ------------------------------------------------------------------------------------------------ the order
const drawOrder = kit.redraw(part(".disturb"), () => {
  const image = changed.shuffle ? mixed : photo;
  if (!whole || !view.fit(whole.size[0] / whole.size[1])) return;
  view.pen.imageSmoothingEnabled = false;
  if (image?.complete && image.naturalWidth) view.pen.drawImage(image, 0, 0, view.canvas.width, view.canvas.height);
  const label = changed.shuffle ? "The picture with its patches shuffled" : "The picture in order";
  set(view.canvas, { aria: { label } });
});
const markOrders = kit.choice(root, "order", (name) => {
  if (!whole) return;
  changed[name] = !changed[name];
  showDisturbance();
  wantOrder(0);
});
function showDisturbance() {
  markOrders((name) => changed[name]);
  showOrder();
  drawOrder();
}

// ------------------------------------------------------------------------------------------------ what Python sends
/** A picture or a network: what is switched stays switched, the heads of another network aside. */
function open(value) {
  if (whole && whole.network !== value.whole.network) off = new Set();
  [whole, picture] = [value.whole, value.picture];
  mixed = silenced = disturbed = null;
  photo = kit.loadImage(whole.input, drawOrder);
  if (value.silenced) off = new Set(value.silenced.heads);
  if (value.disturbed) changed = { shuffle: value.disturbed.shuffle, blind: !value.disturbed.positions };
  [hinted, hint] = [value.silenced, value.hint];
  buildSwitches();
  root.classList.add("ready");
}
function receive() {
  const value = props.value;
  if (value?.whole && value.whole.key !== whole?.key) open(value);
  if (!whole) return;
  if (value.silenced?.key === whole.key) silenced = value.silenced;
  if (value.disturbed?.key === whole.key) {
    disturbed = value.disturbed;
    if (disturbed.shuffle) mixed = kit.loadImage(disturbed.input, drawOrder);
  }
  showSwitches();
  showDisturbance();
  wantHeads();
  wantOrder();
}
watch("value", receive);
receive();
