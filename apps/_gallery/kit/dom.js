// @ts-check
// Elements: made, found, marked, kept from fading; files that a visitor hands over.

/**
 * Set attributes of a node. `text` is its text; `aria`, `data` and `style` hold names of their own; `on…` listens;
 * `value` and `checked` are properties; null and false take an attribute away, true leaves it empty.
 * @template {Element} T
 * @param {T} node
 * @param {Record<string, any>} attributes
 * @returns {T}
 */
function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && typeof value === "object")
      for (const [key, each] of Object.entries(value))
        if (name === "style") /** @type {any} */ (node).style.setProperty(key, each);
        else attribute(node, `${name}-${key}`, name === "aria" && each != null ? `${each}` : each);
    else if (name === "value" || name === "checked") /** @type {any} */ (node)[name] = value;
    else if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (name !== "text") attribute(node, name, value);
    // The same text again would be read out again.
    else if (node.textContent !== `${value}`) node.textContent = value;
  }
  return node;
}
/** @param {Element} node @param {string} name @param {any} value */
function attribute(node, name, value) {
  if (value == null || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : value);
}

/** @param {Element} node @param {string[]} classes @param {any[]} content attributes first, if any; lists are opened */
function grow(node, classes, content) {
  if (classes.length) node.setAttribute("class", classes.join(" "));
  const plain = content[0] != null && Object.getPrototypeOf(content[0]) === Object.prototype;
  if (plain) set(node, content[0]);
  node.append(...content.slice(plain ? 1 : 0).flat(Infinity).filter((each) => each != null && each !== false));
  return node;
}
/**
 * An element: make("td.size", { title: "…" }, "12 kB", make("b", "!"), more). A button is of type "button".
 * @param {string} tag with classes @param {...any} content
 * @returns {any}
 */
function make(tag, ...content) {
  const [name, ...classes] = tag.split("."), node = document.createElement(name);
  if (name === "button") node.setAttribute("type", "button");
  return grow(node, classes, content);
}
/**
 * The same for a drawing: svg("path.line", { d: "M0 0H9" }).
 * @param {string} tag @param {...any} content
 * @returns {any}
 */
function svg(tag, ...content) {
  const [name, ...classes] = tag.split(".");
  return grow(document.createElementNS("http://www.w3.org/2000/svg", name), classes, content);
}
/** Text that may stand in HTML. @param {any} text */
const escapeHtml = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/**
 * A widget's own <div>, filled, and how to find things in it; `style("--color-accent")` is a colour of the theme.
 * @param {Element} element what gradio hands the script @param {string} className @param {string} [html]
 */
function widget(element, className, html = "") {
  const root = /** @type {HTMLElement} */ (element.querySelector("div"));
  root.className = className;
  root.innerHTML = html;
  return {
    root,
    /** @param {string} selector @returns {any} */
    part: (selector) => root.querySelector(selector),
    /** @param {string} selector @returns {any[]} */
    parts: (selector) => [...root.querySelectorAll(selector)],
    /** @param {string} name */
    style: (name) => getComputedStyle(root).getPropertyValue(name).trim(),
  };
}
/** gradio fades a part to a fifth while Python computes for it; not this one. @param {Element} element */
function keepOpaque(element) {
  const box = /** @type {HTMLElement | null} */ (element.closest(".html-container"));
  box?.style.setProperty("opacity", "1", "important");
}

/**
 * Buttons and the like with data-NAME, now and later: a click, Enter and Space choose; what is returned marks those
 * that are pressed, by value or predicate.
 * @param {Element} root @param {string} name @param {(value: string, button: HTMLElement) => void} choose
 */
function choice(root, name, choose) {
  const press = (/** @type {Event} */ event) => {
    const button = /** @type {Element} */ (event.target).closest(`[data-${name}]`);
    if (!button || !root.contains(button)) return;
    if (event.type === "keydown") event.preventDefault();
    choose(button.getAttribute(`data-${name}`) ?? "", /** @type {any} */ (button));
  };
  root.addEventListener("click", press);
  // A button's own click comes of these keys; what is no button has none.
  root.addEventListener("keydown", (/** @type {any} */ event) => {
    if (["Enter", " "].includes(event.key) && event.target.matches(`[data-${name}]:not(button)`)) press(event);
  });
  /** @param {any} pressed */
  const mark = (pressed) => {
    const is = typeof pressed === "function" ? pressed : (/** @type {string} */ value) => value === `${pressed}`;
    for (const button of root.querySelectorAll(`[data-${name}]`))
      set(button, { aria: { pressed: is(button.getAttribute(`data-${name}`)) } });
  };
  return mark;
}

/**
 * A bar from 0 to 1 in a track: fill a <div> with it, or move the one that it has.
 * @param {HTMLElement} track @param {string} label @param {number} share @param {string} [text] how it is said
 */
function meter(track, label, share, text) {
  const now = (100 * share).toFixed(1), aria = { label, valuemin: 0, valuemax: 100, valuenow: now, valuetext: text };
  if (!track.firstElementChild) track.append(make("div.fill"));
  set(/** @type {Element} */ (track.firstElementChild), { style: { width: `${100 * share}%` } });
  return set(track, { role: "meter", aria });
}

/**
 * Files, chosen, dropped or pasted.
 * @param {{ button?: Element, input?: HTMLInputElement, target?: Element, paste?: Element }} ways
 * @param {(files: File[]) => void} take
 */
function takeFiles({ button, input, target, paste }, take) {
  /** @param {FileList | null | undefined} files */
  const hand = (files) => files?.length && take([...files]);
  button?.addEventListener("click", () => input?.click());
  input?.addEventListener("change", () => {
    hand(input.files);
    input.value = ""; // so that the same files can be chosen again
  });
  paste?.addEventListener("paste", (event) => hand(/** @type {ClipboardEvent} */ (event).clipboardData?.files));
  for (const type of ["dragover", "dragleave", "drop"])
    target?.addEventListener(type, (event) => {
      const { relatedTarget, dataTransfer } = /** @type {DragEvent} */ (event);
      if (type === "dragleave" && target.contains(/** @type {Node} */ (relatedTarget))) return;
      target.classList.toggle("target", type === "dragover");
      event.preventDefault();
      if (type === "drop") hand(dataTransfer?.files);
    });
}
