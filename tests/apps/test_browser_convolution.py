"""Convolution in a real browser: the calculator set and walked, maps and pictures pooled as torch pools them."""

from __future__ import annotations

import base64
import io
import itertools
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from gradio_client import Client, handle_file
from PIL import Image
from playwright.sync_api import Page, expect

from apps import _networks
from apps.convolution import compare_poolings, pooling
from apps.feature_maps import compute_feature_maps
from from_scratch.convolution import output_size
from tests._support.browsing import (
    FRAME_MILLISECONDS,
    count_unnamed,
    count_wishes,
    read_number,
    record_calls,
    smallest_text,
    time_steps,
)
from tests._support.visit import await_opening, open_tab
from zoo.examples import example_pictures

SECONDS = 1000
RESNET = "resnet18.cifar10"


@pytest.fixture
def opened(visit: Callable[..., Page]) -> Callable[..., Page]:
    def open_tab(**options: Any) -> Page:
        tab = visit("Convolution", **options)
        expect(tab.locator(".pooling-kinds .told")).to_contain_text("Pooled: conv 1, channel", timeout=120 * SECONDS)
        return tab

    return open_tab


def pooled(tab: Page) -> dict[str, dict[str, str]]:
    """What stands under each picture."""
    return tab.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.pooling-kinds figure')]"
        ".map((figure) => [figure.dataset.kind, Object.fromEntries(['size', 'mean', 'largest', 'change']"
        ".map((name) => [name, figure.querySelector('.' + name).innerText]))]))"
    )


def read_map(name: str, channel: int) -> torch.Tensor:
    """1×H×W as the network computes it."""
    trace, _, _ = _networks.find_trace("cat", RESNET)
    return trace.value(trace.layers[name].node).detach()[0, channel : channel + 1]


def assert_pooled(shown: dict[str, dict[str, str]], x: torch.Tensor, window: int, stride: int) -> None:
    for kind in pooling.compare_kinds(x, window, stride):
        words = shown[kind["kind"]]
        _, height, width = kind["shape"]
        assert words["size"] == (f"{height} × {height}" if height == width else f"{height} × {width}")
        # Half a unit of the last of three digits: every number is the network's own.
        assert read_number(words["mean"]) == pytest.approx(kind["mean"], rel=5.1e-3, abs=1e-7)
        assert read_number(words["largest"]) == pytest.approx(kind["largest"], rel=5.1e-3, abs=1e-7)
        assert read_number(words["change"]) == pytest.approx(100 * kind["shift_change"], abs=0.051)


def test_it_walks_by_itself_on_a_telephone_until_it_is_touched(page: Callable[..., Page], screenshot: Any) -> None:
    tab = page(width=390, height=844)
    tab.emulate_media(reduced_motion="no-preference")
    await_opening(tab)
    open_tab(tab, "Convolution")
    place, said = tab.locator(".walk .place"), tab.locator("#convolution-calculator figcaption").last
    expect(place).not_to_have_text("row 0, column 0")
    window = tab.locator("#convolution-calculator canvas.input")
    assert window.bounding_box()["y"] + 200 < 844, "most of it is on the first screen"  # type: ignore[index]
    window.tap(position={"x": 45, "y": 120})  # the window whose middle is nearest to that pixel: rows 3 to 5 of 9
    expect(place).to_have_text("row 1, column 0")
    expect(said).to_have_text("output 4 × 4: here 9 products add up to +2")
    tab.wait_for_timeout(1000)
    expect(place).to_have_text("row 1, column 0")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    expect(tab.locator(".pooling-kinds .told")).to_contain_text("Pooled: conv 1, channel", timeout=120 * SECONDS)
    for part in (".pooling-kinds", "#convolution-calculator"):
        assert smallest_text(tab, part) >= 12
        assert count_unnamed(tab, part) == 0
    screenshot(tab, "convolution-390")


