// @ts-check
// Layers of a small network, which the browser runs by the network's own weights. Maps are channels × side × side in
// one array.

const POWERS = Array.from({ length: 32 }, (_, exponent) => 2 ** (Math.max(exponent, 1) - 25));
/** float16 in base64 as numbers. @param {string} text */
function readHalves(text) {
  const codes = decode(text, Uint16Array);
  return Float64Array.from(codes, (code) => {
    const exponent = (code >> 10) & 31, size = POWERS[exponent] * ((code & 1023) + (exponent ? 1024 : 0));
    return code >> 15 ? -size : size;
  });
}
/**
 * Hands out one array of weights after the other, each of so many numbers.
 * @param {{ weights: string, half: boolean }} sent float16 or float32 in base64
 */
function readWeights({ weights, half }) {
  const values = half ? readHalves(weights) : Float64Array.from(decode(weights, Float32Array));
  let at = 0;
  return (/** @type {number} */ count) => values.subarray(at, (at += count));
}

/** x·weight + bias. @param {Float64Array} x @param {Float64Array} weight out × in @param {Float64Array} bias */
function linear(x, weight, bias) {
  return bias.map((sum, row) => {
    for (let i = 0, at = row * x.length; i < x.length; i++) sum += weight[at + i] * x[i];
    return sum;
  });
}
/**
 * What a kernel sees at each place of maps, a row of channels × taps for each; 0 outside of them.
 * @param {Float64Array} x @param {number} side of its maps @param {number} to side of what comes out
 * @param {number[][]} taps how far down and across from a place each of them looks
 */
function patches(x, side, to, taps) {
  const channels = x.length / side ** 2, size = channels * taps.length, seen = new Float64Array(to ** 2 * size);
  taps.forEach(([down, across], tap) => {
    const [top, left] = [Math.max(0, -down), Math.max(0, -across)];
    const [bottom, right] = [Math.min(to, side - down), Math.min(to, side - across)];
    for (let row = top; row < bottom; row++)
      for (let column = left; column < right; column++) {
        let from = (row + down) * side + column + across, at = (row * to + column) * size + tap;
        for (let channel = 0; channel < channels; channel++, from += side ** 2, at += taps.length) seen[at] = x[from];
      }
  });
  return seen;
}
/**
 * Every row of weights times every patch, out × places: four rows and two patches at once, which is four times as fast
 * as one by one; the last ones are computed twice where they are no even number.
 * @param {Float64Array} weights @param {Float64Array} seen @param {number} size of a row and of a patch
 */
function multiply(weights, seen, size) {
  const rows = weights.length / size, places = seen.length / size, out = new Float64Array(rows * places);
  for (let row = 0; row < rows; row += 4) {
    const [second, third, last] = [1, 2, 3].map((each) => Math.min(row + each, rows - 1));
    const w0 = row * size, w1 = second * size, w2 = third * size, w3 = last * size;
    for (let place = 0; place < places; place += 2) {
      const next = Math.min(place + 1, places - 1), p = place * size, q = next * size;
      let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
      for (let i = 0; i < size; i++) {
        const a = seen[p + i], b = seen[q + i], first = weights[w0 + i], then = weights[w1 + i];
        const after = weights[w2 + i], end = weights[w3 + i];
        a0 += first * a;
        b0 += first * b;
        a1 += then * a;
        b1 += then * b;
        a2 += after * a;
        b2 += after * b;
        a3 += end * a;
        b3 += end * b;
      }
      out[row * places + place] = a0;
      out[second * places + place] = a1;
      out[third * places + place] = a2;
      out[last * places + place] = a3;
      out[row * places + next] = b0;
      out[second * places + next] = b1;
      out[third * places + next] = b2;
      out[last * places + next] = b3;
    }
  }
  return out;
}
/**
 * A convolution of stride 1, without a bias.
 * @param {Float64Array} x @param {number} side of its maps @param {Float64Array} weight out × in × kernel × kernel
 * @param {number} kernel @param {number} [edge] zeros around each map
 */
function convolve(x, side, weight, kernel, edge = (kernel - 1) / 2) {
  const taps = Array.from({ length: kernel ** 2 }, (_, tap) =>
    [Math.floor(tap / kernel) - edge, (tap % kernel) - edge]);
  return multiply(weight, patches(x, side, side + 2 * edge - kernel + 1, taps), (x.length / side ** 2) * taps.length);
}
/**
 * A transposed convolution of kernel 4, stride 2 and padding 1, without a bias, to be called with maps and their side:
 * a row of its result reads two rows, by two rows of the kernel, so that it is four convolutions of kernel 2.
 * @param {Float64Array} weight in × out × 4 × 4 @param {number} inputs
 */
function makeUpConvolution(weight, inputs) {
  const outputs = weight.length / inputs / 16, reads = [[[-1, 3], [0, 1]], [[0, 2], [1, 0]]];
  const phases = [0, 1, 2, 3].map((phase) => {
    const taps = reads[phase >> 1].flatMap(([down, row]) =>
      reads[phase & 1].map(([across, column]) => ({ place: [down, across], at: 4 * row + column })));
    const matrix = Float64Array.from({ length: outputs * inputs * 4 }, (_, i) =>
      weight[(((i >> 2) % inputs) * outputs + Math.floor(i / inputs / 4)) * 16 + taps[i & 3].at]);
    return { matrix, places: taps.map(({ place }) => place) };
  });
  return (/** @type {Float64Array} */ x, /** @type {number} */ side) => {
    const out = new Float64Array(outputs * 4 * side ** 2);
    phases.forEach(({ matrix, places }, phase) => {
      const found = multiply(matrix, patches(x, side, side, places), 4 * inputs);
      for (let map = 0, i = 0; map < outputs; map++)
        for (let row = 0; row < side; row++) {
          let at = ((map * side + row) * 2 + (phase >> 1)) * 2 * side + (phase & 1);
          for (let column = 0; column < side; column++, at += 2) out[at] = found[i++];
        }
    });
    return out;
  };
}
/** The largest of each 2 × 2. @param {Float64Array} x @param {number} side of its maps */
function poolMaps(x, side) {
  const half = side / 2;
  return Float64Array.from({ length: x.length / 4 }, (_, i) => {
    const at = 2 * Math.floor(i / half) * side + 2 * (i % half);
    return Math.max(x[at], x[at + 1], x[at + side], x[at + side + 1]);
  });
}
