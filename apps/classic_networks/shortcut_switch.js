// @ts-check
const { make, plural, set, sides } = kit;
const { root, part } = kit.widget(element, "widget", `
<div><div class="blocks" role="group" aria-label="Shortcuts"></div>
  <div class="note"><p>How strong each block's output is, place by place: above with all shortcuts, below now. Under it,
    how far it moved.</p><button type="button" class="reset">All on</button></div></div>
<div class="answers"></div>`);
kit.keepOpaque(element);
const bars = kit.answerBars(part(".answers"), "all shortcuts on");

let found = null;        // Python's answer
let picture = "";        // its name in the menu
let off = new Set();     // blocks that are switched off
let cells = [];          // the elements of each block
const isCurrent = () => found.off.length === off.size && found.off.every((name) => off.has(name));

// ------------------------------------------------------------------------------------------------ blocks
const stopAt = kit.roving(part(".blocks"), "button");
function build() {
  cells = found.blocks.map(({ name, label }) => {
    const [before, after] = ["canvas", "canvas"].map((tag) => make(tag, { role: "img" }));
    const cell = { stage: make("span.stage"), before, after, change: make("span.change"),
      button: make("button", { data: { block: name } }, label.split(" · ").at(-1)) };
    return { ...cell, box: make("div.block", cell.stage, cell.button, before, after, cell.change) };
  });
  part(".blocks").replaceChildren(...cells.map(({ box }) => box));
  stopAt();
}
// A stage's name stands above the first of its blocks, and again where a new line begins.
const nameStages = kit.redraw(part(".blocks"), () => {
  const tops = cells.map(({ box }) => box.offsetTop);
  const stages = (found?.blocks ?? []).map(({ label }) => label.split(" · ").slice(0, -1).join(" · "));
  const begins = (i) => stages[i] !== stages[i - 1] || tops[i] !== tops[i - 1];
  cells.forEach(({ stage }, i) => set(stage, { text: begins(i) ? stages[i] : "" }));
});
function drawBlocks() {
  cells.forEach((cell, i) => {
    const { label, shape, change, ...codes } = found.blocks[i], [count, height, width] = shape;
    const moved = change === 0 ? "±0 %" : change < 0.005 ? "< 1 %" : `${Math.round(100 * change)} %`;
    for (const [time, words] of [["before", "with all shortcuts"], ["after", "now"]]) {
      const values = kit.decode(codes[time]);
      set(cell[time], { aria: { label: `${label} ${words}` } });
      kit.paint(height, width, (at) => kit.SEQUENTIAL[values[at]], cell[time]);
    }
    set(cell.change, { text: moved });
    set(cell.box, { title: `${label}: ${count} maps of ${sides([height, width])}, moved by ${moved} of their size` });
  });
}
function mark() {
  cells.forEach(({ button }, i) => {
    const { name, label } = found.blocks[i], gone = off.has(name);
    set(button, { aria: { pressed: gone, label: `Shortcut of ${label}: ${gone ? "off" : "on"}` } });
  });
  part(".reset").disabled = !off.size;
}

// ------------------------------------------------------------------------------------------------ answers
function drawAnswers() {
  if (!isCurrent()) return bars.wait();
  const all = found.blocks.length;
  const count = off.size === all ? `All ${all} shortcuts` : `${plural(off.size, "shortcut")} of ${all}`;
  bars.show(found.answers, off.size ? `${count} off` : "All shortcuts on", off.size > 0);
}

// ------------------------------------------------------------------------------------------------ switching
const want = kit.asking(root, isCurrent, () =>
  trigger("select", { network: found.network, picture, blocks: [...off] }));
function toggle(names) {
  names.forEach((name) => (off.has(name) ? off.delete(name) : off.add(name)));
  mark();
  drawAnswers();
  want();
}
kit.choice(part(".blocks"), "block", (name) => toggle([name]));
part(".reset").addEventListener("click", () => toggle([...off]));

// ------------------------------------------------------------------------------------------------ what Python sends
function receive() {
  const value = props.value, next = value?.switched;
  if (value && "switched" in value) root.classList.toggle("ready", Boolean(next));
  if (!next) return;
  const isAnother = next.network !== found?.network;
  [found, picture] = [next, value.picture];
  if (isAnother) {
    off = new Set(found.off);
    build();
  }
  set(part(".blocks"), { aria: { label: `Shortcuts of ${found.network}` } });
  mark();
  drawBlocks();
  nameStages();
  drawAnswers();
  want(); // another picture comes with all shortcuts on
}
watch("value", receive);
receive();
