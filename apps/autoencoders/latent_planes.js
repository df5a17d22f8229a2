// @ts-check
// Two planes of codes, decoded under the pointer by the networks' own weights, and a walk between two digits.
const { make, set } = kit;
const SIDE = 28, PIXELS = SIDE * SIDE;
const STEPS = 200; // of the arrow keys, from edge to edge of a plane
const STOPS = 9; // pictures on the way from A to B
const half = (/** @type {string} */ name) => `
  <section class="half ${name}">
    <div class="top"><h3></h3></div>
    <canvas class="field" tabindex="0" role="application"></canvas>
    <div class="drawn">
      <canvas class="picture" role="img"></canvas><p class="place" role="status"></p><p class="posterior"></p></div>
    <canvas class="way"></canvas>
    <p class="holes"></p>
  </section>`;
const { root, part, style } = kit.widget(element, "planes", `
  <p class="missing" hidden></p>
  <div class="halves">${half("plain")}${half("priced")}</div>
  <div class="foot">
    <div class="digits" role="group" aria-label="Test digits of one class"></div>
    <p class="between"><span>The walk: from</span> <b>A</b> <img class="first" alt="">
      <span>to</span> <b>B</b> <img class="second" alt="">
      <button type="button" class="swap">Let B be A, then draw another B</button></p>
  </div>`);
kit.keepOpaque(element);
const link = tenweeks.link(element);
part(".priced .top").append(make("label.beta", make("span", "β, the price of a nat"),
  make("input", { type: "range", min: 0, max: 0, step: 1, value: 0 }), make("b")));
const slider = part(".beta input");

/** @typedef {{ network: string, code: number[], deviation: number[] }} Place
 * @typedef {{ name: string, saw: string, networks: Place[] }} Digit */
/** @type {(Digit | null)[]} A and B, between which one walks */
let digits = [null, null];
/** @type {{ network: string, beta: number }[]} */
let networks = [];
let opening = "", wanted = "", only = -1;
/** @type {Map<string, any>} Planes by their network, once they came. */
const planes = new Map();
let stopPlay = () => {};

// ------------------------------------------------------------------------------------------ the networks' numbers
/** A function from a code to the probability of white of every pixel. @param {number[]} widths @param {string} text */
function readDecoder(widths, text) {
  const values = kit.readHalves(text);
  return (/** @type {ArrayLike<number>} */ code) => {
    let x = Float64Array.from(code), at = 0;
    widths.slice(1).forEach((fanOut, depth) => {
      const fanIn = widths[depth], y = new Float64Array(fanOut), bias = at + fanIn * fanOut;
      const last = depth === widths.length - 2;
      for (let row = 0; row < fanOut; row++) {
        let sum = values[bias + row];
        for (let column = 0; column < fanIn; column++) sum += values[at++] * x[column];
        y[row] = last ? 1 / (1 + Math.exp(-sum)) : Math.max(0, sum);
      }
      at = bias + fanOut;
      x = y;
    });
    return x;
  };
}
/** A plane as it came, made ready. @param {any} sent @param {any} holes */
function keepPlane(sent, holes) {
  const codes = kit.readHalves(sent.codes), labels = kit.decode(sent.labels);
  const middles = Array.from({ length: 10 }, (_, digit) => [0, 1].map((axis) => {
    const found = codes.filter((_, i) => i % 2 === axis && labels[i >> 1] === digit).sort();
    return found[found.length >> 1];
  }));
  planes.set(sent.network, { ...sent, codes, labels, middles, holes, decode: readDecoder(sent.widths, sent.weights) });
}
/** A picture of probabilities, white on black as the network has it. @param {ArrayLike<number>} x */
const paintDigit = (x) => kit.paint(SIDE, SIDE, (i) => kit.pack([255 * x[i], 255 * x[i], 255 * x[i]]));

