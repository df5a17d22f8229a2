"""The browser's kit, part by part, in an empty page of a real browser."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from apps._gallery.scripts import read_kit_script, read_kit_styles


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 800, "height": 600}, device_scale_factor=2)
    yield context
    context.close()


@pytest.fixture
def open_page(context: BrowserContext) -> Iterator[Callable[[str], Page]]:
    """`open_page(html)`: a page with that body, the kit, and `root`, `seen` and `log` for what a test writes down."""
    tab = context.new_page()
    problems: list[str] = []
    tab.on("pageerror", lambda error: problems.append(str(error)))

    def open_page(body: str = "<div id='root'></div>") -> Page:
        head = f"<style>{read_kit_styles()}body{{margin:0}}</style><script>{read_kit_script()}"
        own = "const seen = []; const find = (selector) => document.querySelector(selector);"
        tab.set_content(f"<!doctype html>{head}{own}</script><body>{body}")
        return tab

    yield open_page
    tab.close()
    assert not problems


def frames(tab: Page) -> None:
    """Wait until what was asked to be drawn in the next frame is drawn."""
    tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))")


# ---------------------------------------------------------------------------------------------------- elements


def test_there_is_one_frozen_global(open_page: Any) -> None:
    tab = open_page()
    assert tab.evaluate("Object.isFrozen(kit)")
    assert tab.evaluate("['make', 'clamp', 'VIRIDIS', 'parts'].filter((name) => name in globalThis)") == []
    assert tab.evaluate("Object.keys(kit).filter((name) => kit[name] === undefined)") == []


def test_elements_are_made_with_classes_attributes_and_children(open_page: Any) -> None:
    tab = open_page()
    html = tab.evaluate(
        """kit.make("td.a.b", { title: "t", hidden: true, lang: null, aria: { pressed: false, label: null },
        data: { row: 3 }, style: { "--x": 2 } }, "one", 2, null, false, [kit.make("b", "<&>"), ["deep"]]).outerHTML"""
    )
    assert html == (
        '<td class="a b" title="t" hidden="" aria-pressed="false" data-row="3" style="--x: 2;">'
        "one2<b>&lt;&amp;&gt;</b>deep</td>"
    )
    assert tab.evaluate("kit.make('button', 'x').type") == "button"
    assert tab.evaluate("kit.make('input', { value: 'x', type: 'checkbox', checked: true }).checked")
    assert tab.evaluate("kit.svg('path.line', { d: 'M0 0' }).namespaceURI") == "http://www.w3.org/2000/svg"
    assert tab.evaluate("kit.escapeHtml('<a \"&\">')") == "&#60;a &#34;&#38;&#34;&#62;"


def test_setting_takes_away_listens_and_does_not_write_the_same_text_again(open_page: Any) -> None:
    tab = open_page("<p id='root' title='t'>old</p>")
    changes = tab.evaluate(
        """async () => {
          new MutationObserver((records) => seen.push(...records)).observe(root, { childList: true });
          kit.set(root, { text: "new", title: false, onclick: () => seen.push("clicked") });
          kit.set(root, { text: "new" });
          await null;
          root.click();
          return [seen.length, seen.at(-1), root.outerHTML];
        }"""
    )
    assert changes == [2, "clicked", '<p id="root">new</p>']


def test_a_widget_is_its_own_div_and_is_not_faded(open_page: Any) -> None:
    tab = open_page("<div class='html-container' style='opacity:.2'><div id='element'><div></div></div></div>")
    found = tab.evaluate(
        """() => {
          const { root, part, parts, style } = kit.widget(find("#element"), "lab", "<p>1</p><p>2</p>");
          root.style.setProperty("--color-accent", " #123456");
          kit.keepOpaque(find("#element"));
          return [root.className, part("p").textContent, parts("p").length, style("--color-accent")];
        }"""
    )
    assert found == ["lab", "1", 2, "#123456"]
    assert tab.evaluate("getComputedStyle(find('.html-container')).opacity") == "1"


def test_a_choice_is_clicked_and_marked_by_value_or_predicate(open_page: Any) -> None:
    tab = open_page("<div id='root'><button data-way='a'>A</button></div>")
    tab.evaluate(
        """() => {
          window.mark = kit.choice(root, "way", (value, button) => { seen.push(value); mark(value); });
          root.append(kit.make("button", { data: { way: 2 } }, kit.make("b", "B")));
        }"""
    )
    tab.get_by_text("A").click()
    tab.get_by_text("B").click()
    pressed = "[...document.querySelectorAll('button')].map((each) => each.ariaPressed)"
    assert tab.evaluate("seen") == ["a", "2"]
    assert tab.evaluate(pressed) == ["false", "true"]
    tab.evaluate("mark((value) => value === 'a')")
    assert tab.evaluate(pressed) == ["true", "false"]


def test_a_meter_is_filled_and_then_moved(open_page: Any) -> None:
    tab = open_page()
    tab.evaluate("kit.meter(root, 'cat', 0.25, '25 %'); window.fill = root.firstChild; kit.meter(root, 'dog', 0.5)")
    assert tab.evaluate(
        "[root.role, root.ariaLabel, root.ariaValueNow, fill.style.width, root.firstChild === fill]"
    ) == [
        "meter",
        "dog",
        "50.0",
        "50%",
        True,
    ]


def test_files_are_chosen_again_dropped_and_pasted(open_page: Any, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.txt").write_text("b")
    tab = open_page("<div id='root'><b>inside</b><input type='file' multiple hidden><button>Choose</button></div>")
    tab.evaluate(
        """kit.takeFiles({ button: find("button"), input: find("input"), target: root, paste: root },
        (files) => seen.push(files.map((file) => file.name).join()))"""
    )
    for _ in range(2):
        with tab.expect_file_chooser() as chooser:
            tab.get_by_text("Choose").click()
        chooser.value.set_files([tmp_path / "a.txt", tmp_path / "b.txt"])
    marked = tab.evaluate(
        """() => {
          const files = new DataTransfer(), marked = [];
          files.items.add(new File(["c"], "c.txt"));
          const send = (type, more) => {
            root.dispatchEvent(new DragEvent(type, { dataTransfer: files, cancelable: true, ...more }));
            marked.push(root.className);
          };
          send("dragover");
          send("dragleave", { relatedTarget: root.firstChild });
          send("dragleave");
          send("drop");
          root.dispatchEvent(new ClipboardEvent("paste", { clipboardData: files }));
          return marked;
        }"""
    )
    assert marked == ["target", "target", "", ""]
    assert tab.evaluate("seen") == ["a.txt,b.txt", "a.txt,b.txt", "c.txt", "c.txt"]


# ---------------------------------------------------------------------------------------------------- numbers


def test_numbers_read_as_people_write_them(open_page: Any) -> None:
    tab = open_page()
    for script, text in {
        "number(0)": "0",
        "number(0.09123)": "0.0912",
        "number(-1.5)": "−1.50",
        "number(12345)": "12300",
        "number(-0.00001234)": "−1.23 · 10⁻⁵",
        "number(NaN)": "–",
        "number(12.345, 2)": "12",
        "fixed(-1.25, 1)": "−1.3",
        "fixed(-0.01, 1)": "0.0",
        "fixed(-0.4, 0)": "0",
        "signed(0.04, 1)": "0.0",
        "signed(0.05, 1)": "+0.1",
        "signed(-3, 0)": "−3",
        "minus('1e-7 to -2')": "1e−7 to −2",
        "percent(0.0004)": "< 0.1 %",
        "percent(0.1234)": "12.3 %",
        "percent(0.5, 0)": "50 %",
        "percent(0.9995)": "> 99.9 %",
        "grouped(1234567)": "1,234,567",
        "short(12345)": "12,345",
        "short(1.25e6)": "1.3 M",
        "short(4.09e9)": "4.09 G",
        "plural(1, 'picture')": "1 picture",
        "plural(1200, 'picture')": "1,200 pictures",
        "sides([28, 32])": "28 × 32",
        "megabytes(9500000)": "9.5",
        "megabytes(45678900)": "46",
        "milliseconds(1.234)": "1.2 ms",
        "milliseconds(234.5)": "235 ms",
        "duration(119)": "119 s",
        "duration(600)": "10 min",
        "clamp(7, 0, 5)": 5,
        "clamp(-7, 0, 5)": 0,
    }.items():
        assert tab.evaluate(f"kit.{script}") == text, script


# ---------------------------------------------------------------------------------------------------- colours


def test_colours_of_values_run_between_their_ends(open_page: Any) -> None:
    tab = open_page()
    assert tab.evaluate("[-1, 0, 1, 9].map((v) => kit.css(kit.signedColour(v)))") == [
        "rgb(33,102,172)",
        "rgb(245,243,240)",
        "rgb(178,60,36)",
        "rgb(178,60,36)",
    ]
    assert tab.evaluate("[-1, 0, 0.5, 1, 2].map((v) => kit.css(kit.viridis(v)))") == [
        "rgb(68,1,84)",
        "rgb(68,1,84)",
        "rgb(33,145,140)",
        "rgb(253,231,37)",
        "rgb(253,231,37)",
    ]
    # The part of the way from paper to red or blue is the strength to the power of 0.8.
    assert tab.evaluate("kit.signedColour(0.25)[0]") == pytest.approx(245 - 67 * 0.25**0.8)
    assert "rgb(33,102,172),rgb(" in tab.evaluate("kit.gradient(true)")
    assert tab.evaluate("kit.gradient(false)").startswith("linear-gradient(to right,rgb(68,1,84),")


def test_pixels_of_codes_and_of_values_are_the_same(open_page: Any) -> None:
    tab = open_page()
    assert tab.evaluate("new Uint8Array(Uint32Array.of(kit.pack([1, 2, 3], 4)).buffer)") == {
        "0": 1,
        "1": 2,
        "2": 3,
        "3": 4,
    }
    assert tab.evaluate(
        """() => {
          const codes = Array.from({ length: 255 }, (_, i) => i - 127);
          return codes.every((code) => kit.pixelOf(code / 127, true) === kit.SIGNED[code & 255])
            && codes.every((code) => kit.pixelOf((code + 127) / 255, false) === kit.SEQUENTIAL[code + 127])
            && kit.pixelOf(-5, true) === kit.SIGNED[129] && kit.pixelOf(5, false) === kit.SEQUENTIAL[255];
        }"""
    )


def test_every_category_stands_out_in_both_themes(open_page: Any) -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for colour in open_page().evaluate("kit.CATEGORIES.slice(1)"):
        for background in ("#ffffff", "#101114"):
            low, high = sorted((luminance(colour), luminance(background)))
            assert (high + 0.05) / (low + 0.05) >= 3, (colour, background)


# ---------------------------------------------------------------------------------------------------- canvases


def test_a_panel_is_as_sharp_as_the_screen_and_knows_when_it_is_hidden(open_page: Any) -> None:
    tab = open_page("<canvas style='display:block;width:100px'></canvas>")
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


def test_drawing_again_follows_size_and_theme_once_a_frame_until_the_node_is_gone(open_page: Any) -> None:
    tab = open_page("<div id='root' style='width:100px;height:10px'></div>")
    tab.evaluate("window.draw = kit.redraw(root, () => seen.push(root.clientWidth))")
    frames(tab)
    assert tab.evaluate("seen.splice(0)") == [100]
    tab.evaluate("draw(), draw(), draw()")
    frames(tab)
    assert tab.evaluate("seen.splice(0)") == [100]
    tab.evaluate("root.style.width = '150px'")
    frames(tab)
    assert tab.evaluate("seen.splice(0)") == [150]
    tab.evaluate("document.body.classList.add('dark')")
    frames(tab)
    assert tab.evaluate("seen.splice(0)") == [150]
    tab.evaluate("window.kept = root, root.remove()")
    frames(tab)
    tab.evaluate("document.body.classList.remove('dark')")
    frames(tab)
    assert tab.evaluate("seen") == []


def test_a_frame_stays_inside_and_keeps_its_contrast(open_page: Any) -> None:
    tab = open_page("<canvas style='width:20px;--color-accent:#0000ff'></canvas>")
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


def test_values_become_pixels_and_sheets_of_pictures(open_page: Any) -> None:
    tab = open_page()
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


def test_base64_becomes_typed_arrays(open_page: Any) -> None:
    tab = open_page()
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


def test_an_image_is_told_when_it_is_there_and_loses_its_colours(open_page: Any) -> None:
    tab = open_page()
    assert tab.evaluate(
        """async () => {
          const red = kit.paint(1, 1, () => kit.pack([255, 0, 0])).toDataURL();
          const image = await new Promise((ready) => kit.loadImage(red, ready));
          return [...kit.grey(image).getContext("2d").getImageData(0, 0, 1, 1).data];
        }"""
    ) == [54, 54, 54, 255]


# ---------------------------------------------------------------------------------------------------- steering

STEERED = "<div id='root' tabindex='0' style='width:100px;height:60px;touch-action:none'></div>"
STEER = """(more) => {
  window.at = %s;
  kit.steer(root, { size: () => %s, at: () => at, choose: (to) => { at = to; seen.push(to); },
    hover: (to) => seen.push(["over", to]), ...more });
}"""


def press(tab: Page, *keys: str) -> list[Any]:
    """The places that keys lead to, one after the other."""
    tab.locator("#root").focus()
    places = []
    for key in keys:
        tab.keyboard.press(key)
        places.append(tab.evaluate("at"))
    return places


def test_a_line_is_walked_by_keys(open_page: Any) -> None:
    tab = open_page(STEERED)
    tab.evaluate(f"({STEER % (3, 30)})()")
    keys = ("ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown", "PageUp", "PageDown", "End", "ArrowRight", "Home", "a")
    assert press(tab, *keys) == [4, 5, 4, 3, 6, 3, 29, 29, 0, 0]
    assert press(tab, "Control+ArrowRight", "Alt+ArrowRight", "Meta+ArrowRight", "Shift+ArrowRight") == [0, 0, 0, 1]


def test_a_list_in_rows_is_walked_down_and_across(open_page: Any) -> None:
    tab = open_page(STEERED)
    tab.evaluate(f"({STEER % (0, 10)})({{ across: () => 4, page: 8, keys: {{ Enter: () => (at = 7) }} }})")
    assert press(tab, "ArrowDown", "ArrowRight", "ArrowUp", "ArrowDown", "PageDown", "PageUp", "Enter") == [
        4, 5, 1, 5, 9, 1, 7,
    ]  # fmt: skip


def test_a_grid_is_walked_within_its_edges_by_the_keys_that_count(open_page: Any) -> None:
    tab = open_page(STEERED)
    tab.evaluate(f"({STEER % ([0, 1], [3, 5])})({{ when: (event) => !event.shiftKey }})")
    assert press(tab, "ArrowUp", "ArrowLeft", "ArrowLeft", "ArrowDown", "End", "ArrowRight", "Shift+Home") == [
        [0, 1], [0, 0], [0, 0], [1, 0], [2, 4], [2, 4], [2, 4],
    ]  # fmt: skip


def test_a_pointer_passes_over_clicks_and_leaves(open_page: Any) -> None:
    tab = open_page(STEERED)
    tab.evaluate(f"({STEER % ([0, 0], [3, 5])})()")
    tab.mouse.move(50, 30)
    tab.mouse.click(99, 59)
    tab.mouse.move(50, 200)
    assert tab.evaluate("seen") == [["over", [1, 2]], ["over", [2, 4]], [2, 4], ["over", None]]


def test_a_drag_is_held_outside_the_node_too(open_page: Any) -> None:
    tab = open_page(STEERED)
    tab.evaluate(f"({STEER % (0, 10)})({{ drag: true, hover: null }})")
    tab.mouse.move(15, 30)
    tab.mouse.down()
    tab.mouse.move(55, 30)
    tab.mouse.move(400, 300)
    tab.mouse.up()
    tab.mouse.move(5, 30)
    assert tab.evaluate("seen") == [1, 5, 9]


def test_nothing_is_steered_before_there_is_something(open_page: Any) -> None:
    tab = open_page(STEERED)
    tab.evaluate(f"({STEER % (0, 'null')})()")
    tab.mouse.click(50, 30)
    assert press(tab, "ArrowRight") == [0]
    assert tab.evaluate("seen") == []


def test_a_place_of_ones_own_may_be_nowhere(open_page: Any) -> None:
    tab = open_page(STEERED)
    place = "(event) => { const [x] = kit.fraction(event, root); return x < 0.5 ? null : x; }"
    tab.evaluate(f"({STEER % (0, 10)})({{ hover: null, place: {place} }})")
    tab.mouse.click(20, 30)
    tab.mouse.click(75, 30)
    assert tab.evaluate("seen") == [0.75]


def test_many_elements_are_one_stop_of_the_tabulator(open_page: Any) -> None:
    buttons = "".join(f"<button style='width:90px;height:30px'>{number}</button>" for number in range(5))
    tab = open_page(f"<input><div id='root' style='width:200px;font-size:0'>{buttons}</div><input>")
    tab.evaluate("window.stop = kit.roving(root, 'button'); stop(document.querySelectorAll('button')[2])")
    tab.locator("input").first.focus()
    tab.keyboard.press("Tab")
    place = "document.activeElement.textContent"
    assert tab.evaluate(place) == "2"
    found = []
    for key in (
        "ArrowRight",
        "ArrowUp",
        "ArrowDown",
        "ArrowDown",
        "ArrowLeft",
        "ArrowDown",
        "End",
        "Home",
        "ArrowLeft",
    ):
        tab.keyboard.press(key)
        found.append(tab.evaluate(place))
    assert found == ["3", "1", "3", "3", "2", "4", "4", "0", "0"]
    assert tab.evaluate("[...root.children].map((each) => each.tabIndex)") == [0, -1, -1, -1, -1]
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement === document.querySelectorAll('input')[1]")
    # Other elements in their place: the first of them is the stop.
    tab.evaluate("root.replaceChildren(kit.make('button', 'x'), kit.make('button', 'y')), stop(null)")
    assert tab.evaluate("[...root.children].map((each) => each.tabIndex)") == [0, -1]


def test_a_row_and_a_column_of_elements_each_have_their_arrows(open_page: Any) -> None:
    tab = open_page(
        "<div id='root'><p><i tabindex='-1'>a</i> <i tabindex='-1'>b</i></p><p><i tabindex='-1'>c</i></p></div>"
        "<ul><li>x<li>y</ul>"
    )
    tab.evaluate("kit.roving(root, 'i', { row: 'p' })(), kit.roving(find('ul'), 'li')(), find('i').focus()")
    found = []
    for key in ("End", "ArrowDown", "Home", "ArrowUp"):
        tab.keyboard.press(key)
        found.append(tab.evaluate("document.activeElement.textContent"))
    assert found == ["b", "c", "c", "a"]
    tab.locator("li").first.focus()
    for key, text in (("ArrowRight", "x"), ("ArrowDown", "y"), ("ArrowUp", "x")):
        tab.keyboard.press(key)
        assert tab.evaluate("document.activeElement.textContent") == text


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
    frames(tab)


def texts(tab: Page, selector: str) -> list[str]:
    return tab.locator(selector).all_text_contents()


def test_ticks_are_round_and_within_the_axis(open_page: Any) -> None:
    tab = open_page()
    assert tab.evaluate("kit.ticks(0, 2.5, 5)") == [0, 0.5, 1, 1.5, 2, 2.5]
    assert tab.evaluate("kit.ticks(-0.35, 0.2, 4)") == [-0.2, 0, 0.2]
    assert tab.evaluate("kit.decades(0.03, 4)") == [0.05, 0.1, 0.2, 0.5, 1, 2]
    assert tab.evaluate("kit.decades(1e-5, 0.3)") == [1e-5, 1e-4, 1e-3, 1e-2, 0.1]
    for low, high in ((0, 1), (-3.2, 11.9), (0.001, 0.0037), (99, 12345)):
        found = tab.evaluate(f"kit.ticks({low}, {high}, 6)")
        assert 2 <= len(found) <= 7
        assert low <= found[0] and found[-1] <= high
        steps = [after - before for before, after in pairwise(found)]
        assert max(steps) == pytest.approx(min(steps))
        assert steps[0] / 10 ** math.floor(math.log10(steps[0]) + 1e-9) == pytest.approx(
            round(steps[0] * 1e12) and 1
        ) or (round(steps[0] / 10 ** math.floor(math.log10(steps[0]) + 1e-9)) in (2, 5))


def test_an_axis_reaches_zero_where_that_costs_little_and_never_has_one_point(open_page: Any) -> None:
    tab = open_page()
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


def test_a_plot_has_axes_with_units_and_draws_what_it_is_given(open_page: Any, screenshot: Any) -> None:
    tab = open_page("<div id='root' style='width:640px'></div>")
    draw_plot(tab, "ends: 98, inner: 10")
    assert texts(tab, ".tick") == ["0", "1", "2", "1", "2", "3", "4", "5", "epoch", "loss, nats"]
    assert tab.locator(".plot").get_attribute("width") == "640"
    line = tab.locator(".train .line").get_attribute("d") or ""
    assert line.count("M") == 2 and line.count("L") == 2, "the gap at epoch 3 is not drawn over"
    assert tab.locator(".test rect.dot").count() == 5 and tab.locator(".test .loose").count() == 2
    assert tab.locator(".test .spread").count() == 1
    box = tab.evaluate("[...document.querySelectorAll('.end')].map((each) => Number(each.getAttribute('y')))")
    assert texts(tab, ".end") == ["test", "training"] and box[1] - box[0] >= 16.9
    screenshot(tab, "kit-plot")
    tab.evaluate("root.style.width = '300px'")
    frames(tab)
    assert tab.locator(".plot").get_attribute("width") == "300"
    assert texts(tab, ".end") == [], "there is no room for names"


def test_a_logarithmic_axis_says_so_and_keeps_proportions(open_page: Any) -> None:
    content = """{ label: "l", x: { label: "pictures", log: true, ticks: [10, 100, 1000] }, y: { label: "acc, %",
      low: 50, high: 100 }, rules: [{ y: 50, text: "guessing" }], series: [{ points: [[10, 60], [1000, 90]] }] }"""
    tab = open_page("<div id='root' style='width:640px'></div>")
    draw_plot(tab, content=content)
    assert texts(tab, ".tick")[-2:] == ["pictures, log scale", "acc, %"]
    assert "guessing" in texts(tab, ".tick")
    first, middle, last = (
        float(tab.get_by_text(t, exact=True).last.get_attribute("x") or 0) for t in ("10", "100", "1000")
    )
    assert middle - first == pytest.approx(last - middle)
    assert tab.locator(".plot").get_attribute("role") == "img", "without steps there is nothing to read"
    assert tab.locator(".plot").get_attribute("tabindex") is None


def test_a_plot_is_read_by_keyboard(open_page: Any) -> None:
    tab = open_page()
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


def test_a_plot_is_read_by_pointer_and_rests_at_the_end(open_page: Any) -> None:
    tab = open_page("<div id='root' style='width:640px'></div><p style='height:200px'></p>")
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


def test_a_band_stands_behind_the_lines(open_page: Any) -> None:
    tab = open_page()
    draw_plot(tab, "band: 44")
    assert tab.locator(".cursor .band").get_attribute("width") == "44"
    assert tab.evaluate("find('svg').firstChild === find('.cursor')")


def test_a_legends_key_looks_as_the_line_does(open_page: Any) -> None:
    tab = open_page()
    keys = "['circle', 'square', 'triangle', undefined].map((mark) => kit.plotKey({ mark, dash: '5 4', colour: '#d55e00' }))"
    tab.evaluate(f"root.append(...{keys})")
    assert tab.evaluate("[...document.querySelectorAll('.dot')].map((each) => each.tagName)") == [
        "circle",
        "rect",
        "path",
    ]
    assert tab.locator("svg .line").first.get_attribute("stroke-dasharray") == "5 4"


# ---------------------------------------------------------------------------------------------------- asking


def test_a_wish_is_sent_once_it_rests_and_again_until_it_is_answered(open_page: Any) -> None:
    tab = open_page()
    tab.clock.install()
    tab.evaluate("window.done = false; window.want = kit.asking(root, () => done, () => seen.push('asked'))")
    tab.evaluate("want(), want()")
    tab.clock.run_for(100)
    tab.evaluate("want()")
    tab.clock.run_for(170)
    assert tab.evaluate("seen.length") == 0
    tab.clock.run_for(10)
    assert tab.evaluate("seen.length") == 1
    for wait, count in ((999, 1), (1, 2), (1999, 2), (1, 3), (4000, 4), (60_000, 4)):
        tab.clock.run_for(wait)
        assert tab.evaluate("seen.length") == count
    tab.evaluate("want(0)")  # another wish
    tab.clock.run_for(1)
    assert tab.evaluate("seen.length") == 5
    tab.evaluate("done = true, want()")
    tab.clock.run_for(60_000)
    assert tab.evaluate("seen.length") == 5


def test_a_wish_ends_with_its_widget_or_by_hand(open_page: Any) -> None:
    tab = open_page()
    tab.clock.install()
    tab.evaluate("window.want = kit.asking(root, () => false, () => seen.push('asked'), { wait: 50, again: [100] })")
    tab.evaluate("want(), want.cancel()")
    tab.clock.run_for(1000)
    assert tab.evaluate("seen.length") == 0
    tab.evaluate("want()")
    tab.clock.run_for(50)
    tab.evaluate("root.remove()")
    tab.clock.run_for(1000)
    assert tab.evaluate("seen.length") == 1


REQUESTS = """window.asked = [], window.requests = kit.requests((event, data) => asked.push([event, data]));
  window.ask = (how) => {
    const answer = requests.ask("select", { picture: "cat" }, how);
    answer.then((found) => seen.push(found));
    return answer.turn;
  };"""


def test_each_request_gets_its_own_answer_and_hears_how_far_it_is(open_page: Any) -> None:
    tab = open_page()
    tab.evaluate(REQUESTS)
    assert tab.evaluate("[ask({ progress: (value) => seen.push(value) }), ask()]") == [1, 2]
    assert tab.evaluate("asked[1]") == ["select", {"picture": "cat", "turn": 2}]
    assert tab.evaluate("[requests.receive({ turn: 1, done: 0.5 }), requests.receive({ turn: 9 })]") == [True, False]
    assert tab.evaluate("[requests.receive(null), requests.receive({})]") == [False, False]
    tab.evaluate("requests.receive({ turn: 2, problem: 'No.' }), requests.receive({ turn: 1, map: 7 })")
    assert tab.evaluate("seen") == [{"turn": 1, "done": 0.5}, {"turn": 2, "problem": "No."}, {"turn": 1, "map": 7}]
    assert tab.evaluate("[requests.receive({ turn: 1, map: 8 }), requests.waits(1)]") == [False, False]


def test_a_request_that_is_dropped_or_not_answered_ends(open_page: Any) -> None:
    tab = open_page()
    tab.clock.install()
    tab.evaluate(REQUESTS)
    tab.evaluate("ask({ patience: 5000 }), ask({ patience: 5000 }), ask()")
    assert tab.evaluate("[requests.drop(2), requests.drop(2), requests.receive({ turn: 2 })]") == [True, False, False]
    tab.clock.run_for(4999)
    assert tab.evaluate("seen") == []
    tab.clock.run_for(1)
    assert tab.evaluate("seen") == [{"problem": "No answer came: try it again."}]
    tab.clock.run_for(600_000)
    assert tab.evaluate("[seen.length, requests.waits(3)]") == [1, True]


# ---------------------------------------------------------------------------------------------------- taking along


def test_files_are_downloaded_under_a_safe_name(open_page: Any) -> None:
    tab = open_page()
    for script, name, text in (
        ("save('a b/c@v1.txt', 'x')", "a-b-c@v1.txt", "x"),
        ("saveJson('a.json', { b: [1] })", "a.json", '{\n "b": [\n  1\n ]\n}\n'),
        ("saveCsv('a.csv', [['name', 'value'], ['x, y', 1], ['say \"z\"', null]])", "a.csv",
         'name,value\n"x, y",1\n"say ""z""",\n'),
    ):  # fmt: skip
        with tab.expect_download() as waiting:
            tab.evaluate(f"kit.{script}")
        assert waiting.value.suggested_filename == name
        assert waiting.value.path().read_text() == text


