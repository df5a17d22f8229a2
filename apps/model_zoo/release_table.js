const root = element.querySelector("div");
root.className = "release-table";

// [key, heading, what to sort by, first direction]
const columns = [
  ["release", "Release", (row) => row.name, 1],
  ["metric", "Metric", (row) => row.metric.value, -1],
  ["test", "Measured on", (row) => `${row.metric.dataset} ${row.metric.split}`, 1],
  ["parameters", "Parameters", (row) => row.parameters, 1],
  ["macs", "MACs", (row) => row.macs, 1],
  ["bytes", "Size", (row) => row.bytes, 1],
  ["created", "Made", (row) => row.created, -1],
];
const numeric = new Set(["metric", "parameters", "macs", "bytes"]);
let sorted = "release";
let direction = 1;

const make = (tag, className, text = "") => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.textContent = text;
  return node;
};

const bar = make("div", "bar");
const search = make("input", "search");
search.type = "search";
search.placeholder = "Search name, task, data set";
search.setAttribute("aria-label", "Search releases");
const order = make("select", "order");
order.setAttribute("aria-label", "Sort by");
for (const [key, heading] of columns) {
  const option = make("option", "", `by ${heading.toLowerCase()}`);
  option.value = key;
  order.append(option);
}
const count = make("span", "count");
count.setAttribute("role", "status");
bar.append(search, order, count);
const table = make("table");
table.setAttribute("role", "grid");
table.setAttribute("aria-label", "Releases; arrow keys move, Enter shows a release");
const none = make("p", "none");
root.append(bar, table, none);

const head = table.createTHead().insertRow();
for (const [key, heading] of columns) {
  const cell = make("th", numeric.has(key) ? "number" : "");
  cell.scope = "col";
  cell.dataset.key = key;
  const button = make("button", "", heading);
  button.type = "button";
  button.append(make("span", "arrow"));
  button.addEventListener("click", () => sort(key, key === sorted ? -direction : undefined));
  cell.append(button);
  head.append(cell);
}
const body = table.createTBody();

order.addEventListener("change", () => sort(order.value));
search.addEventListener("input", draw);

function sort(key, way) {
  sorted = key;
  direction = way ?? columns.find((column) => column[0] === key)[3];
  draw();
}

function cells(row) {
  const name = make("td", "release");
  name.append(make("b", "", row.name), make("span", "version", `@${row.version}`));
  const older = row.versions.length - 1;
  if (older) name.append(make("span", "older", older === 1 ? "1 older version" : `${older} older versions`));
  const metric = make("td", "metric number", row.text.metric);
  metric.append(make("span", "unit", row.metric.name));
  const test = make("td", "test", `${row.metric.dataset} ${row.metric.split}, n = ${row.metric.samples.toLocaleString("en")}`);
  const number = (key, unit) => {
    const cell = make("td", `${key} number`, row.text[key]);
    cell.append(make("span", "unit", unit));
    if (key !== "bytes") cell.title = row[key].toLocaleString("en");
    return cell;
  };
  return [name, metric, test, number("parameters", "parameters"), number("macs", "MACs"), number("bytes", ""), make("td", "created", row.created)];
}

function draw() {
  const value = props.value;
  root.hidden = !value?.releases;
  if (root.hidden) return;
  const focused = document.activeElement?.closest?.("tr")?.dataset.release;
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const text = (row) =>
    [row.release, row.task, row.architecture, row.metric.name, row.metric.dataset, row.created].join(" ").toLowerCase();
  const by = columns.find((column) => column[0] === sorted)[2];
  const compare = (a, b) => (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0);
  const rows = value.releases
    .filter((row) => words.every((word) => text(row).includes(word)))
    .sort((a, b) => direction * compare(a, b) || a.name.localeCompare(b.name));
  body.replaceChildren(
    ...rows.map((row) => {
      const line = make("tr");
      line.dataset.release = row.release;
      line.tabIndex = -1;
      line.setAttribute("aria-selected", String(row.name === value.open?.split("@")[0]));
      line.append(...cells(row));
      return line;
    }),
  );
  const reachable = body.querySelector("[aria-selected=true]") ?? body.rows[0];
  if (reachable) reachable.tabIndex = 0;
  for (const cell of head.cells) {
    const here = cell.dataset.key === sorted;
    cell.setAttribute("aria-sort", here ? (direction > 0 ? "ascending" : "descending") : "none");
    cell.querySelector(".arrow").textContent = here ? (direction > 0 ? "↑" : "↓") : "";
  }
  order.value = sorted;
  const all = value.releases.length;
  const noun = all === 1 ? "release" : "releases";
  count.textContent = words.length ? `${rows.length} of ${all} ${noun}` : `${all} ${noun}`;
  bar.hidden = table.hidden = !all;
  none.hidden = rows.length > 0;
  none.textContent = all
    ? "No release matches. Try a shorter word."
    : "The zoo holds no release yet. Run “python -m training.lenet” at the top of the repository: it trains a network and publishes it here.";
  if (focused) [...body.rows].find((line) => line.dataset.release === focused)?.focus({ preventScroll: true });
}

const choose = (line) => trigger("select", { release: line.dataset.release });

body.addEventListener("click", (event) => {
  const line = event.target.closest("tr");
  if (line) choose(line);
});

body.addEventListener("keydown", (event) => {
  const line = event.target.closest("tr");
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    return choose(line);
  }
  const next = {
    ArrowDown: line.nextElementSibling,
    ArrowUp: line.previousElementSibling,
    Home: body.firstElementChild,
    End: body.lastElementChild,
  }[event.key];
  if (!next) return;
  event.preventDefault();
  for (const other of body.rows) other.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});

watch("value", draw);
draw();
