const ACCEPT = ".png,.jpg,.jpeg,.webp,.gif,.bmp,image/*";
const HEAVIEST = 20e6; // bytes of a file
const root = element.querySelector("div");
root.className = "lab";
const heap = (index) => `
  <fieldset class="class" data-class="${index}"><legend class="hidden">${index ? "Second" : "First"} class</legend>
    <div class="top"><input class="name" type="text" maxlength="30" autocomplete="off" aria-label="Name of the ${index ? "second" : "first"} class"><span class="count"></span></div>
    <div class="thumbs" role="list"></div>
    <button type="button" class="add">Add pictures</button><input type="file" multiple tabindex="-1" aria-label="Picture files of the ${index ? "second" : "first"} class" accept="${ACCEPT}">
  </fieldset>`;
root.innerHTML = `
<h3>Teach it two things of your own</h3>
<p class="lead">A handful of pictures of each will do. The network stays as it is; only a last layer learns, on the numbers that it makes of a picture.</p>
<div class="missing" hidden></div>
<div class="bench">
  <div class="classes">${heap(0)}${heap(1)}</div>
  <div class="acts">
    <button type="button" class="teach">Teach</button><button type="button" class="stop" hidden>Stop</button>
    <label class="option"><input type="checkbox" class="augment"> also mirrored and shifted</label>
    <button type="button" class="clear">Clear all</button>
  </div>
  <div class="way"><progress max="1" value="0" aria-label="How far the lesson is"></progress><p class="says" role="status"></p></div>
  <p class="problem" role="alert" hidden></p>
  <div class="results">
    <section class="learnt"><h4>What it learnt</h4><svg class="losses" role="img" height="150"></svg><p class="check"></p><p class="note"></p></section>
    <section class="next"><h4>The next picture</h4>
      <div class="glance"><div class="saw"><img alt="" hidden></div><div class="answer"><p class="best"></p><div class="bars" role="group" aria-label="What the taught layer answers"></div></div></div>
      <p class="own"></p>
      <button type="button" class="choose">Choose a picture</button><input type="file" tabindex="-1" aria-label="The next picture's file" accept="${ACCEPT}">
    </section>
  </div>
</div>`;
const part = (selector) => root.querySelector(selector);
const heaps = [...root.querySelectorAll(".class")];
const teachButton = part(".teach"), stopButton = part(".stop"), bar = part("progress");

let most = 50;
let classes = [[], []]; // pictures: name, small (all that the network sees, a data URL) and thumb (to look at)
let worked = false; // whether this is still the worked example
let taught = null; // what teach_head returned; its head goes with every picture to be classified
let fresh = false; // whether it was taught on just these pictures
let next = null;
let answer = null;
let lesson = 0; // the turn of the lesson that runs
let reading = 0; // files that are on their way

const make = (tag, className, text = "") => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.textContent = text;
  return node;
};
const draw = (tag, attributes, text) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
};
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
const percent = (p) => (p < 0.001 ? "< 0.1 %" : p > 0.999 ? "> 99.9 %" : `${(100 * p).toFixed(p < 0.1 || p > 0.9 ? 1 : 0)} %`);
const names = () => heaps.map((each) => each.querySelector(".name").value);

// ------------------------------------------------------------------------------------------------ asking Python
// Each request has a number, its turn; what comes back names it.
let turn = 0;
const waiting = new Map();
const PATIENCE = 120_000;

function ask(event, data) {
  const mine = ++turn;
  return new Promise((resolve) => {
    // A lesson may wait for others' and can be stopped by hand.
    const timer = event === "select" ? 0 : setTimeout(() => settle(mine, { problem: "No answer came: try it again." }), PATIENCE);
    waiting.set(mine, { resolve, timer });
    trigger(event, { ...data, turn: mine });
  });
}
function settle(which, value) {
  const { resolve, timer } = waiting.get(which) ?? {};
  waiting.delete(which);
  clearTimeout(timer);
  resolve?.(value);
}

// ------------------------------------------------------------------------------------------------ words
function say(text) {
  if (part(".says").textContent !== text) part(".says").textContent = text;
}
let problems = [];
function complain(...sentences) {
  problems = sentences.length ? [...problems, ...sentences] : [];
  const shown = problems.slice(0, 4), more = problems.length - shown.length;
  part(".problem").hidden = !problems.length;
  part(".problem").replaceChildren(...shown.map((text) => make("span", "", text)), ...(more ? [make("span", "", `And ${more} more.`)] : []));
}

