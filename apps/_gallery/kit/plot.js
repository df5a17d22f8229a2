// @ts-check
// Plots: axes with units, lines, marks, spreads, points to choose, and a cursor that pointer and arrow keys read out.

/** At most so many round numbers from low to high. @param {number} low @param {number} high @param {number} wanted */
function ticks(low, high, wanted) {
  const power = 10 ** Math.floor(Math.log10((high - low) / wanted)), found = [];
  const step = power * ([1, 2, 5].find((factor) => (high - low) / (factor * power) <= wanted) ?? 10);
  for (let tick = Math.ceil(low / step - 1e-9) * step; tick <= high + step * 1e-9; tick += step)
    found.push(Number(tick.toPrecision(12)));
  return found;
}
/** Round numbers of a logarithmic axis: 1, 2, 5, or powers of ten alone. @param {number} low @param {number} high */
function decades(low, high) {
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    for (const factor of high / low > 1000 ? [1] : [1, 2, 5]) found.push(Number((factor * 10 ** power).toPrecision(6)));
  return found.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
}
/** Where an axis ends: at the data; at `zero`, where that costs little; never at one point. */
function reach(/** @type {number[]} */ values, log = false, zero = true) {
  const least = Math.min(...values), high = Math.max(...values);
  const low = zero && !log && least > 0 && least < high * 0.3 ? 0 : least;
  if (low < high) return [low, high];
  return log ? [low / 2, high * 2] : [low - Math.abs(low || 1) * 0.1, high + Math.abs(high || 1) * 0.1];
}
/** @param {string} shape "circle", "square" or "triangle" @param {number} x @param {number} y @param {number} r */
function drawMark(shape, x, y, r) {
  if (shape === "circle") return svg("circle.dot", { cx: x, cy: y, r });
  if (shape === "square") return svg("rect.dot", { x: x - r, y: y - r, width: 2 * r, height: 2 * r, rx: 1 });
  return svg("path.dot", { d: `M${x} ${y - r * 1.2}L${x + r * 1.15} ${y + r * 0.9}H${x - r * 1.15}Z` });
}
/** A series' line with its mark, for a legend. @param {Series} series */
function plotKey({ mark, dash, colour = CATEGORIES[0], class: name = "" }) {
  const line = svg("path.line", { d: "M0 7H24", "stroke-dasharray": dash });
  const looks = { class: `kit-plot series ${name}`, style: { color: colour }, width: 24, height: 14 };
  return svg("svg", { ...looks, aria: { hidden: true } }, line, mark && drawMark(mark, 12, 7, 4.5));
}
/** Names moved apart until none covers another. @param {{ y: number, name: string, colour: string }[]} ends */
function apart(ends, low = 0, high = Infinity, gap = 17) {
  const sorted = ends.sort((a, b) => a.y - b.y);
  for (let round = 0; round < 40; round++)
    sorted.slice(1).forEach((below, i) => {
      const above = sorted[i], lack = Math.max(0, gap - (below.y - above.y));
      above.y = Math.max(low, above.y - lack / 2);
      below.y = Math.min(high, below.y + lack / 2);
    });
  return sorted;
}

/**
 * @typedef {object} Axis
 * @property {string} label with its unit: "test accuracy, %"
 * @property {boolean} [log]
 * @property {number} [low] @property {number} [high] where it ends; the data's ends if left out
 * @property {number[]} [ticks] round numbers if left out
 * @property {boolean} [whole] ticks at whole numbers alone
 * @property {boolean} [bare] neither ticks nor label: a plot below has the same axis
 * @property {(tick: number) => string} [write]
 *
 * @typedef {object} Series
 * @property {any[][]} points x, y; null is a gap in the line
 * @property {string} [class] @property {string} [colour] @property {string} [dash] how it looks
 * @property {string} [mark] "circle", "square" or "triangle" at each point @property {number} [r] how large
 * @property {any[][]} [spreads] x, low, high
 * @property {any[][]} [loose] x, y of further small dots
 * @property {number} [shift] pixels to the right, so that spreads do not cover each other
 * @property {string} [end] a name at the line's end, where there is room
 *
 * @typedef {object} NamedPoint what `kit.choice(…, "spot", …)` chooses and `kit.roving(…, ".spot")` reaches
 * @property {string} key its `data-spot` @property {string} name
 * @property {string} label in words @property {number} x @property {number} y
 * @property {number} [low] @property {number} [high] its spread
 *
 * @typedef {object} Content what is drawn
 * @property {string} label what the plot shows, for those who do not see it
 * @property {Axis} x @property {Axis} y @property {Series[]} series
 * @property {{ y: number, text: string }[]} [rules] further horizontal lines
 * @property {{ from: number, to: number, text: string }[]} [spans] stretches of x behind the lines, and their names
 * @property {NamedPoint[]} [spots] @property {string} [chosen] the key of the one that is pressed, if any
 * @property {number[]} [steps] the x that can be read, from left to right; none: a picture
 */
