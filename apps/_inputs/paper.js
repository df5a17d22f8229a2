// @ts-check
// One square: pen strokes land on whatever it holds, and what it holds is what Python gets when the pen is lifted.
const SIDE = 560; // pixels of the canvas
const SENT = 280; // longer side of a drawing that is sent
const PEN = 0.066; // width of the pen, as a part of the side
const INK = "#17191e";
const STEPS = 28; // of the keyboard's pen, from edge to edge

const { make, set } = kit;
const { root, part } = kit.widget(element, "paper", `
  <div class="sheet">
    <canvas width="${SIDE}" height="${SIDE}" tabindex="0" role="application"
      aria-label="Drawing sheet. Arrow keys move the pen, Space lowers and lifts it, Delete clears."></canvas>
    <div class="frame"></div>
    <div class="invite"><span>Draw a digit here,<br>or drop a photo.</span></div>
    <div class="pen" hidden></div>
  </div>
  <p class="says" role="status"></p>
  <div class="actions">
    <button type="button" class="clear">Clear</button>
    <button type="button" class="upload">Upload a photo</button>
    <input type="file" tabindex="-1" aria-label="Picture file" accept=".png,.jpg,.jpeg,.webp,.gif,.bmp">
  </div>
  <div class="own" hidden>
    <button type="button" class="again"><img alt=""><span></span></button>
    <button type="button" class="away">Put away</button>
  </div>
  <div class="examples" role="group" aria-label="Examples"></div>`);
const canvas = part("canvas"), invite = part(".invite"), pen = part(".pen"), shelf = part(".examples");
const brush = canvas.getContext("2d"), link = tenweeks.link(element);

/** @typedef {{ x: number, y: number }} Point in pixels of the canvas */
let first = ""; // the name of the example on which the sheet opens
let turn = 0; // counts what the visitor put on the sheet, so that a late answer cannot replace something newer
/** @type {Record<string, any>} */
let current = { source: "blank" }; // what Python gets
let box = { x: 0, y: 0, width: SIDE, height: SIDE }; // the part of the canvas that is picture, the rest is margin
/** @type {ReturnType<typeof keepSheet> | null} */
let undo = null; // the sheet before an upload that may turn out to be unreadable
/** @type {{ points: Point[], before: HTMLCanvasElement } | null} */
let stroke = null; // what the pen drew since it was lowered, and the sheet before it
let pointer = null; // the id of the one that draws
let place = [STEPS / 4, STEPS / 2]; // row and column of the keyboard's pen
let megabytes = 0; // of a file that is accepted
/** @type {{ file: any, name: string } | null} */
let own = null; // the visitor's picture that goes along from tab to tab, as far as this tab has followed

function say(text, problem = false) {
  set(part(".says"), { text }).classList.toggle("problem", problem);
}
function sendSheet(value) {
  current = { ...value, turn: ++turn };
  props.value = current;
  rememberExample();
  trigger("input");
}
const rememberExample = () =>
  link.remember({ picture: current.name && current.name !== first ? current.name : null });
/** From now on the pen writes on this part and not on the margin. */
function clipTo(area) {
  box = area;
  brush.restore();
  brush.save();
  brush.clearRect(0, 0, SIDE, SIDE);
  brush.beginPath();
  brush.rect(box.x, box.y, box.width, box.height);
  brush.clip();
}
function whitenSheet() {
  clipTo({ x: 0, y: 0, width: SIDE, height: SIDE });
  brush.fillStyle = "#ffffff";
  brush.fillRect(0, 0, SIDE, SIDE);
}
function showPicture(address) {
  const asked = turn;
  kit.loadImage(address, (picture) => {
    if (asked !== turn) return;
    const scale = SIDE / Math.max(picture.width, picture.height);
    const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * scale)));
    clipTo({ x: Math.round((SIDE - width) / 2), y: Math.round((SIDE - height) / 2), width, height });
    brush.drawImage(picture, box.x, box.y, width, height);
    invite.hidden = true;
  });
}
/** @returns {HTMLCanvasElement} */
function copyCanvas(width = SIDE, height = SIDE, from = { x: 0, y: 0, width: SIDE, height: SIDE }) {
  const copy = make("canvas", { width, height }), to = copy.getContext("2d");
  to.imageSmoothingQuality = "high";
  to.drawImage(canvas, from.x, from.y, from.width, from.height, 0, 0, width, height);
  return copy;
}
const keepSheet = () => ({ picture: copyCanvas(), box, current, blank: !invite.hidden });
function restoreSheet(kept) {
  clipTo(kept.box);
  brush.drawImage(kept.picture, 0, 0);
  invite.hidden = !kept.blank;
  current = { ...kept.current, turn };
  markExample(current.name);
  rememberExample();
}

