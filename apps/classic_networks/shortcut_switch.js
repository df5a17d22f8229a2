const root = element.querySelector("div");
root.className = "widget";
root.innerHTML = `
<div><div class="blocks" role="group" aria-label="Shortcuts"></div>
  <div class="note"><p>How strong each block's output is, place by place: above with all shortcuts, below now. Under it, how far it moved.</p><button type="button" class="reset">All on</button></div></div>
<div class="answers"><p class="title" role="status"></p><div class="rows"></div><p class="legend">grey: all shortcuts on · blue: now · score: before softmax</p></div>`;
const part = (selector) => root.querySelector(selector);
const style = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const percent = (p) => (p < 0.001 ? "< 0.1" : p > 0.999 ? "> 99.9" : (100 * p).toFixed(1));
const signed = (v) => `${v < 0 ? "−" : ""}${Math.abs(v).toFixed(1)}`;

let found = null;        // Python's answer
let picture = "";        // its name in the menu
let off = new Set();     // blocks that are switched off
let timer = 0;
const current = () => found.off.length === off.size && found.off.every((name) => off.has(name));

// ------------------------------------------------------------------------------------------------ blocks
function build() {
  part(".blocks").replaceChildren(...found.blocks.map(({ name, label }, i) => {
    const cell = document.createElement("div");
    cell.className = "block";
    cell.innerHTML = `<span class="stage"></span><button type="button"></button><canvas role="img"></canvas><canvas role="img"></canvas><span class="change"></span>`;
    cell.children[1].textContent = label.split(" · ").at(-1);
    cell.children[1].dataset.block = name;
    cell.children[1].tabIndex = i ? -1 : 0;
    return cell;
  }));
}
// A stage's name stands above the first of its blocks, and again where a new line begins.
function nameStages() {
  const cells = [...part(".blocks").children], tops = cells.map((cell) => cell.offsetTop);
  const stages = (found?.blocks ?? []).map(({ label }) => label.split(" · ").slice(0, -1).join(" · "));
  cells.forEach((cell, i) => (cell.children[0].textContent = stages[i] !== stages[i - 1] || tops[i] !== tops[i - 1] ? stages[i] : ""));
}
function paint(canvas, codes, [, height, width], words) {
  const image = new ImageData(width, height), pixels = new Uint32Array(image.data.buffer), values = bytes(codes);
  [canvas.width, canvas.height] = [width, height];
  for (let i = 0; i < pixels.length; i++) pixels[i] = POSITIVE[values[i]];
  canvas.getContext("2d").putImageData(image, 0, 0);
  canvas.style.imageRendering = "pixelated";
  canvas.setAttribute("aria-label", words);
}
function drawBlocks() {
  [...part(".blocks").children].forEach((cell, i) => {
    const block = found.blocks[i], moved = block.change === 0 ? "±0 %" : block.change < 0.005 ? "< 1 %" : `${Math.round(100 * block.change)} %`;
    paint(cell.children[2], block.before, block.shape, `${block.label} with all shortcuts`);
    paint(cell.children[3], block.after, block.shape, `${block.label} now`);
    cell.children[4].textContent = moved;
    cell.title = `${block.label}: ${block.shape[0]} maps of ${side(block.shape.slice(1))}, moved by ${moved} of their size`;
  });
}
function mark() {
  part(".blocks").querySelectorAll("button").forEach((button, i) => {
    const gone = off.has(button.dataset.block);
    button.setAttribute("aria-pressed", gone);
    button.setAttribute("aria-label", `Shortcut of ${found.blocks[i].label}: ${gone ? "off" : "on"}`);
  });
  part(".reset").disabled = !off.size;
}

// ------------------------------------------------------------------------------------------------ answers
function drawAnswers() {
  const best = (key) => found.answers.reduce((first, row) => (row[key] > first[key] ? row : first)).label;
  const before = best("before"), after = best("after"), all = found.blocks.length;
  if (!current()) return (part(".title").textContent = "…");
  part(".title").textContent = !off.size ? "All shortcuts on"
    : `${off.size === all ? `All ${all} shortcuts` : `${plural(off.size, "shortcut")} of ${all}`} off: ${before === after ? `still ${after}` : `${before} becomes ${after}`}`;
  const head = document.createElement("div");
  head.className = "row head";
  head.innerHTML = `<span></span><span></span><span class="probability">probability, %</span><span class="score">score</span>`;
  part(".rows").replaceChildren(head, ...found.answers.slice(0, 7).map((answer) => {
    const row = document.createElement("div");
    row.className = "row";
    row.innerHTML = `<span class="label"></span><span class="bars"><i class="before"></i><i class="after"></i></span><span class="probability"></span><span class="score"></span>`;
    const [label, bars, probability, score] = row.children;
    label.textContent = label.title = answer.label;
    bars.children[0].style.width = `${100 * answer.before}%`;
    bars.children[1].style.width = `${100 * answer.after}%`;
    probability.textContent = off.size ? `${percent(answer.before)} → ${percent(answer.after)}` : percent(answer.after);
    score.textContent = off.size ? `${signed(answer.score_before)} → ${signed(answer.score_after)}` : signed(answer.score_after);
    return row;
  }));
}

// ------------------------------------------------------------------------------------------------ switching
// Of events that follow each other quickly gradio may drop the last, or repeat an old one: so ask again, a few times.
function ask(wait = 180) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (current() || !root.isConnected) return;
    trigger("select", { network: found.network, picture, blocks: [...off] });
    if (wait < 4000) ask(wait < 1000 ? 1000 : 2 * wait);
  }, wait);
}
function toggle(names) {
  names.forEach((name) => (off.has(name) ? off.delete(name) : off.add(name)));
  mark();
  drawAnswers();
  if (!current()) ask();
}
part(".blocks").addEventListener("click", (event) => event.target.dataset.block && toggle([event.target.dataset.block]));
part(".reset").addEventListener("click", () => toggle([...off]));
part(".blocks").addEventListener("keydown", (event) => {
  const buttons = [...part(".blocks").querySelectorAll("button")], now = buttons.indexOf(event.target);
  const to = { ArrowLeft: now - 1, ArrowUp: now - 1, ArrowRight: now + 1, ArrowDown: now + 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (now < 0 || to === undefined || !buttons[to]) return;
  event.preventDefault();
  event.target.tabIndex = -1;
  buttons[to].tabIndex = 0;
  buttons[to].focus();
});

// ------------------------------------------------------------------------------------------------ what Python sends
function receive() {
  const value = props.value, next = value?.switched;
  if (value && "switched" in value) root.classList.toggle("ready", Boolean(next));
  if (!next) return;
  const another = next.network !== found?.network, moved = next.key !== found?.key;
  found = next;
  picture = value.picture;
  if (another) {
    off = new Set(found.off);
    build();
  }
  mark();
  drawBlocks();
  nameStages();
  drawAnswers();
  // Another picture comes with all shortcuts on.
  if (!current()) ask();
  if (moved) part(".blocks").setAttribute("aria-label", `Shortcuts of ${found.network}`);
}
element.closest(".html-container")?.style.setProperty("opacity", "1", "important"); // not faded while Python computes
new ResizeObserver(nameStages).observe(part(".blocks"));
watch("value", receive);
receive();
