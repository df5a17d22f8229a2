// @ts-check
// Two hundred samples of the exact denoiser of a few dots, all the way from noise, computed here.
const { make, set } = kit;
const REACH = 3; // how far from 0 the plane goes
const GRAB = 13, SPACE = 26; // pixels around a dot in which it is taken; between two dots of a stroke
const { root, part, style } = kit.widget(element, "dots widget", `
<div class="plane"><canvas tabindex="0"></canvas>
  <p class="key"><span><i class="dot"></i>your data</span><span><i class="sample"></i>samples, in the colour of the dot
    where they end</span></p></div>
<div class="side">
  <div class="data"><div class="switch" role="group" aria-label="Data to begin with"></div>
    <button type="button" class="clear">Clear</button><span class="count"></span></div>
  <label class="field time"><span></span><input type="range" min="0" step="1"></label>
  <p class="verdict" role="status"></p>
  <div class="bar shares" role="img"></div>
  <div class="acts"><button type="button" class="again">Again, from other noise</button></div>
  <h3>How much each dot weighs for the ringed sample</h3>
  <canvas class="weights" role="img"></canvas>
  <p class="ends"><span>pure noise</span><span>the end</span></p>
  <p class="says"></p>
  <div class="acts"><button type="button" class="other">Another sample</button></div>
  <label class="field blur"><span></span><input type="range" min="0" max="0.8" step="0.05" value="0"></label>
  <p class="quiet">A network is never this exact, so what it draws is new:
    see <a href="?tab=diffusion">Diffusion</a>.</p>
</div>`);
const view = kit.panel(part(".plane canvas")), chart = kit.panel(part(".weights"));
const link = tenweeks.link(element);
/** Well apart for a few dots; then they begin again. @param {number} index */
const colourOf = (index) => kit.TEN[(7 * index) % kit.TEN.length];
/** @type {number[][]} */
let dots = [];
/** @type {{ name: string, dots: number[][] }[]} */
let sets = [];
/** @type {number[][]} t and ᾱ of every step */
let levels = [];
/** @type {Float64Array[]} x and y of every sample, at every step and at the end */
let way = [];
/** @type {number[]} The dot that each sample ends nearest to. */
let homes = [];
/** @type {number[][]} Of the ringed sample, at every step: the weight of each dot. */
let weights = [];
/** The steps behind, the ringed sample, and the dot that is held. */
let at = 0, ringed = 0, held = -1;
let near = 0, most = 0, samples = 0, blur = 0, seed = 1, copies = 0;
let stopPlay = () => {};

// ---------------------------------------------------------------------------------------------- the arithmetic
/** Numbers from N(0, 1) that depend on the seed alone. @param {number} from */
function drawNormals(from) {
  let state = from >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return Float64Array.from({ length: 2 * samples }, () =>
    Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()));
}
/** How probable each dot is as the origin of a place. @param {number} x @param {number} y @param {number} alpha */
function weigh(x, y, alpha) {
  const kept = Math.sqrt(alpha), variance = alpha * blur * blur + 1 - alpha;
  const far = dots.map(([a, b]) => (x - kept * a) ** 2 + (y - kept * b) ** 2), least = Math.min(...far);
  const weights = far.map((each) => Math.exp((least - each) / (2 * variance)));
  const total = weights.reduce((sum, each) => sum + each, 0);
  return weights.map((each) => each / total);
}
/** The mean of the clean point under x, y, as `dots.denoise_exactly` in Python, put into `clean`. */
function denoise(/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ alpha,
  /** @type {Float64Array} */ flat, /** @type {Float64Array} */ far, /** @type {Float64Array} */ clean) {
  const kept = Math.sqrt(alpha), variance = alpha * blur * blur + 1 - alpha, pull = blur * blur * kept / variance;
  let least = Infinity, total = 0, across = 0, up = 0;
  for (let i = 0; i < far.length; i++) {
    far[i] = (x - kept * flat[2 * i]) ** 2 + (y - kept * flat[2 * i + 1]) ** 2;
    if (far[i] < least) least = far[i];
  }
  for (let i = 0; i < far.length; i++) {
    const power = (least - far[i]) / (2 * variance);
    if (power < -40) continue; // it weighs nothing
    const weight = Math.exp(power), a = flat[2 * i], b = flat[2 * i + 1];
    total += weight;
    across += weight * (a + pull * (x - kept * a));
    up += weight * (b + pull * (y - kept * b));
  }
  clean[0] = across / total;
  clean[1] = up / total;
}
/** Every sample's way by DDIM, where it ends, and how many end on a dot. */
function follow() {
  const flat = Float64Array.from(dots.flat()), far = new Float64Array(dots.length), clean = new Float64Array(2);
  let now = drawNormals(seed);
  way = [now];
  levels.forEach(([, alpha], step) => {
    const after = levels[step + 1]?.[1] ?? 1, next = new Float64Array(2 * samples);
    const stays = Math.sqrt(1 - after) / Math.sqrt(1 - alpha), goes = Math.sqrt(after) - stays * Math.sqrt(alpha);
    for (let i = 0; i < 2 * samples && dots.length; i += 2) {
      denoise(now[i], now[i + 1], alpha, flat, far, clean);
      next[i] = goes * clean[0] + stays * now[i];
      next[i + 1] = goes * clean[1] + stays * now[i + 1];
    }
    way.push(now = dots.length ? next : now);
  });
  copies = 0;
  homes = Array.from({ length: samples }, (_, sample) => {
    const away = dots.map(([a, b]) => Math.hypot(now[2 * sample] - a, now[2 * sample + 1] - b));
    const least = Math.min(...away);
    if (least < near) copies++;
    return Math.max(0, away.indexOf(least));
  });
}
function weighRinged() {
  weights = levels.map(([, alpha], step) => weigh(way[step][2 * ringed], way[step][2 * ringed + 1], alpha));
}

