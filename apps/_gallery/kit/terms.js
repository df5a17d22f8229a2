// @ts-check
// Key words, which show their definition on hover, focus and tap; the page has it from apps/_gallery/glossary.py.

/** A key word in a sentence. @param {string} name @param {string} [text] how it stands there */
const term = (name, text = name) => make("dfn", { tabindex: 0, data: { term: name } }, text);

const definition = make("div", { id: "kit-definition", role: "tooltip", hidden: true });
/** @param {EventTarget | null} target */
const findTerm = (target) => /** @type {HTMLElement | null} */ (
  target instanceof Element ? target.closest("[data-term]") : null);
/** Below the word, or above it where there is no room; within the window. @param {HTMLElement} word */
function define(word) {
  const name = word.dataset.term ?? "", text = TERMS[name];
  if (!text) return;
  definition.replaceChildren(make("b", name), ` ${text}`);
  (word.closest(".gradio-container") ?? document.body).append(definition);
  set(word, { aria: { describedby: definition.id } });
  definition.hidden = false;
  const { left, top, bottom } = word.getBoundingClientRect(), { offsetWidth: wide, offsetHeight: high } = definition;
  const below = bottom + 8 + high < innerHeight, x = clamp(left - 12, 8, Math.max(8, innerWidth - wide - 8));
  set(definition, { style: { left: `${x}px`, top: `${below ? bottom + 8 : top - high - 8}px` } });
}
const hideDefinition = () => void (definition.hidden = true);
for (const type of ["pointerover", "focusin", "click"])
  document.addEventListener(type, ({ target }) => {
    const word = findTerm(target);
    if (word) define(word);
    else if (type === "click" || !findTerm(document.activeElement)) hideDefinition();
  });
document.addEventListener("focusout", hideDefinition);
document.addEventListener("keydown", ({ key }) => key === "Escape" && hideDefinition());
addEventListener("scroll", hideDefinition, { passive: true });
