const root = element.querySelector("div");
root.className = "widget";
root.innerHTML = `
<div class="controls">
  <label>Drawn first<select class="first"></select></label>
  <label>Below it<select class="second"></select></label>
  <label class="side">Side of the picture<span><input type="range" min="32" max="512" step="1"><output></output></span></label>
</div>
<div class="legend" aria-hidden="true"></div>
<div class="drawings"></div>
<div class="table"></div>`;
const part = (selector) => root.querySelector(selector);
const menus = [part(".first"), part(".second")], range = part("input"), told = part("output");

let networks = new Map();  // name -> figures at its usual side
const kept = new Map();    // "name side" -> drawing
let chosen = [];           // one or two names
let side = null;           // of the picture, once a visitor has set it
let views = [];            // what is drawn, one above the other
const marks = new Map();   // "name" -> which layer was chosen in it

// ------------------------------------------------------------------------------------------------ words
const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
const whole = (v) => v.toLocaleString("en");
const short = (v) => (v >= 1e9 ? `${(v / 1e9).toFixed(2)} G` : v >= 1e6 ? `${(v / 1e6).toFixed(1)} M` : whole(v));
const percent = (v, of) => {
  const p = (100 * v) / of;
  return !v ? "" : p < 0.05 ? "< 0.1 %" : `${p >= 9.95 ? p.toFixed(0) : p.toFixed(1)} %`;
};
const shape = ([channels, height, width]) => (height * width === 1 ? `${whole(channels)} values` : `${whole(channels)} × ${height} × ${width}`);
const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const sideOf = (name) => {
  const { usual, least, most } = networks.get(name);
  return side === null ? usual : clamp(side, least, most);
};
function steps(layer) {
  const before = layer.first.length ? `behind ${layer.first.join(" and ")}` : "";
  const after = layer.then.length ? `then ${layer.then.join(" and ")}` : "";
  return [before, after].filter(Boolean).map((text) => `, ${text}`).join("");
}
function sees(layer, size) {
  if (layer.kind === "linear" || layer.what.startsWith("global")) return "the whole picture";
  if (layer.sees !== layer.field) return `the whole picture <small class="more">by gates; ${layer.field} × ${layer.field} px by windows</small>`;
  return `${whole(layer.field)} × ${whole(layer.field)} px${layer.field > size ? ` <small class="more">wider than the picture</small>` : ""}`;
}

// ------------------------------------------------------------------------------------------------ geometry
// Pixels from top to bottom: arcs, boxes, the sides' numbers, then three strips, each under its caption.
const ARCS = 34, TALL = 136, NUMBERS = 20, CAPTION = 28, STRIP = 38, BOXES = ARCS + TALL;
const STRIPS = [0, 1, 2].map((i) => BOXES + NUMBERS + CAPTION + i * (CAPTION + STRIP));
const HEIGHT = STRIPS[2] + STRIP + 6, GAP = 1.5, BAR = 9, WIDEST = 2.4;
const room = () => part(".drawings").clientWidth;
const narrowest = () => (room() < 600 ? 0.6 : 0.3), thin = (drawing) => clamp(room() / (9 * drawing.layers.length), 3, 14);
const FIXED = { sum: 9, gate: 8, concatenation: 3 };
const meets = (layer) => layer.kind in FIXED;
// How wide a channel's root may be drawn, so that everything fits.
function fit(drawing) {
  let low = narrowest(), high = 40;
  for (let i = 0; i < 24; i++) {
    const middle = (low + high) / 2;
    if (total(drawing, middle) <= room()) low = middle;
    else high = middle;
  }
  return low;
}
const wide = (layer, scale, least) => FIXED[layer.kind] ?? Math.max(least, scale * Math.sqrt(layer.shape[0]));
const total = (drawing, scale) => drawing.layers.reduce((sum, layer) => sum + wide(layer, scale, thin(drawing)) + GAP, 0);
function measure(view) {
  const { drawing, scale } = view, least = thin(drawing);
  let x = 0;
  view.columns = drawing.layers.map((layer) => {
    const w = wide(layer, scale, least), tall = TALL * Math.sqrt(layer.shape[1] / drawing.size);
    const column = { x, w, middle: x + w / 2, top: ARCS + (TALL - tall) / 2, tall };
    x += w + GAP;
    return column;
  });
  view.width = Math.max(x, 1);
  const { layers } = drawing;
  view.most = [Math.max(...layers.map((l) => l.parameters)), Math.max(...layers.map((l) => l.macs))];
  view.last = layers.findLastIndex((l) => l.field === drawing.field && !l.aside && !meets(l) && l.kind !== "linear");
  view.far = Math.max(drawing.field, drawing.size) * 1.04;
  view.arcs = layers.flatMap((layer, to) => layer.reads.filter((from) => from !== to - 1).map((from) => {
    const a = view.columns[from], b = view.columns[to];
    let top = Infinity;
    for (let i = from; i <= to; i++) top = Math.min(top, view.columns[i].top);
    const lift = Math.min(top - 3, 9 + 0.17 * (b.middle - a.middle));
    return { from, to, kind: layer.kind, a, b, high: top - 1.33 * lift };
  }));
}

