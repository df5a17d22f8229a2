// @ts-check
// How a code becomes the chosen mix: its style, the maps of every layer, and one channel's mean and deviation replaced.
const { make, set } = kit;
const SIDE = 28;
const { root, part, parts } = kit.widget(element, "widget making", `
  <div class="known" hidden>
    <h3>How a code becomes a picture</h3>
    <div class="flow">
      <div class="codes"></div>
      <div class="steps" role="group" aria-label="Layers and their channels"></div>
    </div>
    <p class="about"></p>
    <div class="channel">
      <figure class="before"><canvas tabindex="0"></canvas><figcaption></figcaption></figure>
      <p class="sign"></p>
      <figure class="after"><canvas role="img"></canvas><figcaption></figcaption></figure>
      <p class="sign">→ all channels, next layers →</p>
      <figure class="picture"><canvas role="img"></canvas><figcaption></figcaption></figure>
      <div class="sliders">
        <label><span>scale, the new deviation</span>
          <input class="scale" type="range" min="-8" max="8" step="0.01"><b></b></label>
        <label><span>shift, the new mean</span>
          <input class="shift" type="range" min="-8" max="8" step="0.01"><b></b></label>
        <button type="button" class="reset">As the style says</button>
        <p class="pixel" role="status"></p>
      </div>
    </div>
  </div>
  <div class="wide"><table class="quality"></table></div>`);
kit.keepOpaque(element);
const link = tenweeks.link(element), WHICH = ["A", "B"];
const scaleSlider = part(".scale"), shiftSlider = part(".shift");

/** @type {any} What the grid said last: the run of the mix, whose styles it has, how to run it again. */
let mix = null;
/** @type {any} The run with the visitor's change to one channel; null without one. */
let edited = null;
let layer = 1, channel = 0, pixel = [0, 0], hasPixel = false;
/** @type {number[] | null} Scale and shift by hand, of this channel. */
let own = null;

const across = (/** @type {number} */ count) => Math.ceil(Math.sqrt(count));
const shape = () => ({ side: mix.spec.sides[layer], count: mix.spec.channels[layer] });
/** Colours are as strong as the largest value of a layer, but for a few. @param {Float64Array} maps */
function findScale(maps) {
  const stride = Math.ceil(maps.length / 999); // a sample of them will do
  const sizes = maps.filter((_, i) => i % stride === 0).map(Math.abs).sort();
  return sizes[Math.floor(0.985 * (sizes.length - 1))] || 1;
}
/** @param {ReturnType<typeof kit.panel>} view @param {Float64Array} values @param {number} side
 * @param {number} scale */
function paintMap(view, values, side, scale) {
  if (!view.fit(1)) return view;
  view.pen.imageSmoothingEnabled = false;
  const small = kit.paint(side, side, (i) => kit.pixelOf(values[i] / scale, true));
  view.pen.drawImage(small, 0, 0, view.canvas.width, view.canvas.height);
  return view;
}

// ------------------------------------------------------------------------------------------------ codes and layers
const stepViews = Array.from({ length: 6 }, (_, at) => {
  const canvas = make("canvas", { tabindex: 0, role: "application" }), head = make("p");
  part(".steps").append(make("figure.step", canvas, head));
  kit.steer(canvas, {
    size: () => {
      const wide = mix && across(mix.spec.channels[at]);
      return mix && [Math.ceil(mix.spec.channels[at] / wide), wide];
    },
    at: () => {
      const wide = across(mix.spec.channels[at]), now = at === layer ? channel : 0;
      return [Math.floor(now / wide), now % wide];
    },
    choose: ([row, column]) => {
      const wide = across(mix.spec.channels[at]);
      choose(at, Math.min(row * wide + column, mix.spec.channels[at] - 1));
    },
  });
  return { view: kit.panel(canvas), head };
});
const drawSteps = kit.redraw(part(".steps"), () => {
  if (!mix || !part(".steps").clientWidth) return;
  stepViews.forEach(({ view, head }, at) => {
    const { after } = (edited ?? mix.run).steps[at], side = mix.spec.sides[at], count = mix.spec.channels[at];
    const { canvas } = view, wide = across(count), scale = findScale(after), which = Number(mix.mask[at]);
    const maps = kit.sheet(count, side, side, (map, i) => kit.pixelOf(after[map * side * side + i] / scale, true));
    const label = `Layer ${at + 1}: ${count} channels of ${side} × ${side}. Arrow keys choose one.`;
    set(canvas, { aria: { label } });
    head.replaceChildren(make(`b.${which ? "second" : "first"}`, `w of ${WHICH[which]}`), ` ${count} × ${side}²`);
    if (!view.fit(1)) return;
    const size = canvas.width / wide, gap = view.dense;
    for (let map = 0; map < count; map++)
      view.tile(maps, map, (map % wide) * size, Math.floor(map / wide) * size, size - gap, size - gap);
    const [row, column] = [Math.floor(channel / wide), channel % wide];
    if (at === layer) view.outline(column * size, row * size, size - gap, size - gap, true);
  });
});
function drawCodes() {
  parts(".codes canvas").forEach((canvas, at) => {
    const values = mix.codes[at >> 1][at % 2 ? "w" : "code"], side = across(values.length);
    paintMap(kit.panel(canvas), values, side, findScale(Float64Array.from(values)));
  });
}
kit.redraw(part(".codes"), () => mix && drawCodes());
/** The maps of all layers follow when the hand rests: they are many. */
const followSteps = kit.debounced(drawSteps, 90);

