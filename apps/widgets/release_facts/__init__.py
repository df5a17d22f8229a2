"""What to copy from a release and what to know of it; `select` asks for another version (`event.release`)."""

from __future__ import annotations

from typing import Any, ClassVar

from apps.widgets import Widget


class ReleaseFacts(Widget):
    """`load` and `command` are text to copy; `facts` and `making` are pairs of name and value."""

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "release": {"type": "string"},
            "versions": {"type": "array", "items": {"type": "string"}},
            "carried": {"type": "array"},
            "load": {"type": "string"},
            "command": {"type": "string"},
            "facts": {"type": "array"},
            "making": {"type": "array"},
        },
    }
