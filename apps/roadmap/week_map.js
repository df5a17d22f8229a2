const root = element.querySelector("div");
const names = { Mon: "Monday", Tue: "Tuesday", Wed: "Wednesday", Thu: "Thursday", Fri: "Friday", Sat: "Saturday", Sun: "Sunday" };
const parts = ["exhibit", "code", "answer"];
const cells = new Map(); // day -> button, in the order of the roadmap
let open = "";
let asked = "";
let settled = true;

const make = (tag, className, text = "") => {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
};

const marks = (day) => {
  const bar = make("span", "marks");
  bar.setAttribute("aria-hidden", "true");
  for (const part of parts) bar.append(make("i", day[part] ? "there" : ""));
  return bar;
};

function build(value) {
  root.className = "week-map";
  const legend = make("div", "legend");
  legend.append(make("b", "count"), marks({ exhibit: true, code: true, answer: true }));
  legend.append(make("span", "", "a mark each for exhibit, code and answer"));
  const grid = make("div", "grid");
  grid.setAttribute("role", "grid");
  grid.setAttribute("aria-label", "Ten weeks of seven days; arrow keys move, Enter opens a day");
  for (const week of value.weeks) {
    const row = make("div", "row");
    row.setAttribute("role", "row");
    const title = make("div", "week");
    title.setAttribute("role", "rowheader");
    title.append(make("b", "", week.number), make("span", "", week.title));
    row.append(title);
    for (const day of week.days) {
      const place = make("div", "place");
      place.setAttribute("role", "gridcell");
      const cell = make("button", "day");
      cell.type = "button";
      cell.dataset.day = day.day;
      cell.tabIndex = -1;
      cells.set(day.day, cell);
      place.append(cell);
      row.append(place);
    }
    grid.append(row);
  }
  root.replaceChildren(legend, grid);
}

function draw() {
  const value = props.value;
  if (!value?.weeks) return;
  if (!cells.size) build(value);
  root.querySelector(".count").textContent = `${value.works} of ${value.count} days work today`;
  for (const day of value.weeks.flatMap((week) => week.days)) {
    const cell = cells.get(day.day);
    const there = parts.filter((part) => day[part]);
    const top = make("span", "top");
    top.append(make("span", "", day.weekday));
    if (there.length) top.append(marks(day));
    cell.replaceChildren(top, make("span", "label", day.label));
    cell.classList.toggle("works", day.works);
    cell.title = day.focus;
    const state = day.works ? "works" : there.length ? `has ${there.join(" and ")}` : "not written yet";
    cell.setAttribute("aria-label", `${names[day.weekday]}, week ${day.week}: ${day.label}; ${state}`);
  }
  mark(value.open);
  if (asked === value.open) arrive();
}

function mark(day) {
  for (const [name, cell] of cells) {
    cell.tabIndex = name === day ? 0 : -1;
    if (name === day) cell.setAttribute("aria-current", "true");
    else cell.removeAttribute("aria-current");
  }
  open = day;
}

function choose(day) {
  if (!cells.has(day)) return tenweeks.say(`There is no day ${day}: they run from ${[...cells.keys()][0]} to ${[...cells.keys()].at(-1)}.`);
  asked = day;
  if (day === open) arrive();
  else trigger("select", { day });
}

// Once the page below shows the day: bring it into sight, with its title as the place to read on from.
function arrive() {
  const day = asked;
  const still = !settled || matchMedia("(prefers-reduced-motion: reduce)").matches;
  asked = "";
  settled = true;
  tenweeks.remember("day", day);
  let frames = 0;
  const look = () => {
    const page = document.getElementById("day-page");
    const shown = page?.querySelector(".top b")?.textContent === day && page.querySelector(".columns");
    if (!shown && ++frames < 120) return requestAnimationFrame(look);
    page?.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
    page?.querySelector("h3")?.focus({ preventScroll: true });
  };
  requestAnimationFrame(() => requestAnimationFrame(look));
}

// The nearest cell above or below on the screen, whatever the number of columns.
function vertical(from, direction) {
  const box = from.getBoundingClientRect();
  let best = null;
  let least = Infinity;
  for (const cell of cells.values()) {
    const other = cell.getBoundingClientRect();
    const down = direction * (other.top - box.top);
    if (down < 8) continue;
    const distance = down + Math.abs(other.left - box.left) / 1000;
    if (distance < least) [best, least] = [cell, distance];
  }
  return best;
}

root.addEventListener("click", (event) => {
  const cell = event.target.closest(".day");
  if (cell) choose(cell.dataset.day);
});

root.addEventListener("keydown", (event) => {
  const cell = event.target.closest(".day");
  if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = [...cells.values()];
  const week = [...cell.closest(".row").querySelectorAll(".day")];
  const next = {
    ArrowRight: () => all[all.indexOf(cell) + 1],
    ArrowLeft: () => all[all.indexOf(cell) - 1],
    ArrowDown: () => vertical(cell, 1),
    ArrowUp: () => vertical(cell, -1),
    Home: () => week[0],
    End: () => week.at(-1),
  }[event.key];
  if (!next) return;
  event.preventDefault();
  const target = next();
  if (!target) return;
  for (const each of all) each.tabIndex = -1;
  target.tabIndex = 0;
  target.focus();
});

watch("value", draw);
draw();
const linked = tenweeks.arrived.get("day");
if (linked) {
  settled = false; // a permanent link arrives at its day without a journey
  choose(linked.trim().toLowerCase());
}
