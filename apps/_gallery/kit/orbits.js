// @ts-check
// A plane on which two numbers take turns or step at once: where several rules lead from a start that is dragged.

/**
 * @typedef {object} Rule
 * @property {string} key @property {string} name
 * @property {string} colour for CSS; `var(--name)` is one of the theme's
 * @property {(x: number, y: number) => number[]} step from one place to the next
 *
 * @typedef {object} OrbitContent
 * @property {Rule[]} rules
 * @property {string} chosen the key of the rule that stands out, and whose steps the arrows show
 * @property {number[]} start @property {number} count of steps
 */
/**
 * Places of one rule, the start and `count` further ones. @param {Rule} rule @param {number[]} start
 * @param {number} count
 */
function orbit({ step }, start, count) {
  const path = [start];
  for (let at = 0; at < count; at++) path.push(step(path[at][0], path[at][1]));
  return path;
}
/**
 * The plane as wide as `host`. The pointer and the arrow keys move the start; `move` gets where it went.
 * @param {HTMLElement} host
 * @param {object} how
 * @param {number} how.wide how far from 0 the plane reaches to either side @param {number} [how.ratio] height by width
 * @param {string} how.across what x does @param {string} how.up what y does
 * @param {(start: number[]) => void} how.move
 */
function orbits(host, { wide, ratio = 0.82, across, up, move }) {
  const GRID = 120, high = wide * ratio, FAR = 1000 * wide;
  const canvas = /** @type {HTMLCanvasElement} */ (make("canvas.kit-orbits", { tabindex: 0, role: "application" }));
  host.append(canvas);
  const view = panel(canvas), { pen } = view;
  /** @type {OrbitContent | null} */
  let content = null;
  const read = (/** @type {string} */ colour) =>
    (colour.startsWith("var") ? getComputedStyle(canvas).getPropertyValue(colour.slice(4, -1)).trim() : colour);
  const far = (/** @type {number[]} */ [x, y]) => Math.hypot(x, y);
  /** @param {number[]} place @returns {[number, number]} pixels of the canvas */
  const put = ([x, y]) => {
    const scale = canvas.width / (2 * wide);
    return [canvas.width / 2 + x * scale, canvas.height / 2 - y * scale];
  };
  function drawAxes() {
    const { dense } = view, { width, height } = canvas;
    pen.fillStyle = read("var(--border-color-primary)");
    pen.fillRect(0, (height - dense) / 2, width, dense);
    pen.fillRect((width - dense) / 2, 0, dense, height);
  }
  function writeAxes() {
    const { dense } = view, { width, height } = canvas;
    pen.fillStyle = read("var(--body-text-color-subdued)");
    write(`${across} →`, width - 8 * dense, height / 2 - 7 * dense, "right");
    write(`↑ ${up}`, width / 2 + 8 * dense, 18 * dense, "left");
  }
  /**
   * With a rim that keeps it legible on arrows. @param {string} text @param {number} x @param {number} y
   * @param {CanvasTextAlign} align @param {number} [weight]
   */
  function write(text, x, y, align, weight = 400) {
    pen.font = `${weight} ${12.5 * view.dense}px ${getComputedStyle(canvas).fontFamily}`;
    pen.textAlign = align;
    pen.strokeStyle = read("var(--background-fill-secondary)");
    pen.lineWidth = 5 * view.dense;
    pen.lineJoin = "round";
    pen.strokeText(text, x, y);
    pen.fillText(text, x, y);
  }
  /** Which way a rule goes, from places all over the plane. @param {Rule} rule */
  function drawArrows({ step }) {
    const gap = 2 * wide / 13, rows = Math.floor(high / gap), head = 3.5 * view.dense;
    pen.strokeStyle = read("var(--body-text-color-subdued)");
    pen.lineWidth = view.dense;
    pen.globalAlpha = 0.5;
    pen.beginPath();
    for (let column = -6; column <= 6; column++)
      for (let row = -rows; row <= rows; row++) {
        const [x, y] = [column * gap, row * gap], to = step(x, y), way = [to[0] - x, to[1] - y], long = far(way);
        if (long < 1e-9) continue;
        const share = (0.28 * gap * Math.min(1, 0.35 + far([x, y]) / (1.25 * wide))) / long;
        const [from, end] = [-share, share].map((part) => put([x + way[0] * part, y + way[1] * part]));
        const angle = Math.atan2(end[1] - from[1], end[0] - from[0]);
        pen.moveTo(...from);
        pen.lineTo(...end);
        for (const side of [-0.5, 0.5]) {
          pen.moveTo(...end);
          pen.lineTo(end[0] - head * Math.cos(angle + side), end[1] - head * Math.sin(angle + side));
        }
      }
    pen.stroke();
    pen.globalAlpha = 1;
  }
  /** @param {Rule} rule @param {boolean} strong */
  function drawPath(rule, strong) {
    const { dense } = view, { start, count } = /** @type {OrbitContent} */ (content), path = orbit(rule, start, count);
    pen.strokeStyle = pen.fillStyle = read(rule.colour);
    pen.globalAlpha = strong ? 1 : 0.4;
    pen.lineWidth = (strong ? 2.2 : 1.4) * dense;
    pen.beginPath();
    const seen = path.findIndex((place) => !(far(place) < FAR)), shown = seen < 0 ? path : path.slice(0, seen);
    for (const place of shown) pen.lineTo(...put(place));
    pen.stroke();
    if (seen < 0) {
      pen.beginPath();
      pen.arc(...put(path[count]), (strong ? 6 : 4) * dense, 0, 2 * Math.PI);
      pen.fill();
    }
    pen.globalAlpha = 1;
  }
  function drawStart(/** @type {number[]} */ start) {
    const { dense } = view, [x, y] = put(start), right = x < canvas.width - 70 * dense;
    pen.beginPath();
    pen.arc(x, y, 8 * dense, 0, 2 * Math.PI);
    pen.fillStyle = read("var(--body-background-fill)");
    pen.fill();
    pen.strokeStyle = pen.fillStyle = read("var(--body-text-color)");
    pen.lineWidth = 2.5 * dense;
    pen.stroke();
    write("start", x + (right ? 13 : -13) * dense, y + 20 * dense, right ? "left" : "right", 700);
  }
  const draw = redraw(canvas, () => {
    if (!content || !view.fit(ratio)) return;
    const { rules, chosen, start } = content, strong = rules.find(({ key }) => key === chosen);
    drawAxes();
    if (strong) drawArrows(strong);
    writeAxes();
    for (const rule of rules) if (rule !== strong) drawPath(rule, false);
    if (strong) drawPath(strong, true);
    drawStart(start);
  });
  steer(canvas, {
    size: () => content && [GRID + 1, GRID + 1],
    at: () => {
      const [x, y] = content?.start ?? [0, 0];
      return [(GRID / 2) * (1 - y / high), (GRID / 2) * (1 + x / wide)];
    },
    drag: true,
    place: (event) => fraction(event, canvas).reverse().map((each) => each * GRID),
    choose: ([row, column]) => {
      const place = [((2 * column) / GRID - 1) * wide, (1 - (2 * row) / GRID) * high];
      move(place.map((each) => Math.round(100 * each) / 100));
    },
  });
  return {
    canvas,
    /** @param {OrbitContent} next */
    show(next) {
      content = next;
      const names = next.rules.map(({ name }) => name).join(", ");
      const label = `Where ${plural(next.count, "step")} lead from (${next.start.map((each) => fixed(each, 2))
        .join(", ")}): ${names}. Arrow keys move the start.`;
      set(canvas, { aria: { label } });
      draw();
    },
  };
}

/**
 * A list of such rules, each with a figure, in a box; a click chooses one.
 * @param {HTMLElement} box @param {(key: string) => void} choose
 */
function orbitRules(box, choose) {
  const head = [make("span"), make("b")];
  box.classList.add("kit-rules");
  const mark = choice(box, "rule", choose);
  return {
    /** `title` has a name for both columns. @param {string[]} title @param {Rule[]} rules @param {string[]} figures
     * @param {string} chosen */
    show(title, rules, figures, chosen) {
      if (box.children.length !== rules.length + 1)
        box.replaceChildren(make("p.titles", head), ...rules.map(({ key, name, colour }) =>
          make("button", { data: { rule: key }, style: { "--colour": colour } }, make("span", name), make("b"))));
      head.forEach((node, at) => set(node, { text: title[at] }));
      rules.forEach((_, at) => set(/** @type {Element} */ (box.children[at + 1].lastChild), { text: figures[at] }));
      mark(chosen);
    },
  };
}
