const root = element.querySelector("div");
root.className = "widget";
root.innerHTML = `<div class="sentence" aria-live="polite"></div><div class="sum"></div><div class="after"></div>`;
const [sentence, sum, after] = root.children;
let found = null, chosen = 0;

const floats = (text) => new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
const minus = (text) => text.replace("-", "−");
const fixed = (v, digits) => {
  const text = Math.abs(v).toFixed(digits);
  return `${Number(text) === 0 ? "" : v < 0 ? "−" : "+"}${text}`;
};
const exact = (v) => {
  if (v === 0) return "0";
  const size = Math.abs(v), digits = size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.1 ? 3 : Math.min(7, 2 - Math.floor(Math.log10(size)));
  return minus(v.toFixed(digits));
};
const tiny = (v) => (v === 0 ? "0" : minus(Number(v).toExponential(0)).replace(/e([+−]?)(\d+)/, (_, s, n) => ` · 10${[...(s === "−" ? `-${n}` : n)].map((d) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(d)]).join("")}`));
const count = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const tint = (v, most) => `rgba(${v < 0 ? "33,102,172" : "178,60,36"},${(0.62 * Math.min(1, Math.abs(v) / (most || 1)) ** 0.8).toFixed(3)})`;
const strongest = (values) => values.reduce((most, v) => Math.max(most, Math.abs(v ?? 0)), 0);

function inputName(i) {
  const a = found.arithmetic, all = a.reads_shape[0];
  if (a.reads === "input") return all === 3 ? ["red", "green", "blue"][i] : all === 1 ? "grey" : `input ${i}`;
  return a.shape[0] === 1 && all === 1 ? "input" : `channel ${a.first_input_channel + i}`;
}
function decimals(values) {
  const most = strongest(values);
  return most >= 100 ? 0 : most >= 9.95 ? 1 : most >= 0.095 || most === 0 ? 2 : 3;
}
function grid(values, shape, { title, note = "", outside = () => false, winner = -1, most = strongest(values) }) {
  const [rows, columns] = shape, written = columns <= 5 && rows <= 7, digits = decimals(values);
  const cells = Array.from(values, (v, i) => {
    const off = v === null || outside(Math.floor(i / columns), i % columns);
    const label = v === null ? "" : v === 0 ? "0" : fixed(v, digits);
    return `<span class="${off ? "padding" : ""}${i === winner ? " winner" : ""}" style="background-color:${v === null ? "transparent" : tint(v, most)}" title="${off ? "padding" : label}">${written ? label : ""}</span>`;
  });
  return `<figure><div class="cells${written ? "" : " small"}" style="--columns:${columns}">${cells.join("")}</div><figcaption>${title}${note ? `<br>${note}` : ""}</figcaption></figure>`;
}

