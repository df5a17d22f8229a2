// @ts-check
// A window that walks over a picture: how many places it finds, and the sum of products that each of them becomes.
const { make, set, plural } = kit;
/** @type {[string, string, number, number][]} Name, label, least, and the most on the slider. */
const FIELDS = [["size", "input size", 1, 32], ["kernel", "kernel", 1, 11], ["stride", "stride", 1, 8],
  ["padding", "padding", 0, 8], ["dilation", "dilation", 1, 6]];
const LARGEST = 4096; // that can be typed
const labelled = ([name, label, least, most]) => `<label><span>${label}</span>
  <input type="range" data-name="${name}" min="${least}" max="${most}" aria-label="${label}, slider">
  <input type="number" data-name="${name}" min="${least}" max="${LARGEST}" step="1" inputmode="numeric"
    aria-label="${label}"></label>`;
const { root, part, parts, style } = kit.widget(element, "widget", `
<div class="settings">${FIELDS.map(labelled).join("")}
  <div class="walk"><button type="button" class="play" aria-pressed="false">Walk</button>
    <button type="button" class="back" aria-label="One place back">←</button>
    <button type="button" class="on" aria-label="One place on">→</button><span class="place"></span></div>
</div>
<div class="result"><p class="formula" role="status"></p><div class="pictures">
  <figure><canvas class="input" role="img"></canvas><figcaption></figcaption></figure>
  <figure><canvas class="kernel" role="img"></canvas><figcaption></figcaption></figure>
  <figure><canvas class="output" tabindex="0" role="application"></canvas><figcaption></figcaption></figure>
</div></div>`);
const [input, filter, output] = parts("canvas").map(kit.panel);
const [inputCaption, filterCaption, outputCaption] = parts("figcaption");
const formula = part(".formula"), play = part(".play"), settings = { ...props.value };
/** @type {any} What `compute` returned for the settings. */
let answer = {};
let at = 0; // the place of the window, counted row by row
let timer = 0;
let isWalking = false; // the window has still to come to the places that follow

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
  return { span, padded, count, unread: padded - span - (count - 1) * stride };
}

/** The picture: a disc of ones among zeros, padding too. Row and column count from the padding's corner. */
function readPixel(row, column) {
  const { size, padding } = settings, away = [row, column].map((each) => each - padding - (size - 1) / 2);
  return Math.hypot(...away) <= 0.36 * size ? 1 : 0;
}
/** The kernel: what is right of its middle less what is left of it. */
const readWeight = (_, column) => (settings.kernel > 1 ? Math.sign(2 * column - settings.kernel + 1) : 1);
/** The output; null where the sums are too many to be made while a slider moves. */
function convolve() {
  const { kernel, stride, dilation } = settings, { count, refusal } = answer;
  if (refusal || (count * kernel) ** 2 > 4e5) return null;
  return Array.from({ length: count ** 2 }, (_, place) => {
    const top = Math.floor(place / count) * stride, left = (place % count) * stride;
    let sum = 0;
    for (let i = 0; i < kernel; i++)
      for (let j = 0; j < kernel; j++)
        sum += readWeight(i, j) * readPixel(top + i * dilation, left + j * dilation);
    return sum;
  });
}

