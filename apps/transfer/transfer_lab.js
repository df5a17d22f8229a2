// @ts-check
// Two heaps of pictures, a lesson on them, and the next picture; all that was given and learnt stays in the browser.
const { make, plural } = kit;
const ACCEPT = ".png,.jpg,.jpeg,.webp,.gif,.bmp,image/*";
const COLOURS = kit.CATEGORIES.slice(0, 2); // of the two classes
const waysIn = (text, label, many) => `
  <div class="ways"><button type="button" class="add">${text}</button>
    <button type="button" class="camera">Camera</button></div>
  <input type="file" ${many} tabindex="-1" aria-label="${label}" accept="${ACCEPT}"><div class="finder"></div>`;
const heapOf = (index, which) => `
  <fieldset class="class" data-class="${index}"><legend class="hidden">The ${which} class</legend>
    <div class="top"><input class="name" type="text" autocomplete="off" aria-label="Name of the ${which} class">
      <span class="count"></span></div>
    <div class="thumbs" role="list"></div>
    ${waysIn("Add pictures", `Picture files of the ${which} class`, "multiple")}
  </fieldset>`;
const { root, part, parts } = kit.widget(element, "lab", `
<div class="missing" hidden></div>
<div class="bench">
  <div class="teaching">
    ${heapOf(0, "first")}${heapOf(1, "second")}
    <div class="acts">
      <button type="button" class="teach">Teach</button><button type="button" class="stop" hidden>Stop</button>
      <label class="option"><input type="checkbox" class="augment"> also mirrored and shifted</label>
      <button type="button" class="clear">Clear all</button>
    </div>
    <div class="way"><progress max="1" value="0" aria-label="How far the lesson is"></progress>
      <p class="says" role="status"></p></div>
    <p class="problem" role="alert" hidden></p>
    <section class="next"><h4>The next picture</h4>
      <div class="saw"><img alt="" hidden></div>
      <div class="answer"><p class="best"></p>
        <div class="bars" role="group" aria-label="What the taught layer answers"></div></div>
      <div class="given">${waysIn("Choose a picture", "The next picture's file", "")}</div>
      <p class="own"></p>
    </section>
    <p class="check"></p>
  </div>
  <div class="learnt">
    <div class="map"></div>
    <p class="legend"></p>
    <div class="losses"></div>
  </div>
</div>`);
const heaps = parts(".class"), nameFields = parts(".name");
const nextWays = parts(".next .ways button"), nextButton = part(".next .add");
const teachButton = part(".teach"), stopButton = part(".stop"), bar = part("progress");

let limits = { pictures: Infinity, file: Infinity }; // of a class, and bytes of a file
let classes = [[], []]; // pictures: name, small (all that the network sees, a data URL) and thumb (to look at)
let worked = false; // whether this is still the worked example
let taught = null; // what teach_head returned; its head goes with every picture to be classified
let seen = [[], []]; // the pictures that it was taught on
let fresh = false; // whether it was taught on just these pictures
let next = null;
let answer = null;
let lesson = 0; // the turn of the lesson that runs
let reading = 0; // files that are on their way

const names = () => nameFields.map((field) => field.value);
const percent = (share) => kit.percent(share, share < 0.1 || share > 0.9 ? 1 : 0);
const requests = kit.requests(trigger);
// A lesson may wait for others' and can be stopped by hand; all else is answered soon.
const ask = (event, data) => requests.ask(event, data, { patience: 120_000 });

// ------------------------------------------------------------------------------------------------ words
const say = (text) => kit.set(part(".says"), { text });
let problems = [];
function complain(...sentences) {
  problems = sentences.length ? [...problems, ...sentences] : [];
  const more = problems.length - 4, shown = [...problems.slice(0, 4), ...(more > 0 ? [`And ${more} more.`] : [])];
  part(".problem").hidden = !problems.length;
  part(".problem").replaceChildren(...shown.map((text) => make("span", text)));
}

