// @ts-check
// A window that walks over a picture: how many places it finds, the sum that each of them becomes, and what none reads.
const { make, set, plural } = kit;
/** @type {[string, string, number, number][]} Name, label, least, and the most on the slider. */
const FIELDS = [["size", "input size", 1, 32], ["kernel", "kernel", 1, 11], ["stride", "stride", 1, 8],
  ["padding", "padding", 0, 8], ["dilation", "dilation", 1, 6]];
const LARGEST = 4096; // that can be typed
const MOST = 32;      // pixels on the side that the corner can be dragged to
/** The kernel's menu: what each finds, and its weights by row, column and side. */
const KERNELS = {
  "vertical": (_, column, side) => (side > 1 ? Math.sign(2 * column - side + 1) : 1),
  "horizontal": (row, _, side) => (side > 1 ? Math.sign(2 * row - side + 1) : 1),
  "outline": (row, column, side) => (2 * row === side - 1 && 2 * column === side - 1 ? side ** 2 - 1 || 1 : -1),
  "sum": () => 1,
};
const labelled = ([name, label, least, most]) => `<label><span>${label}</span>
  <input type="range" data-name="${name}" min="${least}" max="${most}" aria-label="${label}, slider">
  <input type="number" data-name="${name}" min="${least}" max="${LARGEST}" step="1" inputmode="numeric"
    aria-label="${label}"></label>`;
const { root, part, parts, style } = kit.widget(element, "widget", `
<div class="settings">${FIELDS.map(labelled).join("")}
  <div class="walk"><button type="button" class="play" aria-pressed="false">Walk</button>
    <button type="button" class="back" aria-label="One place back">←</button>
    <button type="button" class="on" aria-label="One place on">→</button><span class="place"></span></div>
  <div class="walk"><div class="switch" role="group" aria-label="On the picture">
    <button type="button" data-hand="move">move the window</button>
    <button type="button" data-hand="draw">draw</button></div>
    <button type="button" class="undo" hidden>Undo</button></div>
</div>
<div class="result"><p class="formula" role="status"></p><p class="read"></p><div class="pictures">
  <figure><div class="frame"><canvas class="input" tabindex="0" role="application"></canvas>
    <button type="button" class="corner" tabindex="-1" aria-label="Input size, by its corner"></button></div>
    <figcaption class="caption"></figcaption></figure>
  <span class="sign">×</span>
  <figure><canvas class="kernel" tabindex="0" role="application"></canvas>
    <figcaption><select aria-label="Kernel">${Object.keys(KERNELS).map((name) => `<option>${name}`).join("")}
      <option hidden>your own</select><span class="caption"></span></figcaption></figure>
  <span class="sign">=</span>
  <figure><canvas class="output" tabindex="0" role="application"></canvas>
    <figcaption class="caption"></figcaption></figure>
</div></div>`);
const [input, filter, output] = parts("canvas").map(kit.panel);
const [inputCaption, filterCaption, outputCaption] = parts(".caption");
const formula = part(".formula"), play = part(".play"), menu = part("select"), settings = { ...props.value };
/** @type {any} What `compute` returned for the settings. */
let answer = {};
let at = 0; // the place of the window, counted row by row
let timer = 0;
let isWalking = false; // the window has still to come to the places that follow
let weights = [];      // of the kernel, row by row
let hand = "move";     // what a pointer on the picture does
const drawn = new Map(); // pixels that the visitor drew, by row · LARGEST + column
let pixel = [0, 0], weight = [0, 0]; // where the keys are

// The same checks in the same words as from_scratch.convolution.output_size; a test compares them.
function findWrong() {
  for (const [name, label, least] of FIELDS) {
    const value = settings[name];
    if (!Number.isInteger(value)) return `The ${label} must be a whole number.`;
    if (value < least) return `The ${label} must be at least ${least}, not ${value}.`;
    if (value > LARGEST) return `The ${label} must be at most ${LARGEST} here, not ${value}.`;
  }
  return "";
}
function compute() {
  const { size, kernel, stride, padding, dilation } = settings, wrong = findWrong();
  if (wrong) return { refusal: wrong };
  const span = dilation * (kernel - 1) + 1, padded = size + 2 * padding;
  const wide = `The window spans ${span} pixels, the padded input ${padded}: add padding or shrink the window.`;
  if (span > padded) return { refusal: wide };
  const count = Math.floor((padded - span) / stride) + 1;
  const isRead = new Uint8Array(padded); // along one side, padding too
  for (let place = 0; place < count; place++)
    for (let tap = 0; tap < kernel; tap++) isRead[place * stride + tap * dilation] = 1;
  const read = isRead.subarray(padding, padding + size).reduce((sum, each) => sum + each, 0);
  const least = Math.max(1, (count - 1) * stride + span - 2 * padding);
  return { span, padded, count, isRead, unread: size ** 2 - read ** 2,
    alike: [least, (count - 1) * stride + span - 2 * padding + stride - 1] };
}

