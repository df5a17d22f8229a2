"""Transfer in a real browser: two heaps uploaded, taught, stopped, left alone; a chart scrubbed without a request."""

from __future__ import annotations

import base64
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
from tests._support.browsing import change_theme, read_number, record_attribute, smallest_text
from tests._support.stand_in import StandIn
from tests._support.visit import await_opening, open_tab
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
    def open_lab(**options: Any) -> Page:
        tab = visit("Transfer", server.url, **options)
        tab.locator(".transfer-lab .lab.ready").wait_for(timeout=120 * SECONDS)
        tab.locator(".transfer-curves .curves.ready").wait_for(timeout=30 * SECONDS)
        return tab

    return open_lab


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


# ---------------------------------------------------------------------------------------------------- the chart


def test_it_opens_at_every_width_and_the_chart_is_read_out(opened: Any, stand_in: StandIn, screenshot: Any) -> None:
    tab = opened(width=390, height=844)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    map_box = tab.locator(".kit-plane .field").bounding_box()
    assert map_box
    assert map_box["y"] + map_box["height"] < 844, "what it learnt is seen at once"
    screenshot(tab, "transfer-390")

    tab = opened()
    assert tab.evaluate("document.documentElement.scrollHeight") <= 1800
    lab, study = tab.locator(".lab").bounding_box(), tab.locator(".curves").bounding_box()
    assert lab
    assert study
    assert study["y"] > lab["y"] + lab["height"], "the lesson first, the study second"
    assert min(smallest_text(tab, part) for part in (".curves", ".lab")) >= 12
    expect(tab.locator(".lab .thumb")).to_have_count(12)
    expect(tab.locator(".lab .map img")).to_have_count(13)
    expect(tab.locator(".lab .best b")).to_have_text(re.compile("cat|cup"))
    for dark in (False, True):
        change_theme(tab, dark)
        tab.wait_for_timeout(300)
        screenshot(tab, f"transfer-1280{'-dark' if dark else ''}")

    server = stand_in.server
    client = Client(server.url, verbose=False)
    known = {
        (size, augmented): client.predict(size, augmented, api_name="/compare_methods")
        for size in (10, 50, 100, 500)
        for augmented in (False, True)
    }
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
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="CSV").click()
    assert waiting.value.suggested_filename == "transfer-results.csv"
    assert waiting.value.path().read_text() == (stand_in.zoo / "studies/transfer/results.csv").read_text()
    assert calls == []


# ---------------------------------------------------------------------------------------------------- teaching


# A camera of 64 × 48 pixels in one colour, for a browser that has none.
CAMERA = """() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
  const pen = canvas.getContext("2d");
  setInterval(() => { pen.fillStyle = "#c02040"; pen.fillRect(0, 0, 64, 48); }, 30);
  window.tracks = [];
  navigator.mediaDevices.getUserMedia = async () => {
    const stream = canvas.captureStream(30);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
}"""
NO_CAMERA = """(name) => {
  navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("", name); };
}"""