// ------------------------------------------------------------------------------------------------ the two heaps
function thumbOf({ name, thumb }, index, position) {
  const looks = { title: `${name}: click to remove it`, aria: { label: `Remove ${name}` } };
  const button = make("button.thumb", { ...looks, onclick: () => remove(index, position) });
  button.append(make("img", { src: thumb, alt: "" }));
  return make("div.item", { role: "listitem" }, button);
}
function show() {
  heaps.forEach((heap, index) => {
    const pictures = classes[index];
    heap.querySelector(".count").textContent = plural(pictures.length, "picture");
    for (const way of heap.querySelectorAll(".ways button")) way.disabled = pictures.length >= limits.pictures;
    heap.querySelector(".thumbs").replaceChildren(...pictures.map((each, position) => thumbOf(each, index, position)));
  });
  const ready = classes.every((pictures) => pictures.length), some = classes.some((pictures) => pictures.length);
  root.classList.toggle("busy", lesson > 0);
  teachButton.hidden = lesson > 0;
  stopButton.hidden = !lesson;
  teachButton.disabled = !ready || reading > 0;
  part(".clear").disabled = lesson > 0 || !some;
  for (const way of nextWays) way.disabled = !taught;
  if (lesson || reading) return;
  if (!ready) say(some ? "Each class needs a picture." : "Add a few pictures to each class.");
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
  seen = [[], []];
  fresh = worked = false;
  nameFields.forEach((field, index) => (field.value = "AB"[index]));
  complain();
  showLesson();
  showAnswer();
  show();
}

// ------------------------------------------------------------------------------------------------ uploads
// As a data URL and not as an upload, so that the server writes no file.
const contentOf = (file) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
async function send(file) {
  const large = `The file has ${Math.ceil(file.size / 1e6)} MB and at most ${limits.file / 1e6} are accepted`;
  if (file.size > limits.file) return { problem: `${file.name}: ${large}: make it smaller.` };
  try {
    const { problem, read } = await ask("upload", { file: await contentOf(file) });
    return problem ? { problem: `${file.name}: ${problem}` } : { name: file.name, ...read };
  } catch {
    return { problem: `${file.name}: The file cannot be read: choose another.` };
  }
}
// One file after the other: others' clicks come between, and the queue never holds a heap of them.
let line = Promise.resolve();
const readFile = (file) => {
  const done = line.then(() => send(file));
  line = done;
  return done;
};
async function add(index, files) {
  if (lesson) return;
  complain();
  const room = Math.max(0, limits.pictures - (worked ? 0 : classes[index].length)), over = files.length - room;
  const left = `${plural(over, "file")} of ${files.length} left out`;
  if (over > 0) complain(`A class takes ${limits.pictures} pictures: ${left}.`);
  const taken = files.slice(0, room);
  reading += taken.length;
  show();
  for (const file of taken) {
    say(`Reading ${file.name} …`);
    const picture = await readFile(file);
    reading -= 1;
    if (picture.problem) complain(picture.problem);
    else {
      if (worked) replaceExample();
      if (classes[index].length < limits.pictures) classes[index].push(picture);
      fresh = false;
    }
    show();
  }
  if (!reading && fresh) tell(); // nothing could be read, so what was taught still holds
}
/** Chosen, dropped, or by camera. */
function takePictures(box, take) {
  const find = (selector) => box.querySelector(selector);
  kit.takeFiles({ button: find(".add"), input: find("input[type=file]"), target: box }, take);
  const refuse = (sentence) => {
    complain();
    complain(sentence);
  };
  kit.camera(find(".camera"), find(".finder"), { take: (file) => take([file]), refuse });
}
// The visitor's first picture takes the place of the worked example, and what was said of it.
function replaceExample() {
  const kept = problems;
  empty();
  complain(...kept);
}
heaps.forEach((heap, index) => {
  takePictures(heap, (files) => add(index, files));
  nameFields[index].addEventListener("change", () => {
    const both = names().map((name) => name.trim());
    if (!taught || !both[0] || !both[1] || both[0].toLowerCase() === both[1].toLowerCase()) return;
    taught.head.names = both;
    answer?.answers.forEach((row, place) => (row.label = both[place]));
    showAnswer();
    showMap();
  });
});