// ------------------------------------------------------------------------------------------------ drawing
const colourOf = (layer) => {
  if (layer.kind === "convolution") return layer.what.startsWith("1×1") ? "--flat" : "--conv";
  return { depthwise: "--depthwise", linear: "--linear", input: "--border-color-primary" }[layer.kind] ?? "--pool";
};
function palette() {
  const style = getComputedStyle(root), names = ["--conv", "--flat", "--depthwise", "--linear", "--pool", "--border-color-primary", "--body-text-color", "--body-text-color-subdued", "--color-accent", "--color-accent-soft", "--body-background-fill"];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(name).trim()]));
}
function pen(view, canvas) {
  const dense = window.devicePixelRatio || 1, w = Math.round(view.width * dense), h = Math.round(HEIGHT * dense);
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const context = canvas.getContext("2d");
  context.setTransform(dense, 0, 0, dense, 0, 0);
  context.clearRect(0, 0, view.width, HEIGHT);
  return context;
}
function arc(context, { a, b, high }) {
  context.beginPath();
  context.moveTo(a.middle, a.top - 1);
  context.bezierCurveTo(a.middle + 0.12 * (b.middle - a.middle), high, b.middle - 0.12 * (b.middle - a.middle), high, b.middle, b.top - 1);
  context.stroke();
}
function box(context, view, index, colours, fill) {
  const layer = view.drawing.layers[index], { x, w, top, tall, middle } = view.columns[index], ink = fill ?? colours["--body-text-color"];
  if (layer.kind === "concatenation") {
    context.fillStyle = ink;
    context.globalAlpha = fill ? 1 : 0.55;
    context.fillRect(middle - 0.75, top - 3, 1.5, tall + 6);
    context.globalAlpha = 1;
  } else if (meets(layer)) {
    const radius = w / 2 - 0.5, y = ARCS + TALL / 2, cut = layer.kind === "gate" ? Math.SQRT1_2 * radius : radius;
    context.strokeStyle = ink;
    context.lineWidth = fill ? 2 : 1.2;
    context.beginPath();
    context.moveTo(middle, top);
    context.lineTo(middle, y - radius);
    context.moveTo(middle + radius, y);
    context.arc(middle, y, radius, 0, 7);
    for (const [p, q] of layer.kind === "gate" ? [[1, 1], [1, -1]] : [[1, 0], [0, 1]]) {
      context.moveTo(middle - p * cut, y - q * cut);
      context.lineTo(middle + p * cut, y + q * cut);
    }
    context.stroke();
  } else if (layer.kind === "pooling" && w > 4 && tall > 4) {
    context.strokeStyle = fill ?? colours["--pool"];
    context.lineWidth = fill ? 2 : 1.2;
    context.strokeRect(x + 0.75, top + 0.75, w - 1.5, tall - 1.5);
  } else {
    context.fillStyle = fill ?? colours[colourOf(layer)];
    context.fillRect(x, top, w, tall);
  }
}
// All about as wide, so that only their height tells how much.
function bars(context, view, index) {
  const { parameters, macs } = view.drawing.layers[index], { middle, w } = view.columns[index], width = Math.min(w, BAR);
  [parameters, macs].forEach((value, i) => {
    const tall = value && Math.max(1, (STRIP * value) / view.most[i]);
    context.fillRect(middle - width / 2, STRIPS[i] + STRIP - tall, width, tall);
  });
}
const climb = (view, field) => STRIPS[2] + STRIP * (1 - Math.min(field, view.far) / view.far);
function drawBase(view) {
  const context = pen(view, view.base), colours = view.colours, { layers, size } = view.drawing;
  for (const one of view.arcs) {
    const dense = one.kind === "concatenation";
    context.strokeStyle = colours["--body-text-color"];
    context.globalAlpha = dense ? 0.16 : one.kind === "gate" ? 0.35 : 0.6;
    context.lineWidth = dense ? 0.8 : 1.2;
    context.setLineDash(one.kind === "gate" ? [2, 2] : []);
    arc(context, one);
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
  layers.forEach((_, i) => box(context, view, i, colours));

  // The side of the maps, where it changes.
  context.font = `12px ${getComputedStyle(root).fontFamily}`;
  context.textBaseline = "top";
  context.fillStyle = colours["--body-text-color-subdued"];
  let free = -Infinity;
  for (let from = 0; from >= 0; ) {
    const side = layers[from].shape[1], next = layers.findIndex((layer, i) => i > from && !layer.aside && layer.shape[1] < side);
    const first = view.columns[from], last = view.columns[next < 0 ? layers.length - 1 : next - 1], text = `${side}${from ? "" : " px"}`;
    const w = context.measureText(text).width, x = clamp((first.x + last.x + last.w - w) / 2, 0, Math.max(0, view.width - w));
    if (x >= free) {
      context.fillText(text, x, BOXES + 6);
      free = x + w + 6;
    }
    from = next;
  }

  STRIPS.forEach((top) => {
    context.fillStyle = colours["--border-color-primary"];
    context.fillRect(0, top + STRIP, view.width, 1);
  });
  layers.forEach((layer, i) => {
    context.fillStyle = colours[colourOf(layer)];
    bars(context, view, i);
  });
  // The picture's own side as a dashed line, and how far values see.
  context.strokeStyle = colours["--body-text-color-subdued"];
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  context.beginPath();
  context.moveTo(0, climb(view, size));
  context.lineTo(view.width, climb(view, size));
  context.stroke();
  context.setLineDash([]);
  context.strokeStyle = colours["--body-text-color"];
  context.lineWidth = 1.6;
  context.lineJoin = "round";
  context.beginPath();
  layers.forEach((layer, i) => {
    if (layer.aside || i > view.last) return;
    const { x, w } = view.columns[i], y = climb(view, layer.field);
    i ? context.lineTo(x, y) : context.moveTo(x, y);
    context.lineTo(x + w, y);
  });
  context.stroke();
}
function drawOver(view) {
  const context = pen(view, view.over), { colours, drawing } = view, layer = drawing.layers[view.shown], { w, middle } = view.columns[view.shown];
  const accent = colours["--color-accent"];
  context.fillStyle = colours["--color-accent-soft"];
  context.globalAlpha = 0.55;
  const band = Math.max(w, 5);
  context.fillRect(middle - band / 2 - 1, 0, band + 2, HEIGHT);
  context.globalAlpha = 1;
  context.strokeStyle = accent;
  context.lineWidth = 1.4;
  for (const one of view.arcs) if (one.from === view.shown || one.to === view.shown) arc(context, one);
  box(context, view, view.shown, colours, accent);
  context.fillStyle = accent;
  bars(context, view, view.shown);
  if (!layer.aside && view.shown <= view.last) {
    context.beginPath();
    context.arc(middle, climb(view, layer.field), 3.5, 0, 7);
    context.fill();
  }
}
function tell(view) {
  const { drawing, shown } = view, layer = drawing.layers[shown], { name, dd, over } = view;
  name.innerHTML = `<b>${escape(layer.what)}</b>${escape(steps(layer))}<code>${escape(layer.name)}</code>`;
  const norm = layer.norm_parameters && layer.norm_parameters < layer.parameters ? ` <small class="more">${whole(layer.norm_parameters)} of batch norm</small>` : "";
  dd[0].textContent = shape(layer.shape);
  dd[1].textContent = layer.window || "–";
  dd[2].innerHTML = `${whole(layer.parameters)} <small>${percent(layer.parameters, drawing.parameters)}</small>${norm}`;
  dd[3].innerHTML = `${short(layer.macs)} <small>${percent(layer.macs, drawing.macs)}</small>`;
  dd[4].innerHTML = sees(layer, drawing.size);
  over.setAttribute("aria-valuenow", shown);
  over.setAttribute("aria-valuetext", `${layer.name}: ${layer.what}${steps(layer)}; ${shape(layer.shape)}; ${whole(layer.parameters)} parameters, ${percent(layer.parameters, drawing.parameters) || "none"}; ${short(layer.macs)} multiply-adds, ${percent(layer.macs, drawing.macs) || "none"}; sees ${layer.field} px`);
}
function show(view, index) {
  if (index === view.shown) return;
  view.shown = index;
  cancelAnimationFrame(view.frame);
  view.frame = requestAnimationFrame(() => {
    drawOver(view);
    tell(view);
  });
}

// ------------------------------------------------------------------------------------------------ one network
function build(drawing) {
  const box = document.createElement("article"), { architecture } = drawing;
  box.className = "drawn";
  const known = networks.get(architecture), limit = side !== null && drawing.size !== side;
  const bound = limit ? `, ${known.least === known.most ? "as it takes no other" : drawing.size === known.least ? "the least that it takes" : "the most that it takes"}` : "";
  box.innerHTML = `<header><h4></h4><span class="meta">${drawing.year}${drawing.paper ? ` · <a target="_blank" rel="noopener">paper</a>` : ""}<span></span></span>
    <p class="totals"></p></header><p class="look"></p>
    <div class="frame"><div class="scroll"><div class="sheet"><canvas class="base" aria-hidden="true"></canvas><canvas class="over" tabindex="0" role="slider"></canvas></div></div>
    ${STRIPS.map((top) => `<p class="caption" style="top:${top - 20}px"></p>`).join("")}</div>
    <div class="chosen"><p class="name"></p><dl>${["gives", "how", "parameters", "multiply-adds", "a value sees"].map((title) => `<div><dt>${title}</dt><dd></dd></div>`).join("")}</dl></div>`;
  box.querySelector("h4").textContent = drawing.title;
  if (drawing.paper) box.querySelector("a").href = drawing.paper;
  box.querySelector(".meta span").textContent = drawing.note ? ` · ${drawing.note}` : "";
  box.querySelector(".totals").textContent = `${drawing.size} px${bound} · ${drawing.weighted} layers with weights · ${short(drawing.parameters)} parameters · ${short(drawing.macs)} multiply-adds`;
  box.querySelector(".look").textContent = drawing.facts.join(" ").replace(/ (?=[×%])|(?<=×) /g, "\u00a0");
  const view = { drawing, box, shown: -1, frame: 0, base: box.querySelector(".base"), over: box.querySelector(".over"), name: box.querySelector(".name"), dd: [...box.querySelectorAll("dd")], captions: [...box.querySelectorAll(".caption")], scroll: box.querySelector(".scroll") };
  const { over, scroll } = view, last = drawing.layers.length - 1;
  over.setAttribute("aria-label", `${drawing.title}, drawn; arrow keys walk`);
  over.setAttribute("aria-valuemin", 0);
  over.setAttribute("aria-valuemax", last);
  // Of the layers that are in sight before anybody scrolls.
  view.heaviest = () => drawing.layers.reduce((best, layer, i, all) => (layer.parameters > all[best].parameters && view.columns[i].x + view.columns[i].w <= room() + 1 ? i : best), 0);
  const resting = () => Math.min(marks.get(architecture) ?? view.heaviest(), last);
  const under = (event) => {
    const x = event.clientX - over.getBoundingClientRect().left;
    let index = view.columns.findIndex((column) => x < column.x + column.w + GAP);
    return index < 0 ? last : index;
  };
  const choose = (index) => {
    marks.set(architecture, index);
    show(view, index);
  };
  over.addEventListener("pointermove", (event) => event.pointerType === "mouse" && show(view, under(event)));
  over.addEventListener("pointerleave", () => show(view, resting()));
  over.addEventListener("click", (event) => choose(under(event)));
  over.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const index = clamp(resting() + by, 0, last), { x, w } = view.columns[index];
    choose(index);
    if (scroll.scrollWidth > scroll.clientWidth) scroll.scrollLeft = clamp(scroll.scrollLeft, x + w + 40 - scroll.clientWidth, x - 40);
  });
  view.rest = resting;
  return view;
}
// A common scale, so that networks compare; but none may become a speck beside another.
function scales() {
  const fits = views.map(({ drawing }) => fit(drawing)), common = Math.min(WIDEST, ...fits);
  return fits.map((own) => Math.max(common, Math.min(WIDEST, own / 4)));
}
function draw() {
  if (!room() || !views.length) return;
  const found = scales(), colours = palette();
  views.forEach((view, i) => {
    view.scale = found[i];
    view.colours = colours;
    measure(view);
    const sheet = view.base.parentElement, { drawing, captions } = view;
    for (const each of [sheet, view.base, view.over]) {
      each.style.width = `${view.width}px`;
      each.style.height = `${HEIGHT}px`;
    }
    if (view.shown < 0) view.shown = view.rest();
    captions[0].innerHTML = `<b>Parameters</b> of each layer, up to ${short(view.most[0])}`;
    captions[1].innerHTML = `<b>Multiply-adds</b> of each layer, up to ${short(view.most[1])}`;
    captions[2].innerHTML = `<b>Receptive field</b>, up to ${whole(drawing.field)} px · dashed: the picture, ${drawing.size} px`;
    drawBase(view);
    drawOver(view);
    tell(view);
  });
  legend();
}
function legend() {
  const seen = new Set(views.flatMap(({ drawing }) => drawing.layers.map((layer) => (layer.kind === "convolution" && layer.what.startsWith("1×1") ? "flat" : layer.kind))));
  const sign = (lines) => `<svg viewBox="0 0 14 14" fill="none" stroke="currentColor" stroke-width="1.2">${lines}</svg>`;
  const entries = [["convolution", `<i style="background:var(--conv)"></i>`, "convolution"], ["flat", `<i style="background:var(--flat)"></i>`, "1×1 convolution"], ["depthwise", `<i style="background:var(--depthwise)"></i>`, "depthwise convolution"], ["pooling", `<i class="pooling"></i>`, "pooling"], ["linear", `<i style="background:var(--linear)"></i>`, "linear"],
    ["sum", sign(`<circle cx="7" cy="7" r="4.5"/><path d="M2.5 7h9M7 2.5v9"/>`), "sum"], ["gate", sign(`<circle cx="7" cy="7" r="4.5"/><path d="M3.8 3.8l6.4 6.4M3.8 10.2l6.4-6.4"/>`), "gate (squeeze and excitation)"], ["concatenation", sign(`<path d="M7 1v12"/>`), "concatenation"]];
  const even = new Set(views.map((view) => view.scale.toFixed(2))).size === 1;
  const widths = even ? ` · <span>${[64, 256, 1024].map((c) => `<i style="width:${Math.max(2, views[0].scale * Math.sqrt(c)).toFixed(1)}px;background:var(--pool)"></i>${c}`).join("&ensp;")} channels</span>` : " · <span>each in its own width, as one is too small beside the other</span>";
  part(".legend").innerHTML = entries.filter(([kind]) => seen.has(kind)).map(([, picture, name]) => `<span>${picture}${name}</span>`).join("") + widths.replace(" · ", "");
}

