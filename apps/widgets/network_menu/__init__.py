"""Network menu: a native `<select>` in groups, where what cannot be had is greyed, and choosing may fetch."""

from __future__ import annotations

from typing import Any, ClassVar

from apps.widgets import Widget


class NetworkMenu(Widget):
    """Its value in Python is the chosen reference.

    To the browser, any of: `label`, `groups` (each `label` and `options`: `value`, `text`, `title`, `fetch`, `off`),
    `note` (a sentence below), `chosen`; and on the way of a download `fetching` with `done` and `total`, then
    `fetched`, or `refused` with a `problem`. From it, the events `input`; `select`, with `network`, when what was
    chosen has to be fetched; and `stop`.
    """

    schema: ClassVar[dict[str, Any]] = {"type": "object", "properties": {"chosen": {"type": ["string", "null"]}}}

    def preprocess(self, payload: Any) -> str | None:
        chosen = payload.get("chosen") if isinstance(payload, dict) else None
        return chosen if isinstance(chosen, str) else None
