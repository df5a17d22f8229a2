const root = element.querySelector("div");
root.className = "training-curve";
const HEIGHT = 340;
const EDGE = { left: 52, right: 14, top: 10, bottom: 40 };
const units = { accuracy: "%", loss: "nats" };
const titles = { lr: "learning rate" };

let history = [];
let quantity = "";
let log = false;
let at = 0; // the epoch that is read out, as a row of the history

const make = (tag, className, text = "") => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.textContent = text;
  return node;
};
const draw = (tag, attributes, text) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
};

const bar = make("div", "bar");
bar.setAttribute("role", "group");
bar.setAttribute("aria-label", "What to plot");
const readout = make("div", "readout");
const plot = draw("svg", { class: "plot", height: HEIGHT, role: "slider", tabindex: 0 });
const fold = make("details");
fold.append(make("summary", "", "The same numbers as a table"));
const numbers = make("div", "numbers");
fold.append(numbers);
root.append(bar, readout, plot, fold);

const seriesOf = (name) => {
  const found = ["train", "test"].filter((set) => history.some((row) => row[`${set}_${name}`] != null));
  return found.length ? found.map((set) => [set, `${set}_${name}`]) : [["value", name]];
};
const quantities = () => {
  const columns = Object.keys(history[0] ?? {}).filter((column) => !["epoch", "seconds"].includes(column));
  return [...new Set(columns.map((column) => column.replace(/^(train|test)_/, "")))];
};
const number = (row, column) => {
  const value = row[column];
  if (!Number.isFinite(value)) return null;
  return quantity === "accuracy" ? value * 100 : value;
};
const write = (value) => {
  if (value == null) return "–";
  if (quantity === "accuracy") return `${value.toFixed(2)} %`;
  const size = Math.abs(value);
  const text = size >= 100 ? value.toFixed(0) : size >= 1e-4 || !size ? value.toPrecision(3) : value.toExponential(2);
  return text.replaceAll("-", "−");
};

function ticks(low, high, wanted) {
  const step = 10 ** Math.floor(Math.log10((high - low) / wanted));
  const size = [1, 2, 5, 10].map((factor) => factor * step).find((each) => (high - low) / each <= wanted);
  const found = [];
  for (let tick = Math.ceil(low / size - 1e-9) * size; tick <= high + size * 1e-9; tick += size) found.push(Number(tick.toPrecision(12)));
  return found;
}

function decades(low, high) {
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    for (const factor of high / low > 1000 ? [1] : [1, 2, 5]) found.push(Number((factor * 10 ** power).toPrecision(6)));
  return found.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
}

let place = () => [0, 0];

function refresh() {
  if (root.hidden) return;
  const series = seriesOf(quantity);
  const values = series.flatMap(([, column]) => history.map((row) => number(row, column))).filter((value) => value != null);
  const positive = values.every((value) => value > 0);
  const logarithmic = log && positive && quantity !== "accuracy";
  for (const button of bar.querySelectorAll("[data-quantity]")) button.setAttribute("aria-pressed", String(button.dataset.quantity === quantity));
  const toggle = bar.querySelector(".log");
  toggle.setAttribute("aria-pressed", String(logarithmic));
  toggle.style.visibility = positive && quantity !== "accuracy" ? "visible" : "hidden";

  const width = Math.max(260, root.clientWidth);
  plot.setAttribute("width", width);
  plot.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  let low = Math.min(...values);
  let high = Math.max(...values);
  if (!logarithmic) {
    if (quantity === "accuracy") high = Math.min(100, high + (high - low) * 0.04);
    else low = positive && low < high * 0.3 ? 0 : low;
  }
  if (low === high) [low, high] = logarithmic ? [low / 2, high * 2] : [low - Math.abs(low || 1) * 0.1, high + Math.abs(high || 1) * 0.1];
  const scale = logarithmic ? Math.log : (value) => value;
  const first = history[0].epoch;
  const last = history.at(-1).epoch;
  const x = (epoch) => EDGE.left + ((width - EDGE.left - EDGE.right) * (last === first ? 0.5 : (epoch - first) / (last - first)));
  const y = (value) => HEIGHT - EDGE.bottom - ((HEIGHT - EDGE.top - EDGE.bottom) * (scale(value) - scale(low))) / (scale(high) - scale(low));
  place = (value, epoch) => [x(epoch), y(value)];

  const parts = [];
  for (const tick of logarithmic ? decades(low, high) : ticks(low, high, 5)) {
    parts.push(draw("line", { class: "rule", x1: EDGE.left, x2: width - EDGE.right, y1: y(tick), y2: y(tick) }));
    parts.push(draw("text", { class: "tick", x: EDGE.left - 8, y: y(tick) + 4, "text-anchor": "end" }, String(tick).replace("-", "−")));
  }
  const epochs = last === first ? [first] : ticks(first, last, Math.min(8, width / 70)).filter(Number.isInteger);
  if (!epochs.includes(first) && epochs[0] - first > (last - first) / 12) epochs.unshift(first);
  for (const tick of epochs) parts.push(draw("text", { class: "tick", x: x(tick), y: HEIGHT - EDGE.bottom + 18, "text-anchor": "middle" }, tick));
  parts.push(draw("text", { class: "tick", x: width - EDGE.right, y: HEIGHT - 4, "text-anchor": "end" }, "epoch"));
  const unit = units[quantity] ? `, ${units[quantity]}` : "";
  const axis = draw("text", { class: "tick", transform: `translate(12 ${EDGE.top}) rotate(-90)`, "text-anchor": "end" });
  axis.textContent = `${titles[quantity] ?? quantity}${unit}${logarithmic ? ", log scale" : ""}`;
  parts.push(axis);
  for (const [set, column] of series) {
    let path = "";
    let drawing = false;
    for (const row of history) {
      const value = number(row, column);
      if (value != null) path += `${drawing ? "L" : "M"}${x(row.epoch).toFixed(1)} ${y(value).toFixed(1)}`;
      drawing = value != null;
    }
    parts.push(draw("path", { class: `line ${set}`, d: path }));
  }
  parts.push(draw("g", { class: "cursor" }));
  plot.replaceChildren(...parts);
  read();
}

