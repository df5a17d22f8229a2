// @ts-check
// Sixteen pictures on their way from noise; of one of them three strips, scrubbed without a request.
const { make, set } = kit;
const SIDE = 28, PIXELS = SIDE * SIDE, PICTURES = 16;
const { root, part } = kit.widget(element, "lab widget", `
<p class="missing" hidden></p>
<div class="bench">
  <div class="wishes">
    <div class="field classes"><span>Asked for</span>
      <div role="group" aria-label="The class that is asked for"></div></div>
    <label class="field network"><span>Network</span><select></select></label>
    <label class="field sampler"><span>Sampler</span><select></select></label>
    <label class="field steps"><span>Steps: <b></b></span><input type="range" min="0" step="1"></label>
    <label class="field guidance"><span></span><input type="range" min="0" step="0.5"></label>
    <div class="field seed"><span>Seed</span><div><input type="text" inputmode="numeric" aria-label="Seed">
      <button type="button" class="next">Another</button></div></div>
  </div>
  <div class="seen">
    <div class="one">
      <div class="sum">
        <figure class="noised"><canvas role="img"></canvas><figcaption></figcaption></figure>
        <p class="sign"><span>=</span><b class="kept"></b></p>
        <figure class="clean"><canvas role="img"></canvas><figcaption>the picture that it expects</figcaption></figure>
        <p class="sign"><span>+</span><b class="lost"></b></p>
        <figure class="noise"><canvas role="img"></canvas><figcaption>noise: <i
          class="below"></i>below 0, <i class="above"></i>above</figcaption></figure>
      </div>
      <div class="strips"></div>
      <p class="ends"><span>t = 999: noise</span><span>t = 0: the picture</span></p>
    </div>
    <div class="many">
      <canvas class="grid" tabindex="0" role="slider"></canvas>
      <p class="says" role="status"></p>
      <div class="way"><progress max="1" value="0" aria-label="How far the run is" hidden></progress>
        <button type="button" class="stop" hidden>Stop</button></div>
      <p class="problem" role="alert" hidden></p>
      <div class="turn"><button type="button" class="branch"></button><button type="button" class="back" hidden>Back to
        the run before</button><label>by <select></select></label></div>
    </div>
  </div>
  <div class="drawn" hidden><label class="field"><span></span><input type="range" min="0" max="999" step="1" value="499"
    ></label><button type="button" class="leave">Start from noise again</button></div>
</div>`);
kit.keepOpaque(element);
const link = tenweeks.link(element);
const requests = kit.requests(trigger);
const names = /** @type {const} */ (["noised", "clean", "noise"]);
const titles = ["there is", "expected", "noise"];
part(".strips").append(...names.map((name, row) =>
  make("div.strip", make("span", titles[row]),
    make(`canvas.${name}-strip`, row ? { aria: { hidden: true } } : { tabindex: 0 }))));

/**
 * @typedef {{ network: string, label: string, sampler: string, steps: number, guidance: number, seed: number }} Wish
 * @typedef {{ wish: Wish, times: number[], clean: string, noise: string, seconds?: number, read_as?: string[] | null,
 *   branch?: { at: number, picture: number }, level?: number }} Run
 * @typedef {{ clean: Uint8Array, noise: Uint8Array, count: number }} Sheets greys of picture, frame, pixel
 */
/** @type {any} */
let choices = null;
/** @type {Run | null} */
let run = null;
/** @type {{ run: Run, sheets: Sheets, chosen: number } | null} The run that a branch left. */
let trunk = null;
/** @type {Sheets | null} */
let sheets = null;
/** @type {Wish} */
let wish;
/** @type {{ picture: string } | null} */
let drawing = null;
/** @type {number[]} ᾱ of every level */
let alphas = [];
let chosen = 0, at = 0, turn = 0, stopPlay = () => {};
/** @type {HTMLImageElement | null} The sixteen as they come. */
let coming = null;

