"""The browser's kit in an empty page: canvases, plots and frames."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests._support.kit import wait_for_frame

# ---------------------------------------------------------------------------------------------------- canvases


def test_a_panel_is_as_sharp_as_the_screen_and_knows_when_it_is_hidden(kit_page: Any) -> None:
    tab = kit_page("<canvas style='display:block;width:100px'></canvas>")
    tab.evaluate("window.view = kit.panel(find('canvas'))")
    assert tab.evaluate("[view.fit(0.5), view.canvas.width, view.canvas.height, view.dense]") == [True, 200, 100, 2]
    assert tab.evaluate("(view.resize(30, 20), view.pen.fillRect(0, 0, 1, 1), view.canvas.style.width)") == "30px"
    assert tab.evaluate("[...view.pen.getImageData(1, 1, 2, 1).data].filter((_, i) => i % 4 === 3)") == [255, 0]
    assert tab.evaluate("[view.fit(1), view.pen.getTransform().a, view.pen.getImageData(1, 1, 1, 1).data[3]]") == [
        True,
        1,
        0,
    ]
    assert tab.evaluate("(view.canvas.style.display = 'none', view.fit(1))") is False


def test_drawing_again_follows_size_and_theme_once_a_frame_until_the_node_is_gone(kit_page: Any) -> None:
    tab = kit_page("<div id='root' style='width:100px;height:10px'></div>")
    tab.evaluate("window.draw = kit.redraw(root, () => seen.push(root.clientWidth)), 0")
    wait_for_frame(tab)
    assert tab.evaluate("seen.splice(0)") == [100]
    tab.evaluate("draw(), draw(), draw()")
    wait_for_frame(tab)
    assert tab.evaluate("seen.splice(0)") == [100]
    tab.evaluate("root.style.width = '150px'")
    wait_for_frame(tab)
    assert tab.evaluate("seen.splice(0)") == [150]
    tab.evaluate("document.body.classList.add('dark')")
    wait_for_frame(tab)
    assert tab.evaluate("seen.splice(0)") == [150]
    tab.evaluate("window.kept = root, root.remove()")
    wait_for_frame(tab)
    tab.evaluate("document.body.classList.remove('dark')")
    wait_for_frame(tab)
    assert tab.evaluate("seen") == []


def test_a_frame_stays_inside_and_keeps_its_contrast(kit_page: Any) -> None:
    tab = kit_page("<canvas style='width:20px;--color-accent:#0000ff'></canvas>")
    rows = tab.evaluate(
        """() => {
          const view = kit.panel(find("canvas"));
          view.fit(1);
          view.outline(-50, 10, 300, 10, true);
          const at = (x, y) => [...view.pen.getImageData(x, y, 1, 1).data].join();
          return [at(4, 15), at(1, 15), at(20, 10), at(20, 15)];
        }"""
    )
    assert rows == ["0,0,255,255", "255,255,255,255", "0,0,255,255", "0,0,0,0"]


def test_values_become_pixels_and_sheets_of_pictures(kit_page: Any) -> None:
    tab = kit_page()
    assert tab.evaluate(
        """() => {
          const sheet = kit.sheet(3, 1, 2, (k, i) => kit.pack([10 * k + i, 0, 0]));
          const pen = sheet.canvas.getContext("2d"), red = (x, y) => pen.getImageData(x, y, 1, 1).data[0];
          const tile = kit.panel(kit.make("canvas", { width: 4, height: 2 }));
          tile.tile(sheet, 2, 0, 0, 4, 2);
          const large = [...tile.pen.getImageData(0, 0, 4, 1).data].filter((_, i) => i % 4 === 0);
          return [sheet.across, [red(0, 0), red(1, 0), red(2, 0), red(3, 0), red(0, 1), red(1, 1)], large];
        }"""
    ) == [2, [0, 1, 10, 11, 20, 21], [20, 20, 21, 21]]
    again = "(canvas) => kit.paint(1, 2, (i) => kit.pack([i, i, i], 255), canvas) === canvas && canvas.width"
    assert tab.evaluate(f"({again})(document.createElement('canvas'))") == 2


def test_base64_becomes_typed_arrays(kit_page: Any) -> None:
    tab = kit_page()
    for kind, code, values in (
        ("Uint8Array", "AP8B", [0, 255, 1]),
        ("Int8Array", "AP8B", [0, -1, 1]),
        ("Uint16Array", "AQAAAQ==", [1, 256]),
        ("Float32Array", "AACAPwAAAMA=", [1, -2]),
    ):
        assert tab.evaluate(f"[kit.decode('{code}', {kind}).constructor.name, ...kit.decode('{code}', {kind})]") == [
            kind,
            *values,
        ]
    assert tab.evaluate("[...kit.decode('AP8B')]") == [0, 255, 1]


def test_an_image_is_told_when_it_is_there_and_loses_its_colours(kit_page: Any) -> None:
    tab = kit_page()
    assert tab.evaluate(
        """async () => {
          const red = kit.paint(1, 1, () => kit.pack([255, 0, 0])).toDataURL();
          const image = await new Promise((ready) => kit.loadImage(red, ready));
          return [...kit.grey(image).getContext("2d").getImageData(0, 0, 1, 1).data];
        }"""
    ) == [54, 54, 54, 255]


# ---------------------------------------------------------------------------------------------------- plots

CONTENT = """{ label: "Loss by epoch", x: { label: "epoch", whole: true }, y: { label: "loss, nats" },
  steps: [1, 2, 3, 4, 5], series: [
    { class: "train", points: [[1, 2.5], [2, 1.5], [3, null], [4, 0.6], [5, 0.5]], end: "training" },
    { class: "test", points: [[1, 2.4], [2, 1.6], [3, 1], [4, 0.7], [5, 0.55]], mark: "square", end: "test",
      spreads: [[1, 2, 2.8]], loose: [[1, 2.2], [1, 2.6]], colour: "#d55e00", dash: "5 4" }] }"""


def draw_plot(tab: Page, how: str = "", content: str = CONTENT) -> None:
    tab.evaluate(
        f"""() => {{
          const read = (index, x) => {{ seen.push(index); return `epoch ${{x}}`; }};
          window.chart = kit.plot(root, {{ read, {how} }});
          chart.show({content});
        }}"""
    )
    wait_for_frame(tab)


def texts(tab: Page, selector: str) -> list[str]:
    return tab.locator(selector).all_text_contents()


def test_ticks_are_round_and_within_the_axis(kit_page: Any) -> None:
    tab = kit_page()
    assert tab.evaluate("kit.ticks(0, 2.5, 5)") == [0, 0.5, 1, 1.5, 2, 2.5]
    assert tab.evaluate("kit.ticks(-0.35, 0.2, 4)") == [-0.2, 0, 0.2]
    assert tab.evaluate("kit.decades(0.03, 4)") == [0.05, 0.1, 0.2, 0.5, 1, 2]
    assert tab.evaluate("kit.decades(1e-5, 0.3)") == [1e-5, 1e-4, 1e-3, 1e-2, 0.1]
    for low, high in ((0, 1), (-3.2, 11.9), (0.001, 0.0037), (99, 12345)):
        found = tab.evaluate(f"kit.ticks({low}, {high}, 6)")
        assert 2 <= len(found) <= 7
        assert min(found) >= low
        assert max(found) <= high
        steps = [after - before for before, after in pairwise(found)]
        assert max(steps) == pytest.approx(min(steps))
        assert f"{steps[0]:e}"[0] in "125"


def test_an_axis_reaches_zero_where_that_costs_little_and_never_has_one_point(kit_page: Any) -> None:
    tab = kit_page()
    for script, ends in (
        ("reach([0.2, 1])", [0, 1]),
        ("reach([0.9, 1])", [0.9, 1]),
        ("reach([0.2, 1], true)", [0.2, 1]),
        ("reach([1, 5], false, false)", [1, 5]),
        ("reach([2, 2])", [1.8, 2.2]),
        ("reach([0])", [-0.1, 0.1]),
        ("reach([2], true)", [1, 4]),
    ):
        assert tab.evaluate(f"kit.{script}") == pytest.approx(ends), script


def test_a_plot_has_axes_with_units_and_draws_what_it_is_given(kit_page: Any, screenshot: Any) -> None:
    tab = kit_page("<div id='root' style='width:640px'></div>")
    draw_plot(tab, "ends: 98, inner: 10")
    assert texts(tab, ".tick") == ["0", "1", "2", "1", "2", "3", "4", "5", "epoch", "loss, nats"]
    assert tab.locator(".plot").get_attribute("width") == "640"
    line = tab.locator(".train .line").get_attribute("d") or ""
    assert (line.count("M"), line.count("L")) == (2, 2), "the gap at epoch 3 is not drawn over"
    for selector, count in (("rect.dot", 5), (".loose", 2), (".spread", 1)):
        assert tab.locator(f".test {selector}").count() == count
    box = tab.evaluate("[...document.querySelectorAll('.end')].map((each) => Number(each.getAttribute('y')))")
    assert texts(tab, ".end") == ["test", "training"]
    assert box[1] - box[0] >= 16.9
    screenshot(tab, "kit-plot")
    tab.evaluate("root.style.width = '300px'")
    wait_for_frame(tab)
    assert tab.locator(".plot").get_attribute("width") == "300"
    assert texts(tab, ".end") == [], "there is no room for names"


def test_a_logarithmic_axis_says_so_and_keeps_proportions(kit_page: Any) -> None:
    content = """{ label: "l", x: { label: "pictures", log: true, ticks: [10, 100, 1000] }, y: { label: "acc, %",
      low: 50, high: 100 }, rules: [{ y: 50, text: "guessing" }], series: [{ points: [[10, 60], [1000, 90]] }] }"""
    tab = kit_page("<div id='root' style='width:640px'></div>")
    draw_plot(tab, content=content)
    assert texts(tab, ".tick")[-2:] == ["pictures, log scale", "acc, %"]
    assert "guessing" in texts(tab, ".tick")
    first, middle, last = (
        float(tab.get_by_text(t, exact=True).last.get_attribute("x") or 0) for t in ("10", "100", "1000")
    )
    assert middle - first == pytest.approx(last - middle)
    assert tab.locator(".plot").get_attribute("role") == "img", "without steps there is nothing to read"
    assert tab.locator(".plot").get_attribute("tabindex") is None


def test_a_plot_is_read_by_keyboard(kit_page: Any) -> None:
    tab = kit_page()
    draw_plot(tab)
    plot = tab.locator(".plot")
    expect(plot).to_have_attribute("aria-valuetext", "epoch 5")
    plot.focus()
    for key, epoch in (("Home", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("ArrowLeft", 1), ("End", 5), ("PageDown", 4)):
        tab.keyboard.press(key)
        expect(plot).to_have_attribute("aria-valuenow", str(epoch))
        assert tab.evaluate("chart.at()") == epoch - 1
    for name, value in (
        ("role", "slider"),
        ("aria-valuemin", "1"),
        ("aria-valuemax", "5"),
        ("aria-label", "Loss by epoch"),
    ):
        expect(plot).to_have_attribute(name, value)
    assert tab.locator(".cursor .at").count() == 2
    tab.keyboard.press("ArrowLeft")
    assert tab.locator(".cursor .at").count() == 1, "there is no training loss at epoch 3"


def test_a_plot_is_read_by_pointer_and_rests_at_the_end(kit_page: Any) -> None:
    tab = kit_page("<div id='root' style='width:640px'></div><p style='height:200px'></p>")
    draw_plot(tab, "rests: true")
    tick = tab.get_by_text("2", exact=True).last.bounding_box()
    assert tick
    tab.mouse.move(tick["x"] + 9, 100)
    assert tab.evaluate("chart.at()") == 1
    tab.mouse.move(100, 500)
    assert tab.evaluate("chart.at()") == 4
    tab.evaluate("chart.go(2)")
    tab.evaluate(f"chart.show({CONTENT})")
    assert tab.evaluate("chart.at()") == 2, "new content keeps the place"
    tab.evaluate(f"chart.show({CONTENT}, 0)")
    assert tab.evaluate("chart.at()") == 0


def test_a_band_stands_behind_the_lines(kit_page: Any) -> None:
    tab = kit_page()
    draw_plot(tab, "band: 44")
    assert tab.locator(".cursor .band").get_attribute("width") == "44"
    assert tab.evaluate("find('svg').firstChild === find('.cursor')")


SPOTS = """{ label: "Accuracy by work", x: { label: "work", log: true, low: 1, high: 1000, bare: true },
  y: { label: "right, %" }, series: [], chosen: "b", spots: [
    { key: "a", name: "first", label: "first: 90 %", x: 10, y: 90, low: 80, high: 95 },
    { key: "b", name: "second", label: "second: 80 %", x: 900, y: 80 }] }"""


def test_points_with_names_are_chosen_by_pointer_and_keys_and_stay_focused(kit_page: Any) -> None:
    tab = kit_page("<div id='root' style='width:400px'></div>")
    draw_plot(tab, "height: 100", SPOTS)
    tab.evaluate(
        """() => {
          const stopAt = kit.roving(root, ".spot", { scattered: true });
          kit.choice(root, "spot", (key) => seen.push(key));
          stopAt(find(".spot[aria-pressed=true]"));
        }"""
    )
    spots = tab.locator(".spot")
    assert texts(tab, ".spot text") == ["first", "second"]
    assert texts(tab, ".tick")[-1:] == ["right, %"], "an axis that a plot below has is left out"
    expect(tab.get_by_role("group", name="Accuracy by work")).to_be_visible()
    expect(tab.get_by_role("button", name="second: 80 %", pressed=True)).to_be_visible()
    assert tab.locator(".spread").count() == 1
    sides = [each.get_attribute("text-anchor") for each in tab.locator(".spot text").all()]
    assert sides == ["start", "end"], "a name stands where there is room"
    for spot in spots.all():
        box = spot.locator(".hit").bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 24
    spots.first.locator(".hit").click()
    spots.last.focus()
    for key in ("ArrowLeft", "Enter", "ArrowRight", " "):
        tab.keyboard.press(key)
    assert tab.evaluate("seen") == ["a", "a", "b"]
    tab.evaluate("root.style.width = '300px'")
    wait_for_frame(tab)
    expect(spots.last).to_be_focused()


def test_stretches_of_an_axis_are_marked_behind_the_lines(kit_page: Any) -> None:
    tab = kit_page("<div id='root' style='width:640px'></div>")
    spans = "spans: [{ from: 1, to: 2, text: 'a long name of a stretch' }, { from: 3, to: 5, text: 'late' }]"
    draw_plot(tab, content=CONTENT.replace('label: "Loss by epoch",', f'label: "Loss by epoch", {spans},'))
    named = {text: tab.get_by_text(text, exact=True) for text in ("a long name of a stretch", "late")}
    assert [each.get_attribute("text-anchor") for each in named.values()] == ["start", "end"], (
        "it stays within the axes"
    )
    marks = {
        text: float(tab.get_by_text(text, exact=True).last.get_attribute("x") or 0) for text in ("1", "2", "3", "5")
    }
    ends = tab.locator(".span").evaluate_all("all => all.map(({ x, width }) => [x, width].map((n) => n.baseVal.value))")
    assert [ends[0][0], sum(ends[0]), ends[1][0], sum(ends[1])] == pytest.approx(list(marks.values()))
    assert tab.evaluate("find('.span').compareDocumentPosition(find('.line')) & Node.DOCUMENT_POSITION_FOLLOWING")


def test_a_legends_key_looks_as_the_line_does(kit_page: Any) -> None:
    tab = kit_page()
    shapes = "['circle', 'square', 'triangle', undefined]"
    keys = f"{shapes}.map((mark) => kit.plotKey({{ mark, dash: '5 4', colour: '#d55e00' }}))"
    tab.evaluate(f"root.append(...{keys})")
    assert tab.evaluate("[...document.querySelectorAll('.dot')].map((each) => each.tagName)") == [
        "circle",
        "rect",
        "path",
    ]
    assert tab.locator("svg .line").first.get_attribute("stroke-dasharray") == "5 4"


# ---------------------------------------------------------------------------------------------------- frames


def test_frames_are_scrubbed_by_pointer_and_keys(kit_page: Any) -> None:
    tab = kit_page("<canvas style='display:block;width:80px'></canvas>")
    tab.evaluate(
        """() => {
          const sheet = kit.sheet(4, 2, 4, (k) => kit.pack([50 * k, 0, 0]));
          window.film = kit.sprites(find("canvas"), "Noise", (index) => { seen.push(index); return `step ${index}`; });
          film.show(sheet.canvas.toDataURL(), { width: 4, height: 2, count: 4, across: 2 }, 1);
        }"""
    )
    canvas = tab.locator("canvas")
    red = "find('canvas').getContext('2d').getImageData(80, 20, 1, 1).data[0]"
    expect(canvas).to_have_attribute("aria-valuetext", "step 1")
    wait_for_frame(tab)
    assert tab.evaluate(red) == 50
    canvas.focus()
    tab.keyboard.press("End")
    wait_for_frame(tab)
    assert tab.evaluate(red) == 150
    expect(canvas).to_have_attribute("aria-valuenow", "4")
    tab.mouse.move(25, 10)
    wait_for_frame(tab)
    assert tab.evaluate(red) == 50
    assert tab.evaluate("seen") == [1, 3, 1]
    assert tab.evaluate("[find('canvas').width, find('canvas').height]") == [160, 80]


# ---------------------------------------------------------------------------------------------------- a plane


def test_pictures_of_a_plane_lie_where_their_numbers_say(kit_page: Any) -> None:
    tab = kit_page("<div id='root' style='width:722px'></div>")
    found = tab.evaluate(
        """() => {
          const plane = kit.plane(root, { height: 248, size: 40 }), gone = "data:,";
          const spot = (x, y, more = {}) => ({ picture: gone, title: `${x}`, x, y, colour: "red", ...more });
          const show = (spots) => plane.show({ label: "all", across: "a", up: "b", wide: 5, high: 2, spots,
            sides: [{ name: "cat", colour: "red" }, { name: "cup", colour: "blue" }] });
          show([spot(0, 0), spot(5, 2), spot(-2.5, -1), spot(-900, 0, { strong: true })]);
          const middle = (node) => {
            const [box, frame] = [node, plane.node.querySelector(".field")].map((each) => each.getBoundingClientRect());
            return [box.left + box.width / 2 - frame.left, box.top + box.height / 2 - frame.top].map(Math.round);
          };
          const images = [...plane.node.querySelectorAll("img")], places = images.map(middle);
          const cut = middle(plane.node.querySelector(".cut"))[0], marks = plane.node.querySelectorAll("i");
          const ticks = [...marks].map((each) => [each.textContent, middle(each)[0]]);
          show([spot(1, 0), spot(2, 0), spot(3, 0), spot(4, 0)]);
          const stay = [...plane.node.querySelectorAll("img")].every((each, at) => each === images[at]);
          return { places, cut, ticks, stay, strong: images.map((each) => each.className), text: plane.node.innerText };
        }"""
    )
    # The field is 700 × 248, and a picture of 40 with its edge of 4 stays within it: 652 / 2 to each side, 200 / 2 up.
    assert found["places"] == [[350, 124], [676, 24], [187, 174], [24, 124]]
    assert found["cut"] == 350
    assert found["ticks"] == [["−4", 89], ["−2", 220], ["0", 350], ["2", 480], ["4", 611]]
    assert found["stay"], "a picture that stays moves, and is not drawn anew"
    assert found["strong"] == ["", "", "", ""], "what stood out does so no longer"
    assert "← cat" in found["text"]
    assert "cup →" in found["text"]
