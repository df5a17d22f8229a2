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
import torch.nn.functional as F
from gradio_client import Client, handle_file
from PIL import Image
from playwright.sync_api import Locator, Page, expect

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
    tab.evaluate(HURRY)
    open_tab(tab, "Convolution")
    place, said = tab.locator(".walk .place"), tab.locator("#convolution-calculator figcaption").last
    # It has gone through all 9 places, and on to another size: of 9 pixels there are 4 places on a side.
    expect(tab.locator(".formula b")).to_have_text("4")
    expect(place).to_have_text("row 2, column 0")
    window = tab.locator("#convolution-calculator canvas.input")
    for canvas in (window, tab.locator("#convolution-calculator canvas.output")):
        box = canvas.bounding_box()
        assert box
        assert box["y"] + box["height"] < 844, "it is on the first screen"
    window.tap(position={"x": 120, "y": 45})  # the window whose middle is nearest to that pixel: columns 4 to 6 of 9
    expect(place).to_have_text("row 0, column 2")
    expect(said).to_have_text("output 4 × 4: here 9 products add up to −1")
    corner = tab.locator(".corner").bounding_box()
    assert corner
    assert min(corner["width"], corner["height"]) >= 24, "a finger hits it"
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    expect(tab.locator(".pooling-kinds .told")).to_contain_text("Pooled: conv 1, channel", timeout=120 * SECONDS)
    for part in (".pooling-kinds", "#convolution-calculator"):
        assert smallest_text(tab, part) >= 12
        assert count_unnamed(tab, part) == 0
    screenshot(tab, "convolution-390")


# What kit.play shows by itself, fast up to the larger picture, where it halts.
HURRY = """() => {
  const wait = setTimeout, count = () => document.querySelector("#convolution-calculator .formula b")?.textContent;
  window.setTimeout = (act, ms, ...given) =>
    wait(act, act.name !== "go" ? ms : count() === "4" ? 1e6 : 40, ...given);
}"""

# What a visitor's hand does to the fields, for many settings at once; what the formula says of each, and what is read.
SET_ALL = """(cases) => {
  const fields = [...document.querySelectorAll("#convolution-calculator input[type=number]")];
  return cases.map((values) => {
    values.forEach((value, i) => {
      fields[i].value = value;
      fields[i].dispatchEvent(new Event("input", { bubbles: true }));
    });
    const [formula, read] = document.querySelectorAll("#convolution-calculator .result > p");
    return [(formula.querySelector("b") ?? formula).textContent, read.textContent];
  });
}"""


def tell_places(*case: int) -> list[str]:
    """How many places, and the pixels on which no value of the output depends."""
    try:
        count = output_size(*case)
    except ValueError as refusal:
        return [str(refusal), ""]
    size, kernel, stride, padding, dilation = case
    x = torch.ones(1, 1, size, size, requires_grad=True)
    F.conv2d(x, torch.ones(1, 1, kernel, kernel), None, stride, padding, dilation).sum().backward()
    unread = int((x.grad == 0).sum())  # type: ignore[union-attr]
    fits = [n for n in range(max(1, size - stride), size + stride) if n + 2 * padding > dilation * (kernel - 1)]
    alike = [n for n in fits if output_size(n, *case[1:]) == count]
    read = f"{unread:,} of {size**2:,} pixels are never read" if unread else "every pixel is read"
    between = f"to {alike[-1]} pixels all" if len(alike) > 2 else f"and {alike[-1]} pixels both"
    return [str(count), read + (f" · {alike[0]} {between} give {count}" if len(alike) > 1 else "")]


def draw_disc(size: int) -> torch.Tensor:
    """The picture on which the calculator opens, size×size."""
    row, column = torch.meshgrid(*2 * [torch.arange(size) % 8 - 3.5], indexing="ij")
    return (torch.hypot(row, column) < 3).float()


def read_output(tab: Page) -> list[list[int]]:
    """Walk over the output by keys, and read what is said at each place."""
    output, said = tab.locator("#convolution-calculator canvas.output"), tab.locator(".result figcaption b").last
    count = int(re.findall(r"Output of (\d+)", output.get_attribute("aria-label") or "")[0])
    output.press("Home")
    found = []
    for place in range(count**2):
        expect(tab.locator(".walk .place")).to_have_text(f"row {place // count}, column {place % count}")
        found.append(int(read_number(said.inner_text())))
        output.press("ArrowRight")
    return [found[start : start + count] for start in range(0, count**2, count)]


def convolve(x: torch.Tensor, kernel: list[list[int]]) -> list[list[int]]:
    return F.conv2d(x[None, None], torch.tensor(kernel)[None, None].float(), stride=2)[0, 0].int().tolist()


