"""Feature maps in a real browser: scrubbed without a request, clicked, uploaded to, and searched for what excites."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

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
    change_theme,
    count_unnamed,
    expect_picture,
    expect_refusal_below,
    read_number,
    record_calls,
    smallest_text,
    time_steps,
    upload_picture,
    write_number,
)
from tests._support.visit import open_in_motion
from zoo.examples import drawn_digit, example_pictures

SECONDS = 1000
CNNS = _networks.cnns()
OPENING = choices.choose_opening(CNNS)

# Keys without a rest: each is drawn at once, so that no timer of the page comes between on a slow machine.
_PRESS = """(node, keys) => {
  const wait = window.requestAnimationFrame, frames = [];
  window.requestAnimationFrame = (act) => frames.push(act);
  const said = keys.map((key) => {
    node.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    while (frames.length) frames.shift()(performance.now());
    return node.ariaValueText;
  });
  window.requestAnimationFrame = wait;
  return said;
}"""


@pytest.fixture(scope="module")
def client(gallery: str) -> Client:
    return Client(gallery, verbose=False)


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


def at(canvas: Locator, row: int, column: int, rows: int, columns: int) -> Position:
    """The middle of one pixel of a map, for `click` and `hover`."""
    box = canvas.bounding_box()
    assert box
    return {"x": (column + 0.5) / columns * box["width"], "y": (row + 0.5) / rows * box["height"]}


def totals(tab: Page) -> tuple[str, str]:
    """What the sum makes, and what the map holds."""
    made, held = sentence(tab).locator("b").all_inner_texts()
    return made, held


def moving(page: Callable[..., Page], **options: Any) -> Page:
    """The tab as it opens for a visitor who has nothing against motion, while it plays."""
    tab = page(**options)
    open_in_motion(tab, "Feature maps")
    expect(sentence(tab)).to_contain_text("the map holds", timeout=120 * SECONDS)
    expect(strip(tab)).not_to_have_attribute("aria-valuenow", "1")
    return tab


def assert_whole(tab: Page, width: int) -> None:
    made, held = totals(tab)
    assert made == held
    expect(tab.locator(".unit-sum .cells")).to_have_count(3)
    tab.locator(".exciting-pictures .nine").scroll_into_view_if_needed()
    expect(tab.locator(".exciting-pictures .state")).to_contain_text("the strongest of", timeout=120 * SECONDS)
    expect(tab.locator(".exciting-pictures figure")).to_have_count(9)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    for part in (".layer-strip", ".feature-maps", ".unit-sum", ".exciting-pictures"):
        assert smallest_text(tab, part) >= 12
        assert count_unnamed(tab, part) == 0


# The rest of what kit.play shows, in a second.
_HURRY = """() => {
  const wait = setTimeout;
  window.setTimeout = (act, ms, ...given) => wait(act, act.name === "go" ? 20 : ms, ...given);
}"""


def test_it_plays_through_the_layers_and_ends_at_its_opening(page, screenshot):
    """On a telephone, where it is seen whole afterwards."""
    tab = moving(page, width=390, height=844)
    expect(sentence(tab)).not_to_contain_text("in conv1")  # the sum plays along
    assert int(strip(tab).get_attribute("aria-valuenow") or 0) > 1
    tab.evaluate(_HURRY)
    expect(strip(tab)).to_have_attribute("aria-valuenow", "1")
    expect(tab.locator(".unit-sum .past")).to_have_count(0)
    expect(sentence(tab)).to_contain_text("of channel 12 in conv1")
    assert tab.evaluate("scrollY") == 0
    for part in (tab.locator(".focus canvas"), tab.locator(".unit-sum .cells").last):
        box = part.bounding_box()
        assert box
        assert box["y"] + box["height"] < 844, "the map and its sum are on the first screen"
    targets = tab.locator(".strip .bar, .layer-strip button, .toggles button").evaluate_all(
        "(all) => all.map((each) => (each.firstElementChild ?? each).getBoundingClientRect().height)"
    )
    assert min(targets) >= 24, "a finger hits them"
    tab.get_by_role("button", name="One layer on").tap()
    expect(strip(tab)).to_have_attribute("aria-valuenow", "2")
    tab.get_by_role("button", name="One layer back").tap()
    expect(sentence(tab)).to_contain_text("of channel 12 in conv1")
    assert_whole(tab, 390)
    screenshot(tab, "feature-maps-390")


# What the page writes on its canvases, where no element holds the text.
_RECORD_TEXT = """() => {
  const fill = CanvasRenderingContext2D.prototype.fillText;
  window.written = [];
  CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
    window.written.push(text);
    return fill.call(this, text, ...place);
  };
}"""


def read_layer(picture: str, network: str, name: str) -> Any:
    """A layer's numbers, C×H×W, as the network computes them."""
    trace, _, _ = _networks.find_trace(picture, network)
    return trace.value(trace.layers[name].node).detach().reshape(trace.layers[name].shape)


