"""Classify in a real browser: drawn on with a pen, given photos and broken files, and used by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from apps.classify.opening import list_networks
from tests._support.visit import open_tab
from zoo.examples import example_pictures

MENU = [release.reference for release in list_networks()]
FIRST, SECOND = MENU[:2]
LABELS = [set(release.config["labels"]) for release in list_networks()]
SECONDS = 20_000


def opened(visit: Callable[..., Page], **options) -> Page:
    tab = visit("Classify", **options)
    expect(answers(tab)).to_have_text(["7", "7"], timeout=3 * SECONDS)  # the first loads torch and the networks
    return tab


def answers(tab: Page) -> Locator:
    """The best answer of each network that gave one."""
    return tab.locator(".network:not(.empty):visible .best b")


def stroke(tab: Page, *points: tuple[float, float]) -> None:
    """Draw through points given as parts of the sheet's side, then lift the pen."""
    sheet = tab.get_by_role("application").bounding_box()
    assert sheet
    places = [(sheet["x"] + x * sheet["width"], sheet["y"] + y * sheet["height"]) for x, y in points]
    tab.mouse.move(*places[0])
    tab.mouse.down()
    for place in places[1:]:
        tab.mouse.move(*place, steps=6)
    tab.mouse.up()


def sentence(tab: Page) -> Locator:
    return tab.locator(".says")


def test_worked_example_stands_at_opening(visit, screenshot):
    for width, height, dark in ((1280, 800, False), (1280, 800, True), (390, 844, False)):
        tab = opened(visit, width=width, height=height, dark=dark)
        for place in tab.locator(".network").all():
            expect(place.get_by_role("meter")).to_have_count(5)
            expect(place.get_by_role("meter").first).to_have_attribute("aria-label", "7")
            expect(place.get_by_role("meter").first).to_have_attribute("aria-valuetext", re.compile(r"%$"))
            expect(place.get_by_role("img")).to_have_attribute("alt", re.compile("28 × 28 pixels"))
            expect(place.locator(".time")).to_have_text(re.compile(r"^\d[\d.]* ms for one forward pass"))
            expect(place.locator(".knows")).to_contain_text("0, 1, 2, 3, 4, 5, 6, 7, 8 or 9")
        expect(tab.locator(".remarks")).to_contain_text("Both say 7.")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        tab.wait_for_timeout(400)  # until the bars have come to rest
        screenshot(tab, f"classify-{width}{'-dark' if dark else ''}")


def test_pen_is_answered_when_it_is_lifted(visit, screenshot):
    tab = opened(visit)
    before = tab.locator(".network").first.bounding_box()
    tab.get_by_role("button", name="Clear").click()
    expect(answers(tab)).to_have_count(0, timeout=SECONDS)
    assert tab.locator(".network").first.bounding_box() == before  # nothing jumps
    stroke(tab, (0.52, 0.15), (0.5, 0.5), (0.48, 0.86))
    expect(answers(tab)).to_have_text(["1", "1"], timeout=SECONDS)
    expect(sentence(tab)).to_have_text("Your drawing.")
    tab.get_by_role("button", name="Clear").click()
    stroke(tab, (0.25, 0.2), (0.75, 0.18), (0.6, 0.45), (0.45, 0.86))
    expect(answers(tab)).to_have_text(["7", "7"], timeout=SECONDS)
    screenshot(tab, "classify-drawn")


def test_photo_broken_file_and_second_network(visit, screenshot, tmp_path: Path):
    tab = opened(visit)
    chooser = tab.get_by_label("Picture file")
    chooser.set_input_files(example_pictures()["cat"])
    expect(sentence(tab)).to_have_text("Your picture: chelsea.png.", timeout=SECONDS)
    expect(tab.locator(".network .best b").first).not_to_have_text("", timeout=SECONDS)
    assert set(answers(tab).all_inner_texts()) <= LABELS[0]  # a cat is a digit to those that know only digits

    other = next(at for at, labels in enumerate(LABELS) if labels != LABELS[0])
    tab.get_by_label("Second network").select_option(MENU[other])
    expect(tab.locator(".remarks")).to_contain_text("different lists", timeout=SECONDS)
    assert answers(tab).nth(1).inner_text() in LABELS[other]
    screenshot(tab, "classify-photo")

    kept = answers(tab).all_inner_texts()
    broken = tmp_path / "broken.png"
    for content, problem in ((b"\x89PNG\r\n\x1a\n123", "stops before"), (b"<html>", "a web page"), (b"", "")):
        broken.write_bytes(content)
        chooser.set_input_files(broken)
        expect(sentence(tab)).to_have_class(re.compile("problem"), timeout=SECONDS)
        expect(sentence(tab)).to_contain_text(problem)
        assert answers(tab).all_inner_texts() == kept
        tab.get_by_role("button", name="a cat", exact=True).click()
        expect(sentence(tab)).to_contain_text("Example: a cat")

    tab.get_by_label("Second network").select_option(label="none")
    expect(answers(tab)).to_have_count(1, timeout=SECONDS)


