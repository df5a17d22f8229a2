// @ts-check
// What the visitor's own browser keeps beyond a reload; nothing of it is sent.

const KEPT = "tenweeks:";
/** What the browser would not store: it holds until the page is closed. @type {Map<string, string | null>} */
const unkept = new Map();
/** @type {Set<() => void>} */
const keepers = new Set();
const tellKeepers = () => keepers.forEach((act) => act());
addEventListener("storage", ({ key }) => (key === null || key.startsWith(KEPT)) && tellKeepers());

/** Texts by name, each under a key of its own, so that two windows never overwrite each other's. */
const keep = Object.freeze({
  /** @param {string} name @returns {string | null} */
  read(name) {
    if (unkept.has(name)) return unkept.get(name) ?? null;
    try {
      return localStorage.getItem(KEPT + name);
    } catch {
      return null; // the browser forbids it
    }
  },
  /** @param {string} name @param {string | null} text null forgets it */
  write(name, text) {
    unkept.delete(name);
    try {
      if (text === null) localStorage.removeItem(KEPT + name);
      else localStorage.setItem(KEPT + name, text);
    } catch {
      unkept.set(name, text); // full, or forbidden
    }
    tellKeepers();
  },
  /** How long what was written lasts, in a sentence. */
  promise: () => unkept.size
    ? "This browser stores nothing here: your marks last until you close the page."
    : "Kept in this browser; nothing is sent.",
  /** Call `act` after each change, in this window or another. @param {() => void} act */
  watch: (act) => void keepers.add(act),
});