// ------------------------------------------------------------------------------------------------ drawing
/** Make a panel a square of so many cells on a side, with a function that fills a square of them and writes in it. */
function divide({ canvas, pen, resize }, cells) {
  const cell = Math.min(30, Math.floor((canvas.parentElement.clientWidth / cells) * 100) / 100);
  const gap = cell > 8 ? 1.5 : cell > 4 ? 0.75 : 0, side = Math.max(1, cell * cells);
  resize(side, side);
  Object.assign(pen, { font: `12px ${style("--font") || "sans-serif"}`, textAlign: "center", textBaseline: "middle" });
  /** @type {(colour: string, row: number, column: number, look?: any) => void} */
  const fill = (colour, row, column, { count = 1, least = 0, text = "", ink = "#17191e" } = {}) => {
    const edge = Math.max(count * cell - gap, least);
    pen.fillStyle = colour;
    pen.fillRect(column * cell, row * cell, edge, edge);
    pen.fillStyle = ink;
    if (text && cell >= 22) pen.fillText(text, column * cell + edge / 2, row * cell + edge / 2 + 0.5);
  };
  return { pen, cell, gap, fill };
}
/** How a signed number looks: its colour, itself, and ink that is read on it. */
function colourOf(value, most) {
  const share = most ? value / most : 0;
  const colour = kit.css(kit.signedColour(0.85 * share));
  return { colour, text: kit.signed(value, 0), ink: Math.abs(share) > 0.6 ? "#fff" : "#17191e" };
}
function drawInput(row, column) {
  const { size, kernel, stride, padding, dilation } = settings, { padded, span, unread } = answer;
  const { pen, cell, gap, fill } = divide(input, padded), accent = style("--color-accent");
  const [top, left] = [row * stride, column * stride], ink = style("--body-text-color");
  const inner = style("--border-color-primary"), dim = style("--body-text-color-subdued");
  const isReal = (...place) => place.every((each) => each >= padding && each < padding + size);
  if (!gap) fill(style("--background-fill-secondary"), 0, 0, { count: padded });
  if (!gap) fill(inner, padding, padding, { count: size });
  pen.strokeStyle = inner;
  pen.setLineDash([2, 2]);
  for (let r = 0; r < padded && gap; r++)
    for (let c = 0; c < padded; c++)
      if (isReal(r, c)) fill(readPixel(r, c) ? dim : inner, r, c);
      else pen.strokeRect(c * cell + 0.5, r * cell + 0.5, cell - gap - 1, cell - gap - 1);
  pen.setLineDash([]);
  const step = Math.max(1, Math.floor(1 / (cell * dilation))); // taps that share a pixel are drawn as one
  for (let i = 0; i < kernel; i += step)
    for (let j = 0; j < kernel; j += step) {
      const [r, c] = [top + i * dilation, left + j * dilation], value = readPixel(r, c);
      pen.globalAlpha = 0.35;
      fill(accent, r, c, { count: Math.min(step, kernel - Math.max(i, j)) });
      pen.globalAlpha = 1;
      fill("transparent", r, c, { text: `${value}`, ink: value ? "#fff" : ink });
    }
  Object.assign(pen, { strokeStyle: accent, lineWidth: 2.5 });
  pen.strokeRect(left * cell + 0.5, top * cell + 0.5, span * cell - gap - 1, span * cell - gap - 1);
  const last = unread === 1 ? "the last row and column are" : `the last ${unread} rows and columns are`;
  set(inputCaption, { text: `input ${size} × ${size}${padding ? `, padded to ${padded} × ${padded}` : ""}`
    + (unread ? ` · ${last} never read` : "") });
  set(input.canvas, { aria: { label: `Output row ${row}, column ${column} reads ${kernel} rows from ${top - padding} `
    + `and ${kernel} columns from ${left - padding} of the input, ${dilation} apart; numbers below 0 or from ${size} `
    + "on are padding." } });
}
function drawKernel() {
  const { kernel } = settings, { gap, fill } = divide(filter, kernel);
  for (let i = 0; i < kernel ** 2 && gap; i++) {
    const [r, c] = [Math.floor(i / kernel), i % kernel], look = colourOf(readWeight(r, c), 1);
    fill(look.colour, r, c, look);
  }
  if (!gap) fill(style("--border-color-primary"), 0, 0, { count: kernel });
  const what = kernel > 1 ? "right less left: it finds vertical edges" : "one weight";
  set(filterCaption, { text: `kernel ${kernel} × ${kernel}, ${what}` });
  set(filter.canvas, { aria: { label: `Kernel of ${kernel} by ${kernel}: ${what}` } });
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
  answer.sums = convolve();
  const { refusal, count, padded, span } = answer;
  root.classList.toggle("refused", Boolean(refusal));
  for (const button of parts("button")) button.disabled = Boolean(refusal);
  for (const each of parts("input")) if (each !== typed) each.value = settings[each.dataset.name];
  if (refusal) {
    stop();
    set(formula, { text: refusal });
  } else {
    at = Math.min(at, count ** 2 - 1);
    const whole = `⌊(${size} + 2·${padding} − ${dilation}·(${kernel} − 1) − 1) / ${stride}⌋ + 1`;
    const steps = [`= ${whole}`, `= ⌊${padded - span} / ${stride}⌋ + 1`].map((text) => [make("span", text), " "]);
    formula.replaceChildren(make("span.quiet", "places along a side"), " ", ...steps.flat(),
      make("span", "= ", make("b", `${count}`)));
  }
  draw();
}
const held = tenweeks.link(element).hold(FIELDS.map(([name]) => name), (state) => {
  for (const [name, , least] of FIELDS) {
    const value = kit.wholeBelow(state[name], LARGEST + 1);
    if (value !== null && value >= least) settings[name] = value;
  }
  change();
});
for (const each of parts("input"))
  each.addEventListener("input", () => {
    settings[each.dataset.name] = each.value.trim() === "" ? NaN : Number(each.value);
    change(each);
    if (!findWrong()) held.keep(settings);
  });
play.addEventListener("click", () => {
  if (timer) return stop();
  set(play, { text: "Pause", aria: { pressed: true } });
  isWalking = true;
  timer = setInterval(() => (root.isConnected && root.offsetParent ? walk(at + 1) : stop()), 450);
});
part(".back").addEventListener("click", () => goTo(at - 1));
part(".on").addEventListener("click", () => goTo(at + 1));
const goToCell = ([row, column]) => goTo(row * answer.count + column);
kit.steer(output.canvas, {
  size: () => (answer.refusal ? null : [answer.count, answer.count]),
  at: findPlace,
  choose: goToCell,
  hover: (place) => place && goToCell(place),
  keys: { // from the end of a row to the next, from the last to the first
    ArrowLeft: () => goTo(at - 1),
    ArrowRight: () => goTo(at + 1),
    ArrowUp: () => goTo(at - answer.count),
    ArrowDown: () => goTo(at + answer.count),
  },
});
/** The place whose window has its middle nearest to a pixel of the padded input. */
const nearest = (pixel) => pixel.map((each) =>
  kit.clamp(Math.round((each - (answer.span - 1) / 2) / settings.stride), 0, answer.count - 1));
kit.steer(input.canvas, {
  size: () => (answer.refusal ? null : [answer.padded, answer.padded]),
  at: findPlace,
  choose: (pixel) => goToCell(nearest(pixel)),
  drag: true,
});
if (!held.apply()) change();
/** To every place, and at the end to the one with the largest sum. */
function walkOnce() {
  const { sums } = answer, all = sums.length;
  kit.play(part(".result"), { count: all + 1, wait: 450, end: stop, step: (place) => {
    isWalking = place < all;
    walk(isWalking ? place : sums.indexOf(Math.max(...sums)));
  } });
}
if (answer.sums?.length <= 64) walkOnce();