# What a visitor's hand does to the fields, for many settings at once; what the formula says of each.
SET_ALL = """(cases) => {
  const fields = [...document.querySelectorAll("#convolution-calculator input[type=number]")];
  return cases.map((values) => {
    values.forEach((value, i) => {
      fields[i].value = value;
      fields[i].dispatchEvent(new Event("input", { bubbles: true }));
    });
    const formula = document.querySelector("#convolution-calculator .formula");
    return (formula.querySelector("b") ?? formula).textContent;
  });
}"""


def count_places(*case: int) -> str:
    try:
        return str(output_size(*case))
    except ValueError as refusal:
        return str(refusal)


def test_calculator_agrees_with_from_scratch_and_a_link_holds_it(page: Callable[..., Page], screenshot: Any) -> None:
    tab = page("?tab=convolution&kernel=5&padding=2&stride=0&size=many", dark=True)
    told = tab.locator(".pooling-kinds .told")
    expect(told).to_contain_text("Pooled: conv 1, channel", timeout=120 * SECONDS)
    names = ("input size", "kernel", "stride", "padding", "dilation")
    fields = [tab.get_by_role("spinbutton", name=name, exact=True) for name in names]
    formula, place = tab.locator(".formula"), tab.locator(".walk .place")
    for field, value in zip(fields, (7, 5, 2, 2, 1), strict=True):  # the impossible ones are those it opens on
        expect(field).to_have_value(str(value))
    expect(formula.locator("b")).to_have_text("4")
    tab.wait_for_timeout(300)
    screenshot(tab, "convolution-1280-dark")

    calls = record_calls(tab)
    cases = [*itertools.product((1, 7, 224), (1, 3, 11), (1, 2), (0, 2), (1, 3)), (0, 3, 1, 1, 1), (7, 3, 0, 1, 1)]
    assert tab.evaluate(SET_ALL, cases) == [count_places(*case) for case in cases]
    assert tab.evaluate(SET_ALL, [(4096, 4096, 1, 0, 1), (4096, 1, 1, 0, 1)]) == ["1", "4096"]

    for field, value in zip(fields, (7, 3, 2, 0, 2), strict=True):
        field.fill(str(value))
    expect(tab).to_have_url(re.compile(r"size=7&kernel=3&stride=2&padding=0&dilation=2$"))
    expect(place).to_have_text("row 0, column 0")
    tab.get_by_role("button", name="One place on").click()
    expect(place).to_have_text("row 0, column 1")
    expect(tab.get_by_role("img", name=re.compile("reads 3 rows from 0 and 3 columns from 2"))).to_be_visible()

    # Keys walk over the output, from the end of a row to the next; the pointer shows a place; what is typed wrong is
    # said, and the address keeps what was right.
    output = tab.get_by_role("application", name=re.compile("^Output of 2 by 2"))
    output.press("ArrowRight")
    expect(place).to_have_text("row 1, column 0")
    output.press("ArrowDown")
    expect(place).to_have_text("row 0, column 0")
    output.press("End")
    expect(place).to_have_text("row 1, column 1")
    output.hover(position={"x": 40, "y": 5})
    expect(place).to_have_text("row 0, column 1")
    fields[0].fill("")
    expect(formula).to_have_text("The input size must be a whole number.")
    expect(tab.get_by_role("button", name="Walk", exact=True)).to_be_disabled()
    fields[0].fill("9")
    tab.get_by_role("button", name="Walk", exact=True).click()
    expect(place).to_have_text("row 0, column 2")
    tab.get_by_role("button", name="Pause", exact=True).click()
    expect(tab).to_have_url(re.compile(r"size=9&kernel=3&stride=2&padding=0&dilation=2$"))
    assert calls == []


