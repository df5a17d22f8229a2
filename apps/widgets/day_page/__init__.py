"""A day's page: holds what Python fills in, and makes its links open tabs and days without a reload."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from apps._component import Quiet

_FOLDER = Path(__file__).parent


class DayPage(gr.HTML, metaclass=Quiet):
    """A context like `gr.Column`. Links `?tab=…` and `?day=…` in it, and buttons `data-copy` and `data-back`, work."""

    def __init__(self, **kwargs: Any):
        super().__init__(
            html_template="@children",
            css_template=(_FOLDER / "day_page.css").read_text(),
            js_on_load=(_FOLDER / "day_page.js").read_text(),
            apply_default_css=False,
            **kwargs,
        )
