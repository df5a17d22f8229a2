// @ts-check
// The files of a release with their digests, and a button that has all of them hashed again.
const { make, set } = kit;
const { root } = kit.widget(element, "release-files");
const verdict = make("span.verdict", { role: "status" }), body = make("tbody");
const button = make("button.verify", { onclick: verify }, "Verify");
const titles = ["file", "size", "SHA-256"].map((title) => make("th", { scope: "col" }, title));
const summary = make("summary");
root.append(make("div.title", button, verdict),
  make("details", summary, make("table", make("thead", make("tr", titles)), body)));
let release = "";

const say = (text, state = "") => set(verdict, { class: `verdict ${state}`, text });
function verify() {
  say("Hashing every file …");
  trigger("submit", { release });
}

function draw() {
  const value = props.value;
  if (value?.files) {
    release = value.release;
    set(summary, { text: `${kit.plural(value.files.length, "file")} and their digests` });
    body.replaceChildren(...value.files.map(({ file, bytes, text, sha256 }) => make("tr", make("td.file", file),
      make("td.size", { title: kit.plural(bytes, "byte") }, text), make("td.digest", sha256))));
  }
  set(root, { hidden: !value?.release });
  if (value?.release !== release) return;
  const found = value.verdict;
  if (found) say(`${found.whole ? "✓" : "✗"} ${found.message}`, found.whole ? "whole" : "damaged");
  else say("hashes all of its files again");
}

watch("value", draw);
draw();
