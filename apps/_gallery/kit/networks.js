// @ts-check
// Networks of the zoo that a page runs itself, by weights that `apps._networks.weights` writes.

/**
 * LeNet-5: from a picture of 28 × 28 greys in 0..1, rounded to 256 levels, to the place of its label.
 * @param {{ labels: string[], mean: number, deviation: number, weights: string, half: boolean }} sent as
 * `apps._networks.weights.write_lenet` makes it
 */
function readLeNet(sent) {
  const next = readWeights(sent), [first, firstBias, second, secondBias] = [6 * 25, 6, 16 * 6 * 25, 16].map(next);
  const dense = [[400, 120], [120, 84], [84, sent.labels.length]].map(([inputs, outputs]) =>
    ({ weight: next(inputs * outputs), bias: next(outputs) }));
  const relu = (/** @type {Float64Array} */ x) => x.map((value) => Math.max(0, value));
  const addBias = (/** @type {Float64Array} */ x, /** @type {Float64Array} */ bias) =>
    x.map((value, i) => value + bias[Math.floor(i / (x.length / bias.length))]);
  return (/** @type {Float64Array} */ picture) => {
    let x = picture.map((value) => (Math.round(255 * value) / 255 - sent.mean) / sent.deviation);
    x = poolMaps(relu(addBias(convolve(x, 28, first, 5), firstBias)), 28);
    x = poolMaps(relu(addBias(convolve(x, 14, second, 5, 0), secondBias)), 10);
    dense.forEach(({ weight, bias }, at) => {
      x = linear(x, weight, bias);
      if (at < 2) x = relu(x);
    });
    return x.indexOf(Math.max(...x));
  };
}

/** @typedef {{ before: Float64Array, mean: number[], deviation: number[], scale: Float64Array, shift: Float64Array,
 *   after: Float64Array }} Step a layer: its maps, and of each channel what the style replaces by what
 * @typedef {{ styles: Float64Array[], steps: Step[], picture: Float64Array }} StyleRun
 * @typedef {{ layer: number, channel: number, scale: number, shift: number }} StyleEdit of a channel, by hand */
/**
 * The generator of a StyleGAN: from a style for each layer to a picture in 0..1.
 * @param {{ sides: number[], channels: number[], code: number, weights: string, half: boolean }} sent as
 * `apps.stylegan.networks.write_generator` makes it
 */
function readStyleGenerator(sent) {
  const { sides, channels, code } = sent, next = readWeights(sent), constant = next(channels[0] * sides[0] ** 2);
  const layers = sides.map((/** @type {number} */ side, /** @type {number} */ at) => {
    const count = channels[at], inputs = channels[at - 1], isLarger = side > sides[at - 1];
    const weight = next(at ? count * inputs * (isLarger ? 16 : 9) : 0);
    const enlarge = isLarger && makeUpConvolution(weight, inputs);
    const transform = (/** @type {Float64Array} */ x) => !at ? x : enlarge ? enlarge(x, sides[at - 1])
      : convolve(x, side, weight, 3);
    return { side, count, transform, bias: next(count), strength: next(count), noise: next(side ** 2),
      weight: next(2 * count * code), offset: next(2 * count) };
  });
  const [toPicture, level] = [next(channels[sides.length - 1]), next(1)[0]], mean = next(code);
  const pixels = sides[sides.length - 1] ** 2;
  /** @param {any} layer @param {Float64Array} x @param {Float64Array} w @param {boolean} isNoisy @returns {Step} */
  function normalise({ side, count, bias, strength, noise, weight, offset }, x, w, isNoisy) {
    const size = side ** 2, asked = linear(w, weight, offset), before = new Float64Array(x.length);
    const scale = asked.subarray(0, count).map((each) => 1 + each), shift = asked.subarray(count);
    const means = [], deviations = [], after = new Float64Array(x.length);
    for (let channel = 0; channel < count; channel++) {
      const from = channel * size, loud = isNoisy ? strength[channel] : 0;
      let sum = 0, squares = 0;
      for (let i = 0; i < size; i++) {
        const value = x[from + i] + loud * noise[i] + bias[channel];
        sum += before[from + i] = value < 0 ? 0.2 * value : value;
      }
      const middle = sum / size;
      for (let i = from; i < from + size; i++) squares += (before[i] - middle) ** 2;
      means.push(middle);
      deviations.push(Math.sqrt(squares / size + 1e-5));
    }
    const step = { before, mean: means, deviation: deviations, scale, shift, after };
    for (let channel = 0; channel < count; channel++) restyle(step, channel, size);
    return step;
  }
  /** Give a channel the mean and deviation that its style asks for. @param {Step} step @param {number} channel
   * @param {number} size */
  function restyle({ before, mean, deviation, scale, shift, after }, channel, size) {
    const factor = scale[channel] / deviation[channel];
    for (let i = channel * size; i < (channel + 1) * size; i++)
      after[i] = (before[i] - mean[channel]) * factor + shift[channel];
  }
  return {
    mean,
    /**
     * @param {Float64Array[]} styles w of each layer @param {boolean} isNoisy
     * @param {StyleRun} [known] a run whose first layers are taken over, as far as they have the same styles
     * @param {StyleEdit} [edit] @returns {StyleRun}
     */
    run(styles, isNoisy, known, edit) {
      /** @type {Step[]} */
      const steps = [];
      let isKnown = Boolean(known);
      layers.forEach((/** @type {any} */ layer, /** @type {number} */ at) => {
        isKnown &&= styles[at] === known?.styles[at] && at !== edit?.layer;
        const x = at ? steps[at - 1].after : constant;
        const step = isKnown && known ? known.steps[at] : normalise(layer, layer.transform(x), styles[at], isNoisy);
        if (edit?.layer === at) {
          step.scale[edit.channel] = edit.scale;
          step.shift[edit.channel] = edit.shift;
          restyle(step, edit.channel, layer.side ** 2);
        }
        steps.push(step);
      });
      const maps = steps[sides.length - 1].after, picture = new Float64Array(pixels).fill(level);
      toPicture.forEach((weight, channel) => {
        for (let i = 0; i < pixels; i++) picture[i] += weight * maps[channel * pixels + i];
      });
      return { styles, steps, picture: picture.map((value) => (Math.tanh(value) + 1) / 2) };
    },
  };
}
