"""The browser's kit in an empty page: elements, numbers, colours, and what a visitor takes along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

# ---------------------------------------------------------------------------------------------------- elements


def test_there_is_one_frozen_global(kit_page: Any) -> None:
    tab = kit_page()
    assert tab.evaluate("Object.isFrozen(kit)")
    assert tab.evaluate("['make', 'clamp', 'VIRIDIS', 'parts'].filter((name) => name in globalThis)") == []
    assert tab.evaluate("Object.keys(kit).filter((name) => kit[name] === undefined)") == []


def test_elements_are_made_with_classes_attributes_and_children(kit_page: Any) -> None:
    tab = kit_page()
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


def test_setting_takes_away_listens_and_does_not_write_the_same_text_again(kit_page: Any) -> None:
    tab = kit_page("<p id='root' title='t'>old</p>")
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


def test_a_widget_is_its_own_div_and_is_not_faded(kit_page: Any) -> None:
    tab = kit_page("<div class='html-container' style='opacity:.2'><div id='element'><div></div></div></div>")
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


def test_a_choice_is_clicked_and_marked_by_value_or_predicate(kit_page: Any) -> None:
    tab = kit_page("<div id='root'><button data-way='a'>A</button></div>")
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


def test_a_meter_is_filled_and_then_moved(kit_page: Any) -> None:
    tab = kit_page()
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


def test_files_are_chosen_again_dropped_and_pasted(kit_page: Any, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.txt").write_text("b")
    tab = kit_page("<div id='root'><b>inside</b><input type='file' multiple hidden><button>Choose</button></div>")
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


def test_numbers_read_as_people_write_them(kit_page: Any) -> None:
    tab = kit_page()
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


def test_colours_of_values_run_between_their_ends(kit_page: Any) -> None:
    tab = kit_page()
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


def test_pixels_of_codes_and_of_values_are_the_same(kit_page: Any) -> None:
    tab = kit_page()
    assert tab.evaluate("[...new Uint8Array(Uint32Array.of(kit.pack([1, 2, 3], 4)).buffer)]") == [1, 2, 3, 4]
    assert tab.evaluate(
        """() => {
          const codes = Array.from({ length: 255 }, (_, i) => i - 127);
          return codes.every((code) => kit.pixelOf(code / 127, true) === kit.SIGNED[code & 255])
            && codes.every((code) => kit.pixelOf((code + 127) / 255, false) === kit.SEQUENTIAL[code + 127])
            && kit.pixelOf(-5, true) === kit.SIGNED[129] && kit.pixelOf(5, false) === kit.SEQUENTIAL[255];
        }"""
    )


def test_every_category_stands_out_in_both_themes(kit_page: Any) -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for colour in kit_page().evaluate("kit.CATEGORIES.slice(1)"):
        for background in ("#ffffff", "#101114"):
            low, high = sorted((luminance(colour), luminance(background)))
            assert (high + 0.05) / (low + 0.05) >= 3, (colour, background)


# ---------------------------------------------------------------------------------------------------- taking along


def test_files_are_downloaded_under_a_safe_name(kit_page: Any) -> None:
    tab = kit_page()
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


def test_a_picture_is_drawn_in_its_own_size(kit_page: Any) -> None:
    tab = kit_page()
    with tab.expect_download() as waiting:
        tab.evaluate("kit.savePng('a.png', 7, 5, (pen, w, h) => { pen.fillStyle = '#f00'; pen.fillRect(0, 0, w, h); })")
    with Image.open(waiting.value.path()) as picture:
        assert (picture.format, picture.size) == ("PNG", (7, 5))
        assert picture.convert("RGB").getpixel((6, 4)) == (255, 0, 0)


def test_text_is_copied_without_a_clipboard_object_too(kit_page: Any) -> None:
    tab = kit_page("<button id='root'>Copy</button>")
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
