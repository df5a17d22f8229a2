// @ts-check
// Pixels, scores, probabilities: a row for each label, whose score is dragged or typed; softmax follows at once.
const { make, set } = kit;
const ROWS = 10;
const SAW = 112; // pixels on the page
const { root, part } = kit.widget(element, "scores", `
  <p class="remarks" role="status"></p>
  <div class="networks"></div>
  <div class="tools" role="group" aria-label="Softmax">
    <label class="heat"><span>Temperature</span>
      <input type="range" min="-2" max="3" step="0.1" value="0"><b></b></label>
    <button type="button" class="reset">Reset</button>
  </div>`);
kit.keepOpaque(element);
const heatField = part(".heat input");
let stopPlay = () => {};
let isFirst = true;
/** @type {string[]} */
let remarks = [];

const temperature = () => 2 ** Number(heatField.value);
/** e to each score ÷ T, over the largest: the shares of the whole. @param {number[]} scores */
function softmax(scores, t = temperature()) {
  const top = Math.max(...scores), powers = scores.map((score) => Math.exp((score - top) / t));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}
function describeMetric({ name, value, title, split, samples, publisher }) {
  const of = `${kit.fixed(100 * value, 1)} % ${name} on ${kit.grouped(samples)} ${title} ${split} pictures`;
  return publisher ? `${of}, as ${publisher} publishes it` : of;
}
/** Four digits, with a power of ten where there would be many. @param {number} value */
function writeLarge(value) {
  if (value < 1e6) return [kit.number(value, 4)];
  const [factor, power] = value.toExponential(3).split("e+");
  return [`${factor} · 10`, make("sup", power)];
}

/** Four digits, which never say that it is all. @param {number} share */
const writeShare = (share) => (share > 0.99995 ? [" > ", "99.99 %"] : [" = ", `${kit.number(100 * share, 4)} %`]);

