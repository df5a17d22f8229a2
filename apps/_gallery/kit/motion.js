// @ts-check
// Exhibits that show themselves once, until the visitor takes over.

/** Whether the visitor's system asks for little motion. */
const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Show something by itself, once: `step(index)` for each index below `count`, `wait` ms apart, while the node is in
 * view. It is over when the visitor presses, types or focuses anything in the tab, or moves the pointer over the node;
 * where the system asks for little motion, nothing is shown. Start it when the worked example stands.
 * @param {Element} node
 * @param {{ count: number, step: (index: number) => void, wait?: number, end?: () => void }} how
 * @returns {() => void} ends it
 */
function play(node, { count, step, wait = 900, end }) {
  let index = 0, timer = 0, inView = false;
  const tab = node.closest(".tabitem") ?? document.body, over = new AbortController();
  const stop = () => {
    if (over.signal.aborted) return;
    over.abort();
    clearTimeout(timer);
    view.disconnect();
    end?.();
  };
  const go = () => {
    clearTimeout(timer);
    if (over.signal.aborted || !inView) return;
    if (index === count || !node.isConnected) return stop();
    step(index++);
    timer = setTimeout(go, wait);
  };
  const view = new IntersectionObserver((entries) => {
    inView = entries.at(-1)?.isIntersecting ?? false;
    go();
  }, { threshold: 0.3 });
  for (const type of ["pointerdown", "keydown", "focusin"]) tab.addEventListener(type, stop, { signal: over.signal });
  node.addEventListener("pointermove", stop, { signal: over.signal });
  if (isStill()) stop();
  else view.observe(node);
  return stop;
}