// ---------------------------------------------------------------------------------------------------- a half
/** @param {string} name @param {string} title */
function makeHalf(name, title) {
  const find = (/** @type {string} */ selector) => part(`.${name} ${selector}`);
  const field = kit.panel(find(".field")), picture = kit.panel(find(".picture")), strip = kit.panel(find(".way"));
  const ground = document.createElement("canvas");
  /** @type {any} */
  let plane = null;
  /** @type {number[]} */
  let code = [0, 0];
  /** @type {HTMLCanvasElement[]} */
  let stops = [];
  let share = -1, isStale = true;
  find("h3").textContent = title;

  const codeOf = (/** @type {Digit | null} */ digit) => digit?.networks.find((each) => each.network === plane?.network);
  const ends = () => digits.map((digit) => codeOf(digit)?.code);
  /** Where a code lies, in the canvas's pixels. @param {number[]} at */
  const put = ([x, y]) => {
    const { low, high } = plane, side = field.canvas.width;
    const across = (x - low[0]) / (high[0] - low[0]), up = (y - low[1]) / (high[1] - low[1]);
    return /** @type {[number, number]} */ ([across * side, (1 - up) * side]);
  };
  const atPlace = (/** @type {number[]} */ [row, column]) => [0, 1].map((axis) =>
    plane.low[axis] + (plane.high[axis] - plane.low[axis]) * (axis ? 1 - row / STEPS : column / STEPS));
  const placeOf = () => [0, 1].map((i) => {
    const axis = 1 - i, part = (code[axis] - plane.low[axis]) / (plane.high[axis] - plane.low[axis]);
    return kit.clamp(STEPS * (axis ? 1 - part : part), 0, STEPS);
  });

  function drawGround() {
    const side = field.canvas.width, size = 1.7 * field.dense, pen = set(ground, { width: side, height: side })
      .getContext("2d");
    if (!pen) return;
    for (let digit = 0; digit < 10; digit++) {
      const isQuiet = only >= 0 && only !== digit;
      pen.globalAlpha = isQuiet ? 0.06 : only === digit ? 0.8 : 0.42;
      pen.fillStyle = kit.TEN[digit];
      plane.labels.forEach((/** @type {number} */ label, /** @type {number} */ i) => {
        if (label !== digit) return;
        const [x, y] = put([plane.codes[2 * i], plane.codes[2 * i + 1]]);
        pen.fillRect(x - size / 2, y - size / 2, size, size);
      });
    }
    pen.globalAlpha = 1;
    pen.font = `700 ${15 * field.dense}px ${style("font-family")}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineWidth = 4 * field.dense;
    pen.lineJoin = "round";
    plane.middles.forEach((/** @type {number[]} */ middle, /** @type {number} */ digit) => {
      if (!middle.every(Number.isFinite) || (only >= 0 && only !== digit)) return;
      const [x, y] = put(middle);
      pen.strokeStyle = style("--body-background-fill");
      pen.strokeText(`${digit}`, x, y);
      pen.fillStyle = style("--body-text-color");
      pen.fillText(`${digit}`, x, y);
    });
  }
  /** A or B in a disc, away from the other end, so that nothing covers the posterior. */
  function writeName(/** @type {string} */ name, /** @type {number[]} */ at) {
    const { pen, dense } = field, [start, end] = ends(), [x, y] = put(at);
    const other = put((at === start ? end : start) ?? at), far = Math.hypot(x - other[0], y - other[1]) || 1;
    const side = field.canvas.width, away = 20 * dense;
    const place = [x + away * (x - other[0]) / far, y + away * (y - other[1]) / far + (far === 1 ? away : 0)]
      .map((each) => kit.clamp(each, 10 * dense, side - 10 * dense));
    pen.beginPath();
    pen.arc(place[0], place[1], 9 * dense, 0, 2 * Math.PI);
    pen.fillStyle = style("--body-text-color");
    pen.fill();
    pen.fillStyle = style("--body-background-fill");
    pen.font = `700 ${11 * dense}px ${style("font-family")}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(name, place[0], place[1] + dense / 2);
  }
  /** Posterior, line and ends of the walk, and the code that is decoded. */
  function drawMarks() {
    const { pen, dense } = field, ink = style("--body-text-color"), paper = style("--body-background-fill");
    const [start, end] = ends();
    pen.strokeStyle = ink;
    pen.lineWidth = 1.25 * dense;
    for (const digit of digits) {
      const { code: mean, deviation = [] } = codeOf(digit) ?? {};
      for (const times of deviation.length && mean ? [1, 2] : []) {
        const scale = field.canvas.width / (plane.high[0] - plane.low[0]);
        pen.globalAlpha = 1 / times;
        pen.beginPath();
        pen.ellipse(...put(mean), times * deviation[0] * scale, times * deviation[1] * scale, 0, 0, 2 * Math.PI);
        pen.stroke();
      }
    }
    pen.globalAlpha = 1;
    if (start && end) {
      pen.setLineDash([4 * dense, 3 * dense]);
      pen.beginPath();
      pen.moveTo(...put(start));
      pen.lineTo(...put(end));
      pen.stroke();
      pen.setLineDash([]);
    }
    [start, end].forEach((at, index) => at && writeName("AB"[index], at));
    pen.beginPath();
    pen.arc(...put(code), 7 * dense, 0, 2 * Math.PI);
    pen.strokeStyle = paper;
    pen.lineWidth = 5 * dense;
    pen.stroke();
    pen.strokeStyle = style("--color-accent");
    pen.lineWidth = 3 * dense;
    pen.stroke();
  }
  const draw = kit.redraw(field.canvas, () => {
    if (!plane || !field.fit(1)) return;
    if (isStale || ground.width !== field.canvas.width) drawGround();
    isStale = false;
    field.pen.drawImage(ground, 0, 0);
    drawMarks();
    if (picture.fit(1)) {
      picture.pen.imageSmoothingEnabled = false;
      picture.pen.drawImage(paintDigit(plane.decode(code)), 0, 0, picture.canvas.width, picture.canvas.height);
    }
    const [label, far] = findNearest();
    const numbers = code.map((each) => kit.fixed(each, 2)).join(", ");
    const text = `code (${numbers})`, nearest = `nearest test digit: a ${label}, ${kit.fixed(far, 2)} away`;
    find(".place").replaceChildren(make("b", text), make("span", nearest));
    set(picture.canvas, { aria: { label: `What the decoder draws at ${text}` } });
    drawStrip();
  });
  function drawStrip() {
    const gap = 4, wide = (strip.canvas.clientWidth - gap * (STOPS - 1)) / STOPS;
    if (!strip.fit(wide / strip.canvas.clientWidth)) return;
    const size = strip.canvas.height, step = size + gap * strip.dense;
    strip.pen.imageSmoothingEnabled = false;
    stops.forEach((stop, at) => strip.pen.drawImage(stop, at * step, 0, size, size));
    if (share < 0 || !stops.length) return;
    strip.outline(share * (strip.canvas.width - size), 0, size, size, true);
  }
  function findNearest() {
    let best = 0, least = Infinity;
    for (let i = 0; i < plane.labels.length; i++) {
      const far = (plane.codes[2 * i] - code[0]) ** 2 + (plane.codes[2 * i + 1] - code[1]) ** 2;
      if (far < least) [best, least] = [i, far];
    }
    return [plane.labels[best], Math.sqrt(least)];
  }
  function goTo(/** @type {number[]} */ to) {
    share = -1;
    code = to;
    draw();
  }
  kit.steer(field.canvas, {
    size: () => plane && [STEPS + 1, STEPS + 1],
    at: placeOf,
    drag: true,
    page: STEPS / 10,
    place: (event) => kit.fraction(event, field.canvas).reverse().map((each) => each * STEPS),
    choose: (place) => goTo(atPlace(place)),
    hover: (place) => place && goTo(atPlace(place)),
  });
  kit.steer(strip.canvas, {
    size: () => stops.length && 101,
    at: () => Math.round(100 * Math.max(0, share)),
    drag: true,
    page: 13,
    place: (event) => Math.round(100 * kit.fraction(event, strip.canvas)[0]),
    choose: (place) => walkTo(place / 100),
    hover: (place) => place !== null && walkTo(place / 100),
  });
  return {
    network: () => plane?.network,
    /** Another plane, or other digits. @param {string} reference */
    show(reference) {
      plane = planes.get(reference);
      isStale = true;
      const [start, end] = ends();
      stops = start && end
        ? Array.from({ length: STOPS }, (_, at) =>
          paintDigit(plane.decode(start.map((from, axis) => from + at / (STOPS - 1) * (end[axis] - from)))))
        : [];
      strip.canvas.hidden = !stops.length;
      const { sure, codes, judge, level } = plane.holes;
      find(".holes").replaceChildren(make("b", `${kit.grouped(sure)} of ${kit.grouped(codes)}`),
        ` codes drawn at random are digits: ${judge.split("@")[0]} is at least ${100 * level} % sure of what they ` +
        "become.");
      const deviation = codeOf(digits[1])?.deviation ?? [];
      find(".posterior").replaceChildren(...(deviation.length ? ["B is a ", kit.term("posterior", "Gaussian"),
        ` here, with deviations ${deviation.map((each) => kit.number(each, 2)).join(" and ")}: ` +
        "the rings show one and two of them."] : []));
      set(field.canvas, { aria: { label: `The codes of ${plane.network}: ${kit.grouped(plane.labels.length)} ` +
        "test digits. Arrow keys move the code that is decoded." } });
      draw();
    },
    /** @param {number} to share of the way from A to B */
    walk(to) {
      const [start, end] = ends();
      if (!start || !end) return;
      share = to;
      code = start.map((from, axis) => from + to * (end[axis] - from));
      const aria = { label: "The way from A to B", valuemin: 0, valuemax: 100, valuenow: Math.round(100 * to),
        valuetext: `${Math.round(100 * to)} % of the way` };
      set(strip.canvas, { role: "slider", tabindex: 0, aria });
      draw();
    },
    goTo,
    at: () => code,
    isWalking: () => share >= 0,
    renew: () => {
      isStale = true;
      draw();
    },
  };
}
const halves = [makeHalf("plain", "Autoencoder: the code is free"), makeHalf("priced", "VAE: every nat has its price")];
const [plain, priced] = halves;
const walkTo = (/** @type {number} */ share) => halves.forEach((each) => each.walk(share));

