"""The way between tabs, in a gallery of eighteen pretended ones: rail and menu, Back and Forward, links, places."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests._support.browsing import change_theme
from tests._support.visit import open_tab

SECONDS = 1000
ROOT = Path(__file__).parents[2]
TITLES = {
    "Start": ["Home"],
    "Vision": ["Classify", "Convolution", "Feature maps", "Classic networks", "Transfer", "Detection", "Segmentation"],
    "Attention": ["Sequences", "Attention", "Attribution"],
    "Generation": ["Autoencoders", "GAN", "Diffusion", "Embeddings"],
    "Practice": ["Latency", "Interview", "Model zoo"],
}
ALL = [title for titles in TITLES.values() for title in titles]
PROGRAM = """
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), {root!r}]

from apps._gallery.exhibit import Exhibit
from apps._gallery.page import build_page, launch_page

tabs = [Exhibit(title.lower().replace(" ", "_"), title=title, claim=f"About {{title}}", lead="**Do** it.", order=place,
                functions=(), group=group)
        for group, titles in {titles!r}.items() for place, title in enumerate(titles)]
launch_page(build_page({{tab.slug: tab for tab in tabs}}))
"""
LAYOUT = """
import gradio as gr


def layout():
    gr.HTML("<div style='height:1500px'>tall <a href='?tab=attention&section=second'>to a section</a></div>")
    gr.HTML("<h3>Second</h3><div style='height:1500px'></div>", elem_id="{slug}-second", elem_classes="section")
    return []


def example():
    return []