// ------------------------------------------------------------------------------------------------ a lesson
async function teach() {
  complain();
  bar.value = 0;
  say("Waiting for the processor …");
  const [first, second] = classes.map((pictures) => pictures.map(({ small }) => small));
  const data = { first, second, names: names(), augment: part(".augment").checked };
  const asked = requests.ask("select", data, { progress });
  lesson = asked.turn;
  show();
  stopButton.focus();
  const result = await asked;
  lesson = 0;
  if (result.problem) {
    show();
    complain(result.problem);
    say("Nothing was taught.");
  } else {
    taught = result;
    seen = classes.map((pictures) => [...pictures]);
    fresh = true;
    answer = null; // what was said before is no answer of this layer
    show();
    showLesson(0);
    requestAnimationFrame(() => requestAnimationFrame(() => curve.go(Infinity))); // from guessing to their places
    tell();
    showAnswer();
    if (next) classify();
  }
  if (document.activeElement === stopButton || document.activeElement === document.body) teachButton.focus();
}
function tell() {
  const { pictures, views, losses } = taught, all = pictures[0] + pictures[1];
  const versions = views > all ? ` in ${views} versions` : "";
  say(`Taught on ${plural(all, "picture")}${versions}, in ${plural(losses.length - 1, "step")}.`);
}
function stop() {
  trigger("stop", { turn: lesson });
  requests.drop(lesson);
  lesson = 0;
  show();
  showLesson();
  say(taught ? "Stopped: it still knows what it learnt before." : "Stopped: nothing was learnt.");
  teachButton.focus();
}
function progress({ ahead, done, stage, count, total, losses }) {
  if (ahead) return say(`Waiting: ${plural(ahead, "lesson")} before yours.`);
  bar.value = done;
  if (stage === "looking") say(`Looking at the pictures: ${count} of ${total}`);
  else if (stage === "checking") say(`Checking: ${count} of ${total} pictures left out once`);
  else if (stage === "learning") {
    say(`Learning: step ${count - 1}, loss ${kit.fixed(losses.at(-1), 3)}`);
    showLosses(losses);
  }
}
const curve = kit.plot(part(".losses"), { height: 150, least: 220, rests: true, read: readStep });
const map = kit.plane(part(".map"), { height: 320, size: 36 });
part(".legend").append("Across: the ", kit.term("score"), " of the new layer, with its boundary at 0. Up: what else ",
  "tells the pictures apart most, the first ", kit.term("principal component"), " of all that the score leaves.");
function readStep(step) {
  showMap(step);
  return taught?.losses[step] === undefined ? "" : `step ${step}, loss ${kit.fixed(taught.losses[step], 3)}`;
}
function showLosses(losses, step = Infinity) {
  const [first, last] = [losses[0], losses.at(-1)].map((loss) => loss?.toFixed(3));
  const fell = `The loss fell from ${first} to ${last} in ${losses.length - 1} steps`;
  curve.show({
    label: losses.length ? `${fell}; arrow keys choose a step` : "No loss yet",
    x: { label: "step", low: 0, high: Math.max(4, losses.length - 1), whole: true },
    y: { label: "loss, nats", low: 0, high: Math.max(0.75, ...losses) },
    series: [{ points: losses.map((loss, step) => [step, loss]), mark: "circle", r: 3 }],
    steps: losses.map((_, step) => step),
  }, step);
}
/** Every picture where it lay after a step; the next, where the last left it. */
function showMap(step = curve.at()) {
  const [first, second] = taught?.head.names ?? names(), last = (taught?.scores.length ?? 0) - 1;
  const at = kit.clamp(step, 0, Math.max(0, last)), pictures = seen.flat(), isLast = at === last;
  /** @type {any[]} */
  const spots = pictures.map(({ thumb, name }, i) => {
    const [x, y] = [taught.scores[at][i], taught.rest[i]], side = Number(i >= seen[0].length);
    return { picture: thumb, title: `${name}: score ${kit.fixed(x, 2)}`, x, y, colour: COLOURS[side] };
  });
  if (answer && isLast) {
    const [x, y] = answer.place, title = `${next?.name ?? "The next"}: score ${kit.fixed(x, 2)}`;
    spots.push({ picture: next?.thumb ?? answer.saw, title, x, y, colour: "", strong: true });
  }
  const wrong = spots.filter(({ x, colour }) => colour && (x > 0 ? COLOURS[1] : COLOURS[0]) !== colour).length;
  const told = taught ? `${plural(pictures.length, "picture")}, ${wrong} on the wrong side of the boundary` : "nothing";
  const far = (values, least) => 1.05 * Math.max(least, ...values.map(Math.abs));
  map.show({
    label: `After step ${at}: ${told}`,
    across: "score of the new layer", up: "what else differs most",
    sides: [{ name: first, colour: COLOURS[0] }, { name: second, colour: COLOURS[1] }],
    spots,
    wide: far([...(taught?.scores.flat() ?? []), ...(answer ? [answer.place[0]] : [])], 1),
    high: far([...(taught?.rest ?? []), ...(answer ? [answer.place[1]] : [])], 1e-6),
  });
}
function showLesson(step = Infinity) {
  showLosses(taught?.losses ?? [], step);
  showMap(step);
  const check = part(".check"), out = taught?.left_out;
  if (!taught) check.textContent = "Nothing is learnt yet.";
  else if (!out)
    check.textContent = "With a single picture in a class there is nothing to check it on: add a second one.";
  else {
    const [low, high, chance] = [out.low, out.high, Math.max(...taught.pictures) / out.pictures].map((share) =>
      Math.round(100 * share));
    check.replaceChildren(make("b", `${out.right} of ${out.pictures}`),
      " right when each picture was left out of the lesson once. From so few, the share lies anywhere between " +
      `${low} and ${high} % (95 % interval); guessing gives ${chance} %.`,
      worked ? " These are crops of two photographs, and much alike. Yours will be harder." : "");
  }
}

