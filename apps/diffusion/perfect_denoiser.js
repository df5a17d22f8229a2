// @ts-check
// Two hundred samples of the exact denoiser of a few dots, all the way from noise, computed here.
const { make, set } = kit;
const SAMPLES = 200, REACH = 3.2, STEPS = 100;
const GRAB = 14; // pixels around a dot in which it is taken
const { root, part, style } = kit.widget(element, "dots", `
<div class="plane"><canvas tabindex="0"></canvas></div>
<div class="words">
  <h3>A perfect denoiser can only copy</h3>
  <p>The <b class="dot">dots</b> are all the training data there is. What the best denoiser expects under the noise can
    then be written down exactly: the mean of the dots, each weighted by how well it explains what is seen. Two hundred
    <b class="sample">samples</b> start from noise and follow it.</p>
  <p class="ask">Click to add a dot, drag one to move it, drop one outside to take it away.</p>
  <label class="field time"><span></span><input type="range" min="0" step="1"></label>
  <label class="field blur"><span></span><input type="range" min="0" max="0.8" step="0.05" value="0"></label>
  <p class="verdict" role="status"></p>
  <div class="acts"><button type="button" class="noise">Other noise</button>
    <button type="button" class="clear">Start with one dot</button></div>
</div>`);
const view = kit.panel(part("canvas"));
/** @type {number[][]} */
let dots = [];
/** @type {number[]} */
let alphas = [], times = [];
/** @type {Float64Array[]} x and y of every sample, at every time and at the end */
let way = [];
let near = 0, most = 0, blur = 0, at = 0, seed = 1, held = -1, stopPlay = () => {};

/** Numbers from N(0, 1) that depend on the seed alone. @param {number} from */
function drawNormals(from) {
  let state = from >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return Float64Array.from({ length: 2 * SAMPLES }, () =>
    Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()));
}
/** The mean of the clean point under x, as `dots.denoise_exactly` in Python. @param {number} x @param {number} y */
function denoise(x, y, /** @type {number} */ alpha) {
  const kept = Math.sqrt(alpha), variance = alpha * blur * blur + 1 - alpha, pull = blur * blur * kept / variance;
  let least = Infinity;
  const far = dots.map(([a, b]) => (x - kept * a) ** 2 + (y - kept * b) ** 2);
  for (const each of far) least = Math.min(least, each);
  let total = 0, across = 0, up = 0;
  dots.forEach(([a, b], index) => {
    const weight = Math.exp((least - far[index]) / (2 * variance));
    total += weight;
    across += weight * (a + pull * (x - kept * a));
    up += weight * (b + pull * (y - kept * b));
  });
  return [across / total, up / total];
}
/** Every sample's way by DDIM. */
function follow() {
  let now = drawNormals(seed);
  way = [now];
  times.forEach((t, step) => {
    const alpha = alphas[t], after = step + 1 < times.length ? alphas[times[step + 1]] : 1;
    const next = new Float64Array(2 * SAMPLES), grow = Math.sqrt(1 - after) / Math.sqrt(1 - alpha);
    for (let i = 0; i < 2 * SAMPLES; i += 2) {
      const clean = denoise(now[i], now[i + 1], alpha);
      for (const axis of [0, 1])
        next[i + axis] = Math.sqrt(after) * clean[axis] + grow * (now[i + axis] - Math.sqrt(alpha) * clean[axis]);
    }
    way.push(now = next);
  });
}
/** How many samples end on a dot, and how many nearest to each. */
function count() {
  const ends = way.at(-1) ?? new Float64Array(), shares = dots.map(() => 0);
  let copies = 0;
  for (let i = 0; i < ends.length; i += 2) {
    const far = dots.map(([a, b]) => Math.hypot(ends[i] - a, ends[i + 1] - b)), least = Math.min(...far);
    shares[far.indexOf(least)]++;
    if (least < near) copies++;
  }
  return { copies, shares };
}