// ---------------------------------------------------------------------------------------------------- one channel
const [beforeView, afterView, pictureView] = parts(".channel canvas").map(kit.panel);
const drawChannel = kit.redraw(part(".channel"), () => {
  if (!mix || !part(".channel").clientWidth) return;
  const { side } = shape(), size = side * side, step = (edited ?? mix.run).steps[layer];
  const [before, after] = [step.before, step.after].map((maps) =>
    maps.subarray(channel * size, (channel + 1) * size));
  const [mean, deviation, scale, shift] = [step.mean, step.deviation, step.scale, step.shift]
    .map((all) => all[channel]);
  if (!hasPixel) {
    const brightest = before.indexOf(Math.max(...before));
    pixel = [Math.floor(brightest / side), brightest % side];
  }
  const cell = paintMap(beforeView, before, side, findScale(step.before)).canvas.width / side;
  beforeView.outline(pixel[1] * cell, pixel[0] * cell, cell, cell, true);
  paintMap(afterView, after, side, findScale(step.after));
  const write = (/** @type {number} */ value) => kit.fixed(value, 3);
  const add = (/** @type {number} */ value) => `${value < 0 ? "−" : "+"} ${write(Math.abs(value))}`;
  const i = pixel[0] * side + pixel[1];
  const name = `Channel ${channel} of layer ${layer + 1}`;
  set(part(".before canvas"), { role: "application",
    aria: { label: `${name} before its style; arrow keys choose a value` } });
  set(part(".after canvas"), { aria: { label: `${name} after its style` } });
  for (const [when, middle, spread] of /** @type {[string, number, number][]} */ (
    [["before", mean, deviation], ["after", shift, Math.abs(scale)]]))
    part(`.${when} figcaption`).replaceChildren(make("b", when), make("span", `mean ${write(middle)}`),
      make("span", `deviation ${write(spread)}`));
  part(".sign").replaceChildren("− mean, ÷ deviation,", make("br"), "× scale, + shift →");
  part(".pixel").replaceChildren(`Row ${pixel[0]}, column ${pixel[1]}: (${write(before[i])} ${add(-mean)}) / ` +
    `${write(deviation)} × ${scale < 0 ? `(${write(scale)})` : write(scale)} ${add(shift)} = `,
  make("b", write(after[i])));
  for (const [slider, value] of [[scaleSlider, scale], [shiftSlider, shift]]) {
    slider.value = value;
    set(slider.nextElementSibling, { text: kit.fixed(value, 2) });
  }
  const run = edited ?? mix.run, { canvas, pen } = pictureView;
  if (pictureView.fit(1)) {
    pen.imageSmoothingEnabled = false;
    pen.drawImage(mix.paint(run.picture), 0, 0, canvas.width, canvas.height);
  }
  const moved = run.picture.reduce((/** @type {number} */ sum, /** @type {number} */ value, /** @type {number} */ at) =>
    sum + Math.abs(value - mix.run.picture[at]), 0) / SIDE ** 2;
  part(".picture figcaption").replaceChildren(make("b", "the mix"), make("span", edited
    ? ` a pixel moved by ${kit.number(255 * moved, 2)} of 255 grey levels` : " as its styles say"));
  set(part(".picture canvas"), { aria: { label: "The picture that comes of it" } });
  part(".reset").disabled = !edited;
  part(".about").replaceChildren(make("b", `Layer ${layer + 1}, channel ${channel}. `),
    "A style is a mean and a deviation for each channel: whatever they were before, ", kit.term("AdaIN", "AdaIN"),
    " replaces both. Choose a channel above, a value on the left map, or set both by hand.");
});
kit.steer(part(".before canvas"), {
  size: () => mix && [shape().side, shape().side],
  at: () => pixel,
  choose: (place) => {
    pixel = place;
    hasPixel = true;
    drawChannel();
  },
});
/** @param {number} nextLayer @param {number} nextChannel */
function choose(nextLayer, nextChannel) {
  [layer, channel, own, edited, hasPixel] = [nextLayer, nextChannel, null, null, false];
  drawSteps();
  drawChannel();
  held.keep({ layer: layer + 1, channel });
}
/** @param {number[] | null} next scale and shift of the channel, or as the style says */
function edit(next) {
  own = next;
  edited = own && mix.redo({ layer, channel, scale: own[0], shift: own[1] });
  followSteps();
  drawChannel();
}
for (const slider of [scaleSlider, shiftSlider])
  slider.addEventListener("input", () => {
    const { scale, shift } = (edited ?? mix.run).steps[layer];
    edit([slider === scaleSlider ? Number(slider.value) : scale[channel],
      slider === shiftSlider ? Number(slider.value) : shift[channel]]);
  });
