// @ts-check
// There and back: the picture between is disturbed by a slider, and the way back follows, without a request.
const { make, set } = kit;
const TILES = ["yours", "middle", "back", "lost", "error"], ERROR_END = 0.5; // where the error's colours end, of 0..1
const COLOURS = { back: "var(--link-text-color)", middle: "#d55e00", plain: "#009e73" };
const figure = (/** @type {string} */ name) =>
  `<figure class="${name}"><figcaption></figcaption><canvas></canvas></figure>`;
const { root, part } = kit.widget(element, "widget bench", `
  <p class="missing" hidden></p>
  <div class="known">
    <div class="tools"><div class="switch kinds" role="group" aria-label="Direction"></div>
      <div class="switch disturbances" role="group" aria-label="What happens to the middle"></div></div>
    <div class="tiles">${figure("yours")}${figure("middle")}${figure("back")}
      <div class="maps">${figure("lost")}${figure("error")}
        <p class="scale"><span>0</span><i></i><span>${Math.round(255 * ERROR_END)}</span></p></div>
    </div>
    <div class="below">
      <div class="act">
        <label class="drag"><span></span><b></b><input type="range" min="0" step="1"></label>
        <p class="says"></p><p class="tested"></p>
      </div>
      <div class="drawn"><div class="curve"></div><p class="kit-keys"></p></div>
    </div>
  </div>`);
kit.keepOpaque(element);
const link = tenweeks.link(element), slider = part(".drag input");
part(".scale i").style.background = kit.gradient(false);

/** What cycle_picture returned, with its pictures as a sheet and as pixels.
 * @typedef {any} Cycle */
/** @type {Map<string, Cycle>} Cycles of the picture that is shown, by kind and disturbance. */
const cycles = new Map();
/** @type {{ key: string, title: string }[]} */
let disturbances = [];
/** @type {{ samples: number, bits: { bits: number, cycle_error: number }[] } | null} */
let tested = null;
let picture = "", input = "", kind = "", disturbance = "bits", at = 0, rests = 0, firstKind = "";
/** @type {Cycle | null} */
let cycle = null;
let stopPlay = () => {};

/** A mean change of a value, in 255ths. @param {number} value */
const levels = (value) => kit.fixed(255 * value, 1);
const key = () => `${kind} ${disturbance}`;
const want = kit.asking(root, () => cycles.has(key()), () => trigger("select", { picture, kind, disturbance }),
  { wait: 0 });
const views = Object.fromEntries(TILES.map((name) => [name, kit.panel(part(`.${name} canvas`))]));
const curve = kit.plot(part(".curve"), {
  height: 172, least: 240,
  read: (index) => {
    if (cycle && index !== at) choose({ at: index });
    return cycle ? tellStep() : "";
  },
});
const draw = kit.redraw(root, () => {
  if (!cycle) return;
  const { side, sheet, pixels, own } = cycle, { lost, gain } = subtract(pixels, side);
  const error = kit.paint(side, side, (i) => {
    const away = [0, 1, 2].map((channel) => Math.abs(read(pixels, side, i, at, 1, channel) - own[4 * i + channel]));
    return kit.pixelOf((away[0] + away[1] + away[2]) / 3 / 255 / ERROR_END, false);
  });
  const single = (/** @type {CanvasImageSource} */ canvas) =>
    ({ canvas, width: side, height: side, count: 1, across: 1 });
  /** @type {Record<string, [any, number]>} */
  const shown = { yours: [single(cycle.image), 0], middle: [sheet, at], back: [sheet, sheet.across + at],
    lost: [single(lost), 0], error: [single(error), 0] };
  for (const name of TILES) {
    const view = views[name];
    if (view.fit(1)) view.tile(shown[name][0], shown[name][1], 0, 0, view.canvas.width, view.canvas.height);
  }
  caption("lost", gain ? `lost, × ${gain}` : "lost: nothing");
});
/** One value of the sheet. @param {Uint8ClampedArray} pixels @param {number} side @param {number} i of its pixels
 * @param {number} column @param {number} row of the sheet @param {number} channel */
