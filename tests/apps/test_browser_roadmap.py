"""The Roadmap tab in a real browser: its exhibit, the map, a day's page, what is kept, links, narrow, dark."""

from __future__ import annotations

import re

import pytest
import torch
from playwright.sync_api import Page, expect

from apps import roadmap as tab
from apps._inputs import BadInput
from apps.roadmap.page import describe_map, list_next_days
from apps.roadmap.window import KERNELS, PICTURE
from from_scratch.convolution import conv2d_im2col
from tests._support.visit import PATIENCE_MS

SECTION_AT_TOP = """(id) => {
  const top = document.getElementById(id).getBoundingClientRect().top, end = document.scrollingElement;
  const bar = document.querySelector(".rail-button").offsetParent ? document.querySelector(".rail").offsetHeight : 0;
  return top >= bar && (top < bar + 30 || end.scrollTop + innerHeight >= end.scrollHeight - 1) && top < innerHeight / 2;
}"""
OVERFLOW = "document.scrollingElement.scrollWidth - innerWidth"
DAYS = tab.list_days()
WORKING = [day["day"] for day in DAYS if day["works"]]


def title(page: Page, text: str) -> None:
    expect(page.locator("#day-page h2")).to_have_text(text)
    expect(page.locator("#day-page h2")).to_be_in_viewport()
    expect(page.locator("#week-map")).to_be_hidden()


def mapped(page: Page) -> None:
    expect(page.locator("#week-map .works").first).to_be_visible()
    expect(page.locator("#day-page h2")).to_be_hidden()


def test_opens_on_an_exhibit_a_path_and_the_map(page, screenshot):
    home = page()
    mapped(home)
    expect(home.locator("#week-map .count")).to_have_text(f"{len(WORKING)} of 70 days work today")
    assert home.locator("#week-map .works").count() == len(WORKING)
    folds = home.locator("#week-map details")
    assert folds.count() == sum(not week["written"] for week in describe_map()["weeks"])
    expect(home.locator("#next-days")).to_contain_text("Start here")
    expect(home.locator("#next-days a").first).to_have_attribute("href", f"?day={WORKING[0]}")
    assert home.evaluate("document.documentElement.scrollHeight") <= 1240
    screenshot(home, "roadmap-1280")

    picture, said = home.locator("#sliding-window .picture"), home.locator("#sliding-window .said b")
    ink = torch.tensor([[float(pixel) for pixel in row] for row in PICTURE])
    for number, weights in enumerate(KERNELS.values()):
        home.locator(f"#sliding-window [data-kernel='{number}']").click()
        exact = conv2d_im2col(ink[None, None], torch.tensor(weights).float()[None, None])[0, 0]
        assert f"{len(exact)} × {len(exact)}" in home.locator("#sliding-window .map").get_attribute("aria-label")
        for row, column in ((2, 10), (6, 5)):
            box = picture.bounding_box()
            size = box["width"] / len(PICTURE)
            home.mouse.move(box["x"] + (column + 1.5) * size, box["y"] + (row + 1.5) * size)
            expect(said).to_have_text(f"{exact[row, column]:.0f}".replace("-", "−"))
    home.locator("#sliding-window [data-clear]").click()
    expect(said).to_have_text("0")
    picture.focus()
    home.keyboard.press("Home")
    for key in ("ArrowRight", "ArrowDown", "Space"):
        home.keyboard.press(key)
    expect(said).to_have_text("8")  # the middle of the third kernel
    expect(picture).to_have_attribute("aria-label", re.compile("row 2, column 2 is ink"))
    home.mouse.move(box["x"] + 8.5 * size, box["y"] + 8.5 * size)
    home.mouse.down()
    home.mouse.move(box["x"] + 9.5 * size, box["y"] + 8.5 * size)
    home.mouse.up()
    expect(said).to_have_text("7")  # two pixels side by side: 8 − 1


