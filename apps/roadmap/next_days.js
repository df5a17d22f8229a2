// @ts-check
// Where to begin or go on: the day that was opened last and is not done, else the next that is not.
const { make, keep } = kit;
const { root } = kit.widget(element, "next-days");
const days = props.value.days;
const isDone = ({ day }) => keep.read(`done ${day}`) !== null;

function makeDay({ day, label, title, minutes }, isFirst) {
  const name = make("span.name", make("b", day), ` ${label}`);
  return make(isFirst ? "a.day.first" : "a.day", { href: `?day=${day}` },
    isFirst ? [name, make("span.title", title), make("span.minutes", minutes)] : name);
}
function draw() {
  const last = keep.read("last"), at = Math.max(0, days.findIndex(({ day }) => day === last));
  const left = [...days.slice(at), ...days.slice(0, at)].filter((day) => !isDone(day));
  const done = days.length - left.length, bar = make("div.bar"), some = last !== null || done > 0;
  kit.meter(bar, "days done", days.length ? done / days.length : 0, `${done} of ${days.length}`);
  root.replaceChildren(
    make("h3", !left.length ? "All done" : some ? "Continue where you were" : "Start here"),
    left.length ? makeDay(left[0], true) : make("p", "You have done every day that works today."),
    left.length > 1 && make("p.then", "and then"), ...left.slice(1, 3).map((day) => makeDay(day, false)),
    make("p.progress", `${done} of the ${days.length} days that work are done`), bar,
    make("p.keeping", keep.promise()));
}
keep.watch(draw);
draw();
