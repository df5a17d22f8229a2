"""Transfer curves: accuracy against pictures of each class, three ways to learn, read out under the pointer."""

from __future__ import annotations

from typing import Any, ClassVar

from apps.widgets import Widget


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
