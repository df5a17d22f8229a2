"""Attention in a real browser: scrubbed without a request, switched off, shuffled, uploaded to and downloaded."""

from __future__ import annotations

import csv
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
from apps._gallery.glossary import TERMS
from apps.attention import layout
from tests._support.browsing import (
    FRAME_MILLISECONDS,
    expect_picture,
    expect_refusal_below,
    record_calls,
    time_steps,
    upload_picture,
)
from tests._support.stand_in import StandIn
from tests._support.transformer import BLOCKS, HEADS, NAME
from tests._support.visit import await_opening, open_tab
from zoo.examples import example_pictures

SECONDS = 1000
# Every caption of the picture in its turn.
RECORD = """() => {
window.said = [];
new MutationObserver(() => {
  const text = document.querySelector(".attention-maps .picture .caption")?.textContent;
  if (text && text !== said.at(-1)) said.push(text);
}).observe(document, { childList: true, subtree: true });
}"""


@pytest.fixture(scope="module")
def lab(stand_in: StandIn) -> str:
    return stand_in.url


@pytest.fixture(scope="module")
def weights(stand_in: StandIn) -> torch.Tensor:
    """L×heads×T×T of the cat, straight from the network."""
    model: Any = zoo.load(NAME, stand_in.zoo)
    seen: list[Any] = []
    with torch.inference_mode():
        model(model.preprocess(Image.open(example_pictures()["cat"]))[None], seen=seen)
    return torch.cat([block.weights for block in seen])


@pytest.fixture
def opened(page: Callable[..., Page], lab: str) -> Callable[..., Page]:
    def open_tab(link: str = "", **options: Any) -> Page:
        tab = page(f"{lab}/?tab=attention{link}", **options)
        wait_for_parts(tab)
        return tab

    return open_tab


def wait_for_parts(tab: Page) -> None:
    for part in ("maps", "experiments"):
        tab.locator(f".attention-{part} .widget.ready").wait_for(timeout=120 * SECONDS)


def caption(tab: Page, figure: str) -> Locator:
    return tab.locator(f".{figure} .caption")


def probabilities(tab: Page, section: str) -> list[str]:
    return tab.locator(f".{section} .row:not(.head) .probability").all_inner_texts()


def picture(tab: Page) -> Locator:
    return tab.get_by_role("application", name=re.compile("^The picture"))


def small(tab: Page) -> Locator:
    return tab.get_by_role("application", name=re.compile("^All maps"))


def switch(tab: Page, block: int, head: int) -> Locator:
    return tab.get_by_role("button", name=re.compile(f"^Block {block}, head {head},"))


def title(tab: Page, section: str) -> Locator:
    return tab.locator(f".{section} .title")


def middle_of(canvas: Locator, row: int, column: int, rows: int, columns: int) -> Any:
    box = canvas.bounding_box()
    assert box
    return {"x": (column + 0.5) / columns * box["width"], "y": (row + 0.5) / rows * box["height"]}


def downloaded(tab: Page, name: str) -> tuple[str, bytes]:
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name=name, exact=True).click()
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def measure(tab: Page) -> tuple[float, float]:
    """The smallest text of the tab, and how far the page is wider than its window, in pixels."""
    size = "Math.min(...[...document.querySelectorAll('.attention-maps *, .attention-experiments *')]"
    size += ".filter((e) => e.innerText).map((e) => parseFloat(getComputedStyle(e).fontSize)))"
    return tab.evaluate(size), tab.evaluate("document.documentElement.scrollWidth - innerWidth")


def test_on_a_telephone_it_shows_itself_until_it_is_tapped(
    page: Callable[..., Page], lab: str, screenshot: Any
) -> None:
    tab = page(f"{lab}/?tab=transfer", width=390, height=844)
    tab.emulate_media(reduced_motion="no-preference")
    tab.evaluate(RECORD)
    await_opening(tab)
    open_tab(tab, "Attention")
    wait_for_parts(tab)
    # It begins a walk over the picture, which a finger ends.
    spots = [f"row {(patch - 1) // 8}, column {(patch - 1) % 8}" for patch in layout.WALK]
    tab.wait_for_function("(spot) => said.some((each) => each.startsWith(spot))", arg=spots[2])
    assert [each.split(" · ")[0] for each in tab.evaluate("said")[:3]] == [f"{spots[0]} is chosen", *spots[1:3]]
    box = picture(tab).bounding_box()
    assert box
    assert box["width"] / 8 >= 24
    picture(tab).tap(position={"x": 6.5 / 8 * box["width"], "y": 5.5 / 8 * box["height"]})
    expect(caption(tab, "picture")).to_have_text("row 5, column 6 is chosen")
    told = tab.evaluate("said.length")
    tab.wait_for_timeout(1200)
    assert tab.evaluate("said.length") == told, "nothing moves by itself any more"
    smallest, wider = measure(tab)
    assert smallest >= 12
    assert wider <= 0
    expect(tab.locator(".switches [data-row]")).to_have_count(BLOCKS * (HEADS + 1))
    screenshot(tab, "attention-390")


