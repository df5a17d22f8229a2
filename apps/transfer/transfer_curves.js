const root = element.querySelector("div");
root.className = "curves";
root.innerHTML = `
<p class="missing" hidden></p>
<div class="all">
  <div class="bar" role="group" aria-label="Augmentation">
    <span class="title">Augmentation</span>
    <span class="switch"><button type="button" data-kind="no">without</button><button type="button" data-kind="yes">with</button><button type="button" data-kind="both">both</button></span>
    <button type="button" class="csv" title="every training of the study, a row each">CSV</button>
  </div>
  <div class="figure">
    <svg class="plot" role="slider" tabindex="0"></svg>
    <div class="side">
      <p class="size"></p>
      <table><thead></thead><tbody></tbody></table>
      <div class="gains"></div>
    </div>
  </div>
  <p class="legend"></p>
</div>`;
const part = (selector) => root.querySelector(selector);
const plot = part(".plot"), side = part(".side");

const WAYS = {
  "fine-tuned": { name: "fine-tuned", shape: "circle", shift: 5 },
  frozen: { name: "frozen", shape: "square", shift: 0 },
  scratch: { name: "from scratch", shape: "triangle", shift: -5 },
};
const EDGE = { left: 46, right: 98, top: 12, bottom: 46 };
const NARROW = 480; // where the names at the lines' ends have no room: the table shows whose they are
const HEIGHT = 360;
const ABOUT = "Cat or dog, to a network that has seen neither; all three ways take equally many steps.";

let settings = [];
let csv = "";
let sizes = [];
let at = 0; // the number of pictures that is read out, as a place among `sizes`
let kind = "no";
let place = () => [0, 0];

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
const kinds = () => (kind === "both" ? [false, true] : [kind === "yes"]);
const setting = (size, augmented) => settings.find((each) => each.pictures === size && each.augmented === augmented);
const of = (size, augmented, way) => setting(size, augmented)?.methods.find((each) => each.method === way);
const percent = (value) => (100 * value).toFixed(1);
const points = (value) => `${value < 0 ? "−" : "+"}${Math.abs(100 * value).toFixed(1)}`;

function marker(shape, x, y, r, attributes) {
  if (shape === "circle") return draw("circle", { cx: x, cy: y, r, ...attributes });
  if (shape === "square") return draw("rect", { x: x - r, y: y - r, width: 2 * r, height: 2 * r, rx: 1, ...attributes });
  return draw("path", { d: `M${x} ${y - r * 1.2}L${x + r * 1.15} ${y + r * 0.9}H${x - r * 1.15}Z`, ...attributes });
}

// A line with its mark, as it is in the chart.
function key(way, shape) {
  const sign = draw("svg", { class: `way ${way}`, width: 24, height: 14, "aria-hidden": "true" });
  sign.append(draw("path", { class: "line", d: "M0 7H24" }), marker(shape, 12, 7, 4.5, { class: "mean" }));
  return sign;
}

// Names at the ends of the lines, moved apart where lines end together.
function labels(ends, low, high) {
  const sorted = [...ends].sort((a, b) => a.y - b.y), GAP = 17;
  for (let round = 0; round < 40; round++)
    for (let i = 1; i < sorted.length; i++) {
      const lack = GAP - (sorted[i].y - sorted[i - 1].y);
      if (lack > 0) {
        sorted[i - 1].y -= lack / 2;
        sorted[i].y += lack / 2;
      }
      sorted[i - 1].y = Math.max(low, sorted[i - 1].y);
      sorted[i].y = Math.min(high, sorted[i].y);
    }
  return sorted;
}

