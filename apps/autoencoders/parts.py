"""The parts of the tab that live in the browser."""

from __future__ import annotations

from apps._gallery.widget import Widget


class LatentPlanes(Widget):
    """Decodes codes of two planes under the pointer, in the browser.

    To the browser: the worked example `{"planes": two that describe_plane returns, "holes": what measure_holes returns
    for each of them, "networks": reference and `beta` of every VAE that the slider reaches, "digits": the two between
    which one walks}`; then `{"digit": ...}`, the visitor's, as `opening.place_digit` makes it, or None; or
    `{"plane": ..., "holes": ...}` of the network that the event `select` asked for by its `network`. `{"missing": a
    sentence}` where the zoo has none.
    """


class CodeCosts(Widget):
    """Draws `{"networks": what opening.describe_costs returns, "digit": what opening.weigh_digit returns}`; later
    `{"digit": ...}` alone."""


class DimensionPrices(Widget):
    """Draws `{"linear": what linear.describe_linear returns, "measured": mean KL of each dimension of a network}`."""