/** The picture: a disc of ones in each 8 × 8 pixels, and what was drawn; zeros around it. Counts from the padding. */
function readPixel(row, column) {
  const { size, padding } = settings, [r, c] = [row - padding, column - padding];
  if (Math.min(r, c) < 0 || Math.max(r, c) >= size) return 0;
  return drawn.get(r * LARGEST + c) ?? Number(Math.hypot((r % 8) - 3.5, (c % 8) - 3.5) < 3);
}
/** @type {(place: number[]) => number} */
const readWeight = ([row, column]) => weights[row * settings.kernel + column];
/** The output; null where the sums are too many to be made while a slider moves. */
function convolve() {
  const { kernel, stride, dilation } = settings, { count, refusal } = answer;
  if (refusal || (count * kernel) ** 2 > 4e5) return null;
  return Array.from({ length: count ** 2 }, (_, place) => {
    const top = Math.floor(place / count) * stride, left = (place % count) * stride;
    let sum = 0;
    for (let i = 0; i < kernel; i++)
      for (let j = 0; j < kernel; j++)
        sum += readWeight([i, j]) * readPixel(top + i * dilation, left + j * dilation);
    return sum;
  });
}

// ------------------------------------------------------------------------------------------------ drawing
/** Make a panel a square of so many cells on a side, with a function that fills a square of them and writes in it. */
function divide({ canvas, pen, resize }, cells) {
  const cell = Math.min(36, Math.floor((canvas.closest("figure").clientWidth / cells) * 100) / 100);
  const gap = cell > 8 ? 1.5 : cell > 4 ? 0.75 : 0, side = Math.max(1, cell * cells);
  resize(side, side);
  Object.assign(pen, { font: `12px ${style("--font") || "sans-serif"}`, textAlign: "center", textBaseline: "middle" });
  /** @type {(colour: string, row: number, column: number, look?: any) => void} */
  const fill = (colour, row, column, { count = 1, least = 0, text = "", ink = "#17191e" } = {}) => {
    const edge = Math.max(count * cell - gap, least);
    pen.fillStyle = colour;
    pen.fillRect(column * cell, row * cell, edge, edge);
    pen.fillStyle = ink;
    if (text && cell >= 20) pen.fillText(text, column * cell + edge / 2, row * cell + edge / 2 + 0.5);
  };
  return { pen, cell, gap, fill };
}
/** How a signed number looks: its colour, itself, and ink that is read on it. */
function colourOf(value, most) {
  const share = most ? value / most : 0;
  const colour = kit.css(kit.signedColour(0.85 * share));
  return { colour, text: kit.signed(value, 0), ink: Math.abs(share) > 0.7 ? "#fff" : "#17191e" };
}
/** Where the keys are in a picture, while they are in use. */
function markKeys({ pen, canvas }, cell, place) {
  const [row, column] = place;
  if (!canvas.matches(":focus-visible")) return;
  Object.assign(pen, { strokeStyle: style("--body-text-color"), lineWidth: 2 });
  pen.strokeRect(column * cell + 2, row * cell + 2, cell - 5, cell - 5);
}
function drawInput(row, column) {
  const { size, kernel, stride, padding, dilation } = settings, { padded, span, unread, isRead } = answer;
  const { pen, cell, gap, fill } = divide(input, padded), accent = style("--color-accent");
  const [top, left] = [row * stride, column * stride], ink = style("--body-text-color");
  const inner = style("--border-color-primary"), paper = style("--body-background-fill");
  const dim = style("--body-text-color-subdued");
  const isReal = (...place) => place.every((each) => each >= padding && each < padding + size);
  if (!gap) fill(style("--background-fill-secondary"), 0, 0, { count: padded });
  if (!gap) fill(inner, padding, padding, { count: size });
  pen.strokeStyle = inner;
  const hatch = new Path2D(), edge = cell - gap;
  pen.setLineDash([2, 2]);
  for (let r = 0; r < padded && gap; r++)
    for (let c = 0; c < padded; c++)
      if (!isReal(r, c)) pen.strokeRect(c * cell + 0.5, r * cell + 0.5, edge - 1, edge - 1);
      else {
        fill(readPixel(r, c) ? dim : inner, r, c);
        for (const [from, to] of isRead[r] && isRead[c] ? [] : [[0, 0.5], [0, 1], [0.5, 1]]) {
          hatch.moveTo(c * cell + from * edge, r * cell + to * edge);
          hatch.lineTo(c * cell + to * edge, r * cell + from * edge);
        }
      }
  pen.setLineDash([]);
  Object.assign(pen, { strokeStyle: "#d55e00", lineWidth: cell > 12 ? 1.5 : 1 });
  pen.stroke(hatch);
  const step = Math.max(1, Math.floor(1 / (cell * dilation))); // taps that share a pixel are drawn as one
  const most = Math.max(...weights.map(Math.abs));
  for (let i = 0; i < kernel; i += step)
    for (let j = 0; j < kernel; j += step) {
      const [r, c] = [top + i * dilation, left + j * dilation], value = readPixel(r, c);
      const product = value * readWeight([i, j]), look = colourOf(product, most);
      pen.globalAlpha = product ? 1 : 0.35;
      fill(product ? look.colour : accent, r, c, { count: Math.min(step, kernel - Math.max(i, j)) });
      pen.globalAlpha = 1;
      fill("transparent", r, c, { text: look.text, ink: product ? look.ink : value ? paper : ink });
    }
  Object.assign(pen, { strokeStyle: accent, lineWidth: 2.5 });
  pen.strokeRect(left * cell + 0.5, top * cell + 0.5, span * cell - gap - 1, span * cell - gap - 1);
  if (hand === "draw") markKeys(input, cell, pixel.map((each) => each + padding));
  inputCaption.replaceChildren(`input ${size} × ${size}${padding ? `, padded to ${padded} × ${padded}` : ""}`
    + ": ", make("i.one"), "1 ", make("i"), "0", ...(unread ? [" · ", make("i.unread"), "never read"] : []));
  const does = hand === "move" ? "Arrow keys walk" : `Arrow keys move over it, the space bar draws. Now pixel row ${
    pixel[0]}, column ${pixel[1]}`;
  set(input.canvas, { aria: { label: `Input. ${does}. Output row ${row}, column ${column} reads ${kernel} rows from ${
    top - padding} and ${kernel} columns from ${left - padding} of the input, ${dilation} apart; numbers below 0 or `
    + `from ${size} on are padding.` } });
}
function drawKernel() {
  const { kernel } = settings, { cell, gap, fill } = divide(filter, kernel), most = Math.max(...weights.map(Math.abs));
  weights.forEach((value, i) => {
    const look = colourOf(value, most);
    if (gap) fill(look.colour, Math.floor(i / kernel), i % kernel, look);
  });
  if (!gap) fill(style("--border-color-primary"), 0, 0, { count: kernel });
  markKeys(filter, cell, weight);
  set(filterCaption, { text: "kernel: press a weight" });
  set(filter.canvas, { aria: { label: `Kernel of ${kernel} by ${kernel}: ${menu.value}. Arrow keys move over it, Enter `
    + `changes a weight. Now row ${weight[0]}, column ${weight[1]}: ${kit.signed(readWeight(weight), 0)}.` } });
}
function drawOutput(row, column) {
  const { count } = answer, { pen, cell, gap, fill } = divide(output, count), { sums } = answer;
  const inner = style("--border-color-primary"), most = sums?.reduce((m, sum) => Math.max(m, Math.abs(sum)), 0);
  if (!gap) fill(inner, 0, 0, { count });
  for (let i = 0; i < count ** 2 && gap; i++) {
    const look = sums && !(isWalking && i > at) ? colourOf(sums[i], most) : { colour: inner };
    fill(look.colour, Math.floor(i / count), i % count, look);
  }
  if (!gap) fill(style("--color-accent"), row, column, { least: 2 });
  Object.assign(pen, { strokeStyle: style("--color-accent"), lineWidth: 2.5 });
  if (gap) pen.strokeRect(column * cell + 1, row * cell + 1, cell - gap - 2, cell - gap - 2);
  outputCaption.replaceChildren(`output ${count} × ${count}`, ...(sums ? [`: here ${plural(settings.kernel ** 2,
    "product")} ${settings.kernel > 1 ? "add up to" : "is"} `, make("b", kit.signed(sums[at], 0))] : []));
  set(output.canvas, { aria: { label: `Output of ${count} by ${count}; arrow keys walk. `
    + `Now row ${row}, column ${column}${sums ? `: ${kit.signed(sums[at], 0)}` : ""}.` } });
}
const findPlace = () => [Math.floor(at / answer.count), at % answer.count];
const draw = kit.redraw(part(".result"), () => {
  const [row, column] = findPlace();
  set(part(".place"), { text: answer.refusal ? "" : `row ${row}, column ${column}` });
  if (answer.refusal || !part(".pictures").clientWidth) return;
  drawInput(row, column);
  drawKernel();
  drawOutput(row, column);
});

