// @ts-check
// A price slides over the eigenvalues of a photograph's patches: the dimensions of a linear VAE below it are dead.
const { make, set } = kit;
const { root, part } = kit.widget(element, "prices", `
  <div class="linear">
    <h3>A linear VAE: a dimension dies exactly at eigenvalue βσ²</h3>
    <label class="price"><span>βσ²</span><input type="range" step="0.05"><b></b></label>
    <div class="seen"><div class="spectrum"></div><canvas role="img"></canvas></div>
    <p class="says" role="status"></p>
  </div>
  <div class="measured">
    <h3>The same in a deep one, measured</h3>
    <div class="bars" role="img"></div>
    <p class="told"></p>
  </div>`);
kit.keepOpaque(element);
const field = part(".price input"), face = part("canvas");
const plot = kit.plot(part(".spectrum"), { height: 180 });
/** @type {any} */
let sent = null;
/** @type {Float32Array[]} Of each patch its components, as large as they are in the photograph. */
let components = [];
let mean = new Float32Array(), vectors = new Float32Array();

const price = () => 10 ** Number(field.value);
function open(/** @type {any} */ linear) {
  sent = linear;
  const { side, eigenvalues, picture: { width, height, pixels } } = linear, count = side * side;
  mean = kit.decode(linear.mean, Float32Array);
  vectors = kit.decode(linear.vectors, Float32Array);
  const codes = kit.decode(pixels), across = width / side;
  components = Array.from({ length: across * height / side }, (_, patch) => {
    const x = Float32Array.from(mean, (value, i) => {
      const row = Math.floor(patch / across) * side + Math.floor(i / side), column = patch % across * side + i % side;
      return codes[row * width + column] / 255 - value;
    });
    return Float32Array.from(mean, (_, k) => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += vectors[k * count + i] * x[i];
      return sum;
    });
  });
  const [low, high] = [eigenvalues.at(-1) / 2, eigenvalues[0] * 2].map((each) => Math.log10(each));
  set(field, { min: Math.floor(20 * low) / 20, max: Math.ceil(20 * high) / 20, value: Math.log10(linear.price) });
  show();
}
const draw = kit.redraw(root, () => sent && show());
function show() {
  const { side, eigenvalues, picture: { width, height } } = sent, s = price(), count = side * side;
  const living = eigenvalues.filter((/** @type {number} */ each) => each > s);
  const points = eigenvalues.map((/** @type {number} */ value, /** @type {number} */ k) => [k + 1, value]);
  plot.show({
    label: `Eigenvalues of 64 components; ${living.length} lie above the price`,
    x: { label: "principal component", low: 1, high: count },
    y: { label: "eigenvalue", log: true, write: (tick) => `10⁻${"⁰¹²³⁴⁵⁶⁷⁸⁹"[Math.round(-Math.log10(tick))]}` },
    series: [
      { points: [[1, s], [count, s]], dash: "5 4", colour: "var(--body-text-color)" },
      { points: points.slice(0, living.length), mark: "circle", r: 3 },
      { points: points.slice(living.length), mark: "circle", r: 3, colour: "var(--body-text-color-subdued)" },
    ].filter(({ points }) => points.length),
  });
  const across = width / side, values = new Float32Array(width * height), patch = new Float32Array(count);
  components.forEach((found, at) => {
    patch.set(mean);
    for (let k = 0; k < living.length; k++) {
      const drawn = found[k] * (1 - s / eigenvalues[k]);
      for (let i = 0; i < count; i++) patch[i] += drawn * vectors[k * count + i];
    }
    for (let i = 0; i < count; i++) {
      const row = Math.floor(at / across) * side + Math.floor(i / side);
      values[row * width + at % across * side + i % side] = patch[i];
    }
  });
  const grey = (/** @type {number} */ i) => kit.clamp(255 * values[i], 0, 255);
  kit.paint(height, width, (i) => kit.pack([grey(i), grey(i), grey(i)]), face);
  const kl = living.reduce((/** @type {number} */ sum, /** @type {number} */ each) => sum + Math.log(each / s) / 2, 0);
  set(part(".price b"), { text: kit.number(s, 2) });
  set(field, { aria: { valuetext: `${kit.number(s, 2)}: ${living.length} of ${count} dimensions live` } });
  set(face, { aria: { label: `A cat's face, drawn again with ${living.length} of ${count} numbers for each patch` } });
  part(".says").replaceChildren(make("b", `${living.length} of ${count} dimensions live`),
    ` and say ${kit.fixed(kl, 1)} nats of each 8 × 8 patch of the cat. A living one costs ½ ln(eigenvalue ÷ βσ²) ` +
    "nats, and loses the share βσ² ÷ eigenvalue of its contrast; a dead one costs nothing and is lost.");
}
field.addEventListener("input", draw);

/** @param {{ network: string, kl: number[], threshold: number, used: number } | null} measured */
function showMeasured(measured) {
  part(".measured").hidden = !measured;
  if (!measured) return;
  const { network, kl, threshold, used } = measured, most = Math.max(...kl);
  part(".bars").replaceChildren(...kl.map((each, at) => make("i", { title: `${kit.number(each, 2)} nats`,
    class: at < used ? "living" : "", style: { height: `${Math.max(1.5, 100 * each / most)}%` } })));
  set(part(".bars"), { aria: { label: `Mean KL of the ${kl.length} dimensions of ${network}, sorted` } });
  part(".told").replaceChildren(make("b", `${used} of ${kl.length} numbers are used`),
    ` by ${network}: at least ${threshold} nats each, mean over the test digits, up to ${kit.fixed(most, 2)}. Nobody ` +
    "told it how many it needs; what is not worth its price falls silent.");
}
function receive() {
  const { missing, linear, measured } = props.value || {};
  root.hidden = Boolean(missing);
  if (!linear) return;
  open(linear);
  showMeasured(measured);
}
watch("value", receive);
receive();
