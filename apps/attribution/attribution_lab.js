
const root = element.querySelector("div");
root.className = "widget";
const METHODS = {
  "grad-cam": ["Grad-CAM", "Where in its last maps the network found what speaks for the class."],
  "integrated gradients": ["Integrated gradients", "Each pixel's share of the score: red speaks for the class, blue against it, and all shares add up."],
  occlusion: ["Occlusion", "How far the score falls when a window is covered: red was needed, blue was in the way."],
  saliency: ["Saliency", "How strongly the score would react if this pixel changed a little."],
};
const SIGNED_METHODS = ["integrated gradients", "occlusion"];
const STEPS = [8, 16, 32, 64, 128], BASELINES = { black: "black", mean: "mean colour", blurred: "blurred" };
const buttons = (name, entries) => entries.map(([value, text]) => `<button type="button" data-${name}="${value}">${text}</button>`).join("");
root.innerHTML = `
<div class="ways"><div class="switch" role="group" aria-label="Method">${buttons("method", Object.entries(METHODS).map(([value, [text]]) => [value, text]))}</div><p class="hint"></p></div>
<div class="stage">
  <figure class="compare">
    <div class="names"><span class="left"></span><span class="right"></span></div>
    <canvas tabindex="0" role="slider" aria-valuemin="0" aria-valuemax="100"></canvas>
    <div class="legends"><div></div><div></div></div>
    <figcaption><p class="reading"></p>
      <div class="under"><label>Map strength <input type="range" min="0" max="100" step="1" aria-label="Strength of the map over the picture"></label>
      <span class="files"><button type="button" data-file="png" title="what is shown, as a picture">PNG</button><button type="button" data-file="csv" title="the maps' numbers">CSV</button></span></div></figcaption>
  </figure>
  <div>
    <div class="fields">
      <label class="field"><span>Class</span><select class="class"></select></label>
    </div>
    <div class="answers"></div>
    <p class="detail"></p>
    <div class="fields more">
      <div class="field baseline"><span>Baseline</span><div class="switch" role="group" aria-label="Baseline">${buttons("baseline", Object.entries(BASELINES))}</div></div>
      <div class="field steps"><span>Steps</span><div class="switch" role="group" aria-label="Steps">${buttons("steps", STEPS.map((n) => [n, n]))}</div></div>
    </div>
  </div>
</div>
<section class="whole" hidden><h3>Do the parts add up?</h3>
  <p class="lead">f is the score of the class before softmax. What the picture scores more than the baseline is shared out among the pixels: the sum of their shares should be the difference, and what is missing is the error of taking few steps.</p>
  <div class="sums"><div><table><thead></thead><tbody></tbody></table><div class="remarks" role="status"></div></div>
  <figure class="path"><canvas role="img"></canvas><figcaption></figcaption></figure></div></section>
<section class="sanity"><h3>Would the map survive forgetting?</h3>
  <p class="lead">Shuffle the weights of a copy, from the classifier down, until nothing learnt is left. A map of what the network <em>knows</em> has to fall apart; one that stays shows the picture alone. ρ is Spearman's rank correlation with the first map, sign left out.</p>
  <div class="checks"></div></section>
<p class="spoken" aria-live="polite"></p>`;

const part = (selector) => root.querySelector(selector);
const style = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const panel = { canvas: part(".compare canvas"), pen: part(".compare canvas").getContext("2d") };
const curve = { canvas: part(".path canvas"), pen: part(".path canvas").getContext("2d") };

let subjects = [];               // what Python sent: one or two networks before the picture
let photos = [];                 // of each the picture in colour and in grey
let picture = "";                // its name in the menu
const chosen = { method: "grad-cam", label: "", steps: 64, baseline: "black" };
let cover = 0.55, line = 0.5;     // strength of the map; where the line stands
let spot = null;                 // the pixel that is read, [across, down] from 0 to 1
const maps = new Map();          // every map that came, decoded, by what it is of
const checks = new Map();        // and every sanity check
const problems = new Map();      // and every refusal
const KEPT = 96;
let busy = null;                 // the request on its way: id, kind, name, done
let count = 0;

