// @ts-check
// Canvases as sharp as the screen, pictures of values on them, and drawing again when size or theme change.

/** @type {Map<Element, { act: () => void, seen: boolean }[]>} */
const watched = new Map();
/** @param {Element} node */
function wake(node) {
  for (const each of watched.get(node) ?? []) {
    each.seen ||= node.isConnected;
    if (node.isConnected) each.act();
    else if (each.seen) {
      watched.delete(node);
      sizes?.unobserve(node);
    }
  }
}
/** @type {ResizeObserver | null} One for all, made when the page has a body. */
let sizes = null;
/**
 * Call `draw` in the next frame whenever the node's size or the page's theme changes; and by what is returned.
 * @param {Element} node @param {() => void} draw
 */
function redraw(node, draw) {
  if (!sizes) {
    sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => wake(target)));
    const themes = new MutationObserver(() => [...watched.keys()].forEach(wake));
    themes.observe(document.body, { attributes: true, attributeFilter: ["class"] });
  }
  let frame = 0;
  const act = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(draw);
  };
  watched.set(node, [...(watched.get(node) ?? []), { act, seen: false }]);
  sizes.observe(node);
  return act;
}

/**
 * A canvas with its pen. `fit` and `resize` clear it; `dense` is how many of its pixels make one of the page.
 * @param {HTMLCanvasElement} canvas
 */
function panel(canvas) {
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  /** @param {number} width @param {number} height */
  function clear(width, height) {
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, width, height);
  }
  const made = {
    canvas, pen, dense: 1,
    /** As wide as the page has it, in the canvas's own pixels; false if it cannot be seen. */
    fit(/** @type {number} */ ratio = 1) {
      const width = canvas.clientWidth;
      made.dense = window.devicePixelRatio || 1;
      if (width) clear(Math.round(width * made.dense), Math.round(width * ratio * made.dense));
      return width > 0;
    },
    /** So wide and high in pixels of the page, which the pen counts in too. */
    resize(/** @type {number} */ width, /** @type {number} */ height) {
      made.dense = window.devicePixelRatio || 1;
      set(canvas, { style: { width: `${width}px`, height: `${height}px` } });
      clear(Math.round(width * made.dense), Math.round(height * made.dense));
      pen.scale(made.dense, made.dense);
    },
    /** A frame in the accent colour, with a white one around it, that stays within the canvas. */
    outline(/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ width, /** @type {number} */ height,
      /** @type {boolean} */ strong) {
      const line = (strong ? 2 : 1.5) * made.dense;
      const [left, right] = [x, x + width].map((each) => clamp(each, line, canvas.width - line));
      const [top, bottom] = [y, y + height].map((each) => clamp(each, line, canvas.height - line));
      const accent = getComputedStyle(canvas).getPropertyValue("--color-accent");
      for (const thick of [line + 2 * made.dense, line]) {
        pen.lineWidth = thick;
        pen.strokeStyle = thick === line ? accent : "#fff";
        pen.strokeRect(left, top, right - left, bottom - top);
      }
    },
    /** One picture of a sheet; shrinking averages, enlarging keeps every pixel sharp. */
    tile(/** @type {Sheet} */ sheet, /** @type {number} */ index, /** @type {number} */ x, /** @type {number} */ y,
      /** @type {number} */ width, /** @type {number} */ height) {
      pen.imageSmoothingEnabled = width < sheet.width;
      const from = [(index % sheet.across) * sheet.width, Math.floor(index / sheet.across) * sheet.height];
      pen.drawImage(sheet.canvas, from[0], from[1], sheet.width, sheet.height, x, y, width, height);
    },
  };
  return made;
}

/**
 * A canvas of values, a pixel for each: `colour` gives the packed pixel of the i-th.
 * @param {number} height @param {number} width @param {(i: number) => number} colour
 */
function paint(height, width, colour, canvas = document.createElement("canvas")) {
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const image = new ImageData(width, height), pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = colour(i);
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas;
}
/**
 * Many pictures of one size in one canvas: the i-th is the (i % across)-th in its row.
 * @typedef {{ canvas: CanvasImageSource, width: number, height: number, count: number, across: number }} Sheet
 * @param {number} count @param {number} height @param {number} width
 * @param {(k: number, i: number) => number} colour the packed pixel i of picture k
 * @returns {Sheet}
 */
function sheet(count, height, width, colour) {
  const across = Math.max(1, Math.ceil(Math.sqrt(count))), down = Math.max(1, Math.ceil(count / across));
  const canvas = paint(down * height, across * width, (at) => {
    const y = Math.floor(at / (across * width)), x = at % (across * width);
    const k = Math.floor(y / height) * across + Math.floor(x / width);
    return k < count ? colour(k, (y % height) * width + (x % width)) : 0;
  });
  return { canvas, width, height, count, across };
}
/**
 * A typed array out of base64: decode(text), decode(text, Float32Array).
 * @template {ArrayBufferView} [T=Uint8Array]
 * @param {string} text @param {new (buffer: ArrayBuffer) => T} [Kind]
 * @returns {T}
 */
function decode(text, Kind = /** @type {any} */ (Uint8Array)) {
  return new Kind(Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)).buffer);
}
/**
 * An image; `ready` gets it once it can be drawn.
 * @param {string} source @param {(image: HTMLImageElement) => void} ready
 */
function loadImage(source, ready) {
  const image = new Image();
  image.onload = () => ready(image);
  image.src = source;
  return image;
}
/** A copy without colours, made once, as a canvas filters slowly. @param {HTMLImageElement} image */
function grey(image) {
  const canvas = set(document.createElement("canvas"), { width: image.naturalWidth, height: image.naturalHeight });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.filter = "grayscale(1)";
  pen.drawImage(image, 0, 0);
  return canvas;
}