const read = (pixels, side, i, column, row, channel) => {
  const x = column * side + (i % side), y = row * side + Math.floor(i / side);
  return pixels[4 * (y * cycle.sheet.across * side + x) + channel];
};
/** What the middle lost, around grey, as many times as there is room for. @param {Uint8ClampedArray} pixels
 * @param {number} side */
function subtract(pixels, side) {
  const away = (/** @type {number} */ i, /** @type {number} */ channel) =>
    read(pixels, side, i, 0, 0, channel) - read(pixels, side, i, at, 0, channel);
  let most = 0;
  for (let i = 0; i < side * side; i++)
    for (const channel of [0, 1, 2]) most = Math.max(most, Math.abs(away(i, channel)));
  const gain = most && 2 ** Math.floor(Math.log2(127 / most));
  const grey = (/** @type {number} */ i) => [0, 1, 2].map((channel) => 127 + gain * away(i, channel));
  return { gain, lost: kit.paint(side, side, (i) => kit.pack(grey(i))) };
}
/** @param {string} name @param {...any} text */
function caption(name, ...text) {
  const title = part(`.${name} figcaption`);
  title.replaceChildren(...text);
  set(views[name].canvas, { role: "img", aria: { label: title.textContent } });
}
const tellStep = () => {
  const { name, middle_change: middle, back_change: back } = cycle.steps[at];
  return `${name}: the middle changes by ${levels(middle)} of 255, the way back by ${levels(back)}`;
};

/** Show the chosen step everywhere. */
function go() {
  if (!cycle) return;
  const { steps, other } = cycle, { name, middle_change: middle, back_change: back, plain_change: plain } = steps[at];
  slider.value = at;
  set(slider, { aria: { label: part(".drag span").textContent, valuetext: tellStep() } });
  set(part(".drag b"), { text: name });
  curve.go(at);
  caption("middle", `made a ${other}`, at ? make("b", ` · ${name}`) : "");
  caption("error", kit.term("cycle error", "error"), ": ", make("b", levels(steps[at].cycle_error)));
  const bold = (/** @type {number} */ value) => make("b", levels(value));
  const ratio = back / middle;
  part(".says").replaceChildren(...(at ? [
    "The middle changed by ", bold(middle), " of 255 on average, the way back by ",
    bold(back), ", ", make("b", `${kit.number(ratio, 2)} times`), ` as much. In drawn ${other}s nothing is hidden: ` +
    "their way back changes by ", bold(plain), ". ",
    make("b", back > middle && back > plain ? "It reads more than is seen." : "It reads no more than is seen.")]
    : ["The middle is whole, and the way back is ", bold(steps[0].cycle_error), " of 255 off. Drag."]));
  draw();
}
/** What stays while one drags. */
function describe() {
  const { kind: from, other, steps } = cycle;
  caption("yours", `taken for a ${from}`);
  caption("back", `made a ${from} again`);
  set(part(".drag span"), { text: disturbances.find((each) => each.key === disturbance)?.title });
  set(slider, { max: steps.length - 1 });
  const first = tested?.bits[0], coarse = tested?.bits.find(({ bits }) => bits === 3);
  const isTested = from === firstKind && disturbance === "bits" && tested && first && coarse;
  part(".tested").replaceChildren(...(isTested ? [`${tested?.samples} test photographs: `,
    make("b", levels(first.cycle_error)), ` of 255 off with ${first.bits} bits, `,
    make("b", levels(coarse.cycle_error)), ` with ${coarse.bits}.`] : []));
  const line = (/** @type {string} */ name) =>
    steps.map((/** @type {any} */ step, /** @type {number} */ x) => [x, 255 * step[`${name}_change`]]);
  const series = Object.entries(COLOURS).map(([name, colour]) =>
    ({ points: line(name), colour, dash: name === "plain" ? "5 4" : undefined }));
  const places = steps.map((/** @type {any} */ _, /** @type {number} */ x) => x);
  curve.show({
    label: `How far the middle and the way back change, step by step`, series, steps: places,
    x: { label: part(".drag span").textContent, ticks: places,
      write: (x) => (x || disturbance === "bits" ? `${steps[x].step}` : "–") },
    y: { label: "mean change, of 255", low: 0 },
  }, at);
  const names = { back: "the way back", middle: "the middle", plain: `the way back of drawn ${other}s` };
  part(".kit-keys").replaceChildren(...series.map((each, i) =>
    make("span", kit.plotKey(each), ` ${Object.values(names)[i]}`)));
}

