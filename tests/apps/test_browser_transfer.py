"""Transfer in a real browser: a chart scrubbed without a request, two heaps uploaded, taught, stopped, left alone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from apps.transfer.backbone import BACKBONE
from tests._support.stand_in import StandIn
from zoo.examples import example_pictures

SECONDS = 1000


@pytest.fixture(scope="module")
def server(stand_in: StandIn) -> Any:
    return stand_in.server


@pytest.fixture
def slow(stand_in: StandIn) -> Any:
    """From when it is called until the test ends, looking at two pictures takes a third of a second."""
    yield stand_in.slow.touch
    stand_in.slow.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def heaps(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], list[Path]]:
    """Five crops of a rocket and four of an astronaut."""
    heaps: tuple[list[Path], list[Path]] = [], []
    folder = tmp_path_factory.mktemp("heaps")
    for heap, (name, count) in zip(heaps, (("rocket", 5), ("astronaut", 4)), strict=True):
        picture = Image.open(example_pictures()[name])
        for number in range(count):
            path = folder / f"{name} {number}.png"
            picture.crop((60 + 20 * number, 10 * number, 260 + 20 * number, 200 + 10 * number)).save(path)
            heap.append(path)
    return heaps


@pytest.fixture
def opened(visit: Callable[..., Page], server: Any) -> Callable[..., Page]:
    def open_tab(**options: Any) -> Page:
        tab = visit("Transfer", server.url, **options)
        tab.locator(".transfer-lab .lab.ready").wait_for(timeout=120 * SECONDS)
        tab.locator(".transfer-curves .curves.ready").wait_for(timeout=30 * SECONDS)
        return tab

    return open_tab


def calls_of(tab: Page) -> list[str]:
    """Grows with every call of Python."""
    calls: list[str] = []
    tab.on("request", lambda request: calls.append(request.url) if "queue/join" in request.url else None)
    return calls


def choose(tab: Page, button: Locator, files: list[Path]) -> None:
    with tab.expect_file_chooser() as chooser:
        button.click()
    chooser.value.set_files(files)


def heap(tab: Page, index: int) -> Locator:
    return tab.locator(f".class[data-class='{index}']")


def says(tab: Page) -> Locator:
    return tab.locator(".lab .says")


def fill_both(tab: Page, heaps: Any, names: tuple[str, str] = ("rocket", "person")) -> None:
    for index, files in enumerate(heaps):
        choose(tab, heap(tab, index).locator(".add"), files)
        expect(heap(tab, index).locator(".thumb")).to_have_count(len(files), timeout=30 * SECONDS)
        heap(tab, index).locator(".name").fill(names[index])


# ---------------------------------------------------------------------------------------------------- the chart


def test_it_opens_at_every_width(opened: Any, screenshot: Any) -> None:
    for width, height, dark in ((1280, 800, False), (1280, 800, True), (390, 844, False)):
        tab = opened(width=width, height=height, dark=dark)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        smallest = tab.evaluate(
            "Math.min(...[...document.querySelectorAll('.curves *, .lab *')].filter((e) => e.innerText)"
            ".map((e) => parseFloat(getComputedStyle(e).fontSize)))"
        )
        assert smallest >= 12
        expect(tab.locator(".lab .thumb")).to_have_count(12)
        expect(tab.locator(".lab .best b")).to_have_text(re.compile("cat|cup"))
        expect(tab.locator(".lab .losses .dot")).not_to_have_count(0)
        tab.wait_for_timeout(300)
        screenshot(tab, f"transfer-{width}{'-dark' if dark else ''}")


def test_the_chart_is_read_out_without_a_request(opened: Any, server: Any) -> None:
    client = Client(server.url, verbose=False)
    known = {
        (size, augmented): client.predict(size, augmented, api_name="/compare_methods")
        for size in (10, 50, 100, 500)
        for augmented in (False, True)
    }
    tab = opened()
    calls = calls_of(tab)
    plot, size = tab.locator(".curves .plot"), tab.locator(".curves .size b")
    expect(size).to_have_text("50")

    def agrees(pictures: int, augmented: bool) -> None:
        setting = known[pictures, augmented]
        expect(size).to_have_text(str(pictures))
        for way in setting["methods"]:
            row = tab.locator(f".curves tbody tr.{way['method']}")
            expect(row.locator("b")).to_have_text(f"{100 * way['mean']:.1f}")
            expect(row.locator("td")).to_contain_text(f"± {100 * way['deviation']:.1f}")
        gain = setting["gain"]
        expect(tab.locator(".curves .gain b")).to_have_text(f"{100 * gain['mean']:+.1f}".replace("-", "−"))
        interval = f"{100 * gain['low']:+.1f} to {100 * gain['high']:+.1f}, 5 pairs".replace("-", "−")
        expect(tab.locator(".curves .gain small")).to_contain_text(interval)

    agrees(50, False)
    plot.focus()
    for key, pictures in (("ArrowRight", 100), ("End", 500), ("ArrowRight", 500), ("Home", 10), ("ArrowLeft", 10)):
        tab.keyboard.press(key)
        agrees(pictures, False)
    expect(plot).to_have_attribute("aria-valuetext", re.compile("^10 pictures: fine-tuned [0-9.]+ per cent"))
    tab.get_by_role("button", name="with", exact=True).click()
    agrees(10, True)
    box = plot.bounding_box()
    assert box
    for pictures in (500, 50, 100):
        tick = plot.get_by_text(str(pictures), exact=True).last.bounding_box()
        assert tick
        plot.hover(position={"x": tick["x"] - box["x"] + tick["width"] / 2 + 3, "y": 150})
        agrees(pictures, True)
    tab.get_by_role("button", name="both", exact=True).click()
    expect(tab.locator(".curves tbody td b")).to_have_count(6)
    expect(tab.locator(".curves .gain b")).to_have_count(2)
    expect(plot.locator(".line")).to_have_count(6)
    assert calls == []


def test_the_table_is_downloaded_as_it_is(opened: Any, stand_in: StandIn) -> None:
    tab = opened()
    calls = calls_of(tab)
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="CSV").click()
    assert waiting.value.suggested_filename == "transfer-results.csv"
    assert waiting.value.path().read_text() == (stand_in.zoo / "studies/transfer/results.csv").read_text()
    assert calls == []


# ---------------------------------------------------------------------------------------------------- teaching


def test_a_visitor_teaches_two_things_and_shows_the_next(opened: Any, server: Any, heaps: Any, screenshot: Any) -> None:
    tab = opened()
    fill_both(tab, heaps)
    expect(says(tab)).to_have_text("Ready to teach.")
    expect(tab.locator(".lab .best")).to_have_text("Teach it first; then show it one more picture.")
    tab.get_by_role("button", name="Teach").click()
    expect(says(tab)).to_have_text(re.compile(r"^Taught on 9 pictures, in \d+ steps\.$"), timeout=60 * SECONDS)

    client = Client(server.url, verbose=False)
    files = [[handle_file(str(path)) for path in paths] for paths in heaps]
    taught = client.predict(*files, "rocket", "person", False, api_name="/teach_head")
    out = taught["left_out"]
    expect(tab.locator(".lab .check b")).to_have_text(f"{out['right']} of 9")
    expect(tab.locator(".lab .check")).to_contain_text(
        f"between {round(100 * out['low'])} and {round(100 * out['high'])} %"
    )
    expect(tab.locator(".lab .losses .dot")).to_have_count(len(taught["losses"]))

    cat = example_pictures()["cat"]
    choose(tab, tab.get_by_role("button", name="Choose a picture"), [cat])
    answer = client.predict(handle_file(str(cat)), taught["head"], api_name="/classify_with_head")
    best = max(answer["answers"], key=lambda row: row["probability"])
    expect(tab.locator(".lab .best b")).to_have_text(best["label"], timeout=20 * SECONDS)
    shown = tab.locator(".lab .bars .track").evaluate_all("all => all.map((e) => Number(e.ariaValueNow))")
    assert shown == pytest.approx([100 * row["probability"] for row in answer["answers"]], abs=0.06)
    expect(tab.locator(".lab .own")).to_contain_text(f"knows 8 words, and says of it: {answer['says'][0]['label']} ")
    screenshot(tab, "transfer-taught")

    # Another name is only another name; another heap has to be taught again.
    heap(tab, 0).locator(".name").fill("space ship")
    heap(tab, 0).locator(".name").blur()
    expect(tab.locator(".lab .bars .label").first).to_have_text("space ship")
    heap(tab, 0).get_by_role("button", name="Remove rocket 2.png").click()
    expect(heap(tab, 0).locator(".thumb")).to_have_count(4)
    expect(says(tab)).to_have_text("The pictures changed: teach again.")
    tab.get_by_label("also mirrored and shifted").check()
    tab.get_by_role("button", name="Teach").click()
    expect(says(tab)).to_have_text(re.compile("^Taught on 8 pictures in 32 versions, "), timeout=60 * SECONDS)
    tab.get_by_role("button", name="Clear all").click()
    expect(tab.locator(".lab .thumb")).to_have_count(0)
    expect(tab.get_by_role("button", name="Teach")).to_be_disabled()


def test_one_bad_file_among_good_ones_is_named_and_nothing_else_is_lost(
    opened: Any, heaps: Any, tmp_path: Path
) -> None:
    tab = opened()
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.jpg").write_text("a text where a picture belongs")
    (tmp_path / "album.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    # The worked example stays until a picture has been read.
    choose(tab, heap(tab, 0).locator(".add"), [tmp_path / "text.jpg"])
    problem = tab.locator(".lab .problem")
    expect(problem).to_contain_text("text.jpg: ", timeout=20 * SECONDS)
    expect(tab.locator(".lab .thumb")).to_have_count(12)
    files = [heaps[0][0], tmp_path / "empty.png", heaps[0][1], tmp_path / "album.zip", heaps[0][2]]
    choose(tab, heap(tab, 0).locator(".add"), files)
    expect(heap(tab, 0).locator(".thumb")).to_have_count(3, timeout=30 * SECONDS)
    expect(problem.locator("span")).to_have_count(2)
    expect(problem).to_contain_text("empty.png: ")
    expect(problem).to_contain_text("album.zip: ")
    expect(heap(tab, 1).locator(".thumb")).to_have_count(0)
    expect(says(tab)).to_have_text("Each class needs a picture.")

    choose(tab, heap(tab, 1).locator(".add"), heaps[1][:2])
    expect(heap(tab, 1).locator(".thumb")).to_have_count(2, timeout=30 * SECONDS)
    heap(tab, 1).locator(".name").fill("a")
    tab.get_by_role("button", name="Teach").click()
    expect(problem).to_have_text("Both classes are called “A”: give them two names.", timeout=20 * SECONDS)
    heap(tab, 1).locator(".name").fill("b")
    tab.get_by_role("button", name="Teach").click()
    expect(says(tab)).to_have_text(re.compile("^Taught on 5 pictures"), timeout=60 * SECONDS)
    choose(tab, tab.get_by_role("button", name="Choose a picture"), [tmp_path / "empty.png"])
    expect(problem).to_contain_text("empty.png: ", timeout=20 * SECONDS)


def test_a_lesson_shows_how_far_it_is_and_is_stopped(opened: Any, slow: Any, screenshot: Any) -> None:
    tab = opened()
    before = tab.locator(".lab .best").inner_text()
    slow()
    tab.get_by_label("also mirrored and shifted").check()
    tab.get_by_role("button", name="Teach").click()
    expect(says(tab)).to_have_text(re.compile(r"^Looking at the pictures: [1-9]\d* of 12"), timeout=30 * SECONDS)
    assert 0 < tab.locator(".lab progress").evaluate("bar => bar.value") < 0.6
    screenshot(tab, "transfer-teaching")
    started = time.monotonic()
    tab.get_by_role("button", name="Stop").click()
    expect(says(tab)).to_have_text("Stopped: it still knows what it learnt before.")
    assert tab.locator(".lab .best").inner_text() == before
    # The processor is free again at once: the next lesson does not wait for the rest of this one (24 slices, 8 s).
    tab.get_by_label("also mirrored and shifted").uncheck()
    tab.get_by_role("button", name="Teach").click()
    expect(says(tab)).to_have_text(re.compile("^Looking at the pictures"), timeout=5 * SECONDS)
    assert time.monotonic() - started < 5
    expect(says(tab)).to_have_text(re.compile("^Taught on 12 pictures, "), timeout=30 * SECONDS)


def test_a_visitor_who_leaves_during_a_lesson_holds_nobody_up(opened: Any, slow: Any) -> None:
    stays, leaves = opened(), opened()
    slow()
    leaves.get_by_label("also mirrored and shifted").check()
    leaves.get_by_role("button", name="Teach").click()
    expect(says(leaves)).to_have_text(re.compile(r"^Looking at the pictures: [1-9]"), timeout=30 * SECONDS)
    stays.get_by_role("button", name="Teach").click()
    expect(says(stays)).to_have_text("Waiting: 1 lesson before yours.", timeout=5 * SECONDS)
    leaves.close()
    left = time.monotonic()
    expect(says(stays)).to_have_text(re.compile("^Looking at the pictures"), timeout=20 * SECONDS)
    waited = time.monotonic() - left
    print(f"the next visitor's lesson began {waited:.1f} s after the first had left")
    assert waited < 5, "the lesson that was left would have run for eight seconds more"
    expect(says(stays)).to_have_text(re.compile("^Taught on 12 pictures, "), timeout=30 * SECONDS)


# ---------------------------------------------------------------------------------------------------- the API


def test_api_clients_are_told_what_is_wrong_in_one_sentence(server: Any, heaps: Any, tmp_path: Path) -> None:
    client = Client(server.url, verbose=False)
    (tmp_path / "text.png").write_text("a text where a picture belongs")
    (tmp_path / "empty.png").touch()
    good = [[handle_file(str(path)) for path in paths] for paths in heaps]
    bad = [*good[0], handle_file(str(tmp_path / "empty.png")), *good[0]]
    secret = {"path": str(example_pictures()["cat"])}
    head = client.predict(*good, "one", "two", True, api_name="/teach_head")["head"]
    for arguments, endpoint, sentence in (
        ((bad, good[1], "one", "two", False), "/teach_head", "empty.png: "),
        ((good[0], [], "one", "two", False), "/teach_head", "“two” has no pictures yet: add at least one."),
        ((good[0] * 11, good[1], "one", "two", False), "/teach_head", "“one” has 55 pictures and at most 50"),
        ((good[0], good[1], "one", "One", False), "/teach_head", "Both classes are called “one”"),
        (([secret], good[1], "one", "two", False), "/teach_head", "File 1 of the list is no uploaded file"),
        (("some text", good[1], "one", "two", False), "/teach_head", "Send a list of picture files."),
        ((handle_file(str(tmp_path / "text.png")), head), "/classify_with_head", "."),
        ((good[0][0], {}), "/classify_with_head", "Teach two classes first"),
        ((good[0][0], head | {"bias": [0]}), "/classify_with_head", "finite numbers: teach it again."),
        ((7, False), "/compare_methods", "The study has 10, 50, 100 and 500 pictures a class, not 7."),
    ):
        with pytest.raises(Exception, match=re.escape(sentence)) as refusal:
            client.predict(*arguments, api_name=endpoint)
        assert "Traceback" not in str(refusal.value)
    answer = client.predict(good[0][0], head, api_name="/classify_with_head")
    assert answer["network"] == f"{BACKBONE}@v1"


def test_many_lessons_leave_no_memory_behind(server: Any, heaps: Any) -> None:
    client = Client(server.url, verbose=False)
    good = [[handle_file(str(path)) for path in paths] for paths in heaps]

    def resident() -> float:
        [line] = [
            line for line in Path(f"/proc/{server.process.pid}/status").read_text().splitlines() if "VmRSS" in line
        ]
        return int(line.split()[1]) / 1000

    for _ in range(3):
        client.predict(*good, "one", "two", True, api_name="/teach_head")
    before = resident()
    for _ in range(6):
        client.predict(*good, "one", "two", True, api_name="/teach_head")
    print(f"{resident() - before:+.1f} MB after 6 lessons more, of {before:.0f} MB")
    assert resident() - before < 40