// ------------------------------------------------------------------------------------------------ what is what
const nameOf = (s, kind = "map") => {
  const { method, label, steps, baseline } = chosen, based = SIGNED_METHODS.includes(method);
  const more = kind === "map" ? [method === "integrated gradients" ? steps : "", based ? baseline : ""] : [];
  return [kind, subjects[s].key, subjects[s].network, method, label, ...more].join("|");
};
const mapOf = (s) => (subjects[s] ? maps.get(nameOf(s)) : null);
const short = (s) => {
  const bare = subjects.map(({ network }) => network.split("@")[0]);
  return bare[0] === bare[1] ? subjects[s].network : bare[s];
};
function remember(store, name, value) {
  store.delete(name);
  store.set(name, value);
  while (store.size > KEPT) store.delete(store.keys().next().value);
}
function decode(sent) {
  const values = new Float32Array(bytes(sent.values).buffer), [height, width] = sent.size;
  const shade = document.createElement("canvas");
  [shade.width, shade.height] = [width, height];
  const image = new ImageData(width, height), pixels = new Uint32Array(image.data.buffer);
  values.forEach((v, i) => {
    const strength = clamp(v / sent.scale, -1, 1);
    pixels[i] = sent.signed ? pack(signedColour(strength)) : POSITIVE[Math.round(255 * Math.max(0, strength))];
  });
  shade.getContext("2d").putImageData(image, 0, 0);
  return { ...sent, numbers: values, shade };
}
const percent = (p) => (p < 0.001 ? "< 0.1 %" : p > 0.999 ? "> 99.9 %" : `${(100 * p).toFixed(1)} %`);
const plain = (v, digits = 3) => (Number.isFinite(v) ? number(v, digits) : "–");
const fixed = (v) => `${v < 0 ? "−" : ""}${Math.abs(v).toFixed(3)}`;

