// @ts-check
// What either generator makes of a picture of its own kind, which it should leave alone, and of others.
const { make } = kit;
const { root, part } = kit.widget(element, "widget", `
  <h3>What is of its kind, it should leave alone</h3>
  <table><thead></thead><tbody></tbody></table><p class="says"></p>`);
kit.keepOpaque(element);
/** @type {any[]} Two drawn flowers, in the order of the kinds. */
let drawn = [];
/** @type {any} */
let own = null;
/** A mean change of a value, in 255ths. @param {number} value */
const levels = (value) => kit.fixed(255 * value, 1);

function show() {
  const kinds = drawn[0].ways.map((/** @type {any} */ { kind }) => kind);
  const picture = (/** @type {string} */ src, /** @type {string} */ alt) => make("img", { src, alt });
  part("thead").replaceChildren(make("tr", make("th", { scope: "col" }, "as it is"),
    kinds.map((/** @type {string} */ kind) => make("th", { scope: "col" }, `made a ${kind}`))));
  part("tbody").replaceChildren(...[...drawn, own].filter(Boolean).map(({ name, input, ways }, row) => make("tr",
    make("td", picture(input, name), make("span", name)),
    ways.map((/** @type {any} */ { kind, picture: made, change }, /** @type {number} */ column) =>
      make(row === column ? "td.same" : "td", picture(made, `${name}, made a ${kind}`),
        make("span", levels(change)))))));
  const change = (/** @type {number} */ row, /** @type {number} */ column) =>
    make("b", levels(drawn[row].ways[column].change));
  part(".says").replaceChildren(
    `Mean change of a value, of 255. Framed: a generator's own kind. The drawn ${kinds[0]} changes by `,
    change(0, 0), " where it should stay, and by ", change(0, 1), ` on its way; the drawn ${kinds[1]} by `,
    change(1, 1), " and ",
    change(1, 0), ".");
}
function receive() {
  const value = props.value || {};
  if (value.rows) drawn = value.rows;
  if (value.own) own = value.own;
  root.hidden = !drawn.length;
  if (drawn.length) show();
}
watch("value", receive);
receive();
