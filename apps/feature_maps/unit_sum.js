// @ts-check
// The sum behind one number of a map: its products, window or terms, their total, and what is made of it next.
const { make, fixed, signed, number, grouped, plural, minus } = kit;
const { root, part } = kit.widget(element, "widget",
  `<div class="sentence" aria-live="polite"></div><div class="sum"></div><div class="after"></div>`);
kit.keepOpaque(element);
let found = null;  // what Python sent
let chosen = 0;    // the input channel whose products are shown

// ------------------------------------------------------------------------------------------------ numbers and colours
const bold = (...text) => make("b", text);
function exact(value) {
  const size = Math.abs(value);
  if (!size) return "0";
  const small = Math.min(7, 2 - Math.floor(Math.log10(size)));
  return fixed(value, size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.1 ? 3 : small);
}
const addend = (value) => signed(value, Math.abs(value) < 0.0095 && value ? 4 : 3);
const add = (values) => values.reduce((total, value) => total + value, 0);
const strongest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value ?? 0)), 0) || 1;
const colourOf = (value) => kit.signedColour(value < 0 ? -1 : 1);
const tint = (value, most) =>
  `rgb(${colourOf(value).join(" ")} / ${(0.62 * Math.min(1, Math.abs(value) / most) ** 0.8).toFixed(3)})`;
function nameInput(index) {
  const { reads, reads_shape: [all], shape, first_input_channel: first } = found.arithmetic;
  if (reads === "input") return all === 3 ? ["red", "green", "blue"][index] : all === 1 ? "grey" : `input ${index}`;
  return shape[0] === 1 && all === 1 ? "input" : `channel ${first + index}`;
}

// ------------------------------------------------------------------------------------------------ the sum
/** Values as coloured cells, with their numbers where there is room. */
function makeGrid(values, [rows, columns], title, { note = [], outside = null, winner = -1, most = 0 } = {}) {
  const largest = strongest(values), written = columns <= 5 && rows <= 7;
  const digits = largest >= 100 ? 0 : largest >= 9.95 ? 1 : largest >= 0.095 ? 2 : 3;
  const cells = Array.from(values, (value, i) => {
    const missing = value === null, off = missing || outside?.([Math.floor(i / columns), i % columns]);
    const label = missing ? "" : value === 0 ? "0" : signed(value, digits);
    const style = { "background-color": missing ? "transparent" : tint(value, most || largest) };
    return make(`span${off ? ".padding" : ""}${i === winner ? ".winner" : ""}`,
      { title: off ? "padding" : label, style }, written && label);
  });
  return make("figure", make(written ? "div.cells" : "div.cells.small", { style: { "--columns": columns } }, cells),
    make("figcaption", title, note.length > 0 && [make("br"), note]));
}
const sign = (text) => make("span.sign", text);
const showGrids = (...content) => part(".sum").replaceChildren(make("div.grids", content));

/** Each input channel's products, added up; of many channels the strongest and the chosen one. */
function makeList(depth, step) {
  const { sums, bias, total, first_input_channel: first } = found.arithmetic, all = sums.map((_, index) => index);
  const order = [...all].sort((one, other) => Math.abs(sums[other]) - Math.abs(sums[one])), many = depth > 8;
  const listed = many ? order.slice(0, 4) : all;
  if (!listed.includes(chosen)) listed[3] = chosen;
  const others = depth - listed.length, rest = add(sums) - add(listed.map((index) => sums[index]));
  const most = strongest([...listed.map((index) => sums[index]), others && rest, bias]);
  const line = (name, value) => {
    const width = 50 * Math.abs(value) / most, left = 50 - (value < 0 ? width : 0);
    const bar = make("i", { style: { left: `${left}%`, width: `${width}%`, background: kit.css(colourOf(value)) } });
    return [make("span.who", name), make("span.track", bar), make("span.much", addend(value))];
  };
  const head = `Each input channel's ${step === 1 ? "product" : `${step} products`}`;
  const pick = ({ target }) => show(kit.clamp(Math.round(Number(target.value)) - first || 0, 0, depth - 1));
  const limits = { type: "number", min: first, max: first + depth - 1, value: first + chosen, onchange: pick };
  return make("div.list", make("p.head", depth === 1 ? "The products add up to" : head,
    many && make("label.pick", "look into ", make("input", limits))),
    listed.map((index) =>
      make("button", { data: { input: index }, aria: { pressed: index === chosen } },
        line(nameInput(index), sums[index]))),
    others > 0 && make("div", line(`${others} others`, rest)), bias !== null && make("div", line("bias", bias)),
    make("div.total", make("span.who", "total"), make("span.track.none"), make("b.much", exact(total))));
}
function showProducts() {
  const { shape: [depth, ...shape], sums, patch, kernel, rows, columns, reads_shape: [, height, width] } =
    found.arithmetic;
  const step = shape[0] * shape[1], cut = (text) =>
    kit.decode(text, Float32Array).slice(chosen * step, (chosen + 1) * step);
  const [values, weights] = [patch, kernel].map(cut), products = values.map((value, i) => value * weights[i]);
  const outside = ([row, column]) =>
    rows[row] < 0 || rows[row] >= height || columns[column] < 0 || columns[column] >= width;
  const span = (word, taps) => (taps.length === 1 ? `${word} ${taps[0]}` : `${word}s ${taps[0]}–${taps.at(-1)}`);
  const places = height * width > 1 ? [minus(`${span("row", rows)}, ${span("column", columns)}`)] : [];
  const together = step === 1 ? [] : ["together ", bold(addend(sums[chosen]))];
  const focused = root.contains(document.activeElement) && document.activeElement.localName;
  const isLinear = found.kind === "linear", title = [isLinear ? "values of " : "window of ", bold(nameInput(chosen))];
  part(".sum").replaceChildren(make("div.grids", makeGrid(values, shape, title, { note: places, outside }),
    sign("×"),
    makeGrid(weights, shape, isLinear ? kit.term("weight", "weights") : kit.term("kernel"),
      { note: ["learned"] }), sign("="),
    makeGrid(products, shape, step === 1 ? "product" : "products", { note: together })), makeList(depth, step));
  if (focused) part(focused === "input" ? "input" : `[data-input="${chosen}"]`)?.focus();
}
function show(index) {
  chosen = index;
  showProducts();
}
function showWindow() {
  const { shape, window, winner, reads, operation, total } = found.arithmetic;
  const title = ["window of ", bold(reads === "input" ? "the input" : reads), `, channel ${found.channel}`];
  showGrids(makeGrid(window.flat(), shape, title, { winner: winner ? winner[0] * shape[1] + winner[1] : -1 }),
    sign(operation === "max" ? "the largest is" : "their mean is"), make("b.big", exact(total)));
}
function showTerms() {
  const { terms, operation, activation, joined, total } = found.arithmetic, most = strongest(terms.map((t) => t.value));
  const isBlock = operation === "sum" && terms.length === 2;
  const note = (index) => (isBlock ? [["through the block", "the shortcut"][index]] : []);
  const grids = terms.map(({ name, value }, index) => [index > 0 && sign(operation === "sum" ? "+" : "×"),
    makeGrid([value], [1, 1], make("code", name), { note: note(index), most })]);
  showGrids(grids, sign(activation ? `= ${exact(joined)}, ${activation} →` : "="), make("b.big", exact(total)));
}

