// @ts-check
// A network's training, frame by frame: one slider moves all that stands at the same frame.

/**
 * A label with a slider and the step that it stands at; `show` draws a frame, `moved` is called where the visitor chose
 * one by the slider, and shows it.
 * @param {HTMLElement} label becomes the slider's
 * @param {{ show: (frame: any, index: number) => void, moved: (index: number) => void }} how
 */
function frameSlider(label, { show, moved }) {
  const field = make("input", { type: "range", min: 0, step: 1 }), said = make("b");
  label.classList.add("kit-scrub");
  label.append(field, said);
  /** @type {any[]} */
  let frames = [];
  let at = 0;
  /** In words. @param {number} index */
  const tell = (index) => {
    const { step } = frames[index];
    return step ? `after step ${grouped(step)} of ${grouped(frames.at(-1).step)}` : "before the first step";
  };
  /** @param {number} index */
  function go(index) {
    at = index;
    field.value = index;
    set(field, { aria: { label: "Step of the training", valuetext: tell(index) } });
    set(said, { text: tell(index) });
    show(frames[index], index);
  }
  field.addEventListener("input", () => moved(Number(field.value)));
  return {
    go, tell,
    at: () => at,
    /** What a picture or a plot calls with the frame that it was led to. @param {number} index */
    follow(index) {
      if (index !== at) go(index);
      return tell(index);
    },
    /** Frames of another training, and which of them is shown. @param {any[]} next @param {number} index */
    take(next, index) {
      [frames, at] = [next, index];
      set(field, { max: frames.length - 1 });
    },
  };
}
/**
 * Where a frame stands on a logarithmic axis; before the first step it is half a step.
 * @param {{ step: number }} frame
 */
const placeFrame = ({ step }) => step || 0.5;
