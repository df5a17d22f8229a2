"""The table of releases: searched and sorted in the browser; `select` tells which was chosen (`event.release`)."""

from __future__ import annotations

from typing import Any, ClassVar

from apps.widgets import Widget


class ReleaseTable(Widget):
    """`{"releases": [record with "text"], "open": reference}`; the records are those of `list_releases`."""

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {"releases": {"type": "array"}, "open": {"type": ["string", "null"]}},
    }
