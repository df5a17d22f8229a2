"""The way through the gallery that a visitor goes: the tabs in the rail, or in a narrow window those in its menu."""

from __future__ import annotations

from playwright.sync_api import Page, expect

PATIENCE_MS = 120_000
"""For the first tab that needs a network, which loads torch."""


_QUIET = """() => {
  const answers = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/run/predict"));
  return answers.length && performance.now() - Math.max(...answers.map(({ responseEnd }) => responseEnd)) > 300;
}"""


def await_opening(tab: Page) -> None:
    """Wait until the page has asked Python what it asks at its opening, and has the answers."""
    tab.wait_for_function(_QUIET, timeout=PATIENCE_MS)


def open_tab(tab: Page, title: str) -> None:
    """Click a tab's title, and wait until that tab shows the worked example on which it opens."""
    button, entry = tab.locator(".rail-button"), tab.locator("#rail").get_by_role("link", name=title, exact=True)
    expect(tab.locator("#rail a[aria-current]")).to_have_count(1, timeout=PATIENCE_MS)
    if button.is_visible() and button.get_attribute("aria-expanded") == "false":
        button.click()
    slug = entry.get_attribute("data-tab")  # the menu closes at the click, and its links are hidden then
    entry.click()
    expect(tab.locator(f"#tab-{slug}[data-opened]")).to_be_visible(timeout=PATIENCE_MS)


def open_in_motion(tab: Page, title: str) -> None:
    """Open a tab of a page that was just arrived at as those see it who did not ask for less motion."""
    tab.emulate_media(reduced_motion="no-preference")
    await_opening(tab)
    open_tab(tab, title)
