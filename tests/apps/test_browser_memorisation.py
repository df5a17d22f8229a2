"""Memorisation in a real browser: dots drawn, moved and taken away, samples followed, and what the denoiser weighs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from apps.memorisation.dots import SETS, denoise_exactly, list_levels
from from_scratch.generative import ddim_step, linear_betas, remaining_signal
from tests._support.browsing import (
    FRAME_MILLISECONDS,
    change_theme,
    count_unnamed,
    record_calls,
    smallest_text,
    time_steps,
)
from tests._support.stand_in import StandIn

TITLE, PART = "Memorisation", "#tab-memorisation"
SECONDS = 1000
ALPHAS = remaining_signal(linear_betas())
ALL = "200 of 200 samples end on a dot"


@pytest.fixture
def opened(stand_in: StandIn, visit: Callable[..., Page]) -> Callable[..., Page]:
    def open_dots(**window: Any) -> Page:
        tab = visit(TITLE, stand_in.url, **window)
        tab.locator(f"{PART} .dots.ready").wait_for(timeout=60 * SECONDS)
        return tab

    return open_dots


def go_on(tab: Page, share: float, along: float, down: float) -> None:
    """Move the mouse over the plane to a place of it, as shares of its sides."""
    box = tab.locator(f"{PART} .plane canvas").bounding_box()
    assert box
    tab.mouse.move(box["x"] + along * box["width"], box["y"] + down * box["height"], steps=round(share))


def read_ringed(dots: Locator) -> torch.Tensor:
    """Where the ringed sample is, 1×2."""
    place = dots.get_attribute("data-ringed")
    assert place
    return torch.tensor([[float(each) for each in place.split()]], dtype=torch.float64)


def count_shares(dots: Locator) -> list[int]:
    """How many samples end nearest to each dot."""
    return [int(each) for each in (dots.get_attribute("data-shares") or "").split()]


def test_only_the_dots_that_were_drawn_return(opened: Any, screenshot: Any) -> None:
    tab = opened()
    calls = record_calls(tab)
    dots, verdict = tab.locator(f"{PART} .dots"), tab.locator(f"{PART} .verdict")
    for part in (".plane canvas", ".verdict", ".weights", ".blur input"):
        box = tab.locator(f"{PART} {part}").bounding_box()
        assert box
        assert box["y"] + box["height"] < 800, "on the first screen"
    assert tab.evaluate("document.documentElement.scrollHeight") <= 1200
    expect(verdict).to_contain_text(ALL)
    assert (len(count_shares(dots)), sum(count_shares(dots))) == (5, 200)

    # The ringed sample goes where the denoiser in Python sends it, and its dot weighs what is said.
    levels, data = list_levels(100), torch.tensor(SETS["Five dots"], dtype=torch.float64)
    time, says = tab.locator(f"{PART} .time input"), tab.locator(f"{PART} .says b")
    time.focus()
    tab.keyboard.press("End")
    home = int((data - read_ringed(dots)).square().sum(1).argmin())
    tab.keyboard.press("Home")
    for _ in range(3):
        tab.get_by_role("button", name="Another sample").click()
        x, t = read_ringed(dots), levels[0]
        time.focus()
        tab.keyboard.press("End")
        home = int((data - read_ringed(dots)).square().sum(1).argmin())
        tab.keyboard.press("Home")
        weights = (-(x - ALPHAS[t].sqrt() * data).square().sum(1) / (2 * (1 - ALPHAS[t]))).softmax(0)
        expect(says).to_have_text(f"{100 * weights[home]:.0f} %")
        clean = denoise_exactly(x, t, data, 0, ALPHAS)
        tab.keyboard.press("ArrowRight")
        expect(time).to_have_attribute("aria-valuetext", f"t = {levels[1]}")
        wanted = ddim_step(x, (x - ALPHAS[t].sqrt() * clean) / (1 - ALPHAS[t]).sqrt(), t, levels[1], ALPHAS)
        torch.testing.assert_close(read_ringed(dots), wanted)
        tab.keyboard.press("Home")
    screenshot(tab, "memorisation")

    # A stroke leaves dots behind it; a dot that is dropped outside is gone; keys do the same.
    tab.get_by_role("button", name="Clear").click()
    expect(verdict).to_have_text("Without data there is nothing to return.")
    go_on(tab, 1, 0.1, 0.2)
    tab.mouse.down()
    go_on(tab, 30, 0.8, 0.6)
    tab.mouse.up()
    drawn = len(count_shares(dots))
    assert drawn > 8
    expect(tab.locator(f"{PART} .count")).to_have_text(f"{drawn} dots of at most 40")
    expect(verdict).to_contain_text(ALL)
    expect(tab).to_have_url(re.compile(r"[?]tab=memorisation&dots=-2[.]4"))
    go_on(tab, 1, 0.1, 0.2)
    tab.mouse.down()
    go_on(tab, 3, -0.2, 0.2)
    tab.mouse.up()
    tab.locator(f"{PART} .plane canvas").focus()
    for key, count in (("Delete", drawn - 2), ("Enter", drawn - 1), ("ArrowUp", drawn - 1)):
        tab.keyboard.press(key)
        expect(dots).to_have_attribute("data-shares", re.compile(rf"^(\d+ ){{{count - 1}}}\d+$"))
    expect(verdict).to_contain_text(ALL)

    # Where the denoiser is not perfect samples are new.
    tab.locator(f"{PART} .blur input").focus()
    tab.keyboard.press("End")
    expect(verdict).to_have_text(re.compile(r"^\d{1,2} of 200 samples end on a dot, [12]?\d\d are new: "))
    tab.get_by_role("button", name="Spiral").click()
    assert time_steps(time, "slide") <= FRAME_MILLISECONDS
    assert time_steps(tab.locator(f"{PART} .blur input"), "slide") <= 2 * FRAME_MILLISECONDS
    assert calls == []
    assert count_unnamed(tab, PART) == 0
    assert smallest_text(tab, PART) >= 12
    change_theme(tab, dark=True)
    screenshot(tab, "memorisation-dark")


def test_a_link_holds_dots_and_blur_in_a_narrow_window(
    stand_in: StandIn, page: Callable[..., Page], screenshot: Any
) -> None:
    tab = page(f"{stand_in.url}/?tab=memorisation&dots=-1,1%201,1%200,-1.5&blur=0.3", width=390, height=844)
    dots = tab.locator(f"{PART} .dots.ready")
    dots.wait_for(timeout=60 * SECONDS)
    assert len(count_shares(dots)) == 3
    expect(tab.locator(f"{PART} .blur b")).to_have_text("to within ± 0.30")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    screenshot(tab, "memorisation-390")
