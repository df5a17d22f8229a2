"""Attention lab: a picture's patches, one head's map large, all heads' maps small, and a switch for every head."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from apps.widgets import Widget


class AttentionLab(Widget):
    """Draws `{"maps": what compute_attention returns, "picture": its name}`, then takes `{"silenced": ...}` and
    `{"disturbed": ...}`, what `silence_heads` and `disturb_patches` return, for that picture.

    Blocks, heads and patches are chosen in the browser. A head that is switched comes back as the event `select` with
    `network`, `picture` and `heads`, an order that is disturbed as `input` with `shuffle` and `positions` instead.
    """

    def __init__(self, value: Any = None, **kwargs: Any):
        super().__init__(value, **kwargs)
        # The palette and the pens are those of *Feature maps*.
        paint = Path(__file__).parents[1] / "feature_maps" / "paint.js"
        self.js_on_load = paint.read_text() + (self.js_on_load or "")
