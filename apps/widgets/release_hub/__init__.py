"""Where a release lives on the Hub: `select` asks the Hub, `submit` reads one version back (`event.version`)."""

from __future__ import annotations

from typing import Any, ClassVar

from apps.widgets import Widget


class ReleaseHub(Widget):
    """`rows` are `{"version", "repo", "commit", "pinned", "state"}`; `note` is a sentence; `asks` shows the button.

    An answer needs `release` and what is new: `rows` and `note`, or `verdict` (`{"whole", "message"}`).
    """

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "release": {"type": "string"},
            "rows": {"type": "array"},
            "note": {"type": "string"},
            "asks": {"type": "boolean"},
            "verdict": {"type": ["object", "null"]},
        },
    }