// ------------------------------------------------------------------------------------------------ drawing
function half(pen, s, from, to, width, height) {
  const photo = photos[s];
  if (!photo || to <= from) return;
  const map = mapOf(s);
  pen.save();
  pen.beginPath();
  pen.rect(from, 0, to - from, height);
  pen.clip();
  pen.imageSmoothingEnabled = false;
  const picture = map ? photo.grey : photo.colour;
  if (picture?.naturalWidth || picture?.width) pen.drawImage(picture, 0, 0, width, height);
  if (map) {
    pen.globalAlpha = cover;
    pen.drawImage(map.shade, 0, 0, width, height);
  }
  pen.restore();
}
function paint(pen, width, height, dense) {
  const cut = Math.round(line * width);
  half(pen, 0, 0, cut, width, height);
  if (subjects.length > 1) half(pen, 1, cut, width, width, height);
  else if (photos[0]?.colour.naturalWidth) {
    pen.imageSmoothingEnabled = false;
    const { colour } = photos[0];
    pen.save();
    pen.beginPath();
    pen.rect(cut, 0, width - cut, height);
    pen.clip();
    pen.drawImage(colour, 0, 0, width, height);
    pen.restore();
  }
  pen.fillStyle = "rgba(0,0,0,.45)";
  pen.fillRect(cut - 2 * dense, 0, 4 * dense, height);
  pen.fillStyle = "#fff";
  pen.fillRect(cut - dense, 0, 2 * dense, height);
}
function handle(pen, width, height, dense) {
  const x = line * width, y = height - 26 * dense, r = 13 * dense;
  pen.beginPath();
  pen.arc(clamp(x, r, width - r), y, r, 0, 7);
  pen.fillStyle = "#fff";
  pen.strokeStyle = "rgba(0,0,0,.35)";
  pen.lineWidth = dense;
  pen.fill();
  pen.stroke();
  pen.beginPath();
  for (const way of [-1, 1]) {
    const at = clamp(x, r, width - r) + way * 4 * dense;
    pen.moveTo(at, y - 4 * dense);
    pen.lineTo(at + way * 4 * dense, y);
    pen.lineTo(at, y + 4 * dense);
  }
  pen.strokeStyle = "#17191e";
  pen.lineWidth = 1.6 * dense;
  pen.stroke();
}
const cell = (s) => {
  const [height, width] = subjects[s].size;
  return [clamp(Math.floor(spot[1] * height), 0, height - 1), clamp(Math.floor(spot[0] * width), 0, width - 1)];
};
function drawCompare() {
  if (!size(panel, 1)) return;
  const { pen, canvas, dense } = panel;
  paint(pen, canvas.width, canvas.height, dense);
  handle(pen, canvas.width, canvas.height, dense);
  if (spot) {
    const s = subjects.length > 1 && spot[0] > line ? 1 : 0, [row, column] = cell(s), [height, width] = subjects[s].size;
    outline(panel, (column * canvas.width) / width, (row * canvas.height) / height, canvas.width / width, canvas.height / height, false);
  }
}
function tellCompare() {
  const { canvas } = panel, at = Math.round(100 * line);
  canvas.setAttribute("aria-valuenow", at);
  canvas.setAttribute("aria-valuetext", `${at} % ${short(0)}, ${100 - at} % ${subjects.length > 1 ? short(1) : "the picture alone"}`);
  canvas.setAttribute("aria-label", "The line between the maps. Arrow keys move it; with Shift they choose a pixel to read.");
  const reading = part(".reading");
  if (!spot) return (reading.innerHTML = `<span class="quiet">Point at a pixel to read its number; Shift and arrow keys do the same.</span>`);
  reading.replaceChildren();
  subjects.forEach((subject, s) => {
    const map = mapOf(s), [row, column] = cell(s), text = document.createElement("span");
    text.innerHTML = `<span class="quiet"></span><b></b>`;
    text.children[0].textContent = `${short(s)}, row ${row}, column ${column}:`;
    text.children[1].textContent = map ? plain(map.numbers[row * subject.size[1] + column]) : "–";
    reading.append(text, document.createElement("br"));
  });
}
function drawCurve() {
  const found = subjects.map((_, s) => mapOf(s)?.path).filter(Boolean);
  if (part(".whole").hidden || !size(curve, 0.56) || !found.length) return;
  const { pen, canvas, dense } = curve, all = found.flatMap(({ scores }) => scores);
  const low = Math.min(0, ...all), high = Math.max(0.001, ...all), left = 44 * dense, bottom = canvas.height - 24 * dense, top = 16 * dense, right = canvas.width - 8 * dense;
  const x = (alpha) => left + alpha * (right - left), y = (score) => bottom - ((score - low) / (high - low)) * (bottom - top);
  pen.font = `${12 * dense}px ${style("--font") || "sans-serif"}`;
  pen.fillStyle = style("--body-text-color-subdued");
  pen.strokeStyle = style("--border-color-primary");
  pen.lineWidth = dense;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  const apart = high - low;
  for (const score of [low, ...(low < -0.12 * apart && high > 0.12 * apart ? [0] : []), high]) {
    pen.beginPath();
    pen.moveTo(left, y(score));
    pen.lineTo(right, y(score));
    pen.stroke();
    pen.fillText(score === 0 ? "0" : plain(score, 2), left - 7 * dense, y(score));
  }
  pen.textBaseline = "alphabetic";
  for (const [alpha, text, align] of [[0, "α = 0, baseline", "left"], [1, "picture, α = 1", "right"]]) {
    pen.textAlign = align;
    pen.fillText(text, x(alpha), canvas.height - 6 * dense);
  }
  subjects.forEach((_, s) => {
    const path = mapOf(s)?.path;
    if (!path) return;
    pen.strokeStyle = s ? "#b8660b" : style("--color-accent");
    pen.lineWidth = 2 * dense;
    pen.setLineDash(s ? [6 * dense, 4 * dense] : []);
    pen.beginPath();
    path.alphas.forEach((alpha, i) => pen[i ? "lineTo" : "moveTo"](x(alpha), y(path.scores[i])));
    pen.stroke();
    pen.setLineDash([]);
  });
  canvas.setAttribute("aria-label", `Score of the class on the way from the baseline to the picture, from ${subjects.map((_, s) => mapOf(s)?.path).filter(Boolean).map(({ scores }) => `${plain(scores[0])} to ${plain(scores.at(-1))}`).join(" and from ")}`);
}
let frame = 0;
function draw() {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(() => {
    if (!subjects.length) return;
    drawCompare();
    tellCompare();
  });
}

