// @ts-check
// Frames of a sheet, scrubbed by pointer, touch and arrow keys without a request.

/**
 * Show one frame of a sheet on a canvas. `frame` is called with each that is shown, and says it in words.
 * @param {HTMLCanvasElement} canvas @param {string} label @param {(index: number) => string} frame
 */
function sprites(canvas, label, frame) {
  const view = panel(canvas);
  /** @type {Sheet | null} */
  let frames = null;
  let at = 0;
  const draw = redraw(canvas, () => {
    if (!frames || !view.fit(frames.height / frames.width)) return;
    view.tile(frames, at, 0, 0, canvas.width, canvas.height);
  });
  function go(/** @type {number} */ index) {
    at = index;
    const aria = { label, valuemin: 1, valuemax: frames?.count, valuenow: at + 1, valuetext: frame(at) };
    set(canvas, { role: "slider", tabindex: 0, aria });
    draw();
  }
  steer(canvas, { size: () => frames?.count, at: () => at, choose: go, hover: (index) => index !== null && go(index) });
  return {
    go,
    /** Frames of `width` × `height` pixels, `across` in a row of the picture at `source`. */
    show(/** @type {string} */ source, /** @type {Omit<Sheet, "canvas">} */ sizes, index = 0) {
      loadImage(source, (image) => {
        frames = { ...sizes, canvas: image };
        go(index);
      });
    },
  };
}
