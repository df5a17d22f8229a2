const root = element.querySelector("div");
root.className = "widget";
const FIELDS = [["size", "input size", 1, 32], ["kernel", "kernel", 1, 11], ["stride", "stride", 1, 8], ["padding", "padding", 0, 8], ["dilation", "dilation", 1, 6]];
const LARGEST = 4096, settings = { size: 7, kernel: 3, stride: 2, padding: 1, dilation: 1, ...props.value };
root.innerHTML = `<div class="settings">${FIELDS.map(([name, label, least, most]) => `
  <label><span>${label}</span><input type="range" data-name="${name}" min="${least}" max="${most}" aria-label="${label}, slider">
  <input type="number" data-name="${name}" min="${least}" max="${LARGEST}" step="1" inputmode="numeric" aria-label="${label}"></label>`).join("")}
  <div class="walk"><button type="button" class="play" aria-pressed="false">Walk</button><button type="button" class="back" aria-label="One place back">←</button><button type="button" class="on" aria-label="One place on">→</button><span class="place"></span></div>
</div>
<div class="result"><p class="formula" role="status"></p><div class="pictures"><figure><canvas class="input" role="img"></canvas><figcaption></figcaption></figure><figure><canvas class="output" tabindex="0" role="application"></canvas><figcaption></figcaption></figure></div></div>`;
const part = (selector) => root.querySelector(selector), all = (selector) => [...root.querySelectorAll(selector)];
const formula = part(".formula"), canvases = all("canvas"), captions = all("figcaption"), play = part(".play");
let at = 0, timer = 0, answer = null;

// The same checks in the same words as from_scratch.convolution.output_size; a test compares them.
function compute({ size, kernel, stride, padding, dilation }) {
  for (const [name, label, least] of FIELDS) {
    const value = settings[name];
    if (!Number.isInteger(value)) return { refusal: `The ${label} must be a whole number.` };
    if (value < least) return { refusal: `The ${label} must be at least ${least}, not ${value}.` };
    if (value > LARGEST) return { refusal: `The ${label} must be at most ${LARGEST} here, not ${value}.` };
  }
  const span = dilation * (kernel - 1) + 1, padded = size + 2 * padding;
  if (span > padded) return { refusal: `The window spans ${span} pixels, the padded input ${padded}: add padding or shrink the window.` };
  const count = Math.floor((padded - span) / stride) + 1;
  return { span, padded, count, unread: padded - span - (count - 1) * stride };
}
const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();

