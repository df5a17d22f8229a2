"""The parts of the tab that live in the browser."""

from __future__ import annotations

from typing import Any, ClassVar

from apps._gallery.widget import Container, Widget


class WeekMap(Widget):
    """Seventy days to choose from.

    To the browser: `weeks`, each with its `number`, `title` and `days` (records of `list_days`); `weekdays`, their
    names; `works`, how many of the `count` days work; and `open`, the day that stands open. From it: the event `select`
    with `day`.
    """

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "weeks": {"type": "array"},
            "weekdays": {"type": "array", "items": {"type": "string"}},
            "works": {"type": "integer"},
            "count": {"type": "integer"},
            "open": {"type": "string"},
        },
    }


class DayPage(Container):
    """Around a day's page: links `?tab=…` and `?day=…` in it, and buttons `data-copy` and `data-back`, work."""