def change_by_hand(tab: Page, formula: Locator, size: Locator) -> None:
    """The corner is dragged, pixels are drawn and weights changed; every output is torch's."""
    tab.evaluate(SET_ALL, [(8, 3, 2, 0, 1)])
    vertical = [[-1, 0, 1]] * 3
    assert read_output(tab) == convolve(draw_disc(8), vertical)
    corner, picture = tab.locator(".corner"), tab.locator("#convolution-calculator canvas.input")
    box = corner.bounding_box()
    assert box
    left, top = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for by, wide, places in ((-30, 7, 3), (36, 9, 4), (0, 8, 3)):
        tab.mouse.move(left, top)
        tab.mouse.down()
        tab.mouse.move(left + by, top + by, steps=3)
        expect(size).to_have_value(str(wide))
        expect(formula.locator("b")).to_have_text(str(places))
        tab.mouse.move(left, top)
        tab.mouse.up()
    expect(tab).to_have_url(re.compile("size=8&"))

    tab.get_by_role("button", name="draw", exact=True).click()
    x = draw_disc(8)
    for row, column in ((7, 2), (3, 3)):  # never read, and read
        width = picture.bounding_box()["width"] / 8  # type: ignore[index]
        picture.click(position={"x": (column + 0.5) * width, "y": (row + 0.5) * width})
        x[row, column] = 1 - x[row, column]
        assert read_output(tab) == convolve(x, vertical)
        if row == 7:
            assert read_output(tab) == convolve(draw_disc(8), vertical), "nobody reads the last row"
    picture.focus()
    for key in ("ArrowDown", "ArrowRight", " "):
        tab.keyboard.press(key)
    x[1, 1] = 1 - x[1, 1]
    tab.get_by_role("combobox", name="Kernel").select_option("horizontal")
    assert read_output(tab) == convolve(x, [[-1] * 3, [0] * 3, [1] * 3])
    tab.get_by_role("button", name="Undo").click()
    tab.get_by_role("button", name="move the window").click()
    tab.get_by_role("combobox", name="Kernel").select_option("outline")
    assert read_output(tab) == convolve(draw_disc(8), [[-1] * 3, [-1, 8, -1], [-1] * 3])
    kernel = tab.locator("#convolution-calculator canvas.kernel")
    kernel.click(position={"x": 50, "y": 50})
    expect(tab.get_by_role("combobox", name="Kernel")).to_have_value("your own")
    for key in ("ArrowUp", "Enter", "Enter"):  # from -1 to 0 to 1
        kernel.press(key)
    assert read_output(tab) == convolve(draw_disc(8), [[-1, 1, -1], [-1, 0, -1], [-1] * 3])
    tab.get_by_role("combobox", name="Kernel").select_option("vertical")


def test_calculator_agrees_with_from_scratch_and_a_link_holds_it(page: Callable[..., Page], screenshot: Any) -> None:
    tab = page("?tab=convolution&kernel=5&padding=2&stride=0&size=many", dark=True)
    told = tab.locator(".pooling-kinds .told")
    expect(told).to_contain_text("Pooled: conv 1, channel", timeout=120 * SECONDS)
    names = ("input size", "kernel", "stride", "padding", "dilation")
    fields = [tab.get_by_role("spinbutton", name=name, exact=True) for name in names]
    formula, place = tab.locator(".formula"), tab.locator(".walk .place")
    for field, value in zip(fields, (8, 5, 2, 2, 1), strict=True):  # the impossible ones are those it opens on
        expect(field).to_have_value(str(value))
    expect(formula.locator("b")).to_have_text("4")
    tab.wait_for_timeout(300)
    screenshot(tab, "convolution-1280-dark")

    calls = record_calls(tab)
    cases = [*itertools.product((1, 7, 224), (1, 3, 11), (1, 2, 3), (0, 2), (1, 3)), (0, 3, 1, 1, 1), (7, 3, 0, 1, 1)]
    assert tab.evaluate(SET_ALL, cases) == [tell_places(*case) for case in cases]
    assert [count for count, _ in tab.evaluate(SET_ALL, [(4096, 4096, 1, 0, 1), (4096, 1, 1, 0, 1)])] == ["1", "4096"]
    change_by_hand(tab, formula, fields[0])

    for field, value in zip(fields, (7, 3, 2, 0, 2), strict=True):
        field.fill(str(value))
    expect(tab).to_have_url(re.compile(r"size=7&kernel=3&stride=2&padding=0&dilation=2$"))
    expect(place).to_have_text("row 0, column 0")
    tab.get_by_role("button", name="One place on").click()
    expect(place).to_have_text("row 0, column 1")
    expect(tab.get_by_role("application", name=re.compile("reads 3 rows from 0 and 3 columns from 2"))).to_be_visible()

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
    expect(tab.locator(".formula b")).to_have_text("3")
    expect(tab.locator(".read")).to_have_text("15 of 64 pixels are never read · 7 and 8 pixels both give 3")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1280
    assert tab.evaluate("document.documentElement.scrollHeight") <= 1240
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
    kinds = {"max": "maximum", "mean": "mean", "norm": "2-norm", "stride": "stride alone"}
    changes = {name: pooled(tab)[kind]["change"] for kind, name in kinds.items()}
    most, least = (choose(changes, key=lambda name: read_number(changes[name])) for choose in (max, min))
    expect(tab.locator(".most")).to_have_text(
        f"One pixel of shift changes most: {most}, {changes[most]}; least: {least}, {changes[least]}."
    )
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
