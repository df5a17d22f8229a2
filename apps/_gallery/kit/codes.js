// @ts-check
// Maps of a layer as Python sends them: a byte for each value, and one more for each at the end of the colours.

/**
 * What `apps._networks.encoding.quantise` makes: `maps` and `beyond` in base64.
 * @typedef {{ maps: string, beyond: string, signed: boolean, scale: number, octave: number }} Coded
 */
/** The bytes of the colours: −127 to 127, or 0 to 255. @param {Coded} coded @returns {Int8Array | Uint8Array} */
const readCodes = ({ maps, signed }) => (signed ? decode(maps, Int8Array) : decode(maps));
/** The values that they stand for. @param {Coded} coded */
function readValues(coded, codes = readCodes(coded)) {
  const { signed, scale, octave } = coded, end = signed ? 127 : 255, further = decode(coded.beyond);
  let next = 0;
  return Float32Array.from(codes, (code) =>
    Math.abs(code) < end ? (code / end) * scale : Math.sign(code) * scale * 2 ** (further[next++] / octave));
}
/** The pixel of a code. @param {number} code @param {boolean} signed */
const pixelOfCode = (code, signed) => (signed ? SIGNED[code & 255] : SEQUENTIAL[code]);
