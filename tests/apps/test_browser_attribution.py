"""Attribution in a real browser: pixels deleted without a request, methods kept, a network that forgets, files."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from apps.attribution import deletion
from apps.attribution.choices import OPENING, REST
from tests._support.attributions import decode_map
from tests._support.browsing import (
    FRAME_MILLISECONDS,
    change_theme,
    expect_picture,
    expect_refusal_below,
    record_calls,
    smallest_text,
    time_steps,
    upload_picture,
    write_number,
)
from tests._support.small_cnn import CNN, MLP
from tests._support.stand_in import StandIn
from tests._support.transformer import NAME as VIT
from zoo.examples import example_pictures

SECONDS = 1000
PARTS = ("lab", "curves", "checks")
# How much was deleted, in its turn, and whether verdicts were seen then.
RECORD = """() => {
window.said = [];
window.told = {};
new MutationObserver(() => {
  const text = document.querySelector(".attribution-lab .what b")?.textContent;
  const verdicts = document.querySelector(".attribution-curves .verdicts");
  if (!text || text === said.at(-1)) return;
  said.push(text);
  told[text] = Boolean(verdicts) && getComputedStyle(verdicts).visibility === "visible";
}).observe(document, { childList: true, subtree: true });
}"""
# The colour of every cell of a picture of 32 × 32.
CELLS = """(canvas) => {
  const pen = canvas.getContext("2d"), cell = canvas.width / 32;
  return [...Array(1024).keys()].map((i) =>
    [...pen.getImageData((i % 32 + 0.5) * cell, (Math.floor(i / 32) + 0.5) * cell, 1, 1).data].join());
}"""
# Presses a button that says Stop in the frame in which it appears, however slow the machine is.
STOP = """(part) => {
  const stop = [...document.querySelectorAll(`${part} button`)].find((b) => b.textContent === "Stop" && b.offsetParent);
  stop?.click();
  return Boolean(stop);
}"""


@pytest.fixture(scope="module")
def lab(stand_in: StandIn) -> str:
    return stand_in.url


@pytest.fixture(scope="module")
def client(lab: str) -> Client:
    return Client(lab, verbose=False)


def ask(client: Client, endpoint: str, network: str, method: str, label: str = "", *settings: Any) -> dict[str, Any]:
    """What API clients get of the cat, with what the tab has chosen at first."""
    settings = settings or (OPENING["steps"], OPENING["baseline"])
    cat = handle_file(str(example_pictures()["cat"]))
    return client.predict(cat, network, method, label, *settings, api_name=f"/{endpoint}")


def wait_for_parts(tab: Page) -> None:
    for part in PARTS:
        tab.locator(f".attribution-{part} .widget.ready").wait_for(timeout=180 * SECONDS)


def slider(tab: Page) -> Locator:
    return tab.get_by_role("slider", name="Share of the pixels that are changed")


def shows(tab: Page, label: str = r"\w+") -> None:
    """Both maps are there, and their curves."""
    for side in ("left", "right"):
        expect(tab.locator(f".names.{side}")).to_have_text(re.compile(rf"none ?· {label}$"), timeout=120 * SECONDS)
        expect(tab.locator(f".sure.{side} b")).to_contain_text("%", timeout=120 * SECONDS)


def choose(tab: Page, name: str) -> None:
    tab.get_by_role("button", name=name, exact=True).click()


def choose_method(tab: Page, side: str, title: str) -> None:
    tab.get_by_role("combobox", name=f"Method on the {side}").select_option(label=title)


def percent(share: float) -> str:
    return "< 0.1 %" if share < 0.001 else "> 99.9 %" if share > 0.999 else f"{100 * share:.1f} %"


def downloaded(tab: Page, name: str) -> tuple[str, bytes]:
    with tab.expect_download() as waiting:
        choose(tab, name)
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def check_measures(tab: Page, width: int) -> None:
    """Nothing sticks out, the smallest text can be read, and every target can be hit."""
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    inside = ",".join(f".attribution-{part} .widget" for part in PARTS)
    # The page clips what sticks out, so that its own width does not tell.
    boxes = "(found) => [...document.querySelectorAll(found)].filter((e) => e.offsetParent).map((e) => "
    within = boxes + "e.getBoundingClientRect().right)"
    assert max(tab.evaluate(within, f":is({inside}) *")) <= width
    targets = boxes + "e.getBoundingClientRect().height)"
    assert min(tab.evaluate(targets, f":is({inside}) :is(button,select,input,summary)")) >= 24
    assert min(smallest_text(tab, f".attribution-{part}") for part in PARTS) >= 12


def test_on_a_telephone_pixels_go_by_themselves_and_in_time_until_it_is_tapped(
    page: Any, lab: str, screenshot: Any
) -> None:
    tab = page(f"{lab}/?tab=transfer", width=390, height=844)
    tab.emulate_media(reduced_motion="no-preference")
    tab.evaluate(RECORD)
    calls = record_calls(tab)
    expect(tab.locator("#rail a[aria-current]")).to_have_count(1, timeout=120 * SECONDS)
    tab.locator(".rail-button").click()
    tab.locator("#rail [data-tab=attribution]").click()
    wait_for_parts(tab)
    tab.wait_for_function("said.includes('10 %')")
    assert tab.evaluate("said")[:3] == ["0 %", "5 %", "10 %"]
    # While the curves are drawn nothing tells how they end.
    assert tab.evaluate("told['10 %']") is False
    asked = len(calls)
    tab.locator(".map.right").tap()
    expect(tab.locator(".what")).to_have_text(f"{5 * REST} % of the pixels deleted")
    expect(tab.locator(".verdicts p").last).to_be_visible()
    expect(tab.locator(".reading")).to_contain_text(re.compile(r"row 1[56], column 1[56]:"))
    assert not re.search("arrow|key|point at", tab.locator(".attribution-lab .widget").inner_text(), re.IGNORECASE)
    # All of it is in the first screen: the maps, the slider and what is left of the answer.
    bottom = "(part) => document.querySelector(part).getBoundingClientRect().bottom + scrollY"
    assert tab.evaluate(bottom, ".sure.lot") <= 844
    check_measures(tab, 390)
    screenshot(tab, "attribution-390")
    assert time_steps(slider(tab), "slide") <= FRAME_MILLISECONDS
    assert len(calls) == asked


def test_pixels_are_deleted_methods_kept_a_network_forgets_work_stops_and_files(
    visit: Any, lab: str, client: Client, screenshot: Any
) -> None:
    tab = visit("Attribution", lab)
    wait_for_parts(tab)
    shows(tab)
    check_first_screen(tab, screenshot)
    check_deletion(tab, client)
    check_reading(tab, client)
    check_seen_methods(tab)
    check_forgetting(tab, client)
    check_stopping(tab)
    check_files(tab, client)
    choose(tab, "Why this test is contested")
    expect(tab.get_by_text("train the network anew on pictures without those")).to_be_visible()


def check_first_screen(tab: Page, screenshot: Any) -> None:
    """Maps, scales, the picture, the slider and the falling bars are in sight, and the page is short."""
    for part in (".scale.left", ".original", ".slide input", ".sure.right .track", ".sure.lot b"):
        assert tab.locator(part).evaluate("(node) => node.getBoundingClientRect().bottom") <= 800
    assert tab.evaluate("document.documentElement.scrollHeight") <= 1200
    expect(tab.locator(".factor")).to_have_text("Two methods, two units: compare colours within a map.")
    check_measures(tab, 1280)
    screenshot(tab, "attribution-1280")
    change_theme(tab, dark=True)
    check_measures(tab, 1280)
    screenshot(tab, "attribution-1280-dark")


def check_deletion(tab: Page, client: Client) -> None:
    """Numbers, verdicts and pixels are Python's; the slider, the chart's keys and the direction ask for nothing."""
    calls = record_calls(tab)
    curves = [ask(client, "delete_pixels", VIT, method) for method in OPENING["methods"]]
    maps = [ask(client, "attribute_pixels", VIT, method) for method in OPENING["methods"]]
    slider(tab).fill("12")
    for way, button, text in (("deletion", "Delete", "deleted"), ("insertion", "Add", "added")):
        choose(tab, button)
        expect(tab.locator(".what")).to_have_text(f"60 % of the pixels {text}")
        for side, sent in zip(("left", "right"), curves, strict=True):
            expect(tab.locator(f".sure.{side} b")).to_have_text(percent(sent[way][12]))
        first = curves[0]["random"][0]
        expect(tab.locator(".sure.lot b")).to_have_text(percent(first[12] if way == "deletion" else first[-13]))
        told = tab.locator(".verdicts p").all_inner_texts()
        assert told == [f"{name} {sent['verdicts'][way]}" for name, sent in zip(NAMES, curves, strict=True)]
    choose(tab, "Delete")
    slider(tab).fill(str(REST))
    whole = tab.locator(".original").evaluate(CELLS)
    for side, sent in zip(("left", "right"), maps, strict=True):
        cells = tab.locator(f".gone.{side}").evaluate(CELLS)
        gone = {*deletion.rank_pixels(decode_map(sent))[: curves[0]["counts"][REST]].tolist()}
        changed = {i for i in range(1024) if cells[i] != whole[i]}
        assert changed <= gone
        assert len(changed) > 0.95 * len(gone)  # a blurred pixel may have the colour that it had
    tab.locator(".attribution-curves .widget .curve svg").focus()
    tab.keyboard.press("End")
    expect(slider(tab)).to_have_value("20")
    expect(tab.locator(".attribution-curves .widget .curve svg")).to_have_attribute(
        "aria-valuetext", re.compile("^Grad-CAM .*; Integrated grad")
    )
    assert calls == []


NAMES = ("Grad-CAM", "Integrated gradients")


def check_reading(tab: Page, client: Client) -> None:
    """A pixel of any picture is read in both maps, by pointer and by keys."""
    values = [decode_map(ask(client, "attribute_pixels", VIT, method)) for method in OPENING["methods"]]
    box = tab.locator(".original").bounding_box()
    assert box
    tab.mouse.move(box["x"] + 16.5 / 32 * box["width"], box["y"] + 8.5 / 32 * box["height"])
    expect(tab.locator(".reading b")).to_have_text([write_number(float(each[8, 16])) for each in values])
    tab.mouse.move(0, 0)
    expect(tab.locator(".reading")).to_contain_text("Point at a pixel")
    tab.locator(".map.left").focus()
    tab.keyboard.press("ArrowDown")
    for name, value, line in zip(NAMES, values, tab.locator(".reading p").all(), strict=False):
        expect(line).to_have_text(f"{name}, row 17, column 16: {write_number(float(value[17, 16]))}")


def check_seen_methods(tab: Page) -> None:
    """A method that was seen comes back without a request."""
    calls = record_calls(tab)
    choose_method(tab, "left", "Saliency")
    shows(tab)
    assert [call["kind"] for call in calls] == ["map", "curves"]
    tab.get_by_text("Do the parts add up?").click()
    expect(tab.locator(".remarks p")).to_have_count(1)
    sums = tab.locator("details.whole tbody td:nth-child(2)").all_inner_texts()
    score, base, difference, summed = (float(text.replace("−", "-")) for text in sums[:4])
    assert difference == pytest.approx(score - base, abs=0.002)
    assert summed == pytest.approx(difference, rel=0.03, abs=0.002)
    for method in ("Grad-CAM", "Integrated gradients", "Saliency"):
        choose_method(tab, "left", method)
        shows(tab)
    assert len(calls) == 2
    choose(tab, "8")
    expect(tab.locator(".details")).to_contain_text("gradients at 8 places", timeout=60 * SECONDS)
    shows(tab)


def check_forgetting(tab: Page, client: Client) -> None:
    """A network forgets, and the tab says what became of the map."""
    tab.get_by_text("Would the map survive forgetting?").click()
    choose(tab, f"Randomise {VIT} under Saliency")
    check = tab.locator(".check").first
    strip = check.locator(".strip figure")
    expect(strip).to_have_count(6, timeout=120 * SECONDS)
    cat = handle_file(str(example_pictures()["cat"]))
    sent = client.predict(cat, VIT, "saliency", "", api_name="/randomise_layers")
    expect(check.get_by_role("status")).to_have_text(sent["verdict"])
    told = [text.replace("−", "-") for text in strip.locator("b").all_inner_texts()]
    assert told == ["ρ 1", *(f"ρ {stage['correlation']:.2f}" for stage in sent["stages"][1:])]


def check_stopping(tab: Page) -> None:
    """What nobody looks at any more is stopped: maps of a class that has none yet come before those are done."""
    choose_method(tab, "left", "Integrated gradients")
    choose(tab, "128")
    tab.get_by_role("combobox", name="Class").select_option("frog")
    choose_method(tab, "left", "Saliency")
    choose_method(tab, "right", "Occlusion")
    choose(tab, f"Randomise {VIT} under Occlusion")
    tab.wait_for_function(STOP, arg=".checks")
    expect(tab.locator(".checks").get_by_role("button", name="Stop", exact=True)).to_have_count(0)
    shows(tab, "frog")
    choose(tab, "mean colour")
    tab.wait_for_function(STOP, arg=".work")
    choose(tab, "Compute the curves")
    shows(tab, "frog")
    choose(tab, "black")
    shows(tab, "frog")


def check_files(tab: Page, client: Client) -> None:
    """What is drawn and downloaded are Python's numbers."""
    calls = record_calls(tab)
    name, content = downloaded(tab, "CSV")
    assert name == f"{VIT}-saliency-frog-{VIT}-occlusion-frog.csv"
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    for method in ("saliency", "occlusion"):
        sent = ask(client, "attribute_pixels", VIT, method, "frog", 64, "black")
        expected = decode_map(sent)
        mine = [row for row in rows if row["method"] == method]
        assert {(row["network"], row["class"]) for row in mine} == {(f"{VIT}@v1", "frog")}
        found = np.zeros((32, 32))
        for row in mine:
            found[int(row["row"]), int(row["column"])] = float(row["attribution"])
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)

    # The colours: at full strength, the reddest cell of the right map is where its values are largest.
    tab.get_by_role("slider", name=re.compile("^Strength")).fill("100")
    name, content = downloaded(tab, "PNG")
    assert name == f"{VIT}-saliency-frog-{VIT}-occlusion-frog.png"
    image = Image.open(io.BytesIO(content)).convert("RGB")
    assert image.size == (1280, 640)
    cells = np.asarray(image, dtype=float)[:, 640:].reshape(32, 20, 32, 20, 3).mean((1, 3))
    red = cells[..., 0] - cells[..., 2]
    assert np.corrcoef(red.ravel(), np.clip(expected, -sent["scale"], sent["scale"]).ravel())[0, 1] > 0.95
    assert calls == []


