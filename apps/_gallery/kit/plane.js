// @ts-check
// Pictures at their places in a plane, cut in two at 0.

/**
 * @typedef {{ picture: string, title: string, x: number, y: number, colour: string, strong?: boolean }} Spot
 * @typedef {object} PlaneContent
 * @property {string} label what is seen, in words
 * @property {string} across what x is @property {string} up what y is
 * @property {{ name: string, colour: string }[]} sides of 0: what lies to the left, and to the right
 * @property {Spot[]} spots a strong one stands out and lies on top
 * @property {number} [wide] @property {number} [high] how far from 0 the axes reach
 */
/**
 * A plane as wide as `host`; pictures that stay move to their new places.
 * @param {HTMLElement} host @param {{ height?: number, size?: number }} [how] pixels; `size` is that of a picture
 */
function plane(host, { height = 340, size = 40 } = {}) {
  const names = make("div.names"), marks = make("div.marks"), pictures = make("div");
  const field = make("div.field", { style: { height: `${height}px` } }, make("div.cut"), marks, pictures);
  const across = make("span.across"), up = make("span.up");
  const node = make("div.kit-plane", { role: "img", style: { "--size": `${size}px` } }, names, field, across, up);
  /** Where a share from −1 to 1 of the way to an end lies: whole within the field. @param {number} share */
  const place = (share) => `calc(50% + (100% - ${size + 8}px) * ${(clamp(share, -1, 1) / 2).toFixed(4)})`;
  host.append(node);
  /** @type {HTMLImageElement[]} */
  let images = [];
  return {
    node,
    /** @param {PlaneContent} content */
    show({ label, across: x, up: y, sides, spots, wide = 1, high = 1 }) {
      set(node, { aria: { label } });
      set(across, { text: x });
      set(up, { text: y });
      if (images.length !== spots.length) images = spots.map(() => make("img", { alt: "" }));
      if (pictures.firstChild !== images[0]) pictures.replaceChildren(...images);
      spots.forEach(({ picture, title, x, y, colour, strong = false }, at) => {
        const style = { left: place(x / wide), top: place(-y / high), "--colour": colour };
        set(images[at], { src: picture, title, style }).classList.toggle("strong", strong);
      });
      marks.replaceChildren(...ticks(-wide, wide, 6).map((tick) =>
        make("i", { style: { left: place(tick / wide) } }, minus(tick))));
      names.replaceChildren(...sides.map(({ name, colour }, at) =>
        make("b", { style: { color: colour } }, at ? `${name} →` : `← ${name}`)));
    },
  };
}
