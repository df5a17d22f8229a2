// @ts-check
const { make, set, megabytes } = kit;
const { root, part } = kit.widget(element, "menu", `
  <label></label><div class="field"><select></select><progress max="1" hidden></progress></div>
  <div class="below"><p class="line" role="status"></p><button type="button" hidden>Stop</button></div>`);
kit.keepOpaque(element);
const select = part("select"), line = part(".line"), bar = part("progress"), stop = part("button");
const id = `network-menu-${Math.random().toString(36).slice(2)}`;
set(part("label"), { for: id });
set(select, { id, aria: { describedby: `${id}-line` } });
line.id = `${id}-line`;

const link = tenweeks.link(element);
/** What the menu offers. */
let offer = { label: "", groups: [], chosen: null, link: "network" };
let drawn = "";
/** @type {string | null | undefined} What Python gets; undefined until a first value came. */
let chosen;
/** @type {string | null} What is being fetched. */
let wanted = null;
/** @type {string | null} What a link asks for, until it can be had. */
let linked = null;
let isOpened = false; // whether the tab shows its worked example
let timer = 0;
let turn = 0; // of the request that fetches
const requests = kit.requests(trigger);
const PASSING = 600; // milliseconds: arrow keys pass through a closed select's options, and passing fetches nothing

const option = (/** @type {string} */ value) =>
  value === "note" ? undefined : [...select.options].find((each) => each.value === value);

function say(/** @type {string} */ text, problem = false) {
  set(line, { text });
  line.classList.toggle("problem", problem);
}
function rest() {
  wanted = null;
  bar.hidden = stop.hidden = true;
  select.value = chosen ?? "";
  say("");
}
/** What Python gets, with all else that the menu needs to stand here again, should it be drawn anew. */
function keep() {
  props.value = { ...offer, chosen };
}
function choose(/** @type {string} */ value) {
  chosen = value;
  keep();
  rest();
  link.remember({ [offer.link]: value === offer.chosen ? null : value });
  root.dispatchEvent(new CustomEvent("network", { bubbles: true, detail: { menu: offer.link, chosen } }));
  kit.askTogether(root, () => trigger("input"));
}
function fill() {
  set(part("label"), { text: offer.label });
  const now = JSON.stringify(offer.groups);
  if (now === drawn) return;
  drawn = now;
  select.replaceChildren(
    ...offer.groups.flatMap(({ label, note, options }) => {
      const made = /** @type {any[]} */ (options).map(({ value, text, title, fetch = false, off = false }) =>
        make("option", { value, title, disabled: off, data: { fetch } }, text));
      // Why some cannot be chosen is said where they stand.
      const reason = note ? [make("option", { value: "note", disabled: true }, note)] : [];
      return label ? [make("optgroup", { label }, reason, made)] : made;
    }),
  );
  select.value = wanted ?? chosen ?? "";
}
function pick() {
  clearTimeout(timer);
  linked = null;
  const picked = option(select.value);
  if (!picked || !("fetch" in picked.dataset)) return choose(select.value);
  wanted = picked.value;
  bar.removeAttribute("value");
  set(bar, { aria: { label: `Fetching ${wanted}` } });
  bar.hidden = stop.hidden = false;
  say(`Fetching ${wanted} …`);
  timer = setTimeout(fetchWanted, PASSING);
}
/** What cannot be had is left for a later value; what is no option, for good. */
function followLink() {
  const there = linked !== null && linked !== chosen && option(linked);
  if (!there || there.disabled) return;
  select.value = linked;
  pick();
}
select.addEventListener("change", pick);
stop.addEventListener("click", () => {
  clearTimeout(timer);
  rest();
  select.focus();
  if (requests.drop(turn)) trigger("stop", { turn });
});

function fetchWanted() {
  const isWanted = () => asked.turn === turn && wanted; // else something else was chosen meanwhile
  const progress = (news) => isWanted() && tellProgress(news);
  const asked = requests.ask("select", { network: wanted }, { progress });
  turn = asked.turn;
  asked.then((answer) => {
    if (!isWanted()) return;
    if (answer.fetched === wanted) return choose(wanted);
    rest();
    say(answer.problem, true);
  });
}
function tellProgress({ ahead, done, bytes, total }) {
  // Numbers are for the eye; a screen reader reads the bar when it is asked.
  set(line, { aria: { live: "off" } });
  if (done) bar.value = done;
  if (ahead) say(`Waiting to fetch ${wanted}: ${kit.plural(ahead, "network")} before it`);
  else if (total) say(`Fetching ${wanted}: ${megabytes(bytes)} of ${megabytes(total)} MB`);
  set(line, { aria: { live: null } });
}

function receive() {
  const value = props.value ?? {};
  const answered = requests.receive(value);
  if (!value.groups) return answered && keep(); // no offer
  const first = chosen === undefined;
  offer = { label: value.label, groups: value.groups, chosen: value.chosen, link: value.link };
  if (first) chosen = value.chosen;
  fill();
  keep();
  if (!wanted && !line.classList.contains("problem")) rest();
  if (first) open();
  else if (isOpened) followLink();
}
/** What a link asks for comes after the tab's worked example. */
async function open() {
  linked = link.recall(offer.link);
  link.follow((state) => {
    linked = state[offer.link] ?? null;
    followLink();
  });
  await link.opened;
  isOpened = true;
  followLink();
}
watch("value", receive);
receive();
