// @ts-check
// What a network answers before and now: a title, a row for each class, and what the colours mean.

/** As `apps._networks.answers.compare_answers` makes them, probabilities and scores.
 * @typedef {{ label: string, before: number, after: number, score_before: number, score_after: number }} Answer */

/** "still cat", or "cat becomes frog". @param {Answer[]} answers */
function sayOutcome(answers) {
  const [before, after] = /** @type {("before" | "after")[]} */ (["before", "after"]).map((time) =>
    answers.reduce((best, row) => (row[time] > best[time] ? row : best)).label);
  return before === after ? `still ${after}` : `${before} becomes ${after}`;
}

/**
 * Fill a box with such bars. `show` draws the seven leading answers under a title, which says the outcome too where
 * something is `changed`; `wait` shows that Python is asked.
 * @param {HTMLElement} box @param {string} whole what grey stands for
 */
function answerBars(box, whole) {
  const title = make("p.title", { role: "status" }), rows = make("div.rows");
  const share = (/** @type {number} */ probability) => percent(probability).replace(" %", "");
  const bar = (/** @type {string} */ time, /** @type {number} */ probability) =>
    make(`i.${time}`, { style: { width: `${100 * probability}%` } });
  box.classList.add("kit-bars");
  box.replaceChildren(title, rows, make("p.legend", `grey: ${whole} · blue: now`));
  return {
    wait: () => set(title, { text: "…" }),
    show(/** @type {Answer[]} */ answers, /** @type {string} */ what, /** @type {boolean} */ changed) {
      set(title, { text: changed ? `${what}: ${sayOutcome(answers)}` : what });
      const pair = (/** @type {string} */ first, /** @type {string} */ second) =>
        changed ? `${first} → ${second}` : second;
      const head = make("div.row.head", make("span"), make("span"),
        make("span.probability", term("probability"), ", %"), make("span.score", term("score")));
      rows.replaceChildren(head, ...answers.slice(0, 7).map((answer) => make("div.row",
        make("span.label", { title: answer.label }, answer.label),
        make("span.bars", bar("before", answer.before), bar("after", answer.after)),
        make("span.probability", pair(share(answer.before), share(answer.after))),
        make("span.score", pair(fixed(answer.score_before, 1), fixed(answer.score_after, 1))))));
    },
  };
}
