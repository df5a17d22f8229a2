// @ts-check
// The smallest GAN under three bounds: real data at 0, generated data at θ, a critic of slope ψ.
const { make, set } = kit;
const WIDE = 2.6; // how far from 0 the plane reaches to either side
/** What a critic of slope ψ pays more for each unit of it. @type {Record<string, (psi: number) => number>} */
const PRICES = { none: () => 0, penalty: (psi) => psi - (psi < 0 ? -1 : 1), r1: (psi) => psi / 2 };
const COLOURS = ["#d55e00", "var(--link-text-color)", "#009e73"];
const { part } = kit.widget(element, "critics", `
  <div class="plane"></div>
  <div class="beside">
    <h3>A distance with a slope is not enough</h3>
    <p class="about"></p>
    <div class="rules" role="group" aria-label="What bounds the critic"></div>
    <label><span>steps</span><input type="range" min="1" max="1000" step="1"><b></b></label>
    <p class="says"></p>
  </div>`);
kit.keepOpaque(element);
const slider = part("input");
part(".about").append("All real data lie at 0, all generated data at ", make("b", "θ"), ", and the ",
  kit.term("critic"), " is a straight line of slope ", make("b", "ψ"),
  ": nothing is smaller. Drag the start. Only where the critic is pulled towards slope 0 does θ come to rest at 0.");

/** @type {{ key: string, name: string }[]} */
let names = [];
let chosen = "penalty", rate = 0, count = 0, start = [0, 0];
const field = kit.orbits(part(".plane"), { wide: WIDE, ratio: 0.62, across: "θ, the generated point",
  up: "ψ, the critic's slope", move: (to) => show({ start: to }) });
const list = kit.orbitRules(part(".rules"), (key) => show({ chosen: key }));
slider.addEventListener("input", () => show({ count: Number(slider.value) }));

/** @param {{ chosen?: string, start?: number[], count?: number }} next */
function show(next) {
  ({ chosen, start, count } = { chosen, start, count, ...next });
  const rules = names.map(({ key, name }, at) => ({ key, name, colour: COLOURS[at],
    step: (/** @type {number} */ theta, /** @type {number} */ psi) =>
      [theta + rate * psi, psi - rate * (theta + PRICES[key](psi))] }));
  field.show({ rules, chosen, start, count });
  const figures = rules.map((rule) => {
    const tail = kit.orbit(rule, start, count).slice(-Math.max(1, Math.floor(count / 4)));
    return kit.number(Math.max(...tail.map(([theta]) => Math.abs(theta))));
  });
  list.show(["the critic is bound by", "|θ| still reaches"], rules, figures, chosen);
  slider.value = count;
  set(part("label b"), { text: kit.grouped(count) });
}
function receive() {
  const value = props.value;
  if (!value?.rules) return;
  ({ rules: names, rate, count, start } = value);
  set(part(".says"), { text: `Both players move at once, by ${rate} times their slope; read over the last quarter of ` +
    "the steps." });
  show({});
}
watch("value", receive);
receive();