// ------------------------------------------------------------------------------------------------ words and numbers
function tellNames() {
  for (const [s, place] of [[0, ".names .left"], [1, ".names .right"]]) {
    const box = part(place), problem = subjects[s] && problems.get(nameOf(s)), map = mapOf(s);
    box.classList.toggle("problem", Boolean(problem));
    if (!subjects[s]) {
      box.textContent = "the picture alone";
      continue;
    }
    const waits = busy?.kind === "map" && busy.name === nameOf(s);
    box.innerHTML = `<b></b> <span></span>`;
    box.children[0].textContent = short(s);
    box.children[1].textContent = box.title = problem ?? (map ? `· ${map.label}` : waits ? `· ${Math.round(100 * busy.done)} %` : "· …");
  }
}
function tellLegends() {
  [...part(".legends").children].forEach((box, s) => {
    const map = mapOf(s);
    if (!map) return box.replaceChildren();
    const stops = Array.from({ length: 13 }, (_, i) => (map.signed ? signedColour(i / 6 - 1) : viridis(i / 12)).map(Math.round));
    box.innerHTML = `<span class="bar"></span><span class="ends"></span>`;
    box.children[0].style.background = `linear-gradient(to right,${stops.map((rgb) => `rgb(${rgb})`).join()})`;
    const words = map.signed ? [`−${plain(map.scale)}`, "0", `+${plain(map.scale)}`] : ["0", plain(map.scale)];
    box.children[1].append(...words.map((text) => Object.assign(document.createElement("span"), { textContent: text })));
    box.title = "99 % of the pixels lie within; the others have the last colour";
  });
}
function tellAnswers() {
  const box = part(".answers");
  box.classList.toggle("one", subjects.length < 2);
  box.replaceChildren(...subjects.map((subject, s) => {
    const list = document.createElement("div"), title = document.createElement("h3");
    const map = mapOf(s), answers = map?.answers ?? subject.answers;
    title.textContent = title.title = short(s);
    list.append(title, ...answers.map(({ label, rank, probability, score, asked }) => {
      const row = document.createElement("div");
      row.className = asked && !problems.has(nameOf(s)) ? "row asked" : "row";
      row.innerHTML = `<span class="label"></span><span class="much"></span><i></i>`;
      row.children[0].textContent = rank > 5 ? `${rank}. ${label}` : label;
      row.children[1].textContent = percent(probability);
      row.children[2].style.width = `${100 * probability}%`;
      row.title = `${label}: ${percent(probability)}, score ${plain(score)}`;
      return row;
    }));
    return list;
  }));
  const details = subjects.map((_, s) => mapOf(s)?.detail).filter(Boolean), same = new Set(details).size < 2;
  part(".detail").textContent = same ? (details[0] ?? "") : details.map((text, s) => `${short(s)}: ${text}`).join(" · ");
}
function rowOf(kind, texts) {
  const row = document.createElement("tr");
  row.append(...texts.map((text, i) => Object.assign(document.createElement(i ? kind : "th"), { textContent: text })));
  return row;
}
function tellWhole() {
  const shown = chosen.method === "integrated gradients";
  part(".whole").hidden = !shown;
  if (!shown) return;
  const rows = subjects.map((_, s) => [short(s), mapOf(s)?.completeness]);
  const sums = rows.map(([, sum]) => sum), missing = (error) => (error === null ? "–" : error < 0.0001 ? "< 0.01 %" : `${(100 * error).toFixed(error < 0.001 ? 2 : 1)} %`);
  part(".whole thead").replaceChildren(rowOf("th", ["", ...rows.map(([name]) => name)]));
  part(".whole tbody").replaceChildren(
    ...[["f(x)", "score"], ["f(baseline)", "baseline_score"], ["difference", "difference"], ["sum of shares", "sum"]].map(([title, key]) => rowOf("td", [title, ...sums.map((sum) => (sum ? fixed(sum[key]) : "…"))])),
    rowOf("td", ["missing", ...sums.map((sum) => (sum ? missing(sum.error) : "…"))]));
  sums.forEach((sum, s) => part(".whole tbody").lastChild.children[s + 1].classList.toggle("over", sum?.error > 0.02));
  part(".remarks").replaceChildren(...rows.filter(([, sum]) => sum).map(([name, sum]) => {
    const line = document.createElement("p");
    line.textContent = rows.length > 1 ? `${name}: ${sum.remark[0].toLowerCase()}${sum.remark.slice(1)}` : sum.remark;
    return line;
  }));
  part(".path figcaption").replaceChildren(...subjects.map((_, s) => {
    const key = document.createElement("span");
    key.className = s ? "right" : "left";
    key.append(document.createElement("i"), `f, ${short(s)}`);
    return key;
  }));
  drawCurve();
}
function tellChecks() {
  part(".checks").replaceChildren(...subjects.map((_, s) => {
    const name = nameOf(s, "check"), check = checks.get(name), problem = problems.get(name), runs = busy?.name === name;
    const box = document.createElement("div");
    box.className = "check";
    box.innerHTML = `<div class="line"><button type="button" class="run" data-check="${s}"></button><progress max="1" hidden></progress><button type="button" class="run" data-stop hidden>Stop</button><span role="status"></span></div><div class="strip"></div>`;
    const [run, bar, stop, said] = box.firstChild.children;
    run.textContent = `Randomise ${short(s)}`;
    run.disabled = runs;
    bar.hidden = stop.hidden = !runs;
    bar.setAttribute("aria-label", `Randomising ${short(s)}`);
    if (runs) bar.value = busy.done;
    said.textContent = problem ?? (check ? check.verdict : "");
    said.className = problem ? "problem" : "";
    if (check) box.lastChild.append(...check.stages.map(stageOf));
    return box;
  }));
}
function stageOf({ name, shade, correlation, probability }, i) {
  const figure = document.createElement("figure"), canvas = document.createElement("canvas"), told = document.createElement("figcaption");
  [canvas.width, canvas.height] = [shade.width, shade.height];
  canvas.getContext("2d").drawImage(shade, 0, 0);
  const rho = i ? (correlation === null ? "empty" : `ρ ${correlation < 0 ? "−" : ""}${Math.abs(correlation).toFixed(2)}`) : "ρ 1";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Map ${i ? `with ${name} and all above it random` : "of the trained network"}, ${rho}`);
  told.innerHTML = `<b></b><span></span>`;
  told.children[0].textContent = rho;
  told.children[1].textContent = i ? `${i > 1 ? "… and " : ""}${name}` : name;
  told.title = `probability of the class ${percent(probability)}`;
  figure.append(canvas, told);
  return figure;
}
function tellChoice() {
  for (const name of ["method", "baseline", "steps"])
    root.querySelectorAll(`[data-${name}]`).forEach((button) => button.setAttribute("aria-pressed", button.dataset[name] === `${chosen[name]}`));
  part(".hint").textContent = METHODS[chosen.method][1];
  part(".field.baseline").hidden = !SIGNED_METHODS.includes(chosen.method);
  part(".field.steps").hidden = chosen.method !== "integrated gradients";
}
function tell() {
  if (!subjects.length) return;
  tellChoice();
  tellNames();
  tellLegends();
  tellAnswers();
  tellWhole();
  tellChecks();
  draw();
}
function fillClasses() {
  const select = part(".class"), [left, right] = subjects.map(({ labels }) => labels);
  const option = (label) => new Option(label, label);
  const own = new Option(right ? "each network's own answer" : "the network's own answer", "");
  const group = (title, labels) => {
    const made = document.createElement("optgroup");
    made.label = title;
    made.append(...labels.map(option));
    return labels.length ? [made] : [];
  };
  const first = new Set(left), second = new Set(right ?? left);
  const same = first.size === second.size && [...first].every((label) => second.has(label));
  select.replaceChildren(own, ...(same ? [...first].map(option) : [
    ...group("both know", [...first].filter((label) => second.has(label))),
    ...group(`${short(0)} alone`, [...first].filter((label) => !second.has(label))),
    ...group(`${short(1)} alone`, [...second].filter((label) => !first.has(label)))]));
  if (!first.has(chosen.label) && !second.has(chosen.label)) chosen.label = "";
  select.value = chosen.label;
}

// ------------------------------------------------------------------------------------------------ asking Python
function ask(kind, s) {
  const { method, label, steps, baseline } = chosen;
  busy = { id: `${++count}`, kind, name: nameOf(s, kind), done: 0 };
  trigger(kind === "map" ? "select" : "submit", { id: busy.id, network: subjects[s].network, picture, method, label, steps, baseline });
}
function stop() {
  if (busy) trigger("stop", { id: busy.id });
  busy = null;
}
// One request at a time; what nobody looks at any more is stopped.
function next() {
  if (busy && !subjects.some((_, s) => nameOf(s, busy.kind) === busy.name)) stop();
  if (!busy) {
    const s = subjects.findIndex((_, s) => !mapOf(s) && !problems.has(nameOf(s)));
    if (s >= 0) ask("map", s);
  }
  tell();
}
function choose(name, value) {
  chosen[name] = value;
  next();
}

// ------------------------------------------------------------------------------------------------ hands
for (const name of ["method", "baseline", "steps"])
  root.querySelectorAll(`[data-${name}]`).forEach((button) =>
    button.addEventListener("click", () => subjects.length && choose(name, name === "steps" ? +button.dataset.steps : button.dataset[name])));
part(".class").addEventListener("change", (event) => choose("label", event.target.value));
const strength = part("input[type=range]");
strength.value = 100 * cover;
strength.addEventListener("input", () => {
  cover = strength.value / 100;
  draw();
});
part(".checks").addEventListener("click", (event) => {
  const { check, stop: stopped } = event.target.dataset;
  if (stopped !== undefined) {
    stop();
    return next();
  }
  if (check === undefined) return;
  stop();
  problems.delete(nameOf(+check, "check"));
  ask("check", +check);
  tell();
});
const where = (event) => {
  const box = panel.canvas.getBoundingClientRect();
  return [clamp((event.clientX - box.left) / box.width, 0, 1), clamp((event.clientY - box.top) / box.height, 0, 1)];
};
panel.canvas.addEventListener("pointerdown", (event) => {
  if (!subjects.length || event.button) return;
  panel.canvas.setPointerCapture(event.pointerId);
  spot = where(event);
  [line] = spot;
  draw();
});
panel.canvas.addEventListener("pointermove", (event) => {
  if (!subjects.length) return;
  spot = where(event);
  if (panel.canvas.hasPointerCapture(event.pointerId) && event.buttons) [line] = spot;
  draw();
});
panel.canvas.addEventListener("pointerleave", () => {
  spot = null;
  draw();
});
panel.canvas.addEventListener("keydown", (event) => {
  const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!subjects.length || event.ctrlKey || event.metaKey || event.altKey || !(by || event.key === "Home" || event.key === "End")) return;
  event.preventDefault();
  if (!by) line = event.key === "Home" ? 0 : 1;
  else if (event.shiftKey) {
    const [height, width] = subjects[0].size, [row, column] = spot ? cell(0) : [height >> 1, width >> 1];
    spot = [(clamp(column + by[0], 0, width - 1) + 0.5) / width, (clamp(row + by[1], 0, height - 1) + 0.5) / height];
  } else line = clamp(line + 0.02 * (by[0] - by[1]), 0, 1);
  draw();
});

// ------------------------------------------------------------------------------------------------ files
function save(blob, ending) {
  const link = document.createElement("a"), of = subjects.map((_, s) => short(s)).join("-");
  link.href = URL.createObjectURL(blob);
  link.download = `${of}-${chosen.method.replace(" ", "-")}-${mapOf(0)?.label ?? mapOf(1)?.label}.${ending}`.replace(/[^\w.@-]+/g, "-");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
function table() {
  const lines = ["network,class,row,column,attribution"];
  subjects.forEach(({ network, size: [, width] }, s) => {
    const map = mapOf(s);
    map?.numbers.forEach((v, i) => lines.push(`${network},"${map.label.replaceAll('"', '""')}",${Math.floor(i / width)},${i % width},${v.toPrecision(7)}`));
  });
  return `${lines.join("\n")}\n`;
}
root.querySelectorAll("[data-file]").forEach((button) => button.addEventListener("click", () => {
  if (!subjects.some((_, s) => mapOf(s))) return;
  if (button.dataset.file === "csv") return save(new Blob([table()], { type: "text/csv" }), "csv");
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 640;
  paint(canvas.getContext("2d"), 640, 640, 1);
  canvas.toBlob((blob) => save(blob, "png"), "image/png");
}));

