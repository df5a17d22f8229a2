// @ts-check
// Colours of values, the same in both themes: blue, paper, red around zero, and viridis from zero up.

/** @typedef {[number, number, number]} Colour red, green, blue from 0 to 255 */
const BLUE = [33, 102, 172], PAPER = [245, 243, 240], RED = [178, 60, 36];
const VIRIDIS = ["440154", "472d7b", "3b528b", "2c728e", "21918c", "28ae80", "5ec962", "addc30", "fde725"]
  .map((hex) => [0, 2, 4].map((start) => parseInt(hex.slice(start, start + 2), 16)));
/** Lines of a plot, one after the other; each is told apart from the others by the colour-blind too. */
const CATEGORIES = Object.freeze(["var(--link-text-color)", "#d55e00", "#009e73", "#cc79a7", "#b8860b"]);

/** Of ten classes, as points: Tol's "muted" (https://personal.sron.nl/~pault/), for the colour-blind, and a grey. */
const TEN = Object.freeze(["#5a4fc9", "#6fb9e6", "#44aa99", "#117733", "#999933", "#d9b84f", "#cc6677", "#a8325f",
  "#aa4499", "#808080"]);

/** @param {number[]} from @param {number[]} to @param {number} part @returns {Colour} */
const mix = (from, to, part) => /** @type {any} */ (from.map((value, i) => value + (to[i] - value) * part));
/** From −1, blue, to 1, red. @param {number} value */
const signedColour = (value) => mix(PAPER, value < 0 ? BLUE : RED, Math.min(1, Math.abs(value)) ** 0.8);
/** From 0, dark, to 1, yellow. @param {number} value */
function viridis(value) {
  const place = clamp(value, 0, 1) * (VIRIDIS.length - 1), index = Math.min(VIRIDIS.length - 2, Math.floor(place));
  return mix(VIRIDIS[index], VIRIDIS[index + 1], place - index);
}
/** A colour for CSS. @param {number[]} colour */
const css = (colour) => `rgb(${colour.map(Math.round).join()})`;
/** A pixel of a Uint32Array over ImageData. @param {number[]} colour @param {number} [alpha] 0 to 255 */
const pack = ([red, green, blue], alpha = 255) =>
  ((Math.round(alpha) << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0;
/** A pixel for each byte: int8 codes of −127 to 127, and codes of 0 to 255. */
const SIGNED = Uint32Array.from({ length: 256 }, (_, code) => pack(signedColour(((code << 24) >> 24) / 127)));
const SEQUENTIAL = Uint32Array.from({ length: 256 }, (_, code) => pack(viridis(code / 255)));
/** The pixel of a value between −1 and 1, or 0 and 1. @param {number} value @param {boolean} hasSign */
const pixelOf = (value, hasSign) =>
  hasSign ? SIGNED[Math.round(127 * clamp(value, -1, 1)) & 255] : SEQUENTIAL[Math.round(255 * clamp(value, 0, 1))];
/** What a legend's bar shows, for CSS. @param {boolean} hasSign */
function gradient(hasSign) {
  const stops = Array.from({ length: 13 }, (_, i) => css(hasSign ? signedColour(i / 6 - 1) : viridis(i / 12)));
  return `linear-gradient(to right,${stops.join()})`;
}
