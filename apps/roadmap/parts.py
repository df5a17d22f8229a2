"""The parts of the tab that live in the browser."""

from __future__ import annotations

from typing import Any, ClassVar

import gradio as gr

from apps._gallery.component import Quiet
from apps._gallery.widget import Widget, read_part


class WeekMap(Widget):
    """`{"weeks": [{"number", "title", "days": [...]}], "works", "count", "open": day}`."""

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "weeks": {"type": "array"},
            "works": {"type": "integer"},
            "count": {"type": "integer"},
            "open": {"type": "string"},
        },
    }


class DayPage(gr.HTML, metaclass=Quiet):
    """A context like `gr.Column`. Links `?tab=…` and `?day=…` in it, and buttons `data-copy` and `data-back`, work."""

    def __init__(self, **kwargs: Any):
        super().__init__(
            html_template="@children",
            css_template=read_part(type(self), "css"),
            js_on_load=read_part(type(self), "js"),
            apply_default_css=False,
            **kwargs,
        )