def test_a_link_two_networks_an_upload_and_what_is_refused(page: Any, lab: str, client: Client, tmp_path: Path) -> None:
    tab = page(f"{lab}/?tab=attribution&section=sanity&network={CNN}@v1&method=saliency&label=frog&baseline=mean")
    wait_for_parts(tab)
    expect(tab.locator(".names.left")).to_contain_text(CNN, timeout=60 * SECONDS)
    shows(tab, "frog")
    check_link(tab)
    check_two_networks(tab, client)
    check_upload(tab, tmp_path)
    check_refusals(tab)


def check_link(tab: Page) -> None:
    """A link holds methods, class and baseline, and unfolds a section; what it cannot mean is left out."""

    def expect_choices(left: str, right: str, label: str, baseline: str) -> None:
        for name, value in (("Method on the left", left), ("Method on the right", right), ("Class", label)):
            expect(tab.get_by_role("combobox", name=name)).to_have_value(value)
        expect(tab.locator(".switch.baseline [aria-pressed=true]")).to_have_text(baseline)

    expect(tab.locator("#attribution-sanity[open]")).to_have_count(1)
    expect_choices("saliency", "saliency", "frog", "mean colour")
    choose_method(tab, "right", "Occlusion")
    expect(tab).to_have_url(re.compile(r"method=saliency&against=occlusion&baseline=mean&label=frog$"))
    tab.evaluate("tenweeks.show('attribution', { method: 'toString', label: 'unicorn', baseline: 'white' })")
    expect_choices("saliency", "occlusion", "frog", "mean colour")
    choose_method(tab, "right", "Saliency")


