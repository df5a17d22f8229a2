// @ts-check
/*
The way between tabs, run once in the page's <head>: which tab is shown, what the address says of it, Back and Forward,
where each was left, the rail, and the visitor's picture, which goes along. A widget's script finds it as `tenweeks`:

    const link = tenweeks.link(element);          // of the tab in which the widget stands
    const layer = link.recall("layer");           // what a link says of it, else null; takes it out of the address
    link.remember({ layer: "conv1", channel: 3 }) // the address and Copy link say so from now on; null takes a name out
    link.remember({ day: "w2d3" }, true);         // the same as a step of its own, which Back undoes
    link.follow(({ layer }) => ...);              // a link to this tab was followed while the tab was there already;
                                                  // with nothing in it: from a day back to the map
    await link.opened;                            // its worked example stands: what a link asks for comes after it
    link.shown(() => ...);                        // whenever the tab is shown, first of all now if it is
    const held = link.hold(["layer", "row"], ({ layer, row }) => ...);  // how a link's wishes are shown, if they can be
    held.apply();                                 // after new data: until the visitor chooses, a link's wishes hold
    held.keep({ layer, row });                    // the visitor chose
    tenweeks.copy(text); tenweeks.say("Copied");

Names in use: section, network, second, picture, layer, channel, row, column, block, head, patch, method, against,
label, baseline, first, below, size, kernel, stride, padding, dilation, day, rule, eta, steps, start, step, seed,
truncation, piles, shape, sampler, guidance, dots, blur, crossing, psi, pair, noise, seeds, styles, sources, samples,
draw. An impossible value is nobody's mistake: a widget ignores it, and remembers what it does show. A part with the
elem_id `TAB-NAME` and the class `section` is where `?tab=TAB&section=NAME` leads to. The page follows links to `?tab=…`
and `?day=…` itself.
*/
const tenweeks = (() => {
  const GRADIOS = ["view", "__theme", "deep_link"]; // names in the address that are gradio's own
  /** @type {Map<string, Record<string, string>>} What the address says of each tab. */
  const states = new Map();
  /** @type {Map<string, Record<string, string>>} What a link said, for widgets that are not made yet. */
  const asked = new Map();
  /** @type {Map<string, number>} Where each tab, and each day, was left, in pixels from the top. */
  const places = new Map();
  /** @type {Map<string, { promise: Promise<void>, resolve: () => void }>} */
  const openings = new Map();
  /** @type {{ slug: string, react: (state: Record<string, string>) => void }[]} */
  const followers = [];
  /** @type {{ slug: string, react: () => void }[]} */
  const watchers = [];
  /** @type {{ file: any, name: string } | null} */
  let picture = null;
  let current = "";

  // Before the first widget is made, and before the address is written anew.
  const arrived = new URLSearchParams(location.search);
  const linked = arrived.has("day") ? "roadmap" : arrived.get("tab") ?? "";
  states.set(linked, readState(arrived));
  asked.set(linked, readState(arrived));

  /** @returns {HTMLElement[]} */
  const entries = () => [...document.querySelectorAll("#rail [data-tab]")].map((each) => /** @type {any} */ (each));
  const slugs = () => entries().map((each) => each.dataset.tab ?? "");
  const panel = (/** @type {string} */ slug) => document.getElementById(`tab-${slug}`);
  const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

  /** What an address says of the tab that it names. @param {URLSearchParams} query */
  function readState(query) {
    return Object.fromEntries([...query].filter(([name]) => name !== "tab" && !GRADIOS.includes(name)));
  }
  /** The tab that an address names; the first, if there is none of that name. @param {URLSearchParams} query */
  function readTab(query) {
    const known = slugs(), wanted = query.has("day") ? "roadmap" : query.get("tab") ?? "";
    return known.includes(wanted) ? wanted : known[0] ?? "";
  }
  /** The address of a tab with its state, beginning with "?"; a day stands for its tab. @param {string} slug */
  function write(slug, state = states.get(slug) ?? {}) {
    return `?${new URLSearchParams("day" in state ? state : { tab: slug, ...state })}`;
  }
  /** What is scrolled: a tab, or one of its days. */
  const place = (slug = current) => states.get(slug)?.day ?? slug;
  /** Write into the address what is shown; as a step that Back undoes, or in place of what stood there. */
  function step(push = false) {
    const foreign = [...new URLSearchParams(location.search)].filter(([name]) => GRADIOS.includes(name));
    const to = write(current) + (foreign.length ? `&${new URLSearchParams(foreign)}` : "");
    if (to !== location.search) history[push ? "pushState" : "replaceState"](null, "", to);
  }

  /** The address follows a visitor who scrubs when the hand rests: a browser takes 200 changes in 30 s. */
  const rest = kit.debounced(step, 150);

  /** When a tab shows its worked example. @param {string} slug */
  function opening(slug) {
    let known = openings.get(slug);
    if (!known) {
      let resolve = () => {};
      known = { promise: new Promise((done) => (resolve = done)), resolve };
      openings.set(slug, known);
    }
    return known;
  }
  /** Bring a section of a tab to the top, again when the tab's example has pushed it down. */
  async function goToSection(/** @type {string} */ slug, /** @type {string} */ name) {
    const go = () => current === slug && document.getElementById(`${slug}-${name}`)?.scrollIntoView();
    go();
    await opening(slug).promise;
    await nextFrame();
    go();
  }
  /** Show a tab, scrolled to where it was left, or to the section or day that a link names. */
  async function display(/** @type {string} */ slug, /** @type {Record<string, string>} */ state = {}) {
    const moved = slug !== current;
    current = slug;
    for (const each of entries()) kit.set(each, { aria: { current: each.dataset.tab === slug ? "page" : null } });
    const title = entries().find((each) => each.dataset.tab === slug)?.textContent;
    kit.set(/** @type {Element} */ (document.querySelector(".rail-button .title")), { text: title });
    toggleMenu(false);
    const button = /** @type {HTMLElement | null} */ (document.querySelector(`#tabs [data-tab-id="${slug}"]`));
    if (button?.getAttribute("aria-selected") !== "true") button?.click();
    if (moved) for (const each of watchers) if (each.slug === slug) each.react();
    await nextFrame();
    await nextFrame(); // gradio has shown the tab
    if (current !== slug) return;
    if (state.section) goToSection(slug, state.section);
    else if (!state.day) scrollTo({ top: places.get(place()) ?? 0, behavior: "instant" });
  }
  /** @param {string} slug @param {Record<string, string>} state */
  function tell(slug, state) {
    for (const each of followers) if (each.slug === slug) each.react(state);
  }
  /** Go to a tab, with what a link says of it. @param {string} slug @param {Record<string, string>} state */
  function show(slug, state = {}) {
    step();
    places.set(place(), scrollY);
    if (Object.keys(state).length) {
      asked.set(slug, state);
      states.set(slug, { ...states.get(slug), ...state });
      tell(slug, state);
    }
    if (slug === current && !Object.keys(state).length) {
      const { day, ...rest } = states.get(slug) ?? {};
      states.set(slug, rest);
      // The title of the tab that is shown leads to its top; from a day, to the map where it was left.
      if (day) tell(slug, {});
      else places.delete(place());
    }
    display(slug, state);
    step(true);
  }

  /** @param {boolean} open @param {boolean} [focus] */
  function toggleMenu(open, focus = false) {
    const button = /** @type {HTMLElement | null} */ (document.querySelector(".rail-button"));
    if (!button || (button.ariaExpanded === "true") === open) return;
    button.ariaExpanded = `${open}`;
    document.querySelector(".rail")?.classList.toggle("open", open);
    const to = open ? entries().find((each) => each.dataset.tab === current) : button;
    if (focus) to?.focus();
  }
  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const button = target.closest(".rail-button");
    if (button) return toggleMenu(button.ariaExpanded !== "true", true);
    if (!target.closest(".rail")) toggleMenu(false);
    const anchor = target.closest("a[href^='?']");
    if (!anchor || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const query = new URLSearchParams(anchor.getAttribute("href") ?? ""), slug = readTab(query);
    if (slug !== (query.has("day") ? "roadmap" : query.get("tab"))) return;
    event.preventDefault();
    const listed = anchor.closest(".rail.open");
    show(slug, readState(query));
    if (listed) /** @type {HTMLElement | null} */ (document.querySelector(".rail-button"))?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.querySelector(".rail.open")) toggleMenu(false, true);
  });
  document.addEventListener("focusin", (event) => {
    if (!(/** @type {Element} */ (event.target).closest(".rail"))) toggleMenu(false);
  });
  addEventListener("popstate", () => {
    const query = new URLSearchParams(location.search), slug = readTab(query);
    places.set(place(), scrollY);
    // What else the address says may be older than what the tab shows, which stays as it was left.
    const { day: before, ...rest } = states.get(slug) ?? {}, day = query.get("day");
    states.set(slug, day ? { ...rest, day } : rest);
    display(slug);
    step();
    if (day !== (before ?? null)) tell(slug, day ? { day } : {});
  });

  /** The tab's state with the section that is on the screen: the last that begins above the middle. */
  function readShown() {
    // gradio gives the inner element of a gr.HTML the same classes and an id of its own.
    const parts = [...(panel(current)?.querySelectorAll(`.section[id^="${current}-"]`) ?? [])];
    const last = parts.filter((each) => each.getBoundingClientRect().top < innerHeight / 2).at(-1);
    const { section: _, ...rest } = states.get(current) ?? {};
    return last && scrollY > 0 ? { ...rest, section: last.id.slice(current.length + 1) } : rest;
  }

  return Object.freeze({
    /** @param {Element} element */
    link(element) {
      const slug = element.closest("[id^='tab-'].tabitem")?.id.slice(4) ?? current;
      return Object.freeze({
        recall(/** @type {string} */ name) {
          const { [name]: value = null, ...rest } = asked.get(slug) ?? {};
          const { [name]: _, ...others } = states.get(slug) ?? {};
          asked.set(slug, rest);
          states.set(slug, others);
          return value;
        },
        /** @param {Record<string, any>} values @param {boolean} push */
        remember(values, push = false) {
          const from = place(), all = Object.entries({ ...states.get(slug), ...values });
          const state = all.filter(([, value]) => value != null);
          states.set(slug, Object.fromEntries(state.map(([name, value]) => [name, `${value}`])));
          if (current !== slug) return;
          if (place() !== from) places.set(from, scrollY);
          if (push) step(true);
          else rest();
        },
        /** @param {string[]} names @param {(state: Record<string, string>) => void} show */
        hold(names, show) {
          const pick = (/** @type {Record<string, any>} */ state) =>
            Object.fromEntries(names.filter((name) => state[name] != null).map((name) => [name, state[name]]));
          let wanted = pick(Object.fromEntries(names.map((name) => [name, this.recall(name)])));
          /** Whether a link asks for anything. */
          const apply = () => {
            const asks = Object.keys(wanted).length > 0;
            if (asks) show(wanted);
            return asks;
          };
          this.follow((state) => {
            wanted = pick(state);
            apply();
          });
          return Object.freeze({
            apply,
            keep: (/** @type {Record<string, any>} */ values) => {
              wanted = {};
              this.remember(values);
            },
          });
        },
        follow: (/** @type {(state: Record<string, string>) => void} */ react) => void followers.push({ slug, react }),
        shown(/** @type {() => void} */ react) {
          watchers.push({ slug, react });
          if (current === slug) react();
        },
        opened: opening(slug).promise,
      });
    },
    /** The visitor's own picture, a gradio file with a name, in every tab until it is put away. */
    picture: () => picture,
    /** @param {{ file: any, name: string } | null} own */
    carryPicture(own) {
      picture = own;
      document.dispatchEvent(new Event("tenweeks-picture"));
    },
    async copy(/** @type {string} */ text, said = "Copied") {
      await kit.copy(text);
      tenweeks.say(said);
    },
    /** The address of what is shown, or of another state of the tab. */
    copyLink(state = readShown()) {
      return tenweeks.copy(`${location.origin}${location.pathname}${write(current, state)}`, "Link copied");
    },
    say(/** @type {string} */ text) {
      let note = /** @type {any} */ (document.getElementById("tenweeks-note"));
      if (!note) {
        note = kit.make("div", { id: "tenweeks-note", role: "status" });
        document.querySelector(".gradio-container")?.append(note); // where page.css reaches it
      }
      note.textContent = text;
      note.className = "shown";
      clearTimeout(note.timer);
      note.timer = setTimeout(() => (note.className = ""), 1600);
    },
    show,
    /** Called when a tab's worked example stands. @param {string} slug */
    markOpened(slug) {
      const node = panel(slug);
      if (node) node.dataset.opened = "";
      opening(slug).resolve();
    },
    /** Called when the page stands. */
    open() {
      history.scrollRestoration = "manual";
      const slug = readTab(arrived);
      display(slug, slug === linked ? readState(arrived) : {});
      step();
      if (arrived.get("view") !== "api") return;
      // gradio 6.31 sets out to show its panel and never fetches it: so it is closed and opened again.
      const button = /** @type {HTMLElement | null} */ (document.querySelector("footer .show-api"));
      button?.click();
      button?.click();
    },
  });
})();
