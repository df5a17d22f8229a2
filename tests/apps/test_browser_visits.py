"""The way of a visitor: open the gallery, click a tab in the rail, and do something there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from apps._gallery.exhibit import find_exhibits
from tests._support.browsing import expect_picture, upload_picture
from tests._support.visit import open_tab
from zoo.examples import example_pictures

TITLES = [exhibit.title for exhibit in find_exhibits().values()]


def menus(tab: Page) -> Locator:
    return tab.locator(".menu:visible")


def expect_filled_menus(tab: Page) -> None:
    """Each has its label and a choice that is one of its options, "none" where it is the second of two."""
    for menu in menus(tab).all():
        expect(menu.locator("label")).not_to_be_empty()
        assert menu.locator("select").evaluate("select => select.selectedIndex") >= 0
        assert menu.locator("option:checked").inner_text() not in ("", "none")


# Buttons, sliders and fields, without key words in a sentence; a checkbox is hit by its label.
FIND_SMALL_TARGETS = """
() => [...document.querySelectorAll("button, select, summary, input:not([type=file]), [role=button], [role=slider]")]
  .filter((node) => node.tagName !== "DFN" && node.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
  .map((node) => [node, (node.type === "checkbox" ? node.closest("label") : node).getBoundingClientRect()])
  .filter(([, { width, height }]) => width > 1 && Math.min(width, height) < 23.9)
  .map(([node, { width, height }]) => `${node.ariaLabel ?? node.textContent} ${node.className}: ${width} × ${height}`)
"""


@pytest.mark.parametrize("width", [1280, 390])
def test_a_visitor_goes_through_every_tab_draws_and_takes_a_picture_along(visit, width: int):
    tab = visit(TITLES[-1], width=width, height=844)
    for title in TITLES:
        open_tab(tab, title)
        expect_filled_menus(tab)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        if width < 600:
            assert tab.evaluate(FIND_SMALL_TARGETS) == [], title
    draw_a_one(tab)
    take_a_picture_along(tab)
    for title, count in (("Classify", 2), ("Feature maps", 2), ("Attention", 2), ("Attribution", 3)):
        open_tab(tab, title)
        expect(menus(tab)).to_have_count(count)


def draw_a_one(tab: Page) -> None:
    """The network of digits in *Classify* calls it a 1."""
    open_tab(tab, "Classify")
    tab.get_by_role("button", name="Clear").click()
    best = tab.locator(".network:not(.empty):visible .best b")
    expect(best).to_have_count(0)
    sheet = tab.get_by_role("application")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box
    x = box["x"] + box["width"] / 2
    tab.mouse.move(x, box["y"] + 0.15 * box["height"])
    tab.mouse.down()
    tab.mouse.move(x, box["y"] + 0.86 * box["height"], steps=8)
    tab.mouse.up()
    expect(best).to_have_count(2)
    expect(best.first).to_have_text("1")


def take_a_picture_along(tab: Page) -> None:
    """It is looked at, and goes along to every tab of one, until it is put away."""
    open_tab(tab, "Feature maps")
    expect(tab.locator(".feature-maps .picture")).to_be_visible()
    upload_picture(tab, example_pictures()["rocket"])
    expect_picture(tab, "upload")
    expect_filled_menus(tab)
    for title in ("Attention", "Convolution", "Attribution"):
        open_tab(tab, title)
        expect_picture(tab, "upload")
    tab.get_by_role("button", name="Put away").locator("visible=true").click()
    expect_picture(tab, "cat")
    for title in ("Attention", "Feature maps"):
        open_tab(tab, title)
        expect_picture(tab, "cat")
