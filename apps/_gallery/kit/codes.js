// @ts-check
// Maps of a layer as Python sends them for colours: a byte for each value. Numbers come exactly, or not at all.

/** The bytes: −127 to 127, or 0 to 255. @param {{ maps: string, signed: boolean }} coded by `encoding.quantise` */
const readCodes = ({ maps, signed }) => (signed ? decode(maps, Int8Array) : decode(maps));
/** The pixel of a code. @param {number} code @param {boolean} signed */
const pixelOfCode = (code, signed) => (signed ? SIGNED[code & 255] : SEQUENTIAL[code]);
