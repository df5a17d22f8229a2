"""The parts of the tab that live in the browser."""

from __future__ import annotations

from typing import Any, ClassVar

from apps._gallery.widget import Widget


class NetworkDrawing(Widget):
    """Draws what `drawing.describe_opening` returns; later values bring further `drawings`, which are kept.

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


class ShortcutSwitch(Widget):
    """Draws `{"switched": what switch_shortcuts returns, "picture": its name}`, and nothing where `switched` is None.

    A switched block comes back as the event `select` with `network`, `picture` and `blocks`, all that are off.
    """