// --------------------------------------------------------------------------------------------------- drawing
const put = (/** @type {number} */ x, /** @type {number} */ y) => {
  const side = view.canvas.width / 2;
  return /** @type {[number, number]} */ ([side * (1 + x / REACH), side * (1 - y / REACH)]);
};
/** @param {number} x @param {number} y @param {number} radius in pixels of the page */
function disc(x, y, radius) {
  view.pen.beginPath();
  view.pen.arc(...put(x, y), radius * view.dense, 0, 2 * Math.PI);
}
const draw = kit.redraw(root, () => {
  if (!way.length || !view.fit(1)) return;
  const { pen, dense } = view, now = way[at], from = Math.max(0, at - 12), ink = style("--body-text-color");
  if (!dots.length) {
    pen.fillStyle = style("--body-text-color-subdued");
    pen.font = `${15 * dense}px ${getComputedStyle(root).fontFamily}`;
    pen.textAlign = "center";
    pen.fillText("Draw your data here", view.canvas.width / 2, view.canvas.height / 2);
    drawWeights();
    return;
  }
  for (const home of new Set(homes)) {
    pen.strokeStyle = pen.fillStyle = colourOf(home);
    pen.lineWidth = dense;
    pen.globalAlpha = 0.35;
    pen.beginPath();
    homes.forEach((own, sample) => {
      for (let step = from; own === home && step <= at; step++)
        pen[step === from ? "moveTo" : "lineTo"](...put(way[step][2 * sample], way[step][2 * sample + 1]));
    });
    pen.stroke();
    pen.globalAlpha = 0.9;
    homes.forEach((own, sample) => {
      if (own !== home) return;
      disc(now[2 * sample], now[2 * sample + 1], 2.6);
      pen.fill();
    });
  }
  pen.globalAlpha = 1;
  drawRinged(ink);
  dots.forEach(([x, y], index) => {
    for (const [colour, wide] of /** @type {[string, number][]} */ ([[style("--body-background-fill"), 6],
      [colourOf(index), 3]])) {
      disc(x, y, 7.5);
      [pen.strokeStyle, pen.lineWidth] = [colour, wide * dense];
      pen.stroke();
    }
  });
  drawWeights();
});
/** The sample, and a ray to each dot, as strong as the dot's weight. @param {string} ink */
function drawRinged(ink) {
  const { pen, dense } = view, x = way[at][2 * ringed], y = way[at][2 * ringed + 1];
  if (at < levels.length)
    weights[at].forEach((weight, index) => {
      if (weight < 0.01) return;
      pen.strokeStyle = colourOf(index);
      pen.lineWidth = (1 + 4 * weight) * dense;
      pen.beginPath();
      const [left, top] = put(x, y), [right, bottom] = put(dots[index][0], dots[index][1]);
      const goes = Math.max(0, 1 - 9 * dense / Math.hypot(right - left, bottom - top)); // up to the rim of the dot
      pen.moveTo(left, top);
      pen.lineTo(left + goes * (right - left), top + goes * (bottom - top));
      pen.stroke();
    });
  [pen.strokeStyle, pen.lineWidth] = [ink, 2 * dense];
  disc(x, y, 6);
  pen.stroke();
}
/** A column a step, shared out among the dots. */
function drawWeights() {
  if (!chart.fit(110 / Math.max(1, chart.canvas.clientWidth)) || !dots.length) return;
  const { pen, canvas } = chart, wide = canvas.width / levels.length;
  weights.forEach((shares, step) => {
    let below = canvas.height;
    const left = Math.floor(step * wide), right = Math.floor((step + 1) * wide);
    shares.forEach((share, index) => {
      pen.fillStyle = colourOf(index);
      pen.fillRect(left, below - share * canvas.height, right - left, share * canvas.height + 1);
      below -= share * canvas.height;
    });
  });
  pen.fillStyle = style("--body-text-color");
  pen.fillRect(Math.min(canvas.width - 2 * chart.dense, (at + 0.5) * wide - chart.dense), 0, 2 * chart.dense,
    canvas.height);
}

