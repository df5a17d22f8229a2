// @ts-check
// A row for each network: how far its samples are from real pictures, and what they leave out.
const { make, set } = kit;
const { part } = kit.widget(element, "quality", `
  <h3></h3><div class="wide"><table><thead></thead><tbody></tbody></table></div><p class="says"></p>`);
const COLUMNS = ["network", "Fréchet distance", "its floor", "precision", "recall", "evenness", "rarest class",
  "nearest training picture"];

function receive() {
  const { rows } = props.value || {};
  if (!rows?.length) return;
  set(part("h3"), { text: `How good, how varied, how new: ${kit.grouped(rows[0].samples)} samples of each` });
  part("thead").replaceChildren(make("tr", COLUMNS.map((name) => make("th", { scope: "col" }, name))));
  part("tbody").replaceChildren(...rows.map((/** @type {any} */ row) => {
    const seeds = [Math.min(...row.frechet_by_seed), Math.max(...row.frechet_by_seed)].map((each) => kit.number(each));
    return make("tr", make("th", { scope: "row" }, row.network.split("@")[0]),
      make("td", { title: `from ${seeds[0]} to ${seeds[1]} with three seeds` }, kit.number(row.frechet)),
      make("td", kit.number(row.frechet_floor)),
      make("td", row.precision.toFixed(2)), make("td", row.recall.toFixed(2)),
      make("td", row.entropy.toFixed(3)),
      make("td", `${row.rarest.label}: ${row.rarest.share ? kit.percent(row.rarest.share) : "none"}`),
      make("td", `${kit.number(row.nearest)}, test pictures ${kit.number(row.nearest_typical)}`));
  }));
  const judges = [...new Set(rows.map((/** @type {any} */ { classifier }) => classifier))].join(" and ");
  set(part(".says"), { text: `In the features of ${judges}. The floor is the distance between two halves of the real ` +
    "test pictures. Evenness is the entropy of the classes as a share of the largest there can be. A copyist's " +
    "pictures would lie nearer to a training picture than test pictures do." });
}
watch("value", receive);
receive();
