// @ts-check
/*
The browser's kit: what the scripts of the widgets stand on. The page loads it once; the other files of this folder
stand before this one, which says what they hand out. A widget's script finds it as `kit`, beside gradio's `element`,
`props`, `trigger`, `watch`, `upload` and `server`:

    const { make, percent, plural } = kit;
    const { root, part, parts, style } = kit.widget(element, "widget", `<canvas tabindex="0"></canvas><p></p>`);
    kit.keepOpaque(element);                                         // Python's work does not fade it
    const view = kit.panel(part("canvas"));
    const draw = kit.redraw(root, () => {                            // size or theme changed, or draw() was called
      if (!view.fit(1)) return;                                      // hidden
      kit.paint(8, 8, (i) => kit.SEQUENTIAL[codes[i]], small);
      view.pen.drawImage(small, 0, 0, view.canvas.width, view.canvas.height);
    });
    kit.steer(view.canvas, { size: () => [8, 8], at: () => spot, choose: (place) => move(place) });
    const want = kit.asking(root, () => answer?.spot === `${spot}`, () => trigger("select", { spot }));
    const mark = kit.choice(root, "way", (way) => { mark(way); draw(); });   // buttons with data-way
    part("p").replaceChildren(make("b", "7"), make("span.quiet", { title: "…" }, ` of ${plural(9, "map")}`));
    const curve = kit.plot(part(".curve"), { read: (index, x) => `epoch ${x}` });
    curve.show({ label: "…", x: { label: "epoch" }, y: { label: "loss, nats" }, series: [{ points }], steps });
    curve.show({ …, spots: [{ key, name, label, x, y }], chosen: key }); // points, for kit.choice(root, "spot", …)
    kit.saveCsv("maps.csv", [["row", "value"], ...rows]);
    kit.answerBars(part(".answers"), "all heads on").show(answers, "2 heads off", true);      // before and now
    kit.play(root, { count: 9, step: (index) => show(index) });      // by itself, once, until the visitor takes over
    const field = kit.orbits(host, { wide: 2, across: "x", up: "y", move: (start) => show(start) });
    field.show({ rules: [{ key, name, colour, step: (x, y) => [x - 0.1 * y, y] }], chosen: key, start, count: 100 });
    const moved = (index) => life.go(index);
    const life = kit.frameSlider(part("label"), { show: (frame, index) => curve.go(index), moved });
    kit.keep.write("done w2d3", "yes");                              // in the visitor's browser; read, watch
    kit.camera(part(".camera"), part(".finder"), { take: (file) => add(file), refuse: (sentence) => say(sentence) });
    part("p").append(kit.term("token", "tokens"));                       // a key word of apps/_gallery/glossary.py
    watch("value", receive);
    receive();

What Python knows too (limits, steps of an encoding, methods) is no constant here: it comes in a widget's value.
*/
const parts = Object.freeze({
  // dom.js
  make, svg, set, escapeHtml, widget, keepOpaque, choice, meter, takeFiles,
  // format.js
  clamp, wholeBelow, minus, fixed, signed, number, percent, grouped, short, plural, sides, megabytes, milliseconds,
  duration,
  // palette.js
  CATEGORIES, TEN, SIGNED, SEQUENTIAL, signedColour, viridis, css, pack, pixelOf, gradient,
  // panel.js
  redraw, panel, paint, sheet, decode, loadImage, grey,
  // layers.js
  readHalves, readWeights, linear, convolve, makeUpConvolution, poolMaps,
  // networks.js
  readLeNet, readStyleGenerator,
  // codes.js
  readCodes, pixelOfCode,
  // steer.js
  steer, roving, fraction, cell,
  // plot.js
  plot, plotKey, ticks, decades, reach,
  // bars.js
  answerBars,
  // plane.js
  plane,
  // orbits.js
  orbit, orbits, orbitRules,
  // camera.js
  camera,
  // ask.js
  debounced, askTogether, asking, requests,
  // motion.js
  isStill, play,
  // keep.js
  keep,
  // terms.js
  term,
  // save.js
  save, saveJson, saveCsv, savePng, csv, copy,
  // sprites.js
  sprites,
  // frames.js
  frameSlider, placeFrame,
});
