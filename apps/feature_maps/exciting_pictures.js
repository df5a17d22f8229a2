const root = element.querySelector("div");
root.className = "widget";
root.innerHTML = `
<h3>What excites this channel most</h3>
<p class="lead">Generated pictures compete (gratings, edges, discs, drawn digits; for networks of photographs also crops of four that a package ships), <b>and whatever you upload</b>. None is from the training set. On the left is what the strongest unit sees, beside it where that lies in the picture.</p>
<p class="state" role="status"><b></b><progress max="1" hidden></progress><span></span></p>
<div class="nine"></div>`;
const part = (selector) => root.querySelector(selector);
const style = (name) => getComputedStyle(root).getPropertyValue(name).trim();
let chosen = null;     // what *Feature maps* shows
let found = null;      // Python's answer
let inView = false, timer = 0;
let images = { network: "", held: new Map() };   // of the network's generated pictures those that came, by number

const named = (of) => of && `${of.network} ${of.layer} ${of.channel}`;
const current = () => found && chosen && named(found) === named(chosen);

// ------------------------------------------------------------------------------------------------ drawing
function crop(canvas, image, rows, columns) {
  const dense = window.devicePixelRatio || 1, room = Math.round(84 * dense), pen = canvas.getContext("2d");
  canvas.width = canvas.height = room;
  const height = rows[1] - rows[0] + 1, width = columns[1] - columns[0] + 1, scale = room / Math.max(height, width);
  pen.imageSmoothingEnabled = scale < 1;
  pen.drawImage(image, columns[0], rows[0], width, height, (room - width * scale) / 2, (room - height * scale) / 2, width * scale, height * scale);
}
function whole(canvas, image, { rows, columns, row, column }, shape) {
  const dense = window.devicePixelRatio || 1, room = Math.round(84 * dense), pen = canvas.getContext("2d");
  canvas.width = canvas.height = room;
  const [down, across] = [room / image.naturalHeight, room / image.naturalWidth];
  pen.imageSmoothingEnabled = across < 1;
  pen.drawImage(image, 0, 0, room, room);
  if (columns[1] < columns[0]) return;
  outline({ pen, canvas, dense }, columns[0] * across, rows[0] * down, (columns[1] - columns[0] + 1) * across, (rows[1] - rows[0] + 1) * down, false);
  if (shape[1] * shape[2] === 1) return;
  // The unit's own place, where its view is too wide to say it.
  pen.beginPath();
  pen.arc(((column + 0.5) / shape[2]) * room, ((row + 0.5) / shape[1]) * room, 2.5 * dense, 0, 7);
  pen.fillStyle = "#fff";
  pen.fill();
  pen.lineWidth = 1.5 * dense;
  pen.strokeStyle = style("--color-accent");
  pen.stroke();
}
function imageOf(one) {
  const held = images.held.get(one.number);
  if (held) return held;
  const image = new Image();
  image.src = one.picture;
  if (!one.own) images.held.set(one.number, image);
  return image;
}
function tiles() {
  const { shape } = found;
  if (images.network !== found.network) images = { network: found.network, held: new Map() };
  part(".nine").replaceChildren(...found.nine.map((one) => {
    const figure = document.createElement("figure"), image = imageOf(one);
    const [top, bottom] = one.rows, [left, right] = one.columns, seen = [bottom - top + 1, right - left + 1];
    figure.className = one.own ? "own" : "";
    figure.innerHTML = `<canvas role="img"></canvas><canvas role="img"></canvas><figcaption><b></b><span></span></figcaption>`;
    const [part, all, caption] = figure.children, flat = shape[1] * shape[2] === 1;
    part.setAttribute("aria-label", `The ${side(seen)} pixels that the strongest unit sees`);
    all.setAttribute("aria-label", `${one.title}, with rows ${top} to ${bottom} and columns ${left} to ${right} outlined`);
    caption.children[0].textContent = number(one.value);
    caption.children[1].textContent = one.title;
    caption.append(flat ? `sees ${side(seen)} px` : `row ${one.row}, column ${one.column}; sees ${side(seen)} px`);
    const paint = () => {
      crop(part, image, one.rows, one.columns);
      whole(all, image, one, shape);
    };
    if (image.complete && image.naturalWidth) paint();
    else image.addEventListener("load", paint);
    return figure;
  }));
}
function tell() {
  const busy = !current() || found.done < found.total;
  part(".state b").textContent = chosen ? `${chosen.label}, channel ${chosen.channel}` : "";
  part("progress").hidden = !busy || !current();
  if (current()) part("progress").value = found.done / found.total;
  const mine = found?.own ? ` and ${found.own === 1 ? "one" : found.own} of yours` : "";
  part(".state span").textContent = !chosen ? "" : !current() ? "…"
    : busy ? `${found.done} of ${found.total} pictures so far`
    : found.nine.length && found.nine[0].value <= 0 ? `none of ${found.total} pictures${mine} excites it: it holds ${found.nine[0].value === 0 ? "0 for every one" : "only negative numbers"}`
    : `the strongest of ${found.total} pictures${mine}`;
  part(".nine").style.opacity = current() ? 1 : 0.35;
}

// ------------------------------------------------------------------------------------------------ asking
// Python is asked when the choice rests and somebody can see the answer; a long search goes on in parts.
function want(after, tries = 3) {
  clearTimeout(timer);
  if (!chosen || !inView) return;
  if (current() && found.done >= found.total) return;
  timer = setTimeout(() => {
    if (!inView || !root.isConnected) return;
    const known = chosen.network === images.network ? [...images.held.keys()] : [];
    trigger("select", { network: chosen.network, layer: chosen.layer, channel: chosen.channel, known });
    // Of events that follow each other quickly gradio may drop the last: so ask again, a few times.
    if (tries) want(3000, tries - 1);
  }, after);
}
new IntersectionObserver(([entry]) => {
  inView = entry.isIntersecting;
  want(100);
}).observe(part(".nine"));
document.addEventListener("feature-maps:chosen", ({ detail }) => {
  if (!root.isConnected) return;
  // Another picture in the explorer may be an upload that competes from now on.
  if (chosen && detail.key !== chosen.key && found) found = { ...found, network: "" };
  chosen = detail;
  tell();
  want(500);
});
function receive() {
  if (!props.value?.nine) return;
  found = props.value;
  tiles();
  tell();
  want(0);
}
element.closest(".html-container")?.style.setProperty("opacity", "1", "important"); // not faded while Python computes
watch("value", receive);
receive();
document.dispatchEvent(new CustomEvent("feature-maps:ask"));