def check_two_networks(tab: Page, client: Client) -> None:
    """The sides are named by their networks, and how far their scales are apart is said above them."""
    shows(tab, "frog")
    scales = [ask(client, "attribute_pixels", network, "saliency", "frog")["scale"] for network in (CNN, VIT)]
    factor, side = max(scales) / min(scales), "right" if scales[1] > scales[0] else "left"
    times = f"{factor:.1f}" if factor < 10 else f"{round(factor):,}"
    assert factor > 1.05
    said = f"The {side} map's values are {times} times larger: each map has a scale of its own."
    expect(tab.locator(".factor")).to_have_text(said)
    curves = [ask(client, "delete_pixels", network, "saliency", "frog", 64, "mean") for network in (CNN, VIT)]
    expect(tab.locator(".sure.lot b")).to_have_text([percent(sent["random"][0][REST]) for sent in curves])
    expect(tab.locator(".verdicts b")).to_have_text([CNN, VIT])


def check_upload(tab: Page, tmp_path: Path) -> None:
    """It is attributed as an example is; what is no picture is refused below the menu."""
    before = tab.locator(".answers .much").all_text_contents()
    Image.effect_mandelbrot((90, 60), (-2, -1, 1, 1), 40).convert("RGB").save(tmp_path / "mine.png")
    upload_picture(tab, tmp_path / "mine.png")
    expect_picture(tab, "upload", 30)
    tab.wait_for_function(
        "before => [...document.querySelectorAll('.answers .much')].map((e) => e.textContent).join() !== before",
        arg=",".join(before),
    )
    shows(tab, "frog")
    (tmp_path / "page.png").write_text("<!doctype html><p>no picture")
    upload_picture(tab, tmp_path / "page.png")
    expect_refusal_below(tab)


