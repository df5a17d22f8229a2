// @ts-check
// Each of a generator's pictures above the training picture that lies nearest to it; asked for when it is opened.
const { make, set } = kit;
const { root, part } = kit.widget(element, "nearest", `
  <details><summary>Is it copied? The nearest training pictures</summary>
    <p class="says" role="status">Looking …</p><p class="missing" role="status"></p><div class="pairs"></div>
  </details>`);
kit.keepOpaque(element);
const fold = part("details"), tab = /** @type {HTMLElement} */ (root.closest(".tabitem"));
/** @type {any} */
let found = null;

const isAnswered = () => found?.asked === tab.dataset.chosen;
const want = kit.asking(root, isAnswered, () => trigger("select", { network: tab.dataset.chosen }), { wait: 0 });
function follow() {
  if (!fold.open || !tab.dataset.chosen) return;
  root.classList.toggle("waiting", !isAnswered());
  want();
}
fold.addEventListener("toggle", follow);
tab.addEventListener("gan-network", follow);

function show() {
  const { pairs, network, typical, classifier, problem } = found;
  set(part(".missing"), { text: problem });
  if (!pairs) return part(".says").replaceChildren();
  const nearer = pairs.filter((/** @type {any} */ { distance }) => distance < typical).length;
  part(".says").replaceChildren(make("b", `${nearer} of ${pairs.length}`), ` pictures of ${network.split("@")[0]} ` +
    "lie nearer to a training picture than the median of real test pictures, ", make("b", kit.number(typical)),
    `. Distances in the features of ${classifier}, closest first; a copy would lie at 0.`);
  part(".pairs").replaceChildren(...pairs.map((/** @type {any} */ { picture, train, train_picture, distance }) =>
    make("figure", make("img", { src: picture, alt: "generated" }),
      train_picture && make("img", { src: train_picture, alt: `training picture ${kit.grouped(train)}` }),
      make("figcaption", { title: `to training picture ${kit.grouped(train)}` }, kit.fixed(distance, 2)))));
}
function receive() {
  const value = props.value || {};
  if (!value.asked) return;
  found = value;
  root.classList.toggle("waiting", !isAnswered());
  if (isAnswered()) show();
  if (fold.open) want();
}
watch("value", receive);
receive();