// ------------------------------------------------------------------------------------------ frames
/** The greys of a sheet, a row of frames for each picture, as picture, frame, pixel. @param {string} source */
const readSheet = (source) => new Promise((/** @type {(greys: Uint8Array) => void} */ resolve) => {
  kit.loadImage(source, (image) => {
    const { naturalWidth: width, naturalHeight: height } = image;
    const pen = set(document.createElement("canvas"), { width, height }).getContext("2d");
    pen?.drawImage(image, 0, 0);
    const pixels = pen?.getImageData(0, 0, width, height).data ?? [], frames = width / SIDE;
    const greys = new Uint8Array(width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const place = Math.floor(y / SIDE) * frames + Math.floor(x / SIDE);
        greys[place * PIXELS + (y % SIDE) * SIDE + x % SIDE] = pixels[4 * (y * width + x)];
      }
    }
    resolve(greys);
  });
});
const cut = (/** @type {number} */ frame) => PIXELS * (chosen * (sheets?.count ?? 0) + frame);
/** One of the three pictures at a frame, as packed pixels. @param {string} name @param {number} frame */
function colourOf(name, frame) {
  const { clean, noise } = /** @type {Sheets} */ (sheets), start = cut(frame), alpha = alphas[timeOf(frame)];
  const kept = Math.sqrt(alpha), lost = Math.sqrt(1 - alpha);
  const grey = (/** @type {number} */ value) => {
    const code = Math.round(127.5 * (kit.clamp(value, -1, 1) + 1));
    return kit.pack([code, code, code]);
  };
  if (name === "clean") return (/** @type {number} */ i) => kit.pack([0, 0, 0].fill(clean[start + i]));
  const eps = (/** @type {number} */ i) => noise[start + i] / 42.5 - 3;
  if (name === "noise") return (/** @type {number} */ i) => kit.pixelOf(eps(i) / 3, true);
  return (/** @type {number} */ i) => grey(kept * (clean[start + i] / 127.5 - 1) + lost * eps(i));
}
const timeOf = (/** @type {number} */ frame) => run?.times[frame] ?? 0;

// ------------------------------------------------------------------------------------------ drawing
const panels = names.map((name) => kit.panel(part(`.${name} canvas`)));
const strips = names.map((name) => kit.panel(part(`.${name}-strip`)));
const grid = kit.panel(part(".grid"));
/** @type {HTMLCanvasElement[]} */
let films = [];
/** Every frame of the chosen picture in one canvas a strip. */
function film() {
  if (!sheets) return;
  const { count } = sheets;
  films = names.map((name) => {
    const canvas = document.createElement("canvas"), pen = set(canvas, { width: SIDE * count, height: SIDE })
      .getContext("2d");
    for (let frame = 0; frame < count; frame++)
      pen?.drawImage(kit.paint(SIDE, SIDE, colourOf(name, frame)), SIDE * frame, 0);
    return canvas;
  });
}
const shown = () => {
  const wide = strips[0].canvas.clientWidth, count = sheets?.count ?? 1;
  return Math.max(1, Math.min(count, Math.floor(wide / 38)));
};
const draw = kit.redraw(root, () => {
  if (!sheets || !run) return;
  const { count } = sheets;
  panels.forEach((panel, row) => {
    if (!panel.fit(1)) return;
    const { pen, canvas } = panel;
    pen.imageSmoothingEnabled = false;
    pen.drawImage(films[row], SIDE * at, 0, SIDE, SIDE, 0, 0, canvas.width, canvas.height);
  });
  const tiles = shown(), marked = tiles > 1 ? Math.round(at * (tiles - 1) / Math.max(1, count - 1)) : 0;
  strips.forEach((strip, row) => {
    if (!strip.fit(1 / tiles)) return;
    const size = strip.canvas.width / tiles, gap = 2 * strip.dense;
    strip.pen.imageSmoothingEnabled = false;
    for (let tile = 0; tile < tiles; tile++) {
      const frame = tile === marked ? at : Math.round(tile * (count - 1) / Math.max(1, tiles - 1));
      strip.pen.drawImage(films[row], SIDE * frame, 0, SIDE, SIDE, tile * size, 0, size - gap, size);
    }
    strip.outline(marked * size, 0, size - gap, strip.canvas.height, true);
  });
  drawGrid();
});
function drawGrid() {
  if (!grid.fit(1) || !sheets) return;
  const size = grid.canvas.width / 4, gap = 3 * grid.dense;
  grid.pen.imageSmoothingEnabled = false;
  for (let index = 0; index < PICTURES; index++) {
    const x = (index % 4) * size, y = Math.floor(index / 4) * size;
    if (coming) grid.pen.drawImage(coming, SIDE * index, 0, SIDE, SIDE, x, y, size - gap, size - gap);
    else {
      const start = PIXELS * (index * sheets.count + at), greys = sheets.clean;
      const tile = kit.paint(SIDE, SIDE, (i) => kit.pack([0, 0, 0].fill(greys[start + i])));
      grid.pen.drawImage(tile, x, y, size - gap, size - gap);
    }
    if (index === chosen && !coming) grid.outline(x, y, size - gap, size - gap, true);
  }
}