def check_refusals(tab: Page) -> None:
    """A network of digits: no maps for Grad-CAM, which is said where its map would be, and a digit where it suits."""
    choose_method(tab, "right", "Grad-CAM")
    tab.get_by_role("combobox", name="Class").select_option("")
    tab.get_by_role("combobox", name="Network on the right").select_option(f"{MLP}@v1")
    expect(tab.locator(".names.right")).to_contain_text("has no feature maps", timeout=30 * SECONDS)
    expect(tab.locator(".sure.right b")).to_have_text("–")
    tab.get_by_role("combobox", name="Network on the right").select_option("")
    expect(tab.locator(".names.right")).to_be_hidden(timeout=30 * SECONDS)
    tab.get_by_label("Picture", exact=True).locator("visible=true").select_option("cat")
    tab.get_by_role("combobox", name="Network on the left").select_option(f"{MLP}@v1")
    expect_picture(tab, "7", 30)
    expect(tab.locator(".names.left")).to_have_text(re.compile(r"mlp\.none ?· \d$"), timeout=30 * SECONDS)


def test_api_clients_get_one_sentence_for_what_is_wrong(client: Client, tmp_path: Path) -> None:
    cat = handle_file(str(example_pictures()["cat"]))
    (tmp_path / "text.png").write_text("a text where a picture belongs")
    for arguments, endpoint, sentence in (
        ((cat, CNN, "saliency", "forg", 64, "black"), "/attribute_pixels", "did you mean 'frog'"),
        ((cat, CNN, "integrated gradients", "", 1000, "black"), "/attribute_pixels", "from 1 to 256, not '1000'"),
        ((cat, CNN, "gradcam", ""), "/randomise_layers", "did you mean 'grad-cam'"),
        ((cat, "lenet.none", "saliency", ""), "/randomise_layers", "No release is called 'lenet.none'"),
        ((handle_file(str(tmp_path / "text.png")), CNN, "saliency", ""), "/randomise_layers", "."),
    ):
        with pytest.raises(Exception, match=re.escape(sentence)) as refusal:
            client.predict(*arguments, api_name=endpoint)
        assert "Traceback" not in str(refusal.value)
