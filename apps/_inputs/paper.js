// One square: pen strokes land on whatever it holds, and what it holds is what Python gets when the pen is lifted.
const SIDE = 560; // pixels of the canvas
const SENT = 280; // longer side of a drawing that is sent
const PEN = 0.066; // width of the pen, as a part of the side
const INK = "#17191e";
const STEP = 1 / 28; // of the keyboard's pen

const root = element.querySelector("div");
root.className = "paper";
root.innerHTML = `
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
  <div class="examples" role="group" aria-label="Examples"></div>`;
const find = (selector) => root.querySelector(selector);
const sheet = find(".sheet"), canvas = find("canvas"), invite = find(".invite"), says = find(".says");
const pen = find(".pen"), chooser = find("input"), shelf = find(".examples");
const paint = canvas.getContext("2d");

let turn = 0; // counts what the visitor put on the sheet, so that a late answer cannot replace something newer
let current = { source: "blank" }; // what Python gets
let box = { x: 0, y: 0, width: SIDE, height: SIDE }; // the part of the canvas that is picture, the rest is margin
let undo = null; // the sheet before an upload that may turn out to be unreadable

function say(text, problem = false) {
  says.textContent = text;
  says.classList.toggle("problem", problem);
}
function mark(name) {
  const buttons = [...shelf.children];
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.name === name));
  const stop = buttons.find((button) => button.dataset.name === name) ?? buttons[0];
  for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
}
function hand(value) {
  turn += 1;
  current = { ...value, turn };
  props.value = current;
  trigger("input");
}
function frame(part) {
  box = part;
  paint.restore();
  paint.save();
  paint.clearRect(0, 0, SIDE, SIDE);
  paint.beginPath();
  paint.rect(box.x, box.y, box.width, box.height);
  paint.clip(); // the pen writes on the picture and not on the margin
}
function wipe() {
  frame({ x: 0, y: 0, width: SIDE, height: SIDE });
  paint.fillStyle = "#ffffff";
  paint.fillRect(0, 0, SIDE, SIDE);
}
function place(picture) {
  const scale = SIDE / Math.max(picture.width, picture.height);
  const width = Math.max(1, Math.round(picture.width * scale)), height = Math.max(1, Math.round(picture.height * scale));
  frame({ x: Math.round((SIDE - width) / 2), y: Math.round((SIDE - height) / 2), width, height });
  paint.drawImage(picture, box.x, box.y, width, height);
  invite.hidden = true;
}
async function show(address) {
  const picture = new Image();
  picture.src = address;
  const asked = turn;
  await picture.decode();
  if (asked === turn) place(picture);
}
function copy() {
  const twin = document.createElement("canvas");
  twin.width = twin.height = SIDE;
  twin.getContext("2d").drawImage(canvas, 0, 0);
  return twin;
}
function keep() {
  return { picture: copy(), box, current, blank: !invite.hidden };
}
function restore(kept) {
  frame(kept.box);
  paint.drawImage(kept.picture, 0, 0);
  invite.hidden = !kept.blank;
  current = { ...kept.current, turn };
  mark(current.name);
}

// pen
let stroke = null; // its points so far, and the sheet before it
function lower(point) {
  undo = null;
  invite.hidden = true;
  mark(null);
  stroke = { points: [point], before: copy() };
  ink();
}
function move(...points) {
  stroke.points.push(...points);
  ink();
}
function ink() {
  // The whole stroke anew as one curve through the middles: pieces laid over each other would show at their edges.
  const [first, ...rest] = stroke.points;
  paint.drawImage(stroke.before, 0, 0);
  paint.lineWidth = PEN * SIDE;
  paint.lineCap = paint.lineJoin = "round";
  paint.strokeStyle = INK;
  paint.beginPath();
  paint.moveTo(first.x, first.y);
  let last = first;
  for (const point of rest) {
    paint.quadraticCurveTo(last.x, last.y, (last.x + point.x) / 2, (last.y + point.y) / 2);
    last = point;
  }
  paint.lineTo(last.x, last.y); // a dot, if there is no other point
  paint.stroke();
}
function lift() {
  stroke = null;
  const scale = SENT / Math.max(box.width, box.height);
  const sent = document.createElement("canvas");
  sent.width = Math.max(1, Math.round(box.width * scale));
  sent.height = Math.max(1, Math.round(box.height * scale));
  const small = sent.getContext("2d");
  small.imageSmoothingQuality = "high";
  small.drawImage(canvas, box.x, box.y, box.width, box.height, 0, 0, sent.width, sent.height);
  say(current.source === "blank" || current.source === "drawing" ? "Your drawing." : "Your drawing, on top of it.");
  hand({ source: "drawing", picture: sent.toDataURL("image/png") });
}
function clear() {
  stroke = undo = null;
  pen.classList.remove("down");
  wipe();
  invite.hidden = false;
  mark(null);
  say("An empty sheet.");
  hand({ source: "blank" });
}

