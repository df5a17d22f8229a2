// @ts-check
// A release's training curve: one quantity at a time, read out by pointer and arrow keys, and as a table.
const { make } = kit;
const { root, part } = kit.widget(element, "training-curve", `
<div class="bar"><div class="quantities" role="group" aria-label="What to plot"></div>
  <button type="button" class="log">log scale</button></div>
<div class="readout"></div><div class="curve"></div><ul></ul>
<details><summary>The same numbers as a table</summary><div class="numbers"></div></details>`);
const UNITS = { accuracy: ", %", loss: ", nats" };
const titleOf = (name) => (name === "lr" ? "learning rate" : name);

let history = [], series = [];
let quantity = "";
let log = false;

// The columns of a quantity, each with the set that it was measured on.
function columnsOf(name) {
  const sets = ["train", "test"].filter((set) => history.some((row) => row[`${set}_${name}`] != null));
  return sets.length ? sets.map((set) => [set, `${set}_${name}`]) : [["value", name]];
}
function quantities() {
  const columns = Object.keys(history[0]).filter((column) => !["epoch", "seconds"].includes(column));
  return [...new Set(columns.map((column) => column.replace(/^(train|test)_/, "")))];
}
function valueOf(row, column) {
  if (!Number.isFinite(row[column])) return null;
  return quantity === "accuracy" ? 100 * row[column] : row[column];
}
const write = (value) => (value === null ? "–" : quantity === "accuracy" ? `${value.toFixed(2)} %` : kit.number(value));

const curve = kit.plot(part(".curve"), { height: 240, rests: true, read });
const mark = kit.choice(root, "quantity", (name) => {
  quantity = name;
  draw();
});
function draw(index) {
  series = columnsOf(quantity).map(([set, column]) => ({
    class: set, points: history.map((row) => [row.epoch, valueOf(row, column)]),
    ...(set === "train" ? { colour: "var(--body-text-color-subdued)", dash: "5 4" } : {}),
  }));
  const values = series.flatMap(({ points }) => points.map(([, value]) => value)).filter((value) => value !== null);
  const [low, high] = [Math.min(...values), Math.max(...values)], share = quantity === "accuracy";
  const ends = share && low < high && { low, high: Math.min(100, high + (high - low) / 25) };
  const scales = !share && low > 0;
  mark(quantity);
  kit.set(part(".log"), { aria: { pressed: log && scales }, style: { visibility: scales ? "visible" : "hidden" } });
  curve.show({
    label: `${titleOf(quantity)} by epoch; arrow keys read it out`,
    x: { label: "epoch", whole: true },
    y: { label: `${titleOf(quantity)}${UNITS[quantity] ?? ""}`, log: log && scales, ...ends },
    series,
    steps: history.map((row) => row.epoch),
    spans: props.value.spans,
  }, index);
}
// What the curve says at one epoch: above the plot, and in words.
function read(index) {
  const { epoch, seconds } = history[index];
  const values = series.map((each) => [each, each.class === "value" ? "" : each.class, write(each.points[index][1])]);
  const after = seconds == null ? [] : [`after ${kit.duration(seconds)}`];
  part(".readout").replaceChildren(make("span.epoch", `epoch ${epoch}`),
    ...values.map(([each, set, text]) => make("span.key", kit.plotKey(each), make("span", set), make("b", text))),
    ...after);
  return [`epoch ${epoch}`, ...values.map(([, set, text]) => `${set} ${text}`.trim()), ...after].join(", ");
}
function tabulate() {
  const columns = Object.keys(history[0]);
  const cell = (value) => make("td", value == null ? "–" : kit.minus(Number(value.toPrecision(5))));
  part(".numbers").replaceChildren(make("table",
    make("thead", make("tr", columns.map((name) => make("th", { scope: "col" }, name.replaceAll("_", " "))))),
    make("tbody", history.map((row) => make("tr", columns.map((name) => cell(row[name])))))));
}
function open() {
  history = (props.value?.history ?? []).filter((row) => Number.isFinite(row.epoch));
  root.hidden = !history.length;
  if (root.hidden) return;
  const names = quantities();
  if (!names.includes(quantity)) quantity = names.includes("accuracy") ? "accuracy" : names[0];
  const buttons = names.map((name) => make("button", { data: { quantity: name } }, titleOf(name)));
  part(".quantities").replaceChildren(...buttons);
  part("ul").replaceChildren(...props.value.notes.map((note) => make("li", note)));
  tabulate();
  draw(Infinity);
}
part(".log").addEventListener("click", () => {
  log = !log;
  draw();
});
watch("value", open);
open();
