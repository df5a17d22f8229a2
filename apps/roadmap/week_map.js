// @ts-check
// The roadmap: weeks that are written as seven links each, the others folded; and what the visitor marked as done.
const { make, set, keep, plural } = kit;
const { root, part, parts } = kit.widget(element, "week-map");
const value = props.value;
const days = value.weeks.flatMap((week) => week.days);
const isDone = ({ day }) => keep.read(`done ${day}`) !== null;

function makeDay(day, index) {
  const there = ["exhibit", "code", "answer"].filter((each) => day[each]), some = there.length > 0 && !day.works;
  const state = day.works ? "works" : some ? `has ${there.join(" and ")}` : "planned";
  const label = `${value.weekdays[index]}, week ${day.week}: ${day.label}; ${state}`;
  const given = { href: `?day=${day.day}`, title: day.focus, data: { day: day.day, label }, aria: { label } };
  return make(day.works ? "a.day.works" : "a.day", given,
    make("span.top", make("span", day.weekday), some ? make("span", `${there.join(", ")} only`) : make("b.tick")),
    make("span.label", day.label));
}
function makeWeek(week) {
  const title = [make("b", week.number), make("span.title", week.title)];
  const row = make("div.days");
  if (week.written) {
    row.append(...week.days.map(makeDay));
    return make("div.week.written", make("div.name", make("b", week.number),
      make("span.title", week.title, make("span.done", { data: { week: week.number } }))), row);
  }
  const some = week.days.filter((day) => day.exhibit).length;
  const said = some ? `${plural(some, "exhibit")}, no day written` : "planned";
  const labels = week.days.map((day) => day.label).join(" · ");
  const fold = make("details.week", make("summary", title, make("span.labels", labels), make("span.state", said)), row);
  fold.addEventListener("toggle", () => {
    row.replaceChildren(...(fold.open ? week.days.map(makeDay) : []));
    stopAt(fold.querySelector("summary"));
  });
  return fold;
}
/** What is done, in the cells, of each week and of all. */
function drawMarks() {
  for (const cell of parts(".day")) {
    const done = isDone({ day: cell.dataset.day });
    set(cell, { aria: { label: cell.dataset.label + (done ? "; done" : "") } }).classList.toggle("done", done);
  }
  for (const each of parts("[data-week]")) {
    const own = value.weeks[each.dataset.week - 1].days.filter((day) => day.answer);
    set(each, { text: `${own.filter(isDone).length} of ${own.length} done` });
  }
  set(part(".mine"), { text: `${days.filter(isDone).length} done` });
}

const count = `${days.filter((day) => day.works).length} of ${days.length} days work today`;
root.append(make("p.legend", make("b.count", count), make("span.mine"), make("span.key", make("i"), "works: open it")),
  ...value.weeks.map(makeWeek));
const stopAt = kit.roving(root, ".day, summary", { row: ".week" });
stopAt(part(".works"));
drawMarks();
keep.watch(drawMarks);
