"""Autoencoders in a real browser: planes decoded under the pointer, a walk, drawings, the slider of β, prices."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect

import zoo
from apps import autoencoders as exhibit
from apps.autoencoders.networks import decode, encode
from tests._support.browsing import (
    FRAME_MILLISECONDS,
    READ_GREYS,
    change_theme,
    count_unnamed,
    count_wishes,
    read_number,
    record_calls,
    smallest_text,
    time_steps,
)
from tests._support.kit import wait_for_frame
from tests._support.stand_in import StandIn
from tests._support.visit import open_in_motion
from zoo.examples import drawn_digit

TITLE, PART = "Autoencoders", "#tab-autoencoders"


@pytest.fixture(autouse=True)
def _here(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENWEEKS_ZOO", str(stand_in.zoo))


@pytest.fixture
def opened(stand_in: StandIn, visit: Callable[..., Page]) -> Callable[..., Page]:
    return lambda **window: visit(TITLE, stand_in.url, **window)


def half(tab: Page, name: str) -> Any:
    return tab.locator(f"{PART} .half.{name}")


def expect_decoded(tab: Page, name: str, network: str, code: Any) -> None:
    """Wait until a half draws what the network itself decodes of this code, to a grey level."""
    wanted = decode(zoo.load(network), torch.tensor(np.array([code], np.float32))).sigmoid().flatten().numpy() * 255
    text = ", ".join(f"{each:.2f}" for each in code).replace("-", "−").replace("−0.00", "0.00")
    expect(half(tab, name).locator(".place b")).to_have_text(f"code ({text})")
    wait_for_frame(tab)
    shown = np.array(half(tab, name).locator(".picture").evaluate(READ_GREYS))
    assert np.abs(shown - wanted).max() <= 1


def code_at(network: str, across: float, down: float) -> list[float]:
    plane = exhibit.describe_plane(network)
    (left, bottom), (right, top) = plane["low"], plane["high"]
    return [left + across * (right - left), bottom + (1 - down) * (top - bottom)]


def code_of(number: int, network: str) -> np.ndarray:
    model: Any = zoo.load(network)
    return encode(model, model.preprocess(drawn_digit(number))[None])[0][0].numpy()


def test_planes_walk_and_slider_without_a_request_but_the_first(opened: Any, screenshot: Any) -> None:
    tab = opened()
    calls = record_calls(tab)
    for name in ("plain", "priced"):
        box = half(tab, name).bounding_box()
        assert box
        assert box["y"] + box["height"] < 800, "on the first screen"
    assert tab.evaluate("document.documentElement.scrollHeight") <= 1800

    # The pointer, and the arrow keys, move the code that is decoded; the other plane stays.
    for name, network in (("plain", "autoencoder.mnist"), ("priced", "vae.mnist")):
        field = half(tab, name).locator(".field")
        box = field.bounding_box()
        assert box
        x, y = round(box["x"] + box["width"] * 0.3), round(box["y"] + box["height"] * 0.6)
        tab.mouse.move(x, y)
        across, down = (x - box["x"]) / box["width"], (y - box["y"]) / box["height"]
        expect_decoded(tab, name, network, code_at(network, across, down))
        field.focus()
        tab.keyboard.press("ArrowRight")
        expect_decoded(tab, name, network, code_at(network, across + 1 / 200, down))
        tab.keyboard.press("Home")
        tab.keyboard.press("PageDown")
        expect_decoded(tab, name, network, code_at(network, 0, 0.1))

    # One way for both: its ends are the digits' codes.
    way = half(tab, "plain").locator(".way")
    first, second = (int(tab.locator(f"{PART} .between img").nth(at).get_attribute("alt")[-1]) for at in (0, 1))
    way.focus()
    for key, share in (("Home", 0), ("End", 1), ("PageDown", 0.87)):
        tab.keyboard.press(key)
        for name, network in (("plain", "autoencoder.mnist"), ("priced", "vae.mnist")):
            ends = code_of(first, network), code_of(second, network)
            expect_decoded(tab, name, network, ends[0] + share * (ends[1] - ends[0]))
    assert time_steps(half(tab, "plain").locator(".field"), "point") <= FRAME_MILLISECONDS
    assert time_steps(way, "point") <= FRAME_MILLISECONDS
    tab.get_by_role("group", name="Test digits of one class").get_by_role("button", name="3").click()
    screenshot(tab, "autoencoders-class")
    assert calls == []

    # β: another network's plane comes once.
    slider = tab.get_by_label("β, the price of a nat")
    slider.focus()
    for key, beta, network in (("End", "4", "vae-beta4.mnist"), ("ArrowLeft", "1", "vae.mnist"), ("End", "4", "")):
        tab.keyboard.press(key)
        expect(tab.locator(f"{PART} .beta b")).to_have_text(beta)
        network = network or "vae-beta4.mnist"
        expect(half(tab, "priced").locator(".field")).to_have_attribute("aria-label", re.compile(f"{network}@v1:"))
        found = exhibit.measure_holes(network)
        expect(half(tab, "priced").locator(".holes b")).to_have_text(f"{found['sure']} of 1,000")
    assert count_wishes(calls) == 1
    expect(tab).to_have_url(re.compile("network=vae-beta4.mnist"))

    # Prices: what is written is what Python solves.
    field = tab.get_by_label("βσ²")
    field.focus()
    tab.keyboard.press("Home")
    for _ in range(3):
        tab.keyboard.press("PageUp")
    price = 10 ** float(field.input_value())
    solved = exhibit.solve_linear_vae(price)
    says = tab.locator(f"{PART} .prices .says")
    expect(says).to_contain_text(f"{solved['living']} of 64 dimensions live")
    expect(says).to_contain_text(f"say {sum(solved['kl_nats']):.1f} nats")
    expect(tab.locator(f"{PART} .told b")).to_have_text("20 of 32 numbers are used")
    assert count_wishes(calls) == 1
    assert count_unnamed(tab, PART) == 0
    assert smallest_text(tab, PART) >= 12
    change_theme(tab, dark=True)
    screenshot(tab, "autoencoders-dark")


def test_a_drawing_lands_on_both_planes_and_is_walked_to(opened: Any, screenshot: Any, tmp_path: Any) -> None:
    tab = opened(width=390, height=844)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    sheet = tab.locator(f"{PART} .sheet canvas")
    tab.locator(f"{PART} .paper").get_by_role("button", name="Clear").click()
    expect(tab.locator(f"{PART} .between")).to_be_hidden()
    expect(tab.locator(f"{PART} .own th span")).to_have_text("draw a digit")
    box = sheet.bounding_box()
    assert box
    tab.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.2)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.8, steps=6)
    tab.mouse.up()
    expect(tab.locator(f"{PART} .own th span").first).to_have_text("B, yours")
    saw = tab.locator(f"{PART} .between .second").get_attribute("src")
    cells = tab.locator(f"{PART} .own tr").nth(1).locator("td").all_inner_texts()
    kl = tab.locator(f"{PART} .own tr").nth(2).locator("td").all_inner_texts()
    assert kl[0] == "free"
    # The picture that the networks saw, encoded once more: 28 × 28 pixels change a little when they are centred again.
    for at, network in enumerate(("autoencoder.mnist", "vae-beta0_25.mnist", "vae.mnist", "vae-beta4.mnist")):
        found = exhibit.encode_digit(saw, network)
        assert read_number(cells[at]) == pytest.approx(found["reconstruction_nats"], rel=0.05)
    expect(half(tab, "priced").locator(".posterior")).to_contain_text("B is a Gaussian here, with deviations")
    expect(half(tab, "plain").locator(".way")).to_have_attribute("aria-valuenow", "100")
    tab.get_by_role("button", name="Let B be A, then draw another B").click()
    assert tab.locator(f"{PART} .between .first").get_attribute("src") == saw
    tab.locator(f"{PART} .paper .examples button").nth(8).click()
    expect(tab.locator(f"{PART} .between .second")).to_have_attribute("alt", "drawn 8")
    assert tab.locator(f"{PART} .between .first").get_attribute("src") == saw

    # An empty upload is one sentence, and what was shown stays.
    from PIL import Image

    Image.new("RGB", (60, 60), "white").save(tmp_path / "white.png")
    tab.locator(f"{PART} .paper input[type=file]").set_input_files(tmp_path / "white.png")
    expect(tab.locator(f"{PART} .paper .says.problem")).to_have_text("There is nothing on this sheet: draw a digit.")
    expect(tab.locator(f"{PART} .between .second")).to_have_attribute("alt", "drawn 8")
    screenshot(tab, "autoencoders-390")


def test_it_walks_by_itself_until_it_is_touched(stand_in: StandIn, page: Callable[..., Page]) -> None:
    tab = page(f"{stand_in.url}/?tab=transfer")
    open_in_motion(tab, TITLE)
    way = half(tab, "plain").locator(".way")
    expect(way).to_have_attribute("aria-valuenow", re.compile("^([2-9]|[1-4].)$"))
    expect(way).to_have_attribute("aria-valuenow", re.compile("^[6-9].$"))
    tab.locator(f"{PART} h2").click()
    stopped = way.get_attribute("aria-valuenow")
    tab.wait_for_timeout(400)
    assert way.get_attribute("aria-valuenow") == stopped