/** @param {number} frame */
function go(frame) {
  if (!sheets || !run) return;
  at = kit.clamp(frame, 0, sheets.count - 1);
  const t = timeOf(at), alpha = alphas[t];
  set(part(".kept"), { text: `${kit.fixed(Math.sqrt(alpha), 2)} ×` });
  set(part(".lost"), { text: `${kit.fixed(Math.sqrt(1 - alpha), 2)} ×` });
  set(part(".noised figcaption"), { text: `what there is at t = ${t}` });
  for (const { canvas } of panels) set(canvas, { aria: { label: canvas.nextElementSibling?.textContent } });
  set(part(".branch"), { text: `From t = ${t}, sixteen other ways`, disabled: Boolean(turn) });
  const aria = { label: "The way from noise", valuemin: 1, valuemax: sheets.count, valuenow: at + 1,
    valuetext: `t = ${t}, ${kit.percent(alpha)} of the picture's variance` };
  set(strips[0].canvas, { role: "slider", aria });
  draw();
}
for (const { canvas } of strips) {
  const place = (/** @type {PointerEvent} */ event) =>
    Math.round(kit.fraction(event, canvas)[0] * ((sheets?.count ?? 1) - 1));
  kit.steer(canvas, {
    size: () => sheets?.count, at: () => at, drag: true, place, choose: (index) => go(index),
    hover: (index) => index !== null && go(index),
  });
}
kit.steer(grid.canvas, {
  size: () => sheets && PICTURES,
  at: () => chosen,
  across: () => 4,
  place: (event) => {
    const [row, column] = kit.cell(event, grid.canvas, 4, 4);
    return 4 * row + column;
  },
  choose: (index) => choosePicture(index),
});
function choosePicture(/** @type {number} */ index) {
  chosen = index;
  film();
  const as = run?.read_as?.[index];
  const valuetext = `picture ${index + 1}${as ? `, read as ${as}` : ""}`;
  set(grid.canvas, { aria: { label: "Sixteen pictures of this run", valuemin: 1, valuemax: PICTURES,
    valuenow: index + 1, valuetext } });
  go(at);
}