def test_maps_are_pooled_in_the_browser_as_torch_pools_them(opened: Any, gallery: str, screenshot: Any) -> None:
    tab = opened()
    expect(tab.locator(".formula b")).to_have_text("4")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1280
    for part in (".pooling-kinds", "#convolution-calculator"):
        assert smallest_text(tab, part) >= 12
        assert count_unnamed(tab, part) == 0
    screenshot(tab, "convolution-1280")
    maps = compute_feature_maps("cat", RESNET)
    told = tab.locator(".pooling-kinds .told")
    channel = int(re.search(r"channel (\d+)", told.inner_text()).group(1))  # type: ignore[union-attr]
    calls = record_calls(tab)
    window = tab.get_by_role("slider", name="window, pixels")
    stride = tab.get_by_role("slider", name="stride, pixels")
    assert_pooled(pooled(tab), read_map("conv1", channel), 2, 2)
    expect(told).to_contain_text("stand for twice as much: of 2 × 2 equal values it is twice their mean.")

    window.focus()
    tab.keyboard.press("ArrowRight")
    expect(tab.locator(".pooling-kinds [data-kind=max] .size")).to_have_text("10 × 10")  # the stride went with it
    assert_pooled(pooled(tab), read_map("conv1", channel), 3, 3)
    stride.focus()
    for _ in range(2):
        tab.keyboard.press("ArrowLeft")
    expect(tab.locator(".pooling-kinds [data-kind=max] .size")).to_have_text("30 × 30")
    assert_pooled(pooled(tab), read_map("conv1", channel), 3, 1)
    expect(told).to_contain_text("it is 3 times their mean.")
    window.focus()
    tab.keyboard.press("Home")
    expect(told).to_have_text(f"Pooled: conv 1, channel {channel}.")  # nothing is twice or "1 times" of anything
    for _ in range(2):
        tab.keyboard.press("ArrowRight")
    stride.focus()
    tab.keyboard.press("Home")
    expect(tab.locator(".pooling-kinds [data-kind=max] .size")).to_have_text("30 × 30")

    # Moved by a pixel, the same numbers are those of the moved map.
    before = pooled(tab)
    button = tab.get_by_role("button", name="Move it by one pixel")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    after = pooled(tab)
    assert {name: row["change"] for name, row in after.items()} == {name: row["change"] for name, row in before.items()}
    assert after["source"]["mean"] != before["source"]["mean"]
    button.click()

    tab.get_by_role("button", name="the picture").click()
    expect(told).to_contain_text("Pooled: the picture")
    url = maps["input"].partition(",")[2]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(url)))).astype(np.float32) / 255
    assert_pooled(pooled(tab), torch.from_numpy(pixels).permute(2, 0, 1).contiguous(), 3, 1)
    screenshot(tab, "convolution-picture")

    # Only layers with maps can be chosen, and small maps take small windows only; all this was one call of Python.
    tab.get_by_role("button", name="a map").click()
    layers = tab.get_by_role("combobox", name="Layer")
    assert "fc" not in layers.inner_text()
    last = next(layer for layer in maps["layers"] if layer["shape"][1] == 4)
    assert calls == []
    layers.select_option(last["name"])
    expect(told).to_contain_text(last["label"], timeout=20 * SECONDS)
    expect(window).to_have_attribute("max", "4")
    assert count_wishes(calls) == 1
    channels = tab.get_by_role("slider", name="channel", exact=True)
    channels.focus()
    tab.keyboard.press("End")
    expect(told).to_contain_text(f"channel {last['shape'][0] - 1}")
    # Another map's colours are there at once, its numbers when Python has sent them.
    expect(tab.locator(".pooling-kinds [data-kind=max] .mean")).not_to_have_text("…")
    assert_pooled(pooled(tab), read_map(last["name"], last["shape"][0] - 1), 3, 1)

    layers.select_option("conv1")
    expect(told).to_contain_text("conv 1", timeout=20 * SECONDS)
    assert time_steps(channels, "slide") <= FRAME_MILLISECONDS
    tab.wait_for_timeout(500)
    windowed = count_wishes(calls)
    assert time_steps(window, "slide") <= FRAME_MILLISECONDS
    tab.wait_for_timeout(500)
    assert count_wishes(calls) == windowed, "Python hears of layers and channels, and nothing of windows and strides"

    client = Client(gallery, verbose=False)
    cat = handle_file(str(example_pictures()["cat"]))
    sent = client.predict(cat, RESNET, "conv1", 3, 3, 2, api_name="/compare_poolings")
    here = compare_poolings(str(example_pictures()["cat"]), RESNET, "conv1", 3, 3, 2)
    assert [kind["mean"] for kind in sent["kinds"]] == pytest.approx([kind["mean"] for kind in here["kinds"]])
