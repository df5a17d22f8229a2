// @ts-check
// Quality against steps, or against time, as measured when the network was released.
const { make, set } = kit;
const { root, part } = kit.widget(element, "steps", `
<h3>What steps buy</h3>
<div class="axes" role="group" aria-label="What the plot is drawn over">
  <button type="button" data-over="steps">over steps</button>
  <button type="button" data-over="seconds">over time</button>
  <label class="which"><select aria-label="Network"></select></label></div>
<div class="curve"></div>
<p class="key"></p>
<p class="read" role="status"></p>
<p class="source"></p>`);
const MARKS = ["circle", "square", "triangle"];
/** @type {Record<string, any>} */
let tables = {};
let over = "steps", network = "";
const plot = kit.plot(part(".curve"), { height: 220, read: (_, x) => read(x) });
const tableOf = () => tables[network];
const samplers = () => [...new Set(tableOf().rows.map((/** @type {any} */ row) => row.sampler))];
const rowsOf = (/** @type {string} */ sampler) =>
  tableOf().rows.filter((/** @type {any} */ row) => row.sampler === sampler);
/** What stands at a place of the axis. @param {number} x */
function read(x) {
  const found = tableOf().rows.filter((/** @type {any} */ row) => row[over] === x);
  const words = found.map((/** @type {any} */ { sampler, steps, frechet, seconds }) =>
    `${sampler}, ${kit.plural(steps, "step")}: distance ${kit.number(frechet, 3)}, ${kit.number(seconds, 2)} s`)
    .join("; ");
  set(part(".read"), { text: words });
  return words;
}
function show() {
  const { rows, floor, samples, classifier, classifier_digest: digest } = tableOf();
  const steps = [...new Set(rows.map((/** @type {any} */ row) => row[over]))].sort((a, b) => a - b);
  const distances = rows.map((/** @type {any} */ row) => row.frechet);
  plot.show({
    label: `Fréchet distance, less is better, over ${over}, ${samplers().join(", ")}`,
    x: { label: over === "steps" ? "steps" : "processor seconds for 16 pictures", log: true },
    y: { label: "Fréchet distance", log: true, low: Math.min(floor, ...distances) * 0.8 },
    rules: [{ y: floor, text: `${kit.grouped(samples)} real pictures: ${kit.number(floor, 2)}` }],
    series: samplers().map((sampler, at) => ({
      points: rowsOf(sampler).map((/** @type {any} */ row) => [row[over], row.frechet]),
      mark: MARKS[at], colour: kit.CATEGORIES[at],
    })),
    steps,
  });
  part(".key").replaceChildren(...samplers().map((sampler, at) =>
    make("span", kit.plotKey({ points: [], mark: MARKS[at], colour: kit.CATEGORIES[at] }), sampler)));
  set(part(".source"), { text: `${kit.grouped(samples)} samples each, the same noise for all, guidance 1, against ` +
    `all test pictures, in the numbers before the last layer of ${classifier} (digest ${digest.slice(0, 12)}). ` +
    "Time by the processor's clock." });
  mark(over);
}
const mark = kit.choice(root, "over", (chosen) => {
  over = chosen;
  show();
});
part("select").addEventListener("change", () => {
  network = part("select").value;
  show();
});
function receive() {
  const found = props.value?.tables;
  root.hidden = !found;
  if (!found) return;
  tables = found;
  const names = Object.keys(tables);
  [network] = names;
  part("select").replaceChildren(...names.map((name) => make("option", name)));
  part(".which").hidden = names.length < 2;
  show();
  root.classList.add("ready");
}
watch("value", receive);
receive();
