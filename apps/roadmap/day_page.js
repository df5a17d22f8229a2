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
element.addEventListener("keydown", (event) => {
  if (event.key === "Escape") goBack();
});