const markKind = kit.choice(part(".kinds"), "kind", (kind) => choose({ kind }));
const markDisturbance = kit.choice(part(".disturbances"), "disturbance", (disturbance) => choose({ disturbance }));
/** The visitor chose. @param {{ kind?: string, disturbance?: string, at?: number }} next */
function choose(next) {
  stopPlay();
  ({ kind, disturbance, at } = { kind, disturbance, at, ...next });
  show();
  held.keep({ kind: kind === firstKind ? null : kind, disturbance: disturbance === "bits" ? null : disturbance,
    level: at === rests ? null : at });
}
const held = link.hold(["kind", "disturbance", "level"], (/** @type {Record<string, string>} */ asked) => {
  if (["kinds", "disturbances"].every((name) => part(`.${name} button`))) {
    const known = (/** @type {string} */ name) => part(`[data-${name}="${CSS.escape(asked[name] ?? "")}"]`);
    if (known("kind")) kind = asked.kind;
    if (known("disturbance")) disturbance = asked.disturbance;
    at = kit.wholeBelow(asked.level, 8) ?? at;
    show();
  }
});
slider.addEventListener("input", () => choose({ at: Number(slider.value) }));

function show() {
  markKind(kind);
  markDisturbance(disturbance);
  const found = cycles.get(key());
  root.classList.toggle("waiting", !found);
  if (!found) return want();
  if (found !== cycle) {
    cycle = found;
    describe();
  }
  go();
}
/** Show cycles of the present picture once their pictures are there. @param {any[]} came */
async function add(came) {
  const load = (/** @type {string} */ source) => new Promise((ready) => kit.loadImage(source, ready));
  const readPixels = (/** @type {HTMLImageElement} */ image) => {
    const canvas = make("canvas", { width: image.width, height: image.height }), pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0);
    return pen.getImageData(0, 0, image.width, image.height).data;
  };
  const ready = await Promise.all(came.map(async (each) => {
    const [image, pictures] = await Promise.all([load(each.input), load(each.pictures)]);
    const { side, steps } = each, across = steps.length;
    const sheet = { canvas: pictures, width: side, height: side, count: 2 * across, across };
    return { ...each, image, sheet, pixels: readPixels(pictures), own: readPixels(image) };
  }));
  for (const each of ready) if (each.input === input) cycles.set(`${each.kind} ${each.disturbance}`, each);
  show();
}

async function receive() {
  const value = props.value || {};
  set(part(".missing"), { hidden: !value.missing, text: value.missing ?? "" });
  part(".known").hidden = !!value.missing;
  if (!value.cycles) return;
  if (!value.disturbance) {
    cycles.clear();
    ({ picture } = value);
    ({ input } = value.cycles[0]);
  }
  if (!value.disturbances) return add(value.cycles);
  ({ disturbances, tested } = value);
  const { kind: first, steps } = value.cycles[0];
  kind = firstKind = first;
  at = rests = steps.findIndex((/** @type {any} */ { step }) => step === value.rests);
  part(".kinds").replaceChildren(...value.cycles.map(({ kind, other }) =>
    make("button", { data: { kind } }, `${kind} → ${other} → back`)));
  part(".disturbances").replaceChildren(...disturbances.map(({ key }) =>
    make("button", { data: { disturbance: key } }, key === "jpeg" ? "JPEG" : key)));
  await add(value.cycles);
  if (held.apply()) return;
  // To the last step, where it waits, and back to where it rests.
  const down = [...steps.keys()], last = steps.length - 1;
  const way = [...down, last, last, last, ...down.slice(rests, -1).reverse()];
  const showStep = (/** @type {number} */ step) => {
    at = step;
    show();
  };
  const step = (/** @type {number} */ i) => showStep(way[i]);
  stopPlay = kit.play(root, { count: way.length, wait: 420, step, end: () => showStep(rests) });
}
watch("value", receive);
receive();