function pen(canvas, cells, most) {
  const dense = window.devicePixelRatio || 1, room = canvas.parentElement.clientWidth;
  const cell = Math.min(most, Math.floor((room / cells) * 100) / 100), side = Math.max(1, cell * cells);
  canvas.style.width = canvas.style.height = `${side}px`;
  canvas.width = canvas.height = Math.round(side * dense);
  const context = canvas.getContext("2d");
  context.scale(dense, dense);
  return { context, cell, gap: cell > 8 ? 1.5 : cell > 4 ? 0.75 : 0 };
}
function drawInput(row, column) {
  const { size, kernel, stride, padding, dilation } = settings, padded = size + 2 * padding;
  const { context, cell, gap } = pen(canvases[0], padded, 30);
  const square = (r, c, fill) => {
    context.fillStyle = fill;
    context.fillRect(c * cell, r * cell, cell - gap, cell - gap);
  };
  const [outer, inner, soft, accent] = ["--background-fill-secondary", "--border-color-primary", "--color-accent-soft", "--color-accent"].map(colour);
  if (gap) {
    for (let r = 0; r < padded; r++)
      for (let c = 0; c < padded; c++) {
        const real = r >= padding && c >= padding && r < padding + size && c < padding + size;
        if (real) square(r, c, inner);
        else {
          context.strokeStyle = inner;
          context.lineWidth = 1;
          context.setLineDash([2, 2]);
          context.strokeRect(c * cell + 0.5, r * cell + 0.5, cell - gap - 1, cell - gap - 1);
        }
      }
  } else {
    context.fillStyle = outer;
    context.fillRect(0, 0, padded * cell, padded * cell);
    context.fillStyle = inner;
    context.fillRect(padding * cell, padding * cell, size * cell, size * cell);
  }
  if (answer.refusal) return;
  context.setLineDash([]);
  context.fillStyle = soft;
  context.globalAlpha = 0.75;
  context.fillRect(column * stride * cell - gap / 2, row * stride * cell - gap / 2, answer.span * cell, answer.span * cell);
  context.globalAlpha = 1;
  for (let i = 0; i < kernel; i++)
    for (let j = 0; j < kernel; j++) {
      const r = row * stride + i * dilation, c = column * stride + j * dilation;
      const real = r >= padding && c >= padding && r < padding + size && c < padding + size;
      context.globalAlpha = real ? 1 : 0.4;
      square(r, c, accent);
    }
  context.globalAlpha = 1;
  captions[0].textContent = `input ${size} × ${size}${padding ? `, padded to ${padded} × ${padded}` : ""}${answer.unread ? ` · ${answer.unread === 1 ? "the last row and column are" : `the last ${answer.unread} rows and columns are`} never read` : ""}`;
  canvases[0].setAttribute("aria-label", `Output row ${row}, column ${column} reads ${kernel} rows from ${row * stride - padding} and ${kernel} columns from ${column * stride - padding} of the input, ${dilation} apart; numbers below 0 or from ${size} on are padding.`);
}
function drawOutput(row, column) {
  const { count } = answer, { context, cell, gap } = pen(canvases[1], count, 30);
  const [inner, soft, accent] = ["--border-color-primary", "--color-accent-soft", "--color-accent"].map(colour);
  if (!gap) {
    context.fillStyle = inner;
    context.fillRect(0, 0, count * cell, count * cell);
  }
  for (let r = 0; r < count && gap; r++)
    for (let c = 0; c < count; c++) {
      context.fillStyle = r * count + c < at ? soft : inner;
      context.fillRect(c * cell, r * cell, cell - gap, cell - gap);
    }
  context.fillStyle = accent;
  context.fillRect(column * cell, row * cell, Math.max(cell - gap, 2), Math.max(cell - gap, 2));
  captions[1].textContent = `output ${count} × ${count}`;
  canvases[1].setAttribute("aria-label", `Output of ${count} by ${count}; arrow keys walk. Now row ${row}, column ${column}.`);
}
function draw() {
  answer = compute(settings);
  const { size, kernel, stride, padding, dilation } = settings;
  root.classList.toggle("refused", Boolean(answer.refusal));
  all("button").forEach((button) => (button.disabled = Boolean(answer.refusal)));
  if (answer.refusal) {
    stop();
    formula.textContent = answer.refusal;
    part(".place").textContent = "";
    return;
  }
  const { count } = answer, inside = size + 2 * padding - dilation * (kernel - 1) - 1;
  at = Math.min(at, count * count - 1);
  const row = Math.floor(at / count), column = at % count;
  formula.innerHTML = `<span>⌊(${size} + 2·${padding} − ${dilation}·(${kernel} − 1) − 1) / ${stride}⌋ + 1</span> <span>= ⌊${inside} / ${stride}⌋ + 1</span> <span>= <b>${count}</b></span>`;
  part(".place").textContent = `row ${row}, column ${column}`;
  if (!part(".pictures").clientWidth) return;
  drawInput(row, column);
  drawOutput(row, column);
}
function walk(to) {
  if (answer.refusal) return;
  const places = answer.count ** 2;
  at = (to + places) % places;
  draw();
}
function stop() {
  clearInterval(timer);
  timer = 0;
  play.textContent = "Walk";
  play.setAttribute("aria-pressed", "false");
}
play.addEventListener("click", () => {
  if (timer) return stop();
  play.textContent = "Pause";
  play.setAttribute("aria-pressed", "true");
  timer = setInterval(() => (root.isConnected && root.offsetParent ? walk(at + 1) : stop()), 450);
});
for (const [selector, by] of [[".back", -1], [".on", 1]]) part(selector).addEventListener("click", () => {
  stop();
  walk(at + by);
});
canvases[1].addEventListener("pointermove", (event) => {
  if (answer.refusal) return;
  stop();
  const box = canvases[1].getBoundingClientRect(), { count } = answer, index = (offset) => Math.max(0, Math.min(count - 1, Math.floor((offset / box.width) * count)));
  walk(index(event.clientY - box.top) * count + index(event.clientX - box.left));
});
canvases[1].addEventListener("keydown", (event) => {
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -answer.count, ArrowDown: answer.count, Home: -at, End: answer.count ** 2 - 1 - at }[event.key];
  if (by === undefined || answer.refusal) return;
  event.preventDefault();
  stop();
  walk(at + by);
});
function fill(except) {
  for (const input of all("input")) if (input !== except) input.value = settings[input.dataset.name];
}
all("input").forEach((input) => input.addEventListener("input", () => {
  settings[input.dataset.name] = input.value.trim() === "" ? NaN : Number(input.value);
  fill(input);
  draw();
}));
fill();
draw();
new ResizeObserver(draw).observe(part(".result"));
new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ["class"] });
