"""A page that holds nothing but the browser's kit."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from apps._gallery.scripts import read_kit_script, read_kit_styles


@pytest.fixture(scope="session")
def kit_context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser context with two screen pixels for each of a page's."""
    context = browser.new_context(viewport={"width": 800, "height": 600}, device_scale_factor=2)
    yield context
    context.close()


@pytest.fixture
def kit_page(kit_context: BrowserContext) -> Iterator[Callable[[str], Page]]:
    """`kit_page(html)` opens a page with that body and the kit; its `seen` is a list for what a test writes down.

    A script that throws fails the test.
    """
    tab = kit_context.new_page()
    problems: list[str] = []
    tab.on("pageerror", lambda error: problems.append(str(error)))

    def open_page(body: str = "<div id='root'></div>") -> Page:
        head = f"<style>{read_kit_styles()}body{{margin:0}}</style><script>{read_kit_script()}"
        own = "const seen = []; const find = (selector) => document.querySelector(selector);"
        tab.set_content(f"<!doctype html>{head}{own}</script><body>{body}")
        return tab

    yield open_page
    tab.close()
    assert not problems


def wait_for_frame(tab: Page) -> None:
    """Return when what was to be drawn in the next frame is drawn."""
    tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))")
