"""The table of releases: searched and sorted in the browser; `select` tells which was chosen (`event.release`)."""

from __future__ import annotations

from typing import Any, ClassVar

from apps.widgets import Widget


class ReleaseTable(Widget):
    """`{"releases": [record with "text"], "open": reference or None}`, None to leave the choice alone."""

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {"releases": {"type": "array"}, "open": {"type": ["string", "null"]}},
    }
