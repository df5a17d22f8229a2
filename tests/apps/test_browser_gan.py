"""GAN and Wasserstein in a real browser: starts and piles dragged, a life scrubbed, samples and a drawing scored."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps import birthdays, gan, wasserstein
from apps.wasserstein.piles import PLACES, REAL, SHAPES
from tests._support.adversarial import STEPS
from tests._support.browsing import (
    FRAME_MILLISECONDS,
    change_theme,
    count_unnamed,
    count_wishes,
    read_number,
    record_calls,
    smallest_text,
    time_steps,
    write_number,
)
from tests._support.kit import wait_for_frame
from tests._support.small_data import make_data
from tests._support.stand_in import StandIn
from tests._support.visit import open_in_motion, open_tab

GAN, PILES, WALL = "#tab-gan", "#tab-wasserstein", "#tab-birthdays"


@pytest.fixture(autouse=True)
def _here(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENWEEKS_ZOO", str(stand_in.zoo))


@pytest.fixture
def opened(stand_in: StandIn, visit: Callable[..., Page]) -> Callable[..., Page]:
    return lambda title, **window: visit(title, stand_in.url, **window)


def set_slider(field: Any, value: float) -> None:
    field.evaluate("(field, value) => { field.value = value; field.dispatchEvent(new Event('input')); }", str(value))


def expect_distances(tab: Page, start: tuple[float, float], size: float, count: int) -> None:
    """The list says of each rule by how much the distance has grown, as Python computes it."""
    for rule in ("simultaneous", "alternating", "extragradient", "penalty"):
        radius = gan.follow_game(*start, rule, size, count)["radius"]
        text = tab.locator(f"{GAN} [data-rule={rule}] b").inner_text()
        assert read_number(text.removeprefix("× ")) == pytest.approx(radius[-1] / radius[0], rel=6e-3)


def read_grey(tab: Page) -> int:
    """The grey level in the middle of the pictures: ten times the number of the frame."""
    wait_for_frame(tab)
    read = "(c) => c.getContext('2d').getImageData(c.width / 2, c.height / 2, 1, 1).data[0]"
    return tab.locator(f"{GAN} .pictures").evaluate(read)


def test_the_game_is_played_without_a_request(opened: Any, screenshot: Any) -> None:
    tab = opened("GAN")
    calls = record_calls(tab)
    assert tab.evaluate("document.documentElement.scrollHeight") <= 1800
    expect_distances(tab, (1, 0), 0.1, 100)
    says = tab.locator(f"{GAN} .saddle-game .says")
    expect(says).to_contain_text("Every step multiplies the distance from the middle by √(1 + η²) = 1.0050.")
    mean = gan.follow_game(1, 0)["mean_radius"]
    assert read_number(re.findall(r"is (\S+) away", says.inner_text())[0]) == pytest.approx(mean, rel=6e-3)

    # The start is dragged, moved by keys, and both sliders count.
    field = tab.locator(f"{GAN} .kit-orbits")
    box = field.bounding_box()
    assert box
    assert box["y"] + box["height"] < 800, "on the first screen"
    tab.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.5, steps=4)
    tab.mouse.up()
    expect(tab).to_have_url(re.compile("start=-1.2"))
    field.focus()
    tab.keyboard.press("Home")
    corner = (-2.4, round(2.4 * 0.82, 2))
    expect(field).to_have_attribute("aria-label", re.compile(re.escape("from (−2.40, 1.97)")))
    set_slider(tab.locator(f"{GAN} .size"), 0.25)
    set_slider(tab.locator(f"{GAN} .count"), 60)
    expect_distances(tab, corner, 0.25, 60)
    tab.locator(f"{GAN} [data-rule=penalty]").click()
    factor = gan.follow_game(1, 0, "penalty", 0.25)["factor"]
    expect(says).to_contain_text(f"On the average, a step multiplies it by √(1 − η + η²) = {write_number(factor, 5)}.")
    expect(tab).to_have_url(re.compile("eta=0.25&steps=60&rule=penalty"))
    assert time_steps(tab.locator(f"{GAN} .count"), "slide") <= FRAME_MILLISECONDS
    assert calls == []
    assert count_unnamed(tab, GAN) == 0
    assert smallest_text(tab, GAN) >= 12
    change_theme(tab, dark=True)
    screenshot(tab, "gan-dark")


def test_a_life_is_scrubbed_without_a_request_and_another_s_comes_once(opened: Any, stand_in: StandIn) -> None:
    tab = opened("GAN")
    calls = record_calls(tab)
    # Pictures, bars, losses and slopes follow one scrubber, and each of them scrubs.
    slider = tab.locator(f"{GAN} .scrub input")
    frames = gan.describe_life()["frames"]
    assert read_grey(tab) == 10 * (len(STEPS) - 1)
    slider.focus()
    for key, index in (("Home", 0), ("ArrowRight", 1), ("End", 10), ("ArrowLeft", 9)):
        tab.keyboard.press(key)
        step = f"after step {STEPS[index]} of 32" if index else "before the first step"
        expect(tab.locator(f"{GAN} .scrub b")).to_have_text(step)
        assert read_grey(tab) == 10 * index
        shares = tab.locator(f"{GAN} .bars .share").all_inner_texts()
        assert shares == [f"{share:.0%}".replace("%", " %") for share in frames[index]["shares"]]
        for plot in ("losses", "slopes"):
            expect(tab.locator(f"{GAN} .{plot} .plot")).to_have_attribute("aria-valuetext", step)
        expect(tab.locator(f"{GAN} .scores b").first).to_have_text(re.compile(rf"^\+?{index / 10:.1f}$"))
    tab.locator(f"{GAN} .losses .plot").focus()
    tab.keyboard.press("Home")
    assert read_grey(tab) == 0
    tab.locator(f"{GAN} .pictures").focus()
    tab.keyboard.press("End")
    assert read_grey(tab) == 100
    lowest = tab.locator(f"{GAN} .lowest")
    expect(lowest).to_have_text("The generator's loss was lowest after step 1 of 32: 0.750. At the end it is 1.20.")
    lowest.get_by_role("button").click()
    assert read_grey(tab) == 10
    assert time_steps(slider, "slide") <= FRAME_MILLISECONDS
    assert calls == []

    # Another network's life comes once; the scrubber keeps its place; what lies below is about it too.
    tab.locator(f"{GAN} .networks").select_option(label="gan-collapsed.mnist")
    expect(tab.locator(f"{GAN} .gan-life .says")).to_contain_text("A step is 1 update of D and 10 updates of G.")
    expect(tab.locator(f"{GAN} .bars .share").first).to_have_text("100 %")
    expect(tab.locator(f"{GAN} .sample-scores h3")).to_contain_text("gan-collapsed.mnist: what D says of 24 samples")
    assert count_wishes(calls) == 2
    tab.locator(f"{GAN} .networks").select_option(label="wgan.fashionmnist")
    expect(tab.locator(f"{GAN} .sample-scores h3")).to_contain_text("what the critic says")
    assert count_wishes(calls) == 4

    # Opened, the fold shows each of its pictures, and the nearest training pictures where there are any.
    nearest = tab.locator(f"{GAN} .nearest")
    nearest.locator("summary").click()
    expect(nearest.locator("img")).to_have_count(36)
    expect(nearest.locator(".missing")).to_contain_text("MNIST is not on the machine that runs this gallery: run")
    says = "15 of 36 pictures of wgan.fashionmnist lie nearer to a training picture than the median of real test"
    expect(nearest.locator(".says")).to_contain_text(says)
    make_data(stand_in.data)
    try:
        tab.locator(f"{GAN} .networks").select_option(label="gan.mnist")
        expect(nearest.locator("img")).to_have_count(72)
        expect(nearest.locator(".missing")).to_have_text("")
        found = gan.compare_nearest("gan.mnist")["pairs"]
        for index in (0, 35):
            figure = nearest.locator("figure").nth(index)
            expect(figure.locator("img").first).to_have_attribute("src", found[index]["picture"])
            expect(figure.locator("figcaption")).to_have_text(f"{found[index]['distance']:.2f}")
        expect(tab.locator(f"{GAN} .sample-scores h3")).to_contain_text("gan.mnist: what D says")
        assert count_wishes(calls) == 6  # the wish for a life and that for its nearest pictures read alike
    finally:
        shutil.rmtree(stand_in.data)


def test_samples_and_a_drawing_lie_at_their_scores(opened: Any, screenshot: Any, tmp_path: Any) -> None:
    tab = opened("GAN", width=390, height=844)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    spots = tab.locator(f"{GAN} .kit-plane img")

    def expect_samples(seed: int, truncation: float) -> None:
        samples = gan.sample_generator("gan.mnist", seed, truncation)["samples"]
        for index in (0, 23):
            expect(spots.nth(index)).to_have_attribute("src", samples[index]["picture"])
        fooled = sum(each["score"] > 0 for each in samples)
        expect(tab.locator(f"{GAN} .sample-scores .says b").first).to_have_text(f"{fooled} of 24")

    expect_samples(0, 4)
    tab.get_by_role("button", name="Next seed").click()
    expect_samples(1, 4)
    set_slider(tab.locator(f"{GAN} .cut input"), 0.5)
    expect(tab.locator(f"{GAN} .cut b")).to_have_text("±0.5")
    expect_samples(1, 0.5)
    seed = tab.get_by_label("seed")
    seed.fill(str(2**63))
    problem = tab.locator(f"{GAN} .sample-scores .problem")
    expect(problem).to_have_text(re.compile("^A seed is a whole number from 0 to .*[.]$"))
    expect_samples(1, 0.5)
    seed.fill(str(2**63 - 1))
    expect_samples(2**63 - 1, 0.5)
    expect(problem).to_have_text("")

    # A drawing is the 25th, at its own score.
    tab.locator(f"{GAN} .paper").get_by_role("button", name="Clear").click()
    expect(spots).to_have_count(24)
    sheet = tab.locator(f"{GAN} .sheet canvas")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box
    tab.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.2)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.8, steps=6)
    tab.mouse.up()
    expect(spots).to_have_count(25)
    saw = spots.nth(24).get_attribute("src")
    found = gan.score_picture(saw, "gan.mnist")
    score = tab.locator(f"{GAN} .sample-scores .says b").nth(1)
    assert read_number(score.inner_text()) == pytest.approx(found["score"], abs=0.3)
    shown, samples = read_number(score.inner_text()), gan.sample_generator("gan.mnist", 2**63 - 1, 0.5)["samples"]
    beaten = int(re.findall(r"more than (\d+) of the 24", tab.locator(f"{GAN} .sample-scores .says").inner_text())[0])
    least, most = (sum(each["score"] < shown + way for each in samples) for way in (-0.05, 0.05))
    assert least <= beaten <= most

    from PIL import Image

    Image.new("RGB", (60, 60), "white").save(tmp_path / "white.png")
    tab.locator(f"{GAN} .paper input[type=file]").set_input_files(tmp_path / "white.png")
    expect(tab.locator(f"{GAN} .paper .says.problem")).to_have_text("There is nothing on this sheet: draw something.")
    expect(spots).to_have_count(25)
    screenshot(tab, "gan-390")


def lay(grains: list[int], at: int) -> list[float]:
    return [float(grains[place - at]) if 0 <= place - at < len(grains) else 0.0 for place in range(PLACES)]


def test_piles_are_dragged_and_followed_without_a_request(opened: Any, screenshot: Any) -> None:
    tab = opened("Wasserstein")
    calls = record_calls(tab)
    js, carried = (tab.locator(f"{PILES} .{name} h3 b") for name in ("js", "carry"))
    handles = [tab.locator(f"{PILES} .handle.{name}") for name in ("real", "generated")]

    def expect_pair(real: int, generated: int, shape: str = "pile") -> None:
        for handle, at in zip(handles, (real, generated), strict=True):
            expect(handle).to_have_attribute("aria-valuenow", str(at))
        found = wasserstein.compare_piles(lay(REAL, real), lay(SHAPES[shape][1], generated))
        assert read_number(js.inner_text().split()[0]) == pytest.approx(found["jensen_shannon"], abs=6e-5)
        assert ("ln 2" in js.inner_text()) == (abs(found["jensen_shannon"] - 0.6931471805599453) < 1e-9)
        assert read_number(carried.inner_text().split()[0]) == pytest.approx(found["wasserstein"], rel=6e-3)

    expect_pair(6, 15)
    assert js.inner_text() == "0.6931 = ln 2"
    assert carried.inner_text() == "9.00 places"
    for name, change in (("js", "0"), ("carry", "−1.00")):
        expect(tab.locator(f"{PILES} .{name} .slope b")).to_have_text(change)
    box = handles[1].bounding_box()
    assert box
    assert box["y"] + box["height"] < 400

    # Held at its middle and carried seven places to the left: the piles touch.
    step = box["width"] / PLACES
    tab.mouse.move(box["x"] + 16.5 * step, box["y"] + 20)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 9.5 * step, box["y"] + 20, steps=7)
    tab.mouse.up()
    expect_pair(6, 8)
    handles[0].focus()
    tab.keyboard.press("Home")
    expect_pair(0, 8)
    handles[1].focus()
    tab.keyboard.press("End")
    expect_pair(0, 27)
    expect(tab).to_have_url(re.compile("piles=0%2C27"))
    assert time_steps(handles[1], "key") <= FRAME_MILLISECONDS
    tab.keyboard.press("End")

    # What follows the slope of JS stays; what follows the distance arrives.
    tab.locator(f"{PILES} .js").get_by_role("button").click()
    expect(tab.locator(f"{PILES} .js .follow span")).to_have_text("It stays: no neighbouring place is better.")
    expect_pair(0, 27)
    tab.locator(f"{PILES} .carry").get_by_role("button").click()
    expect(tab.locator(f"{PILES} .carry .follow span")).to_have_text("It has arrived.")
    expect_pair(0, 0)
    for shape in ("heaps", "flat", "column"):
        tab.locator(f"{PILES} [data-shape={shape}]").click()
        expect(tab.locator(f"{PILES} [data-shape={shape}]")).to_have_attribute("aria-pressed", "true")
        expect_pair(0, 0, shape)

    # The smallest GAN.
    for rule in ("none", "penalty", "r1"):
        text = tab.locator(f"{PILES} [data-rule={rule}] b").inner_text()
        assert read_number(text) == pytest.approx(wasserstein.play_critic_game(rule)["reaches"], rel=6e-3)
    assert calls == []
    assert tab.evaluate("document.documentElement.scrollHeight") <= 1800
    assert count_unnamed(tab, PILES) == 0
    assert smallest_text(tab, PILES) >= 12
    screenshot(tab, "wasserstein")


def test_pictures_are_drawn_until_one_comes_twice(opened: Any, screenshot: Any) -> None:
    tab = opened("Birthdays")
    calls = record_calls(tab)
    outcome, count = tab.locator(f"{WALL} .outcome"), tab.locator(f"{WALL} .count input")
    for size in (1000, 365):
        set_slider(tab.locator(f"{WALL} .size"), 7 if size == 1000 else 5)
        found = birthdays.find_birthday(size)
        rule = f"More likely than not after {found['likely']} pictures; 1.18 √{size:,} = {found['rule']:.1f}."
        expect(tab.locator(f"{WALL} p.half")).to_have_text(rule)
        last = int(count.input_value())
        expect(outcome).to_have_text(
            re.compile(rf"^The {last}(st|nd|rd|th) picture is the same as the \d+(st|nd|rd|th)")
        )
        guess = f"{round(birthdays.estimate_modes(last)['modes'] + 1e-9):,} pictures"
        expect(tab.locator(f"{WALL} .guess")).to_contain_text(guess)
        set_slider(count, last - 1)
        expect(outcome).to_have_text(f"{last - 1} pictures, and no two alike.")
    # The curve is the exact one, and what many games find lies near it.
    curve = tab.locator(f"{WALL} .curve .plot")
    curve.focus()
    tab.keyboard.press("Home")
    for _ in range(2):
        tab.keyboard.press("PageUp")
    at = int(curve.get_attribute("aria-valuenow") or 0)
    share = birthdays.find_birthday(365)["probability"][at]
    expect(curve).to_have_attribute("aria-valuetext", re.compile(f"probability of {100 * share:.1f} %"))
    tab.locator(f"{WALL} .many button").click()
    said = tab.locator(f"{WALL} .many span")
    expect(said).to_contain_text("Half of the games had their duplicate by picture")
    middle = int(re.findall(r"picture (\d+)", said.inner_text())[0])
    assert abs(middle - 23) <= 2  # of a thousand games the median lies within 1.3 with a probability of 99.9 %
    assert time_steps(count, "slide") <= FRAME_MILLISECONDS
    assert calls == []
    assert tab.evaluate("document.documentElement.scrollHeight") <= 1200

    # Real generators: a click counts a pair, and the sentence says what follows.
    sides = tab.locator(f"{WALL} .side")
    box = sides.first.locator(".pair").first.bounding_box()
    assert box
    assert box["y"] + box["height"] < 800, "on the first screen"
    verdicts = [sides.nth(side).locator(".verdict") for side in (0, 1)]

    def expect_pairs(side: int, network: str, samples: int, seed: int) -> None:
        found = birthdays.find_closest_pairs(network, samples, seed)["pairs"]
        pairs = sides.nth(side).locator(".pair")
        expect(pairs).to_have_count(20)
        expect(verdicts[side]).to_contain_text(re.compile(rf"{samples} samples would more likely than not hold"))
        for index in (0, 19):
            expect(pairs.nth(index).locator("span")).to_have_text(f"{found[index]['distance']:.2f}")
            for at in (0, 1):
                picture = found[index]["pictures"][at]
                expect(pairs.nth(index).locator("img").nth(at)).to_have_attribute("src", picture)

    expect_pairs(0, "gan-collapsed.mnist", 10, 0)
    expect_pairs(1, "gan.mnist", 10, 0)
    limit = int(re.findall(r"it had (\d+) pictures or fewer", verdicts[1].inner_text())[0])
    assert [birthdays.find_birthday(limit + more)["likely"] for more in (0, 1)] == [10, 11]
    for index in (0, 3, 7):
        sides.first.locator(".pair").nth(index).click()
    modes = round(birthdays.estimate_modes(10, 3)["modes"])
    expect(verdicts[0]).to_have_text(f"You count 3 of 45 pairs: that speaks for about {modes} pictures, n²/2c.")
    sides.first.locator(".pair").nth(3).press("Enter")
    expect(verdicts[0]).to_contain_text("You count 2 of 45 pairs: that speaks for about 25 pictures")
    sides.first.get_by_role("button", name="All are the same").click()
    expect(verdicts[0]).to_have_text(
        "All 20 that are shown, and there may be more: 2.5 pictures, n²/2c, or fewer. Draw fewer samples."
    )
    assert calls == []
    expect(tab.locator(f"{WALL} .judge .says")).to_contain_text("The 20 closest of 45 pairs, closest first.")
    set_slider(tab.locator(f"{WALL} .samples"), 3)
    expect_pairs(0, "gan-collapsed.mnist", 50, 0)
    tab.locator(f"{WALL} .judge .again").click()
    expect_pairs(1, "gan.mnist", 50, 1)
    assert count_wishes(calls) == 2
    expect(tab).to_have_url(re.compile("samples=50&draw=1"))
    sides.nth(1).locator("select").select_option(label="real pictures: MNIST")
    expect(sides.nth(1).locator(".problem")).to_contain_text("MNIST is not on the machine that runs this gallery: run")
    expect(sides.nth(1).locator(".pair")).to_have_count(0)
    expect_pairs(0, "gan-collapsed.mnist", 50, 1)
    assert count_unnamed(tab, WALL) == 0
    assert smallest_text(tab, WALL) >= 12
    screenshot(tab, "birthdays")


def test_both_play_by_themselves_until_they_are_touched(stand_in: StandIn, page: Callable[..., Page]) -> None:
    tab = page(f"{stand_in.url}/?tab=transfer")
    open_in_motion(tab, "GAN")
    count = tab.locator(f"{GAN} .count + b")
    expect(count).to_have_text(re.compile("^[1-8].?$"))
    tab.locator(f"{GAN} h2").click()
    expect(count).to_have_text("100")
    open_tab(tab, "Wasserstein")
    handle = tab.locator(f"{PILES} .handle.generated")
    before = handle.get_attribute("aria-valuenow")
    expect(handle).not_to_have_attribute("aria-valuenow", str(before))
    tab.locator(f"{PILES} h2").click()
    stopped = handle.get_attribute("aria-valuenow")
    tab.wait_for_timeout(400)
    assert handle.get_attribute("aria-valuenow") == stopped