// ------------------------------------------------------------------------------------------------------- β
const want = kit.asking(root, () => planes.has(wanted), () => trigger("select", { network: wanted }), { wait: 0 });
const held = link.hold(["network"], (/** @type {any} */ { network }) => chooseNetwork(network));
function chooseNetwork(/** @type {string} */ network) {
  const at = networks.findIndex((each) => each.network === network);
  if (at < 0) return;
  wanted = network;
  slider.value = at;
  set(part(".beta b"), { text: kit.minus(networks[at].beta) });
  set(slider, { aria: { label: "β, the price of a nat", valuetext: `β = ${networks[at].beta}` } });
  root.classList.toggle("waiting", !planes.has(wanted));
  if (planes.has(wanted)) showPriced();
  else want();
}
function showPriced() {
  root.classList.remove("waiting");
  priced.show(wanted);
  if (plain.isWalking()) priced.walk(lastShare());
}
const lastShare = () => Number(part(".plain .way").getAttribute("aria-valuenow")) / 100;
slider.addEventListener("input", () => {
  stopPlay();
  const { network } = networks[Number(slider.value)];
  chooseNetwork(network);
  held.keep({ network: network === opening ? null : network });
});

// ---------------------------------------------------------------------------------------------------- digits
const mark = kit.choice(part(".digits"), "digit", (chosen) => {
  only = only === Number(chosen) ? -1 : Number(chosen);
  mark(only);
  for (const each of halves) each.renew();
});
part(".digits").append(...kit.TEN.map((colour, digit) =>
  make("button", { data: { digit }, aria: { pressed: false }, style: { "--colour": colour } }, digit)));