const put = (/** @type {number} */ x, /** @type {number} */ y) => {
  const side = view.canvas.width / 2;
  return /** @type {[number, number]} */ ([side * (1 + x / REACH), side * (1 - y / REACH)]);
};
const draw = kit.redraw(part("canvas"), () => {
  if (!way.length || !view.fit(1)) return;
  const { pen, dense } = view, now = way[at];
  pen.strokeStyle = pen.fillStyle = style("--color-accent");
  pen.lineWidth = 0.7 * dense;
  pen.globalAlpha = 0.22;
  pen.beginPath();
  for (let i = 0; i < 2 * SAMPLES; i += 2)
    for (let step = Math.max(0, at - 14); step <= at; step++)
      pen[step === Math.max(0, at - 14) ? "moveTo" : "lineTo"](...put(way[step][i], way[step][i + 1]));
  pen.stroke();
  pen.globalAlpha = 0.8;
  for (let i = 0; i < 2 * SAMPLES; i += 2) {
    pen.beginPath();
    pen.arc(...put(now[i], now[i + 1]), 2.2 * dense, 0, 2 * Math.PI);
    pen.fill();
  }
  pen.globalAlpha = 1;
  pen.lineWidth = 2.5 * dense;
  pen.strokeStyle = style("--body-text-color");
  dots.forEach(([x, y]) => {
    pen.beginPath();
    pen.arc(...put(x, y), 7 * dense, 0, 2 * Math.PI);
    pen.stroke();
  });
});
function go(/** @type {number} */ step) {
  at = kit.clamp(step, 0, times.length);
  part(".time input").value = at;
  const t = times[at] ?? 0, said = at < times.length ? `t = ${t}` : "the end";
  set(part(".time span"), { text: at ? `From noise to data: ${said}` : `From noise to data: ${said}, noise` });
  set(part(".time input"), { aria: { valuetext: said } });
  draw();
}
function renew() {
  follow();
  const { copies, shares } = count(), fresh = SAMPLES - copies;
  part(".verdict").replaceChildren(make("b", `${copies} of ${SAMPLES} samples end on a dot`),
    copies === SAMPLES ? `: ${shares.join(", ")}. Nothing new, and nothing in between.`
      : `; ${fresh} are new. An imperfect denoiser is where new pictures come from.`);
  set(part(".blur span"), { text: `Blur of what it knows: ${blur ? kit.fixed(blur, 2) : "0, perfect"}` });
  const where = dots.map(([x, y]) => `(${kit.fixed(x, 1)}, ${kit.fixed(y, 1)})`).join(", ");
  const label = `${kit.plural(dots.length, "dot")} at ${where}. Enter adds one, arrow keys move the last, ` +
    "Delete takes it away.";
  set(view.canvas, { role: "application", aria: { label } });
  root.dataset.copies = `${copies}`;
  root.dataset.shares = shares.join(" ");
  go(at);
}

/** Take the last dot away, or move it, by keys. @param {number} across @param {number} up */
function moveLast(across, up) {
  const last = dots.length - 1;
  dots[last] = [dots[last][0] + across, dots[last][1] + up].map((each) => kit.clamp(each, -REACH, REACH));
  at = times.length;
  renew();
}
view.canvas.addEventListener("keydown", (event) => {
  const moves = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };
  const move = moves[/** @type {keyof typeof moves} */ (event.key)];
  if (!move && event.key !== "Enter" && event.key !== "Delete") return;
  event.preventDefault();
  if (event.key === "Enter" && dots.length < most) dots.push([0, 0]);
  if (event.key === "Delete" && dots.length > 1) dots.pop();
  const [across, up] = move ?? [0, 0];
  moveLast(across, up);
});
const placeOf = (/** @type {PointerEvent} */ event) => {
  const box = view.canvas.getBoundingClientRect();
  const scale = 2 * REACH / box.width;
  return [(event.clientX - box.left) * scale - REACH, REACH - (event.clientY - box.top) * scale];
};
view.canvas.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  stopPlay();
  const [x, y] = placeOf(event), reach = GRAB * 2 * REACH / view.canvas.clientWidth;
  held = dots.findIndex(([a, b]) => Math.hypot(a - x, b - y) < reach);
  if (held < 0 && dots.length < most) held = dots.push([x, y]) - 1;
  if (held < 0) return;
  view.canvas.setPointerCapture(event.pointerId);
  at = times.length;
  renew();
});
view.canvas.addEventListener("pointermove", (event) => {
  if (held < 0 || !view.canvas.hasPointerCapture(event.pointerId)) return;
  dots[held] = placeOf(event).map((each) => kit.clamp(each, -4, 4));
  renew();
});
view.canvas.addEventListener("pointerup", () => {
  if (held < 0) return;
  const isOutside = dots[held].some((each) => Math.abs(each) > REACH);
  if (isOutside && dots.length > 1) dots.splice(held, 1);
  else dots[held] = dots[held].map((each) => kit.clamp(each, -REACH, REACH));
  held = -1;
  renew();
});
part(".time input").addEventListener("input", () => {
  stopPlay();
  go(Number(part(".time input").value));
});
part(".blur input").addEventListener("input", () => {
  stopPlay();
  blur = Number(part(".blur input").value);
  at = times.length;
  renew();
});
part(".noise").addEventListener("click", () => {
  seed++;
  renew();
});
part(".clear").addEventListener("click", () => {
  dots = [[0, 0]];
  at = times.length;
  renew();
});
function receive() {
  const value = props.value || {};
  if (!value.schedule) return;
  const { levels, first, last } = value.schedule;
  let kept = 1;
  alphas = Array.from({ length: levels }, (_, t) => (kept *= 1 - (first + (last - first) * t / (levels - 1))));
  times = Array.from({ length: STEPS }, (_, step) => levels - 1 - step * levels / STEPS);
  ({ near, most } = value);
  dots = value.dots.map((/** @type {number[]} */ each) => [...each]);
  set(part(".time input"), { max: STEPS });
  at = STEPS;
  renew();
  root.classList.add("ready");
  stopPlay = kit.play(root, { count: STEPS + 1, wait: 40, step: go });
}
watch("value", receive);
receive();
