const root = element.querySelector("div");
root.className = "release-files";
let release = "";

const make = (tag, className, text = "") => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.textContent = text;
  return node;
};

const head = make("div", "title");
const button = make("button", "verify", "Verify");
button.type = "button";
const verdict = make("span", "verdict");
verdict.setAttribute("role", "status");
head.append(make("h4", "", "Files"), button, verdict);
const table = make("table");
const titles = table.createTHead().insertRow();
for (const title of ["file", "size", "SHA-256"]) {
  const cell = make("th", "", title);
  cell.scope = "col";
  titles.append(cell);
}
const body = table.createTBody();
root.append(head, table);

button.addEventListener("click", () => {
  verdict.className = "verdict";
  verdict.textContent = "Hashing every file …";
  trigger("submit", { release });
});

function draw() {
  const value = props.value;
  if (value?.files) {
    release = value.release;
    body.replaceChildren(
      ...value.files.map((file) => {
        const line = make("tr");
        const size = make("td", "size", file.text);
        size.title = `${file.bytes.toLocaleString("en")} bytes`;
        line.append(make("td", "file", file.file), size, make("td", "digest", file.sha256));
        return line;
      }),
    );
  }
  root.hidden = !value?.release;
  if (value?.release !== release) return;
  verdict.className = `verdict ${value.verdict ? (value.verdict.whole ? "whole" : "damaged") : ""}`;
  verdict.textContent = value.verdict ? `${value.verdict.whole ? "✓ " : "✗ "}${value.verdict.message}` : "";
}

watch("value", draw);
draw();