part(".swap").addEventListener("click", () => showDigits([digits[1], digits[1]]));
/** @param {(Digit | null)[]} next */
function showDigits(next) {
  digits = next;
  [".first", ".second"].forEach((name, at) => {
    const digit = digits[at];
    set(part(name), { src: digit?.saw ?? null, alt: digit?.name ?? "", hidden: !digit });
  });
  part(".between").hidden = !digits[1];
  for (const each of halves) if (each.network()) each.show(each.network());
}
function playOnce() {
  const there = 44, back = 22;
  stopPlay = kit.play(root, {
    count: there + back,
    wait: 75,
    step: (index) => walkTo(index < there ? index / (there - 1) : 1 - (index - there + 1) / back / 2),
  });
}

function receive() {
  const value = props.value || {};
  set(part(".missing"), { hidden: !value.missing, text: value.missing ?? "" });
  for (const name of [".halves", ".foot"]) part(name).hidden = !planes.size && !value.planes;
  if (value.planes) {
    value.planes.forEach((/** @type {any} */ each, /** @type {number} */ at) => keepPlane(each, value.holes[at]));
    networks = value.networks;
    digits = value.digits;
    opening = value.planes[1].network;
    set(slider, { max: networks.length - 1 });
    part(".beta").hidden = networks.length < 2;
    plain.show(value.planes[0].network);
    chooseNetwork(opening);
    showDigits(digits);
    walkTo(0.5);
    if (!held.apply()) playOnce();
  }
  if (value.plane) {
    keepPlane(value.plane, value.holes);
    if (value.plane.network === wanted) showPriced();
    want();
  }
  if ("digit" in value) {
    showDigits([digits[0], value.digit]);
    if (value.digit) walkTo(1);
  }
}
watch("value", receive);
receive();