// ---------------------------------------------------------------------------------------------------- saying
function go(/** @type {number} */ step) {
  at = kit.clamp(step, 0, levels.length);
  const said = at < levels.length ? `t = ${levels[at][0]}` : "the end";
  part(".time input").value = at;
  set(part(".time span"), { text: `From pure noise to the end: ${said}` });
  set(part(".time input"), { aria: { valuetext: said } });
  const share = weights[Math.min(at, levels.length - 1)]?.[homes[ringed]] ?? 0;
  part(".says").replaceChildren(...(dots.length ? ["The dot where it ends has ", make("b", kit.percent(share, 0)),
    ` of the weight at ${said}. The denoiser answers with the mean of all dots, weighted so.`] : []));
  set(chart.canvas, { aria: { label: `The dot of its end has ${kit.percent(share, 0)} at ${said}` } });
  set(root, { data: { ringed: `${way[at][2 * ringed]} ${way[at][2 * ringed + 1]}` } });
  draw();
}
function renew() {
  follow();
  weighRinged();
  const fresh = samples - copies, shares = dots.map((_, index) => homes.filter((home) => home === index).length);
  part(".verdict").replaceChildren(...(!dots.length ? ["Without data there is nothing to return."]
    : [make("b", `${copies} of ${samples} samples end on a dot`), fresh
      ? `, ${fresh} are new: only a denoiser that is not perfect makes something new.`
      : ". Nothing is new, and nothing lies in between."]));
  set(part(".shares"), { aria: { label: `Samples that end nearest to each dot: ${shares.join(", ")}` } });
  part(".shares").replaceChildren(...shares.map((share, index) =>
    make("span", { style: { "flex-grow": share } }, make("i", { style: { background: colourOf(index) } }),
      dots.length <= 12 && share > 6 && `${share}`)));
  part(".blur span").replaceChildren("The denoiser knows each dot ",
    make("b", blur ? `to within ± ${kit.fixed(blur, 2)}` : "exactly"));
  set(part(".blur input"), { aria: { valuetext: blur ? `to within ${kit.fixed(blur, 2)}` : "exactly" } });
  set(part(".count"), { text: `${kit.plural(dots.length, "dot")} of at most ${most}` });
  const where = dots.map(([x, y]) => `(${kit.fixed(x, 1)}, ${kit.fixed(y, 1)})`).join(", ");
  const label = `${kit.plural(dots.length, "dot")}${where && ` at ${where}`}. ` +
    "Enter adds one, arrow keys move the last, Delete takes it away.";
  set(view.canvas, { role: "application", aria: { label } });
  set(root, { data: { shares: shares.join(" ") } });
  mark((/** @type {string} */ name) => sets.find((each) => each.name === name)?.dots === dots);
  go(at);
}
/** Show the way from noise, where motion is welcome; else its end. */
function run() {
  stopPlay();
  at = levels.length;
  renew();
  if (dots.length) stopPlay = kit.play(part(".key"), { count: levels.length + 1, wait: 45, step: go });
}

