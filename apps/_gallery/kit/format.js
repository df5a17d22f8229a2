// @ts-check
// Numbers as people read them: a true minus, thousands apart, no more digits than mean something.

/** @param {number} value @param {number} low @param {number} high */
const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
/** A hyphen before a number becomes a minus. @param {any} text */
const minus = (text) => String(text).replaceAll("-", "−");
/** So many digits behind the point; no minus before zero. @param {number} value @param {number} digits */
const fixed = (value, digits) => minus(value.toFixed(digits).replace(/^-(0(\.0*)?)$/, "$1"));
/** The same with + or −, and neither before zero. @param {number} value @param {number} digits */
const signed = (value, digits) => (Number(value.toFixed(digits)) > 0 ? "+" : "") + fixed(value, digits);
/** So many digits that mean something; below 10⁻⁴ with a power of ten. @param {number} value */
function number(value, digits = 3) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const text = value.toPrecision(digits);
  if (Math.abs(value) >= 1e-4) return minus(text.includes("e") ? Number(text) : text);
  const [factor, power] = value.toExponential(digits - 1).split("e");
  return `${minus(factor)} · 10${[...power].map((sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]).join("")}`;
}
/** A share from 0 to 1 in per cent; what is all but nothing or all but everything says so. */
const percent = (/** @type {number} */ share, digits = 1) =>
  share < 0.001 ? "< 0.1 %" : share > 0.999 ? "> 99.9 %" : `${(100 * share).toFixed(digits)} %`;
/** The whole number from 0 to `count` - 1 that a link states; null for anything else. */
const wholeBelow = (/** @type {string | undefined} */ text, /** @type {number} */ count) =>
  /^\d{1,6}$/.test(text ?? "") && Number(text) < count ? Number(text) : null;
/** 12,345 @param {number} value */
const grouped = (value) => value.toLocaleString("en");
/** 12,345; 1.2 M; 1.23 G @param {number} value */
const short = (value) =>
  value >= 1e9 ? `${(value / 1e9).toFixed(2)} G` : value >= 1e6 ? `${(value / 1e6).toFixed(1)} M` : grouped(value);
/** "1 picture", "1,200 pictures" @param {number} count @param {string} word */
const plural = (count, word) => `${grouped(count)} ${word}${count === 1 ? "" : "s"}`;
/** "28 × 28" @param {number[]} shape */
const sides = (shape) => shape.join(" × ");
/** Without its unit, MB. @param {number} bytes */
const megabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
/** @param {number} value */
const milliseconds = (value) => `${value < 100 ? value.toPrecision(2) : value.toFixed(0)} ms`;
/** @param {number} seconds */
const duration = (seconds) => (seconds < 120 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(0)} min`);