// ------------------------------------------------------------------------------------------------ choosing
function walk(to) {
  at = (to + answer.count ** 2) % answer.count ** 2;
  draw();
}
function stop() {
  clearInterval(timer);
  [timer, isWalking] = [0, false];
  set(play, { text: "Walk", aria: { pressed: false } });
}
function goTo(to) {
  stop();
  walk(to);
}
/** Show what the settings make, in all fields but the one that is typed into. */
function change(typed = null) {
  const { size, kernel, stride, padding, dilation } = settings;
  answer = compute();
  const { refusal, count, padded, span, unread, alike: [least, most] = [] } = answer;
  root.classList.toggle("refused", Boolean(refusal));
  for (const button of parts("button")) button.disabled = Boolean(refusal);
  for (const each of parts("input")) if (each !== typed) each.value = settings[each.dataset.name];
  if (refusal) {
    stop();
    set(formula, { text: refusal });
    return void set(part(".read"), { text: "" });
  }
  if (weights.length !== kernel ** 2) fillKernel();
  at = Math.min(at, count ** 2 - 1);
  pixel = pixel.map((each) => Math.min(each, size - 1));
  const whole = `⌊(${size} + 2·${padding} − ${dilation}·(${kernel} − 1) − 1) / ${stride}⌋ + 1`;
  const steps = [`= ${whole}`, `= ⌊${padded - span} / ${stride}⌋ + 1`].map((text) => [make("span", text), " "]);
  formula.replaceChildren(make("span.quiet", "places along a side"), " ", ...steps.flat(),
    make("span", "= ", make("b", `${count}`)));
  const sizes = `${least}${most - least > 1 ? ` to ${most} pixels all` : ` and ${most} pixels both`} give ${count}`;
  part(".read").replaceChildren(...(unread ? [make("b", `${kit.grouped(unread)} of ${kit.grouped(size ** 2)}`),
    " pixels are never read"] : ["every pixel is read"]), most > least ? ` · ${sizes}` : "");
  update();
}
/** After a pixel or a weight has changed. */
function update() {
  answer.sums = convolve();
  set(part(".undo"), { hidden: !drawn.size });
  draw();
}
/** As the menu says; a kernel of one's own has no other size. */
function fillKernel() {
  if (!KERNELS[menu.value]) menu.value = Object.keys(KERNELS)[0];
  const { kernel } = settings, read = KERNELS[menu.value];
  weights = Array.from({ length: kernel ** 2 }, (_, i) => read(Math.floor(i / kernel), i % kernel, kernel));
  weight = [0, 0];
}
/** Set one of the settings as the visitor does. */
function choose(name, value, typed = null) {
  settings[name] = value;
  change(typed);
  if (!findWrong()) held.keep(settings);
}
const held = tenweeks.link(element).hold(FIELDS.map(([name]) => name), (state) => {
  for (const [name, , least] of FIELDS) {
    const value = kit.wholeBelow(state[name], LARGEST + 1);
    if (value !== null && value >= least) settings[name] = value;
  }
  change();
});
for (const each of parts("input"))
  each.addEventListener("input", () =>
    choose(each.dataset.name, each.value.trim() === "" ? NaN : Number(each.value), each));
