// @ts-check
const { clamp, number, sides, make, set, pack, pixelOf, paint } = kit;
const KINDS = [["source", "as it is"], ["max", "maximum"], ["mean", "mean"], ["norm", "2-norm"],
  ["stride", "stride alone"]];
const { root, part, parts } = kit.widget(element, "widget nothing", `
<div class="settings">
  <div class="switch" role="group" aria-label="What is pooled">
    <button type="button" data-of="map">a map</button><button type="button" data-of="input">the picture</button></div>
  <label class="of-map"><span>of</span><select aria-label="Layer"></select></label>
  <label class="of-map"><span>channel</span><input type="range" name="channel" min="0" aria-label="channel"><b></b>
  </label>
  <label><span>window</span><input type="range" name="window" min="1" aria-label="window, pixels"><b></b></label>
  <label><span>stride</span><input type="range" name="stride" min="1" aria-label="stride, pixels"><b></b></label>
  <button type="button" class="shift" aria-pressed="false">Move it by one pixel</button>
</div>
<div class="said"><p class="most" role="status"></p><p class="told"></p></div>
<div class="kinds"></div>`);
kit.keepOpaque(element);
const figures = KINDS.map(([kind, title]) => {
  const [mean, largest, change] = ["mean", "largest", "change"].map((name) => make(`i.${name}`));
  const canvas = make("canvas", { role: "img" }), size = make("i.size"), meter = make("div.meter");
  const said = make("figcaption", make("span", make("b", title), size), make("span", "mean", mean),
    make("span", "largest", largest), make("span", "changes by", change), meter);
  part(".kinds").append(make("figure", { data: { kind } }, canvas, said));
  return { kind, title, canvas, size, mean, largest, change, meter };
});
const menu = part("select");
const settings = { channel: 0, window: 2, stride: 2 };
let given = null;       // what Python sent last: the picture, the network's layers, the maps of one
let pictured = null;    // the picture's planes of numbers
/** @type {any} */
let codes = [];         // of the layer's maps, for their colours
/** @type {any} */
let exact = [];         // the numbers of one of them
let asked = null;       // the channel that the visitor chose
let of = "map";         // which of the two is pooled
let wanted = "";        // the layer that is chosen
let shifted = false;    // whether the moved one is drawn

// ------------------------------------------------------------------------------------------------ arithmetic
// Planes are arrays of height × width; the same four as in apps/convolution/pooling.py.
function move(plane, width) {
  return plane.map((value, i) => (i % width ? plane[i - 1] : value));
}
// First along the rows, then down the columns: a window of k × k costs 2k steps and not k².
function pool(plane, height, width, k, s) {
  const tall = Math.floor((height - k) / s) + 1, wide = Math.floor((width - k) / s) + 1;
  const gather = (count, at, step, { most, sum, squares }) => {
    let m = -Infinity, a = 0, b = 0;
    for (let i = 0; i < count; i++, at += step) {
      if (most[at] > m) m = most[at];
      a += sum[at];
      b += squares[at];
    }
    return [m, a, b];
  };
  /** @returns {any} */
  const empty = (names, size) => Object.fromEntries(names.map((name) => [name, new Float64Array(size)]));
  const source = { most: plane, sum: plane, squares: plane.map((value) => value * value) };
  const rows = empty(["most", "sum", "squares"], height * wide);
  for (let at = 0; at < height * wide; at++) {
    const from = Math.floor(at / wide) * width + (at % wide) * s;
    [rows.most[at], rows.sum[at], rows.squares[at]] = gather(k, from, 1, source);
  }
  const found = empty(["max", "mean", "norm", "stride"], tall * wide);
  for (let at = 0; at < tall * wide; at++) {
    const y = Math.floor(at / wide) * s, x = at % wide, [most, sum, squares] = gather(k, y * wide + x, wide, rows);
    [found.max[at], found.mean[at], found.norm[at]] = [most, sum / (k * k), Math.sqrt(squares)];
    found.stride[at] = plane[y * width + x * s];
  }
  return { found, shape: [tall, wide] };
}
function measure(all) {
  let sum = 0, largest = -Infinity;
  for (const plane of all)
    for (const value of plane) {
      sum += value;
      if (value > largest) largest = value;
    }
  return { mean: sum / (all.length * all[0].length), largest };
}
function change(all, others) {
  let apart = 0, size = 0;
  all.forEach((plane, c) => plane.forEach((value, i) => {
    apart += (others[c][i] - value) ** 2;
    size += value * value;
  }));
  return size ? Math.sqrt(apart / size) : null;
}

