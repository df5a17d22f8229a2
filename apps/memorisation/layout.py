"""What is where in the tab."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps.memorisation.parts import PerfectDenoiser


def layout() -> Sequence[gr.components.Component]:
    return [PerfectDenoiser(elem_id="memorisation-dots", elem_classes=["perfect-denoiser", "section"])]


def example() -> Sequence[Any]:
    from apps.memorisation.dots import describe_opening

    return [describe_opening()]