// ------------------------------------------------------------------------------------------ runs
/** @param {Run} next @param {number} [picture] */
async function showRun(next, picture = 0) {
  const [clean, noise] = await Promise.all([readSheet(next.clean), readSheet(next.noise)]);
  const count = next.times.length, share = sheets && !next.branch ? at / Math.max(1, sheets.count - 1) : 0;
  run = next;
  sheets = { clean, noise, count };
  coming = null;
  choosePicture(picture);
  go(next.branch ? 0 : Math.round(share * (count - 1)));
  part(".back").hidden = !trunk;
  tell();
  root.classList.add("ready");
}
function tell() {
  if (!run) return;
  const { wish: made, seconds, read_as: read, branch } = run;
  const right = read?.filter((each) => each === made.label).length;
  const from = branch ? `One noisy picture, from t = ${branch.at} sixteen ways` : run.level !== undefined
    ? `Your drawing, noised to t = ${run.level} sixteen times` : `Sixteen of “${made.label}”`;
  const alike = branch && made.sampler !== "DDPM" ? " It draws no noise, so all are alike." : "";
  part(".says").replaceChildren(make("b", from), `, ${kit.grouped(made.steps)} steps of ${made.sampler}` +
    `${seconds ? ` in ${kit.number(seconds, 2)} s` : ""}.${alike}` +
    `${read ? ` A classifier reads ${right} of 16 as “${made.label}”.` : ""}`);
}
/** @param {string} kind @param {object} [more] */
async function ask(kind, more = {}) {
  stopPlay();
  stop();
  complain("");
  if (kind !== "branch") trunk = null;
  const answer = requests.ask("select", { kind, ...wish, ...more }, { patience: 60_000, progress: hear });
  turn = answer.turn;
  const mine = turn;
  busy(true);
  const { problem, run: next, stopped } = await answer;
  if (mine !== turn) return;
  turn = 0;
  busy(false);
  coming = null;
  if (problem) complain(problem);
  if (next) await showRun(next, 0);
  else if (!stopped && !problem) complain("No answer came: try it again.");
  go(at);
}
function hear(/** @type {any} */ { done = 0, ahead, now, t }) {
  set(part("progress"), { value: done });
  set(part(".says"), { text: ahead ? `${kit.plural(ahead, "run")} before yours.` : `t = ${t ?? 999} …` });
  if (now) coming = kit.loadImage(now, (image) => {
    if (coming === image) draw();
  });
}
function stop() {
  if (!turn) return;
  trigger("stop", { turn });
  requests.drop(turn);
  turn = 0;
  busy(false);
  coming = null;
  tell();
}
function busy(/** @type {boolean} */ isBusy) {
  root.classList.toggle("busy", isBusy);
  for (const name of ["progress", ".stop"]) part(name).hidden = !isBusy;
  part(".branch").disabled = isBusy;
}
const complain = (/** @type {string} */ text) => set(part(".problem"), { text, hidden: !text });
part(".stop").addEventListener("click", () => {
  stop();
  set(part(".says"), { text: "Stopped." });
  go(at);
});
const start = kit.debounced(() => {
  if (drawing) ask("drawing", { picture: drawing.picture, level: valueOf(".drawn") });
  else ask("sample");
}, 250);
part(".branch").addEventListener("click", () => {
  if (!run || !sheets) return;
  trunk ??= { run, sheets, chosen };
  const { run: origin, chosen: picture } = trunk, time = timeOf(at);
  wish = { ...origin.wish };
  ask("branch", { at: time, picture, branch_sampler: part(".turn select").value,
    branch_seed: Math.floor(Math.random() * 2 ** 31) });
});
part(".back").addEventListener("click", () => {
  if (!trunk) return;
  stop();
  [{ run, sheets, chosen }, trunk] = [trunk, null];
  part(".back").hidden = true;
  choosePicture(chosen);
  tell();
});

// ------------------------------------------------------------------------------------------ what is asked
/** @param {string | undefined} text */
const isSeed = (text) => /^\d+$/.test(text ?? "") && Number.isSafeInteger(Number(text));
const networkOf = (/** @type {string | undefined} */ name) =>
  choices.networks.find((/** @type {any} */ each) => each.network === name);