let pointer = null;
function locate(event) {
  const area = canvas.getBoundingClientRect();
  return { x: ((event.clientX - area.left) / area.width) * SIDE, y: ((event.clientY - area.top) / area.height) * SIDE };
}
canvas.addEventListener("pointerdown", (event) => {
  if (pointer !== null || event.button !== 0 || !event.isPrimary) return;
  pointer = event.pointerId;
  canvas.setPointerCapture(pointer);
  pen.hidden = true;
  lower(locate(event));
});
canvas.addEventListener("pointermove", (event) => {
  if (event.pointerId !== pointer) return;
  const between = event.getCoalescedEvents?.() ?? [];
  move(...(between.length ? between : [event]).map(locate));
});
for (const end of ["pointerup", "pointercancel"])
  canvas.addEventListener(end, (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    lift();
  });

// the keyboard's pen
const nib = { x: 0.5, y: 0.25 };
function place_nib() {
  pen.style.left = `${nib.x * 100}%`;
  pen.style.top = `${nib.y * 100}%`;
  return { x: nib.x * SIDE, y: nib.y * SIDE };
}
canvas.addEventListener("focus", () => {
  if (!canvas.matches(":focus-visible") || pointer !== null) return;
  pen.hidden = false;
  place_nib();
  say("Arrow keys move the pen, Space lowers and lifts it, Delete clears.");
});
canvas.addEventListener("blur", () => {
  pen.hidden = true;
  if (stroke && pointer === null) {
    pen.classList.remove("down");
    lift();
  }
});
canvas.addEventListener("keydown", (event) => {
  const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (pointer !== null || event.ctrlKey || event.metaKey || event.altKey) return;
  if (direction) {
    nib.x = Math.min(1, Math.max(0, nib.x + direction[0] * STEP));
    nib.y = Math.min(1, Math.max(0, nib.y + direction[1] * STEP));
    const point = place_nib();
    if (stroke) move(point);
  } else if (event.key === " " || event.key === "Enter") {
    if (stroke) lift();
    else lower(place_nib());
    pen.classList.toggle("down", stroke !== null);
  } else if (event.key === "Delete" || event.key === "Backspace") clear();
  else return;
  pen.hidden = false;
  event.preventDefault();
});

// uploads: chosen, dropped or pasted
async function take(file) {
  if (!file) return;
  undo ??= keep();
  turn += 1;
  const asked = turn;
  say(`Reading ${file.name} …`);
  try {
    const sent = await upload(file);
    if (asked !== turn) return;
    mark(null);
    hand({ source: "file", file: { path: sent.path, orig_name: file.name, meta: { _type: "gradio.FileData" } } });
  } catch {
    if (asked === turn) refuse("The file could not be sent: choose one of at most 20 MB.");
  }
}
function refuse(problem) {
  if (undo) restore(undo);
  undo = null;
  props.value = current;
  say(problem, true);
}
find(".clear").addEventListener("click", clear);
find(".upload").addEventListener("click", () => chooser.click());
chooser.addEventListener("change", () => {
  take(chooser.files[0]);
  chooser.value = ""; // so that the same file can be chosen again
});
sheet.addEventListener("dragover", (event) => {
  event.preventDefault();
  sheet.classList.add("target");
});
sheet.addEventListener("dragleave", () => sheet.classList.remove("target"));
sheet.addEventListener("drop", (event) => {
  event.preventDefault();
  sheet.classList.remove("target");
  take(event.dataTransfer.files[0]);
});
canvas.addEventListener("paste", (event) => take(event.clipboardData.files[0]));

// examples: one stop of the tabulator, arrows inside
function stock(examples) {
  shelf.replaceChildren(
    ...examples.map(({ name, title, picture }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.name = name;
      button.title = title;
      button.setAttribute("aria-label", title);
      const image = document.createElement("img");
      image.src = picture;
      image.alt = "";
      button.append(image);
      button.addEventListener("click", () => {
        hand({ source: "example", name });
        pick({ name, title, picture });
      });
      return button;
    }),
  );
  mark(null);
}
function pick({ name, title, picture }) {
  stroke = undo = null;
  mark(name);
  say(`Example: ${title}. Draw on it, or clear it.`);
  return show(picture);
}
shelf.addEventListener("keydown", (event) => {
  const buttons = [...shelf.children], at = buttons.indexOf(document.activeElement);
  const columns = getComputedStyle(shelf).gridTemplateColumns.split(" ").length;
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
  const next = { Home: buttons[0], End: buttons.at(-1) }[event.key] ?? (step && buttons[at + step]);
  if (at < 0 || !next) return;
  event.preventDefault();
  for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
  next.focus();
});

function receive() {
  const value = props.value || {};
  if (value.examples) {
    stock(value.examples);
    const first = value.examples.find((example) => example.name === value.show);
    if (first && turn === 0) {
      pick(first);
      current = { source: "example", name: first.name, turn };
    }
    if (value.problem) say(value.problem, true);
    props.value = current;
  } else if ("answers" in value) {
    if (value.answers === turn) {
      if (value.problem) refuse(value.problem);
      else if (undo) {
        undo = null;
        say(`Your picture: ${current.file.orig_name}.`);
        show(value.shown);
      }
    }
    props.value = current;
  }
}
wipe();
watch("value", receive);
receive();
