"""The parts of the tab that live in the browser."""

from __future__ import annotations

from typing import Any, ClassVar

from apps._gallery.widget import Container, Widget


class ReleasePlot(Widget):
    """Accuracy against multiply-adds: `panels`, one for each test set, of `comparison.describe_plot`; `open` is the
    release that is shown, and `names` are those that a link may ask for. From it: the event `select` with `release`.
    """

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "panels": {"type": "array", "items": {"type": "object"}},
            "names": {"type": "array", "items": {"type": "string"}},
            "open": {"type": ["string", "null"]},
        },
    }


class ReleaseTable(Widget):
    """`{"releases": [record with "text"], "open": reference}`; the records are those of `list_releases`."""

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {"releases": {"type": "array"}, "open": {"type": ["string", "null"]}},
    }


class ReleasePage(Container):
    """Around the page of a release; classes `release-head` and `release-card` are styled."""


class ReleaseFacts(Widget):
    """How a release is loaded, what it is, and how it was made.

    To the browser: `load` and `command`, text to copy; `facts` and `making`, pairs of name and value; `versions`, and
    of those that can be opened, `reachable`, the `version` and its `release`. From it: the event `select` with
    `release`.
    """

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "release": {"type": "string"},
            "versions": {"type": "array", "items": {"type": "string"}},
            "reachable": {"type": "array"},
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
    """`rows` are `{"version", "repo", "commit", "pinned", "state"}`; `note` is a sentence; `opens` a release.

    An answer needs `release` and what is new: `rows` and `note`, or `verdict` (`{"whole", "message"}`).
    """

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "release": {"type": "string"},
            "rows": {"type": "array"},
            "note": {"type": "string"},
            "opens": {"type": "boolean"},
            "verdict": {"type": ["object", "null"]},
        },
    }


class TrainingCurve(Widget):
    """`{"release", "history": [{"epoch", "train_loss", "test_loss", ...}]}`, and perhaps `lr` and `seconds`; and the
    `spans` and `notes` of `curves.explain_curve`.
    """

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "release": {"type": "string"},
            "history": {"type": "array", "items": {"type": "object"}},
            "spans": {"type": "array", "items": {"type": "object"}},
            "notes": {"type": "array", "items": {"type": "string"}},
        },
    }
