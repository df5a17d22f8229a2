"""The parts of the tab that live in the browser."""

from __future__ import annotations

from apps._gallery.widget import Widget


class Scores(Widget):
    """Draws what `apps.classify.classify_image` returns: its best five answers, its time, and what it saw."""
