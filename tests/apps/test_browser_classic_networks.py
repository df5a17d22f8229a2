"""Classic networks in a real browser: scrubbed without a request, compared, refused; shortcuts switched off."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from gradio_client import Client, handle_file
from playwright.sync_api import Locator, Page, expect

from apps.classic_networks import draw_network, switch_shortcuts
from apps.classic_networks.catalogue import CLASSICS, OPENING
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
from zoo.examples import example_pictures

SECONDS = 1000
RESNET = "resnet18.cifar10"


@pytest.fixture
def opened(visit: Callable[..., Page]) -> Callable[..., Page]:
    def open_tab(**options: Any) -> Page:
        tab = visit("Classic networks", **options)
        tab.locator(".network-drawing .widget.ready").wait_for(timeout=120 * SECONDS)
        expect(tab.locator(".drawn")).to_have_count(1)
        return tab

    return open_tab


def strip(tab: Page, title: str) -> Locator:
    return tab.get_by_role("slider", name=f"{title}, drawn")


def article(tab: Page, title: str) -> Locator:
    return tab.locator(".drawn", has=tab.get_by_role("heading", name=title, exact=True))


def choose(tab: Page, first: str, second: str) -> None:
    tab.get_by_role("combobox", name="Drawn first").select_option(first)
    tab.get_by_role("combobox", name="Below it").select_option(second)
    expect(article(tab, CLASSICS[first].title)).to_be_visible(timeout=30 * SECONDS)
    expect(tab.locator(".drawn")).to_have_count(2 if second else 1, timeout=30 * SECONDS)


def numbers(text: str) -> list[str]:
    return re.findall(r"\d[\d,.]*\d|\d", text)


def test_it_opens_on_the_claim_at_every_width_and_walks_once(opened: Any, screenshot: Any) -> None:
    figures = draw_network(OPENING[0], 224)
    heaviest = max(figures["layers"], key=lambda layer: layer["parameters"])
    assert (heaviest["kind"], heaviest["parameters"] > figures["parameters"] / 2) == ("linear", True)
    assert heaviest["macs"] < figures["macs"] / 100
    for width, height in ((1280, 800), (390, 844)):
        tab = opened(width=width, height=height)
        box = article(tab, CLASSICS[OPENING[0]].title)
        expect(box.locator(".totals")).to_contain_text(f"{figures['weighted']} layers with weights")
        expect(box.locator(".look")).to_have_text(" ".join(figures["facts"]))
        if width > 600:
            expect(box.locator(".name code")).to_have_text(heaviest["name"])
            assert tab.evaluate("document.documentElement.scrollHeight") <= 1800
        expect(title(tab)).to_have_text(re.compile(r"^1 shortcut of 8 off: "))
        tab.get_by_text("All networks in numbers").click()
        expect(tab.locator(".network-drawing").get_by_role("row")).to_have_count(
            1 + len(tab.locator(".first option").all())
        )
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        for dark in (False, True) if width > 600 else (False,):
            change_theme(tab, dark)
            for part in (".network-drawing", ".shortcut-switch"):
                assert smallest_text(tab, part) >= 12
                assert count_unnamed(tab, part) == 0
            screenshot(tab, f"classics-{width}{'-dark' if dark else ''}")
    scroll_on_a_telephone(tab)
    screenshot(tab, "classics-390-dense")


def scroll_on_a_telephone(tab: Page) -> None:
    """A wide network is scrolled, and the page is not."""
    choose(tab, "densenet121", "efficientnet_b0")
    for title in ("DenseNet-121", "EfficientNet-B0"):
        scroll = article(tab, title).locator(".scroll")
        assert scroll.evaluate("e => e.scrollWidth > 1.5 * e.clientWidth")
        canvas = strip(tab, title)
        canvas.focus()
        tab.keyboard.press("End")
        assert scroll.evaluate("e => e.scrollLeft + e.clientWidth >= e.scrollWidth - 2")
        tab.keyboard.press("Home")
        assert scroll.evaluate("e => e.scrollLeft") == 0
        canvas.tap(position={"x": 120, "y": 90})
        expect(canvas).not_to_have_attribute("aria-valuenow", "0")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390


def test_layers_are_scrubbed_without_a_request_and_in_time(opened: Any) -> None:
    tab = opened()
    choose(tab, "vgg16", "resnet50")
    calls = record_calls(tab)
    figures = draw_network("vgg16", 224)
    canvas, box = strip(tab, "VGG-16"), article(tab, "VGG-16")
    canvas.focus()
    tab.keyboard.press("Home")
    for index, layer in enumerate(figures["layers"]):
        expect(box.locator(".name code")).to_have_text(layer["name"])
        if index % 4 == 1:
            expect(canvas).to_have_attribute("aria-valuenow", str(index))
            expect(box.locator(".name")).to_contain_text(layer["what"])
            shown = box.locator("dd").all_inner_texts()
            assert numbers(shown[0])[0] == f"{layer['shape'][0]:,}"
            assert numbers(shown[2])[0] == f"{layer['parameters']:,}"
            much, unit = shown[4].split()[:2]
            assert float(much) * {"kB": 1e3, "MB": 1e6}[unit] == pytest.approx(layer["activations"], rel=0.05)
            assert layer["kind"] == "linear" or numbers(shown[5])[0] == f"{layer['field']:,}"
        tab.keyboard.press("ArrowRight")
    tab.keyboard.press("End")
    tab.keyboard.press("PageDown")
    expect(canvas).to_have_attribute("aria-valuenow", str(len(figures["layers"]) - 11))

    # The pointer shows, a click keeps; the other network stays as it is.
    other = strip(tab, "ResNet-50").get_attribute("aria-valuenow")
    area = canvas.bounding_box()
    assert area
    canvas.click(position={"x": 6, "y": 90})
    expect(canvas).to_have_attribute("aria-valuenow", "0")
    canvas.hover(position={"x": area["width"] - 3, "y": 90})
    expect(box.locator(".name")).to_contain_text("linear layer")
    tab.mouse.move(area["x"] + 5, area["y"] - 40)
    expect(canvas).to_have_attribute("aria-valuenow", "0")
    expect(strip(tab, "ResNet-50")).to_have_attribute("aria-valuenow", str(other))
    assert time_steps(strip(tab, "ResNet-50"), "point") <= FRAME_MILLISECONDS
    assert calls == []
    choose(tab, "densenet121", "efficientnet_b0")
    asked = len(calls)
    for title in ("DenseNet-121", "EfficientNet-B0"):
        assert time_steps(strip(tab, title), "point") <= FRAME_MILLISECONDS
    assert len(calls) == asked


def test_networks_are_asked_for_once_and_shortcuts_are_switched(opened: Any, gallery: str, screenshot: Any) -> None:
    tab = opened()
    calls = record_calls(tab)
    for first, second in (("densenet121", "efficientnet_b0"), ("lenet", "alexnet"), ("resnet18", "")):
        choose(tab, first, second)
        tab.wait_for_timeout(300)
        screenshot(tab, f"classics-{first}")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 1280
    asked = len(calls)
    assert asked <= 6
    choose(tab, "densenet121", "lenet")
    assert len(calls) == asked, "what was sent once is kept"

    # A row of the table draws its network, too.
    tab.get_by_text("All networks in numbers").click()
    tab.get_by_role("button", name="resnet18.cifar10").click()
    expect(tab.get_by_role("heading", name="resnet18.cifar10", exact=True)).to_be_visible(timeout=30 * SECONDS)
    expect(tab.locator(".drawn .totals").first).to_contain_text("32 px")

    # The side is asked for on release.
    choose(tab, "alexnet", "lenet")
    calls.clear()
    side = tab.get_by_role("slider", name="Side of the picture")
    side.fill("32")
    expect(article(tab, "AlexNet").locator(".totals")).to_contain_text(
        "63 px, the least that it takes", timeout=30 * SECONDS
    )
    expect(article(tab, "LeNet-5").locator(".totals")).to_contain_text("31 px, the most that it takes")
    assert count_wishes(calls) == 1
    side.fill("448")
    expect(article(tab, "AlexNet").locator(".totals")).to_contain_text("448 px ·", timeout=30 * SECONDS)
    macs = draw_network("alexnet", 448)["macs"]
    expect(article(tab, "AlexNet").locator(".totals")).to_contain_text(f"{macs / 1e9:.2f} G multiply-adds")
    choose(tab, "lenet", "")
    expect(side).to_be_disabled()
    shortcuts_are_switched_and_the_answer_is_pythons(tab, gallery)


def test_api_clients_get_the_same_and_one_sentence_for_what_is_wrong(gallery: str) -> None:
    client = Client(gallery, verbose=False)
    assert client.predict("vgg16", 224, api_name="/draw_network") == draw_network("vgg16", 224)
    for arguments, sentence in (
        (("vgg-16", 224), "did you mean 'vgg16'?"),
        (("alexnet", 40), "AlexNet is drawn for pictures with a side of 63 to 1024 px, not 40."),
        (("alexnet", 63.5), "The side must be a whole number of pixels, not 63.5."),
    ):
        with pytest.raises(Exception, match=re.escape(sentence)) as refusal:
            client.predict(*arguments, api_name="/draw_network")
        assert "Traceback" not in str(refusal.value)


def switch(tab: Page, block: str) -> Locator:
    return tab.get_by_role("button", name=re.compile(rf"^Shortcut of {block}:"))


def title(tab: Page) -> Locator:
    return tab.locator(".shortcut-switch .title")


def shortcuts_are_switched_and_the_answer_is_pythons(tab: Page, gallery: str) -> None:
    first = switch_shortcuts("cat", RESNET, ["layer1.1"])
    labels = tab.locator(".shortcut-switch .label")
    assert labels.all_inner_texts() == [row["label"] for row in first["answers"]][:7]
    expect(switch(tab, "layer 1 · block 2")).to_have_attribute("aria-pressed", "true")

    calls = record_calls(tab)
    switch(tab, "layer 1 · block 2").click()
    switch(tab, "layer 2 · block 1").click()
    # The keyboard walks over the switches.
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    expect(switch(tab, "layer 3 · block 1")).to_be_focused()
    tab.keyboard.press("Space")
    expect(title(tab)).to_contain_text("2 shortcuts of 8 off:", timeout=20 * SECONDS)
    assert count_wishes(calls) <= 3

    found = switch_shortcuts("cat", RESNET, ["layer2.0", "layer3.0"])
    rows = found["answers"][:7]
    expect(tab.locator(".shortcut-switch .probability").nth(1)).to_contain_text(
        f"{100 * rows[0]['before']:.1f} → {100 * rows[0]['after']:.1f}"
    )
    assert labels.all_inner_texts() == [row["label"] for row in rows]
    shown = [text.split(" → ") for text in tab.locator(".shortcut-switch .score").all_inner_texts()[1:]]
    expected = [[row["score_before"], row["score_after"]] for row in rows]
    np.testing.assert_allclose([[read_number(v) for v in pair] for pair in shown], expected, atol=0.051)
    changes = tab.locator(".shortcut-switch .change").all_inner_texts()
    assert changes[:2] == ["±0 %", "±0 %"]
    assert [read_number(text) for text in changes[2:]] == pytest.approx(
        [100 * block["change"] for block in found["blocks"][2:]], abs=0.6
    )

    tab.get_by_role("button", name="All on").click()
    expect(title(tab)).to_have_text("All shortcuts on", timeout=20 * SECONDS)

    # Another picture keeps the switches; a network without shortcuts has none to show.
    switch(tab, "layer 4 · block 2").click()
    expect(title(tab)).to_contain_text("1 shortcut of 8 off:", timeout=20 * SECONDS)
    tab.get_by_label("Picture", exact=True).locator("visible=true").select_option("rocket")
    expect(title(tab)).to_have_text("1 shortcut of 8 off: still ship", timeout=20 * SECONDS)
    tab.get_by_role("combobox", name="Network").select_option("lenet.mnist@v2")
    expect(title(tab)).to_be_hidden(timeout=20 * SECONDS)

    client = Client(gallery, verbose=False)
    cat = handle_file(str(example_pictures()["cat"]))
    sent = client.predict(cat, RESNET, ["layer2.0", "layer3.0"], api_name="/switch_shortcuts")
    assert [row["label"] for row in sent["answers"]] == [row["label"] for row in found["answers"]]
    with pytest.raises(Exception, match=r"has no residual block 'layer9.9': choose from layer1.0 to layer4.1\."):
        client.predict(cat, RESNET, ["layer9.9"], api_name="/switch_shortcuts")


def test_links_hold_both_networks_and_a_layer(page: Callable[..., Page]) -> None:
    tab = page("?tab=classic-networks&first=nothing&layer=999")
    expect(article(tab, "VGG-16")).to_be_visible()
    tab = page("?tab=classic-networks&first=vit_b_16&below=alexnet&layer=3")
    box = article(tab, "ViT-B/16")
    expect(box.locator(".name")).to_contain_text("attention of 12 heads")
    expect(article(tab, "AlexNet")).to_be_visible()
    strip(tab, "ViT-B/16").press("ArrowRight")
    expect(tab).to_have_url(re.compile(r"first=vit_b_16&below=alexnet&layer=4$"))
    tab.get_by_role("combobox", name="Below it").select_option("")
    expect(tab).to_have_url(re.compile(r"first=vit_b_16&layer=4$"))

    # Where the system allows motion, the opening walks along its network.
    tab = page("?tab=classic-networks")
    tab.emulate_media(reduced_motion="no-preference")
    tab.wait_for_function(
        "() => (window.shown ??= new Set()).add(document.querySelector('.drawn .name code')?.textContent).size > 5"
    )