def test_a_visitor_teaches_two_things_and_shows_the_next(
    page: Any, server: Any, heaps: Any, screenshot: Any, tmp_path: Path
) -> None:
    tab = page(server.url)
    tab.emulate_media(reduced_motion="no-preference")
    await_opening(tab)
    record_attribute(tab, ".map img:first-child", "title")
    open_tab(tab, "Transfer")
    # Once by itself: from the boundary, where nothing is known, the pictures part, and the next lands among them.
    tab.wait_for_function("() => recorded.filter((title, at) => title !== recorded[at - 1]).length > 3")
    expect(tab.locator(".lab .map img.strong")).to_have_count(1)
    scores = [read_number(title.rpartition(" ")[2]) for title in tab.evaluate("recorded")]
    assert min(scores[scores.index(0) :]) < 0, "the first class lies to the left"
    tab.emulate_media(reduced_motion="reduce")

    # The worked example stays until a picture has been read; one bad file among good ones is named.
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.jpg").write_text("a text where a picture belongs")
    (tmp_path / "album.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    choose(tab, heap(tab, 0).locator(".add"), [tmp_path / "text.jpg"])
    problem = tab.locator(".lab .problem")
    expect(problem).to_contain_text("text.jpg: ")
    expect(tab.locator(".lab .thumb")).to_have_count(12)
    for name, sentence in (
        ("NotAllowedError", "The camera was refused: allow it in the browser, or choose files."),
        ("NotFoundError", "This device has no camera: choose files."),
    ):
        tab.evaluate(NO_CAMERA, name)
        heap(tab, 0).get_by_role("button", name="Camera").click()
        expect(problem).to_have_text(sentence)
    files = [heaps[0][0], tmp_path / "empty.png", heaps[0][1], tmp_path / "album.zip", heaps[0][2]]
    choose(tab, heap(tab, 0).locator(".add"), files)
    expect(heap(tab, 0).locator(".thumb")).to_have_count(3, timeout=30 * SECONDS)
    expect(problem.locator("span")).to_have_count(2)
    expect(problem).to_contain_text("empty.png: ")
    expect(problem).to_contain_text("album.zip: ")
    expect(heap(tab, 1).locator(".thumb")).to_have_count(0)
    expect(says(tab)).to_have_text("Each class needs a picture.")

    # The rest is dropped on its heap.
    for index, paths in ((0, heaps[0][3:]), (1, heaps[1])):
        content = [[path.name, base64.b64encode(path.read_bytes()).decode()] for path in paths]
        heap(tab, index).evaluate(
            """(target, files) => {
              const dataTransfer = new DataTransfer();
              for (const [name, text] of files) {
                const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
                dataTransfer.items.add(new File([bytes], name, { type: "image/png" }));
              }
              target.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
            }""",
            content,
        )
        expect(heap(tab, index).locator(".thumb")).to_have_count(len(heaps[index]), timeout=30 * SECONDS)
        heap(tab, index).locator(".name").fill("rocket")
    expect(says(tab)).to_have_text("Ready to teach.")
    expect(problem).to_be_hidden()
    expect(tab.locator(".lab .best")).to_have_text("Teach it first; then show it one more picture.")
    tab.get_by_role("button", name="Teach").click()
    expect(problem).to_have_text("Both classes are called “rocket”: give them two names.")
    expect(tab.locator(".lab .best")).to_have_text("Teach it first; then show it one more picture.")
    heap(tab, 1).locator(".name").fill("person")
    tab.get_by_role("button", name="Teach").click()
    expect(says(tab)).to_have_text(re.compile(r"^Taught on 9 pictures, in \d+ steps\.$"), timeout=60 * SECONDS)
    expect(tab.locator(".lab .best")).to_have_text("Show it one more picture.")  # it is taught now
    choose(tab, tab.get_by_role("button", name="Choose a picture"), [tmp_path / "empty.png"])
    expect(problem).to_contain_text("empty.png: ")

    client = Client(server.url, verbose=False)
    files = [[handle_file(str(path)) for path in paths] for paths in heaps]
    taught = client.predict(*files, "rocket", "person", False, api_name="/teach_head")
    out = taught["left_out"]
    expect(tab.locator(".lab .check b")).to_have_text(f"{out['right']} of 9")
    expect(tab.locator(".lab .check")).to_contain_text(
        f"between {round(100 * out['low'])} and {round(100 * out['high'])} %"
    )
    plot = tab.locator(".lab .losses .plot")
    expect(plot.locator(".series .dot")).to_have_count(len(taught["losses"]))

    # The pictures lie where Python says, after every step, without a request.
    calls = calls_of(tab)
    images = tab.locator(".lab .map img")
    plot.focus()
    for key, step in (("Home", 0), ("ArrowRight", 1), ("End", len(taught["losses"]) - 1)):
        tab.keyboard.press(key)
        expect(plot).to_have_attribute("aria-valuetext", f"step {step}, loss {taught['losses'][step]:.3f}")
        titles = images.evaluate_all("all => all.map((e) => e.title)")
        assert [read_number(title.rpartition(" ")[2]) for title in titles] == pytest.approx(
            taught["scores"][step], abs=0.006
        )
    field = tab.locator(".lab .map .cut").bounding_box()
    assert field
    for at, score in enumerate(taught["scores"][-1]):
        box = images.nth(at).bounding_box()
        assert box
        across = box["x"] + box["width"] / 2 - field["x"] - field["width"] / 2
        assert across * score > 0, "the boundary parts them as the scores do"
    order = [images.nth(at).bounding_box()["x"] for at in range(9)]
    assert sorted(range(9), key=order.__getitem__) == sorted(range(9), key=taught["scores"][-1].__getitem__)
    assert calls == []

    cat = example_pictures()["cat"]
    choose(tab, tab.get_by_role("button", name="Choose a picture"), [cat])
    answer = client.predict(handle_file(str(cat)), taught["head"], api_name="/classify_with_head")
    best = max(answer["answers"], key=lambda row: row["probability"])
    expect(tab.locator(".lab .best b")).to_have_text(best["label"])
    shown = tab.locator(".lab .bars .track").evaluate_all("all => all.map((e) => Number(e.ariaValueNow))")
    assert shown == pytest.approx([100 * row["probability"] for row in answer["answers"]], abs=0.06)
    expect(tab.locator(".lab .own")).to_contain_text(f"knows 8 words, and says of it: {answer['says'][0]['label']} ")
    landed = f"{cat.name}: score {answer['place'][0]:.2f}".replace("-", "−")
    expect(tab.locator(".lab .map img.strong")).to_have_attribute("title", landed)
    screenshot(tab, "transfer-taught")

    # Another name is only another name; another heap has to be taught again.
    heap(tab, 0).locator(".name").fill("space ship")
    heap(tab, 0).locator(".name").blur()
    expect(tab.locator(".lab .bars .label").first).to_have_text("space ship")
    expect(tab.locator(".lab .map .names b").first).to_have_text("← space ship")
    heap(tab, 0).get_by_role("button", name="Remove rocket 2.png").click()
    expect(heap(tab, 0).locator(".thumb")).to_have_count(4)
    expect(says(tab)).to_have_text("The pictures changed: teach again.")
    tab.get_by_label("also mirrored and shifted").check()
    tab.get_by_role("button", name="Teach").click()
    expect(says(tab)).to_have_text(re.compile("^Taught on 8 pictures in 32 versions, "), timeout=60 * SECONDS)

    # By camera: into a class, and as the next picture; closing it lets go of the camera.
    tab.evaluate(CAMERA)
    for box in (heap(tab, 1), tab.locator(".lab .next")):
        box.get_by_role("button", name="Camera").click()
        box.get_by_role("button", name="Take picture").click()
        box.get_by_role("button", name="Close camera").click()
        expect(box.locator("video")).to_have_count(0)
    expect(heap(tab, 1).get_by_role("button", name="Remove camera 1.jpg")).to_be_visible()
    expect(tab.locator(".lab .saw img")).to_have_attribute("alt", "All that the network saw of camera 1.jpg")
    assert tab.evaluate("tracks.length === 2 && tracks.every((each) => each.readyState === 'ended')")
    tab.get_by_role("button", name="Clear all").click()
    expect(tab.locator(".lab :is(.thumb, .map img)")).to_have_count(0)
    expect(tab.locator(".lab .losses .plot :is(.here, .dot)")).to_have_count(0)
    expect(tab.locator(".lab .check")).to_have_text("Nothing is learnt yet.")
    expect(tab.get_by_role("button", name="Teach")).to_be_disabled()


def test_a_lesson_is_stopped_or_left_and_holds_nobody_up(opened: Any, slow: Any, screenshot: Any) -> None:
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

    # A visitor who leaves during a lesson.
    stays, leaves = tab, opened()
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
