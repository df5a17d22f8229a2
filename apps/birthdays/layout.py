"""What is where in the tab."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps.birthdays.counting import SIZES
from apps.birthdays.parts import BirthdayWall


def layout() -> Sequence[gr.components.Component]:
    return [BirthdayWall(elem_id="birthdays-wall", elem_classes=["birthday-wall", "section"])]


def example() -> Sequence[Any]:
    return [{"sizes": list(SIZES), "size": 1000}]