// ------------------------------------------------------------------------------------------------ the next picture
async function takeNext([file]) {
  if (!taught || lesson) return;
  complain();
  kit.set(nextButton, { disabled: true, text: "Reading …" });
  const picture = await readFile(file);
  kit.set(nextButton, { disabled: !taught, text: "Choose a picture" });
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
  showMap();
}
function showAnswer() {
  const image = part(".saw img"), bars = part(".bars"), best = part(".best");
  image.hidden = !answer;
  bars.replaceChildren();
  part(".own").textContent = "";
  if (!answer) {
    const lacks = taught ? "Show it one more picture." : "Teach it first; then show it one more picture.";
    return best.replaceChildren(make("span", lacks));
  }
  kit.set(image, { src: answer.saw, alt: `All that the network saw of ${next?.name ?? "the picture"}` });
  const [first] = [...answer.answers].sort((a, b) => b.probability - a.probability);
  best.replaceChildren(make("b", first.label), make("span", percent(first.probability)));
  for (const { label, probability } of answer.answers) {
    const fill = make("div", { class: label === first.label ? "fill first" : "fill" });
    bars.append(make("span.label", { title: label }, label), kit.meter(make("div.track", fill), label, probability),
      make("span.share", percent(probability)));
  }
  const said = answer.says.map(({ label, probability }) => `${label} ${percent(probability)}`).join(", ");
  part(".own").textContent = `The network itself knows ${answer.words} words, and says of it: ${said}.`;
}

// ------------------------------------------------------------------------------------------------ what arrives
function receive() {
  const { missing, opening, limits: known } = props.value ?? {};
  if (missing) {
    kit.set(part(".missing"), { hidden: false, text: missing.replaceAll("`", "") });
    part(".bench").hidden = true;
  } else if (opening) {
    // A visitor who was quicker than the example keeps the own pictures.
    if (root.classList.contains("ready")) return;
    limits = known;
    ({ classes, taught, next, answer } = JSON.parse(JSON.stringify(opening))); // a copy: `props` is watched
    seen = classes.map((pictures) => [...pictures]);
    nameFields.forEach((field, index) => kit.set(field, { value: opening.names[index], maxlength: limits.name }));
    worked = fresh = true;
    show();
    showLesson();
    showAnswer();
    tell();
    // Once by itself: the steps of the lesson.
    const step = (/** @type {number} */ index) => curve.go(index), end = () => curve.go(Infinity);
    kit.play(root, { count: taught.losses.length, step, wait: 500, end });
  } else return requests.receive(props.value);
  root.classList.add("ready");
}
teachButton.addEventListener("click", teach);
stopButton.addEventListener("click", stop);
part(".clear").addEventListener("click", () => {
  empty();
  heaps[0].querySelector(".add").focus();
});
takePictures(part(".next"), takeNext);
kit.keepOpaque(element);
watch("value", receive);
receive();
