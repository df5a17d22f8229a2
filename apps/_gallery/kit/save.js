// @ts-check
// What a visitor takes along: a file, a picture, a table, text for the clipboard.

/** Download a file; its name is made safe. @param {string} name @param {BlobPart} content @param {string} [type] */
function save(name, content, type = "text/plain") {
  const link = make("a", { download: name.replace(/[^\w.@-]+/g, "-") });
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
/** @param {string} name @param {any} value */
const saveJson = (name, value) => save(name, `${JSON.stringify(value, null, 1)}\n`, "application/json");
/** @param {string} name @param {any[][]} rows the first holds the titles */
const saveCsv = (name, rows) => save(name, csv(rows), "text/csv");
/** A line for each row; a cell with a comma, a quote or a new line is quoted. @param {any[][]} rows */
const csv = (rows) =>
  rows.map((row) => `${row.map(quoted).join()}\n`).join("");
const quoted = (/** @type {any} */ each) => (/[",\n]/.test(each) ? `"${`${each}`.replaceAll('"', '""')}"` : each);
/** A picture of its own size. @param {string} name @param {number} width @param {number} height
 * @param {(pen: CanvasRenderingContext2D, width: number, height: number) => void} draw */
function savePng(name, width, height, draw) {
  const canvas = make("canvas", { width, height });
  draw(canvas.getContext("2d"), width, height);
  canvas.toBlob((/** @type {Blob} */ blob) => save(name, blob, "image/png"), "image/png");
}
/** Into the clipboard; a page without HTTPS has no clipboard object. @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = make("textarea", { value: text });
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}
