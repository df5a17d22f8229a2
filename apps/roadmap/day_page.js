// @ts-check
// A day's page, which Python writes anew for each day: one listener for all of its buttons; the page follows its links.
const findCell = (selector) => /** @type {HTMLElement | null} */ (document.querySelector(`#week-map ${selector}`));
function goBack() {
  const cell = findCell("[aria-current=true]");
  cell?.scrollIntoView({ block: "center" });
  cell?.focus({ preventScroll: true });
}

element.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target).closest("[data-copy], [data-back]");
  const { copy: day } = /** @type {HTMLElement} */ (target)?.dataset ?? {};
  if (day) return tenweeks.copyLink({ day });
  if (!target) return;
  event.preventDefault();
  goBack();
});
/** What would be typed: examples without prompts and output; other code as it is. @param {string} code */
function stripPrompts(code) {
  const lines = code.split("\n"), typed = lines.filter((line) => /^(>>>|\.\.\.)( |$)/.test(line));
  return typed.length ? typed.map((line) => line.slice(4)).join("\n") : code;
}
// Gradio's own button of a code block would copy the prompts; so would the keyboard.
element.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest(".copy_code_button");
  const code = button?.parentElement?.querySelector("code");
  if (!code?.innerText.startsWith(">>> ")) return;
  event.stopImmediatePropagation();
  tenweeks.copy(stripPrompts(code.innerText.trim()));
}, true);
element.addEventListener("copy", (event) => {
  const chosen = getSelection(), node = chosen?.anchorNode;
  const block = (node instanceof Element ? node : node?.parentElement)?.closest("pre");
  if (!chosen || !block?.contains(chosen.focusNode) || !block.innerText.trim().startsWith(">>> ")) return;
  event.clipboardData?.setData("text/plain", stripPrompts(chosen.toString()));
  event.preventDefault();
});
element.addEventListener("keydown", (event) => {
  if (event.key === "Escape") goBack();
});
