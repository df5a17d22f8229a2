// @ts-check
// A kernel of nine whole numbers at every place of a small picture, which the visitor draws; all sums are exact.
const { make, set, clamp, minus } = kit;
const { root, part, parts, style } = kit.widget(element, "sliding-window", `
  <h3>Nine numbers find the edges</h3><p class="lead"></p>
  <div class="kernels" role="group" aria-label="kernel"></div>
  <div class="row">
    <figure><canvas class="picture" tabindex="0" role="img"></canvas><figcaption>your picture</figcaption></figure>
    <figure class="sum"><div class="weights"></div><p class="said"></p>
      <figcaption>kernel: nine weights</figcaption></figure>
    <figure><canvas class="map" tabindex="0" role="img"></canvas><figcaption class="scale"></figcaption></figure>
  </div>
  <p class="more">More in <a href="?day=w2d1">w2d1, what slides where</a>, and on whole pictures in the tab
    <a href="?tab=convolution">Convolution</a>.</p>`);
const { kernels, start } = props.value;
const ink = props.value.picture.map((row) => [...row]);
const rows = ink.length, columns = ink[0].length, down = rows - 2, across = columns - 2;
const views = { picture: kit.panel(part(".picture")), map: kit.panel(part(".map")) };
let kernel = kernels[0];
let place = start; // row and column of the window's first pixel, which are those of the map's number
let cursor = [start[0] + 1, start[1] + 1]; // the pixel that a key draws
let shown = down * across; // how many numbers of the map are there already
let pen = 0; // what a held pointer draws

/** The nine products at a place. */
const pick = ([row, column]) => kernel.weights.flatMap((line, i) => line.map((weight, j) =>
  weight * ink[row + i][column + j]));
const add = (at) => pick(at).reduce((sum, each) => sum + each, 0);
const signs = (value) => minus(`${value}`);

function drawCells(view, high, wide, colour) {
  if (!view.fit(high / wide)) return false;
  const size = view.canvas.width / wide;
  for (let row = 0; row < high; row++)
    for (let column = 0; column < wide; column++) {
      view.pen.fillStyle = colour(row, column);
      const [x, y] = [Math.round(column * size), Math.round(row * size)];
      view.pen.fillRect(x, y, Math.round((column + 1) * size) - x - 1, Math.round((row + 1) * size) - y - 1);
    }
  return size;
}
const draw = kit.redraw(root, () => {
  const [row, column] = place, sum = add(place), flat = kernel.weights.flat();
  const most = flat.reduce((total, each) => total + Math.max(0, each), 0);
  const paper = style("--background-fill-secondary"), black = style("--body-text-color");
  const picture = drawCells(views.picture, rows, columns, (i, j) => (ink[i][j] ? black : paper));
  if (picture) views.picture.outline(column * picture, row * picture, 3 * picture, 3 * picture, true);
  const map = drawCells(views.map, down, across, (i, j) =>
    i * across + j < shown ? kit.css(kit.signedColour(add([i, j]) / most)) : paper);
  if (map) views.map.outline(column * map, row * map, map, map, true);
  const products = pick(place), large = Math.max(...flat.map(Math.abs));
  parts(".weights span").forEach((cell, i) => {
    const on = ink[row + Math.floor(i / 3)][column + (i % 3)] === 1;
    const tint = kit.css(kit.signedColour(flat[i] / large));
    set(cell, { class: on ? "on" : "off", text: signs(flat[i]), style: { "--tint": tint } });
  });
  const terms = products.filter(Boolean).map((each, i) =>
    i ? ` ${each < 0 ? "−" : "+"} ${Math.abs(each)}` : signs(each));
  part(".said").replaceChildren(terms.length > 1 ? `${terms.join("")} = ` : "", make("b", signs(sum)));
  const bar = make("i", { style: { background: kit.gradient(true) } });
  part(".scale").replaceChildren("map ", bar, ` −${most} to ${most}`);
  set(part(".picture"), { aria: { label: `Picture of ${rows} × ${columns} pixels; row ${cursor[0] + 1}, column ${
    cursor[1] + 1} is ${ink[cursor[0]][cursor[1]] ? "ink" : "empty"}; the window's sum is ${signs(sum)}` } });
  const there = `row ${row + 1}, column ${column + 1} is ${signs(sum)}`;
  set(part(".map"), { aria: { label: `Map of ${down} × ${across} sums; ${there}` } });
});
/** Stand at a place of the map. */
function stand(at) {
  place = [clamp(at[0], 0, down - 1), clamp(at[1], 0, across - 1)];
  draw();
}
/** Stand around a pixel. */
const look = ([row, column]) => stand([row - 1, column - 1]);
function drawAt(at, value) {
  ink[at[0]][at[1]] = value;
  look(cursor = at);
}

part(".lead").append("A ", kit.term("kernel"), " stands at every place of the picture. Its weights that lie on ink ",
  "add up to one number of the map, which is 0 wherever the picture is flat. ", make("b", "Draw on the picture."));
part(".kernels").append(...kernels.map(({ name }, index) => make("button", { data: { kernel: index } }, name)),
  make("button.clear", { data: { clear: "" } }, "Clear"));
part(".weights").append(...kernel.weights.flat().map(() => make("span")));
const mark = kit.choice(root, "kernel", (index) => {
  kernel = kernels[index];
  mark(index);
  draw();
});
mark(0);
part("[data-clear]").addEventListener("click", () => {
  for (const row of ink) row.fill(0);
  draw();
});
const toggle = () => drawAt(cursor, 1 - ink[cursor[0]][cursor[1]]);
kit.steer(part(".picture"), {
  size: () => [rows, columns], at: () => cursor, drag: true, keys: { " ": toggle, Enter: toggle },
  hover: (at) => at && look(at),
  choose: (at, event) => {
    if (event.type === "keydown") return look(cursor = at);
    if (event.type === "pointerdown") pen = 1 - ink[at[0]][at[1]];
    drawAt(at, pen);
  },
});
kit.steer(part(".map"), {
  size: () => [down, across], at: () => place, drag: true, hover: (at) => at && stand(at), choose: stand,
});
draw();
if (!kit.isStill()) shown = 0;
kit.play(part(".row"), {
  count: down * across, wait: 45,
  step: (index) => {
    shown = index + 1;
    stand([Math.floor(index / across), index % across]);
  },
  end: () => {
    shown = down * across;
    stand(start);
  },
});
