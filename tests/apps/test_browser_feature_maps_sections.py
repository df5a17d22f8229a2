"""The sections below the explorer in a real browser: shortcuts switched, maps pooled, nine pictures found."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gradio_client import Client, handle_file
from PIL import Image
from playwright.sync_api import Locator, Page, expect

import zoo
from apps.feature_maps import compare_poolings, compute_feature_maps, find_exciting_pictures, pooling, switch_shortcuts
from zoo.examples import drawn_digit, example_pictures

SECONDS = 1000
RESNET, LENET = "resnet18.cifar10", "lenet.mnist"
PROGRAM = """
import sys
sys.path.insert(0, {top!r})
from apps import feature_maps
from apps._gallery.page import build_page, launch_page
launch_page(build_page({{"feature-maps": feature_maps.EXHIBIT}}))
"""
# What an event does at once, in the next frames, and the page's new measures.
STEPS = """async ([target, kind]) => {
  const wait = window.requestAnimationFrame.bind(window), took = [];
  for (let step = 0; step < 40; step++) {
    const acts = [];
    window.requestAnimationFrame = (act) => acts.push(act);
    const start = performance.now();
    if (kind === "slide") {
      target.value = 1 + (step % 8);
      target.dispatchEvent(new Event("input", { bubbles: true }));
    } else {
      const key = step % 8 < 4 ? "ArrowRight" : "ArrowDown";
      target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    }
    while (acts.length) acts.shift()(start);
    document.body.getBoundingClientRect();
    took.push(performance.now() - start);
    window.requestAnimationFrame = wait;
    await new Promise(wait);
  }
  return took;
}"""


@pytest.fixture(scope="module")
def tab_alone(start_app: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> str:
    program = tmp_path_factory.mktemp("feature-maps") / "app.py"
    program.write_text(PROGRAM.format(top=str(Path(zoo.__file__).parents[1])))
    return start_app(program).url


@pytest.fixture
def opened(page: Callable[..., Page], tab_alone: str) -> Callable[..., Page]:
    def open_tab(**options: Any) -> Page:
        tab = page(f"{tab_alone}/?tab=feature-maps", **options)
        expect(tab.locator(".unit-sum .sentence")).to_contain_text("the map holds", timeout=120 * SECONDS)
        return tab

    return open_tab


def calls_of(tab: Page) -> list[str]:
    """Grows with every call of Python."""
    calls: list[str] = []
    tab.on("request", lambda request: calls.append(request.url) if "queue/join" in request.url else None)
    return calls


def switch(tab: Page, block: str) -> Locator:
    return tab.get_by_role("button", name=re.compile(rf"^Shortcut of {block}:"))


def title(tab: Page) -> Locator:
    return tab.locator(".shortcut-switch .title")


def choose_layer(tab: Page, steps: int) -> None:
    tab.get_by_role("slider", name="Layer").focus()
    for _ in range(steps):
        tab.keyboard.press("ArrowRight")


def plain(text: str) -> float:
    return float(text.replace("−", "-").replace("%", "").replace("<", "").replace(">", ""))


def pooled(tab: Page) -> dict[str, dict[str, str]]:
    """What stands under each picture."""
    return tab.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.pooling-kinds figure')]"
        ".map((figure) => [figure.dataset.kind, Object.fromEntries(['size', 'mean', 'largest', 'change']"
        ".map((name) => [name, figure.querySelector('.' + name).innerText]))]))"
    )


def decoded(layer: dict[str, Any], channel: int) -> torch.Tensor:
    """1×H×W as the browser was told it."""
    signed, steps = layer["signed"], 127 if layer["signed"] else 255
    codes = np.frombuffer(base64.b64decode(layer["maps"]), np.int8 if signed else np.uint8).astype(np.float64)
    values = codes / steps * layer["scale"]
    ends = np.abs(codes) == steps
    beyond = np.frombuffer(base64.b64decode(layer["beyond"]), np.uint8)
    values[ends] = np.sign(codes[ends]) * layer["scale"] * 2 ** (beyond / 40)
    shape = (layer["sent"], *layer["shape"][1:])
    return torch.from_numpy(values.reshape(shape)[channel : channel + 1].astype(np.float32))


def assert_pooled(shown: dict[str, dict[str, str]], x: torch.Tensor, window: int, stride: int) -> None:
    for kind in pooling.compare(x, window, stride):
        words = shown[kind["kind"]]
        _, height, width = kind["shape"]
        assert words["size"] == (f"{height} × {height}" if height == width else f"{height} × {width}")
        assert plain(words["mean"]) == pytest.approx(kind["mean"], rel=6e-3, abs=1e-6)
        assert plain(words["largest"]) == pytest.approx(kind["largest"], rel=6e-3, abs=1e-6)
        assert plain(words["change"]) == pytest.approx(100 * kind["shift_change"], abs=0.11)


def test_every_section_opens_on_a_worked_example(opened: Any, screenshot: Any) -> None:
    for width, height, dark in ((1280, 800, False), (1280, 800, True), (390, 844, False)):
        tab = opened(width=width, height=height, dark=dark)
        expect(title(tab)).to_have_text(re.compile(r"^1 shortcut of 8 off: "))
        expect(tab.locator(".pooling-kinds .told")).to_contain_text("Pooled: conv 1, channel")
        tab.locator(".exciting-pictures .nine").scroll_into_view_if_needed()
        expect(tab.locator(".exciting-pictures .state")).to_contain_text("the strongest of", timeout=120 * SECONDS)
        expect(tab.locator(".exciting-pictures figure")).to_have_count(9)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        smallest = tab.evaluate(
            "Math.min(...[...document.querySelectorAll('.shortcut-switch *, .pooling-kinds *, .exciting-pictures *')]"
            ".filter((e) => e.innerText).map((e) => parseFloat(getComputedStyle(e).fontSize)))"
        )
        assert smallest >= 12
        unnamed = tab.evaluate(
            "[...document.querySelectorAll(':is(.shortcut-switch, .pooling-kinds, .exciting-pictures) canvas')]"
            ".filter((e) => e.offsetParent && !e.ariaLabel).length"
        )
        assert unnamed == 0
        tab.wait_for_timeout(300)
        screenshot(tab, f"feature-maps-sections-{width}{'-dark' if dark else ''}")


def test_shortcuts_are_switched_and_the_answer_is_pythons(opened: Any, tab_alone: str) -> None:
    tab = opened()
    first = switch_shortcuts("cat", RESNET, ["layer1.1"])
    labels = tab.locator(".shortcut-switch .label")
    assert labels.all_inner_texts() == [row["label"] for row in first["answers"]][:7]
    expect(switch(tab, "layer 1 · block 2")).to_have_attribute("aria-pressed", "true")

    calls = calls_of(tab)
    switch(tab, "layer 1 · block 2").click()
    switch(tab, "layer 2 · block 1").click()
    # The keyboard walks over the switches.
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    expect(switch(tab, "layer 3 · block 1")).to_be_focused()
    tab.keyboard.press("Space")
    expect(title(tab)).to_contain_text("2 shortcuts of 8 off:", timeout=20 * SECONDS)
    assert len(calls) <= 3

    found = switch_shortcuts("cat", RESNET, ["layer2.0", "layer3.0"])
    rows = found["answers"][:7]
    expect(tab.locator(".shortcut-switch .probability").nth(1)).to_contain_text(
        f"{100 * rows[0]['before']:.1f} → {100 * rows[0]['after']:.1f}"
    )
    assert labels.all_inner_texts() == [row["label"] for row in rows]
    shown = [text.split(" → ") for text in tab.locator(".shortcut-switch .score").all_inner_texts()[1:]]
    expected = [[row["score_before"], row["score_after"]] for row in rows]
    np.testing.assert_allclose([[plain(v) for v in pair] for pair in shown], expected, atol=0.051)
    changes = tab.locator(".shortcut-switch .change").all_inner_texts()
    assert changes[:2] == ["±0 %", "±0 %"]
    assert [plain(text) for text in changes[2:]] == pytest.approx(
        [100 * block["change"] for block in found["blocks"][2:]], abs=0.6
    )

    tab.get_by_role("button", name="All on").click()
    expect(title(tab)).to_have_text("All shortcuts on", timeout=20 * SECONDS)

    # Another picture keeps the switches; a network without shortcuts has none to show.
    switch(tab, "layer 4 · block 2").click()
    expect(title(tab)).to_contain_text("1 shortcut of 8 off:", timeout=20 * SECONDS)
    tab.get_by_role("combobox", name="Picture").click()
    tab.get_by_role("option", name="a rocket").click()
    expect(title(tab)).to_have_text("1 shortcut of 8 off: still ship", timeout=20 * SECONDS)
    tab.get_by_role("combobox", name="Network").select_option("lenet.mnist@v1")
    expect(title(tab)).to_be_hidden(timeout=20 * SECONDS)

    client = Client(tab_alone, verbose=False)
    cat = handle_file(str(example_pictures()["cat"]))
    sent = client.predict(cat, RESNET, ["layer2.0", "layer3.0"], api_name="/switch_shortcuts")
    assert [row["label"] for row in sent["answers"]] == [row["label"] for row in found["answers"]]
    with pytest.raises(Exception, match=r"has no residual block 'layer9.9': choose from layer1.0 to layer4.1\."):
        client.predict(cat, RESNET, ["layer9.9"], api_name="/switch_shortcuts")


def test_maps_are_pooled_in_the_browser_as_torch_pools_them(opened: Any, tab_alone: str, screenshot: Any) -> None:
    tab = opened()
    maps = compute_feature_maps("cat", RESNET)
    told = tab.locator(".pooling-kinds .told")
    channel = int(re.search(r"channel (\d+)", told.inner_text()).group(1))  # type: ignore[union-attr]
    calls = calls_of(tab)
    window = tab.get_by_role("slider", name="window, pixels")
    stride = tab.get_by_role("slider", name="stride, pixels")
    assert_pooled(pooled(tab), decoded(maps["layers"][0], channel), 2, 2)

    window.focus()
    tab.keyboard.press("ArrowRight")
    expect(tab.locator(".pooling-kinds [data-kind=max] .size")).to_have_text("10 × 10")  # the stride went with it
    assert_pooled(pooled(tab), decoded(maps["layers"][0], channel), 3, 3)
    stride.focus()
    for _ in range(2):
        tab.keyboard.press("ArrowLeft")
    expect(tab.locator(".pooling-kinds [data-kind=max] .size")).to_have_text("30 × 30")
    assert_pooled(pooled(tab), decoded(maps["layers"][0], channel), 3, 1)

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
    screenshot(tab, "feature-maps-pooling-picture")

    # Instead of a layer of one number per channel it is the picture, and small maps take small windows only.
    tab.get_by_role("button", name="the chosen map").click()
    tab.get_by_role("slider", name="Layer").focus()
    tab.keyboard.press("End")
    expect(told).to_contain_text("fc holds one number per channel, so the picture is pooled instead")
    assert_pooled(pooled(tab), torch.from_numpy(pixels).permute(2, 0, 1).contiguous(), 3, 1)
    last = next(i for i, layer in enumerate(maps["layers"]) if layer["shape"][1] == 4)
    tab.keyboard.press("Home")
    choose_layer(tab, last)
    expect(told).to_contain_text(maps["layers"][last]["label"])
    expect(window).to_have_attribute("max", "4")

    rounds = {}
    for kind, target in (("slide", window), ("key", tab.get_by_role("slider", name="Channel"))):
        rounds[kind] = [float(np.median(tab.evaluate(STEPS, [target.element_handle(), kind]))) for _ in range(5)]
    print(f"medians of 40 steps, five rounds: {rounds}")
    assert min(rounds["slide"]) <= 16
    assert min(rounds["key"]) <= 16
    # Python hears only of the unit that rests, as ever: nothing of windows and strides.
    assert len(calls) <= 4

    client = Client(tab_alone, verbose=False)
    cat = handle_file(str(example_pictures()["cat"]))
    sent = client.predict(cat, RESNET, "conv1", 3, 3, 2, api_name="/compare_poolings")
    here = compare_poolings(str(example_pictures()["cat"]), RESNET, "conv1", 3, 3, 2)
    assert [kind["mean"] for kind in sent["kinds"]] == pytest.approx([kind["mean"] for kind in here["kinds"]])


def test_the_nine_are_sought_when_they_are_seen_and_uploads_compete(
    opened: Any, tab_alone: str, tmp_path: Path, screenshot: Any
) -> None:
    tab = opened()
    calls = calls_of(tab)
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
    expected = find_exciting_pictures(LENET, "conv2", channel, None)
    assert [plain(text) for text in nine.locator("b").all_inner_texts()] == pytest.approx(
        [one["value"] for one in expected["nine"]], rel=6e-3
    )
    expect(nine.first.locator("canvas").nth(1)).to_have_attribute(
        "aria-label", re.compile(re.escape(expected["nine"][0]["title"]))
    )

    # The same channel's answer to a seven of one's own.
    drawn_digit(7).rotate(-8, fillcolor=(255, 255, 255)).save(tmp_path / "mine.png")
    with tab.expect_file_chooser() as chooser:
        tab.get_by_role("button", name="Upload a picture").click()
    chooser.value.set_files(tmp_path / "mine.png")
    expect(tab.get_by_role("combobox", name="Picture")).to_have_value("your picture", timeout=20 * SECONDS)
    tab.get_by_role("slider", name="Layer").focus()
    tab.keyboard.press("End")
    tab.locator(".exciting-pictures .nine").scroll_into_view_if_needed()
    expect(state).to_contain_text("and one of yours", timeout=30 * SECONDS)
    expect(state).to_contain_text("fc 3")
    screenshot(tab, "feature-maps-exciting-upload")

    client = Client(tab_alone, verbose=False)
    theirs = client.predict(LENET, "conv2", channel, None, api_name="/find_exciting_pictures")
    assert [one["title"] for one in theirs["nine"]] == [one["title"] for one in expected["nine"]]
    assert theirs["own"] == 0, "another session's upload competes there only"
    seven = client.predict(LENET, "fc3", 7, handle_file(str(tmp_path / "mine.png")), api_name="/find_exciting_pictures")
    assert seven["own"] == 1
    for arguments, sentence in (
        ((LENET, "conv7", 0, None), "has no layer 'conv7' to excite"),
        (("mlp.mnist", "fc1", 0, None), "has no convolutions"),
    ):
        with pytest.raises(Exception, match=re.escape(sentence)):
            client.predict(*arguments, api_name="/find_exciting_pictures")