def test_the_window_walks_once_by_itself(page):
    home = page()
    home.emulate_media(reduced_motion="no-preference")
    home.reload()
    label = "document.querySelector('#sliding-window .map')?.getAttribute('aria-label')"
    home.wait_for_function(f"({label} ?? '').includes('row 1, column')")
    first = home.evaluate(label)
    home.wait_for_function(f"{label} !== {first!r}")
    home.locator("#sliding-window h3").click()
    expect(home.locator("#sliding-window .map")).to_have_attribute("aria-label", re.compile("row 3, column 11 is 4$"))


def test_a_day_is_chosen_by_keyboard_read_and_marked(page):
    home = page()
    mapped(home)
    home.locator("#week-map [data-day=w2d4]").focus()
    home.keyboard.press("Home")
    assert home.evaluate("document.activeElement.dataset.day") == "w2d1"
    home.keyboard.press("ArrowUp")
    home.keyboard.press("Enter")  # unfolds week 1
    expect(home.locator("#week-map [data-day=w1d1]")).to_contain_text("exhibit only")
    home.keyboard.press("ArrowDown")
    home.wait_for_function("document.activeElement.dataset.day?.startsWith('w1')")
    home.locator("#week-map [data-day=w2d2]").focus()
    home.keyboard.press("ArrowRight")
    home.evaluate("scrollTo(0, 200)")
    home.keyboard.press("Enter")
    day = tab.read_day("w2d3")
    title(home, day["title"])
    expect(home).to_have_url(re.compile(r"\?day=w2d3$"))
    home.wait_for_function("document.activeElement.tagName === 'H2' && scrollY === 0")
    main, choices = home.locator("#day-page"), home.locator("#day-page [data-guess]")

    right = day["predict"]["right"]
    reason = main.locator(".reason")
    expect(reason).to_be_hidden()
    choices.nth(1 - min(right, 1)).click()
    expect(main.locator(".verdict")).to_contain_text(f"it is “{day['predict']['choices'][right]}”")
    expect(reason).to_be_visible()
    main.locator("[data-again]").click()
    expect(reason).to_be_hidden()
    choices.nth(right).click()
    expect(main.locator(".verdict")).to_have_text("Right.")
    main.locator("[data-done]").first.click()
    expect(main.locator("[data-done]").last).to_have_text("✓ Done")

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

    contents = main.locator(".contents a")
    assert contents.all_inner_texts() == main.locator(".main :is(h3, h4)").all_inner_texts()
    contents.filter(has_text="Drills").click()
    assert home.evaluate("document.activeElement.textContent").startswith("Drills")
    expect(contents.filter(has_text="Drills")).to_be_in_viewport()
    expect(main.locator(".contents [aria-current]")).to_have_count(1)
    expect(home).to_have_url(re.compile(r"\?day=w2d3$"))
    home.keyboard.press("Escape")
    mapped(home)
    home.wait_for_function("scrollY === 200")
    assert home.evaluate("document.activeElement.dataset.day") == "w2d3"
    expect(home.locator("#week-map [data-week='2']")).to_have_text("1 of 7 done")
    expect(home.locator("#week-map .mine")).to_have_text("1 done")
    home.go_back()  # to the day, where it was left
    expect(main.locator(".contents")).to_be_visible()
    expect(main.locator("h3", has_text="Drills")).to_be_in_viewport()
    home.go_back()
    mapped(home)
    home.wait_for_function("scrollY === 200")

    # Another window's marks come here and none is lost; all survive a reload.
    other = home.context.new_page()
    other.goto(f"{home.url.split('?')[0]}?day=w2d4")
    title(other, tab.read_day("w2d4")["title"])
    other.locator("#day-page [data-done]").first.click()
    expect(home.locator("#week-map .mine")).to_have_text("2 done")
    home.reload()
    mapped(home)
    expect(home.locator("#week-map .mine")).to_have_text("2 done")
    expect(home.locator("#next-days h3")).to_have_text("Continue where you were")
    expect(home.locator("#next-days a").first).to_have_attribute("href", "?day=w2d5")
    home.locator("#week-map [data-day=w2d3]").click()
    expect(main.locator(".verdict")).to_have_text("Right.")
    expect(main.locator("[data-done]").first).to_have_text("✓ Done")

    full = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"
    home.evaluate(f"() => {{ {full} }}")
    main.get_by_role("link", name="LeNet to VGG").first.click()
    title(home, tab.read_day("w2d4")["title"])
    home.locator("#day-page [data-guess]").first.click()
    expect(reason).to_be_visible()
    main.get_by_role("link", name="← Map").click()
    expect(home.locator("#next-days .keeping")).to_contain_text("until you close the page")


