"""Feature maps in a real browser: scrubbed without a request, clicked, uploaded to, and searched for what excites."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file
from PIL import Image
from playwright.sync_api import Locator, Page, Position, expect

import zoo
from apps import _networks
from apps import feature_maps as exhibit
from apps._networks import choices
from tests._support.browsing import (
    FRAME_MILLISECONDS,
    count_unnamed,
    expect_picture,
    expect_refusal_below,
    read_number,
    record_calls,
    smallest_text,
    time_steps,
    upload_picture,
)
from zoo.examples import drawn_digit, example_pictures

SECONDS = 1000
CNNS = _networks.cnns()
OPENING = choices.choose_opening(CNNS)
DIGITS = next((r for r in CNNS if r.config["preprocessing"]["kind"] == "digit"), None)


def opened(visit: Callable[..., Page], **options) -> Page:
    tab = visit("Feature maps", **options)
    # The first opening loads torch and the network.
    expect(sentence(tab)).to_contain_text("the map holds", timeout=120 * SECONDS)
    return tab


def sentence(tab: Page) -> Locator:
    return tab.locator(".unit-sum .sentence")


def strip(tab: Page) -> Locator:
    return tab.get_by_role("slider", name="Layer")


def focus(tab: Page) -> Locator:
    return tab.get_by_role("application", name=re.compile("^Channel"))


def choose_layer(tab: Page, steps: int) -> None:
    tab.get_by_role("slider", name="Layer").focus()
    for _ in range(steps):
        tab.keyboard.press("ArrowRight")


def at(canvas: Locator, row: int, column: int, rows: int, columns: int) -> Position:
    """The middle of one pixel of a map, for `click` and `hover`."""
    box = canvas.bounding_box()
    assert box
    return {"x": (column + 0.5) / columns * box["width"], "y": (row + 0.5) / rows * box["height"]}


def totals(tab: Page) -> tuple[str, str]:
    """What the sum makes, and what the map holds."""
    made, held = sentence(tab).locator("b").all_inner_texts()
    return made, held


def test_opens_on_a_sum_that_adds_up(visit, screenshot):
    for width, height, dark in ((1280, 800, False), (1280, 800, True), (390, 844, False)):
        tab = opened(visit, width=width, height=height, dark=dark)
        made, held = totals(tab)
        assert made == held
        expect(strip(tab)).to_have_attribute("aria-valuenow", "1")
        expect(tab.locator(".unit-sum .cells")).to_have_count(3)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        for part in (".feature-maps", ".unit-sum"):
            assert smallest_text(tab, part) >= 12
        tab.wait_for_timeout(300)
        screenshot(tab, f"feature-maps-{width}{'-dark' if dark else ''}")


def test_layers_channels_and_pixels_are_scrubbed_without_a_request(visit):
    tab = opened(visit)
    calls = record_calls(tab)
    layers = exhibit.compute_feature_maps(choices.choose_default(OPENING), OPENING.reference)["layers"]
    strip(tab).focus()
    for layer in layers[1:6]:
        tab.keyboard.press("ArrowRight")
        expect(strip(tab)).to_have_attribute("aria-valuetext", re.compile(f"^{re.escape(layer['label'])}: "))
    assert calls == []

    # Once it rests, Python is asked for the unit that is shown then, and for no other.
    expect(sentence(tab)).to_contain_text(layers[5]["name"], timeout=10 * SECONDS)
    assert len(calls) == 1

    rows, columns = layers[5]["shape"][1:]
    caption = tab.locator(".focus .caption")
    for row, column in ((0, 0), (rows - 1, columns - 1), (rows // 2, 1)):
        focus(tab).hover(position=at(focus(tab), row, column, rows, columns))
        expect(caption).to_contain_text(f"row {row}, column {column} ·")
        top, left = layers[5]["rows"]["first"][row], layers[5]["columns"]["first"][column]
        expect(tab.locator(".picture canvas")).to_have_attribute(
            "aria-label", re.compile(rf"sees rows {top} to \d+ and columns {left} to \d+\.")
        )
    assert len(calls) == 1


def test_a_step_over_the_channels_takes_less_than_a_frame(visit):
    assert time_steps(opened(visit).get_by_role("slider", name="Channel"), "key") <= FRAME_MILLISECONDS


def test_a_clicked_pixel_is_explained_as_the_function_does(visit, screenshot):
    tab = opened(visit)
    picture = choices.choose_default(OPENING)
    layers = exhibit.compute_feature_maps(picture, OPENING.reference)["layers"]
    deep = next(i for i, layer in enumerate(layers) if layer["kind"] == "convolution" and layer["shape"][1] <= 16)
    strip(tab).focus()
    for _ in range(deep):
        tab.keyboard.press("ArrowRight")
    layer = layers[deep]
    rows, columns = layer["shape"][1:]
    focus(tab).click(position=at(focus(tab), 2, 3, rows, columns))
    expect(sentence(tab)).to_contain_text(re.compile(rf"Row 2, column 3 of channel \d+ in {re.escape(layer['name'])}:"))
    channel = int(re.search(r"of channel (\d+)", sentence(tab).inner_text()).group(1))  # type: ignore[union-attr]
    found = exhibit.locate_receptive_field(picture, OPENING.reference, layer["name"], channel, 2, 3)
    expect(sentence(tab)).to_contain_text(f"{found['arithmetic']['count']:,} products")
    made, held = totals(tab)
    assert float(made.replace("−", "-")) == pytest.approx(found["value"], rel=5e-3)
    assert float(held.replace("−", "-")) == pytest.approx(found["value"], rel=5e-3)
    height, width = found["theoretical"]["size"]
    expect(tab.locator(".unit-sum .after")).to_contain_text(f"It sees {height} × {width} pixels")

    # The listed sums add up too, and any input channel can be looked into.
    numbers = [float(text.replace("−", "-")) for text in tab.locator(".unit-sum .list .much").all_inner_texts()]
    assert sum(numbers[:-1]) == pytest.approx(numbers[-1], abs=0.01)
    tab.locator(".unit-sum .list button").nth(2).click()
    expect(tab.locator(".unit-sum .list button").nth(2)).to_have_attribute("aria-pressed", "true")
    screenshot(tab, "feature-maps-deep")


def test_filters_scores_and_keyboard(visit, screenshot):
    tab = opened(visit)
    small = tab.locator(".all .caption")
    tab.get_by_role("button", name="Filters").click()
    expect(small).to_contain_text(re.compile(r"filters? of|kernels? of"), timeout=10 * SECONDS)
    screenshot(tab, "feature-maps-filters")
    channels = tab.get_by_role("slider", name="Channel")
    channels.focus()
    tab.keyboard.press("Home")
    expect(channels).to_have_attribute("aria-valuenow", "1")
    tab.keyboard.press("ArrowRight")
    expect(channels).to_have_attribute("aria-valuenow", "2")
    expect(sentence(tab)).to_contain_text("of channel 1 in", timeout=10 * SECONDS)

    tab.get_by_role("button", name="Maps").click()
    strip(tab).focus()
    tab.keyboard.press("End")
    labels = OPENING.config["labels"]
    expect(tab.locator(".focus .caption")).to_contain_text(re.compile("|".join(map(re.escape, labels))))
    expect(sentence(tab)).to_contain_text("the network computed", timeout=10 * SECONDS)
    tab.keyboard.press("Home")
    expect(sentence(tab)).to_contain_text("products add up to", timeout=30 * SECONDS)
    focus(tab).focus()
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    expect(sentence(tab)).to_contain_text("Row 1, column 0", timeout=10 * SECONDS)
    expect(tab.locator(".unit-sum .cells .padding")).not_to_have_count(0)  # the border reads padding


def test_another_network_and_an_upload(visit, screenshot, tmp_path):
    tab = opened(visit)
    if DIGITS is not None:
        tab.get_by_role("combobox", name="Network").select_option(DIGITS.reference)
        expect(tab.locator(".picture .caption")).to_contain_text("28 × 28", timeout=20 * SECONDS)
        expect_picture(tab, "7")
        expect(sentence(tab)).to_contain_text("and a bias", timeout=10 * SECONDS)
        screenshot(tab, "feature-maps-digits")

    before = tab.locator(".unit-sum .list .total").inner_text()
    Image.effect_mandelbrot((90, 60), (-2, -1, 1, 1), 40).convert("RGB").save(tmp_path / "mine.png")
    upload_picture(tab, tmp_path / "mine.png")
    expect_picture(tab, "upload")
    expect(tab.locator(".unit-sum .list .total")).not_to_have_text(before, timeout=10 * SECONDS)

    (tmp_path / "page.png").write_text("<!doctype html><p>no picture")
    upload_picture(tab, tmp_path / "page.png")
    expect_refusal_below(tab)
    focus(tab).click(position={"x": 5, "y": 5})
    expect(sentence(tab)).to_contain_text("Row 0, column 0", timeout=10 * SECONDS)


def test_api_clients_get_the_same_data(gallery):
    client = Client(gallery, verbose=False)
    network = OPENING.reference
    picture = handle_file(example_pictures()["cat"])
    maps = client.predict(picture=picture, network=network, api_name="/compute_feature_maps")
    first = maps["layers"][0]
    found = client.predict(
        picture=picture,
        network=network,
        layer=first["name"],
        channel=0,
        row=1,
        column=2,
        api_name="/locate_receptive_field",
    )
    here = exhibit.locate_receptive_field(str(example_pictures()["cat"]), network, first["name"], 0, 1, 2)
    assert found["value"] == pytest.approx(here["value"], rel=1e-5)
    assert found["theoretical"] == here["theoretical"]
    filters = client.predict(network=network, layer=first["name"], channel=0, api_name="/describe_filters")
    assert filters["shape"][0] == first["shape"][0]
    with pytest.raises(Exception, match="has no row 999"):
        client.predict(picture, network, first["name"], 0, 999, 0, api_name="/locate_receptive_field")
    assert zoo.describe(network).reference == maps["network"]


def test_the_nine_are_shown_at_every_width(visit: Callable[..., Page], screenshot: Any) -> None:
    for width, height, dark in ((1280, 800, False), (1280, 800, True), (390, 844, False)):
        tab = opened(visit, width=width, height=height, dark=dark)
        tab.locator(".exciting-pictures .nine").scroll_into_view_if_needed()
        expect(tab.locator(".exciting-pictures .state")).to_contain_text("the strongest of", timeout=120 * SECONDS)
        expect(tab.locator(".exciting-pictures figure")).to_have_count(9)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert smallest_text(tab, ".exciting-pictures") >= 12
        assert count_unnamed(tab, ".exciting-pictures") == 0
        screenshot(tab, f"feature-maps-exciting-{width}{'-dark' if dark else ''}")


def test_the_nine_are_sought_when_they_are_seen_and_uploads_compete(
    visit: Callable[..., Page], gallery: str, tmp_path: Path, screenshot: Any
) -> None:
    tab = opened(visit)
    calls = record_calls(tab)
    state, nine = tab.locator(".exciting-pictures .state"), tab.locator(".exciting-pictures figure")
    tab.wait_for_timeout(700)
    assert calls == [], "nobody looks at them yet"
    tab.get_by_role("combobox", name="Network").select_option("lenet.mnist@v1")
    expect(tab.locator(".unit-sum .sentence")).to_contain_text("and a bias", timeout=30 * SECONDS)
    choose_layer(tab, 2)
    expect(tab.locator(".unit-sum .sentence")).to_contain_text("conv2", timeout=30 * SECONDS)

    tab.locator(".exciting-pictures .nine").scroll_into_view_if_needed()
    expect(state).to_contain_text("the strongest of", timeout=60 * SECONDS)
    channel = int(re.search(r"channel (\d+)", state.inner_text()).group(1))  # type: ignore[union-attr]
    expected = exhibit.find_exciting_pictures("lenet.mnist", "conv2", channel, None)
    assert [read_number(text) for text in nine.locator("b").all_inner_texts()] == pytest.approx(
        [one["value"] for one in expected["nine"]], rel=6e-3
    )
    expect(nine.first.locator("canvas").nth(1)).to_have_attribute(
        "aria-label", re.compile(re.escape(expected["nine"][0]["title"]))
    )

    # The same channel's answer to a seven of one's own.
    drawn_digit(7).rotate(-8, fillcolor=(255, 255, 255)).save(tmp_path / "mine.png")
    upload_picture(tab, tmp_path / "mine.png")
    expect_picture(tab, "upload")
    tab.get_by_role("slider", name="Layer").focus()
    tab.keyboard.press("End")
    tab.locator(".exciting-pictures .nine").scroll_into_view_if_needed()
    expect(state).to_contain_text("and one of yours", timeout=30 * SECONDS)
    expect(state).to_contain_text("fc 3")
    screenshot(tab, "feature-maps-exciting-upload")

    client = Client(gallery, verbose=False)
    theirs = client.predict("lenet.mnist", "conv2", channel, None, api_name="/find_exciting_pictures")
    assert [one["title"] for one in theirs["nine"]] == [one["title"] for one in expected["nine"]]
    assert theirs["own"] == 0, "another session's upload competes there only"
    seven = client.predict(
        "lenet.mnist", "fc3", 7, handle_file(str(tmp_path / "mine.png")), api_name="/find_exciting_pictures"
    )
    assert seven["own"] == 1
    for arguments, sentence in (
        (("lenet.mnist", "conv7", 0, None), "has no layer 'conv7' to excite"),
        (("mlp.mnist", "fc1", 0, None), "has no convolutions"),
    ):
        with pytest.raises(Exception, match=re.escape(sentence)):
            client.predict(*arguments, api_name="/find_exciting_pictures")
