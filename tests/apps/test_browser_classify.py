"""Classify in a real browser: scores moved, drawn on with a pen, given photos and broken files, and keys alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from apps import _networks, classify
from apps.classify import opening
from apps.classify.opening import list_networks
from tests._support.browsing import change_theme, read_number, record_attribute, record_calls, smallest_text
from tests._support.visit import await_opening, open_tab
from zoo.examples import example_pictures

MENU = [release.reference for release in list_networks()]
LABELS = {release.reference: release.config["labels"] for release in list_networks()}
FIRST, SECOND = map(str, opening.choose_networks())
DIGITS = [reference for reference in MENU if LABELS[reference] == list("0123456789")]
SECONDS = 20_000


def opened(visit: Callable[..., Page], **options) -> Page:
    tab = visit("Classify", **options)
    expect(answers(tab)).to_have_text(["5", "cat"], timeout=3 * SECONDS)  # the first loads torch and the networks
    return tab


def choose_digits(tab: Page) -> None:
    """Two networks of digits."""
    tab.get_by_label("Second network").select_option(DIGITS[1])
    expect(tab.locator(".network").nth(1)).to_have_attribute("aria-label", DIGITS[1])


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


def read_rows(tab: Page, network: int) -> tuple[torch.Tensor, torch.Tensor]:
    """What the fields of a network say as scores, and its bars as probabilities."""
    place = tab.locator(".network").nth(network)
    scores = place.get_by_role("spinbutton").evaluate_all("all => all.map((each) => Number(each.value))")
    shares = place.get_by_role("meter").evaluate_all("all => all.map((each) => Number(each.ariaValueNow) / 100)")
    return torch.tensor(scores).double(), torch.tensor(shares).double()


def expect_softmax(tab: Page, network: int, temperature: float = 1) -> None:
    """The probabilities of a network are those of torch.softmax; what is written of a score has two digits."""
    scores, shares = read_rows(tab, network)
    torch.testing.assert_close(shares, torch.softmax(scores / temperature, 0), atol=0.006, rtol=0)


def test_opening_makes_the_claim_at_every_width(visit, screenshot):
    sent = classify.classify_image(opening.open_offered(opening.FACE), FIRST, SECOND)["networks"]
    tab = opened(visit)
    expect(tab.locator(".remarks")).to_have_text(
        f"{FIRST.partition('@')[0]} says 5 and {SECOND.partition('@')[0]} says cat: they choose from different lists."
    )
    for network, (place, result) in enumerate(zip(tab.locator(".network").all(), sent, strict=True)):
        assert result["network"] == (FIRST, SECOND)[network]
        expect(place.locator(".row[data-at] .label")).to_have_text(LABELS[result["network"]])  # its whole list
        scores, shares = read_rows(tab, network)
        ranked = sorted(result["answers"], key=lambda each: each["place"])
        assert scores.tolist() == pytest.approx([each["score"] for each in ranked], abs=0.0051)
        assert shares.tolist() == pytest.approx([each["probability"] for each in ranked], abs=0.0006)
        side = _networks.load(result["network"]).preprocess.size
        expect(place.get_by_role("img")).to_have_attribute("alt", re.compile(f"{side} × {side} pixels"))
        expect(place.locator(".work")).to_contain_text(f"{result['macs']:,} multiply-adds")
        expect(place.locator(".work")).to_have_text(re.compile(r"fastest pass \d[\d.]* ms$"))
    foot = tab.locator(".scores .tools").bounding_box()
    assert foot
    assert foot["y"] + foot["height"] <= 800, "all of it stands on the first screen"
    for dark in (False, True):
        change_theme(tab, dark)
        tab.wait_for_timeout(400)  # until the bars have come to rest
        screenshot(tab, f"classify-1280{'-dark' if dark else ''}")

    # A telephone: the answer is seen without scrolling, and a finger draws while the page stays.
    tab = opened(visit, width=390, height=844)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    best = tab.locator(".network .best").first.bounding_box()
    assert best
    assert best["y"] + best["height"] < 844
    assert smallest_text(tab, ".rows") >= 12
    low = tab.locator(".score input").evaluate_all("all => Math.min(...all.map((e) => e.clientHeight))")
    assert low >= 24, "a finger hits it"
    screenshot(tab, "classify-390")
    tab.get_by_label("Second network").select_option(DIGITS[1])
    tab.get_by_role("button", name="Clear").tap()
    expect(answers(tab)).to_have_count(0)
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
    expect(answers(tab)).to_have_text(["1", "1"])
    assert tab.evaluate("scrollY") == scrolled


def test_scores_are_moved_and_the_probabilities_follow_without_a_request(page, screenshot):
    tab = page()
    tab.emulate_media(reduced_motion="no-preference")
    await_opening(tab)
    record_attribute(tab, ".track[aria-label=cat]", "aria-valuenow")
    open_tab(tab, "Classify")
    # Once by itself: nothing but the picture, then scores, of which one gives way; a press ends it.
    tab.wait_for_function(
        "() => { const top = recorded.indexOf(Math.max(...recorded).toFixed(1));"
        " return recorded.slice(top).some((share) => share < 10); }"
    )
    shares = [float(share) for share in tab.evaluate("recorded.filter((share, at) => share !== recorded[at - 1])")]
    sent = next(
        each
        for each in classify.classify_image(opening.open_offered(opening.FACE), SECOND)["networks"][0]["answers"]
        if each["label"] == "cat"
    )
    top = 100 * sent["probability"]
    start = shares.index(10.0)  # of ten labels with equal scores
    rises = shares[start : shares.index(max(shares), start) + 1]
    assert rises == sorted(rises)
    assert len(rises) > 5
    assert rises[-1] == pytest.approx(top, abs=0.06)
    cat = tab.locator(".network").nth(1).get_by_role("spinbutton", name="Score of cat")
    tab.mouse.click(*(900, 250))
    expect(cat).to_have_value(f"{sent['score']:.2f}")
    tab.emulate_media(reduced_motion="reduce")

    calls = record_calls(tab)
    reset = tab.get_by_role("button", name="Reset")
    expect(reset).to_be_disabled()
    before, _ = read_rows(tab, 1)
    cat.fill("-2.5")
    expect_softmax(tab, 1)
    scores, _ = read_rows(tab, 1)
    assert scores.tolist() == [-2.5 if label == "cat" else s for label, s in zip(LABELS[SECOND], before, strict=True)]
    best = LABELS[SECOND][int(scores.argmax())]
    expect(answers(tab).nth(1)).to_have_text(best)  # the next takes over
    cat.press("ArrowUp")
    expect(cat).to_have_value("-2.4")
    expect_softmax(tab, 1)
    cat.fill("")
    cat.blur()
    expect(cat).to_have_value("-2.40")  # what is no number is replaced by what holds

    # By pointer: a click at the right end of the bar.
    dog = tab.locator(".network").nth(1).get_by_role("slider", name="Score of dog")
    box = dog.bounding_box()
    assert box
    tab.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + box["height"] / 2)
    tab.mouse.down()
    for step in range(1, 11):
        tab.mouse.move(box["x"] + (0.5 + 0.04 * step) * box["width"], box["y"] + box["height"] / 2)
        expect_softmax(tab, 1)
    tab.mouse.up()
    expect(answers(tab).nth(1)).to_have_text("dog")
    names = [reference.partition("@")[0] for reference in (FIRST, SECOND)]
    expect(tab.locator(".remarks")).to_have_text(f"With these scores {names[0]} says 5 and {names[1]} says dog.")
    scores, _ = read_rows(tab, 1)
    assert scores[LABELS[SECOND].index("dog")] > 2
    # The line says the same sum with the visitor's numbers, all exact to their four digits.
    line = tab.locator(".network").nth(1).locator(".sum")
    told = re.fullmatch(r"dog: e(\S+) ÷ the sum of all 10 such powers = (\S+) ÷ (\S+) = (\S+) %", line.inner_text())
    assert told
    exponent, power, whole, percent = map(read_number, told.groups())
    assert power == pytest.approx(torch.tensor(exponent).double().exp().item(), rel=6e-4)
    assert whole == pytest.approx(scores.exp().sum().item(), rel=0.006)
    assert percent == pytest.approx(100 * power / whole, rel=1e-3)

    heat = tab.get_by_label("Temperature")
    heat.focus()
    heat.press("End")
    for network in (0, 1):
        expect_softmax(tab, network, 8)
    heat.press("Home")
    for network in (0, 1):
        expect_softmax(tab, network, 0.25)
    expect(line).to_contain_text("÷ 0.25")
    screenshot(tab, "classify-moved")
    reset.click()
    assert read_rows(tab, 1)[0].tolist() == before.tolist()
    expect_softmax(tab, 1)
    expect(answers(tab)).to_have_text(["5", "cat"])
    expect(reset).to_be_disabled()
    expect(tab.locator(".remarks")).to_contain_text(f"{names[1]} says cat: they choose")
    assert calls == []


def test_pen_and_keys_draw_and_a_refused_upload_leaves_the_drawing(visit, screenshot, tmp_path: Path):
    tab = opened(visit)
    choose_digits(tab)
    before = tab.locator(".network").first.bounding_box()
    tab.get_by_role("button", name="Clear").click()
    expect(answers(tab)).to_have_count(0)
    assert tab.locator(".network").first.bounding_box() == before  # nothing jumps
    stroke(tab, (0.25, 0.2), (0.75, 0.18), (0.6, 0.45), (0.45, 0.86))
    expect(answers(tab)).to_have_text(["7", "7"])
    expect(tab.locator(".remarks")).to_have_text("Both say 7.")
    screenshot(tab, "classify-drawn")
    tab.get_by_role("button", name="Clear").click()
    stroke(tab, (0.52, 0.15), (0.5, 0.5), (0.48, 0.86))
    expect(answers(tab)).to_have_text(["1", "1"])
    expect(sentence(tab)).to_have_text("Your drawing.")

    drawing = tab.get_by_role("application").evaluate("canvas => canvas.toDataURL()")
    broken = tmp_path / "text.png"
    broken.write_text("no picture")
    tab.get_by_label("Picture file").set_input_files(broken)
    expect(sentence(tab)).to_contain_text("not a picture")
    assert tab.get_by_role("application").evaluate("canvas => canvas.toDataURL()") == drawing
    tab.get_by_label("Second network").select_option(label="none")
    expect(answers(tab)).to_have_text(["1"])

    # The keyboard alone.
    tab.get_by_role("application").press("Delete")
    expect(answers(tab)).to_have_count(0)
    tab.keyboard.press("Space")
    for _ in range(14):
        tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Space")
    expect(answers(tab)).to_have_text(["1"])
    for _ in range(3):
        tab.keyboard.press("Tab")  # Clear, Upload, examples
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Enter")
    expect(sentence(tab)).to_contain_text("a drawn 2")
    expect(answers(tab)).to_have_text(["2"])
    tab.keyboard.press("Tab")
    expect(tab.get_by_label("Network", exact=True).locator("visible=true")).to_be_focused()
    tab.keyboard.type(DIGITS[1])
    expect(tab.locator(".network").first).to_have_attribute("aria-label", DIGITS[1])


def test_photos_broken_files_and_a_visitors_picture_that_goes_along(page, screenshot, tmp_path: Path):
    tab = page(f"?tab=classify&picture=3&second={DIGITS[1]}")  # a link opens the tab in its state
    expect(answers(tab)).to_have_text(["3", "3"], timeout=3 * SECONDS)
    expect(sentence(tab)).to_contain_text("a drawn 3")
    chooser = tab.get_by_label("Picture file")
    chooser.set_input_files(example_pictures()["cat"])
    expect(sentence(tab)).to_have_text("Your picture: chelsea.png.")
    assert set(answers(tab).all_inner_texts()) <= {*LABELS[FIRST]}  # a cat is a digit to those that know only digits
    expect(tab).not_to_have_url(re.compile("picture="))
    again = tab.get_by_role("button", name="Your picture: chelsea.png")
    expect(again).to_be_visible()
    assert tab.evaluate("tenweeks.picture().name") == "chelsea.png"

    other = next(reference for reference in MENU if LABELS[reference] != LABELS[FIRST])
    tab.get_by_label("Second network").select_option(other)
    expect(tab.locator(".remarks")).to_contain_text("different lists")
    assert answers(tab).nth(1).inner_text() in LABELS[other]
    screenshot(tab, "classify-photo")

    kept = answers(tab).all_inner_texts()
    broken = tmp_path / "broken.png"
    for content, problem in ((b"\x89PNG\r\n\x1a\n123", "stops before"), (b"<html>", "a web page"), (b"", "")):
        broken.write_bytes(content)
        chooser.set_input_files(broken)
        expect(sentence(tab)).to_have_class(re.compile("problem"))
        expect(sentence(tab)).to_contain_text(problem)
        assert answers(tab).all_inner_texts() == kept
        tab.get_by_role("button", name="a cat", exact=True).click()
        expect(sentence(tab)).to_contain_text("Example: a cat")
    expect(tab).to_have_url(re.compile("picture=cat"))

    tab.get_by_label("Second network").select_option(label="none")
    expect(answers(tab)).to_have_count(1)
    again.click()
    expect(sentence(tab)).to_have_text("Your picture: chelsea.png.")

    # In another tab it is put away, and comes again.
    file = tab.evaluate("tenweeks.picture()")
    open_tab(tab, "Model zoo")
    tab.evaluate("tenweeks.carryPicture(null)")
    open_tab(tab, "Classify")
    expect(sentence(tab)).to_have_text("An empty sheet.")
    expect(again).to_be_hidden()
    open_tab(tab, "Model zoo")
    tab.evaluate("(file) => tenweeks.carryPicture(file)", file)
    open_tab(tab, "Classify")
    expect(sentence(tab)).to_have_text("Your picture: chelsea.png.")
    expect(answers(tab)).to_have_count(1)
    tab.get_by_role("button", name="Put away").locator("visible=true").click()
    expect(sentence(tab)).to_have_text("An empty sheet.")
    assert tab.evaluate("tenweeks.picture()") is None