def test_a_link_to_no_day_says_so_and_an_unwritten_day_does(page):
    linked = page("?day=w11d1")
    title(linked, "There is no such day")
    with pytest.raises(BadInput) as refusal:
        tab.read_day("w11d1")
    expect(linked.locator("#day-page .problem")).to_have_text(str(refusal.value))
    linked.locator("#day-page").get_by_role("link", name="← Map").click()
    mapped(linked)
    unwritten = next(day for day in DAYS if not day["answer"] and day["week"] == 3)
    linked.locator("#week-map details summary", has_text=unwritten["week_title"]).click()
    linked.locator(f"#week-map [data-day={unwritten['day']}]").click()
    title(linked, unwritten["label"])
    expect(linked.locator("#day-page")).to_contain_text("This day is not written yet")
    expect(linked.locator("#day-page")).to_contain_text(tab.read_day(unwritten["day"])["question"])


@pytest.mark.parametrize("width", [1280, 390])
def test_a_permanent_link_opens_its_day_which_leads_on(page, screenshot, width):
    linked = page("?day=w2d4", width=width, height=844, dark=width == 390)
    title(linked, tab.read_day("w2d4")["title"])
    expect(linked).to_have_url(re.compile(r"\?day=w2d4$"))
    assert linked.evaluate(OVERFLOW) <= 0
    screenshot(linked, f"roadmap-day-{width}", full_page=False)
    linked.locator("#day-page [data-copy]").click()
    expect(linked.locator("#tenweeks-note")).to_have_text("Link copied")
    assert linked.evaluate("navigator.clipboard.readText()").endswith("/?day=w2d4")
    fold = linked.locator("#day-page details").filter(has_text="from_scratch/complexity.py")
    fold.locator("summary").click()
    expect(fold.locator("pre")).to_contain_text("def ")
    assert linked.evaluate(OVERFLOW) <= 0
    linked.evaluate("window.notReloaded = true")
    linked.locator("#day-page a[href='?tab=model-zoo']").first.click()
    expect(linked).to_have_url(re.compile(r"\?tab=model-zoo$"))
    expect(linked.locator(".block.release-head")).to_be_visible(timeout=20_000)
    linked.go_back()
    linked.locator("#day-page .ways a").last.click()
    title(linked, tab.read_day("w2d5")["title"])
    linked.locator("#day-page").get_by_role("link", name="Classic networks").click()
    expect(linked).to_have_url(re.compile(r"\?tab=classic-networks&section=shortcuts$"))
    expect(linked.locator("#tab-classic-networks[data-opened]")).to_be_visible(timeout=PATIENCE_MS)
    # Its heading stands at the top, below the bar that stays in a narrow window, as far as the page goes.
    linked.wait_for_function(SECTION_AT_TOP, arg="classic-networks-shortcuts")
    assert linked.evaluate("window.notReloaded")


def test_narrow_and_dark(page, screenshot):
    phone = page(width=390, height=844, dark=True)
    mapped(phone)
    assert phone.evaluate(OVERFLOW) <= 0
    boxes = phone.locator("#week-map .day").evaluate_all("all => all.map(one => one.getBoundingClientRect().toJSON())")
    assert all(box["width"] > 120 and box["height"] >= 40 and box["right"] <= 390 for box in boxes)
    assert phone.evaluate("getComputedStyle(document.querySelector('#week-map .day')).color") != "rgb(95, 102, 115)"
    expect(phone.locator("#sliding-window .map")).to_be_in_viewport(ratio=1)
    screenshot(phone, "roadmap-390-dark")
    phone.locator("#next-days a").first.tap()
    title(phone, list_next_days()[0]["title"])
    assert phone.evaluate(OVERFLOW) <= 0
