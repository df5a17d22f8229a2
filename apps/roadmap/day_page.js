// @ts-check
// A day's page in place of the map: opened by its link, written anew by Python for each day; and the visitor's marks.
const { make, set, keep } = kit;
const link = tenweeks.link(element);
const tab = /** @type {HTMLElement} */ (element.closest(".tabitem"));
let wanted = ""; // the day that the address names; "" for the map
let parts = []; // the headings of what can be jumped to

const find = (selector) => /** @type {HTMLElement | null} */ (element.querySelector(selector));
const findAll = (selector) => /** @type {HTMLElement[]} */ ([...element.querySelectorAll(selector)]);
/** Whether head and body are those of the wanted day. */
const isLoaded = () => [".top", ".columns"].every((each) => find(each)?.dataset.day === wanted);
const ask = kit.asking(element, () => !wanted || isLoaded(), () => trigger("select", { day: wanted }));

/** The page of a day, or all else in the tab. @param {boolean} isDay */
function swap(isDay) {
  for (const each of tab.querySelectorAll(".head, .folds, #roadmap-opening, #week-map"))
    set(each, { style: { display: isDay ? "none" : "" } });
  set(element, { style: { display: isDay ? "block" : "none" } });
}
function open(day) {
  wanted = day;
  if (isLoaded()) present();
  else ask(0);
}
function present() {
  swap(true);
  parts = findAll(".main h3, .main h4");
  parts.forEach((each, index) => set(each, { id: `day-part-${index}`, tabindex: -1 }));
  find(".contents")?.replaceChildren(make("b", "On this page"), ...parts.map((each) =>
    make(`a.${each.localName}`, { href: `#${each.id}`, data: { part: each.id } }, each.textContent)));
  drawMarks();
  if (find("[data-done]")) keep.write("last", wanted);
  scrollTo({ top: 0, behavior: "instant" });
  find("h2")?.focus({ preventScroll: true });
}
function goToMap() {
  const day = wanted;
  wanted = "";
  swap(false);
  const cell = /** @type {HTMLElement | null} */ (tab.querySelector(`#week-map [data-day="${day}"]`));
  cell?.focus({ preventScroll: true });
}

function drawMarks() {
  const done = keep.read(`done ${wanted}`) !== null;
  for (const each of findAll("[data-done]"))
    set(each, { aria: { pressed: done }, text: done ? "✓ Done" : "Mark as done" });
  set(find("[data-keeping]") ?? make("i"), { text: keep.promise() });
  const box = find(".prediction");
  if (!box) return;
  const choices = findAll("[data-guess]"), right = choices[Number(box.dataset.right)];
  const guess = keep.read(`guess ${wanted}`), chosen = choices.find((each) => each.textContent === guess);
  for (const each of choices) {
    const mark = chosen && (each === right ? "right" : each === chosen ? "wrong" : null);
    set(each, { class: mark, aria: { pressed: each === chosen, disabled: chosen ? true : null } });
  }
  const said = chosen === right ? "Right." : `You said “${guess}”; it is “${right.textContent}”.`;
  set(box, { class: chosen ? "prediction answered" : "prediction" });
  set(/** @type {Element} */ (find(".verdict")), { text: chosen ? said : "" });
}

/** Which part is being read: the last that begins above the middle of the window. */
function markPart() {
  if (!wanted) return;
  const now = parts.filter((each) => each.getBoundingClientRect().top < innerHeight / 2).at(-1);
  for (const each of findAll("[data-part]")) set(each, { aria: { current: each.dataset.part === now?.id || null } });
}

element.addEventListener("click", (event) => {
  /** @type {HTMLElement | null} */
  const target = /** @type {Element} */ (event.target).closest("button, a[data-part]");
  const { copy, done, guess, again, part } = target?.dataset ?? {};
  if (copy) tenweeks.copyLink({ day: copy });
  else if (done !== undefined) keep.write(`done ${wanted}`, keep.read(`done ${wanted}`) === null ? "yes" : null);
  else if (guess !== undefined && target?.ariaDisabled !== "true") keep.write(`guess ${wanted}`, target.textContent);
  else if (again !== undefined) keep.write(`guess ${wanted}`, null);
  else if (part) {
    event.preventDefault();
    const heading = document.getElementById(part);
    heading?.scrollIntoView();
    heading?.focus({ preventScroll: true });
  }
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
  if (event.key === "Escape") tenweeks.show("roadmap");
});

// Python's answer has come when head and body are both there.
let isPresented = false;
new MutationObserver(() => {
  const is = wanted !== "" && isLoaded();
  if (is && !isPresented) present();
  isPresented = is;
}).observe(element, { childList: true, subtree: true });
keep.watch(() => wanted && drawMarks());
addEventListener("scroll", markPart, { passive: true });
link.follow(({ day }) => day ? open(day) : wanted && goToMap());
const linked = link.recall("day")?.trim().toLowerCase();
if (linked) {
  link.remember({ day: linked });
  swap(true);
  open(linked);
}
