// One listener for all that Python writes into the page, now and later.
const back = () => {
  const cell = document.querySelector("#week-map [aria-current=true]");
  cell?.scrollIntoView({ block: "center" });
  cell?.focus({ preventScroll: true });
};

element.addEventListener("click", (event) => {
  const target = event.target.closest("a[href], button[data-copy]");
  if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (target.dataset.copy) return tenweeks.copyLink("day", target.dataset.copy);
  const query = new URLSearchParams(target.getAttribute("href").replace(/^[^?]*/, ""));
  const cell = query.has("day") && document.querySelector(`#week-map [data-day="${CSS.escape(query.get("day"))}"]`);
  if (!cell && !query.has("tab") && !("back" in target.dataset)) return;
  event.preventDefault();
  if ("back" in target.dataset) back();
  else if (cell) cell.click();
  else {
    tenweeks.show(query.get("tab"));
    scrollTo({ top: 0 });
  }
});

element.addEventListener("keydown", (event) => {
  if (event.key === "Escape") back();
});
