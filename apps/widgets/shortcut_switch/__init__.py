"""Shortcut switch: a switch for every residual block, its maps before and after, and the answers beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from apps.widgets import Widget


class ShortcutSwitch(Widget):
    """Draws `{"switched": what switch_shortcuts returns, "picture": its name}`, and nothing where `switched` is None.

    A switched block comes back as the event `select` with `network`, `picture` and `blocks`, all that are off.
    """

    def __init__(self, value: Any = None, **kwargs: Any):
        super().__init__(value, **kwargs)
        # The palette and the pens are those of *Feature maps*.
        paint = Path(__file__).parents[1] / "feature_maps" / "paint.js"
        self.js_on_load = paint.read_text() + (self.js_on_load or "")