def test_refused_upload_leaves_the_drawing_in_use(visit, tmp_path: Path):
    tab = opened(visit)
    tab.get_by_role("button", name="Clear").click()
    stroke(tab, (0.5, 0.15), (0.5, 0.86))
    expect(answers(tab)).to_have_text(["1", "1"], timeout=SECONDS)
    drawing = tab.get_by_role("application").evaluate("canvas => canvas.toDataURL()")
    broken = tmp_path / "text.png"
    broken.write_text("no picture")
    tab.get_by_label("Picture file").set_input_files(broken)
    expect(sentence(tab)).to_contain_text("not a picture", timeout=SECONDS)
    assert tab.get_by_role("application").evaluate("canvas => canvas.toDataURL()") == drawing
    tab.get_by_label("Second network").select_option(label="none")
    expect(answers(tab)).to_have_text(["1"], timeout=SECONDS)


def test_a_visitors_picture_goes_along_until_it_is_put_away(visit):
    tab = opened(visit)
    tab.locator(".paper input[type=file]").set_input_files(example_pictures()["cat"])
    expect(sentence(tab)).to_have_text("Your picture: chelsea.png.", timeout=SECONDS)
    again = tab.get_by_role("button", name="Your picture: chelsea.png")
    expect(again).to_be_visible()
    assert tab.evaluate("tenweeks.picture().name") == "chelsea.png"
    tab.get_by_role("button", name="a drawn 3").click()
    expect(answers(tab)).to_have_text(["3", "3"], timeout=SECONDS)
    again.click()
    expect(sentence(tab)).to_have_text("Your picture: chelsea.png.", timeout=SECONDS)

    # In another tab it is put away, and comes again.
    file = tab.evaluate("tenweeks.picture()")
    open_tab(tab, "Model zoo")
    tab.evaluate("tenweeks.carryPicture(null)")
    open_tab(tab, "Classify")
    expect(sentence(tab)).to_have_text("An empty sheet.", timeout=SECONDS)
    expect(again).to_be_hidden()
    open_tab(tab, "Model zoo")
    tab.evaluate("(file) => tenweeks.carryPicture(file)", file)
    open_tab(tab, "Classify")
    expect(sentence(tab)).to_have_text("Your picture: chelsea.png.", timeout=SECONDS)
    expect(answers(tab)).to_have_count(2, timeout=SECONDS)
    tab.get_by_role("button", name="Put away").locator("visible=true").click()
    expect(sentence(tab)).to_have_text("An empty sheet.", timeout=SECONDS)
    assert tab.evaluate("tenweeks.picture()") is None


def test_keyboard_draws_and_chooses(visit):
    tab = opened(visit)
    for _ in range(40):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.getAttribute('role')") == "application":
            break
    tab.keyboard.press("Delete")
    expect(answers(tab)).to_have_count(0, timeout=SECONDS)
    tab.keyboard.press("Space")
    for _ in range(14):
        tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Space")
    expect(answers(tab)).to_have_text(["1", "1"], timeout=SECONDS)

    for _ in range(3):
        tab.keyboard.press("Tab")  # Clear, Upload, examples
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Enter")
    expect(sentence(tab)).to_contain_text("a drawn 2")
    expect(answers(tab)).to_have_text(["2", "2"], timeout=SECONDS)

    tab.keyboard.press("Tab")
    expect(tab.get_by_label("Network", exact=True).locator("visible=true")).to_be_focused()
    tab.keyboard.type(SECOND)
    expect(tab.locator(".network").first).to_have_attribute("aria-label", SECOND, timeout=SECONDS)


def test_a_link_opens_the_tab(page):
    tab = page("?tab=classify")
    expect(answers(tab)).to_have_text(["7", "7"], timeout=3 * SECONDS)


def test_finger_draws_and_the_page_stays(visit):
    tab = opened(visit, width=390, height=844)
    tab.get_by_role("button", name="Clear").tap()
    expect(answers(tab)).to_have_count(0, timeout=SECONDS)
    sheet = tab.get_by_role("application")
    sheet.scroll_into_view_if_needed()
    box, scrolled = sheet.bounding_box(), tab.evaluate("scrollY")
    assert box
    session = tab.context.new_cdp_session(tab)
    x = box["x"] + box["width"] / 2
    for kind, part in (("touchStart", 0.15), *(("touchMove", 0.15 + step / 10) for step in range(1, 8))):
        point = {"x": x, "y": box["y"] + part * box["height"]}
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(answers(tab)).to_have_text(["1", "1"], timeout=SECONDS)
    assert tab.evaluate("scrollY") == scrolled
