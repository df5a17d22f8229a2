"""The parts of the tab that live in the browser."""

from __future__ import annotations

from typing import Any, ClassVar

from apps._gallery.widget import Widget


class TransferCurves(Widget):
    """Draws `{"settings": [what compare_methods returns, for each number of pictures, without and with augmentation],
    "csv": the table's text}`; or `{"missing": a sentence}` where there is no table."""

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "settings": {"type": "array", "items": {"type": "object"}},
            "csv": {"type": "string"},
            "missing": {"type": "string"},
        },
    }


class TransferLab(Widget):
    """Keeps pictures and the taught head in the browser; Python gets them with every request and keeps nothing.

    To the browser: `opening` (the worked example: `names`, `classes` of pictures, `taught`, `next`, `answer`) with
    `limits` (`pictures` of a class, bytes of a `file`, characters of a `name`); or an answer to a `turn`: `read` (a
    picture: `name`, `small`, `thumb`) or its `problem`; on the way of a lesson `ahead`, how many are before it, then
    `done` from 0 to 1 with `stage`, `count`, `total` and `losses`, and at its end what `teach_head` returns; `answer`,
    what `classify_with_head` returns.
    From it: the events `upload` with `file`, a data URL; `select` with `first`, `second`, `names` and `augment`;
    `stop`; and `submit` with `picture` and `head`; each with its `turn`.
    """

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "head": {
                "type": "object",
                "description": "the taught layer, for classify_with_head",
                "properties": {
                    "network": {"type": "string", "description": "whose features it reads, like resnet18.cifar10@v1"},
                    "names": {"type": "array", "items": {"type": "string"}},
                    "weight": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
                    "bias": {"type": "array", "items": {"type": "number"}},
                    "axis": {"type": "array", "items": {"type": "number"}},
                    "offset": {"type": "number"},
                },
            }
        },
    }