function refresh() {
  if (!settings.length || !plot.parentNode.clientWidth) return;
  for (const button of root.querySelectorAll("[data-kind]")) button.setAttribute("aria-pressed", String(button.dataset.kind === kind));
  const style = getComputedStyle(part(".figure"));
  const columns = style.gridTemplateColumns.split(" ");
  const width = Math.max(280, Math.floor(parseFloat(columns[0])));
  const narrow = width < NARROW;
  EDGE.right = narrow ? 10 : 98;
  plot.setAttribute("width", width);
  plot.setAttribute("height", HEIGHT);
  plot.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);

  // The same scale whatever is switched on, so that switching compares.
  const every = settings.flatMap((each) => each.methods.flatMap((way) => way.accuracies.map((value) => 100 * value)));
  const low = Math.floor(Math.min(50, ...every) / 5) * 5, high = Math.min(100, Math.ceil((Math.max(...every) + 1) / 5) * 5);
  const [first, last] = [sizes[0], sizes.at(-1)];
  const inner = 22; // so that no dot touches the axis
  const x = (size) => EDGE.left + inner + (width - EDGE.left - EDGE.right - 2 * inner) * (last === first ? 0.5 : Math.log(size / first) / Math.log(last / first));
  const y = (value) => HEIGHT - EDGE.bottom - ((HEIGHT - EDGE.top - EDGE.bottom) * (value - low)) / (high - low);
  place = (size) => x(size);

  const parts = [draw("rect", { class: "here", y: EDGE.top, height: HEIGHT - EDGE.top - EDGE.bottom, width: 44, rx: 6 })];
  const gap = high - low > 25 ? 10 : 5;
  for (let tick = Math.ceil(low / gap) * gap; tick <= high; tick += gap) {
    parts.push(draw("line", { class: tick === 50 ? "rule chance" : "rule", x1: EDGE.left, x2: width - EDGE.right, y1: y(tick), y2: y(tick) }));
    parts.push(draw("text", { class: "tick", x: EDGE.left - 8, y: y(tick) + 4, "text-anchor": "end" }, tick));
  }
  parts.push(draw("text", narrow ? { class: "tick", x: width - EDGE.right, y: y(50) - 6, "text-anchor": "end" } : { class: "tick", x: width - EDGE.right + 6, y: y(50) + 4 }, "guessing"));
  for (const size of sizes) parts.push(draw("text", { class: "tick", x: x(size), y: HEIGHT - EDGE.bottom + 20, "text-anchor": "middle" }, size));
  parts.push(draw("text", { class: "tick", x: (EDGE.left + width - EDGE.right) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, "pictures of each class, log scale"));
  const axis = draw("text", { class: "tick", transform: `translate(12 ${(EDGE.top + HEIGHT - EDGE.bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, "test accuracy, %");
  parts.push(axis);

  const ends = [];
  for (const augmented of kinds()) {
    const faint = kind === "both" && !augmented ? " plain" : "";
    for (const [way, { name, shape, shift }] of Object.entries(WAYS).reverse()) {
      const group = draw("g", { class: `way ${way}${faint}` });
      let path = "";
      for (const size of sizes) {
        const found = of(size, augmented, way);
        if (!found) continue;
        const cx = x(size) + shift;
        path += `${path ? "L" : "M"}${cx.toFixed(1)} ${y(100 * found.mean).toFixed(1)}`;
        if (kind !== "both") {
          for (const value of found.accuracies) group.append(draw("circle", { class: "seed", cx, cy: y(100 * value), r: 2.5 }));
          if (found.deviation != null) {
            const [top, bottom] = [1, -1].map((sign) => y(100 * (found.mean + sign * found.deviation)));
            group.append(draw("path", { class: "spread", d: `M${cx - 4} ${top}H${cx + 4}M${cx} ${top}V${bottom}M${cx - 4} ${bottom}H${cx + 4}` }));
          }
        }
        group.append(marker(shape, cx, y(100 * found.mean), 4.5, { class: "mean" }));
      }
      group.prepend(draw("path", { class: "line", d: path }));
      parts.push(group);
      const final = of(last, augmented, way);
      if (final && !narrow && (kind !== "both" || augmented)) ends.push({ way, name, y: y(100 * final.mean) + 4 });
    }
  }
  for (const { way, name, y: row } of labels(ends, EDGE.top + 8, y(50) - 14)) parts.push(draw("text", { class: `name ${way}`, x: width - EDGE.right + 6, y: row }, name));
  plot.replaceChildren(...parts);
  part(".legend").textContent =
    kind === "both"
      ? `${ABOUT} Solid: with augmentation, dashed: without; each the mean of the seeds.`
      : `${ABOUT} Small dots: a training for each draw of pictures, which all three share. Large marks: their mean; bars: ± one standard deviation.`;
  read();
}

// What the table says of one number of pictures.
function read() {
  const size = sizes[at];
  plot.querySelector(".here").setAttribute("x", place(size) - 22);
  part(".size").innerHTML = `<b>${size}</b> pictures of each class`;
  const shown = kinds();
  const head = make("tr");
  head.append(make("th", ""));
  for (const augmented of shown) {
    const cell = make("th", "", shown.length > 1 ? (augmented ? "with" : "without") : "accuracy, %");
    cell.scope = "col";
    head.append(cell);
  }
  part("thead").replaceChildren(head);
  const told = [];
  part("tbody").replaceChildren(
    ...Object.entries(WAYS).map(([way, { name, shape }]) => {
      const row = make("tr", way), title = make("th");
      title.scope = "row";
      title.append(key(way, shape), make("span", "", name));
      row.append(title);
      for (const augmented of shown) {
        const found = of(size, augmented, way), cell = make("td");
        if (found) cell.append(make("b", "", percent(found.mean)), make("span", "", found.deviation == null ? "" : ` ± ${percent(found.deviation)}`));
        else cell.textContent = "–";
        row.append(cell);
        if (found) told.push(`${name} ${percent(found.mean)} per cent`);
      }
      return row;
    }),
  );
  part(".gains").replaceChildren(
    ...shown.map((augmented) => {
      const gain = setting(size, augmented)?.gain, line = make("p", "gain");
      if (!gain) return line;
      const sure = gain.low > 0 ? "" : gain.high < 0 ? "" : ": it may be nothing";
      line.append(
        make("b", "", points(gain.mean)),
        make("span", "", ` points: fine-tuned − from scratch${shown.length > 1 ? (augmented ? ", with augmentation" : ", without") : ""}`),
        make("small", "", `95 % interval ${points(gain.low)} to ${points(gain.high)}, ${gain.pairs} pairs of seeds${sure}`),
      );
      told.push(`fine-tuned minus from scratch ${points(gain.mean)} points`);
      return line;
    }),
  );
  plot.setAttribute("aria-label", "Test accuracy by pictures of each class; arrow keys choose the number");
  plot.setAttribute("aria-valuemin", sizes[0]);
  plot.setAttribute("aria-valuemax", sizes.at(-1));
  plot.setAttribute("aria-valuenow", size);
  plot.setAttribute("aria-valuetext", `${size} pictures: ${told.join(", ")}`);
}

function open() {
  const value = props.value ?? {};
  settings = value.settings ?? [];
  part(".missing").hidden = !value.missing;
  part(".missing").textContent = (value.missing ?? "").replaceAll("`", "");
  part(".all").hidden = !settings.length;
  root.classList.toggle("ready", settings.length > 0 || !!value.missing);
  if (!settings.length) return;
  csv = value.csv;
  sizes = [...new Set(settings.map((each) => each.pictures))].sort((a, b) => a - b);
  at = Math.max(0, sizes.indexOf(50));
  refresh();
}

root.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.kind) {
    kind = button.dataset.kind;
    refresh();
  } else if (button) {
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([csv], { type: "text/csv" }));
    link.download = "transfer-results.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
});
const nearest = (event) => {
  const pointer = event.clientX - plot.getBoundingClientRect().left;
  const away = (size) => Math.abs(place(size) - pointer);
  const next = sizes.reduce((best, size, index) => (away(size) < away(sizes[best]) ? index : best), 0);
  if (next === at) return;
  at = next;
  read();
};
plot.addEventListener("pointermove", nearest);
plot.addEventListener("pointerdown", nearest);
plot.addEventListener("keydown", (event) => {
  const next = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, Home: 0, End: sizes.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  at = Math.min(sizes.length - 1, Math.max(0, next));
  read();
});
new ResizeObserver(() => refresh()).observe(root);
watch("value", open);
open();