"""


@pytest.fixture(scope="module")
def eighteen(start_app: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("eighteen")
    for title in ALL:
        package = folder / title.lower().replace(" ", "_")
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "layout.py").write_text(LAYOUT.format(slug=package.name.replace("_", "-")))
    program = folder / "program.py"
    program.write_text(PROGRAM.format(root=str(ROOT), titles=TITLES))
    return start_app(program).url


def shown(tab: Page, title: str) -> None:
    expect(tab.locator("#rail a[aria-current=page]")).to_have_text(title)
    expect(tab.locator(".claim h2").locator("visible=true")).to_have_text(f"About {title}", timeout=20 * SECONDS)


def expect_place(tab: Page, least: float, most: float) -> None:
    tab.wait_for_function(f"scrollY >= {least} && scrollY <= {most}")


def expect_home(tab: Page) -> None:
    shown(tab, "Home")
    expect(tab).to_have_url(re.compile(r"\?tab=home$"))
    expect_place(tab, 0, 0)


def expect_whole_rail(tab: Page) -> None:
    """Nothing of it is cut off or lies below the window."""
    for sign in tab.locator("#rail a, #rail p").all():
        box = sign.bounding_box()
        assert box
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 800
        assert sign.evaluate("each => each.scrollWidth <= each.clientWidth")


def test_eighteen_tabs_and_their_groups_are_in_sight_and_one_is_chosen(page, eighteen: str, screenshot) -> None:
    tab = page(eighteen)
    shown(tab, "Home")
    expect_whole_rail(tab)
    tab.locator("#rail a", has_text="Home").focus()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    shown(tab, "Convolution")
    expect(tab.locator("#rail a", has_text="Convolution")).to_be_focused()
    assert tab.locator("#rail a").all_inner_texts() == ALL
    weeks = {"Vision": "1–3", "Attention": "4–5", "Generation": "6–7", "Practice": "8–10"}
    heads = [f"{name} · weeks {weeks[name]}" if name in weeks else name for name in TITLES]
    assert tab.locator("#rail p").all_inner_texts() == heads
    tab.locator("#rail a", has_text="Model zoo").click()
    shown(tab, "Model zoo")
    tab.mouse.move(800, 400)
    tab.mouse.wheel(0, 900)
    expect_place(tab, 800, 1000)
    # The rail stays, in both themes.
    for dark in (False, True):
        change_theme(tab, dark)
        expect_whole_rail(tab)
        screenshot(tab, f"rail-eighteen{'-dark' if dark else ''}", full_page=False)


def test_a_narrow_window_has_a_menu(page, eighteen: str, screenshot) -> None:
    tab = page(eighteen, width=390, height=844, dark=True)
    shown(tab, "Home")
    button, rail = tab.get_by_role("button", name="Home All tabs"), tab.locator("#rail")
    expect(rail).to_be_hidden()
    expect(button).to_have_attribute("aria-expanded", "false")
    button.focus()
    tab.keyboard.press("Enter")
    expect(rail).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(button).to_have_attribute("aria-controls", "rail")
    expect(rail.get_by_role("link", name="Home")).to_be_focused()
    for dark in (True, False):
        change_theme(tab, dark)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        screenshot(tab, f"rail-menu{'-dark' if dark else ''}", full_page=False)
    tab.keyboard.press("Escape")
    expect(rail).to_be_hidden()
    expect(button).to_be_focused()
    button.tap()
    rail.get_by_role("link", name="Model zoo").scroll_into_view_if_needed()
    rail.get_by_role("link", name="Model zoo").tap()
    shown(tab, "Model zoo")
    expect(rail).to_be_hidden()
    expect(tab.get_by_role("button", name="Model zoo All tabs")).to_be_focused()
    expect_place(tab, 0, 0)


def test_back_and_forward_go_from_tab_to_tab_where_each_was_left(page, eighteen: str) -> None:
    tab = page(eighteen)
    await_tabs = ("Classify", "Attention", "Diffusion")
    for title, place in zip(await_tabs, (700, 400, 0), strict=True):
        open_tab(tab, title)
        expect_place(tab, 0, 0)  # each opens at its top
        tab.evaluate(f"scrollTo(0, {place})")
        expect_place(tab, place, place)
    expect(tab).to_have_url(re.compile(r"\?tab=diffusion$"))
    for title, place in (("Attention", 400), ("Classify", 700), ("Home", 0)):
        tab.go_back()
        shown(tab, title)
        expect_place(tab, place, place)
    tab.go_forward()
    shown(tab, "Classify")
    expect_place(tab, 700, 700)
    open_tab(tab, "Attention")  # by the rail as well
    expect_place(tab, 400, 400)
    open_tab(tab, "Attention")  # and once more leads to its top
    expect_place(tab, 0, 0)


def test_a_link_leads_to_a_section_and_the_copied_one_names_it(page, eighteen: str) -> None:
    tab = page(f"{eighteen}?tab=feature-maps&section=second")
    expect(tab.locator("#feature-maps-second")).to_be_in_viewport(timeout=20 * SECONDS)
    expect_place(tab, 1000, 3000)
    tab.evaluate("document.querySelector('#tab-feature-maps .quiet-button').click()")
    expect(tab.locator("#tenweeks-note")).to_have_text("Link copied")
    assert tab.evaluate("navigator.clipboard.readText()").endswith("/?tab=feature-maps&section=second")
    tab.evaluate("scrollTo(0, 0)")
    tab.locator("a", has_text="to a section").locator("visible=true").click()
    shown(tab, "Attention")
    expect_place(tab, 1000, 3000)
    tab.go_back()
    shown(tab, "Feature maps")
    expect_place(tab, 0, 0)


def test_a_link_to_nothing_opens_the_first_tab(page, eighteen: str) -> None:
    tab = page(f"{eighteen}?day=w99")
    expect_home(tab)
    for wrong in ("?section=second", "?tab=nothing&section=x&network=y"):
        tab.goto(f"{eighteen}{wrong}")
        expect_home(tab)
    # The server sends the page for these as well, and the page reads them on the way back as it does at its opening.
    for wrong in ("?tab=nothing", "?tab=", "?tab=%00"):
        assert tab.request.get(f"{eighteen}{wrong}").ok
        open_tab(tab, "Transfer")
        tab.evaluate("(wrong) => { for (const each of [wrong, '?']) history.pushState(null, '', each); }", wrong)
        tab.go_back()
        expect_home(tab)
    tab.goto(f"{eighteen}?tab=transfer&section=nowhere")
    shown(tab, "Transfer")
    expect_place(tab, 0, 0)


def test_gradios_own_panel_opens_by_its_address(page, eighteen: str) -> None:
    tab = page(f"{eighteen}?view=api&tab=attention")
    expect(tab.locator(".api-docs")).to_be_visible(timeout=20 * SECONDS)
    expect(tab).to_have_url(re.compile(r"view=api"))
    shown(tab, "Attention")
