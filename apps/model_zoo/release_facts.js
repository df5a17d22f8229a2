// @ts-check
// How a release is loaded and how it was made: lines to copy, figures, and its other versions.
const { make, set } = kit;
const { root } = kit.widget(element, "release-facts");

/** Lines below a title, with a button that copies them. */
function drawLines(title, text) {
  const copy = { aria: { label: `Copy: ${title.toLowerCase()}` }, onclick: () => tenweeks.copy(text) };
  const head = make("div.title", make("h4", title), make("button.copy", copy, "Copy"));
  return [head, make("pre", { tabindex: 0 }, make("code", text))];
}
const drawPairs = (pairs) => make("dl", pairs.map(([name, value]) => [make("dt", name), make("dd", value)]));

/** Each version; those that are within reach, and not open, are buttons. */
function drawVersions({ release, versions, reachable }) {
  return make("div.versions", make("span", versions.length > 1 ? "versions" : "version"), versions.map((version) => {
    const reference = reachable.find((each) => each.version === version)?.release;
    const title = reference ? null : "Known to the catalog, not carried here";
    if (release.endsWith(`@${version}`)) return make("span.current", { title, aria: { current: true } }, version);
    if (!reference) return make("span", { title }, version);
    return make("button", { onclick: () => trigger("select", { release: reference }) }, version);
  }));
}

function draw() {
  const value = props.value;
  set(root, { hidden: !value?.release });
  if (root.hidden) return;
  root.replaceChildren(
    ...(value.load ? drawLines("Load it", value.load) : []),
    drawPairs(value.facts),
    drawVersions(value),
    make("details", make("summary", "How it was made"), drawLines("Make it again", value.command),
      drawPairs(value.making)),
  );
}

watch("value", draw);
draw();
