"""The parts of the tab that live in the browser."""

from __future__ import annotations

from apps._gallery.widget import Widget


class SaddleGame(Widget):
    """Where four rules lead two players of f = x·y, from a start that is dragged.

    To the browser: `{"rules": what game.list_rules returns, "rule": the key of one, "size": η, "count": steps, "start":
    x and y}`.
    """