/** One network: `fill` shows an answer, `show` the scores as they are now, `set` another score for a label. */
function makePlace() {
  const place = make("section.network.empty");
  place.innerHTML = `
    <h3>&nbsp;</h3>
    <div class="seen">
      <div class="saw"><img alt=""></div>
      <p class="best"><b>&nbsp;</b><span></span></p>
      <p class="caption"></p><p class="work"></p><p class="metric"></p>
    </div>
    <div class="rows"></div>
    <p class="sum"></p>`;
  part(".networks").append(place);
  const find = (selector) => place.querySelector(selector), rows = find(".rows");
  let answer = null, answered = "", labels = [], sent = [], scores = [], shown = [], end = 5, told = null;

  function makeRow(at) {
    const label = labels[at], name = `Score of ${label}`;
    const move = ({ target }) => target.value !== "" && Number.isFinite(+target.value) && change(at, +target.value);
    const typed = make("input.value", { type: "number", step: 0.1, aria: { label: name }, oninput: move });
    const range = { type: "range", min: -end, max: end, step: 0.1, tabindex: -1 };
    const slider = make("input", { ...range, aria: { label: name }, oninput: move });
    typed.addEventListener("change", () => show()); // what is no number is replaced by what holds
    return make("div.row", { data: { at } }, make("span.label", label),
      make("span.score", make("span.bar"), slider),
      typed, kit.meter(make("div.track"), label, 0), make("span.percent"));
  }
  function change(at, score) {
    stopPlay();
    scores[at] = kit.clamp(score, -99, 99);
    told = at;
    root.classList.remove("settling");
    show();
    showTools();
  }
  /** The scores times `grown`, which a showing lets grow from 0 to 1. */
  function show(grown = 1) {
    const now = scores.map((score) => grown * score), shares = softmax(now);
    const best = shares.indexOf(Math.max(...shares)), heated = temperature() !== 1;
    let rest = 1;
    for (const row of rows.querySelectorAll(".row[data-at]")) {
      const at = Number(row.dataset.at), [, score, typed, track, percent] = row.children;
      const [bar, slider] = score.children, place = kit.clamp(now[at] / end, -1, 1);
      rest -= shares[at];
      slider.value = now[at];
      if (document.activeElement !== typed) typed.value = now[at].toFixed(2);
      set(bar, { style: { "--from": Math.min(0, place), "--to": Math.max(0, place) } });
      kit.meter(track, labels[at], shares[at], kit.percent(shares[at]));
      set(percent, { text: kit.percent(shares[at]) });
      row.classList.toggle("first", at === best);
      row.classList.toggle("moved", scores[at] !== sent[at]);
    }
    const others = rows.querySelector(".others");
    if (others) {
      kit.meter(others.children[3], "all others", Math.max(0, rest), kit.percent(rest));
      set(others.children[4], { text: kit.percent(rest) });
    }
    const name = grown ? labels[best] : "?"; // before there are scores
    set(find(".best b"), { text: name }).classList.toggle("short", name.length < 4);
    set(find(".best span"), { text: grown ? kit.percent(shares[best]) : "" });
    const about = told ?? best, [sign, percent] = writeShare(shares[about]);
    const power = Math.exp(now[about] / temperature());
    const exponent = `${kit.fixed(now[about], 4)}${heated ? ` ÷ ${temperature().toFixed(2)}` : ""}`;
    find(".sum").replaceChildren(make("b", labels[about]), ": e", make("sup", exponent),
      ` ÷ the sum of all ${kit.grouped(labels.length)} such powers = `, ...writeLarge(power), " ÷ ",
      ...writeLarge(power / shares[about]), sign, make("b", percent));
  }
  return {
    place, show,
    says: () => `${answer.network.split("@")[0]} says ${labels[scores.indexOf(Math.max(...scores))]}`,
    isMoved: () => scores.some((score, at) => score !== sent[at]),
    reset() {
      scores = [...sent];
      told = null;
      show();
    },
    move: (label, score) => {
      scores[labels.indexOf(label)] = score;
      show();
    },
    fill(next) {
      const key = JSON.stringify([next.network, next.answers]), isSame = key === answered;
      [answer, answered] = [next, key];
      const { network, answers, macs, milliseconds, saw, size: [height, width, channels], metric } = answer;
      const longer = Math.max(width, height);
      // A whole number of screen pixels for each of the picture's, where it is the smaller.
      const zoom = longer < SAW ? Math.floor(SAW / longer) : SAW / longer;
      place.classList.remove("empty");
      set(place, { aria: { label: network } });
      set(find("h3"), { text: network });
      set(find(".metric"), { text: describeMetric(metric) });
      const alt = `The ${width} × ${height} pixels that ${network} saw`;
      set(find(".saw img"), { src: saw, width: width * zoom, height: height * zoom, alt });
      set(find(".caption"), { text: `${width} × ${height} pixels, ${channels === 1 ? "grey" : "in colour"}` });
      const work = metric.publisher ? kit.short(macs) : kit.grouped(macs);
      find(".work").replaceChildren(`${work} `, kit.term("multiply-add", "multiply-adds"), make("br"),
        `fastest pass ${kit.milliseconds(milliseconds)}`);
      if (isSame) return;
      labels = [];
      sent = [];
      for (const { label, score, place: at } of answers) [labels[at], sent[at]] = [label, score];
      scores = [...sent];
      told = null;
      // The list in its own order; of a long one the labels of the highest scores.
      const ranked = answers.map((each) => each.place), all = ranked.length <= ROWS;
      shown = all ? labels.map((_, at) => at) : ranked.slice(0, ROWS - 1);
      end = Math.max(2, Math.ceil(1.15 * Math.max(...shown.map((at) => Math.abs(sent[at])))));
      const count = kit.grouped(labels.length);
      rows.replaceChildren(
        make("div.row.heads", make("span", all ? "its whole list" : `best of ${count}`),
          make("span", make("i", kit.minus(-end)), kit.term("score", "scores"), make("i", end)), make("span"),
          make("span", "→ ", kit.term("softmax"), " →"), make("span")),
        ...shown.map(makeRow),
        all ? "" : make("div.row.others", make("span.label", `${kit.grouped(labels.length - shown.length)} others`),
          make("span"), make("span"), kit.meter(make("div.track"), "all others", 0), make("span.percent")));
      root.classList.add("settling");
      show();
    },
  };
}
const places = [makePlace(), makePlace()];
const filled = () => places.filter(({ place }) => !place.classList.contains("empty"));
/** What the networks say as Python found it, or with the scores that were moved. */
function showRemarks() {
  const isMoved = filled().some((each) => each.isMoved());
  const said = isMoved ? `With these scores ${filled().map((each) => each.says()).join(" and ")}.` : remarks.join(" ");
  set(part(".remarks"), { text: said });
}
function showTools() {
  showRemarks();
  set(part(".heat b"), { text: temperature().toFixed(2) });
  set(heatField, { aria: { valuetext: temperature().toFixed(2) } });
  part(".reset").disabled = temperature() === 1 && !filled().some((each) => each.isMoved());
}
function showAll(grown = 1) {
  for (const each of filled()) each.show(grown);
  showTools();
}
heatField.addEventListener("input", () => {
  stopPlay();
  root.classList.remove("settling");
  showAll();
});
part(".reset").addEventListener("click", () => {
  heatField.value = 0;
  root.classList.add("settling");
  for (const each of filled()) each.reset();
  showTools();
});

/** First the picture alone, then scores grow out of it and softmax sharpens; last the second's best score gives way. */
function playOnce([, second]) {
  const best = second?.answers[0], still = 4, grow = 12, swing = 26, low = -0.5;
  root.classList.remove("settling");
  stopPlay = kit.play(root, {
    count: still + grow + 5 + swing,
    wait: 110,
    step(index) {
      if (index <= still + grow) return showAll(Math.max(0, index - still) / grow);
      const phase = (index - still - grow - 5) / swing; // from 0 to 1, there and back
      if (!best || phase < 0) return;
      places[1].move(best.label, best.score + (low - best.score) * Math.sin(Math.PI * phase) ** 2);
      showRemarks();
    },
    end() {
      stopPlay = () => {};
      for (const each of filled()) each.reset();
      showTools();
    },
  });
}
function draw() {
  const { networks = [], remarks: sent = [] } = props.value ?? {};
  stopPlay();
  remarks = sent;
  places.forEach(({ place, fill }, at) => {
    place.classList.toggle("empty", !networks[at]);
    place.hidden = at > 0 && networks.length === 1;
    if (networks[at]) fill(networks[at]);
  });
  showTools();
  if (!networks.length) return;
  if (isFirst) playOnce(networks);
  isFirst = false;
}
watch("value", draw);
draw();
