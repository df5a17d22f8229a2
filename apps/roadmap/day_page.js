// @ts-check
// A day's page, which Python writes anew for each day: one listener for all of its links and buttons.
const findCell = (selector) => /** @type {HTMLElement | null} */ (document.querySelector(`#week-map ${selector}`));
function goBack() {
  const cell = findCell("[aria-current=true]");
  cell?.scrollIntoView({ block: "center" });
  cell?.focus({ preventScroll: true });
}

element.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target).closest("a[href], button[data-copy]");
  if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const { copy, back } = /** @type {HTMLElement} */ (target).dataset;
  if (copy) return tenweeks.copyLink("day", copy);
  const query = new URLSearchParams(target.getAttribute("href").replace(/^[^?]*/, ""));
  const cell = query.has("day") && findCell(`[data-day="${CSS.escape(query.get("day"))}"]`);
  if (back === undefined && !cell && !query.has("tab")) return;
  event.preventDefault();
  if (back !== undefined) return goBack();
  if (cell) return cell.click();
  tenweeks.show(query.get("tab"));
  scrollTo({ top: 0 });
});
element.addEventListener("keydown", (event) => {
  if (event.key === "Escape") goBack();
});