def test_blocks_heads_and_patches_are_scrubbed_and_taken_along_without_a_request_and_in_time(
    visit: Callable[..., Page], lab: str, weights: torch.Tensor, screenshot: Any
) -> None:
    tab = visit("Attention", lab)
    calls = record_calls(tab)
    chosen, pair = caption(tab, "picture"), tab.locator(".pair")
    expect(chosen).to_have_text("row 3, column 2 is chosen")
    expect(caption(tab, "focus")).to_contain_text("block 2 · head 0")
    expect(title(tab, "heads")).to_contain_text(f"{HEADS} heads of {BLOCKS * HEADS} off: ")
    expect(title(tab, "order")).to_contain_text("Shuffled: ")
    for section in ("heads", "order"):
        assert any(len({*text.split(" → ")}) == 2 for text in probabilities(tab, section)), "grey and blue differ"
    smallest, wider = measure(tab)
    assert smallest >= 12
    assert wider <= 0
    for part in (".stage", ".pair"):
        box = tab.locator(part).bounding_box()
        assert box
        assert box["y"] + box["height"] < 800, "the first screen holds the picture, all maps and their reading"
    screenshot(tab, "attention-1280")
    tab.evaluate("document.body.classList.add('dark')")
    tab.wait_for_timeout(300)
    screenshot(tab, "attention-1280-dark")

    # What is under the pointer is shown at once, and what was chosen again when it leaves.
    picture(tab).hover(position=middle_of(picture(tab), 1, 4, 8, 8))
    expect(chosen).to_have_text("row 1, column 4 · click to choose it")
    expect(pair).to_contain_text("row 1, column 4 →")
    small(tab).hover(position=middle_of(small(tab), 0, 1, BLOCKS, HEADS + 2))
    expect(chosen).to_have_text("row 3, column 2 is chosen")
    expect(caption(tab, "focus")).to_contain_text("block 0 · head 1")
    tab.get_by_role("button", name="who looks at it").hover()
    expect(caption(tab, "focus")).to_contain_text("block 2 · head 0")
    small(tab).click(position=middle_of(small(tab), 1, HEADS, BLOCKS, HEADS + 2))
    expect(caption(tab, "focus")).to_contain_text("block 1 · mean of its heads")
    tab.get_by_text("rollout", exact=True).hover()
    expect(tab.locator("#kit-definition")).to_contain_text(TERMS["rollout"])
    tab.get_by_role("button", name="class token").hover()
    expect(tab.locator("#kit-definition")).to_contain_text(TERMS["class token"])

    small(tab).focus()
    for key in [*["ArrowUp"] * BLOCKS, *["ArrowLeft"] * (HEADS + 1)]:
        tab.keyboard.press(key)
    for head in range(HEADS):
        expect(caption(tab, "focus")).to_contain_text(f"block 0 · head {head}")
        tab.keyboard.press("ArrowRight")
    expect(caption(tab, "focus")).to_contain_text("mean of its heads")
    tab.keyboard.press("ArrowRight")
    expect(caption(tab, "focus")).to_contain_text("rollout")
    tab.keyboard.press("ArrowDown")
    expect(caption(tab, "focus")).to_contain_text("block 1 · rollout")

    picture(tab).focus()
    tab.keyboard.press("Home")
    expect(chosen).to_have_text("class token is chosen")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowDown")
    expect(chosen).to_have_text("row 1, column 1 is chosen")
    for row, column in ((0, 0), (7, 7), (3, 4)):
        picture(tab).click(position=middle_of(picture(tab), row, column, 8, 8))
        expect(chosen).to_have_text(f"row {row}, column {column} is chosen")

    # The pair under the pointer, in a head: its weight and its product.
    small(tab).focus()
    for key in ["ArrowLeft"] * (HEADS + 1) + ["ArrowRight"]:
        tab.keyboard.press(key)
    large = tab.locator(".focus canvas")
    box = large.bounding_box()
    assert box
    large.hover(position={"x": 5.5 / 8 * box["width"], "y": 2.5 / 8 * box["height"]})
    token, other = 1 + 3 * 8 + 4, 1 + 2 * 8 + 5
    for name, exact in (
        ("where it looks", weights[1, 1, token, other]),
        ("who looks at it", weights[1, 1, other, token]),
    ):
        tab.get_by_role("button", name=name).click()
        large.hover(position={"x": 5.5 / 8 * box["width"], "y": 2.5 / 8 * box["height"]})
        first, then = ("row 3, column 4", "row 2, column 5")[:: 1 if name == "where it looks" else -1]
        expect(pair).to_contain_text(f"{first} → {then}")
        expect(pair).to_contain_text(re.compile(r"q·k/√12 = −?\d+\.\d\d"))
        shown = pair.locator(".w").inner_text()
        if exact >= 1e-4:
            assert float(re.findall(r"[\d.]+", shown)[0]) / 100 == pytest.approx(exact.item(), rel=0.06)
        else:
            assert float(re.findall(r"[\d.]+", shown)[0]) <= 0.011
    assert calls == []

    for target in (picture(tab), small(tab)):
        assert time_steps(target, "key") <= FRAME_MILLISECONDS

    # What is taken along.
    small(tab).focus()
    for key in [*["ArrowUp"] * BLOCKS, "ArrowDown", *["ArrowLeft"] * (HEADS + 1)]:
        tab.keyboard.press(key)
    tab.get_by_role("button", name="where it looks").click()
    picture(tab).click(position=middle_of(picture(tab), 3, 4, 8, 8))
    expect(caption(tab, "focus")).to_contain_text("block 1 · head 0")
    name, content = downloaded(tab, "CSV")
    assert name == f"{NAME}@v1-block1-head0-from-patch3-4.csv"
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert [(row["token"], row["row"], row["column"]) for row in rows[:3]] == [
        ("0", "", ""),
        ("1", "0", "0"),
        ("2", "0", "1"),
    ]
    found = torch.tensor([float(row["weight"]) for row in rows])
    torch.testing.assert_close(found, weights[1, 0, 1 + 3 * 8 + 4], rtol=5e-4, atol=1e-9)
    assert found.sum() == pytest.approx(1, abs=3e-4)
    products = np.array([float(row["query_key"]) for row in rows])
    assert np.exp(products) / np.exp(products).sum() == pytest.approx(found.numpy(), rel=2e-3, abs=1e-9)

    name, content = downloaded(tab, "PNG")
    assert name.endswith("-block1-head0-from-patch3-4.png")
    image = Image.open(io.BytesIO(content)).convert("RGB")
    assert image.size == (640, 640)
    cells = np.asarray(image, dtype=float).reshape(8, 80, 8, 80, 3).mean((1, 3, 4))
    assert int(cells.argmax()) == int(found[1:].argmax()), "the strongest patch is the brightest"
    assert calls == []


