const root = element.querySelector("div");
root.className = "widget nothing";
const KINDS = [["source", "as it is"], ["max", "maximum"], ["mean", "mean"], ["norm", "2-norm"], ["stride", "stride alone"]];
root.innerHTML = `
<h3>Four ways to make a map smaller</h3>
<p class="lead">Each window of the map becomes one number: its largest value, its mean, the root of its summed squares, or just its first pixel. Then the map moves <b>one pixel to the right</b>: how much of the result is another?</p>
<div class="settings">
  <div class="switch" role="group" aria-label="What is pooled"><button type="button" data-of="map" aria-pressed="true">the chosen map</button><button type="button" data-of="input" aria-pressed="false">the picture</button></div>
  <label><span>window</span><input type="range" name="window" min="1" max="8" aria-label="window, pixels"><b></b></label>
  <label><span>stride</span><input type="range" name="stride" min="1" max="8" aria-label="stride, pixels"><b></b></label>
  <button type="button" class="shift" aria-pressed="false">Move it by one pixel</button>
</div>
<div class="kinds">${KINDS.map(([kind, title]) => `<figure data-kind="${kind}"><canvas role="img"></canvas><figcaption><b>${title}</b><span class="size"></span><span>mean<i class="mean"></i></span><span>largest<i class="largest"></i></span><span class="moves">1 px moves<i class="change"></i></span><em class="meter"><u></u></em></figcaption></figure>`).join("")}</div>
<p class="told" role="status"></p>`;
const part = (selector) => root.querySelector(selector);
const style = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const settings = { window: 2, stride: 2, ...props.value };
let chosen = null;      // what *Feature maps* shows
let of = "map";         // what is pooled: the chosen map or the picture
let shifted = false;    // whether the moved one is drawn
let photo = null;       // the picture's colours, { key, planes, shape }

// ------------------------------------------------------------------------------------------------ arithmetic
// Planes are Float32Arrays of height × width; the same four as in apps/_pooling.py.
function moved(plane, height, width) {
  const other = new Float32Array(plane.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) other[y * width + x] = plane[y * width + Math.max(0, x - 1)];
  return other;
}
// First along the rows, then down the columns: a window of k × k costs 2k steps and not k².
function pool(plane, height, width, k, s) {
  const tall = Math.floor((height - k) / s) + 1, wide = Math.floor((width - k) / s) + 1;
  const most = new Float32Array(height * wide), sum = new Float64Array(height * wide), squares = new Float64Array(height * wide);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < wide; x++) {
      let m = -Infinity, a = 0, b = 0;
      for (let i = 0; i < k; i++) {
        const v = plane[y * width + x * s + i];
        if (v > m) m = v;
        a += v;
        b += v * v;
      }
      const at = y * wide + x;
      most[at] = m;
      sum[at] = a;
      squares[at] = b;
    }
  const found = Object.fromEntries(["max", "mean", "norm", "stride"].map((kind) => [kind, new Float32Array(tall * wide)]));
  for (let y = 0; y < tall; y++)
    for (let x = 0; x < wide; x++) {
      let m = -Infinity, a = 0, b = 0;
      for (let j = 0; j < k; j++) {
        const at = (y * s + j) * wide + x;
        if (most[at] > m) m = most[at];
        a += sum[at];
        b += squares[at];
      }
      const at = y * wide + x;
      found.max[at] = m;
      found.mean[at] = a / (k * k);
      found.norm[at] = Math.sqrt(b);
      found.stride[at] = plane[y * s * width + x * s];
    }
  return { found, shape: [tall, wide] };
}
function measure(planes) {
  let sum = 0, largest = -Infinity, count = 0;
  for (const plane of planes)
    for (const v of plane) {
      sum += v;
      if (v > largest) largest = v;
      count++;
    }
  return { mean: sum / count, largest };
}
function change(planes, others) {
  let apart = 0, size = 0;
  planes.forEach((plane, c) => plane.forEach((v, i) => {
    apart += (others[c][i] - v) ** 2;
    size += v * v;
  }));
  return size ? Math.sqrt(apart / size) : null;
}

