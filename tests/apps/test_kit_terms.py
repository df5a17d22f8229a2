"""Key words with definitions, and exhibits that show themselves: in a page with nothing but the kit."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from apps._gallery.glossary import TERMS, explain
from tests._support.scripts import list_scripts


def test_a_definition_is_one_short_sentence() -> None:
    assert list(TERMS) == sorted(TERMS, key=str.lower)
    for term, text in TERMS.items():
        assert 20 < len(text) <= 110, term
        assert text.endswith("."), term
    with pytest.raises(KeyError):
        explain("flux capacitor")
    scripts = "".join(script.read_text() for script in list_scripts())
    assert set(re.findall(r"""\bterm\(["']([^"']+)["']""", scripts)) <= set(TERMS)


def test_a_key_word_is_explained_on_hover_focus_and_tap(kit_page: Any) -> None:
    words = f"<p style='margin:200px'>{explain('class token')} {explain('head', 'heads')}</p><button>b</button>"
    tab = kit_page(words)
    first, second, note = tab.locator("dfn").first, tab.locator("dfn").last, tab.locator("#kit-definition")
    first.hover()
    expect(note).to_have_text(f"class token {TERMS['class token']}")
    expect(first).to_have_attribute("aria-describedby", "kit-definition")
    word, box = first.bounding_box(), note.bounding_box()
    assert word["y"] + word["height"] < box["y"] < word["y"] + 60
    tab.mouse.move(5, 5)
    expect(note).to_be_hidden()
    second.focus()
    expect(note).to_contain_text(TERMS["head"])
    tab.keyboard.press("Escape")
    expect(note).to_be_hidden()
    second.click()
    expect(note).to_be_visible()
    tab.get_by_role("button").click()
    expect(note).to_be_hidden()


def test_a_definition_stays_in_the_window(kit_page: Any) -> None:
    tab = kit_page(f"<div style='position:fixed;right:2px;bottom:2px'>{explain('softmax')}</div>")
    tab.locator("dfn").focus()
    box = tab.locator("#kit-definition").bounding_box()
    assert 0 < box["x"] <= 800 - box["width"]
    assert 0 < box["y"] < 600 - box["height"]


def test_a_widget_makes_key_words_too(kit_page: Any) -> None:
    tab = kit_page()
    tab.evaluate("root.append(kit.term('token', 'tokens'))")
    assert tab.evaluate("root.innerHTML") == explain("token", "tokens")


PLAY = """(count) => {
  window.stop = kit.play(root, { count, wait: 30, step: (i) => seen.push(i), end: () => seen.push("end") });
}"""


@pytest.mark.parametrize(
    ("act", "ends"),
    [
        ("() => 0", False),
        ("() => root.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))", True),
        ("() => document.body.dispatchEvent(new KeyboardEvent('keydown'))", True),
        ("() => root.dispatchEvent(new PointerEvent('pointermove'))", True),
        ("() => stop()", True),
    ],
)
def test_a_show_ends_by_itself_or_when_the_visitor_takes_over(kit_page: Any, act: str, ends: bool) -> None:
    tab = kit_page("<div id='root' style='height:50px'></div>")
    tab.evaluate(PLAY, 500 if ends else 4)
    tab.wait_for_function("seen.length > 2")
    tab.evaluate(act)
    tab.wait_for_function("seen.at(-1) === 'end'")
    if not ends:
        assert tab.evaluate("seen") == [0, 1, 2, 3, "end"]
    count = tab.evaluate("seen.length")
    tab.wait_for_timeout(80)
    assert tab.evaluate("seen.length") == count


def test_a_show_waits_until_it_is_in_view_and_does_not_move_for_those_who_ask_for_rest(kit_page: Any) -> None:
    tab = kit_page("<div style='height:2000px'></div><div id='root' style='height:50px'></div>")
    tab.evaluate(PLAY, 3)
    tab.wait_for_timeout(100)
    assert tab.evaluate("seen") == []
    tab.evaluate("root.scrollIntoView()")
    tab.wait_for_function("seen.at(-1) === 'end'")
    tab.emulate_media(reduced_motion="reduce")
    tab.evaluate("seen.length = 0")
    tab.evaluate(PLAY, 3)
    tab.wait_for_timeout(100)
    assert tab.evaluate("[seen, kit.isStill()]") == [["end"], True]
