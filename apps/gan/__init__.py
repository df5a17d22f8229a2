"""GAN: a game of two players instead of a loss, in two numbers and between two networks."""

from __future__ import annotations

from typing import Any

from apps._gallery.exhibit import Exhibit
from apps._gallery.glossary import explain


def follow_game(
    x: float, y: float, rule: str = "simultaneous", step_size: float = 0.1, steps: int = 100
) -> dict[str, Any]:
    """Follow two players of f(x, y) = x·y, one of whom lowers it by moving x, and the other raises it by moving y.

    Args:
        x: where the first begins, at most a million from 0.
        y: where the second begins, the same.
        rule: how they move: `simultaneous`, `alternating`, `extragradient` (both look a step ahead), or `penalty`
            (the second pays y²/2).
        step_size: η, above 0 and at most 1.
        steps: from 1 to 1,000.

    Returns:
        `path`: x and y at the start and after each step; `radius`: how far from (0, 0), where neither gains by moving,
        each of them is; `factor`: by how much a step multiplies that, at each step or on the average over many;
        `mean_radius`: how far the mean of all places is.
    """
    from apps.gan.game import follow_rule

    return follow_rule(x, y, rule, step_size, steps)


EXHIBIT = Exhibit(
    __name__,
    title="GAN",
    claim="A min-max game has no downhill",
    lead=f"**Drag the start** of the game of two numbers: each step follows the slope, and leads away. A "
    f"{explain('generator')} and a {explain('discriminator')} play the same game: **scrub** through their life.",
    order=20,
    days=("w6d3", "w6d4", "w6d7"),
    functions=(follow_game,),
    shown=("game.follow_rule",),
)
