"""The parts of the tab that live in the browser."""

from __future__ import annotations

from apps._gallery.widget import Widget


class TwoPiles(Widget):
    """Two piles that are dragged, what divergence and distance say of them, and the best judge of either kind.

    To the browser: `{"places": of the line, "real": grains, "at": its first place, "shapes": key, name and `grains` of
    what the generated pile may look like, "shape": the key of one, "generated_at": its first place}`.
    """


class CriticsGame(Widget):
    """The smallest GAN under three bounds. To the browser: `{"rules": key and name, "start": θ and ψ, "rate": of both
    players, "count": steps}`."""
