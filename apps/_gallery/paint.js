// Colours, numbers and pictures of values: what feature_maps.js draws with. It stands in front of that script.
const BLUE = [33, 102, 172], PAPER = [245, 243, 240], RED = [178, 60, 36];
const VIRIDIS = ["440154", "472d7b", "3b528b", "2c728e", "21918c", "28ae80", "5ec962", "addc30", "fde725"]
  .map((hex) => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)));
const mix = (from, to, t) => from.map((value, i) => value + (to[i] - value) * t);
const signedColour = (v) => mix(PAPER, v < 0 ? BLUE : RED, Math.min(1, Math.abs(v)) ** 0.8);
function viridis(v) {
  const place = Math.min(1, Math.max(0, v)) * (VIRIDIS.length - 1), index = Math.min(VIRIDIS.length - 2, Math.floor(place));
  return mix(VIRIDIS[index], VIRIDIS[index + 1], place - index);
}
const pack = ([r, g, b]) => (255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r);
const SIGNED = Uint32Array.from({ length: 256 }, (_, i) => pack(signedColour(((i << 24) >> 24) / 127)));
const POSITIVE = Uint32Array.from({ length: 256 }, (_, i) => pack(viridis(i / 255)));
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const number = (v, digits = 3) => {
  if (v === 0) return "0";
  const text = Math.abs(v).toPrecision(digits);
  return (v < 0 ? "−" : "") + (text.includes("e") ? Number(text).toString() : text);
};
const side = ([height, width]) => (height === width ? `${height} × ${height}` : `${height} × ${width}`);
const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

// ------------------------------------------------------------------------------------------------ pictures of values
function sheet(width, height, count, colour) {
  const across = Math.max(1, Math.ceil(Math.sqrt(count))), down = Math.max(1, Math.ceil(count / across));
  const canvas = document.createElement("canvas");
  canvas.width = across * width;
  canvas.height = down * height;
  const image = new ImageData(canvas.width, canvas.height), pixels = new Uint32Array(image.data.buffer);
  for (let k = 0; k < count; k++) {
    const corner = Math.floor(k / across) * height * canvas.width + (k % across) * width;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) pixels[corner + y * canvas.width + x] = colour(k, y, x);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return { canvas, width, height, count, across, down };
}
function sheetOf(l) {
  if (!l.sheet) {
    const [, height, width] = l.shape, table = l.signed ? SIGNED : POSITIVE;
    l.codes = bytes(l.maps);
    l.sheet = sheet(width, height, l.sent, (k, y, x) => table[l.codes[(k * height + y) * width + x]]);
  }
  return l.sheet;
}
function codeAt(l, k, y, x) {
  sheetOf(l);
  const code = l.codes[(k * l.shape[1] + y) * l.shape[2] + x];
  return l.signed ? (code << 24) >> 24 : code;
}
// All values of a layer that were sent. A code at either end stands for that or more, and a further byte says how much.
function valuesOf(l) {
  if (l.values) return l.values;
  sheetOf(l);
  const steps = l.signed ? 127 : 255, beyond = bytes(l.beyond);
  let next = 0;
  return (l.values = Float32Array.from(l.codes, (raw) => {
    const code = l.signed ? (raw << 24) >> 24 : raw, value = (code / steps) * l.scale;
    return Math.abs(code) === steps ? Math.sign(code) * l.scale * 2 ** (beyond[next++] / 40) : value;
  }));
}
function about(l, k, y, x) {
  return k < l.sent ? `about ${number(valuesOf(l)[(k * l.shape[1] + y) * l.shape[2] + x])}` : "";
}
// One channel's kernels side by side, or all filters of a first layer in the colours that they look for.
function kernelSheet(k, [height, width], depth, channel, inColour) {
  if (inColour) {
    k.sheet ??= sheet(width, height, k.count, (o, y, x) =>
      pack([0, 1, 2].map((c) => 127.5 + ((k.codes[((o * 3 + c) * height + y) * width + x] << 24) >> 24))));
    return k.sheet;
  }
  if (channel < k.first || channel >= k.first + k.count) return null;
  if (k.of !== channel) {
    const start = (channel - k.first) * depth * height * width;
    k.sheet = sheet(width, height, depth, (i, y, x) => SIGNED[k.codes[start + (i * height + y) * width + x]]);
    k.of = channel;
  }
  return k.sheet;
}
function heatSheet(effective) {
  const [height, width] = effective.shape, codes = bytes(effective.values), canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  codes.forEach((code, i) => {
    const strength = (code / 255) ** 0.6, colour = viridis(0.15 + 0.85 * strength);
    image.data.set([...colour.map(Math.round), Math.round(255 * Math.min(1, strength * 1.4))], i * 4);
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// The small pictures stand in a square; `grid` says where, for drawing and for the pointer alike.
function grid(count, canvas, dense) {
  const across = Math.ceil(Math.sqrt(count)), cell = canvas.width / across;
  const gap = Math.round((cell > 60 * dense ? 6 : cell > 22 * dense ? 4 : 2) * dense);
  const one = Math.floor((canvas.width - gap * (across - 1)) / across), left = Math.floor((canvas.width - across * (one + gap) + gap) / 2);
  return { count, across, one, gap, corner: (i) => [left + (i % across) * (one + gap), Math.floor(i / across) * (one + gap)] };
}

// A panel is a canvas with its pen; `size` fits it to the page and says whether it can be seen.
function size(panel, ratio = 1) {
  const { canvas } = panel, width = canvas.clientWidth, dense = window.devicePixelRatio || 1;
  if (!width) return false;
  const [w, h] = [Math.round(width * dense), Math.round(width * ratio * dense)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  panel.dense = dense;
  panel.pen.clearRect(0, 0, w, h);
  return true;
}
function outline(panel, x, y, w, h, strong) {
  const { pen, canvas, dense } = panel, line = (strong ? 2 : 1.5) * dense;
  const left = clamp(x, line, canvas.width - line), top = clamp(y, line, canvas.height - line);
  const right = clamp(x + w, line, canvas.width - line), bottom = clamp(y + h, line, canvas.height - line);
  pen.lineWidth = line + 2 * dense;
  pen.strokeStyle = "#fff";
  pen.strokeRect(left, top, right - left, bottom - top);
  pen.lineWidth = line;
  pen.strokeStyle = style("--color-accent");
  pen.strokeRect(left, top, right - left, bottom - top);
}
function tile(panel, from, index, x, y, w, h) {
  panel.pen.imageSmoothingEnabled = w < from.width; // shrinking averages, enlarging keeps every pixel sharp
  panel.pen.drawImage(from.canvas, (index % from.across) * from.width, Math.floor(index / from.across) * from.height, from.width, from.height, x, y, w, h);
}

