"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps.gan.game import list_rules
from apps.gan.parts import SaddleGame


def layout() -> Sequence[gr.components.Component]:
    with gr.Row(elem_id="gan-game", elem_classes="section"):
        with gr.Column(scale=2, min_width=330):
            game = SaddleGame(elem_classes="saddle-game")
        with gr.Column(scale=3, min_width=330):
            gr.Markdown("life")
    return [game]


def example() -> Sequence[Any]:
    return [{"rules": list_rules(), "rule": "simultaneous", "size": 0.1, "count": 100, "start": [1.0, 0.0]}]
