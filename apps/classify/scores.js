// Two places for networks, always there: values change inside them, so nothing jumps and bars can move.
const BARS = 5;
const SAW = 140; // pixels on the page

const root = element.querySelector("div");
root.className = "scores";
root.innerHTML = `<div class="pair"></div><p class="remarks" role="status"></p>`;
const pair = root.querySelector(".pair"), remarks = root.querySelector(".remarks");

const percent = (p) => {
  if (p < 0.001) return "< 0.1 %";
  if (p > 0.999) return "> 99.9 %";
  return `${p < 0.01 || p >= 0.99 ? (100 * p).toFixed(1) : Math.round(100 * p)} %`;
};
const figures = (x) => (x < 100 ? x.toPrecision(2) : x.toFixed(0));
const accuracy = ({ name, value, title, split, samples, publisher }) =>
  `${(100 * value).toFixed(1)} % ${name} on ${samples.toLocaleString("en")} ${title} ${split} pictures` +
  (publisher ? `, as ${publisher} publishes it` : "");

function make() {
  const place = document.createElement("section");
  place.className = "network empty";
  place.innerHTML = `
    <h3>&nbsp;</h3><p class="metric">&nbsp;</p>
    <div class="glance">
      <div class="saw"><img></div><div class="best"><b class="short"></b><span></span></div>
      <p class="caption">&nbsp;</p>
    </div>
    <div class="bars" role="group" aria-label="Most probable answers"></div>
    <p class="time"><b></b><span></span></p><p class="knows"></p>`;
  const bars = place.querySelector(".bars");
  for (let rank = 0; rank < BARS; rank++) {
    const bar = document.createElement("div");
    bar.className = "bar";
    bar.innerHTML = `<span class="label">&nbsp;</span>
      <div class="track" role="meter" aria-valuemin="0" aria-valuemax="100"><div class="fill" style="width:0"></div></div>
      <span class="percent"></span>`;
    bars.append(bar);
  }
  pair.append(place);
  return place;
}
function fill(place, result) {
  const find = (selector) => place.querySelector(selector);
  const { network, answers, milliseconds, saw, size, metric, knows } = result;
  const [height, width, channels] = size;
  const [best] = answers;
  place.classList.remove("empty");
  place.setAttribute("aria-label", network);
  find("h3").textContent = network;
  find(".metric").textContent = accuracy(metric);
  const image = find(".saw img"), longer = Math.max(width, height);
  // A whole number of screen pixels for each of the picture's, where it is the smaller.
  const zoom = longer < SAW ? Math.floor(SAW / longer) : SAW / longer;
  image.src = saw;
  image.width = width * zoom;
  image.height = height * zoom;
  image.alt = `The ${width} × ${height} pixels that ${network} saw`;
  find(".best b").textContent = best.label;
  find(".best b").classList.toggle("short", best.label.length < 4);
  find(".best b").classList.toggle("long", best.label.split(/[\s-]/).some((word) => word.length > 11));
  find(".best span").textContent = percent(best.probability);
  find(".caption").textContent = `All that it saw: ${width} × ${height} pixels, ${channels === 1 ? "grey" : "in colour"}.`;
  [...find(".bars").children].forEach((bar, rank) => {
    const answer = answers[rank];
    bar.hidden = !answer;
    if (!answer) return;
    const [label, track, share] = bar.children;
    label.textContent = label.title = answer.label;
    label.classList.toggle("long", answer.label.length > 18);
    share.textContent = percent(answer.probability);
    track.firstChild.style.width = `${100 * answer.probability}%`;
    track.setAttribute("aria-label", answer.label);
    track.setAttribute("aria-valuenow", (100 * answer.probability).toFixed(1));
    track.setAttribute("aria-valuetext", percent(answer.probability));
  });
  find(".time b").textContent = `${figures(milliseconds)} ms`;
  find(".time span").textContent = " for one forward pass of this one picture.";
  find(".knows").textContent = knows;
}
const places = [make(), make()];
function draw() {
  const { networks = [], remarks: sentences = [] } = props.value || {};
  places.forEach((place, at) => {
    place.classList.toggle("empty", !networks[at]);
    place.hidden = at > 0 && networks.length === 1;
    if (networks[at]) fill(place, networks[at]);
  });
  remarks.textContent = sentences.join(" ");
}
watch("value", draw);
draw();
