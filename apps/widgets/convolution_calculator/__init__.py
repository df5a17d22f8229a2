"""How many places a window finds along each axis, and which cells it reads at each of them."""

from __future__ import annotations

from typing import Any, ClassVar

from apps.widgets import Widget


class ConvolutionCalculator(Widget):
    """Opens on its value and computes everything in the browser."""

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {name: {"type": "integer"} for name in ("size", "kernel", "stride", "padding", "dilation")},
    }
