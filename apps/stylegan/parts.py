"""The parts of the tab that live in the browser."""

from __future__ import annotations

from apps._gallery.widget import Widget


class StyleGrid(Widget):
    """Mixes of four samples with five, at every crossing, which the page makes itself; and one of them layer by layer.

    To the browser: the worked example `{"generator": what networks.write_generator returns, "judge": what
    _networks.weights.write_lenet returns, "measured": what measure_styles returns, "rows" and "columns": seeds as text,
    "styles": what draw_style returns, by seed}`; later `{"asked": {"seeds": ...}, "styles": ...}` for the seeds that
    the event `select` asked for, or in their place a `problem`. `{"missing": a sentence}` where the zoo has none.
    """


class StyleLayers(Widget):
    """How a code becomes the chosen mix, layer by layer, and one channel's normalisation.

    It hears from the grid what the mix is, by the tab's event `stylegan-mix`. To the browser: `{"quality": what
    networks.read_quality returns, of networks that are compared}`.
    """