def test_a_picture_is_drawn_in_its_own_size(open_page: Any) -> None:
    from PIL import Image

    tab = open_page()
    with tab.expect_download() as waiting:
        tab.evaluate("kit.savePng('a.png', 7, 5, (pen, w, h) => { pen.fillStyle = '#f00'; pen.fillRect(0, 0, w, h); })")
    with Image.open(waiting.value.path()) as picture:
        assert (picture.format, picture.size) == ("PNG", (7, 5))
        assert picture.convert("RGB").getpixel((6, 4)) == (255, 0, 0)


def test_text_is_copied_without_a_clipboard_object_too(open_page: Any) -> None:
    tab = open_page("<button id='root'>Copy</button>")
    tab.evaluate(
        """() => {
          document.addEventListener("copy", () => seen.push(document.activeElement.value));
          root.addEventListener("click", async () => seen.push(await kit.copy("some text")));
        }"""
    )
    tab.get_by_text("Copy").click()
    tab.wait_for_function("seen.length === 2")
    assert tab.evaluate("seen[0]") == "some text"
    assert tab.locator("textarea").count() == 0


# ---------------------------------------------------------------------------------------------------- frames


def test_frames_are_scrubbed_by_pointer_and_keys(open_page: Any) -> None:
    tab = open_page("<canvas style='display:block;width:80px'></canvas>")
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
    frames(tab)
    assert tab.evaluate(red) == 50
    canvas.focus()
    tab.keyboard.press("End")
    frames(tab)
    assert tab.evaluate(red) == 150
    expect(canvas).to_have_attribute("aria-valuenow", "4")
    tab.mouse.move(25, 10)
    frames(tab)
    assert tab.evaluate(red) == 50
    assert tab.evaluate("seen") == [1, 3, 1]
    assert tab.evaluate("[find('canvas').width, find('canvas').height]") == [160, 80]