// --------------------------------------------------------------------------------------------------- the dots
const write = () => dots.map((dot) => dot.map((each) => each.toFixed(2)).join()).join(" ");
const kept = link.hold(["dots", "blur"], (/** @type {Record<string, string>} */ asked) => {
  const wanted = (asked.dots ?? "").split(" ").map((each) => each.split(",").map(Number));
  const are = wanted.every((dot) => dot.length === 2 && dot.every((each) => Math.abs(each) <= REACH));
  if (are && wanted.length <= most) dots = wanted;
  const vague = Number(asked.blur);
  if (vague >= 0 && vague <= 0.8) part(".blur input").value = blur = vague;
  if (levels.length) run();
});
function keep() {
  kept.keep({ dots: dots === sets[0].dots || !dots.length ? null : write(), blur: blur || null });
}
/** Other dots, shown at the end of their way. @param {number[][]} next */
function change(next) {
  stopPlay();
  dots = next;
  at = levels.length;
  renew();
}
/** Move the last dot, or take it away, by keys. */
view.canvas.addEventListener("keydown", (event) => {
  const moves = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };
  const move = moves[/** @type {keyof typeof moves} */ (event.key)], last = dots.at(-1);
  if (!move && event.key !== "Enter" && event.key !== "Delete") return;
  event.preventDefault();
  if (move && last)
    change([...dots.slice(0, -1), last.map((each, axis) => kit.clamp(each + move[axis], -REACH, REACH))]);
  if (event.key === "Enter" && dots.length < most) change([...dots, [0, 0]]);
  if (event.key === "Delete") change(dots.slice(0, -1));
  keep();
});
const placeOf = (/** @type {PointerEvent} */ event) => {
  const box = view.canvas.getBoundingClientRect(), scale = 2 * REACH / box.width;
  return [(event.clientX - box.left) * scale - REACH, REACH - (event.clientY - box.top) * scale];
};
/** The index of the nearest of many places, where it is near enough. @param {number[][]} places @param {number[]} to
 * @param {number} reach in pixels */
function find(places, [x, y], reach) {
  const away = places.map(([a, b]) => Math.hypot(a - x, b - y)), least = Math.min(...away);
  return least < reach * 2 * REACH / view.canvas.clientWidth ? away.indexOf(least) : -1;
}
const isInside = (/** @type {number[]} */ dot) => dot.every((each) => Math.abs(each) <= REACH);
let isStroke = false;
view.canvas.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  const place = placeOf(event);
  held = find(dots, place, GRAB);
  isStroke = held < 0 && dots.length < most;
  if (held < 0 && !isStroke) return;
  view.canvas.setPointerCapture(event.pointerId);
  change(isStroke ? [...dots, place] : dots);
});
view.canvas.addEventListener("pointermove", (event) => {
  const place = placeOf(event);
  if (!view.canvas.hasPointerCapture(event.pointerId)) {
    const now = way[at] ?? [], found = find(homes.map((_, i) => [now[2 * i], now[2 * i + 1]]), place, GRAB);
    if (event.pointerType === "mouse" && found >= 0) ring(found);
  } else if (!isStroke) change(dots.map((dot, index) => (index === held ? place : dot)));
  else if (isInside(place) && dots.length < most && find(dots, place, SPACE) < 0)
    change([...dots, place]);
});
view.canvas.addEventListener("lostpointercapture", () => {
  dots = dots.filter(isInside); // one that was dropped outside is taken away
  held = -1;
  keep();
  run();
});
function ring(/** @type {number} */ sample) {
  ringed = sample;
  weighRinged();
  go(at);
}
const mark = kit.choice(part(".switch"), "set", (name) => {
  dots = sets.find((each) => each.name === name)?.dots ?? dots;
  keep();
  run();
});
part(".clear").addEventListener("click", () => {
  change([]);
  keep();
});
part(".again").addEventListener("click", () => {
  seed++;
  run();
});
part(".other").addEventListener("click", () => ring((ringed + 1) % samples));
part(".time input").addEventListener("input", () => go(Number(part(".time input").value)));
part(".blur input").addEventListener("input", () => {
  blur = Number(part(".blur input").value);
  change(dots);
  keep();
});
kit.steer(chart.canvas, { size: () => levels.length || null, at: () => at, drag: true, choose: go,
  hover: (step) => step !== null && go(step) });

function receive() {
  const value = props.value || {};
  if (!value.levels) return;
  ({ levels, near, most, samples, sets } = value);
  dots = sets[0].dots;
  part(".switch").replaceChildren(...sets.map(({ name }) => make("button", { data: { set: name } }, name)));
  set(part(".time input"), { max: levels.length });
  root.classList.add("ready");
  if (!kept.apply()) run();
}
watch("value", receive);
receive();
