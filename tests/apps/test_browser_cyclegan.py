"""CycleGAN in a real browser: bits dragged away and a training scrubbed without a request, both ways, own pictures."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from apps import cyclegan
from tests._support.browsing import (
    FRAME_MILLISECONDS,
    change_theme,
    count_unnamed,
    count_wishes,
    expect_picture,
    expect_refusal_below,
    record_calls,
    smallest_text,
    time_steps,
    upload_picture,
    write_number,
)
from tests._support.kit import wait_for_frame
from tests._support.stand_in import StandIn
from tests._support.translators import FRAMES
from tests._support.visit import PATIENCE_MS, open_tab

TAB = "#tab-cyclegan"
BENCH, LIFE, VERDICT, OWN = (
    f"{TAB} .{name}" for name in ("cycle-bench", "translator-life", "translation-verdict", "own-kind")
)
# The colours of nine places of a canvas, for comparison.
PLACES = """(canvas) => [1, 3, 5, 7, 9, 11, 13, 15, 17].map((i) => [...canvas.getContext("2d").getImageData(
  canvas.width * i / 18, canvas.height * ((5 * i) % 18) / 18, 1, 1).data].join())"""


@pytest.fixture(autouse=True)
def _here(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENWEEKS_ZOO", str(stand_in.zoo))


@pytest.fixture
def opened(stand_in: StandIn, visit: Callable[..., Page]) -> Callable[..., Page]:
    return lambda **window: visit("CycleGAN", stand_in.url, **window)


def expect_step(tab: Page, cycle: dict[str, Any], at: int) -> None:
    """The slider, the sentence, the error and the curve say what Python says of that step."""
    step = cycle["steps"][at]
    middle, back, plain, error = (
        f"{255 * step[name]:.1f}" for name in ("middle_change", "back_change", "plain_change", "cycle_error")
    )
    expect(tab.locator(f"{BENCH} .drag b")).to_have_text(step["name"])
    expect(tab.locator(f"{BENCH} .error figcaption")).to_have_text(f"error: {error}")
    told = f"{step['name']}: the middle changes by {middle} of 255, the way back by {back}"
    for each in (".drag input", ".curve .plot"):
        expect(tab.locator(f"{BENCH} {each}")).to_have_attribute("aria-valuetext", told)
    says = tab.locator(f"{BENCH} .says")
    if not at:
        return expect(says).to_have_text(f"The middle is whole, and the way back is {error} of 255 off. Drag.")
    ratio = step["back_change"] / step["middle_change"]
    more = ratio > 1 and step["back_change"] > step["plain_change"]
    expect(says).to_have_text(
        f"The middle changed by {middle} of 255 on average, the way back by {back}, {write_number(ratio, 2)} times as "
        f"much. In drawn {cycle['other']}s nothing is hidden: their way back changes by {plain}. "
        f"It reads {'' if more else 'no '}more than is seen."
    )


def read_places(tab: Page, name: str) -> list[str]:
    wait_for_frame(tab)
    return tab.locator(f"{BENCH} .{name} canvas").evaluate(PLACES)


def test_bits_are_dragged_away_and_a_training_scrubbed_without_a_request(opened: Any, screenshot: Any) -> None:
    tab = opened()
    calls = record_calls(tab)
    assert tab.evaluate("document.documentElement.scrollHeight") <= 1800
    there, back = (cyclegan.cycle_picture("daisy", kind=kind) for kind in ("daisy", "sunflower"))
    slider = tab.locator(f"{BENCH} .drag input")
    box = slider.bounding_box()
    assert box
    assert box["y"] + box["height"] < 700, "on the first screen"
    expect_step(tab, there, 4)
    tested = "80 test photographs: 15.3 of 255 off with 8 bits, 40.8 with 3."
    expect(tab.locator(f"{BENCH} .tested")).to_have_text(tested)
    tab.mouse.move(box["x"] + 8, box["y"] + 12)
    tab.mouse.down()
    expect_step(tab, there, 0)
    expect(tab.locator(f"{BENCH} .lost figcaption")).to_have_text("lost: nothing")
    whole, own = read_places(tab, "middle"), read_places(tab, "yours")
    tab.mouse.move(box["x"] + box["width"] - 8, box["y"] + 12, steps=8)
    tab.mouse.up()
    expect_step(tab, there, 7)
    expect(tab.locator(f"{BENCH} .lost figcaption")).to_have_text(re.compile(r"lost, × \d"))
    bright = read_places(tab, "middle")
    assert bright != whole
    assert set(",".join(bright).split(",")) <= {"0", "255"}, "of one bit two values are left"
    expect(tab).to_have_url(re.compile("level=7"))
    slider.focus()
    tab.keyboard.press("ArrowLeft")
    expect_step(tab, there, 6)
    tab.locator(f"{BENCH} .curve .plot").focus()
    tab.keyboard.press("Home")
    expect_step(tab, there, 0)
    assert read_places(tab, "middle") == whole

    # The other way is there too.
    tab.locator(f"{BENCH} .kinds button").nth(1).click()
    expect_step(tab, back, 0)
    tab.keyboard.press("Tab")
    expect(tab.locator(f"{BENCH} .yours figcaption")).to_have_text("taken for a sunflower")
    expect(tab.locator(f"{BENCH} .tested")).to_have_text("")
    assert read_places(tab, "yours") == own
    assert time_steps(slider, "slide") <= FRAME_MILLISECONDS

    # A training, of which flowers, errors and losses stand at one frame; its pictures come when it is in view.
    scrub, canvas = tab.locator(f"{LIFE} .kit-scrub input"), tab.locator(f"{LIFE} .pictures")
    read = "(c) => c.getContext('2d').getImageData(c.width / 2, c.height * (5 / 6 + 1 / 12), 1, 1).data[0]"
    scrub.focus()
    tab.wait_for_function(
        "(read) => eval(read)(document.querySelector('.translator-life .pictures')) === 100", arg=read
    )
    for key, index in (("Home", 0), ("ArrowRight", 1), ("End", 10), ("ArrowLeft", 9)):
        tab.keyboard.press(key)
        step = f"after step {FRAMES[index]} of 32" if index else "before the first step"
        expect(tab.locator(f"{LIFE} .kit-scrub b")).to_have_text(step)
        for part in (".pictures", ".errors .plot", ".losses .plot"):
            expect(tab.locator(f"{LIFE} {part}")).to_have_attribute("aria-valuetext", step)
        wait_for_frame(tab)
        assert canvas.evaluate(read) == 10 * index
    canvas.focus()
    tab.keyboard.press("Home")
    wait_for_frame(tab)
    assert canvas.evaluate(read) == 0

    # The verdict, both ways.
    verdict = cyclegan.describe_translations()
    for at, (count, before, scores) in enumerate(((60, 4, "sunflower"), (40, 8, "daisy"))):
        tab.locator(f"{VERDICT} .switch button").nth(at).click()
        expect(tab.locator(f"{VERDICT} .says")).to_have_text(
            f"It takes {count} of 80 translated test photographs for a {scores}, and {before} of them as they were. "
            "Of the untouched ones of both kinds it is right about 93.8 %."
        )
        dots = [tab.locator(f"{VERDICT} .dots .series").nth(i).locator(".loose") for i in (0, 1)]
        expect(dots[0]).to_have_count(80 - count)
        expect(dots[1]).to_have_count(count)
        best = verdict["ways"][at]["drawn"]["scores"][0]
        expect(tab.locator(f"{VERDICT} .best figcaption")).to_contain_text(f"{best:.2f} to".replace("-", "−"))

    # What is of its kind, and the picture that is chosen, once it is another one.
    rows = tab.locator(f"{OWN} tbody tr")
    expect(rows).to_have_count(2)
    for row, name in enumerate(("daisy", "sunflower")):
        ways = cyclegan.translate_picture(name)["ways"]
        expect(rows.nth(row).locator("span")).to_have_text(
            [f"a drawn {name}", *(f"{255 * way['change']:.1f}" for way in ways)]
        )
        expect(rows.nth(row).locator("td").nth(1 + row)).to_have_class("same")
    assert not any(calls), "nothing but the training's pictures was asked for"
    assert count_unnamed(tab, TAB) == 0
    assert smallest_text(tab, TAB) >= 12

    # Noise is asked for once, and then it is here; a photograph brings both ways.
    tab.locator(f"{BENCH} [data-disturbance=noise]").click()
    noise = cyclegan.cycle_picture("daisy", kind="sunflower", disturbance="noise")
    slider.fill("5")
    expect_step(tab, noise, 5)
    for disturbance in ("bits", "noise"):
        tab.locator(f"{BENCH} [data-disturbance={disturbance}]").click()
    assert count_wishes(calls) == 2
    tab.get_by_label("Picture", exact=True).locator("visible=true").select_option("cat")
    from zoo.examples import example_pictures

    cat = str(example_pictures()["cat"])
    expect(rows).to_have_count(3)
    expect_step(tab, cyclegan.cycle_picture(cat, kind="sunflower", disturbance="noise"), 5)
    change_theme(tab, dark=True)
    screenshot(tab, "cyclegan-dark")


def test_own_pictures_go_there_and_back_and_along_on_a_telephone(opened: Any, screenshot: Any, tmp_path: Path) -> None:
    tab = opened(width=390, height=844)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    box = tab.locator(f"{BENCH} .drag input").bounding_box()
    assert box
    assert box["y"] + box["height"] < 844, "on the first screen"
    screenshot(tab, "cyclegan-390")
    small = "(found) => [...document.querySelectorAll(found)].filter((e) => e.offsetParent)" \
        ".filter((e) => e.getBoundingClientRect().height < 24).map((e) => e.outerHTML)"  # fmt: skip
    assert tab.evaluate(small, f"{TAB} .html-container button, {TAB} .html-container input[type=range]") == []
    Image.new("RGBA", (300, 900), (200, 40, 40, 255)).save(tmp_path / "red.png")
    upload_picture(tab, tmp_path / "red.png")
    expect_picture(tab, "upload")
    expect_step(tab, cyclegan.cycle_picture(tmp_path / "red.png"), 4)
    expect(tab.locator(f"{OWN} tbody tr").nth(2).locator("span").first).to_have_text("your picture")
    tab.locator(f"{BENCH} [data-disturbance=jpeg]").click()
    expect_step(tab, cyclegan.cycle_picture(tmp_path / "red.png", disturbance="jpeg"), 4)
    (tmp_path / "words.png").write_text("no picture")
    upload_picture(tab, tmp_path / "words.png")
    expect_refusal_below(tab)
    expect_picture(tab, "upload")
    tab.locator(f"{TAB} .picture-menu .camera").click()
    line = tab.locator(f"{TAB} .picture-menu .line")
    expect(line).to_have_text(re.compile("(camera|Camera).*choose files[.]$"))
    open_tab(tab, "Attention")
    expect_picture(tab, "upload")


def test_it_shows_itself_until_it_is_touched_and_a_link_says_what_it_shows(
    stand_in: StandIn, page: Callable[..., Page]
) -> None:
    address = f"{stand_in.url}/?tab=cyclegan"
    tab = page(f"{address}&kind=sunflower&disturbance=blur&level=6&picture=sunflower-2&step=5")
    expect(tab.locator(f"{TAB}[data-opened]")).to_be_visible(timeout=PATIENCE_MS)
    expect_picture(tab, "sunflower-2")
    expect_step(tab, cyclegan.cycle_picture("sunflower-2", kind="sunflower", disturbance="blur"), 6)
    expect(tab.locator(f"{LIFE} .kit-scrub b")).to_have_text("after step 4 of 32")
    tab.emulate_media(reduced_motion="no-preference")
    tab.goto(address)
    kept = tab.locator(f"{BENCH} .drag b")
    expect(kept).to_have_text("1 bit")  # where it waits before it turns
    tab.locator(f"{TAB} h2").click()
    expect(kept).to_have_text("4 bits")
