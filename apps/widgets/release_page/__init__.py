"""A release's page below the table: a context like `gr.Column` that gives head and card their style."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from apps._component import Quiet

_FOLDER = Path(__file__).parent


class ReleasePage(gr.HTML, metaclass=Quiet):
    """Holds the parts of the page; classes `release-head` and `release-card` are styled."""

    def __init__(self, **kwargs: Any):
        super().__init__(
            html_template="@children",
            css_template=(_FOLDER / "release_page.css").read_text(),
            js_on_load=None,
            apply_default_css=False,
            **kwargs,
        )
