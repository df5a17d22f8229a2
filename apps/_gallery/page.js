// Permanent links: the open tab is in the address, and a button copies it. Run once in the page's <head>.
window.tenweeks = {
  arrived: new URLSearchParams(location.search), // before the first tab's own select event rewrites the address
  async copy(text, said = "Copied") {
    await kit.copy(text);
    tenweeks.say(said);
  },
  copyLink(key, value) {
    return tenweeks.copy(`${location.origin}${location.pathname}?${key}=${encodeURIComponent(value)}`, "Link copied");
  },
  say(text) {
    let note = document.getElementById("tenweeks-note");
    if (!note) {
      note = document.createElement("div");
      note.id = "tenweeks-note";
      note.setAttribute("role", "status");
      document.querySelector(".gradio-container").append(note); // where frame.css reaches it
    }
    note.textContent = text;
    note.className = "shown";
    clearTimeout(note.timer);
    note.timer = setTimeout(() => (note.className = ""), 1600);
  },
  remember(key, value) {
    const address = new URL(location.href);
    for (const old of ["tab", "day"]) address.searchParams.delete(old);
    address.searchParams.set(key, value);
    history.replaceState(history.state, "", address);
  },
  titles: {}, // slug -> title: in a narrow window gradio moves tabs into a menu, whose buttons carry their title alone
  show(slug) {
    const tabs = [...document.querySelectorAll("#rail [role=tab]")];
    const menu = [...document.querySelectorAll("#rail .overflow-dropdown button")];
    const tab =
      tabs.find((each) => each.dataset.tabId === slug) ??
      menu.find((each) => each.textContent.trim() === tenweeks.titles[slug]);
    if (tab && tab.getAttribute("aria-selected") !== "true") tab.click();
  },
  markOpened(slug) {
    document.getElementById(`tab-${slug}`).dataset.opened = ""; // its worked example stands
  },
  open(titles) {
    tenweeks.titles = titles;
    tenweeks.show(tenweeks.arrived.has("day") ? "roadmap" : tenweeks.arrived.get("tab"));
  },
};
