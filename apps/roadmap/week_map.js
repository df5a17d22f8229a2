// @ts-check
// The roadmap as a grid of seventy buttons: what of each day exists, and which one stands open below.
const { make, set } = kit;
const { root, part } = kit.widget(element, "week-map");
const link = tenweeks.link(element);
const PARTS = ["exhibit", "code", "answer"];
/** @type {Map<string, HTMLElement>} */
const cells = new Map(); // day -> its button, in the order of the roadmap
let open = "";
let asked = ""; // the day that the visitor chose, until the page shows it
let smooth = true; // whether the page travels to the day, or stands there at once

const drawMarks = (day) =>
  make("span.marks", { aria: { hidden: true } }, PARTS.map((each) => make(day[each] ? "i.there" : "i")));

function build(value) {
  const label = "Ten weeks of seven days; arrow keys move, Enter opens a day";
  root.replaceChildren(
    make("div.legend", make("b.count"), drawMarks({ exhibit: true, code: true, answer: true }),
      make("span", "a mark each for exhibit, code and answer")),
    make("div.grid", { role: "grid", aria: { label } }, value.weeks.map((week) => make("div.row", { role: "row" },
      make("div.week", { role: "rowheader" }, make("b", week.number), make("span", week.title)),
      week.days.map(({ day }) => {
        cells.set(day, make("button.day", { data: { day } }));
        return make("div.place", { role: "gridcell" }, cells.get(day));
      })))));
}

function draw() {
  const value = props.value;
  if (!value?.weeks) return;
  if (!cells.size) build(value);
  set(part(".count"), { text: `${value.works} of ${value.count} days work today` });
  for (const { days } of value.weeks)
    days.forEach((day, index) => {
      const cell = cells.get(day.day), there = PARTS.filter((each) => day[each]);
      const state = day.works ? "works" : there.length ? `has ${there.join(" and ")}` : "not written yet";
      const label = `${value.weekdays[index]}, week ${day.week}: ${day.label}; ${state}`;
      set(cell, { class: day.works ? "day works" : "day", title: day.focus, aria: { label } }).replaceChildren(
        make("span.top", make("span", day.weekday), there.length > 0 && drawMarks(day)), make("span.label", day.label));
    });
  open = value.open;
  for (const [day, cell] of cells) set(cell, { aria: { current: day === open ? true : null } });
  stopAt(cells.get(open));
  if (asked === open) arrive();
}

function choose(day) {
  const days = [...cells.keys()];
  if (!cells.has(day)) return tenweeks.say(`There is no day ${day}: they run from ${days[0]} to ${days.at(-1)}.`);
  asked = day;
  if (day === open) arrive();
  else trigger("select", { day });
}

/** Once the page below shows the day: bring it into sight, with its title as the place to read on from. */
function arrive() {
  const day = asked, behavior = smooth && !matchMedia("(prefers-reduced-motion: reduce)").matches ? "smooth" : "auto";
  link.remember({ day }, smooth);
  asked = "";
  smooth = true;
  let frames = 0;
  const look = () => {
    const page = document.getElementById("day-page");
    const shown = page?.querySelector(".top b")?.textContent === day && page.querySelector(".columns");
    if (!shown && ++frames < 120) return requestAnimationFrame(look);
    page?.scrollIntoView({ behavior, block: "start" });
    page?.querySelector("h3")?.focus({ preventScroll: true });
  };
  requestAnimationFrame(() => requestAnimationFrame(look));
}

const stopAt = kit.roving(root, ".day", { row: ".row" });
kit.choice(root, "day", choose);
watch("value", draw);
draw();
link.follow(({ day }) => day && choose(day));
const linked = link.recall("day");
if (linked) {
  smooth = false;
  choose(linked.trim().toLowerCase());
}
