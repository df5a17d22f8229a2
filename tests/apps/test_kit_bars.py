"""Answers before and now, as bars: in a page with nothing but the kit."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

ANSWERS = [
    {"label": "frog", "before": 0.0125, "after": 0.75, "score_before": -0.25, "score_after": 3.31},
    {"label": "cat", "before": 0.9, "after": 0.0004, "score_before": 4.06, "score_after": -0.04},
]


def test_bars_say_what_an_answer_was_and_is(kit_page: Any) -> None:
    tab = kit_page()
    tab.evaluate("window.bars = kit.answerBars(root, 'all heads on'); root.style.width = '500px'")
    title, rows = tab.locator(".title"), tab.locator(".row:not(.head)")
    show = "([answers, changed]) => bars.show(answers, '2 heads off', changed)"
    tab.evaluate(show, [ANSWERS, True])
    expect(title).to_have_text("2 heads off: cat becomes frog")
    expect(title).to_have_attribute("role", "status")
    assert rows.locator(".label").all_inner_texts() == ["frog", "cat"]
    assert rows.locator(".probability").all_inner_texts() == ["1.3 → 75.0", "90.0 → < 0.1"]
    assert rows.locator(".score").all_inner_texts() == ["−0.3 → 3.3", "4.1 → 0.0"]
    assert rows.locator("i").evaluate_all("(bars) => bars.map((bar) => bar.style.width)")[:2] == ["1.25%", "75%"]
    expect(tab.locator(".legend")).to_have_text("grey: all heads on · blue: now")
    tab.evaluate("bars.wait()")
    expect(title).to_have_text("…")
    assert rows.count() == 2
    tab.evaluate(show, [[ANSWERS[1], *[ANSWERS[0]] * 9], False])
    expect(title).to_have_text("2 heads off")
    assert rows.locator(".probability").all_inner_texts() == ["< 0.1", *["75.0"] * 6]
    tab.evaluate(show, [[ANSWERS[1] | {"after": 1}], True])
    expect(title).to_have_text("2 heads off: still cat")
