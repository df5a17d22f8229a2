"""What a visitor's browser keeps: in a page with nothing but the kit, which may store nothing at all."""

from __future__ import annotations

from typing import Any


def test_what_cannot_be_stored_holds_while_the_page_is_open_and_is_said(kit_page: Any) -> None:
    tab = kit_page("")  # a page of no origin: the browser forbids localStorage
    assert tab.evaluate("(() => { try { return !!localStorage; } catch { return false; } })()") is False
    assert tab.evaluate("kit.keep.promise()") == "Kept in this browser; nothing is sent."
    tab.evaluate("kit.keep.watch(() => seen.push(kit.keep.read('a')))")
    assert tab.evaluate("kit.keep.read('a')") is None
    tab.evaluate("kit.keep.write('a', 'one')")
    assert tab.evaluate("kit.keep.read('a')") == "one"
    assert "until you close the page" in tab.evaluate("kit.keep.promise()")
    tab.evaluate("kit.keep.write('a', null)")
    assert tab.evaluate("seen") == ["one", None]