// What the curve says at one epoch: above the plot, on the plot, and to a screen reader.
function read() {
  const row = history[at];
  const series = seriesOf(quantity);
  const [column] = place(1, row.epoch);
  const cursor = plot.querySelector(".cursor");
  cursor.replaceChildren(draw("line", { class: "here", x1: column, x2: column, y1: EDGE.top, y2: HEIGHT - EDGE.bottom }));
  const parts = [make("span", "epoch", `epoch ${row.epoch}`)];
  for (const [set, name] of series) {
    const value = number(row, name);
    if (value != null) {
      const [cx, cy] = place(value, row.epoch);
      cursor.append(draw("circle", { class: `dot ${set}`, cx, cy, r: 4 }));
    }
    const part = make("span", `key ${set}`);
    part.append(make("i"), make("span", "", set === "value" ? "" : set), make("b", "", write(value)));
    parts.push(part);
  }
  if (row.seconds != null) parts.push(make("span", "after", row.seconds < 120 ? `after ${row.seconds.toFixed(0)} s` : `after ${(row.seconds / 60).toFixed(0)} min`));
  readout.replaceChildren(...parts);
  plot.setAttribute("aria-label", `${titles[quantity] ?? quantity} by epoch; arrow keys read it out`);
  plot.setAttribute("aria-valuemin", history[0].epoch);
  plot.setAttribute("aria-valuemax", history.at(-1).epoch);
  plot.setAttribute("aria-valuenow", row.epoch);
  plot.setAttribute("aria-valuetext", parts.map((part) => [...part.childNodes].map((node) => node.textContent).join(" ").trim()).join(", "));
}

function tabulate() {
  const columns = Object.keys(history[0]);
  const table = make("table");
  const head = table.createTHead().insertRow();
  for (const column of columns) {
    const cell = make("th", "", column.replaceAll("_", " "));
    cell.scope = "col";
    head.append(cell);
  }
  const body = table.createTBody();
  for (const row of history) {
    const line = body.insertRow();
    for (const column of columns) line.append(make("td", "", row[column] == null ? "–" : String(Number(row[column].toPrecision(5)))));
  }
  numbers.replaceChildren(table);
}

function open() {
  history = (props.value?.history ?? []).filter((row) => Number.isFinite(row.epoch));
  root.hidden = !history.length;
  if (root.hidden) return;
  const choice = quantities();
  if (!choice.includes(quantity)) quantity = choice.includes("accuracy") ? "accuracy" : choice[0];
  bar.replaceChildren(
    ...choice.map((name) => {
      const button = make("button", "", titles[name] ?? name);
      button.type = "button";
      button.dataset.quantity = name;
      return button;
    }),
  );
  const toggle = make("button", "log", "log scale");
  toggle.type = "button";
  bar.append(toggle);
  at = history.length - 1;
  tabulate();
  refresh();
}

bar.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.quantity) quantity = button.dataset.quantity;
  else log = !log;
  refresh();
});

const nearest = (event) => {
  const pointer = event.clientX - plot.getBoundingClientRect().left;
  const distance = (row) => Math.abs(place(1, row.epoch)[0] - pointer);
  at = history.reduce((best, row, index) => (distance(row) < distance(history[best]) ? index : best), 0);
  read();
};
plot.addEventListener("pointermove", nearest);
plot.addEventListener("pointerdown", nearest);
plot.addEventListener("pointerleave", () => {
  if (document.activeElement === plot) return;
  at = history.length - 1;
  read();
});
plot.addEventListener("keydown", (event) => {
  const page = Math.max(1, Math.round(history.length / 10));
  const next = {
    ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1,
    PageDown: at - page, PageUp: at + page, Home: 0, End: history.length - 1,
  }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  at = Math.min(history.length - 1, Math.max(0, next));
  read();
});

new ResizeObserver(() => refresh()).observe(root);
watch("value", open);
open();