// ------------------------------------------------------------------------------------------------ the two heaps
function show() {
  heaps.forEach((each, index) => {
    const pictures = classes[index];
    each.querySelector(".count").textContent = plural(pictures.length, "picture");
    each.querySelector(".add").disabled = pictures.length >= most;
    each.querySelector(".thumbs").replaceChildren(
      ...pictures.map((picture, position) => {
        const item = make("div", "item"), button = make("button", "thumb"), image = make("img");
        item.setAttribute("role", "listitem");
        button.type = "button";
        button.title = `${picture.name}: click to remove it`;
        button.setAttribute("aria-label", `Remove ${picture.name}`);
        image.src = picture.thumb;
        image.alt = "";
        button.append(image);
        button.addEventListener("click", () => remove(index, position));
        item.append(button);
        return item;
      }),
    );
  });
  const ready = classes.every((pictures) => pictures.length);
  root.classList.toggle("busy", lesson > 0);
  teachButton.hidden = lesson > 0;
  stopButton.hidden = !lesson;
  teachButton.disabled = !ready || reading > 0;
  part(".clear").disabled = lesson > 0 || !classes.some((pictures) => pictures.length);
  part(".choose").disabled = !taught;
  if (lesson || reading) return;
  if (!ready) say(classes.flat().length ? "Each class needs a picture." : "Add a few pictures to each class.");
  else if (!fresh) say(taught ? "The pictures changed: teach again." : "Ready to teach.");
}
function remove(index, position) {
  if (lesson) return;
  classes[index].splice(position, 1);
  fresh = worked = false;
  complain();
  show();
  const buttons = heaps[index].querySelectorAll(".thumb");
  (buttons[Math.min(position, buttons.length - 1)] ?? heaps[index].querySelector(".add")).focus();
}
function empty() {
  classes = [[], []];
  taught = answer = next = null;
  fresh = worked = false;
  heaps.forEach((each, index) => (each.querySelector(".name").value = "AB"[index]));
  complain();
  showLesson();
  showAnswer();
  show();
}

// ------------------------------------------------------------------------------------------------ uploads
// One file after the other: others' clicks come between, and the queue never holds a heap of them.
let line = Promise.resolve();
// As a data URL and not as an upload, so that the server writes no file.
const contentOf = (file) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
function readFile(file) {
  const done = line.then(async () => {
    if (file.size > HEAVIEST) return { problem: `${file.name}: The file has ${Math.ceil(file.size / 1e6)} MB and at most 20 are accepted: make it smaller.` };
    try {
      const found = await ask("upload", { file: await contentOf(file) });
      return found.problem ? { problem: `${file.name}: ${found.problem}` } : { name: file.name, ...found.read };
    } catch {
      return { problem: `${file.name}: The file cannot be read: choose another.` };
    }
  });
  line = done;
  return done;
}
async function add(index, files) {
  files = [...files];
  if (!files.length || lesson) return;
  complain();
  const room = most - (worked ? 0 : classes[index].length);
  if (files.length > room) complain(`A class takes ${most} pictures: ${plural(files.length - room, "file")} of ${files.length} left out.`);
  files = files.slice(0, Math.max(0, room));
  reading += files.length;
  show();
  for (const file of files) {
    say(`Reading ${file.name} …`);
    const picture = await readFile(file);
    reading -= 1;
    if (picture.problem) complain(picture.problem);
    else {
      if (worked) replaceExample();
      if (classes[index].length < most) classes[index].push(picture);
      fresh = false;
    }
    show();
  }
  if (!reading && fresh) tell(); // nothing could be read, so what was taught still holds
}
// The visitor's first picture takes the place of the worked example, and what was said of it.
function replaceExample() {
  const kept = problems;
  empty();
  complain(...kept);
}
heaps.forEach((each, index) => {
  const chooser = each.querySelector("input[type=file]");
  each.querySelector(".add").addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", () => {
    add(index, chooser.files);
    chooser.value = ""; // so that the same files can be chosen again
  });
  target(each, (files) => add(index, files));
  each.querySelector(".name").addEventListener("change", () => {
    const both = names().map((name) => name.trim());
    if (!taught || !both[0] || !both[1] || both[0].toLowerCase() === both[1].toLowerCase()) return;
    taught.head.names = both;
    answer?.answers.forEach((row, place) => (row.label = both[place]));
    showAnswer();
  });
});
function target(place, take) {
  place.addEventListener("dragover", (event) => {
    event.preventDefault();
    place.classList.add("target");
  });
  place.addEventListener("dragleave", (event) => {
    if (!place.contains(event.relatedTarget)) place.classList.remove("target");
  });
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    place.classList.remove("target");
    take(event.dataTransfer.files);
  });
}

