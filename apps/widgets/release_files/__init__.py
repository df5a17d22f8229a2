"""The files of a release with their hashes; `submit` asks for all of them to be hashed again (`event.release`)."""

from __future__ import annotations

from typing import Any, ClassVar

from apps.widgets import Widget


class ReleaseFiles(Widget):
    """`files` are `{"file", "bytes", "text", "sha256"}`; an answer needs `release` and `verdict` only."""

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "release": {"type": "string"},
            "files": {"type": "array"},
            "verdict": {"type": ["object", "null"]},
        },
    }
