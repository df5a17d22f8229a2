"""Attribution lab: one picture under a line that can be dragged, left of it one network's map and right another's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from apps.widgets import Widget


class AttributionLab(Widget):
    """Draws `{"subjects": one or two of them, "picture": its name}`, then takes for these `{"map": ...}` and
    `{"check": ...}`, what `attribute_pixels` and `randomise_layers` return, or a `problem`, and on their way `done`,
    the share of the work; each of these with the `id` of the request. `maps` and `checks` are lists of those that
    come unasked.

    Line, strength and pixel are chosen in the browser, and a map that was seen is kept. One that is missing is asked
    for with the event `select`: `id`, `network`, `picture`, `method`, `label`, `steps`, `baseline`; a sanity check
    with `submit`. `stop` ends the one of that `id`.
    """

    def __init__(self, value: Any = None, **kwargs: Any):
        super().__init__(value, **kwargs)
        # The palette and the pens are those of *Feature maps*.
        paint = Path(__file__).parents[1] / "feature_maps" / "paint.js"
        self.js_on_load = paint.read_text() + (self.js_on_load or "")
