// @ts-check
// Accuracy against multiply-adds: a panel for each test set, over one axis; a point opens its release.
const { make } = kit;
const { root } = kit.widget(element, "release-plot");
const panels = make("div.panels"), readout = make("p.readout");
root.append(panels, readout);
const plots = [], link = tenweeks.link(element);
let shown = props.value?.open;

const nameOf = (reference) => reference?.split("@")[0];
const spots = () => props.value.panels.flatMap((panel) => panel.spots);
const open = (release) => trigger("select", { release });
const held = link.hold(["network"], ({ network }) => {
  const [name, version = "v1"] = network.split("@");
  if (props.value.names.includes(name) && /^v\d{1,6}$/.test(version)) open(network);
  else held.keep({ network: null });
});

/** Light up a point and say what stands there; without one, what the drawing means. */
function preview(name = "") {
  const spot = spots().find((each) => each.name === name);
  for (const node of panels.querySelectorAll(".spot")) node.classList.toggle("seen", node.dataset.spot === name);
  readout.replaceChildren(...(spot ? [make("b", spot.short), `: ${spot.text}`] : ["bars: 95 % ",
    kit.term("confidence interval"), " · dotted: from the least work to the most · each panel has its own scale"]));
}
function drawPanel({ title, note, spots: here }, index, { length }) {
  const single = here.length < 2, bare = index < length - 1;
  if (!plots[index]) {
    const host = make("div"), [alone, several] = innerWidth < 600 ? [42, 74] : [52, 86];
    const height = (single ? alone : several) + (bare ? 0 : 36);
    plots[index] = { head: make("p"), plot: kit.plot(host, { height, least: 220 }) };
    panels.append(plots[index].head, host);
  }
  const { head, plot } = plots[index], macs = spots().map((spot) => spot.macs);
  head.replaceChildren(make("b", title), make("span", note.split(/([\d.]+ ×)/).map((part, at) =>
    (at % 2 ? make("b", part) : part))));
  const points = here.map((spot) => [spot.macs, spot.accuracy]);
  const low = Math.min(...here.map((spot) => spot.low)), high = Math.max(...here.map((spot) => spot.high));
  plot.show({
    label: `${title}: accuracy by multiply-adds`, chosen: nameOf(shown),
    x: { label: "multiply-adds a picture, millions", log: true, low: Math.min(...macs) / 1.6,
      high: Math.max(...macs) * 1.6, bare, write: (tick) => kit.grouped(tick / 1e6) },
    y: { label: single ? "%" : "right, %", ticks: kit.ticks(low, high, single ? 2 : 4) },
    series: [{ points, class: "way", dash: "2 4", colour: "var(--body-text-color-subdued)" }],
    spots: here.map((spot) => ({ ...spot, key: spot.name, name: spot.short, x: spot.macs, y: spot.accuracy,
      label: `${spot.name}: ${spot.text}` })),
  });
}
function receive() {
  root.hidden = !props.value?.panels.length;
  if (root.hidden) return;
  if (props.value.open !== shown) held.keep({ network: props.value.open });
  shown = props.value.open;
  props.value.panels.forEach(drawPanel);
  stopAt(panels.querySelector(".spot[aria-pressed=true]"));
  preview();
}

const stopAt = kit.roving(panels, ".spot", { scattered: true });
kit.choice(panels, "spot", (name) => open(spots().find((spot) => spot.name === name).release));
for (const [type, over] of [["pointerover", true], ["focusin", true], ["pointerout", false], ["focusout", false]])
  panels.addEventListener(type, ({ target }) => preview(over ? target.closest(".spot")?.dataset.spot : ""));
watch("value", receive);
receive();
link.opened.then(() => {
  if (held.apply() || root.hidden) return;
  kit.play(panels, { count: spots().length, wait: 1100, step: (index) => preview(spots()[index].name),
    end: () => preview() });
});
