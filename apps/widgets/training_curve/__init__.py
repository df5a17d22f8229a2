"""A training curve: train and test against the epoch, read out under the pointer or by the arrow keys."""

from __future__ import annotations

from typing import Any, ClassVar

from apps.widgets import Widget


class TrainingCurve(Widget):
    """`{"release", "history": [{"epoch", "train_loss", "test_loss", ...}]}`, and perhaps `lr` and `seconds`."""

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {"release": {"type": "string"}, "history": {"type": "array", "items": {"type": "object"}}},
    }