// ------------------------------------------------------------------------------------------------ what Python sends
function load(source) {
  const colour = new Image(), photo = { colour, grey: null };
  colour.onload = () => {
    photo.grey = document.createElement("canvas");
    [photo.grey.width, photo.grey.height] = [colour.naturalWidth, colour.naturalHeight];
    const pen = photo.grey.getContext("2d");
    pen.filter = "grayscale(1)";
    pen.drawImage(colour, 0, 0);
    draw();
  };
  colour.src = source;
  return photo;
}
function decodeCheck(check) {
  const { size, signed } = check;
  return { ...check, stages: check.stages.map((stage) => ({ ...stage, shade: decode({ ...stage, size, signed }).shade })) };
}
function receive() {
  const value = props.value;
  if (value?.subjects) {
    subjects = value.subjects;
    picture = value.picture;
    photos = subjects.map(({ input }) => load(input));
    spot = null;
    fillClasses();
    // The worked example brings its first maps along, and a sanity check.
    const asked = { ...chosen };
    for (const [kind, store, given, read] of [["map", maps, value.maps, decode], ["check", checks, value.checks, decodeCheck]])
      for (const found of given ?? []) {
        Object.assign(chosen, { method: found.method, label: "" });
        subjects.forEach(({ key, network }, s) => key === found.key && network === found.network && remember(store, nameOf(s, kind), read(found)));
      }
    Object.assign(chosen, asked);
    root.classList.add("ready");
    return next();
  }
  if (!busy || value?.id !== busy.id) return;
  if (value.done !== undefined) {
    busy.done = value.done;
    tellNames();
    if (busy.kind === "check") root.querySelectorAll(".check progress:not([hidden])").forEach((bar) => (bar.value = value.done));
    return;
  }
  if (value.problem) remember(problems, busy.name, value.problem);
  if (value.map) remember(maps, busy.name, decode(value.map));
  if (value.check) remember(checks, busy.name, decodeCheck(value.check));
  busy = null;
  next();
}
// gradio fades a part to a fifth while Python computes for it.
element.closest(".html-container")?.style.setProperty("opacity", "1", "important");
new ResizeObserver(() => { draw(); subjects.length && drawCurve(); }).observe(part(".stage"));
new MutationObserver(() => { draw(); subjects.length && drawCurve(); }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
watch("value", receive);
receive();
