const root = element.querySelector("div");
root.className = "menu";
root.innerHTML = `
  <label></label><div class="field"><select></select><progress max="1" hidden></progress></div>
  <div class="below"><p class="line" role="status"></p><button type="button" hidden>Stop</button></div>`;
const find = (selector) => root.querySelector(selector);
const select = find("select"), line = find(".line"), bar = find("progress"), stop = find("button");
const id = `network-menu-${Math.random().toString(36).slice(2)}`;
find("label").htmlFor = select.id = id;
line.id = `${id}-line`;
select.setAttribute("aria-describedby", line.id);

let groups = "[]"; // as they are drawn
let note = "";
let chosen = null; // what Python gets
let wanted = null; // what is being fetched
let timer = 0;
const PASSING = 600; // milliseconds: arrow keys pass through a closed select's options, and passing fetches nothing

const option = (value) => [...select.options].find((each) => each.value === value);
const megabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);

function say(text, problem = false) {
  if (line.textContent !== text) line.textContent = text;
  line.classList.toggle("problem", problem);
}
function rest() {
  wanted = null;
  bar.hidden = stop.hidden = true;
  select.value = chosen ?? "";
  say(note);
}
function choose(value) {
  chosen = value;
  props.value = { chosen };
  rest();
  trigger("input");
}
function fill(list) {
  if (JSON.stringify(list) === groups) return;
  groups = JSON.stringify(list);
  const shown = wanted ?? chosen ?? "";
  select.replaceChildren(
    ...list.flatMap(({ label, options }) => {
      const made = options.map(({ value, text, title = "", fetch = false, off = false }) => {
        const entry = new Option(text, value);
        entry.title = title;
        entry.disabled = off;
        entry.dataset.fetch = fetch ? "yes" : "";
        return entry;
      });
      if (!label) return made;
      const group = document.createElement("optgroup");
      group.label = label;
      group.append(...made);
      return [group];
    }),
  );
  select.value = shown;
}
select.addEventListener("change", () => {
  clearTimeout(timer);
  const picked = option(select.value);
  if (!picked?.dataset.fetch) return choose(select.value);
  wanted = picked.value;
  bar.removeAttribute("value");
  bar.setAttribute("aria-label", `Fetching ${wanted}`);
  bar.hidden = stop.hidden = false;
  say(`Fetching ${wanted} …`);
  timer = setTimeout(() => trigger("select", { network: wanted }), PASSING);
});
stop.addEventListener("click", () => {
  clearTimeout(timer);
  rest();
  select.focus();
  trigger("stop");
});

function receive() {
  const value = props.value ?? {};
  if (!value.groups && !value.fetching && !value.refused) return;
  if (value.label) find("label").textContent = value.label;
  if ("chosen" in value) chosen = value.chosen;
  if (value.groups) {
    note = value.note ?? "";
    fill(value.groups);
  }
  props.value = { chosen };
  if (value.fetched && value.fetched === wanted) return choose(wanted);
  if (value.refused && value.refused === wanted) {
    rest();
    return say(value.problem, true);
  }
  if (value.fetching && value.fetching === wanted) {
    bar.max = Math.max(value.total, 1);
    bar.value = value.done;
    // Numbers are for the eye; a screen reader reads the bar when it is asked.
    line.setAttribute("aria-live", "off");
    say(`Fetching ${wanted}: ${megabytes(value.done)} of ${megabytes(value.total)} MB`);
    line.removeAttribute("aria-live");
  }
  if (!wanted && !line.classList.contains("problem")) rest();
}
// gradio fades a part to a fifth while Python computes for it.
element.closest(".html-container")?.style.setProperty("opacity", "1", "important");
watch("value", receive);
receive();
