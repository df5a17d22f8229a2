// @ts-check
// Asking Python: after a rest, again where gradio lost the event, and without mixing up the answers.

/** Calls `act` once nobody has called for `wait` ms; `wait` may differ from call to call. */
function debounced(/** @type {() => void} */ act, wait = 180) {
  let timer = 0;
  const call = (/** @type {number} */ after = wait) => {
    clearTimeout(timer);
    timer = setTimeout(act, after);
  };
  call.cancel = () => clearTimeout(timer);
  return call;
}

/** @type {WeakMap<Element, number>} */
const moments = new WeakMap();

/** Menus of one tab that choose in the same moment, as a link has them do, ask once: the last of them. */
function askTogether(/** @type {Element} */ root, /** @type {() => void} */ ask) {
  const tab = root.closest(".tabitem") ?? root;
  clearTimeout(moments.get(tab));
  moments.set(tab, setTimeout(ask));
}

/**
 * Ask until the answer is there: for what is shown as it comes, where only the latest wish counts.
 *
 * Of events that follow each other quickly gradio may drop the last, or answer an old one: so `send` is called once
 * the wish has rested for `wait` ms, and again after each of `again`, until `settled` or the widget is gone. An answer
 * says what it is about; `settled` compares that with what is wanted now. Call `want()` at each wish and each answer.
 * @param {Element} root @param {() => any} settled @param {() => void} send
 * @param {{ wait?: number, again?: number[] }} [how]
 */
function asking(root, settled, send, { wait = 180, again = [1000, 2000, 4000] } = {}) {
  let tries = 0;
  const turn = debounced(() => {
    if (settled() || !root.isConnected) return;
    send();
    if (tries < again.length) turn(again[tries++]);
  });
  const want = (after = wait) => {
    tries = 0;
    if (settled()) turn.cancel();
    else turn(after);
  };
  want.cancel = turn.cancel;
  return want;
}

/**
 * Ask and wait, for work that a visitor starts: each request has a number, its `turn`, which every answer names.
 *
 * `ask(event, data)` promises the answer; one with the sentence of a refusal has it as `problem`. While the work goes
 * on, `progress` gets what `isProgress` takes for it. `receive(props.value)` says whether it belonged to a request.
 * After `patience` ms without any word the answer is a problem. `drop` forgets a request that was stopped.
 * @param {(event: string, data?: object) => void} trigger
 * @param {(value: any) => boolean} [isProgress]
 */
function requests(trigger, isProgress = (value) => "done" in value || "ahead" in value) {
  /** @type {Map<number, { resolve: (answer: any) => void, progress: (value: any) => void, rest: any }>} */
  const waiting = new Map();
  let last = 0;
  const settle = (/** @type {number} */ turn, /** @type {any} */ answer) => {
    const request = waiting.get(turn);
    waiting.delete(turn);
    request?.rest.cancel();
    request?.resolve(answer);
  };
  return {
    /**
     * @param {string} event @param {object} data
     * @param {{ patience?: number, progress?: (value: any) => void }} [how]
     */
    ask(event, data, { patience = 0, progress } = {}) {
      const turn = ++last, silence = { problem: "No answer came: try it again." };
      const rest = debounced(() => settle(turn, silence), patience);
      const hear = (/** @type {any} */ value) => {
        if (patience) rest();
        progress?.(value);
      };
      /** @type {Promise<any>} */
      const answer = new Promise((resolve) => waiting.set(turn, { resolve, progress: hear, rest }));
      if (patience) rest();
      trigger(event, { ...data, turn });
      return Object.assign(answer, { turn });
    },
    receive(/** @type {any} */ value) {
      const request = waiting.get(value?.turn);
      if (!request) return false;
      if (!isProgress(value)) settle(value.turn, value);
      else request.progress(value);
      return true;
    },
    drop: (/** @type {number} */ turn) => {
      waiting.get(turn)?.rest.cancel();
      return waiting.delete(turn);
    },
    waits: (/** @type {number} */ turn) => waiting.has(turn),
  };
}