// ------------------------------------------------------------------------------------------------ choosing
const wanted = () => chosen.map((name) => [name, sideOf(name)]);
function refresh() {
  const pairs = wanted(), missing = pairs.filter(([name, size]) => !kept.has(`${name} ${size}`));
  menus.forEach((menu, i) => (menu.value = chosen[i] ?? ""));
  const figures = chosen.map((name) => networks.get(name)), fixed = figures.every(({ least, most }) => most < 32 || least === most);
  range.disabled = fixed;
  range.value = side ?? figures[0].usual;
  told.textContent = `${side ?? figures[0].usual} px`;
  for (const button of root.querySelectorAll(".table button")) button.setAttribute("aria-pressed", chosen.includes(button.dataset.name));
  if (missing.length) return later(() => trigger("select", { networks: missing }));
  const drawings = pairs.map(([name, size]) => kept.get(`${name} ${size}`));
  if (drawings.length === views.length && drawings.every((drawing, i) => views[i].drawing === drawing)) return;
  views = drawings.map(build);
  part(".drawings").replaceChildren(...views.map(({ box }) => box));
  draw();
}
let timer = 0;
function later(act) {
  clearTimeout(timer);
  timer = setTimeout(act, 150);
}
menus.forEach((menu, i) => menu.addEventListener("change", () => {
  chosen = [menus[0].value, menus[1].value].filter((name, place) => name && (place === i || name !== menu.value));
  refresh();
}));
range.addEventListener("input", () => (told.textContent = `${range.value} px`));
range.addEventListener("change", () => {
  side = +range.value;
  refresh();
});
function table() {
  const rows = [...networks.values()].map(({ name, title, year, usual, weighted, parameters, macs, field, gated }) => `<tr><td><button type="button" data-name="${escape(name)}">${escape(title)}</button></td><td>${year}</td><td>${usual} px</td><td>${weighted}</td><td title="${whole(parameters)}">${short(parameters)}</td><td title="${whole(macs)}">${short(macs)}</td><td>${whole(field)} px${gated ? " *" : ""}</td></tr>`).join("");
  const star = [...networks.values()].some(({ gated }) => gated) ? "<br>* By its windows alone; its gates weigh every channel by the mean of the whole map." : "";
  part(".table").innerHTML = `<table><caption>Layers with weights count the convolutions on shortcuts too, which a ResNet's name leaves out.${star}</caption><thead><tr>${["Network", "Year", "Picture", "Layers with weights", "Parameters", "Multiply-adds", "A value of the last map sees"].map((title) => `<th scope="col">${title}</th>`).join("")}</tr></thead><tbody>${rows}</tbody></table>`;
}
part(".table").addEventListener("click", (event) => {
  const name = event.target.closest("button")?.dataset.name;
  if (!name) return;
  chosen = [name, ...chosen.slice(1).filter((other) => other !== name)];
  refresh();
});
function fill() {
  const all = [...networks.values()], option = ({ name, title, year }) => `<option value="${escape(name)}">${escape(title)} · ${year}</option>`;
  const ours = all.filter((each) => each.ours), groups = all.filter((each) => !each.ours).map(option).join("") + (ours.length ? `<optgroup label="As released here">${ours.map(option).join("")}</optgroup>` : "");
  menus[0].innerHTML = groups;
  menus[1].innerHTML = `<option value="">none</option>${groups}`;
  table();
}
function receive() {
  const value = props.value;
  for (const drawing of value?.drawings ?? []) kept.set(`${drawing.architecture} ${drawing.size}`, drawing);
  if (value?.networks) {
    networks = new Map(value.networks.map((each) => [each.name, each]));
    if (!chosen.length) chosen = value.chosen;
    fill();
  }
  if (!networks.size) return;
  refresh();
  root.classList.add("ready");
}
// gradio fades a part to a fifth while Python computes for it; a choice is too short for that.
element.closest(".html-container")?.style.setProperty("opacity", "1", "important");
new ResizeObserver(draw).observe(part(".drawings"));
new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ["class"] });
watch("value", receive);
receive();