// ------------------------------------------------------------------------------------------------ a lesson
async function teach() {
  complain();
  bar.value = 0;
  say("Waiting for the processor …");
  const asked = ask("select", {
    first: classes[0].map((picture) => picture.small),
    second: classes[1].map((picture) => picture.small),
    names: names(),
    augment: part(".augment").checked,
  });
  const mine = (lesson = turn);
  show();
  stopButton.focus();
  const result = await asked;
  if (lesson !== mine) return; // stopped
  lesson = 0;
  if (result.problem) {
    show();
    complain(result.problem);
    say("Nothing was taught.");
  } else {
    taught = result;
    fresh = true;
    show();
    showLesson();
    tell();
    if (next) classify();
  }
  if (document.activeElement === stopButton || document.activeElement === document.body) teachButton.focus();
}
function tell() {
  const { pictures, views, losses } = taught, all = pictures[0] + pictures[1];
  say(`Taught on ${plural(all, "picture")}${views > all ? ` in ${views} versions` : ""}, in ${plural(losses.length - 1, "step")}.`);
}
function stop() {
  trigger("stop");
  waiting.delete(lesson);
  lesson = 0;
  show();
  showLesson();
  say(taught ? "Stopped: it still knows what it learnt before." : "Stopped: nothing was learnt.");
  teachButton.focus();
}
function progress({ stage, done, total, losses }) {
  const share = total ? done / total : 1;
  if (stage === "looking") {
    bar.value = 0.6 * share;
    say(`Looking at the pictures: ${done} of ${total}`);
  } else if (stage === "learning") {
    bar.value = 0.65;
    say(`Learning: step ${done - 1}, loss ${losses.at(-1).toFixed(3)}`);
    showLosses(losses);
  } else {
    bar.value = 0.65 + 0.35 * share;
    say(`Checking: ${done} of ${total} pictures left out once`);
  }
}
function showLosses(losses) {
  const plot = part(".losses"), width = Math.max(220, Math.floor(plot.parentNode.clientWidth)), height = 150;
  const edge = { left: 34, right: 10, top: 10, bottom: 34 };
  plot.setAttribute("width", width);
  plot.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const last = Math.max(4, losses.length - 1), high = Math.max(0.75, ...losses);
  const x = (step) => edge.left + ((width - edge.left - edge.right) * step) / last;
  const y = (loss) => height - edge.bottom - ((height - edge.top - edge.bottom) * loss) / high;
  const parts = [0, 0.2, 0.4, 0.6].flatMap((tick) => [
    draw("line", { class: "rule", x1: edge.left, x2: width - edge.right, y1: y(tick), y2: y(tick) }),
    draw("text", { class: "tick", x: edge.left - 7, y: y(tick) + 4, "text-anchor": "end" }, tick ? tick.toFixed(1) : "0"),
  ]);
  for (let step = 0; step <= last; step += Math.max(1, Math.ceil(last / 10))) parts.push(draw("text", { class: "tick", x: x(step), y: height - edge.bottom + 17, "text-anchor": "middle" }, step));
  parts.push(draw("text", { class: "tick", x: width - edge.right, y: height - 3, "text-anchor": "end" }, "loss, nats, after each step"));
  if (losses.length) {
    parts.push(draw("path", { class: "line", d: losses.map((loss, step) => `${step ? "L" : "M"}${x(step).toFixed(1)} ${y(loss).toFixed(1)}`).join("") }));
    losses.forEach((loss, step) => parts.push(draw("circle", { class: "dot", cx: x(step), cy: y(loss), r: 3 })));
    plot.setAttribute("aria-label", `The loss fell from ${losses[0].toFixed(3)} to ${losses.at(-1).toFixed(3)} in ${losses.length - 1} steps`);
  } else plot.setAttribute("aria-label", "No loss yet");
  plot.replaceChildren(...parts);
}
function showLesson() {
  showLosses(taught?.losses ?? []);
  const check = part(".check"), out = taught?.left_out;
  check.replaceChildren();
  part(".note").textContent = "";
  if (!taught) check.textContent = "Nothing yet.";
  else if (!out) check.textContent = "With a single picture in a class there is nothing to check it on: add a second one.";
  else {
    const chance = Math.max(...taught.pictures) / out.pictures;
    check.append(
      make("b", "", `${out.right} of ${out.pictures}`),
      make("span", "", ` right when each picture was left out of the lesson once. From so few, the share lies anywhere between ${Math.round(100 * out.low)} and ${Math.round(100 * out.high)} % (95 % interval); guessing gives ${Math.round(100 * chance)} %.`),
    );
    if (worked) part(".note").textContent = "These are crops of two photographs, and much alike. Yours will be harder.";
  }
}

