"""The parts of the tab that live in the browser."""

from __future__ import annotations

from typing import Any, ClassVar

from apps._gallery.widget import Container, Widget


class SlidingWindow(Widget):
    """A kernel walks over a picture that the visitor draws, and each place becomes one number.

    To the browser: `picture`, rows of 0 and 1; `kernels`, each with its `name` and `weights`, three rows of three; and
    `start`, row and column of the place where the window stands at first. From it: nothing.
    """

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {"picture": {"type": "array"}, "kernels": {"type": "array"}, "start": {"type": "array"}},
    }


class NextDays(Widget):
    """Where to begin or go on, from what the visitor's browser keeps.

    To the browser: `days`, those that work, each with `day`, `label`, `title` and `minutes`. From it: nothing.
    """

    schema: ClassVar[dict[str, Any]] = {"type": "object", "properties": {"days": {"type": "array"}}}


class WeekMap(Widget):
    """Seventy days to choose from; weeks of which no day is written are folded.

    To the browser: `weeks`, each with its `number`, `title`, `written` and `days` (records of `list_days`); and
    `weekdays`, their names. From it: nothing, as its days are links.
    """

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {"weeks": {"type": "array"}, "weekdays": {"type": "array", "items": {"type": "string"}}},
    }


class DayPage(Container):
    """Around a day's page, which stands in place of the map while the address names a day.

    From the browser: the event `select` with `day`, until head and body say that they are that day's (`data-day`).
    """
