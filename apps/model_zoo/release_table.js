// @ts-check
// The releases as a table: searched, sorted by any column, chosen by click or key.
const { make, set, grouped, plural } = kit;
const { root } = kit.widget(element, "release-table");

const scaled = (key, unit) => (row) => {
  const title = key === "bytes" ? null : grouped(row[key]);
  return make(`td.${key}.number`, { title }, row.text[key], make("span.unit", unit));
};
/**
 * @typedef {{ heading: string, by: (row: any) => any, first?: number, cell: (row: any) => any }} Column
 * @type {Record<string, Column>} `by` gives what it is sorted by; `first` is the direction, 1 for the least first
 */
const columns = {
  release: { heading: "Release", by: (row) => row.name, cell: ({ name, version, versions }) => make("td.release",
    make("b", name), make("span.version", `@${version}`),
    versions.length > 1 && make("span.older", plural(versions.length - 1, "older version"))) },
  metric: { heading: "Metric", by: (row) => row.metric.value, first: -1, cell: ({ metric, text }) =>
    make("td.metric.number", text.metric, make("span.unit", metric.name)) },
  test: { heading: "Measured on", by: ({ metric }) => `${metric.dataset} ${metric.split}`, cell: ({ metric }) =>
    make("td.test", `${metric.dataset} ${metric.split}, n = ${grouped(metric.samples)}`) },
  parameters: { heading: "Parameters", by: (row) => row.parameters, cell: scaled("parameters", "parameters") },
  macs: { heading: "MACs", by: (row) => row.macs, cell: scaled("macs", "MACs") },
  bytes: { heading: "Size", by: (row) => row.bytes, cell: scaled("bytes", "") },
  created: { heading: "Made", by: (row) => row.created, first: -1, cell: (row) => make("td.created", row.created) },
};
const EMPTY = "The zoo holds no release yet. Run “python -m training.lenet” at the top of the repository: "
  + "it trains a network and publishes it here.";
let sorted = "release", direction = 1;

const search = make("input.search", { type: "search", placeholder: "Search name, task, data set",
  aria: { label: "Search releases" }, oninput: draw });
const options = Object.entries(columns).map(([value, { heading }]) =>
  make("option", { value }, `by ${heading.toLowerCase()}`));
const order = make("select.order", { aria: { label: "Sort by" }, onchange: () => sort(order.value) }, options);
const count = make("span.count", { role: "status" }), bar = make("div.bar", search, order, count);
const heads = Object.entries(columns).map(([key, { heading }]) => {
  const onclick = () => sort(key, key === sorted ? -direction : undefined);
  const number = ["metric", "parameters", "macs", "bytes"].includes(key) ? ".number" : "";
  return make(`th${number}`, { scope: "col", data: { key } }, make("button", { onclick }, heading, make("span.arrow")));
});
const body = make("tbody"), none = make("p.none");
const table = make("table", { role: "grid", aria: { label: "Releases; arrow keys move, Enter shows a release" } },
  make("thead", make("tr", heads)), body);
root.append(bar, table, none);

function sort(key, way = columns[key].first ?? 1) {
  [sorted, direction] = [key, way];
  draw();
}

function findRows(releases) {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const text = ({ release, task, architecture, metric, created }) =>
    [release, task, architecture, metric.name, metric.dataset, created].join(" ").toLowerCase();
  const { by } = columns[sorted], compare = (a, b) => (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0);
  return releases
    .filter((row) => words.every((word) => text(row).includes(word)))
    .sort((a, b) => direction * compare(a, b) || a.name.localeCompare(b.name));
}

function draw() {
  const value = props.value;
  set(root, { hidden: !value?.releases });
  if (root.hidden) return;
  const focused = document.activeElement?.closest?.("tr")?.dataset.release;
  const rows = findRows(value.releases), all = value.releases.length;
  body.replaceChildren(...rows.map((row) => make("tr",
    { data: { release: row.release }, aria: { selected: row.name === value.open?.split("@")[0] } },
    Object.values(columns).map(({ cell }) => cell(row)))));
  stopAt(body.querySelector("[aria-selected=true]"));
  for (const head of heads) {
    const here = head.dataset.key === sorted, up = direction > 0;
    set(head, { aria: { sort: here ? (up ? "ascending" : "descending") : "none" } });
    set(head.querySelector(".arrow"), { text: here ? (up ? "↑" : "↓") : "" });
  }
  order.value = sorted;
  set(count, { text: search.value.trim() ? `${rows.length} of ${plural(all, "release")}` : plural(all, "release") });
  for (const part of [bar, table]) set(part, { hidden: !all });
  set(none, { hidden: rows.length > 0, text: all ? "No release matches. Try a shorter word." : EMPTY });
  if (focused) [...body.rows].find((line) => line.dataset.release === focused)?.focus({ preventScroll: true });
}

const stopAt = kit.roving(body, "tr");
kit.choice(body, "release", (release) => trigger("select", { release }));

watch("value", draw);
draw();
