"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps._gallery.exhibit import listen
from apps._inputs import BadInput
from apps.stylegan import draw_style, measure_styles
from apps.stylegan.parts import StyleGrid, StyleLayers

ROWS, COLUMNS = (43, 26, 32, 24), (0, 36, 22, 31, 12)
"""Seeds of the samples on which the tab opens, four at the left and five above: nine kinds of garment, chosen by eye
from seeds 0 to 59."""
COMPARED = "dcgan.fashionmnist"
"""The network that `stylegan.fashionmnist` stands beside."""


def layout() -> Sequence[gr.components.Component]:
    grid = StyleGrid(elem_id="stylegan-mixing", elem_classes=["style-grid", "section"])
    layers = StyleLayers(elem_id="stylegan-layers", elem_classes=["style-layers", "ruled", "section"])
    listen([grid.select], fetch_styles, [], [grid])
    return [grid, layers]


def fetch_styles(event: gr.EventData) -> dict[str, Any]:
    """Styles of the seeds that the page asks for, or in one sentence why there are none."""
    seeds: Any = getattr(event, "seeds", None)
    asked = seeds[:9] if isinstance(seeds, list) else []
    try:
        return {"asked": {"seeds": asked}, "styles": draw_styles(asked)}
    except BadInput as refusal:
        return {"asked": {"seeds": asked}, "problem": str(refusal)}


def draw_styles(seeds: Sequence[Any]) -> dict[str, Any]:
    """What `draw_style` returns for each seed, which is text."""
    return {str(seed): draw_style(seed) for seed in seeds}


def example() -> Sequence[Any]:
    import zoo
    from apps._networks.weights import write_lenet
    from apps.stylegan.networks import JUDGE, OPENING, find_missing, read_quality, write_generator

    if missing := find_missing():
        return [{"missing": missing}, {"missing": missing}]
    generator, judge = zoo.describe(OPENING), zoo.describe(JUDGE)
    rows, columns = ([str(seed) for seed in seeds] for seeds in (ROWS, COLUMNS))
    grid = {
        "generator": write_generator(generator.reference, generator.digest),
        "judge": write_lenet(judge.reference, judge.digest),
        "measured": measure_styles(),
        "rows": rows,
        "columns": columns,
        "styles": draw_styles([*rows, *columns]),
    }
    return [grid, {"quality": [each for each in map(read_quality, (COMPARED, OPENING)) if each]}]
