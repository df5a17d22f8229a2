// @ts-check
// Pointer, touch and arrow keys in one: over a line, a grid, or a list of elements.

/** @typedef {any} Place an index on a line, [row, column] in a grid, or whatever one's own `place` returns */

/** Where the pointer is in a node, [across, down] from 0 to 1. @param {MouseEvent} event @param {Element} node */
function fraction({ clientX, clientY }, node) {
  const box = node.getBoundingClientRect();
  return [clamp((clientX - box.left) / box.width, 0, 1), clamp((clientY - box.top) / box.height, 0, 1)];
}
/** The cell there. @param {MouseEvent} event @param {Element} node @param {number} rows @param {number} columns */
function cell(event, node, rows, columns) {
  const [across, down] = fraction(event, node);
  return [Math.min(rows - 1, Math.floor(down * rows)), Math.min(columns - 1, Math.floor(across * columns))];
}
/** Whether a key was pressed alone, Shift aside. @param {KeyboardEvent} event */
const alone = (event) => !event.ctrlKey && !event.metaKey && !event.altKey;

/**
 * Where a key leads from here; null if nowhere.
 * @param {string} key @param {number | number[]} size @param {Place} now
 * @param {number} across how far Up and Down go on a line that stands in rows @param {number} page
 */
function leads(key, size, now, across, page) {
  if (typeof size === "number") {
    const up = across ? -across : 1, far = across ? -page : page;
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: up, ArrowDown: -up, PageUp: far, PageDown: -far };
    const by = { ...steps, Home: -Infinity, End: Infinity }[key];
    return by === undefined ? null : clamp(now + by, 0, size - 1);
  }
  /** @type {Record<string, number[]>} */
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], PageUp: [-page, 0],
    PageDown: [page, 0], Home: [-Infinity, -Infinity], End: [Infinity, Infinity] };
  return steps[key]?.map((step, axis) => clamp(now[axis] + step, 0, size[axis] - 1)) ?? null;
}

/**
 * Choose a place on a node by click, drag, touch and keys; pass over places with the pointer.
 * @param {HTMLElement | SVGElement} node
 * @param {object} how
 * @param {() => number | number[] | null | undefined} how.size places of a line, or [rows, columns]; nothing yet: null
 * @param {() => Place} how.at the place that is chosen now
 * @param {(place: Place, event: Event) => void} how.choose
 * @param {(place: Place | null, event: Event) => void} [how.hover] null when the pointer leaves
 * @param {(event: PointerEvent) => Place | null} [how.place] where the pointer is; even cells if left out
 * @param {boolean | "mouse"} [how.drag] choose while the pointer is held; "mouse": a finger scrolls instead
 * @param {() => number} [how.across] columns of a line that stands in rows; 1 for a list from top to bottom
 * @param {number} [how.page] how far PageUp and PageDown go; a tenth if left out
 * @param {Record<string, (event: KeyboardEvent) => void>} [how.keys] further keys by name, which go before
 * @param {(event: KeyboardEvent) => boolean} [how.when] which key presses count
 */
function steer(node, { size, at, choose, hover, place, drag = false, across, page, keys = {}, when = alone }) {
  const find = place ?? ((/** @type {PointerEvent} */ event) => {
    const now = size();
    if (now == null) return null;
    return typeof now === "number" ? cell(event, node, 1, now)[1] : cell(event, node, now[0], now[1]);
  });
  /** @param {any} event @param {typeof hover} tell */
  const point = (event, tell) => {
    const found = tell && size() != null ? find(event) : null;
    if (found !== null) tell?.(found, event);
  };
  const held = (/** @type {any} */ event) => event.buttons && node.hasPointerCapture(event.pointerId);
  node.addEventListener("pointerdown", (/** @type {any} */ event) => {
    if (!drag || event.button || size() == null) return;
    if (drag === true || event.pointerType === "mouse") node.setPointerCapture(event.pointerId);
    point(event, choose);
  });
  node.addEventListener("pointermove", (event) => point(event, held(event) ? choose : hover));
  node.addEventListener("pointerleave", (event) => hover?.(null, event));
  if (!drag) node.addEventListener("click", (event) => point(event, choose));
  node.addEventListener("keydown", (/** @type {any} */ event) => {
    const now = size();
    if (now == null || !alone(event) || !when(event)) return;
    const far = page ?? Math.max(1, Math.round((typeof now === "number" ? now : now[0]) / 10));
    const to = event.key in keys ? null : leads(event.key, now, at(), across?.() ?? 0, far);
    if (to === null && !(event.key in keys)) return;
    event.preventDefault();
    if (to === null) keys[event.key](event);
    else choose(to, event);
  });
}

/**
 * Many elements, one stop of the tabulator: arrows go to the neighbour on the screen, Home and End to the ends.
 * @param {Element} box @param {string} selector which elements in it, now and later
 * @param {{ row?: string, scattered?: boolean }} [how] row: Home and End stay in the parent of this selector;
 * scattered: Left and Right lead on through all, though no two stand side by side
 * @returns {(stop?: Element | null) => void} call it when elements came, with the one that the tabulator stops at
 */
function roving(box, selector, { row, scattered = false } = {}) {
  const all = () => /** @type {HTMLElement[]} */ ([...box.querySelectorAll(selector)]);
  const stopAt = (/** @type {Element | null | undefined} */ stop) => {
    const found = all(), chosen = stop && found.includes(/** @type {any} */ (stop)) ? stop : found[0];
    for (const each of found) each.tabIndex = each === chosen ? 0 : -1;
  };
  /** The nearest above, −1, or below, 1. @param {Element} from @param {number} way @param {HTMLElement[]} found */
  const vertical = (from, way, found) => {
    const box = from.getBoundingClientRect();
    const far = found.map((each) => {
      const other = each.getBoundingClientRect(), down = way * (other.top - box.top);
      return down < 4 ? Infinity : down + Math.abs(other.left - box.left) / 1000;
    });
    const least = Math.min(...far);
    return least < Infinity ? found[far.indexOf(least)] : null;
  };
  box.addEventListener("focusin", (event) => {
    if (/** @type {Element} */ (event.target).matches(selector)) stopAt(/** @type {any} */ (event.target));
  });
  box.addEventListener("keydown", (event) => {
    const { key, target } = /** @type {any} */ (event), found = all(), index = found.indexOf(target);
    if (index < 0 || !alone(/** @type {any} */ (event))) return;
    const line = row ? found.filter((each) => each.closest(row) === target.closest(row)) : found;
    const tops = new Set(found.map((each) => Math.round(each.getBoundingClientRect().top)));
    const flat = tops.size === 1, stacked = tops.size === found.length && !flat && !scattered;
    /** @type {Record<string, () => HTMLElement | null | undefined>} */
    const ways = {
      ArrowLeft: () => (stacked ? null : found[index - 1]),
      ArrowRight: () => (stacked ? null : found[index + 1]),
      ArrowUp: () => (flat ? found[index - 1] : vertical(target, -1, found)),
      ArrowDown: () => (flat ? found[index + 1] : vertical(target, 1, found)),
      Home: () => line[0],
      End: () => line.at(-1),
    };
    const next = ways[key]?.();
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  return stopAt;
}