play.addEventListener("click", () => {
  if (timer) return stop();
  set(play, { text: "Pause", aria: { pressed: true } });
  isWalking = true;
  timer = setInterval(() => (root.isConnected && root.offsetParent ? walk(at + 1) : stop()), 450);
});
part(".back").addEventListener("click", () => goTo(at - 1));
part(".on").addEventListener("click", () => goTo(at + 1));
const goToCell = ([row, column]) => goTo(row * answer.count + column);
// From the end of a row to the next, from the last to the first.
const walkKeys = { ArrowLeft: () => goTo(at - 1), ArrowRight: () => goTo(at + 1),
  ArrowUp: () => goTo(at - answer.count), ArrowDown: () => goTo(at + answer.count) };
kit.steer(output.canvas, {
  size: () => (answer.refusal ? null : [answer.count, answer.count]),
  at: findPlace,
  choose: goToCell,
  hover: (place) => place && goToCell(place),
  keys: walkKeys,
});
/** The place whose window has its middle nearest to a pixel of the padded input. */
const nearest = (place) => place.map((each) =>
  kit.clamp(Math.round((each - (answer.span - 1) / 2) / settings.stride), 0, answer.count - 1));
let ink = 1;
function paint(place, isFirst) {
  const [row, column] = place.map((each) => each + settings.padding);
  if (isFirst) ink = 1 - readPixel(row, column);
  if (Math.min(...place) < 0 || Math.max(...place) >= settings.size) return;
  drawn.set(place[0] * LARGEST + place[1], ink);
  update();
}
/** One step of the keys over the picture: of the window, or of the pixel. */
const step = (key, [down, across]) => () => {
  if (hand === "move") return walkKeys[key]();
  pixel = pixel.map((each, axis) => kit.clamp(each + [down, across][axis], 0, settings.size - 1));
  draw();
};
kit.steer(input.canvas, {
  size: () => (answer.refusal ? null : [answer.padded, answer.padded]),
  at: findPlace,
  choose: (place, { type }) => (hand === "move" ? goToCell(nearest(place))
    : paint(place.map((each) => each - settings.padding), type === "pointerdown")),
  drag: true,
  keys: { ArrowLeft: step("ArrowLeft", [0, -1]), ArrowRight: step("ArrowRight", [0, 1]),
    ArrowUp: step("ArrowUp", [-1, 0]), ArrowDown: step("ArrowDown", [1, 0]),
    " ": () => hand === "draw" && paint(pixel, true) },
});
let grip = { x: 0, y: 0, size: 0, cell: 1 }; // where the corner was taken
kit.steer(part(".corner"), {
  size: () => (answer.refusal ? null : MOST + 1),
  at: () => settings.size,
  place: ({ type, clientX: x, clientY: y }) => {
    if (type === "pointerdown") grip = { x, y, size: settings.size, cell: input.canvas.clientWidth / answer.padded };
    return Math.round(grip.size + (x - grip.x + y - grip.y) / 2 / grip.cell);
  },
  choose: (size) => choose("size", kit.clamp(size, 1, MOST)),
  drag: true,
});
function changeWeight(place) {
  const index = place[0] * settings.kernel + place[1];
  weights[index] = { 0: 1, 1: -1 }[weights[index]] ?? 0;
  menu.value = "your own";
  update();
}
kit.steer(filter.canvas, {
  size: () => (answer.refusal ? null : [settings.kernel, settings.kernel]),
  at: () => weight,
  choose: (place, { type }) => {
    weight = place;
    if (type === "click") changeWeight(place);
    else draw();
  },
  keys: { Enter: () => changeWeight(weight), " ": () => changeWeight(weight) },
});
for (const { canvas } of [input, filter])
  for (const type of ["focus", "blur"]) canvas.addEventListener(type, () => draw());
menu.addEventListener("change", () => {
  fillKernel();
  update();
});
const markHand = kit.choice(root, "hand", (name) => {
  markHand((hand = name));
  root.classList.toggle("drawing", hand === "draw");
  draw();
});
markHand(hand);
part(".undo").addEventListener("click", () => {
  drawn.clear();
  update();
});
if (!held.apply()) change();
/** To every place, then to other sizes of the input, and back. */
function showOnce() {
  const all = answer.count ** 2, { size } = settings, sizes = [1, 1, 1, 0, 0, -1, -1, -1, 0];
  kit.play(part(".result"), { count: all + sizes.length, wait: 450, end: stop, step: (index) => {
    isWalking = index < all;
    if (isWalking) return walk(index);
    settings.size = size + sizes[index - all];
    change();
  } });
}
if (answer.sums?.length <= 64) showOnce();
