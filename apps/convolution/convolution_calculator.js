// @ts-check
// How many places a window finds along a line: five settings, the formula, and the window as it walks over a picture.
const { make, set } = kit;
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
  <figure><canvas class="output" tabindex="0" role="application"></canvas><figcaption></figcaption></figure>
</div></div>`);
const [input, output] = parts("canvas").map(kit.panel), [inputCaption, outputCaption] = parts("figcaption");
const formula = part(".formula"), play = part(".play"), settings = { ...props.value };
/** @type {any} What `compute` returned for the settings. */
let answer = {};
let at = 0; // the place of the window, counted row by row
let timer = 0;

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

// ------------------------------------------------------------------------------------------------ drawing
/** Make a panel a square of so many cells on a side; `fill` colours a square of them. */
function divide({ canvas, pen, resize }, cells) {
  const cell = Math.min(30, Math.floor((canvas.parentElement.clientWidth / cells) * 100) / 100);
  const gap = cell > 8 ? 1.5 : cell > 4 ? 0.75 : 0, side = Math.max(1, cell * cells);
  resize(side, side);
  const fill = (colour, row, column, count = 1, least = 0) => {
    const edge = Math.max(count * cell - gap, least);
    pen.fillStyle = colour;
    pen.fillRect(column * cell, row * cell, edge, edge);
  };
  return { pen, cell, gap, fill };
}
function drawInput(row, column) {
  const { size, kernel, stride, padding, dilation } = settings, { padded, span, unread } = answer;
  const { pen, cell, gap, fill } = divide(input, padded), accent = style("--color-accent");
  const [top, left] = [row * stride, column * stride], inner = style("--border-color-primary");
  const isReal = (...place) => place.every((each) => each >= padding && each < padding + size);
  if (!gap) {
    fill(style("--background-fill-secondary"), 0, 0, padded);
    fill(inner, padding, padding, size);
  }
  pen.strokeStyle = inner;
  pen.setLineDash([2, 2]);
  for (let r = 0; r < padded && gap; r++)
    for (let c = 0; c < padded; c++)
      if (isReal(r, c)) fill(inner, r, c);
      else pen.strokeRect(c * cell + 0.5, r * cell + 0.5, cell - gap - 1, cell - gap - 1);
  pen.fillStyle = style("--color-accent-soft");
  pen.globalAlpha = 0.75;
  pen.fillRect(left * cell - gap / 2, top * cell - gap / 2, span * cell, span * cell);
  const step = Math.max(1, Math.floor(1 / (cell * dilation))); // taps that share a pixel are drawn as one
  for (let i = 0; i < kernel; i += step)
    for (let j = 0; j < kernel; j += step) {
      const [r, c] = [top + i * dilation, left + j * dilation];
      pen.globalAlpha = isReal(r, c) ? 1 : 0.4;
      fill(accent, r, c, Math.min(step, kernel - Math.max(i, j)));
    }
  const last = unread === 1 ? "the last row and column are" : `the last ${unread} rows and columns are`;
  set(inputCaption, { text: `input ${size} × ${size}${padding ? `, padded to ${padded} × ${padded}` : ""}`
    + (unread ? ` · ${last} never read` : "") });
  set(input.canvas, { aria: { label: `Output row ${row}, column ${column} reads ${kernel} rows from ${top - padding} `
    + `and ${kernel} columns from ${left - padding} of the input, ${dilation} apart; numbers below 0 or from ${size} `
    + "on are padding." } });
}
function drawOutput(row, column) {
  const { count } = answer, { gap, fill } = divide(output, count);
  const [inner, soft] = [style("--border-color-primary"), style("--color-accent-soft")];
  if (!gap) fill(inner, 0, 0, count);
  for (let i = 0; i < count ** 2 && gap; i++) fill(i < at ? soft : inner, Math.floor(i / count), i % count);
  fill(style("--color-accent"), row, column, 1, 2);
  set(outputCaption, { text: `output ${count} × ${count}` });
  set(output.canvas, { aria: { label: `Output of ${count} by ${count}; arrow keys walk. `
    + `Now row ${row}, column ${column}.` } });
}
const findPlace = () => [Math.floor(at / answer.count), at % answer.count];
const draw = kit.redraw(part(".result"), () => {
  const [row, column] = findPlace();
  set(part(".place"), { text: answer.refusal ? "" : `row ${row}, column ${column}` });
  if (answer.refusal || !part(".pictures").clientWidth) return;
  drawInput(row, column);
  drawOutput(row, column);
});

// ------------------------------------------------------------------------------------------------ choosing
function walk(to) {
  at = (to + answer.count ** 2) % answer.count ** 2;
  draw();
}
function stop() {
  clearInterval(timer);
  timer = 0;
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
    formula.replaceChildren(make("span", whole), " ", make("span", `= ⌊${padded - span} / ${stride}⌋ + 1`), " ",
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
if (!held.apply()) change();