// ------------------------------------------------------------------------------------------------ drawing
// A layer of one number per channel has no map, and of a large network not every map is sent: then it is the picture.
const poolable = () => chosen.sent && chosen.shape[1] * chosen.shape[2] > 1;
function subject() {
  if (!chosen) return null;
  if (of === "input" || !poolable()) return photo?.key === chosen.key && { planes: photo.planes, shape: photo.shape, signed: false, scale: 1 };
  chosen.plane ??= chosen.values();
  return { planes: [chosen.plane], shape: chosen.shape.slice(1), signed: chosen.signed, scale: chosen.scale };
}
function paint(canvas, planes, [height, width], { signed, scale }) {
  const image = new ImageData(width, height), pixels = new Uint32Array(image.data.buffer);
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const level = (v) => Math.max(0, Math.min(255, Math.round((255 * v) / scale)));
  for (let i = 0; i < pixels.length; i++)
    pixels[i] = planes.length > 1 ? pack([0, 1, 2].map((c) => level(planes[c][i])))
      : signed ? SIGNED[clamp(Math.round((127 * planes[0][i]) / scale), -127, 127) & 255] : POSITIVE[level(planes[0][i])];
  canvas.getContext("2d").putImageData(image, 0, 0);
}
function show(kind, title, planes, shape, look, stats, moves) {
  const figure = part(`[data-kind="${kind}"]`), canvas = figure.querySelector("canvas"), put = (name, text) => (figure.querySelector(name).textContent = text);
  paint(canvas, planes, shape, look);
  put(".size", side(shape));
  put(".mean", number(stats.mean));
  put(".largest", number(stats.largest));
  put(".change", moves === null ? "nothing" : `${(100 * moves).toFixed(1)} %`);
  figure.querySelector(".meter u").style.width = `${Math.min(100, 100 * (moves ?? 0))}%`;
  canvas.setAttribute("aria-label", `${title}: ${side(shape)}, mean ${number(stats.mean)}, largest ${number(stats.largest)}; one pixel of shift moves ${moves === null ? "nothing" : `${(100 * moves).toFixed(1)} %`}`);
}
let frame = 0;
function draw() {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(compute);
}
function compute() {
  const now = subject();
  root.classList.toggle("nothing", !now);
  root.querySelectorAll("label").forEach((label) => {
    const input = label.querySelector("input"), name = input.name;
    if (now) input.max = Math.min(8, ...now.shape);
    settings[name] = Math.min(settings[name], Number(input.max));
    input.value = settings[name];
    label.querySelector("b").textContent = settings[name];
  });
  if (!chosen) return;
  const what = of === "input" ? "Pooled: the picture, in numbers from 0 to 1."
    : poolable() ? `Pooled: ${chosen.label}, channel ${chosen.channel}.`
    : `${chosen.sent ? `${chosen.label} holds one number per channel` : "This map was not sent"}, so the picture is pooled instead.`;
  part(".told").textContent = now ? `${what} The 2-norm of ${settings.window} × ${settings.window} values is drawn ${settings.window} times paler, because it adds up what the mean divides.` : "…";
  if (!now) return;
  const { planes, shape: [height, width] } = now, { window: k, stride: s } = settings;
  const others = planes.map((plane) => moved(plane, height, width));
  const [here, there] = [planes, others].map((all) => all.map((plane) => pool(plane, height, width, k, s)));
  for (const [kind, title] of KINDS) {
    const [plain, other] = kind === "source" ? [planes, others] : [here, there].map((all) => all.map(({ found }) => found[kind]));
    const shape = kind === "source" ? [height, width] : here[0].shape, look = kind === "norm" ? { ...now, scale: now.scale * k } : now;
    show(kind, title, shifted ? other : plain, shape, look, measure(shifted ? other : plain), change(plain, other));
  }
}

// ------------------------------------------------------------------------------------------------ choosing
root.querySelectorAll("input").forEach((input) => input.addEventListener("input", () => {
  // As long as the stride is the window, as in most networks, it stays so.
  if (input.name === "window" && settings.stride === settings.window) settings.stride = Number(input.value);
  settings[input.name] = Number(input.value);
  draw();
}));
root.querySelectorAll("[data-of]").forEach((button) => button.addEventListener("click", () => {
  of = button.dataset.of;
  root.querySelectorAll("[data-of]").forEach((other) => other.setAttribute("aria-pressed", other === button));
  draw();
}));
part(".shift").addEventListener("click", () => {
  shifted = !shifted;
  part(".shift").setAttribute("aria-pressed", shifted);
  draw();
});
function readPhoto({ key, input, size: [height, width] }) {
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0);
    const { data } = pen.getImageData(0, 0, width, height), grey = data.every((v, i) => i % 4 === 3 || v === data[i - (i % 4)]);
    const planes = (grey ? [0] : [0, 1, 2]).map((c) => Float32Array.from({ length: height * width }, (_, i) => data[4 * i + c] / 255));
    photo = { key, planes, shape: [height, width] };
    draw();
  };
  image.src = input;
}
document.addEventListener("feature-maps:chosen", ({ detail }) => {
  if (!root.isConnected) return;
  chosen = detail;
  if (photo?.key !== chosen.key) readPhoto(chosen);
  draw();
});
document.dispatchEvent(new CustomEvent("feature-maps:ask"));
