const root = element.querySelector("div");
root.className = "release-facts";

const make = (tag, className, text = "") => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.textContent = text;
  return node;
};

function block(title, text) {
  const head = make("div", "title");
  const button = make("button", "copy", "Copy");
  button.type = "button";
  button.setAttribute("aria-label", `Copy: ${title.toLowerCase()}`);
  button.addEventListener("click", () => tenweeks.copy(text));
  head.append(make("h4", "", title), button);
  const code = make("pre");
  code.tabIndex = 0;
  code.append(make("code", "", text));
  return [head, code];
}

function list(pairs) {
  const facts = make("dl");
  for (const [name, value] of pairs) facts.append(make("dt", "", name), make("dd", "", value));
  return facts;
}

function versions(value) {
  const line = make("div", "versions");
  line.append(make("span", "", value.versions.length > 1 ? "versions" : "version"));
  for (const version of value.versions) {
    const carried = value.carried.find((each) => each.version === version);
    const current = value.release.endsWith(`@${version}`);
    const part = make(carried && !current ? "button" : "span", current ? "current" : "", version);
    if (current) part.setAttribute("aria-current", "true");
    if (part.tagName === "BUTTON") {
      part.type = "button";
      part.addEventListener("click", () => trigger("select", { release: carried.release }));
    }
    if (!carried) part.title = "Known to the catalog, not carried here";
    line.append(part);
  }
  return line;
}

function draw() {
  const value = props.value;
  root.hidden = !value?.release;
  if (root.hidden) return;
  root.replaceChildren(
    ...(value.load ? block("Load it", value.load) : []),
    list(value.facts),
    versions(value),
    ...block("Make it again", value.command),
    list(value.making),
  );
}

watch("value", draw);
draw();