/**
 * A plot as wide as `host`, which redraws itself. `read` says what stands at a step, and returns it in words.
 * @param {HTMLElement} host
 * @param {object} [how]
 * @param {number} [how.height] @param {number} [how.least] pixels: the height, and the least width
 * @param {number} [how.inner] pixels free at the left and right end of the x axis
 * @param {number} [how.ends] pixels for the names at the lines' ends
 * @param {number} [how.band] pixels: the cursor is a band so wide behind the lines, not a line with dots
 * @param {boolean} [how.rests] at the last step, when the pointer leaves
 * @param {(index: number, x: number) => string} [how.read]
 */
function plot(host, { height = 340, least = 240, inner = 0, ends = 0, band = 0, rests = false, read } = {}) {
  const node = host.appendChild(svg("svg.plot.kit-plot", { height })), cursor = svg("g.cursor");
  /** @type {Content | null} */
  let content = null;
  let at = -1, place = (/** @type {number} */ x, /** @type {number} */ y) => [x, y];
  const edge = { left: 52, top: 12 };
  let foot = height;

  /** @param {Axis} axis @param {number[]} values @param {number} from @param {number} to pixels */
  function scale({ log = false, low, high }, values, from, to, zero = true) {
    const [first, last] = reach(values, log, zero), ends = [low ?? first, high ?? last], to01 = log ? Math.log : Number;
    const put = (/** @type {number} */ value) =>
      from + ((to - from) * (to01(value) - to01(ends[0]))) / (to01(ends[1]) - to01(ends[0]));
    return { put, low: ends[0], high: ends[1] };
  }
  const ticksOf = (/** @type {Axis} */ axis, /** @type {number} */ low, /** @type {number} */ high, wanted = 5) => {
    if (axis.ticks) return axis.ticks;
    const found = axis.log ? decades(low, high) : ticks(low, high, wanted);
    if (!axis.whole) return found;
    const whole = found.filter((tick) => tick % 1 === 0);
    return whole[0] - low > (high - low) / 12 && low % 1 === 0 ? [low, ...whole] : whole;
  };
  const written = (/** @type {Axis} */ axis, /** @type {number} */ tick) => axis.write?.(tick) ?? minus(tick);
  const title = (/** @type {Axis} */ { label, log }) => `${label}${log ? ", log scale" : ""}`;

  function draw() {
    if (!content || !host.clientWidth) return;
    const { series, rules = [], spans = [], spots = [], x: across, y: up } = content;
    const width = Math.max(least, host.clientWidth), named = width >= 480 ? ends : 0, right = width - (named || 14);
    foot = height - (across.bare ? 8 : 44);
    const all = [...series.flatMap(({ points, loose = [], spreads = [] }) =>
      [...points, ...loose, ...spreads.flatMap(([x, low, high]) => [[x, low], [x, high]])]),
    ...spots.flatMap(({ x, y, low = y, high = y }) => [[x, low], [x, high]])].filter(([, y]) => y != null);
    const xs = all.map(([x]) => x), only = Math.min(...xs) === Math.max(...xs);
    const x = scale(across, xs, edge.left + inner, right - inner, false);
    const y = scale(up, all.map(([, value]) => Number(value)), foot, edge.top);
    place = (px, py) => [only ? (edge.left + right) / 2 : x.put(px), y.put(py)];
    const tick = (/** @type {any} */ attributes, /** @type {any} */ text) => svg("text.tick", attributes, text);
    const rule = (/** @type {number} */ value, extra = "") =>
      svg(`line.rule${extra}`, { x1: edge.left, x2: right, y1: y.put(value), y2: y.put(value) });
    const names = apart(series.filter(({ end }) => end && named).map(({ end = "", points, colour = CATEGORIES[0] }) =>
      ({ name: end, colour, y: y.put(points.at(-1)?.[1] ?? y.low) + 4 })), edge.top + 8, foot - 8);
    const held = node.querySelector(".spot:focus")?.getAttribute("data-spot");
    node.replaceChildren(
      ...(band ? [cursor] : []),
      ...spans.flatMap(({ from, to, text }) => {
        const [start] = place(from, 0), [end] = place(to, 0), fits = end - edge.left > 7 * text.length;
        return [svg("rect.span", { x: start, y: edge.top, width: end - start, height: foot - edge.top }),
          tick({ x: fits ? end - 6 : start + 6, y: foot - 7, "text-anchor": fits ? "end" : "start" }, text)];
      }),
      ...ticksOf(up, y.low, y.high).flatMap((value) => [rule(value),
        tick({ x: edge.left - 8, y: y.put(value) + 4, "text-anchor": "end" }, written(up, value))]),
      ...rules.flatMap(({ y: value, text }) => [rule(value, ".further"),
        tick({ x: right, y: y.put(value) - 6, "text-anchor": "end" }, text)]),
      ...(across.bare ? [] : [...ticksOf(across, x.low, x.high, Math.min(8, width / 70)).map((value) =>
        tick({ x: place(value, 0)[0], y: foot + 19, "text-anchor": "middle" }, written(across, value))),
      tick({ x: right, y: height - 5, "text-anchor": "end" }, title(across))]),
      tick({ transform: `translate(12 ${edge.top}) rotate(-90)`, "text-anchor": "end" }, title(up)),
      ...series.map(drawSeries),
      ...names.map(({ name, y, colour }) => svg("text.end", { x: right + 6, y, style: { fill: colour } }, name)),
      ...spots.map((spot) => drawSpot(spot, right)),
      ...(band ? [] : [cursor]));
    /** @type {SVGElement | null} */ (node.querySelector(`[data-spot="${held}"]`))?.focus({ preventScroll: true });
    const readable = content.steps?.length && read;
    set(node, { width, viewBox: `0 0 ${width} ${height}`, aria: { label: content.label } });
    set(node, { role: readable ? "slider" : spots.length ? "group" : "img", tabindex: readable ? 0 : null });
    if (readable) go(at);
    else cursor.replaceChildren();
  }
  const drawSpread = (/** @type {number} */ x, /** @type {number} */ bottom, /** @type {number} */ top) =>
    svg("path.spread", { d: `M${x - 4} ${top}H${x + 4}M${x} ${top}V${bottom}M${x - 4} ${bottom}H${x + 4}` });
  /** With its name on the side where there is room. @param {NamedPoint} spot @param {number} right */
  function drawSpot({ key, name, label, x, y, low, high }, right) {
    const [cx, cy] = place(x, y), side = cx + 16 + 7 * name.length < right ? 1 : -1;
    const pressed = key === content?.chosen, looks = { style: { color: CATEGORIES[0] }, tabindex: pressed ? 0 : -1 };
    return svg("g.spot", { role: "button", data: { spot: key }, aria: { label, pressed }, ...looks },
      svg("circle.hit", { cx, cy, r: 14 }),
      low != null && high != null && drawSpread(cx, place(x, low)[1], place(x, high)[1]),
      drawMark("circle", cx, cy, 6),
      svg("text", { x: cx + 16 * side, y: cy + 4, "text-anchor": side > 0 ? "start" : "end" }, name));
  }
  /** @param {Series} series */
  function drawSeries({ points, spreads = [], loose = [], mark, r = 4.5, shift = 0, dash, class: name = "", colour }) {
    const spot = (/** @type {number} */ px, /** @type {number} */ py) => [place(px, py)[0] + shift, place(px, py)[1]];
    let path = "", drawing = false;
    for (const [px, py] of points) {
      if (py != null) path += `${drawing ? "L" : "M"}${spot(px, py).map((each) => each.toFixed(1)).join(" ")}`;
      drawing = py != null;
    }
    return svg("g", { class: `series ${name}`, style: { color: colour ?? CATEGORIES[0] } },
      svg("path.line", { d: path, "stroke-dasharray": dash }),
      loose.map(([px, py]) => svg("circle.loose", { cx: spot(px, py)[0], cy: spot(px, py)[1], r: 2.5 })),
      spreads.map(([px, low, high]) => drawSpread(spot(px, low)[0], spot(px, low)[1], spot(px, high)[1])),
      mark && points.map(([px, py]) => py != null && drawMark(mark, spot(px, py)[0], spot(px, py)[1], r)));
  }

  /** Read out a step; the last by default. @param {number} index */
  function go(index) {
    const steps = content?.steps ?? [];
    if (!content || !steps.length) return;
    at = clamp(index, 0, steps.length - 1);
    const [column] = place(steps[at], 0);
    const dots = content.series.flatMap(({ points, class: name = "", colour: color = CATEGORIES[0] }) =>
      points.filter(([x, y]) => x === steps[at] && y != null).map(([x, y]) =>
        svg("circle", { class: `dot at ${name}`, style: { color }, cx: column, cy: place(x, Number(y))[1], r: 4 })));
    cursor.replaceChildren(...(band
      ? [svg("rect.band", { x: column - band / 2, y: edge.top, width: band, height: foot - edge.top, rx: 6 })]
      : [svg("line.here", { x1: column, x2: column, y1: edge.top, y2: foot }), ...dots]));
    const aria = { valuemin: steps[0], valuemax: steps.at(-1), valuenow: steps[at], valuetext: read?.(at, steps[at]) };
    set(node, { aria });
  }
  const nearest = (/** @type {PointerEvent} */ event) => {
    const pointer = event.clientX - node.getBoundingClientRect().left;
    const away = (content?.steps ?? []).map((step) => Math.abs(place(step, 0)[0] - pointer));
    return away.indexOf(Math.min(...away));
  };
  steer(node, {
    size: () => (read && content?.steps?.length) || null,
    at: () => at,
    place: nearest,
    choose: go,
    hover: (index) => {
      if (index !== null) go(index);
      else if (rests && document.activeElement !== node) go(Infinity);
    },
  });
  redraw(host, draw);
  return {
    node,
    /** Draw this, and read out a step of it: by default the last, or the one that was read. */
    show(/** @type {Content} */ next, /** @type {number} */ index = at < 0 ? Infinity : at) {
      [content, at] = [next, index];
      draw();
    },
    go,
    at: () => at,
  };
}