// The pen.
function lowerPen(point) {
  undo = null;
  invite.hidden = true;
  markExample();
  stroke = { points: [point], before: copyCanvas() };
  drawStroke();
}
function movePen(...points) {
  stroke.points.push(...points);
  drawStroke();
}
/** The whole stroke anew as one curve through the middles: pieces laid over each other would show at their edges. */
function drawStroke() {
  const [first, ...rest] = stroke.points;
  brush.drawImage(stroke.before, 0, 0);
  brush.lineWidth = PEN * SIDE;
  brush.lineCap = brush.lineJoin = "round";
  brush.strokeStyle = INK;
  brush.beginPath();
  brush.moveTo(first.x, first.y);
  let last = first;
  for (const point of rest) {
    brush.quadraticCurveTo(last.x, last.y, (last.x + point.x) / 2, (last.y + point.y) / 2);
    last = point;
  }
  brush.lineTo(last.x, last.y); // a dot, if there is no other point
  brush.stroke();
}
function liftPen() {
  stroke = null;
  const scale = SENT / Math.max(box.width, box.height);
  const [width, height] = [box.width, box.height].map((side) => Math.max(1, Math.round(side * scale)));
  say(["blank", "drawing"].includes(current.source) ? "Your drawing." : "Your drawing, on top of it.");
  sendSheet({ source: "drawing", picture: copyCanvas(width, height, box).toDataURL("image/png") });
}
function clearSheet() {
  stroke = undo = null;
  pen.classList.remove("down");
  whitenSheet();
  invite.hidden = false;
  markExample();
  say("An empty sheet.");
  sendSheet({ source: "blank" });
}

function locate(event) {
  const [across, down] = kit.fraction(event, canvas);
  return { x: across * SIDE, y: down * SIDE };
}
canvas.addEventListener("pointerdown", (event) => {
  if (pointer !== null || event.button !== 0 || !event.isPrimary) return;
  pointer = event.pointerId;
  canvas.setPointerCapture(pointer);
  pen.hidden = true;
  lowerPen(locate(event));
});
canvas.addEventListener("pointermove", (event) => {
  if (event.pointerId !== pointer) return;
  const between = event.getCoalescedEvents?.() ?? [];
  movePen(...(between.length ? between : [event]).map(locate));
});
for (const end of ["pointerup", "pointercancel"])
  canvas.addEventListener(end, (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    liftPen();
  });

// The keyboard's pen.
function showPen() {
  const [top, left] = place.map((step) => `${(100 * step) / STEPS}%`);
  set(pen, { hidden: false, style: { top, left } });
  return { x: (place[1] / STEPS) * SIDE, y: (place[0] / STEPS) * SIDE };
}
function toggleStroke() {
  const point = showPen();
  if (stroke) liftPen();
  else lowerPen(point);
  pen.classList.toggle("down", stroke !== null);
}
function clearByKey() {
  clearSheet();
  showPen();
}
canvas.addEventListener("focus", () => {
  if (!canvas.matches(":focus-visible") || pointer !== null) return;
  showPen();
  say("Arrow keys move the pen, Space lowers and lifts it, Delete clears.");
});
canvas.addEventListener("blur", () => {
  pen.hidden = true;
  if (!stroke || pointer !== null) return;
  pen.classList.remove("down");
  liftPen();
});
kit.steer(canvas, {
  size: () => [STEPS + 1, STEPS + 1],
  at: () => place,
  choose: (to) => {
    place = to;
    const point = showPen();
    if (stroke) movePen(point);
  },
  place: () => null, // the pointer draws by itself
  page: STEPS / 4,
  keys: { " ": toggleStroke, Enter: toggleStroke, Delete: clearByKey, Backspace: clearByKey },
  when: () => pointer === null,
});