part(".reset").addEventListener("click", () => edit(null));
const held = link.hold(["layer", "channel"], (/** @type {Record<string, string>} */ asked) => {
  const at = kit.wholeBelow(asked.layer, 7);
  if (!mix || !at) return;
  layer = at - 1;
  channel = kit.wholeBelow(asked.channel, mix.spec.channels[layer]) ?? 0;
  edit(null);
});

// ------------------------------------------------------------------------------------------------------- its news
const followMix = kit.debounced(() => {
  edited = own && mix.redo({ layer, channel, scale: own[0], shift: own[1] });
  drawCodes();
  drawSteps();
  drawChannel();
}, 150);
/** The grid has another mix. @param {any} event */
function hear({ detail }) {
  const isFirst = !mix;
  mix = detail;
  part(".known").hidden = false;
  if (isFirst) {
    const { code, mapping } = mix.spec;
    const numbers = (/** @type {string} */ label, /** @type {string} */ text) =>
      make("figure", make("canvas", { role: "img", aria: { label } }), make("figcaption", `${text}, ${code}`));
    part(".codes").replaceChildren(...WHICH.map((name, which) => make("div",
      make(`b.${which ? "second" : "first"}`, name), numbers(`Code of ${name}`, "code"),
      make("span.arrow", `${mapping} layers →`), numbers(`Style w of ${name}`, "w"))));
    const { scale } = mix.run.steps[layer], sizes = [...scale].map(Math.abs);
    channel = sizes.indexOf(Math.max(...sizes)); // the one that its style makes strongest
    held.apply();
  }
  followMix();
}
root.closest(".tabitem")?.addEventListener("stylegan-mix", hear);
root.closest(".tabitem")?.dispatchEvent(new Event("stylegan-wish"));

function receive() {
  const { quality } = props.value || {};
  if (!quality?.length) return;
  const row = (/** @type {string} */ title, /** @type {(each: any) => string} */ tell) =>
    make("tr", make("th", { scope: "row" }, title), quality.map((/** @type {any} */ each) => make("td", tell(each))));
  const enters = ["once, below the first layer", "at every layer, as means and deviations"];
  const networks = quality.map((/** @type {any} */ each) => make("th", { scope: "col" }, each.network));
  part(".quality").replaceChildren(make("thead", make("tr", make("th", "Beside it"), networks)), make("tbody",
    row("the code enters", ({ network }) => enters[Number(network.startsWith("stylegan"))]),
    row("parameters, of both players", (each) => kit.grouped(each.parameters)),
    row(`Fréchet distance (floor ${kit.number(quality[0].frechet_floor, 2)})`, (each) => kit.number(each.frechet)),
    row("precision · recall", (each) => `${kit.number(each.precision, 2)} · ${kit.number(each.recall, 2)}`)));
}
watch("value", receive);
receive();
