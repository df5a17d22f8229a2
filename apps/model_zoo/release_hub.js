// @ts-check
// Where the versions of a release are on the Hub: what the catalog pins, what the Hub answers, and reading them back.
const { make, set } = kit;
const { root } = kit.widget(element, "release-hub");
const STATES = {
  pinned: "the tag is on the pinned commit",
  moved: "✗ the tag was moved: do not use it",
  missing: "✗ the tag is gone",
  unpinned: "known here, not pinned",
  unknown: "not in this catalog",
};
const status = make("span.status", { role: "status" }), body = make("tbody");
const ask = make("button.ask", { onclick: askHub }, "Ask the Hub");
const table = make("table", { aria: { label: "Versions on the Hub" } }, body);
root.append(make("div.title", ask, status), table);
let release = "";

/** A sentence; what stands between backticks is code. */
function say(text, state = "") {
  set(status, { class: `status ${state}` });
  status.replaceChildren(...text.split("`").map((part, index) => (index % 2 ? make("code", part) : part)));
}
function askHub() {
  say("Asking …");
  trigger("select", { release });
}
function readBack(version) {
  say(`Reading ${version} back and hashing it …`);
  trigger("submit", { release, version });
}

function drawVersion({ version, repo, pinned, commit, state }) {
  const aria = { label: `Read ${version} back from the Hub and hash it` };
  const bad = state === "moved" || state === "missing" ? ".bad" : "";
  const title = state === "moved" ? `It is on ${commit} now` : null;
  return make("tr",
    make("td.version", version),
    make("td.repo", repo),
    make("td.commit", { title: pinned && "The commit that the catalog pins" }, pinned?.slice(0, 12) ?? "not pinned"),
    make(`td.state${bad}`, { title }, STATES[state] ?? "not asked yet"),
    make("td.act", pinned && make("button.read", { aria, onclick: () => readBack(version) }, "Read back")));
}

function draw() {
  const value = props.value;
  set(root, { hidden: !value?.release });
  if (root.hidden) return;
  if (value.opens) release = value.release;
  if (value.release !== release) return; // an answer about a release that is no longer open
  if (value.rows) {
    body.replaceChildren(...value.rows.map(drawVersion));
    set(table, { hidden: !value.rows.length });
  }
  const found = value.verdict;
  if (found) say(`${found.whole ? "✓" : "✗"} ${found.message}`, found.whole ? "whole" : "bad");
  else say(value.note ?? "");
}

watch("value", draw);
draw();
