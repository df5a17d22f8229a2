"""Networks drawn layer by layer, one above the other; two menus and the picture's side choose what is drawn."""

from __future__ import annotations

from typing import Any, ClassVar

from apps.widgets import Widget


class NetworkDrawing(Widget):
    """Draws what `apps._classics.opening` returns; later values bring further `drawings`, which are kept.

    Layers are chosen in the browser. Networks and sizes that were not sent yet come back as the event `select` with
    `networks`, a list of [name, side].
    """

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "networks": {"type": "array"},
            "drawings": {"type": "array"},
            "chosen": {"type": "array", "items": {"type": "string"}},
        },
    }
