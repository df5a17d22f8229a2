// @ts-check
// The layers in a row, each a bar as high as its maps; what the chosen one computes, in words.
const { make, set, plural, sides } = kit;
const { root, part } = kit.widget(element, "widget", `
<div class="strip" role="slider" tabindex="0" aria-label="Layer" aria-valuemin="1"></div>
<p class="legend" aria-hidden="true"></p>
<div class="name"><button type="button" data-by="-1" aria-label="One layer back">←</button>
  <button type="button" data-by="1" aria-label="One layer on">→</button><b></b><code></code></div>
<p class="facts"></p>`);
const strip = part(".strip"), bars = () => [...strip.querySelectorAll(".bar")];
const LEGEND = [["convolution", "convolution"], ["sum", "block's sum"], ["pooling", "pooling"],
  ["linear", "linear"]];
let shown = { key: "", size: [], layers: [], index: 0 }; // as *Feature maps* said last
const kindOf = ({ kind }) => (kind === "scores" ? "linear" : kind);

function build() {
  const { layers } = shown, tallest = Math.log2(1 + Math.max(...layers.map(({ shape }) => shape[1])));
  strip.replaceChildren();
  strip.classList.toggle("many", layers.length > 60);
  for (const layer of layers) {
    const { stage: name, label, shape } = layer;
    if (strip.lastElementChild?.dataset.stage !== name) {
      // The first says what the others count.
      const numbered = strip.childElementCount && /^stage (\d+)$/.exec(name);
      const title = make("span", numbered ? numbered[1] : name);
      strip.append(make("div.group", { data: { stage: name } }, make("div.bars"), title));
    }
    const group = strip.lastElementChild, height = Math.round(54 + (46 * Math.log2(1 + shape[1])) / tallest);
    group.firstElementChild.append(
      make(`div.bar.${kindOf(layer)}`, { title: label }, make("i", { style: { height: `${height}%` } })));
    const count = group.firstElementChild.children.length;
    set(group, { style: { "flex-grow": count, "max-width": `${Math.max(72, count * 46)}px` } });
  }
  const kinds = new Set(layers.map(kindOf));
  part(".legend").replaceChildren(...LEGEND.filter(([kind]) => kinds.has(kind)).map(([kind, text]) =>
    make(`span.bar.${kind}`, make("i"), text)), make("span.high", "a high bar: large maps"));
}
function listFacts() {
  const { kind, shape: [channels, height, width], window: w, reads, after, rows, columns } = shown.layers[shown.index];
  const two = ([one, other]) => (one === other ? `${one}` : `${one}, ${other}`), field = [rows.size, columns.size];
  const whole = kindOf({ kind }) === "linear", more = field.every((size, axis) => size >= shown.size[axis]);
  const geometry = () => [`${sides(w.kernel)} ${w.operation ?? "kernel"}`, `stride ${two(w.stride)}`,
    `padding ${two(w.padding)}`, Math.max(...w.dilation) > 1 && `dilation ${two(w.dilation)}`,
    w.groups > 1 && `${w.groups} groups`];
  return [
    plural(channels, whole ? "value" : "map") + (height * width === 1 ? "" : ` of ${sides([height, width])}`),
    ...(w?.adaptive ? [`${w.operation} of each whole ${sides(w.from)} map`]
      : whole ? [`each reads all ${kit.grouped(reads * w.kernel[0] * w.kernel[1])} values before it`]
      : w ? geometry() : [kind === "sum" && `a residual block's sum${after ? `, after ${after}` : ""}`]),
    more ? `a value can see ${sides(field)} px, more than the picture has`
      : `a value sees ${sides(field)} px of the picture`,
  ].filter(Boolean);
}
function tell() {
  const facts = listFacts(), { layers, index } = shown, { label, name } = layers[index];
  set(part(".name b"), { text: label });
  set(part(".name code"), { text: label.replaceAll(" ", "") === name ? "" : name });
  set(part(".facts"), { text: facts.join(" · ") });
  const valuetext = `${label}: ${facts.join(", ")}`;
  set(strip, { aria: { valuemax: layers.length, valuenow: index + 1, valuetext } });
  bars().forEach((bar, i) => bar.classList.toggle("chosen", i === index));
}
const go = (index) => shown.layers[index] && index !== shown.index &&
  document.dispatchEvent(new CustomEvent("feature-maps:layer", { detail: index }));
kit.choice(root, "by", (by) => go(shown.index + Number(by)));
kit.steer(strip, {
  size: () => shown.layers.length || null,
  at: () => shown.index,
  place: ({ clientX }) => {
    const away = bars().map((bar) => {
      const { left, right } = bar.getBoundingClientRect();
      return Math.abs(clientX - (left + right) / 2);
    });
    return away.indexOf(Math.min(...away));
  },
  choose: go,
  drag: true,
});
document.addEventListener("feature-maps:chosen", (/** @type {any} */ { detail }) => {
  if (!root.isConnected) return;
  const { key } = shown;
  shown = detail;
  if (detail.key !== key) build();
  tell();
});
document.dispatchEvent(new CustomEvent("feature-maps:ask"));
