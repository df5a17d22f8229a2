"""Pooling kinds: the chosen map, or the picture, made smaller in four ways side by side, computed in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from apps.widgets import Widget


class PoolingKinds(Widget):
    """Opens on its value and pools whatever map *Feature maps* has chosen, of which it hears in the browser.

    Its numbers are those of `apps._pooling`; a test compares them.
    """

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {name: {"type": "integer"} for name in ("window", "stride")},
    }

    def __init__(self, value: Any = None, **kwargs: Any):
        super().__init__(value, **kwargs)
        # The palette and the pens are those of *Feature maps*.
        paint = Path(__file__).parents[1] / "feature_maps" / "paint.js"
        self.js_on_load = paint.read_text() + (self.js_on_load or "")