// ------------------------------------------------------------------------------------------------ drawing
function subject() {
  if (of === "input") return pictured;
  const { shape: [, height, width], signed, scale } = given, one = height * width, start = settings.channel * one;
  const isExact = settings.channel === given.channel, step = scale / (signed ? 127 : 255);
  const plane = isExact ? exact : Float32Array.from(codes.subarray(start, start + one), (code) => code * step);
  return { planes: [plane], shape: [height, width], signed, scale, isExact };
}
function show(figure, all, shape, { signed, scale, isExact }, moves) {
  const { mean, largest } = measure(all), say = (text) => (isExact ? text : "…");
  const moved = say(moves === null ? "nothing" : `${(100 * moves).toFixed(1)} %`);
  const level = (value) => 255 * clamp(value / scale, 0, 1);
  paint(shape[0], shape[1], all.length > 1 ? (i) => pack(all.map((plane) => level(plane[i])))
    : (i) => pixelOf(all[0][i] / scale, signed), figure.canvas);
  const words = { size: sides(shape), mean: say(number(mean)), largest: say(number(largest)), change: moved };
  for (const [name, text] of Object.entries(words)) set(figure[name], { text });
  kit.meter(figure.meter, "changes by", Math.min(1, moves ?? 0), moved);
  const label = `${figure.title}: ${words.size}, mean ${words.mean}, largest ${words.largest}`;
  set(figure.canvas, { aria: { label: `${label}; one pixel of shift changes it by ${moved}` } });
}
const draw = kit.redraw(root, () => {
  if (!given) return;
  const now = subject(), limits = { channel: given.sent - 1, window: given.largest, stride: given.largest };
  root.classList.toggle("nothing", !now);
  root.classList.toggle("pictured", of === "input");
  for (const input of parts("input")) {
    const { name } = input;
    if (now) input.max = name === "channel" ? limits.channel : Math.min(limits[name], ...now.shape);
    settings[name] = Math.min(settings[name], Number(input.max));
    set(input, { value: settings[name] });
    set(input.nextElementSibling, { text: settings[name] });
  }
  if (!now) return void set(part(".told"), { text: "…" });
  const { shape: [height, width] } = now, { window: k, stride: s, channel } = settings;
  const label = given.layers.find(({ name }) => name === given.layer).label, [count] = given.shape;
  const few = given.sent < count ? ` (of ${count}, the first ${given.sent} were sent)` : "";
  const what = of === "input" ? "the picture, in numbers from 0 to 1" : `${label}, channel ${channel}${few}`;
  const times = k === 2 ? "twice" : `${k} times`;
  const norm = k === 1 ? "" : ` The colours of the 2-norm stand for ${times} as much: of ${k} × ${k} equal values ` +
    `it is ${times} their mean.`;
  set(part(".told"), { text: `Pooled: ${what}.${norm}` });
  const others = now.planes.map((plane) => move(plane, width)), changes = [];
  const [here, there] = [now.planes, others].map((all) => all.map((plane) => pool(plane, height, width, k, s)));
  for (const figure of figures) {
    const { kind } = figure, look = kind === "norm" ? { ...now, scale: now.scale * k } : now;
    const [plain, moved] = kind === "source" ? [now.planes, others]
      : [here, there].map((all) => all.map(({ found }) => found[kind]));
    const moves = change(plain, moved);
    show(figure, shifted ? moved : plain, kind === "source" ? now.shape : here[0].shape, look, moves);
    if (kind !== "source" && moves !== null) changes.push([moves, figure.title]);
  }
  const [least, most] = [-1, 1].map((way) => changes.sort((one, other) => way * (other[0] - one[0]))[0]);
  const say = ([moves, title]) => `${title}, ${(100 * moves).toFixed(1)} %`;
  set(part(".most"), { text: !now.isExact ? "…" : !changes.length ? "There is nothing but zeros."
    : `One pixel of shift changes most: ${say(most)}; least: ${say(least)}.` });
});

// ------------------------------------------------------------------------------------------------ choosing
const want = kit.asking(root, () => given?.layer === wanted && given.asked === asked, () => {
  const { network, picture } = given;
  trigger("select", { network, picture, layer: wanted, channel: asked });
});
for (const input of parts("input"))
  input.addEventListener("input", () => {
    const value = Number(input.value);
    // As long as the stride is the window, as in most networks, it stays so.
    if (input.name === "window" && settings.stride === settings.window) settings.stride = value;
    settings[input.name] = value;
    if (input.name === "channel") asked = value;
    draw();
    want();
  });
menu.addEventListener("change", () => {
  wanted = menu.value;
  draw();
  want(0);
});
const markSource = kit.choice(root, "of", (way) => {
  of = way;
  markSource(of);
  draw();
});
markSource(of);
part(".shift").addEventListener("click", () => {
  shifted = !shifted;
  set(part(".shift"), { aria: { pressed: shifted } });
  draw();
});
// The picture's colours as planes of numbers from 0 to 1; one plane where it has none.
function readPicture(image) {
  const { naturalHeight: height, naturalWidth: width } = image, canvas = make("canvas", { height, width });
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, width, height), count = height * width;
  const isGrey = data.every((value, i) => i % 4 === 3 || value === data[i - (i % 4)]);
  const colour = (c) => Float32Array.from({ length: count }, (_, i) => data[4 * i + c] / 255);
  const shown = (isGrey ? [0] : [0, 1, 2]).map(colour);
  pictured = { planes: shown, shape: [height, width], signed: false, scale: 1, isExact: true };
  draw();
}
function receive() {
  const next = props.value, before = given;
  if (!next?.layers) return;
  given = next;
  if (next.network !== before?.network) {
    menu.replaceChildren(...next.layers.map(({ name, label }) => make("option", { value: name }, label)));
    [wanted, asked] = [next.layer, null];
  }
  if (next.key !== before?.key) {
    pictured = null;
    kit.loadImage(next.input, (image) => given.key === next.key && readPicture(image));
  }
  menu.value = wanted;
  [codes, exact] = [kit.readCodes(next), kit.decode(next.values, Float32Array)];
  // While a slider moves on, an answer is about where it was.
  if (next.asked === asked || next.layer !== before?.layer) settings.channel = next.channel;
  draw();
  want(0); // another picture comes with the first layer's maps
}
watch("value", receive);
receive();
