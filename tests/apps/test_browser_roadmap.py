"""The Roadmap tab in a real browser: the map, the keyboard, a day's page, permanent links, narrow and dark."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from apps import roadmap as tab
from apps.roadmap.page import find_opening_day
from tests._support.visit import PATIENCE_MS

SECTION_AT_TOP = """(id) => {
  const top = document.getElementById(id).getBoundingClientRect().top, end = document.scrollingElement;
  const bar = document.querySelector(".rail-button").offsetParent ? document.querySelector(".rail").offsetHeight : 0;
  return top >= bar && (top < bar + 30 || end.scrollTop + innerHeight >= end.scrollHeight - 1) && top < innerHeight / 2;
}"""
OVERFLOW = "document.scrollingElement.scrollWidth - innerWidth"


def title(page: Page, text: str) -> None:
    expect(page.locator("#day-page h3").first).to_contain_text(text, timeout=20_000)


def ready(page: Page) -> None:
    expect(page.locator("#week-map .day")).to_have_count(70, timeout=20_000)
    expect(page.locator("#day-page .columns")).to_be_visible(timeout=20_000)


def current(page: Page) -> str | None:
    return page.locator("#week-map .day[aria-current=true]").get_attribute("data-day")


def test_opens_on_the_map_with_one_day_below(page, screenshot):
    home = page()
    ready(home)
    days = tab.list_days()
    assert home.locator("#week-map .day.works").count() == sum(day["works"] for day in days)
    expect(home.locator("#week-map .count")).to_have_text(f"{sum(day['works'] for day in days)} of 70 days work today")
    assert current(home) == find_opening_day()
    title(home, tab.read_day(find_opening_day())["title"])
    screenshot(home, "roadmap-1280")


def test_a_day_is_chosen_by_keyboard_and_read(page):
    home = page()
    ready(home)
    home.locator("#week-map .day[tabindex='0']").focus()
    home.keyboard.press("Home")
    for key, end in (("ArrowRight", "d2"), ("ArrowDown", "d2"), ("ArrowUp", "d2"), ("End", "d7"), ("Home", "d1")):
        home.keyboard.press(key)
        assert home.evaluate("document.activeElement.dataset.day").endswith(end), key
    home.locator("[data-day=w2d2]").focus()
    home.keyboard.press("ArrowRight")
    home.keyboard.press("Enter")
    day = tab.read_day("w2d3")
    title(home, day["title"])
    expect(home).to_have_url(re.compile(r"\?day=w2d3$"))
    home.wait_for_function("document.activeElement.tagName === 'H3'")
    main = home.locator("#day-page")
    right = main.locator(".choice").nth(day["predict"]["right"])
    expect(main.locator(".choice[open]")).to_have_count(0)
    expect(right).not_to_contain_text("Right.", use_inner_text=True)
    right.locator("summary").click()
    expect(right).to_contain_text("Right.", use_inner_text=True)
    main.locator(".choice").nth(1 - min(day["predict"]["right"], 1)).locator("summary").click()
    expect(main.locator(".choice[open]")).to_contain_text("No: ", use_inner_text=True)
    expect(right).not_to_have_attribute("open", "")
    example = main.locator(".code_wrap").filter(has_text=">>>").filter(visible=True).first
    example.locator(".copy_code_button").click()
    expect(home.locator("#tenweeks-note")).to_have_text("Copied")
    copied = home.evaluate("navigator.clipboard.readText()")
    typed = [line for line in example.locator("code").inner_text().splitlines() if line.startswith((">>>", "..."))]
    assert copied.splitlines() == [line[4:] for line in typed]
    example.evaluate("each => getSelection().selectAllChildren(each.querySelector('code'))")
    home.evaluate("navigator.clipboard.writeText('')")
    home.keyboard.press("Control+C")
    assert home.evaluate("navigator.clipboard.readText()").strip() == copied
    expect(main).to_contain_text(day["question"])
    expect(main.locator(".katex").first).to_be_visible()
    expect(main.locator("pre code .token").first).to_be_attached()
    home.keyboard.press("Escape")
    assert home.evaluate("document.activeElement.dataset.day") == "w2d3"


def test_a_permanent_link_opens_its_day_and_its_button_gives_it(page):
    linked = page("?day=w2d3")
    title(linked, tab.read_day("w2d3")["title"])
    expect(linked).to_have_url(re.compile(r"\?day=w2d3$"))
    expect(linked.locator("#day-page h3").first).to_be_in_viewport()
    linked.locator("#day-page [data-copy]").click()
    expect(linked.locator("#tenweeks-note")).to_have_text("Link copied")
    assert linked.evaluate("navigator.clipboard.readText()").endswith("/?day=w2d3")
    linked.locator("#day-page nav a").last.click()
    title(linked, tab.read_day("w2d4")["title"])
    assert current(linked) == "w2d4"


def test_a_link_to_no_day_says_so(page):
    linked = page("?day=w11d1")
    expect(linked.locator("#tenweeks-note")).to_contain_text("There is no day w11d1", timeout=20_000)
    ready(linked)
    assert current(linked) == find_opening_day()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_day_leads_to_its_exhibit_and_its_source(page, width):
    linked = page("?day=w2d4", width=width)
    title(linked, tab.read_day("w2d4")["title"])
    fold = linked.locator("#day-page details").filter(has_text="from_scratch/complexity.py")
    fold.locator("summary").click()
    expect(fold.locator("pre")).to_contain_text("def ")
    assert linked.evaluate(OVERFLOW) <= 0
    linked.evaluate("window.notReloaded = true")
    linked.locator("#day-page a[href='?tab=model-zoo']").first.click()
    expect(linked).to_have_url(re.compile(r"\?tab=model-zoo$"))
    expect(linked.locator("#release-table")).to_be_visible(timeout=20_000)
    linked.go_back()
    linked.locator("#day-page nav a").last.click()
    title(linked, tab.read_day("w2d5")["title"])
    linked.locator("#day-page").get_by_role("link", name="Classic networks").click()
    expect(linked).to_have_url(re.compile(r"\?tab=classic-networks&section=shortcuts$"))
    expect(linked.locator("#tab-classic-networks[data-opened]")).to_be_visible(timeout=PATIENCE_MS)
    # Its heading stands at the top, below the bar that stays in a narrow window, as far as the page goes.
    linked.wait_for_function(SECTION_AT_TOP, arg="classic-networks-shortcuts")
    assert linked.evaluate("window.notReloaded")


def test_a_day_that_is_not_written_says_so(page):
    unwritten = next(day for day in tab.list_days() if not day["answer"])
    linked = page(f"?day={unwritten['day']}")
    expect(linked.locator("#day-page")).to_contain_text("This day is not written yet", timeout=20_000)
    expect(linked.locator("#day-page")).to_contain_text(tab.read_day(unwritten["day"])["question"])


def test_narrow_and_dark(page, screenshot):
    phone = page(width=390, height=844, dark=True)
    ready(phone)
    assert phone.evaluate(OVERFLOW) <= 0
    boxes = phone.locator("#week-map .day").evaluate_all("all => all.map(one => one.getBoundingClientRect().toJSON())")
    assert all(box["width"] > 120 and box["height"] >= 40 and box["right"] <= 390 for box in boxes)
    assert phone.evaluate("getComputedStyle(document.querySelector('#week-map .day')).color") != "rgb(95, 102, 115)"
    screenshot(phone, "roadmap-390-dark")
    phone.locator("[data-day=w2d3]").tap()
    title(phone, tab.read_day("w2d3")["title"])
    expect(phone.locator("#day-page h3").first).to_be_in_viewport()
    assert phone.evaluate(OVERFLOW) <= 0
    screenshot(phone, "roadmap-day-390-dark")
