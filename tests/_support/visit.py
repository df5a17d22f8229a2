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
    """Wait until the page has asked Python what it asks at its opening, and has the answers: nobody clicks faster."""
    tab.wait_for_function(_QUIET, timeout=PATIENCE_MS)


def open_tab(tab: Page, title: str) -> None:
    """Click a tab's title, and wait until that tab shows the worked example on which it opens."""
    rail = tab.locator("#rail > .tab-wrapper")
    button = rail.get_by_role("tab", name=title, exact=True)
    menu = rail.get_by_role("button", name="More tabs")
    expect(button.or_(menu).first).to_be_visible(timeout=PATIENCE_MS)
    tab.wait_for_timeout(100)  # gradio measures the row, and only then moves tabs into its menu
    if button.count():
        button.click()
    else:
        menu.click()
        rail.locator(".overflow-dropdown").get_by_role("button", name=title, exact=True).click()
    expect(tab.locator(".tabitem[data-opened]:visible")).to_have_count(1, timeout=PATIENCE_MS)
