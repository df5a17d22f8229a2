"""Diffusion in a real browser: strips scrubbed, another digit, a branch and back, stop, a drawing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from apps.diffusion.networks import read_opening, read_steps
from from_scratch.generative import linear_betas, remaining_signal
from tests._support.browsing import (
    FRAME_MILLISECONDS,
    READ_GREYS,
    change_theme,
    count_unnamed,
    count_wishes,
    record_calls,
    smallest_text,
    time_steps,
)
from tests._support.kit import wait_for_frame
from tests._support.stand_in import StandIn
from tests._support.visit import open_in_motion, open_tab
from tests.apps.test_diffusion import read_sheet
from zoo import describe

TITLE, PART = "Diffusion", "#tab-diffusion"
SECONDS = 1000
ALPHAS = remaining_signal(linear_betas())


@pytest.fixture(autouse=True)
def _here(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENWEEKS_ZOO", str(stand_in.zoo))


@pytest.fixture
def opened(stand_in: StandIn, visit: Callable[..., Page]) -> Callable[..., Page]:
    def open_lab(**window: Any) -> Page:
        tab = visit(TITLE, stand_in.url, **window)
        tab.locator(f"{PART} .lab.ready").wait_for(timeout=60 * SECONDS)
        return tab

    return open_lab


def says(tab: Page) -> Any:
    return tab.locator(f"{PART} .lab .says")


def test_strips_are_scrubbed_without_a_request_and_say_what_adds_up(opened: Any, screenshot: Any) -> None:
    tab = opened()
    calls = record_calls(tab)
    strip = tab.locator(f"{PART} .noised-strip")
    for part in (".noise-strip", ".grid", ".branch"):
        box = tab.locator(f"{PART} {part}").bounding_box()
        assert box
        assert box["y"] + box["height"] < 800, "on the first screen"
    assert tab.evaluate("document.documentElement.scrollHeight") <= 1300

    # Every frame is what it says: x_t out of the two others.
    run = read_opening(describe("ddpm.mnist"))
    clean, noise = read_sheet(run["clean"])[0], read_sheet(run["noise"])[0]
    strip.focus()
    for key, frame in (("Home", 0), ("PageUp", 2), ("ArrowRight", 3), ("End", len(run["times"]) - 1)):
        tab.keyboard.press(key)
        t = run["times"][frame]
        kept, lost = ALPHAS[t].sqrt().item(), (1 - ALPHAS[t]).sqrt().item()
        expect(tab.locator(f"{PART} .noised figcaption")).to_have_text(f"what there is at t = {t}")
        expect(tab.locator(f"{PART} .kept")).to_have_text(f"{kept:.2f} ×")
        expect(tab.locator(f"{PART} .lost")).to_have_text(f"{lost:.2f} ×")
        wait_for_frame(tab)
        shown = np.array(tab.locator(f"{PART} .clean canvas").evaluate(READ_GREYS))
        assert np.array_equal(shown, clean[frame].flatten())
        wanted = kept * (clean[frame] / 127.5 - 1) + lost * (noise[frame] / 42.5 - 3)
        shown = np.array(tab.locator(f"{PART} .noised canvas").evaluate(READ_GREYS))
        assert np.abs(shown - 127.5 * (wanted.clip(-1, 1).flatten() + 1)).max() <= 1
    assert time_steps(strip, "point") <= FRAME_MILLISECONDS
    ten = [row for row in read_steps(describe("ddpm.mnist"))["rows"] if row["steps"] == 10]
    best = min(ten, key=lambda row: row["frechet"])
    told = f"10 steps of {best['sampler']}: distance {best['frechet']:.2f}."
    expect(tab.locator(f"{PART} .bought .sum")).to_contain_text(told)
    tab.locator(f"{PART} .grid").focus()
    tab.keyboard.press("ArrowDown")
    expect(tab.locator(f"{PART} .grid")).to_have_attribute("aria-valuenow", "5")
    assert calls == []

    assert calls == []
    assert count_unnamed(tab, PART) == 0
    assert smallest_text(tab, PART) >= 12
    change_theme(tab, dark=True)
    screenshot(tab, "diffusion-dark")


def test_another_digit_a_branch_a_stop_and_a_drawing(opened: Any, screenshot: Any) -> None:
    tab = opened(width=390, height=844)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    calls = record_calls(tab)
    digits = tab.get_by_role("group", name="The class that is asked for").get_by_role("button")
    tops = {box["y"] for box in (button.bounding_box() for button in digits.all()) if box}
    assert len(tops) == 1, "ten digits in one row"
    digits.nth(7).click()
    expect(says(tab)).to_contain_text("Sixteen of “7”, 20 steps of DPM-Solver++ in", timeout=60 * SECONDS)
    expect(tab).to_have_url(re.compile("[?]tab=diffusion&label=7$"))
    tab.locator(f"{PART} .noised-strip").focus()
    tab.keyboard.press("Home")
    for _ in range(4):
        tab.keyboard.press("ArrowRight")
    tab.get_by_role("button", name="From t = 799, sixteen other ways").click()
    expect(says(tab)).to_contain_text("One noisy picture, from t = 799 sixteen ways", timeout=60 * SECONDS)
    tab.get_by_role("button", name="Back to the run before").click()
    expect(says(tab)).to_contain_text("Sixteen of “7”")
    assert count_wishes(calls) == 2

    # A thousand steps can be stopped; what was there stays.
    tab.locator(f"{PART} .sampler select").select_option("DDPM")
    expect(says(tab)).to_contain_text("20 steps of DDPM in", timeout=60 * SECONDS)
    tab.locator(f"{PART} .steps input").focus()
    tab.keyboard.press("End")
    expect(tab.locator(f"{PART} .steps b")).to_have_text("1,000")
    expect(says(tab)).to_have_text(re.compile(r"t = \d+ …"), timeout=60 * SECONDS)
    tab.get_by_role("button", name="Stop").click()
    expect(says(tab)).to_have_text("Stopped.")
    tab.locator(f"{PART} .steps input").focus()
    tab.keyboard.press("Home")
    expect(says(tab)).to_contain_text("5 steps of DDPM in", timeout=60 * SECONDS)

    field = tab.get_by_role("textbox", name="Seed")
    field.fill("1e99")
    field.blur()
    expect(tab.locator(f"{PART} .lab .problem")).to_have_text(re.compile("^A seed is a whole number from 0 to"))
    field.fill("12")
    field.blur()
    expect(tab.locator(f"{PART} .lab .problem")).to_be_hidden()

    tab.locator(f"{PART} .paper .examples button").nth(4).click()
    expect(says(tab)).to_contain_text("Your drawing, noised to t = 399 sixteen times", timeout=60 * SECONDS)
    tab.get_by_role("button", name="Start from noise again").click()
    expect(says(tab)).to_contain_text("Sixteen of “7”", timeout=60 * SECONDS)
    screenshot(tab, "diffusion-390")


def test_both_tabs_of_the_day_show_themselves_until_they_are_touched(
    stand_in: StandIn, page: Callable[..., Page]
) -> None:
    tab = page(f"{stand_in.url}/?tab=transfer")
    open_in_motion(tab, TITLE)
    strip = tab.locator(f"{PART} .noised-strip")
    expect(strip).to_have_attribute("aria-valuenow", re.compile("^[2-9]$"), timeout=60 * SECONDS)
    expect(strip).to_have_attribute("aria-valuenow", re.compile("^1[0-9]$"))
    tab.locator(f"{PART} h2").click()
    stopped = strip.get_attribute("aria-valuenow")
    tab.wait_for_timeout(400)
    assert strip.get_attribute("aria-valuenow") == stopped

    # Memorisation: out of noise onto the dots.
    open_tab(tab, "Memorisation")
    time = tab.locator("#tab-memorisation .time input")
    expect(time).to_have_attribute("aria-valuetext", re.compile("^t = [89]..$"))
    expect(time).to_have_attribute("aria-valuetext", re.compile("^t = [1-4]..$"), timeout=20 * SECONDS)
