// @ts-check
// Accuracy by the number of pictures, for three ways to train; a table reads out one number of pictures.
const { make, fixed, signed } = kit;
const { root, part } = kit.widget(element, "curves", `
<h3>Does it pay to train all of it? What 120 trainings measured</h3>
<p class="missing" hidden></p>
<div class="all">
  <div class="bar" role="group" aria-label="Augmentation">
    <span class="title">Augmentation</span>
    <span class="switch">
      <button type="button" data-kind="no">without</button><button type="button" data-kind="yes">with</button>
      <button type="button" data-kind="both">both</button>
    </span>
    <button type="button" class="csv" title="every training of the study, a row each">CSV</button>
  </div>
  <div class="figure">
    <div class="chart"></div>
    <div class="side"><p class="size"></p><table><thead></thead><tbody></tbody></table><div class="gains"></div></div>
  </div>
  <p class="legend"></p>
</div>`);
const WAYS = {
  scratch: { name: "from scratch", mark: "triangle", shift: -5, colour: "var(--scratch)" },
  frozen: { name: "frozen", mark: "square", shift: 0, colour: "var(--frozen)" },
  "fine-tuned": { name: "fine-tuned", mark: "circle", shift: 5, colour: "var(--fine)" },
};
const ABOUT = "Cat or dog, to a network that has seen neither; all three ways take equally many steps.";
const EACH = "Small dots: a training for each draw of pictures, which all three share. Large marks: their mean; " +
  "bars: ± one standard deviation.";
const BOTH = "Solid: with augmentation, dashed: without; each the mean of the seeds.";

let settings = [];
let sizes = [];
let csv = "";
let kind = "no";

const both = () => kind === "both";
const kinds = () => (both() ? [false, true] : [kind === "yes"]);
const settingOf = (size, augmented) =>
  settings.find((each) => each.pictures === size && each.augmented === augmented);
const resultOf = (size, augmented, way) => settingOf(size, augmented)?.methods.find((each) => each.method === way);

// Of a way, in per cent: its means; alone also every training and the deviation.
function seriesOf(way, augmented) {
  const found = sizes.map((size) => resultOf(size, augmented, way)), { name, ...looks } = WAYS[way];
  const known = sizes.map((size, i) => [size, found[i]]).filter(([, result]) => result);
  return {
    ...looks,
    class: `${way} ${both() && !augmented ? "plain" : ""}`,
    end: both() && !augmented ? "" : name,
    points: known.map(([size, { mean }]) => [size, 100 * mean]),
    loose: both() ? [] : known.flatMap(([size, { accuracies }]) => accuracies.map((value) => [size, 100 * value])),
    spreads: both() ? [] : known.filter(([, { deviation }]) => deviation != null)
      .map(([size, { mean, deviation }]) => [size, 100 * (mean - deviation), 100 * (mean + deviation)]),
  };
}
const chart = kit.plot(part(".chart"), { height: 360, least: 280, inner: 22, ends: 98, band: 44, read });
const mark = kit.choice(root, "kind", (chosen) => {
  kind = chosen;
  draw();
});
function draw(index) {
  mark(kind);
  // The same scale whatever is switched on, so that switching compares.
  const every = settings.flatMap(({ methods }) => methods.flatMap(({ accuracies }) => accuracies)).map((v) => 100 * v);
  const low = Math.floor(Math.min(50, ...every) / 5) * 5;
  const high = Math.min(100, Math.ceil((Math.max(...every) + 1) / 5) * 5);
  chart.show({
    label: "Test accuracy by pictures of each class; arrow keys choose the number",
    x: { label: "pictures of each class", log: true, ticks: sizes },
    y: { label: "test accuracy, %", low, high },
    rules: [{ y: 50, text: "guessing" }],
    series: kinds().flatMap((augmented) => Object.keys(WAYS).map((way) => seriesOf(way, augmented))),
    steps: sizes,
  }, index);
  part(".legend").textContent = `${ABOUT} ${both() ? BOTH : EACH}`;
}

// What the table says of one number of pictures.
function read(_, size) {
  const shown = kinds(), told = [];
  const column = (augmented) => (shown.length === 1 ? "accuracy, %" : augmented ? "with" : "without");
  const percent = (value) => fixed(100 * value, 1), points = (value) => signed(100 * value, 1);
  part(".size").replaceChildren(make("b", size), " pictures of each class");
  const heads = shown.map((augmented) => make("th", { scope: "col" }, column(augmented)));
  part("thead").replaceChildren(make("tr", make("th"), heads));
  part("tbody").replaceChildren(...Object.keys(WAYS).reverse().map((way) => {
    const { name } = WAYS[way], title = make("th", { scope: "row" }, kit.plotKey(WAYS[way]), make("span", name));
    return make(`tr.${way}`, title, shown.map((augmented) => {
      const found = resultOf(size, augmented, way);
      if (!found) return make("td", "–");
      told.push(`${name} ${percent(found.mean)} per cent`);
      const spread = found.deviation == null ? "" : ` ± ${percent(found.deviation)}`;
      return make("td", make("b", percent(found.mean)), make("span", spread));
    }));
  }));
  part(".gains").replaceChildren(...shown.map((augmented) => {
    const gain = settingOf(size, augmented)?.gain;
    if (!gain) return make("p.gain");
    told.push(`fine-tuned minus from scratch ${points(gain.mean)} points`);
    const which = shown.length === 1 ? "" : augmented ? ", with augmentation" : ", without";
    const sure = gain.low > 0 || gain.high < 0 ? "" : ": it may be nothing";
    return make("p.gain", make("b", points(gain.mean)),
      make("span", ` points: fine-tuned − from scratch${which}`),
      make("small", `95 % interval ${points(gain.low)} to ${points(gain.high)}, ${gain.pairs} pairs of seeds${sure}`));
  }));
  return `${size} pictures: ${told.join(", ")}`;
}
function open() {
  const { missing = "", settings: sent = [], csv: text = "" } = props.value ?? {};
  [settings, csv] = [sent, text];
  kit.set(part(".missing"), { hidden: !missing, text: missing.replaceAll("`", "") });
  part(".all").hidden = !settings.length;
  root.classList.toggle("ready", settings.length > 0 || Boolean(missing));
  if (!settings.length) return;
  sizes = [...new Set(settings.map((each) => each.pictures))].sort((a, b) => a - b);
  draw(Math.max(0, sizes.indexOf(50)));
}
part(".csv").addEventListener("click", () => kit.save("transfer-results.csv", csv, "text/csv"));
watch("value", open);
open();
