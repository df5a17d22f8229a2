// @ts-check
// Two places for networks, always there: values change inside them, so nothing jumps and bars can move.
const { make, set } = kit;
const BARS = 5;
const SAW = 140; // pixels on the page
const { part } = kit.widget(element, "scores", `<div class="pair"></div><p class="remarks" role="status"></p>`);

const percent = (share) => kit.percent(share, share < 0.01 || share >= 0.99 ? 1 : 0);
function describe({ name, value, title, split, samples, publisher }) {
  const of = `${kit.fixed(100 * value, 1)} % ${name} on ${kit.grouped(samples)} ${title} ${split} pictures`;
  return publisher ? `${of}, as ${publisher} publishes it` : of;
}
function makePlace() {
  const place = make("section.network.empty");
  place.innerHTML = `
    <h3>&nbsp;</h3><p class="metric">&nbsp;</p>
    <div class="glance">
      <div class="saw"><img></div><div class="best"><b class="short"></b><span></span></div>
      <p class="caption">&nbsp;</p>
    </div>
    <div class="bars" role="group" aria-label="Most probable answers"></div>
    <p class="time"><b></b><span></span></p><p class="knows"></p>`;
  for (let rank = 0; rank < BARS; rank++)
    place.querySelector(".bars").append(
      make("div.bar", make("span.label", "\u00a0"), kit.meter(make("div.track"), "", 0), make("span.percent")));
  part(".pair").append(place);
  return place;
}
function fill(place, { network, answers, milliseconds, saw, size: [height, width, channels], metric, knows }) {
  const tell = (selector, text) => set(place.querySelector(selector), { text });
  const [best] = answers, longer = Math.max(width, height);
  // A whole number of screen pixels for each of the picture's, where it is the smaller.
  const zoom = longer < SAW ? Math.floor(SAW / longer) : SAW / longer;
  place.classList.remove("empty");
  set(place, { aria: { label: network } });
  tell("h3", network);
  tell(".metric", describe(metric));
  const alt = `The ${width} × ${height} pixels that ${network} saw`;
  set(place.querySelector(".saw img"), { src: saw, width: width * zoom, height: height * zoom, alt });
  const name = tell(".best b", best.label);
  name.classList.toggle("short", best.label.length < 4);
  name.classList.toggle("long", best.label.split(/[\s-]/).some((word) => word.length > 11));
  tell(".best span", percent(best.probability));
  tell(".caption", `All that it saw: ${width} × ${height} pixels, ${channels === 1 ? "grey" : "in colour"}.`);
  [...place.querySelector(".bars").children].forEach((bar, rank) => {
    bar.hidden = !answers[rank];
    if (bar.hidden) return;
    const [label, track, share] = bar.children, { label: text, probability } = answers[rank];
    set(label, { text, title: text }).classList.toggle("long", text.length > 18);
    set(share, { text: percent(probability) });
    kit.meter(track, text, probability, percent(probability));
  });
  tell(".time b", kit.milliseconds(milliseconds));
  tell(".time span", " for one forward pass of this one picture.");
  tell(".knows", knows);
}
const places = [makePlace(), makePlace()];
function draw() {
  const { networks = [], remarks = [] } = props.value ?? {};
  places.forEach((place, at) => {
    place.classList.toggle("empty", !networks[at]);
    place.hidden = at > 0 && networks.length === 1;
    if (networks[at]) fill(place, networks[at]);
  });
  part(".remarks").textContent = remarks.join(" ");
}
watch("value", draw);
draw();