def test_what_is_switched_is_answered_by_python_also_for_an_upload(
    opened: Any, lab: str, screenshot: Any, tmp_path: Path
) -> None:
    tab = opened("&block=1&head=1&patch=9")
    expect(caption(tab, "focus")).to_contain_text("block 1 · head 1")
    expect(caption(tab, "picture")).to_have_text("row 1, column 0 is chosen")
    small(tab).press("ArrowUp")
    expect(tab).to_have_url(re.compile(r"block=0&head=1&patch=9$"))
    tab.evaluate("tenweeks.show('attention', { block: '99', head: '-1', patch: '1e3' })")
    small(tab).press("ArrowDown")
    expect(tab).to_have_url(re.compile(r"block=1&head=1&patch=9$"))

    asked: list[Any] = []
    tab.on("request", lambda each: asked.append(each.post_data_json) if "queue/join" in each.url else None)
    expect(switch(tab, 1, 2)).to_have_text("−1.3")
    expect(switch(tab, 1, 2)).to_have_attribute("aria-pressed", "true")
    tab.get_by_role("button", name="All on").click()
    expect(title(tab, "heads")).to_have_text("All heads on")
    switches = [switch(tab, *place).element_handle() for place in ((1, 2), (2, 0), (0, 3))]
    tab.evaluate("(switches) => switches.forEach((each) => each.click())", switches)
    expect(title(tab, "heads")).to_contain_text(f"3 heads of {BLOCKS * HEADS} off:", timeout=20 * SECONDS)
    # A slow answer is asked for again, and with the same heads.
    together = [sorted(each["event_data"]["heads"]) for each in asked]
    assert together == [["0.3", "1.2", "2.0"]] * len(asked), "switches that follow each other are asked for together"
    tab.wait_for_timeout(300)

    client = Client(lab, verbose=False)
    cat = handle_file(str(example_pictures()["cat"]))
    answer = client.predict(cat, NAME, ["0.3", "1.2", "2.0"], api_name="/silence_heads")
    assert tab.locator(".heads .label").all_inner_texts() == [row["label"] for row in answer["answers"]][:7]
    shown = [float(text.split(" → ")[1].strip("< ")) for text in probabilities(tab, "heads")]
    assert shown == pytest.approx([100 * row["after"] for row in answer["answers"]][:7], abs=0.06)
    screenshot(tab, "attention-switched")

    tab.get_by_role("button", name=re.compile("^All of block 1")).click()
    expect(switch(tab, 1, 0)).to_have_attribute("aria-pressed", "true")
    expect(title(tab, "heads")).to_contain_text("6 heads of 12 off:", timeout=20 * SECONDS)
    # The keyboard walks over the switches.
    switch(tab, 1, 0).focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Space")
    expect(switch(tab, 1, 1)).to_have_attribute("aria-pressed", "false")
    expect(title(tab, "heads")).to_contain_text("5 heads of 12 off:", timeout=20 * SECONDS)
    tab.get_by_role("button", name="All on").click()
    expect(title(tab, "heads")).to_have_text("All heads on")

    # Both experiments at once do not lose each other's answer.
    switch(tab, 0, 0).click()
    tab.get_by_role("button", name="No positions").click()
    expect(title(tab, "order")).to_contain_text("Shuffled, without positions: ", timeout=20 * SECONDS)
    expect(title(tab, "heads")).to_contain_text("1 head of 12 off:", timeout=20 * SECONDS)
    mixed = probabilities(tab, "order")
    tab.get_by_role("button", name="Shuffle the patches").click()
    expect(title(tab, "order")).to_contain_text("Without positions: ", timeout=20 * SECONDS)
    assert probabilities(tab, "order") == mixed

    # Another picture keeps what is switched; what is no picture is refused and changes nothing.
    before = [probabilities(tab, section) for section in ("heads", "order")]
    Image.effect_mandelbrot((90, 60), (-2, -1, 1, 1), 40).convert("RGB").save(tmp_path / "mine.png")
    upload_picture(tab, tmp_path / "mine.png")
    expect_picture(tab, "upload")
    texts = "[...document.querySelectorAll(`.${section} .row:not(.head) .probability`)].map((e) => e.innerText)"
    for section, old, told in zip(
        ("heads", "order"), before, ("1 head of 12 off:", "Without positions: "), strict=True
    ):
        tab.wait_for_function(f"([section, old]) => {texts}.join() !== old", arg=[section, ",".join(old)])
        expect(title(tab, section)).to_contain_text(told, timeout=20 * SECONDS)
    (tmp_path / "page.png").write_text("<!doctype html><p>no picture")
    upload_picture(tab, tmp_path / "page.png")
    expect_refusal_below(tab)
    switch(tab, 0, 2).click()
    expect(title(tab, "heads")).to_contain_text("2 heads of 12 off:", timeout=20 * SECONDS)


