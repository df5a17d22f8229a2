"""StyleGAN in a real browser: the crossing dragged, layers switched, truncation, a channel set by hand, seeds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from apps import stylegan
from apps.stylegan.layout import COLUMNS, ROWS
from tests._support.browsing import (
    FRAME_MILLISECONDS,
    change_theme,
    count_unnamed,
    count_wishes,
    read_number,
    record_calls,
    smallest_text,
    time_steps,
)
from tests._support.stand_in import StandIn
from tests._support.styles import MIXING
from tests._support.visit import await_opening, open_in_motion
from tests.apps.test_stylegan import read_url

TAB = "#tab-stylegan"


@pytest.fixture(autouse=True)
def _here(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENWEEKS_ZOO", str(stand_in.zoo))


def set_slider(field: Any, value: float) -> None:
    field.evaluate("(field, value) => { field.value = value; field.dispatchEvent(new Event('input')); }", str(value))


def read_mix(tab: Page, name: str = "mix") -> np.ndarray:
    """The 28 × 28 greys of a picture of the trio."""
    read = """(canvas) => {
      const size = canvas.width, pen = canvas.getContext("2d"), all = pen.getImageData(0, 0, size, size).data;
      const place = (k) => Math.floor(((k + 0.5) * size) / 28);
      return Array.from({ length: 784 }, (_, i) => all[4 * (place(Math.floor(i / 28)) * size + place(i % 28))]);
    }"""
    return np.array(tab.locator(f"{TAB} .{name} canvas").first.evaluate(read)).reshape(28, 28)


def expect_mix(tab: Page, first: int, second: int, layers: list[int], psi: float = 1) -> None:
    """The page's own arithmetic draws what Python's draws, and takes it for the same."""
    found = stylegan.mix_styles(first, second, layers, psi)
    for name, each in (("first", found["first"]), ("mix", found), ("second", found["second"])):
        away = np.abs(read_mix(tab, name) - read_url(each["picture"]).astype(int))
        assert away.max() <= 1
        if each["probability"] > 0.5:
            expect(tab.locator(f"{TAB} .trio .{name} figcaption")).to_contain_text(each["label"])


def test_a_mix_is_made_in_the_browser_without_a_request(
    stand_in: StandIn, visit: Callable[..., Page], screenshot: Any
) -> None:
    tab = visit("StyleGAN", stand_in.url)
    calls = record_calls(tab)
    row, column = ROWS[0], COLUMNS[0]
    crossing = tab.locator(f"{TAB} .crossing input")
    opening = int(crossing.input_value())
    expect_mix(tab, row, column, list(range(opening + 1, 7)))
    for part in (".mixes", ".crossing", ".psi", ".trio", ".measured"):
        box = tab.locator(f"{TAB} {part}").bounding_box()
        assert box
        assert box["y"] + box["height"] < 800, "on the first screen"

    # The crossing, by slider and keys; the figures of the release beside it.
    crossing.focus()
    tab.keyboard.press("Home")
    expect_mix(tab, row, column, [1, 2, 3, 4, 5, 6])
    tab.keyboard.press("ArrowRight")
    expect_mix(tab, row, column, [2, 3, 4, 5, 6])
    crossed = "From the left: layer 1 (7 px) · from above: layers 2 to 6 (7, 14, 28 px)"
    expect(tab.locator(f"{TAB} .where")).to_have_text(crossed)
    plot = tab.locator(f"{TAB} .measured .plot")
    expect(plot).to_have_attribute("aria-valuetext", "1 layer from A: A's kind in 17 %, B's in 83 %")
    plot.focus()
    tab.keyboard.press("End")
    expect(crossing).to_have_value("6")
    expect_mix(tab, row, column, [])
    keeps = tab.locator(f"{TAB} .layers > span").all_inner_texts()[-6:]
    assert keeps == [f"{each['first']:.0%}".replace("%", " %") for each in MIXING["alone"]]

    # Layer by layer, of another mix of the grid; truncation; noise.
    grid = tab.locator(f"{TAB} .mixes")
    grid.focus()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowRight")
    row, column = ROWS[1], COLUMNS[1]
    for layer in (2, 5):
        tab.get_by_role("button", name=f"Layer {layer}: style of B").click()
    expect_mix(tab, row, column, [2, 5])
    expect(tab).to_have_url(re.compile("crossing=6&pair=1%2C1&styles=ABAABA"))
    psi = tab.locator(f"{TAB} .psi input")
    set_slider(psi, -0.5)
    expect_mix(tab, row, column, [2, 5], -0.5)
    expect(tab.locator(f"{TAB} .shown")).to_contain_text("At ψ = −0.50, 33 % of 1,000 samples are still of their kind.")
    set_slider(psi, 0)
    assert np.array_equal(read_mix(tab, "first"), read_mix(tab, "second"))
    expect(tab.locator(f"{TAB} .shown")).to_contain_text("every code has the mean style")
    expect(tab.locator(f"{TAB} .seen")).to_contain_text("20 have two samples of that kind")
    set_slider(psi, 1)
    noisy = read_mix(tab)
    tab.get_by_role("button", name="Noise").click()
    expect(tab.locator(f"{TAB} .shown")).to_contain_text("Without noise 97 % of 1,000 samples keep their kind")
    assert not np.array_equal(read_mix(tab), noisy)
    tab.get_by_role("button", name="Noise").click()
    assert time_steps(crossing, "slide") <= FRAME_MILLISECONDS
    assert calls == []

    # A channel's numbers are Python's; set by hand they change the picture; the style's come back.
    set_slider(crossing, 6)
    for layer in (2, 5):
        tab.get_by_role("button", name=f"Layer {layer}: style of B").click()
    maps = tab.locator(f"{TAB} .step canvas").nth(3)
    maps.focus()
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowRight")
    expect(tab.locator(f"{TAB} .about")).to_contain_text("Layer 4, channel 1.")
    found = stylegan.normalise_channel(row, column, [2, 5], 4, 1)
    for name, mean, deviation in (("before", "mean", "deviation"), ("after", "shift", "scale")):
        texts = tab.locator(f"{TAB} .channel .{name} figcaption span").all_inner_texts()
        assert read_number(texts[0].split()[-1]) == pytest.approx(found[mean], abs=1e-3)
        assert read_number(texts[1].split()[-1]) == pytest.approx(abs(found[deviation]), abs=1e-3)
    result = read_number(tab.locator(f"{TAB} .pixel b").inner_text())
    assert result == pytest.approx(found["after"][int(np.argmax(found["before"]))], abs=1e-3)
    picture = tab.locator(f"{TAB} .channel .picture figcaption")
    expect(picture).to_contain_text("as its styles say")
    set_slider(tab.locator(f"{TAB} .shift"), 3)
    expect(tab.locator(f"{TAB} .channel .after figcaption")).to_contain_text("mean 3.000")
    expect(picture).to_contain_text(re.compile(r"a pixel moved by \d"))
    tab.get_by_role("button", name="As the style says").click()
    expect(picture).to_contain_text("as its styles say")
    expect(tab).to_have_url(re.compile("layer=4&channel=1"))
    assert calls == []
    assert tab.evaluate("document.documentElement.scrollHeight") <= 1800
    assert count_unnamed(tab, TAB) == 0
    assert smallest_text(tab, TAB) >= 12
    change_theme(tab, dark=True)
    screenshot(tab, "stylegan-dark")


def test_seeds_choose_samples_and_a_link_holds_them(
    stand_in: StandIn, page: Callable[..., Page], screenshot: Any
) -> None:
    seeds = [11, 12, 13, 14, 15, 16, 17, 18, 2**63 - 1]
    state = f"crossing=3&psi=0.5&pair=2,4&styles=BBAAAB&seeds={','.join(map(str, seeds))}"
    tab = page(f"{stand_in.url}/?tab=stylegan&{state}", width=390, height=844)
    await_opening(tab)
    expect(tab.locator(f"{TAB} .trio .second input")).to_have_value(str(2**63 - 1), timeout=20_000)
    expect_mix(tab, 13, 2**63 - 1, [1, 2, 6], 0.5)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    calls = record_calls(tab)
    tab.locator(f"{TAB} .trio .first input").fill("77")
    expect(tab).to_have_url(re.compile("seeds=11%2C12%2C77%2C14"))
    found = read_url(stylegan.mix_styles(77, 2**63 - 1, [], 0.5)["picture"]).astype(int)
    for _ in range(100):  # until the style of the new seed is there
        if np.abs(read_mix(tab, "first") - found).max() <= 1:
            break
        tab.wait_for_timeout(100)
    expect_mix(tab, 77, 2**63 - 1, [1, 2, 6], 0.5)
    assert count_wishes(calls) == 1
    problem = tab.locator(f"{TAB} .problem")
    tab.locator(f"{TAB} .trio .first input").fill(str(2**63))
    expect(problem).to_have_text("A seed is a whole number from 0 to 9,223,372,036,854,775,807.")
    set_slider(tab.locator(f"{TAB} .psi input"), 1)
    expect_mix(tab, 77, 2**63 - 1, [1, 2, 6])
    tab.locator(f"{TAB} .trio .first input").fill("x")
    expect(problem).to_have_text("A seed is a whole number, 0 or more.")
    tab.get_by_role("button", name="Other samples").click()
    expect(tab.locator(f"{TAB} .trio .second input")).to_have_value("8")
    screenshot(tab, "stylegan-390")


def test_the_crossing_moves_by_itself_until_it_is_touched(stand_in: StandIn, page: Callable[..., Page]) -> None:
    tab = page(f"{stand_in.url}/?tab=transfer")
    open_in_motion(tab, "StyleGAN")
    crossing = tab.locator(f"{TAB} .crossing input")
    expect(crossing).to_have_value("3")
    tab.locator(f"{TAB} h2").click()
    stopped = crossing.input_value()
    tab.wait_for_timeout(800)
    assert crossing.input_value() == stopped