function drawProducts() {
  const a = found.arithmetic, [depth, rows, columns] = a.shape, step = rows * columns;
  const order = a.sums.map((_, i) => i).sort((i, j) => Math.abs(a.sums[j]) - Math.abs(a.sums[i]));
  const listed = depth <= 8 ? a.sums.map((_, i) => i) : order.slice(0, 6);
  if (depth > 8 && !listed.includes(chosen)) listed[5] = chosen;
  const others = depth - listed.length, rest = a.sums.reduce((t, v) => t + v, 0) - listed.reduce((t, i) => t + a.sums[i], 0);
  const most = Math.max(strongest(listed.map((i) => a.sums[i])), Math.abs(rest) * (others > 0), Math.abs(a.bias ?? 0));
  const bar = (v) => `<span class="track"><i style="left:${50 + Math.min(0, v / (most || 1)) * 50}%;width:${(Math.abs(v) / (most || 1)) * 50}%;background:${v < 0 ? "#2166ac" : "#b23c24"}"></i></span>`;
  const line = (name, v) => `<span class="who">${name}</span>${bar(v)}<span class="much">${fixed(v, Math.abs(v) < 0.0095 && v ? 4 : 3)}</span>`;
  const options = depth <= 8 ? "" : `<label class="pick">any input channel <input type="number" min="${a.first_input_channel}" max="${a.first_input_channel + depth - 1}" value="${a.first_input_channel + chosen}"></label>`;
  const channels = listed.map((i) => `<button type="button" data-input="${i}" aria-pressed="${i === chosen}">${line(inputName(i), a.sums[i])}</button>`);
  const list = `<div class="list"><p class="head">${depth === 1 ? "The products add up to" : `Each input channel's ${step === 1 ? "product" : `${step} products`}`}</p>
    ${channels.join("")}
    ${others > 0 ? `<div>${line(`${others} others`, rest)}</div>` : ""}
    ${a.bias === null ? "" : `<div>${line("bias", a.bias)}</div>`}
    <div class="total"><span class="who">total</span><span class="track none"></span><b class="much">${exact(a.total)}</b></div>${options}</div>`;
  const patch = floats(a.patch).slice(chosen * step, (chosen + 1) * step), kernel = floats(a.kernel).slice(chosen * step, (chosen + 1) * step);
  const products = Array.from(patch, (v, i) => v * kernel[i]), [, height, width] = a.reads_shape;
  const outside = (r, c) => a.rows[r] < 0 || a.rows[r] >= height || a.columns[c] < 0 || a.columns[c] >= width;
  const name = inputName(chosen), total = a.sums[chosen];
  const span = (word, taps) => (taps.length === 1 ? `${word} ${taps[0]}` : `${word}s ${minus(String(taps[0]))}–${minus(String(taps.at(-1)))}`);
  const grids = `<div class="grids">${grid(patch, [rows, columns], { title: `patch of <b>${name}</b>`, note: height * width > 1 ? `${span("row", a.rows)}, ${span("column", a.columns)}` : "", outside })}
    <span class="sign">×</span>${grid(kernel, [rows, columns], { title: "kernel", note: "learned" })}
    <span class="sign">=</span>${grid(products, [rows, columns], { title: step === 1 ? "product" : "products", note: step === 1 ? "" : `together <b>${fixed(total, Math.abs(total) < 0.0095 && total ? 4 : 3)}</b>` })}</div>`;
  const focused = root.contains(document.activeElement) ? document.activeElement.dataset.input ?? document.activeElement.type : null;
  sum.innerHTML = list + grids;
  if (focused !== null) (sum.querySelector(`[data-input="${chosen}"]`) ?? sum.querySelector("input"))?.focus();
  if (focused === "number") sum.querySelector("input")?.focus();
  sum.querySelectorAll("button").forEach((button) => button.addEventListener("click", () => show(Number(button.dataset.input))));
  sum.querySelector("input")?.addEventListener("change", (event) => {
    const wanted = Math.round(Number(event.target.value)) - a.first_input_channel;
    show(Math.max(0, Math.min(depth - 1, wanted || 0)));
  });
}
function show(i) {
  chosen = i;
  drawProducts();
}
function drawWindow() {
  const a = found.arithmetic, winner = a.winner ? a.winner[0] * a.shape[1] + a.winner[1] : -1;
  sum.innerHTML = `<div class="grids">${grid(a.window.flat(), a.shape, { title: `window of <b>${a.reads === "input" ? "the input" : escape(a.reads)}</b>, channel ${found.channel}`, winner })}
    <span class="sign">${a.operation === "max" ? "the largest is" : "their mean is"}</span><b class="big">${exact(a.total)}</b></div>`;
}
function drawTerms() {
  const a = found.arithmetic, values = a.terms.map((t) => t.value), sign = a.operation === "sum" ? "+" : "×";
  const terms = a.terms.map((t, i) => grid([t.value], [1, 1], { title: `<code>${escape(t.name)}</code>`, note: sign !== "+" || a.terms.length !== 2 ? "" : i ? "the shortcut" : "the block's own way", most: strongest(values) }));
  const active = a.activation ? `<span class="sign">= ${exact(a.joined)}, ${escape(a.activation)} →</span>` : `<span class="sign">=</span>`;
  sum.innerHTML = `<div class="grids">${terms.join(`<span class="sign">${sign}</span>`)}${active}<b class="big">${exact(a.total)}</b></div>`;
}
function step(s) {
  if (s.kind === "norm") {
    const away = s.mean < 0 ? `+ ${exact(-s.mean)}` : `− ${exact(s.mean)}`, shift = s.shift < 0 ? `− ${exact(-s.shift)}` : `+ ${exact(s.shift)}`;
    return `Batch norm makes it (${exact(s.input)} ${away}) / ${exact(s.deviation)} × ${exact(s.scale)} ${shift} = <b>${exact(s.total)}</b>`;
  }
  if (s.function === "ReLU" || s.function === "relu") return s.input > 0 ? `ReLU lets <b>${exact(s.total)}</b> pass` : `ReLU makes <b>0</b> of ${exact(s.input)}`;
  return `${escape(s.function)} makes <b>${exact(s.total)}</b> of ${exact(s.input)}`;
}
function drawText() {
  const a = found.arithmetic, t = found.theoretical, e = found.effective;
  const [top, bottom] = t.rows, [left, right] = t.columns, inside = (bottom - top + 1) * (right - left + 1);
  const flat = found.shape[1] * found.shape[2] === 1;
  const where = `${flat ? "Channel" : `Row ${found.row}, column ${found.column} of channel`} ${found.channel} in <code>${escape(found.layer)}</code>`;
  const made = { products: `${count(a.count, "product")}${a.bias === null ? "" : " and a bias"} add up to`, window: `${a.operation === "max" ? "the largest" : "the mean"} of ${count(a.count, "value")} is`, terms: `${a.count} paths meet here and${a.activation ? `, after ${escape(a.activation)},` : ""} give` }[a.kind];
  sentence.innerHTML = made
    ? `<p>${where}: ${made} <b>${exact(a.total)}</b>; ${flat ? "the network computed" : "the map holds"} <b>${exact(found.value)}</b>.${Math.abs(a.difference) > 0 ? ` <span>They differ by ${tiny(Math.abs(a.difference))}: rounding.</span>` : ""}</p>`
    : `<p>${where}: ${step(a)}.</p>`;
  const sees = `It sees <b>${t.size[0]} × ${t.size[1]}</b> pixels${inside < t.size[0] * t.size[1] ? `, of which ${(bottom - top + 1)} × ${(right - left + 1)} lie in the picture` : ""}.`;
  const moved = e.peak > 0
    ? `<b>${Math.round((100 * e.pixels_that_hold_90_percent) / inside)} %</b> of these ${inside.toLocaleString("en")} pixels (${e.pixels_that_hold_90_percent.toLocaleString("en")}) hold 90 % of its gradient${inside >= 49 ? `; the central quarter of them holds ${Math.round(100 * e.share_of_central_quarter)} %` : ""}.`
    : "No pixel moves it here: its gradient is zero everywhere, as behind a ReLU that is shut.";
  after.innerHTML = `<p>${sees} ${moved}</p>${found.then.length ? `<p>Next: ${found.then.map(step).join("; ")}.</p>` : ""}`;
}
function receive() {
  if (!props.value?.arithmetic) return;
  const before = found;
  found = props.value;
  const a = found.arithmetic;
  root.classList.add("ready");
  drawText();
  if (a.kind === "products") {
    const kept = before?.layer === found.layer && before.channel === found.channel && chosen < a.shape[0] && a.shape[0] <= 8;
    if (!kept) chosen = a.strongest[0].input_channel;
    drawProducts();
  } else if (a.kind === "window") drawWindow();
  else if (a.kind === "terms") drawTerms();
  else sum.replaceChildren();
}
element.closest(".html-container")?.style.setProperty("opacity", "1", "important"); // not faded while Python computes
watch("value", receive);
receive();
