"""The parts of the tab that live in the browser."""

from __future__ import annotations

from typing import Any, ClassVar

import gradio as gr

from apps._gallery.component import Quiet
from apps._gallery.widget import Widget, read_part


class ReleaseTable(Widget):
    """`{"releases": [record with "text"], "open": reference}`; the records are those of `list_releases`."""

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {"releases": {"type": "array"}, "open": {"type": ["string", "null"]}},
    }


class ReleasePage(gr.HTML, metaclass=Quiet):
    """Holds the parts of the page; classes `release-head` and `release-card` are styled."""

    def __init__(self, **kwargs: Any):
        super().__init__(
            html_template="@children",
            css_template=read_part(type(self), "css"),
            js_on_load=None,
            apply_default_css=False,
            **kwargs,
        )


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


class TrainingCurve(Widget):
    """`{"release", "history": [{"epoch", "train_loss", "test_loss", ...}]}`, and perhaps `lr` and `seconds`."""

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {"release": {"type": "string"}, "history": {"type": "array", "items": {"type": "object"}}},
    }
