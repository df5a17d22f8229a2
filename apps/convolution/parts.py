"""The parts of the tab that live in the browser."""

from __future__ import annotations

from typing import Any, ClassVar

from apps._gallery.widget import Widget


class ConvolutionCalculator(Widget):
    """Opens on its value and computes everything in the browser."""

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {name: {"type": "integer"} for name in ("size", "kernel", "stride", "padding", "dilation")},
    }


class PoolingKinds(Widget):
    """Draws what `apps.convolution.subject` describes: pools its picture, or one of the layer's maps, in the browser.

    Another map comes back as the event `select` with `network`, `picture`, `layer` and `channel`. The numbers are those
    of `apps.convolution.pooling`; a test compares them.
    """