// ------------------------------------------------------------------------------------------------ words
function sayStep({ kind, mean, shift, input, deviation, scale, total, function: name }) {
  if (kind === "norm") {
    const [away, moved] = [-mean, shift].map((value) => `${value < 0 ? "−" : "+"} ${exact(Math.abs(value))}`);
    return [`Batch norm makes it (${exact(input)} ${away}) / ${exact(deviation)} × ${exact(scale)} ${moved} = `,
      bold(exact(total))];
  }
  if (name.toLowerCase() !== "relu") return [`${name} makes `, bold(exact(total)), ` of ${exact(input)}`];
  return input > 0 ? ["ReLU lets ", bold(exact(total)), " pass"] : ["ReLU makes ", bold("0"), ` of ${exact(input)}`];
}
const sayMade = {
  products: ({ count, bias }) => `${plural(count, "product")}${bias === null ? "" : " and a bias"} add up to`,
  window: ({ count, operation }) =>
    `${operation === "max" ? "the largest" : "the mean"} of ${plural(count, "value")} is`,
  terms: ({ count, activation }) => `${count} paths meet here and${activation ? `, after ${activation},` : ""} give`,
};
function sayField({ size, rows: [top, bottom], columns: [left, right] }, gradient) {
  const lies = [bottom - top + 1, right - left + 1], inside = lies[0] * lies[1];
  const cut = inside < size[0] * size[1] ? `, of which ${kit.sides(lies)} lie in the picture` : "";
  const sees = ["It sees ", bold(kit.sides(size)), ` pixels${cut}. `];
  if (!(gradient.peak > 0))
    return [sees, "No pixel moves it here: its gradient is zero everywhere, as behind a ReLU that is shut."];
  const { pixels_that_hold_90_percent: held, share_of_central_quarter: share } = gradient;
  const middle = inside >= 49 ? `; the central quarter of them holds ${Math.round(100 * share)} %` : "";
  return [sees, bold(`${Math.round((100 * held) / inside)} %`),
    ` of these ${grouped(inside)} pixels (${grouped(held)}) hold 90 % of its gradient${middle}.`];
}
function tell() {
  const { arithmetic: a, shape, row, column, channel, layer, value, then } = found, flat = shape[1] * shape[2] === 1;
  const where = [`${flat ? "Channel" : `Row ${row}, column ${column} of channel`} ${channel} in `, make("code", layer)];
  const rounding = a.kind in sayMade && exact(a.total) !== exact(value) &&
    make("span", ` They differ by ${number(Math.abs(a.difference), 1)}: rounding.`);
  const holds = `; ${flat ? "the network computed" : "the map holds"} `;
  part(".sentence").replaceChildren(make("p", where, ": ", sayMade[a.kind]
    ? [`${sayMade[a.kind](a)} `, bold(exact(a.total)), holds, bold(exact(value)), ".", rounding]
    : [sayStep(a), "."]));
  const steps = then.map((step, index) => [index > 0 && "; ", sayStep(step)]);
  part(".after").replaceChildren(make("p", sayField(found.theoretical, found.effective)),
    ...(steps.length ? [make("p", "Next: ", steps, ".")] : []));
}
function receive() {
  if (!props.value?.arithmetic) return;
  const before = found, { kind, shape, strongest: leading } = props.value.arithmetic;
  found = props.value;
  root.classList.remove("past");
  root.classList.add("ready");
  tell();
  if (kind === "products") {
    const same = before?.layer === found.layer && before.channel === found.channel;
    show(same && chosen < shape[0] && shape[0] <= 8 ? chosen : leading[0].input_channel);
  } else if (kind === "window") showWindow();
  else if (kind === "terms") showTerms();
  else part(".sum").replaceChildren();
}
// While other maps are passed over, this is still about the last one that was explained.
document.addEventListener("feature-maps:chosen", (/** @type {any} */ { detail }) => root.classList.toggle("past",
  found && (found.key !== detail.key || found.layer !== detail.layer || found.channel !== detail.channel)));
kit.choice(part(".sum"), "input", (index) => show(Number(index)));
watch("value", receive);
receive();
