"""The map of weeks: a grid of days; `select` tells which day was chosen (`event.day`)."""

from __future__ import annotations

from typing import Any, ClassVar

from apps.widgets import Widget


class WeekMap(Widget):
    """`{"weeks": [{"number", "title", "days": [...]}], "works", "count", "open": day}`."""

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "weeks": {"type": "array"},
            "works": {"type": "integer"},
            "count": {"type": "integer"},
            "open": {"type": "string"},
        },
    }
