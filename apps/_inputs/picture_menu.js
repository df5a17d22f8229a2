// @ts-check
const { make, set } = kit;
const UPLOAD = "upload";
const { root, part } = kit.widget(element, "menu picture-menu", `
  <label></label><div class="row"><div class="field"><select></select></div>
  <button type="button" class="choose">Upload</button><button type="button" class="away" hidden>Put away</button></div>
  <input type="file" accept="image/*" tabindex="-1" aria-label="Picture file">
  <div class="below"><p class="line" role="status"></p></div>`);
kit.keepOpaque(element);
const select = part("select"), line = part(".line"), away = part(".away");
const link = tenweeks.link(element);
const id = `picture-menu-${Math.random().toString(36).slice(2)}`;
set(part("label"), { for: id });
set(select, { id, aria: { describedby: `${id}-line` } });
line.id = `${id}-line`;

/** @type {any} The last value of Python's: what the menu offers. */
let offer = null;
let chosen = "";
let network = ""; // the one that is chosen
/** @type {any} The visitor's own picture, as far as this menu has followed. */
let own = null;
/** @type {any} The upload that is being read, and its number. */
let read = null, turn = 0;

const suiting = () => offer.suits?.[network] ?? offer.examples.map(({ name }) => name);
const titleOf = (name) => offer.examples.find((each) => each.name === name)?.title;
const findOpening = () => offer.opening.find((name) => suiting().includes(name)) ?? suiting()[0] ?? "";

function say(text, problem = false) {
  set(line, { text });
  line.classList.toggle("problem", problem);
}
/** What Python gets, with all else that the menu needs to stand here again, should it be drawn anew. */
function keep() {
  props.value = { ...offer, chosen, file: (read ?? own)?.file ?? null };
}
function draw() {
  const fit = suiting(), option = ({ name, title }) => make("option", { value: name }, title);
  const [good, others] = [true, false].map((is) => offer.examples.filter(({ name }) => fit.includes(name) === is));
  const group = others.length > 0 && make("optgroup", { label: "for other networks" }, others.map(option));
  const mine = own && make("option", { value: UPLOAD, title: own.name }, "your picture");
  select.replaceChildren(...[mine, ...good.map(option), group].filter(Boolean));
  select.value = chosen;
  away.hidden = !own;
  set(part("label"), { text: offer.label });
}
/** Choose a picture; `ask` has the tab look at it. */
function choose(name, ask = true) {
  read = null;
  turn += 1;
  chosen = name;
  keep();
  draw();
  say("");
  link.remember({ [offer.link]: name === UPLOAD || name === findOpening() ? null : name });
  if (ask) kit.askTogether(root, () => trigger("input"));
}
const isKnown = (name) => titleOf(name) !== undefined;

async function take(files) {
  const [file] = files, asked = ++turn;
  if (file.size > offer.megabytes * 1e6) return say(`A file may have ${offer.megabytes} MB: make it smaller.`, true);
  say(`Reading ${file.name} …`);
  try {
    const { path, url } = await upload(file);
    if (asked !== turn) return;
    const meta = { _type: "gradio.FileData" };
    read = { name: file.name, file: { path, url, orig_name: file.name, meta } };
    keep();
    trigger("upload", { turn });
  } catch {
    if (asked === turn) say("The file could not be sent: choose another one.", true);
  }
}
/** The picture that goes along: a tab opens on it, once for each. */
function follow() {
  const now = tenweeks.picture();
  if (now === own) return;
  own = now;
  if (own) choose(UPLOAD);
  else if (chosen === UPLOAD) choose(findOpening());
  else {
    keep();
    draw();
    say("");
  }
}
kit.takeFiles({ button: part(".choose"), input: part("input"), target: root }, take);
document.addEventListener("paste", (event) => {
  const files = event.clipboardData?.files;
  const typing = /** @type {Element} */ (event.target).closest("input, textarea, [contenteditable=true]");
  if (!files?.length || typing || event.defaultPrevented || !root.offsetParent) return;
  event.preventDefault();
  take([...files]);
});
select.addEventListener("change", () => choose(select.value));
away.addEventListener("click", () => {
  select.focus();
  tenweeks.carryPicture(null);
});
document.addEventListener("tenweeks-picture", () => root.offsetParent && follow());
// The network's menu says what it chose before it asks Python, which so gets a picture that suits.
root.closest(".tabitem")?.addEventListener("network", (/** @type {any} */ { detail }) => {
  if (!offer?.suits || detail.menu !== offer.follows) return;
  network = detail.chosen;
  if (chosen !== UPLOAD && !suiting().includes(chosen)) choose(findOpening(), false);
  else draw();
});

function receive() {
  const value = props.value;
  if (!value?.examples) return;
  if (!offer) {
    const { turn: _, problem: __, ...rest } = value;
    offer = rest;
    ({ chosen, network } = offer);
    draw();
    open();
  }
  const done = value.turn === turn && read;
  if (done) read = null;
  keep();
  if (done && !value.problem) tenweeks.carryPicture(done);
  else if (value.problem && (value.turn === undefined || done)) say(value.problem, true);
}
/** Once the tab's worked example stands: what a link asks for, or else the picture that goes along. */
async function open() {
  const wanted = link.recall(offer.link);
  if (wanted && isKnown(wanted)) own = tenweeks.picture();
  await link.opened;
  if (wanted && isKnown(wanted)) choose(wanted);
  link.follow((state) => isKnown(state[offer.link]) && choose(state[offer.link]));
  link.shown(follow);
}
watch("value", receive);
receive();
