// @ts-check
// Quality against steps, or against time, as measured when the network was released.
const { make, set } = kit;
const { root, part } = kit.widget(element, "steps", `
<div class="bought">
  <h3>What steps buy</h3>
  <p class="sum"></p>
  <div class="axes" role="group" aria-label="What the plot is drawn over">
    <button type="button" data-over="steps">over steps</button>
    <button type="button" data-over="seconds">over time</button>
    <label class="which"><select aria-label="Network"></select></label></div>
  <div class="curve"></div>
  <p class="key"></p>
  <p class="read" role="status"></p>
</div>
<div class="guided"><h3>What guidance buys</h3>
  <p class="sum">The asked digit more often, at the price of variety.</p>
  <table><thead><tr><th scope="col">guidance</th><th scope="col">Fréchet distance</th>
    <th scope="col">read as asked</th></tr></thead><tbody></tbody></table>
  <p class="source"></p></div>`);
const MARKS = ["circle", "square", "triangle"];
/** @type {Record<string, any>} */
let tables = {};
let over = "steps", network = "";
const plot = kit.plot(part(".curve"), { height: 220, read: (_, x) => read(x) });
const tableOf = () => tables[network];
const samplers = () => [...new Set(tableOf().rows.map((/** @type {any} */ row) => row.sampler))];
const rowsOf = (/** @type {string} */ sampler) =>
  tableOf().rows.filter((/** @type {any} */ row) => row.sampler === sampler);
const name = (/** @type {any} */ { sampler, steps }) => `${kit.plural(steps, "step")} of ${sampler}`;
/** What stands at a place of the axis. @param {number} x */
function read(x) {
  const found = tableOf().rows.filter((/** @type {any} */ row) => row[over] === x);
  const words = found.map((/** @type {any} */ row) =>
    `${name(row)}: distance ${kit.number(row.frechet, 3)}, ${kit.number(row.seconds, 2)} s`).join("; ");
  set(part(".read"), { text: words });
  return words;
}
function show() {
  const { rows, guidances, floor, samples, classifier, classifier_digest: digest } = tableOf();
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
  const [fast] = rows.filter((/** @type {any} */ row) => row.steps === 10)
    .sort((/** @type {any} */ one, /** @type {any} */ other) => one.frechet - other.frechet);
  const slow = rows.reduce((/** @type {any} */ most, /** @type {any} */ row) => (row.steps > most.steps ? row : most));
  set(part(".bought .sum"), { text: fast ? `${name(fast)}: distance ${kit.number(fast.frechet, 3)}. ${name(slow)}: ` +
    `${kit.number(slow.frechet, 3)}, in ${kit.number(slow.seconds / fast.seconds, 2)} times the time.` : "" });
  part("tbody").replaceChildren(...guidances.map((/** @type {any} */ { guidance, frechet, agreement }) =>
    make("tr", make("td", kit.number(guidance, 2)), make("td", kit.number(frechet, 3)),
      make("td", kit.percent(agreement)))));
  set(part(".source"), { text: `${kit.grouped(samples)} samples each, from the same noise, against all test ` +
    `pictures, in the numbers before the last layer of ${classifier} (digest ${digest.slice(0, 12)}): ` +
    "guidance 1 in the plot, 10 steps of DPM-Solver++ in the table. Time by the processor's clock." });
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
