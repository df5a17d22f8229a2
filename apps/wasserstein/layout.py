"""What is where in the tab."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps.wasserstein.critics import RULES
from apps.wasserstein.parts import CriticsGame, TwoPiles
from apps.wasserstein.piles import PLACES, REAL, SHAPES


def layout() -> Sequence[gr.components.Component]:
    piles = TwoPiles(elem_id="wasserstein-piles", elem_classes=["two-piles", "section"])
    game = CriticsGame(elem_id="wasserstein-critic", elem_classes=["critics-game", "ruled", "section"])
    return [piles, game]


def example() -> Sequence[Any]:
    shapes = [{"key": key, "name": name, "grains": grains} for key, (name, grains) in SHAPES.items()]
    piles = {"places": PLACES, "real": REAL, "at": 6, "shapes": shapes, "shape": "pile", "generated_at": 15}
    rules = [{"key": key, "name": name} for key, (name, _) in RULES.items()]
    return [piles, {"rules": rules, "start": [1.0, 0.5], "rate": 0.05, "count": 400}]