def test_api_clients_get_the_same_and_one_sentence_for_what_is_wrong(lab: str, tmp_path: Path) -> None:
    client = Client(lab, verbose=False)
    cat = handle_file(str(example_pictures()["cat"]))
    sent = client.predict(cat, NAME, api_name="/compute_attention")
    assert (sent["blocks"], sent["heads"], sent["tokens"]) == (BLOCKS, HEADS, 65)
    none = client.predict(cat, NAME, [], api_name="/silence_heads")
    assert all(row["before"] == row["after"] for row in none["answers"])
    mixed = client.predict(cat, NAME, True, True, api_name="/disturb_patches")
    assert mixed["input"] != sent["input"]
    (tmp_path / "text.png").write_text("a text where a picture belongs")
    for arguments, endpoint, sentence in (
        ((cat, NAME, ["7.0"]), "/silence_heads", "There is no head 7.0: blocks go from 0 to 2"),
        ((handle_file(str(tmp_path / "text.png")), NAME), "/compute_attention", "."),
        ((cat, "lenet.none"), "/compute_attention", "No release is called 'lenet.none'"),
    ):
        with pytest.raises(Exception, match=re.escape(sentence)) as refusal:
            client.predict(*arguments, api_name=endpoint)
        assert "Traceback" not in str(refusal.value)
