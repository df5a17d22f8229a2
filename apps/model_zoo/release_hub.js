const root = element.querySelector("div");
root.className = "release-hub";
let release = "";

const make = (tag, className, text = "") => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.textContent = text;
  return node;
};

const STATES = {
  pinned: "the tag is on the pinned commit",
  moved: "✗ the tag was moved: do not use it",
  missing: "✗ the tag is gone",
  unpinned: "known here, not pinned",
  unknown: "not in this catalog",
};

const head = make("div", "title");
const ask = make("button", "ask", "Ask the Hub");
ask.type = "button";
const status = make("span", "status");
status.setAttribute("role", "status");
head.append(make("h4", "", "On the Hub"), ask, status);
const table = make("table");
const titles = table.createTHead().insertRow();
for (const title of ["version", "repo", "pinned commit", "on the Hub", ""]) {
  const cell = make("th", "", title);
  cell.scope = "col";
  titles.append(cell);
}
const body = table.createTBody();
root.append(head, table);

function say(text, mood = "") {
  status.className = `status ${mood}`;
  status.replaceChildren(
    ...text.split("`").map((part, index) => (index % 2 ? make("code", "", part) : document.createTextNode(part))),
  );
}

ask.addEventListener("click", () => {
  say("Asking …");
  trigger("select", { release });
});

function line(row) {
  const node = make("tr");
  const commit = make("td", "commit", (row.pinned ?? "–").slice(0, 12));
  if (row.pinned) commit.title = row.pinned;
  const bad = row.state === "moved" || row.state === "missing";
  const state = make("td", bad ? "state bad" : "state", STATES[row.state] ?? "not asked yet");
  if (row.state === "moved") state.title = `It is on ${row.commit} now`;
  const last = make("td", "act");
  if (row.pinned) {
    const button = make("button", "read", "Read back");
    button.type = "button";
    button.setAttribute("aria-label", `Read ${row.version} back from the Hub and hash it`);
    button.addEventListener("click", () => {
      say(`Reading ${row.version} back and hashing it …`);
      trigger("submit", { release, version: row.version });
    });
    last.append(button);
  }
  node.append(make("td", "version", row.version), make("td", "repo", row.repo), commit, state, last);
  return node;
}

function draw() {
  const value = props.value;
  root.hidden = !value?.release;
  if (root.hidden) return;
  if (value.asks !== undefined) {
    release = value.release;
    ask.hidden = !value.asks;
  }
  if (value.release !== release) return; // an answer about a release that is no longer open
  if (value.rows) {
    body.replaceChildren(...value.rows.map(line));
    table.hidden = !value.rows.length;
  }
  if (value.verdict) say(`${value.verdict.whole ? "✓" : "✗"} ${value.verdict.message}`, value.verdict.whole ? "whole" : "bad");
  else say(value.note ?? "");
}

watch("value", draw);
draw();
