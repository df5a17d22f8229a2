"""Exciting pictures: the nine that make the chosen channel strongest, each with the part that its unit sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from apps.widgets import Widget


class ExcitingPictures(Widget):
    """Draws what `find_exciting_pictures` returns, as far as the search has come.

    Once it is in view and the choice in *Feature maps* rests, it asks with the event `select`, which has `network`,
    `layer`, `channel` and `known`, the numbers of the pictures that it holds already. It asks again as long as pictures
    are left and somebody looks.
    """

    def __init__(self, value: Any = None, **kwargs: Any):
        super().__init__(value, **kwargs)
        # The pens are those of *Feature maps*.
        paint = Path(__file__).parents[1] / "feature_maps" / "paint.js"
        self.js_on_load = paint.read_text() + (self.js_on_load or "")