// ------------------------------------------------------------------------------------------------ the next picture
async function takeNext(files) {
  const [file] = files;
  if (!file || !taught || lesson) return;
  complain();
  const button = part(".choose");
  button.disabled = true;
  button.textContent = "Reading …";
  const picture = await readFile(file);
  button.textContent = "Choose a picture";
  button.disabled = !taught;
  if (picture.problem) return complain(picture.problem);
  next = picture;
  await classify();
}
async function classify() {
  const [picture, { head }] = [next, taught];
  const found = await ask("submit", { picture: picture.small, head });
  if (picture !== next || head !== taught?.head) return;
  if (found.problem) return complain(found.problem);
  answer = found.answer;
  showAnswer();
}
function showAnswer() {
  const image = part(".saw img"), bars = part(".bars"), best = part(".best");
  image.hidden = !answer;
  bars.replaceChildren();
  best.textContent = part(".own").textContent = "";
  if (!answer) {
    best.append(make("span", "", taught ? "Show it one more picture." : "Teach first, then show it one more picture."));
    return;
  }
  image.src = answer.saw;
  image.alt = `All that the network saw of ${next?.name ?? "the picture"}`;
  const [first] = [...answer.answers].sort((a, b) => b.probability - a.probability);
  best.append(make("b", "", first.label), make("span", "", percent(first.probability)));
  for (const { label, probability } of answer.answers) {
    const track = make("div", "track"), fill = make("div", label === first.label ? "fill first" : "fill");
    fill.style.width = `${100 * probability}%`;
    track.setAttribute("role", "meter");
    track.setAttribute("aria-label", label);
    track.setAttribute("aria-valuemin", "0");
    track.setAttribute("aria-valuemax", "100");
    track.setAttribute("aria-valuenow", (100 * probability).toFixed(1));
    track.append(fill);
    const title = make("span", "label", label);
    title.title = label;
    bars.append(title, track, make("span", "share", percent(probability)));
  }
  const said = answer.says.map(({ label, probability }) => `${label} ${percent(probability)}`).join(", ");
  part(".own").textContent = `The network itself knows ${answer.words} words, and says of it: ${said}.`;
}

// ------------------------------------------------------------------------------------------------ what arrives
function receive() {
  const value = props.value ?? {};
  if (value.missing) {
    part(".missing").hidden = false;
    part(".missing").textContent = value.missing.replaceAll("`", "");
    part(".bench").hidden = true;
    root.classList.add("ready");
  } else if (value.opening) {
    // A visitor who was quicker than the example keeps the own pictures.
    if (root.classList.contains("ready")) return;
    most = value.most ?? most;
    const { opening } = value;
    classes = opening.classes.map((pictures) => [...pictures]);
    heaps.forEach((each, index) => (each.querySelector(".name").value = opening.names[index]));
    ({ taught, next, answer } = structuredClone({ taught: opening.taught, next: opening.next, answer: opening.answer }));
    worked = fresh = true;
    show();
    showLesson();
    showAnswer();
    tell();
    root.classList.add("ready");
  } else if (waiting.has(value.turn)) {
    if (value.turn === lesson && value.stage && value.stage !== "taught") progress(value);
    else settle(value.turn, value);
  }
}
teachButton.addEventListener("click", teach);
stopButton.addEventListener("click", stop);
part(".clear").addEventListener("click", () => {
  empty();
  heaps[0].querySelector(".add").focus();
});
const chooser = part(".next input[type=file]");
part(".choose").addEventListener("click", () => chooser.click());
chooser.addEventListener("change", () => {
  takeNext([...chooser.files]);
  chooser.value = "";
});
target(part(".next"), takeNext);
new ResizeObserver(() => showLosses(taught?.losses ?? [])).observe(part(".learnt"));
// gradio fades a part to a fifth while Python computes for it.
element.closest(".html-container")?.style.setProperty("opacity", "1", "important");
watch("value", receive);
receive();
