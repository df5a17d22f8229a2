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
        <label><span>scale, the new deviation</span><input class="scale" type="range" min="-4" max="4" step="0.01"><b></b></label>
        <label><span>shift, the new mean</span><input class="shift" type="range" min="-4" max="4" step="0.01"><b></b></label>
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
  const sizes = maps.map(Math.abs).sort();
  return sizes[Math.floor(0.985 * (sizes.length - 1))] || 1;
}
/** @param {any} host @param {Float64Array} values @param {number} side @param {number} scale */
function paintMap(host, values, side, scale) {
  const view = kit.panel(host);
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
  return { canvas, head };
});
const drawSteps = kit.redraw(part(".steps"), () => {
  if (!mix || !part(".steps").clientWidth) return;
  stepViews.forEach(({ canvas, head }, at) => {
    const { after } = (edited ?? mix.run).steps[at], side = mix.spec.sides[at], count = mix.spec.channels[at];
    const view = kit.panel(canvas), wide = across(count), scale = findScale(after), which = Number(mix.mask[at]);
    const maps = kit.sheet(count, side, side, (map, i) => kit.pixelOf(after[map * side * side + i] / scale, true));
    set(canvas, { aria: { label: `Layer ${at + 1}: ${count} channels of ${side} × ${side}. Arrow keys choose one.` } });
    head.replaceChildren(make(`b.${which ? "second" : "first"}`, `w of ${WHICH[which]}`), ` ${count} × ${side}²`);
    if (!view.fit(1)) return;
    const size = canvas.width / wide, gap = view.dense;
    for (let map = 0; map < count; map++)
      view.tile(maps, map, (map % wide) * size, Math.floor(map / wide) * size, size - gap, size - gap);
    if (at === layer) view.outline((channel % wide) * size, Math.floor(channel / wide) * size, size - gap, size - gap, true);
  });
});
function drawCodes() {
  parts(".codes canvas").forEach((canvas, at) => {
    const values = mix.codes[at >> 1][at % 2 ? "w" : "code"], side = across(values.length);
    paintMap(canvas, values, side, findScale(Float64Array.from(values)));
  });
}
kit.redraw(part(".codes"), () => mix && drawCodes());

// ---------------------------------------------------------------------------------------------------- one channel
const drawChannel = kit.redraw(part(".channel"), () => {
  if (!mix || !part(".channel").clientWidth) return;
  const { side } = shape(), size = side * side, step = (edited ?? mix.run).steps[layer];
  const [before, after] = [step.before, step.after].map((maps) => maps.subarray(channel * size, (channel + 1) * size));
  const [mean, deviation, scale, shift] = [step.mean, step.deviation, step.scale, step.shift].map((all) => all[channel]);
  if (!hasPixel) {
    const brightest = before.indexOf(Math.max(...before));
    pixel = [Math.floor(brightest / side), brightest % side];
  }
  const view = paintMap(part(".before canvas"), before, side, findScale(step.before)), cell = view.canvas.width / side;
  view.outline(pixel[1] * cell, pixel[0] * cell, cell, cell, true);
  paintMap(part(".after canvas"), after, side, findScale(step.after));
  const write = (/** @type {number} */ value) => kit.fixed(value, 3), i = pixel[0] * side + pixel[1];
  set(part(".before canvas"), { aria: { label: `Channel ${channel} of layer ${layer + 1} before its style; arrow keys ` +
    "choose a value" }, role: "application" });
  set(part(".after canvas"), { aria: { label: `Channel ${channel} of layer ${layer + 1} after its style` } });
  part(".before figcaption").replaceChildren(make("b", "before"), make("span", ` mean ${write(mean)}`), make("span", `deviation ${write(deviation)}`));
  part(".after figcaption").replaceChildren(make("b", "after"), make("span", ` mean ${write(shift)}`), make("span", `deviation ${write(Math.abs(scale))}`));
  part(".sign").replaceChildren("− mean, ÷ deviation,", make("br"), "× scale, + shift →");
  part(".pixel").replaceChildren(`Row ${pixel[0]}, column ${pixel[1]}: (${write(before[i])} − ${write(mean)}) / ${write(deviation)} × ` +
    `${write(scale)} ${shift < 0 ? "−" : "+"} ${write(Math.abs(shift))} = `, make("b", write(after[i])));
  for (const [slider, value] of [[scaleSlider, scale], [shiftSlider, shift]]) {
    slider.value = value;
    set(slider.nextElementSibling, { text: kit.fixed(value, 2) });
  }
  const run = edited ?? mix.run, picture = kit.panel(part(".picture canvas"));
  if (picture.fit(1)) {
    picture.pen.imageSmoothingEnabled = false;
    picture.pen.drawImage(mix.paint(run.picture), 0, 0, picture.canvas.width, picture.canvas.height);
  }
  const moved = edited ? run.picture.reduce((sum, value, at) => sum + Math.abs(value - mix.run.picture[at]), 0) / SIDE ** 2 : 0;
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
  drawSteps();
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
/** The grid has another mix. @param {any} event */
function hear({ detail }) {
  const isFirst = !mix;
  mix = detail;
  part(".known").hidden = false;
  if (isFirst) {
    const { code, mapping } = mix.spec;
    part(".codes").replaceChildren(...WHICH.map((name, which) => make("div",
      make(`b.${which ? "second" : "first"}`, name),
      make("figure", make("canvas", { role: "img", aria: { label: `Code of ${name}` } }), make("figcaption", `code: ${code} numbers`)),
      make("span.arrow", `${mapping} layers →`),
      make("figure", make("canvas", { role: "img", aria: { label: `Style w of ${name}` } }), make("figcaption", `w: ${code} numbers`)))));
    held.apply();
  }
  edited = own && mix.redo({ layer, channel, scale: own[0], shift: own[1] });
  drawCodes();
  drawSteps();
  drawChannel();
}
root.closest(".tabitem")?.addEventListener("stylegan-mix", hear);
root.closest(".tabitem")?.dispatchEvent(new Event("stylegan-wish"));

function receive() {
  const { quality } = props.value || {};
  if (!quality?.length) return;
  const cells = (/** @type {string} */ title, /** @type {(each: any) => string} */ tell) =>
    make("tr", make("th", { scope: "row" }, title), quality.map((/** @type {any} */ each) => make("td", tell(each))));
  part(".quality").replaceChildren(
    make("thead", make("tr", make("th", "Beside it"), quality.map((/** @type {any} */ each) => make("th", each.network)))),
    make("tbody",
      cells("the code enters", (each) => (each.network.startsWith("stylegan") ? "at every layer, as means and deviations" : "once, below the first layer")),
      cells("parameters, of both players", (each) => kit.grouped(each.parameters)),
      cells(`Fréchet distance (floor ${kit.number(quality[0].frechet_floor, 2)})`, (each) => kit.number(each.frechet)),
      cells("precision · recall", (each) => `${kit.number(each.precision, 2)} · ${kit.number(each.recall, 2)}`)));
}
watch("value", receive);
receive();
