"""The parts of the tab that live in the browser."""

from __future__ import annotations

from apps._gallery.widget import Widget


class Scores(Widget):
    """Draws what `apps.classify.classify_image` returns: what each network saw, its scores, which a visitor moves, and
    the probabilities that follow. On the worked example it shows itself once."""