// Uploads: chosen, dropped or pasted, or brought along from another tab.
const ways = { button: part(".upload"), input: part("input"), target: part(".sheet"), paste: canvas };
kit.takeFiles(ways, async ([file]) => {
  undo ??= keepSheet();
  const asked = ++turn;
  say(`Reading ${file.name} …`);
  try {
    const { path, url } = await upload(file);
    if (asked === turn) sendFile({ path, url, orig_name: file.name, meta: { _type: "gradio.FileData" } });
  } catch {
    if (asked === turn) refuseUpload(`The file could not be sent: choose one of at most ${megabytes} MB.`);
  }
});
function sendFile(file) {
  undo ??= keepSheet();
  stroke = null;
  markExample();
  sendSheet({ source: "file", file });
}
function refuseUpload(problem) {
  if (undo) restoreSheet(undo);
  undo = null;
  say(problem, true);
}
part(".clear").addEventListener("click", clearSheet);

function showOwn() {
  set(part(".own"), { hidden: !own });
  if (!own) return;
  set(part(".own img"), { src: own.file.url });
  set(part(".own span"), { text: own.name });
  set(part(".again"), { aria: { label: `Your picture: ${own.name}` } });
}
function carryFile(file) {
  own = { file, name: file.orig_name };
  showOwn();
  tenweeks.carryPicture(own);
}
/** The visitor's picture came or was put away, perhaps in another tab: it lies on the sheet, or no longer. */
function followPicture() {
  const now = tenweeks.picture();
  if (now === own) return;
  own = now;
  showOwn();
  if (own) sendFile(own.file);
  else if (current.source === "file") clearSheet();
}
part(".again").addEventListener("click", () => sendFile(own.file));
part(".away").addEventListener("click", () => {
  part(".upload").focus();
  tenweeks.carryPicture(null);
});
document.addEventListener("tenweeks-picture", () => root.offsetParent && followPicture());
link.opened.then(() => {
  followLink({ picture: link.recall("picture") });
  link.shown(followPicture);
});
link.follow(followLink);

// The examples.
const stopAt = kit.roving(shelf, "button");
const markPressed = kit.choice(shelf, "name", (name, button) => {
  sendSheet({ source: "example", name });
  showExample(button);
});
function markExample(name = "") {
  markPressed(name);
  stopAt(shelf.querySelector("[aria-pressed=true]"));
}
const findExample = (name) => [...shelf.children].find((each) => each.dataset.name === name);
function followLink({ picture = null }) {
  if (picture && picture !== current.name) findExample(picture)?.click();
}
function showExample(button) {
  stroke = undo = null;
  markExample(button.dataset.name);
  say(`Example: ${button.title}. Draw on it, or clear it.`);
  showPicture(button.firstElementChild.src);
}

function receive() {
  const value = props.value || {};
  if (value.examples) {
    megabytes = value.megabytes;
    shelf.replaceChildren(...value.examples.map(({ name, title, picture }) =>
      make("button", { title, aria: { label: title }, data: { name } }, make("img", { src: picture, alt: "" }))));
    markExample();
    first = value.show;
    if (turn === 0) {
      showExample(findExample(first));
      current = { source: "example", name: first, turn };
    }
    if (value.problem) say(value.problem, true);
  } else if (value.answers === turn && value.problem) refuseUpload(value.problem);
  else if (value.answers === turn && undo) {
    undo = null;
    say(`Your picture: ${current.file.orig_name}.`);
    showPicture(value.shown);
    if (current.file.path !== own?.file.path) carryFile(current.file);
  }
  if (value.examples || "answers" in value) props.value = current;
}
whitenSheet();
watch("value", receive);
receive();
