"""Upstream models in a real browser: greyed without a network, fetched with one, shown in both tabs."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from playwright.sync_api import Locator, Page, expect

from tests._support.mirror import Mirror, make_entry, make_weights, serve_mirror, write_gallery
from tests._support.visit import open_tab
from zoo import upstream
from zoo.examples import example_pictures

SECONDS = 1000
SMALL, LARGER = "mobilenet_v3_small.imagenet", "resnet18.imagenet"


@dataclass
class Shown:
    url: str
    mirror: Mirror


@pytest.fixture(scope="module")
def shown(start_app: Callable[[Path], object], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """A gallery with an empty cache, and the mirror that it was told of."""
    content = {name: make_weights(name) for name in (SMALL, LARGER)}
    models = [make_entry(name, content[name]) for name in content]
    with serve_mirror({model.file: content[model.name] for model in models}) as mirror:
        server = start_app(write_gallery(tmp_path_factory.mktemp("gallery"), mirror.url, models))
        yield Shown(server.url, mirror)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def alone(start_app: Callable[[Path], object], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A gallery whose mirror nobody runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/models"
    return start_app(write_gallery(tmp_path_factory.mktemp("alone"), address, [])).url  # type: ignore[attr-defined]


def menu(tab: Page, name: str = "Network") -> Locator:
    return tab.get_by_label(name, exact=True).locator("visible=true")


def line(tab: Page, name: str = "Network") -> Locator:
    return tab.locator(".menu", has=menu(tab, name)).locator(".line")


def options(tab: Page) -> dict[str, bool]:
    """Whether each can be chosen."""
    entries = "[...select.options].filter((o) => o.value !== 'note').map((o) => [o.value, !o.disabled])"
    return menu(tab).evaluate(f"select => Object.fromEntries({entries})")


def note(tab: Page) -> Locator:
    """The entry of the menu that says why others are greyed."""
    return menu(tab).locator("option[value=note]")


def settled(tab: Page) -> None:
    """Once the menu knows what can be had."""
    expect(note(tab)).to_contain_text("Greyed: ", timeout=60 * SECONDS)


def first_answer(tab: Page) -> None:
    expect(tab.locator(".network:not(.empty):visible")).to_have_count(2, timeout=120 * SECONDS)


def boxes(tab: Page) -> list[object]:
    return [tab.locator(selector).bounding_box() for selector in (".paper", ".scores", ".menu >> nth=0")]


def test_without_a_network_they_are_greyed_with_one_sentence(page, alone: str, screenshot):
    for width, dark in ((1280, True), (390, False)):
        tab = page(f"{alone}?tab=classify", width=width, height=844, dark=dark)
        first_answer(tab)
        before = boxes(tab)
        settled(tab)
        assert boxes(tab) == before  # nothing jumps
        can = options(tab)
        assert {name for name in can if not can[name]} == set(upstream.names())
        expect(note(tab)).to_have_text(
            re.compile(r"^Greyed: the weights have .* once, and 127\.0\.0\.1:\d+ does not answer\.$")
        )
        expect(note(tab)).to_be_disabled()
        expect(line(tab)).to_have_text("")  # the first screen is for what can be done
        described = menu(tab).get_attribute("aria-describedby")
        assert line(tab).get_attribute("id") == described
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        screenshot(tab, f"upstream-alone-{width}")
        menu(tab).select_option("mlp.mnist@v2")
        expect(tab.locator(".network").first).to_have_attribute("aria-label", "mlp.mnist@v2", timeout=20 * SECONDS)

    # Nobody waits: the same visit by API is refused at once.
    client = Client(alone, verbose=False)
    started = time.monotonic()
    with pytest.raises(Exception, match="does not answer: connect to a network"):
        client.predict(handle_file(example_pictures()["cat"]), SMALL, "", api_name="/classify_image")
    assert time.monotonic() - started < 5


def test_choosing_fetches_with_progress_and_can_be_stopped(page, shown: Shown, screenshot):
    tab = page(f"{shown.url}?tab=classify")
    first_answer(tab)
    settled(tab)
    can = options(tab)
    assert {name for name in can if not can[name]} == set(upstream.names()) - {SMALL, LARGER}

    shown.mirror.manner = "paced"
    menu(tab).select_option(LARGER)
    expect(line(tab)).to_have_text(re.compile(r"^Fetching resnet18\.imagenet: [\d.]+ of 47 MB$"), timeout=20 * SECONDS)
    expect(tab.get_by_role("progressbar", name=f"Fetching {LARGER}")).to_be_visible()
    expect(tab.locator(".network").first).to_have_attribute("aria-label", "lenet.mnist@v2")  # still what was chosen
    screenshot(tab, "upstream-fetching-1280")
    tab.get_by_role("button", name="a cat", exact=True).click()  # nobody waits for somebody's download
    expect(tab.locator(".network").first.locator(".saw img")).to_be_visible()
    tab.get_by_role("button", name="Stop").click()
    expect(menu(tab)).to_have_value("lenet.mnist@v2")
    expect(menu(tab)).to_be_focused()
    settled(tab)

    shown.mirror.manner = "plain"
    menu(tab).select_option(LARGER)
    expect(tab.locator(".network").first).to_have_attribute("aria-label", LARGER, timeout=60 * SECONDS)
    assert shown.mirror.gets()[-1].startswith("bytes=")  # what had come before the stop was kept
    menu(tab, "Second network").select_option(SMALL)
    expect(tab.locator(".network").nth(1)).to_have_attribute("aria-label", SMALL, timeout=60 * SECONDS)
    expect(tab.locator(".metric").first).to_contain_text("69.8 % accuracy on 50,000 ImageNet validation pictures, as")
    for place in tab.locator(".network").all():
        expect(place.get_by_role("meter")).to_have_count(10)  # the nine best, and all others together
        expect(place.get_by_role("img")).to_have_attribute("alt", re.compile("224 × 224 pixels"))
    tab.wait_for_timeout(400)
    screenshot(tab, "upstream-classify-1280")
    check_long_words_fit(tab, 1280)
    screenshot(tab, "upstream-long-1280")


def check_long_words_fit(tab: Page, width: int) -> None:
    """The longest words there are, in every place where a word may stand, are read whole."""
    tab.evaluate(
        "for (const e of document.querySelectorAll('.network:first-child :is(.best b, .row .label)')) {"
        " e.textContent = 'American Staffordshire terrier'; }"
    )
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    for bar in tab.locator(".network").first.locator(".row[data-at]").all():
        label, track = bar.locator(".label").bounding_box(), bar.locator(".track").bounding_box()
        assert label
        assert track
        assert bar.locator(".label").evaluate("e => e.scrollHeight <= e.clientHeight + 1")
        assert label["x"] + label["width"] <= track["x"]
        assert track["width"] >= 50
    best, saw = (tab.locator(f".network:first-child {part}").bounding_box() for part in (".best", ".saw"))
    assert best
    assert saw
    assert best["x"] >= saw["x"] + saw["width"] or best["y"] >= saw["y"] + saw["height"]
    assert best["height"] <= 150
    assert tab.locator(".network:first-child .best b").evaluate("e => e.scrollWidth <= e.clientWidth")


def test_feature_maps_of_a_fetched_network(page, shown: Shown, screenshot):
    for width, dark in ((1280, False), (390, True)):
        tab = page(f"{shown.url}?tab=feature-maps", width=width, height=844, dark=dark)
        expect(tab.locator(".unit-sum .sentence")).to_contain_text("the map holds", timeout=120 * SECONDS)
        settled(tab)
        assert "vit_b_16.imagenet" not in options(tab)
        name = LARGER if width == 1280 else SMALL
        menu(tab).select_option(name)
        expect(tab.locator(".picture .caption")).to_have_text("seen at 224 × 224 px", timeout=60 * SECONDS)
        expect(tab.locator(".all .caption")).to_contain_text("the first 8 of")
        expect(tab.locator(".unit-sum .sentence")).to_contain_text("of channel", timeout=20 * SECONDS)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        box = tab.get_by_role("slider", name="Layer").bounding_box()
        last = tab.locator(".strip .bar").last.bounding_box()
        assert box
        assert last
        assert last["x"] + last["width"] <= box["x"] + box["width"] + 1  # every layer can be reached with a finger
        tab.wait_for_timeout(600)
        screenshot(tab, f"upstream-maps-{width}{'-dark' if dark else ''}")
        tab.get_by_role("slider", name="Layer").focus()
        tab.keyboard.press("End")
        expect(tab.locator(".all .caption")).to_contain_text("the ten highest of 1,000 scores")
        tab.get_by_role("slider", name="Channel").focus()
        highest = tab.locator(".focus .caption").inner_text()
        tab.keyboard.press("ArrowDown")
        expect(tab.locator(".focus .caption")).not_to_have_text(highest)
        expect(tab.locator(".unit-sum .sentence")).to_contain_text("the network computed", timeout=20 * SECONDS)
        tab.wait_for_timeout(300)
        screenshot(tab, f"upstream-scores-{width}{'-dark' if dark else ''}")
    open_tab(tab, "Classify")
    menu(tab).select_option(SMALL)
    expect(tab.locator(".network").first).to_have_attribute("aria-label", SMALL, timeout=60 * SECONDS)
    check_long_words_fit(tab, 390)
    screenshot(tab, "upstream-long-390-dark")


def test_api_clients_take_upstream_names(shown: Shown):
    client = Client(shown.url, verbose=False)
    cat = handle_file(example_pictures()["cat"])
    answer = client.predict(cat, SMALL, "lenet.mnist", api_name="/classify_image")
    assert [network["network"] for network in answer["networks"]] == [SMALL, "lenet.mnist@v2"]
    assert len(answer["networks"][0]["answers"]) == 1000
    maps = client.predict(cat, SMALL, api_name="/compute_feature_maps")
    assert maps["layers"][0]["shape"] == [16, 112, 112]
    with pytest.raises(Exception, match=r"does not have resnet50-11ad3fa6\.pth"):
        client.predict(cat, "resnet50.imagenet", "", api_name="/classify_image")
    with pytest.raises(Exception, match="no convolutions"):
        client.predict(cat, "vit_b_16.imagenet", api_name="/compute_feature_maps")