def test_maps_are_scrubbed_without_a_request_and_clicks_are_explained(page, screenshot):
    """Every number that is written is the network's own, not its colour's code."""
    tab = moving(page)
    strip(tab).focus()  # which ends the playing where it is
    stopped = strip(tab).get_attribute("aria-valuenow")
    tab.wait_for_timeout(700)
    expect(strip(tab)).to_have_attribute("aria-valuenow", stopped)
    tab.keyboard.press("Home")
    expect(sentence(tab)).to_contain_text("of channel 12 in conv1", timeout=10 * SECONDS)
    assert_whole(tab, 1280)
    assert tab.evaluate("document.documentElement.scrollHeight") <= 1260
    screenshot(tab, "feature-maps-1280")
    change_theme(tab, dark=True)
    screenshot(tab, "feature-maps-1280-dark")
    change_theme(tab, dark=False)

    picture = choices.choose_default(OPENING)
    layers = exhibit.compute_feature_maps(picture, OPENING.reference)["layers"]
    caption = tab.locator(".focus .caption")
    scale = write_number(layers[0]["scale"], 2)
    expect(tab.locator(".focus .scale")).to_have_text(f"≤ −{scale}≥ {scale}")
    first = read_layer(picture, OPENING.reference, "conv1")
    rows, columns = layers[0]["shape"][1:]
    for row, column in ((0, 0), (27, 18), (31, 5)):
        focus(tab).hover(position=at(focus(tab), row, column, rows, columns))
        expect(caption).to_have_text(
            f"channel 12 of 64 · row {row}, column {column} · {write_number(float(first[12, row, column]))}"
        )
    tab.locator(".all canvas").hover(position={"x": 8, "y": 8})
    expect(caption).to_have_text(re.compile(r"^channel 0 of 64 · row \d+, column \d+$"))  # known by its colour alone

    # A click on the picture chooses the unit of the shown layer that lies there.
    third = next(i for i, layer in enumerate(layers) if layer["shape"][1] == 8)
    tab.evaluate("window.scrollTo(0, 0)")
    strip(tab).focus()
    strip(tab).evaluate(_PRESS, ["ArrowRight"] * third)
    seen = tab.locator(".picture canvas")
    seen.click(position=at(seen, 9, 21, 32, 32))
    row, column = (
        min(range(8), key=lambda unit: abs(axis["start"] + unit * axis["jump"] + (axis["size"] - 1) / 2 - pixel))
        for axis, pixel in ((layers[third]["rows"], 9), (layers[third]["columns"], 21))
    )
    expect(sentence(tab)).to_contain_text(f"Row {row}, column {column} of channel", timeout=10 * SECONDS)
    expect(sentence(tab)).to_contain_text(layers[third]["name"])
    strip(tab).focus()
    tab.keyboard.press("Home")
    expect(sentence(tab)).to_contain_text("conv1", timeout=10 * SECONDS)
    tab.wait_for_timeout(400)

    asked = record_calls(tab)
    said = strip(tab).evaluate(_PRESS, ["ArrowRight"] * 5)
    assert asked == []
    assert [text.partition(": ")[0] for text in said] == [layer["label"] for layer in layers[1:6]]

    # Once it rests, Python is asked for the unit that is shown then, and for no other.
    expect(sentence(tab)).to_contain_text(layers[5]["name"], timeout=10 * SECONDS)
    assert {unit["layer"] for unit in asked} == {layers[5]["name"]}

    rows, columns = layers[5]["shape"][1:]
    for row, column in ((0, 0), (rows - 1, columns - 1), (rows // 2, 1)):
        focus(tab).hover(position=at(focus(tab), row, column, rows, columns))
        expect(caption).to_contain_text(f"row {row}, column {column} ·")
        top, left = layers[5]["rows"]["first"][row], layers[5]["columns"]["first"][column]
        expect(tab.locator(".picture canvas")).to_have_attribute(
            "aria-label", re.compile(rf"sees rows {top} to \d+ and columns {left} to \d+\.")
        )
    assert all(unit == asked[0] for unit in asked)

    assert time_steps(tab.get_by_role("slider", name="Channel"), "key") <= FRAME_MILLISECONDS

    # Deep inside, as the function says.
    deep = next(i for i, layer in enumerate(layers) if layer["kind"] == "convolution" and layer["shape"][1] <= 16)
    strip(tab).focus()
    strip(tab).evaluate(_PRESS, ["Home", *["ArrowRight"] * deep])
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

    # Filters, scores, and the way there by keyboard.
    strip(tab).focus()
    tab.keyboard.press("Home")
    expect(sentence(tab)).to_contain_text(layers[0]["name"])
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
    scores = read_layer(picture, OPENING.reference, "fc").reshape(-1).tolist()
    best = max(range(len(scores)), key=scores.__getitem__)
    expect(caption).to_have_text(f"channel {best} of {len(scores)} · {labels[best]} · {write_number(scores[best])}")
    expect(sentence(tab)).to_contain_text("the network computed", timeout=10 * SECONDS)
    expect(tab.locator(".unit-sum .cells").locator("xpath=..").nth(1)).to_contain_text("weights")  # no kernel here
    tab.evaluate(_RECORD_TEXT)
    tab.get_by_role("slider", name="Channel").press("ArrowDown")
    tab.wait_for_function("window.written.length > 20")
    said = set(tab.evaluate("window.written"))
    assert {("+" if score > 0 else "") + write_number(score) for score in scores} <= said
    own = int(re.findall(r"channel (\d+)", caption.inner_text())[0])
    strip(tab).press("ArrowLeft")
    means = read_layer(picture, OPENING.reference, "avgpool").reshape(-1)
    assert means[own] > 0, "the visitor's own channel is alive there too, and stays"
    expect(caption).to_have_text(f"channel {own} of 512 · {write_number(float(means[own]))}")
    strip(tab).focus()
    tab.keyboard.press("Home")
    expect(sentence(tab)).to_contain_text("products add up to", timeout=30 * SECONDS)
    focus(tab).focus()
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    expect(sentence(tab)).to_contain_text("Row 1, column 0", timeout=10 * SECONDS)
    expect(tab.locator(".unit-sum .cells .padding")).not_to_have_count(0)  # the border reads padding


def test_a_link_says_what_is_chosen(page):
    network = "lenet.mnist@v2"
    state = {"network": network, "picture": "3", "layer": "conv2", "channel": 5, "row": 3, "column": 4}
    tab = page(f"?{urlencode({'tab': 'feature-maps', **state})}")
    expect(sentence(tab)).to_contain_text("Row 3, column 4 of channel 5 in conv2", timeout=120 * SECONDS)
    expect_picture(tab, "3")
    expect(strip(tab)).to_have_attribute("aria-valuetext", re.compile("^conv 2: "))
    expect(tab.locator(".focus .caption")).to_contain_text("row 3, column 4")
    expect_state(tab, **state)

    # A change is written there, and what is impossible is as if it had not been said.
    focus(tab).press("ArrowRight")
    expect_state(tab, **state | {"column": 5})
    for wrong in ({"layer": "conv9", "row": "0"}, {"channel": "16", "row": "-1", "column": "1e1"}, {"channel": "five"}):
        tab.evaluate("(state) => tenweeks.show('feature-maps', state)", wrong)
        expect_state(tab, **state | {"column": 5})
    tab.evaluate("tenweeks.show('feature-maps', { layer: 'conv1', channel: '2' })")
    expect(sentence(tab)).to_contain_text("of channel 2 in conv1")
    expect(tab).to_have_url(re.compile("layer=conv1&channel=2&"))


def expect_state(tab: Page, **state: object) -> None:
    """Wait until the address says this of the tab, and nothing else."""
    said = {"tab": "feature-maps", **{name: str(value) for name, value in state.items()}}
    tab.wait_for_function(
        "(said) => `${[...new URLSearchParams(location.search)].sort()}` === `${Object.entries(said).sort()}`", arg=said
    )


def test_api_clients_get_the_same_data(client):
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


def test_another_network_uploads_and_the_nine_among_which_they_compete(
    visit: Callable[..., Page], client: Client, tmp_path: Path, screenshot: Any
) -> None:
    tab = opened(visit)
    calls = record_calls(tab)
    state, nine = tab.locator(".exciting-pictures .state"), tab.locator(".exciting-pictures figure")
    tab.wait_for_timeout(700)
    assert calls == [], "nobody looks at them yet"
    tab.get_by_role("combobox", name="Network").select_option("lenet.mnist@v2")
    expect(tab.locator(".picture .caption")).to_contain_text("28 × 28")
    expect_picture(tab, "7")
    expect(sentence(tab)).to_contain_text("and a bias", timeout=30 * SECONDS)
    screenshot(tab, "feature-maps-digits")
    strip(tab).focus()
    strip(tab).evaluate(_PRESS, ["ArrowRight"] * 2)
    expect(sentence(tab)).to_contain_text("conv2", timeout=30 * SECONDS)

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
    strip(tab).focus()
    tab.keyboard.press("End")
    tab.locator(".exciting-pictures .nine").scroll_into_view_if_needed()
    expect(state).to_contain_text("and one of yours", timeout=30 * SECONDS)
    expect(state).to_contain_text("fc 3")
    screenshot(tab, "feature-maps-exciting-upload")

    theirs = client.predict("lenet.mnist", "conv2", channel, None, api_name="/find_exciting_pictures")
    assert [one["title"] for one in theirs["nine"]] == [one["title"] for one in expected["nine"]]
    assert theirs["own"] == 0, "another session's upload competes there only"
    seven = client.predict(
        "lenet.mnist", "fc3", 7, handle_file(str(tmp_path / "mine.png")), api_name="/find_exciting_pictures"
    )
    assert seven["own"] == 1
    for arguments, refusal in (
        (("lenet.mnist", "conv7", 0, None), "has no layer 'conv7' to excite"),
        (("mlp.mnist", "fc1", 0, None), "has no convolutions"),
    ):
        with pytest.raises(Exception, match=re.escape(refusal)):
            client.predict(*arguments, api_name="/find_exciting_pictures")

    # Any other picture, and what is none.
    before = tab.locator(".unit-sum .list .total").inner_text()
    Image.effect_mandelbrot((90, 60), (-2, -1, 1, 1), 40).convert("RGB").save(tmp_path / "other.png")
    upload_picture(tab, tmp_path / "other.png")
    expect(tab.locator(".unit-sum .list .total")).not_to_have_text(before)
    (tmp_path / "page.png").write_text("<!doctype html><p>no picture")
    upload_picture(tab, tmp_path / "page.png")
    expect_refusal_below(tab)
    strip(tab).focus()
    tab.keyboard.press("Home")
    focus(tab).click(position={"x": 5, "y": 5})
    expect(sentence(tab)).to_contain_text("Row 0, column 0")