const held = link.hold(["network", "label", "sampler", "steps", "guidance", "seed"], (
  /** @type {Record<string, string>} */ asked) => {
  const known = networkOf(asked.network) ?? networkOf(wish.network), next = { ...wish, network: known.network };
  if (known.labels.includes(asked.label)) next.label = asked.label;
  if (choices.samplers.includes(asked.sampler)) next.sampler = asked.sampler;
  if (choices.steps.includes(Number(asked.steps))) next.steps = Number(asked.steps);
  if (Number(asked.guidance) >= 0 && Number(asked.guidance) <= choices.guidance) next.guidance = Number(asked.guidance);
  if (isSeed(asked.seed)) next.seed = Number(asked.seed);
  if (JSON.stringify(next) === JSON.stringify(wish)) return;
  wish = next;
  showWish();
  start();
});
/** @param {Partial<Wish>} change */
function change(change) {
  wish = { ...wish, ...change };
  showWish();
  const opening = choices.run.wish;
  held.keep(Object.fromEntries(Object.entries(wish).map(([name, value]) =>
    [name, value === opening[name] ? null : value])));
  start();
}
const mark = kit.choice(part(".classes"), "label", (label) => change({ label }));
function showWish() {
  const known = networkOf(wish.network);
  if (part(".classes div").dataset.network !== wish.network) {
    set(part(".classes div"), { data: { network: wish.network } });
    part(".classes div").replaceChildren(...known.labels.map((/** @type {string} */ label) =>
      make("button", { data: { label } }, label)));
  }
  mark(wish.label);
  part(".network select").value = wish.network;
  part(".sampler select").value = wish.sampler;
  part(".steps input").value = choices.steps.indexOf(wish.steps);
  set(part(".steps b"), { text: kit.grouped(wish.steps) });
  set(part(".steps input"), { aria: { valuetext: `${wish.steps} steps` } });
  part(".guidance input").value = wish.guidance;
  part(".guidance span").replaceChildren(
    kit.term("guidance", "Guidance"), ": ", make("b", kit.number(wish.guidance, 2)));
  part(".seed input").value = `${wish.seed}`;
}
part(".network select").addEventListener("change", () => {
  const network = part(".network select").value;
  const { labels } = networkOf(network);
  change({ network, label: labels.includes(wish.label) ? wish.label : labels[0] });
});
part(".sampler select").addEventListener("change", () => change({ sampler: part(".sampler select").value }));
const valueOf = (/** @type {string} */ field) => Number(part(`${field} input`).value);
part(".steps input").addEventListener("input", () => change({ steps: choices.steps[valueOf(".steps")] }));
part(".guidance input").addEventListener("input", () => change({ guidance: valueOf(".guidance") }));
part(".seed .next").addEventListener("click", () => change({ seed: (wish.seed + 1) % Number.MAX_SAFE_INTEGER }));
part(".seed input").addEventListener("change", () => {
  const text = part(".seed input").value.trim();
  if (isSeed(text)) change({ seed: Number(text) });
  else complain(`A seed is a whole number from 0 to ${kit.grouped(Number.MAX_SAFE_INTEGER)}.`);
});
part(".drawn input").addEventListener("input", () => {
  showLevel();
  start();
});
part(".leave").addEventListener("click", () => {
  drawing = null;
  part(".drawn").hidden = true;
  start();
});
function showLevel() {
  const t = valueOf(".drawn"), left = kit.percent(alphas[t] ?? 0);
  set(part(".drawn span"), { text: `Your drawing is noised to t = ${t}: ${left} of its variance is left` });
}

// ------------------------------------------------------------------------------------------ what comes
function open(/** @type {any} */ value) {
  choices = value;
  const { levels, first, last } = value.schedule;
  let kept = 1;
  alphas = Array.from({ length: levels }, (_, t) => (kept *= 1 - (first + (last - first) * t / (levels - 1))));
  wish = { ...value.run.wish };
  set(part(".steps input"), { max: value.steps.length - 1 });
  set(part(".guidance input"), { max: value.guidance });
  for (const [name, options] of [[".sampler", value.samplers], [".turn", value.samplers],
    [".network", value.networks.map((/** @type {any} */ each) => each.network)]])
    part(`${name} select`).replaceChildren(...options.map((/** @type {string} */ each) => make("option", each)));
  part(".network").hidden = value.networks.length < 2;
  showWish();
  showRun(value.run).then(() => {
    const { count } = /** @type {Sheets} */ (sheets);
    go(Math.round(0.55 * (count - 1)));
    if (!held.apply()) stopPlay = kit.play(root, { count, wait: 160, step: go });
  });
}
function receive() {
  const value = props.value || {};
  set(part(".missing"), { hidden: !value.missing, text: value.missing ?? "" });
  part(".bench").hidden = !value.networks && !choices;
  if (value.networks) open(value);
  else if ("drawing" in value) {
    drawing = choices && value.drawing;
    part(".drawn").hidden = !drawing;
    showLevel();
    if (drawing) {
      start();
      root.scrollIntoView({ block: "nearest" });
    }
  } else requests.receive(value);
}
watch("value", receive);
receive();
