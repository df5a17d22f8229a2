"""Wasserstein: two piles of sand that never meet, and what a critic needs besides a good distance."""

from __future__ import annotations

from typing import Any

from apps._gallery.exhibit import Exhibit
from apps._gallery.glossary import explain


def compare_piles(first: list[float], second: list[float]) -> dict[str, Any]:
    """Compare two piles of sand on a line of places by the Jensen-Shannon divergence and the Wasserstein distance.

    Args:
        first: how much sand lies at each place, at most 1,000 places, nothing below 0, and some of it.
        second: the same of the other pile, at as many places. Each pile counts as a whole, whatever it weighs.

    Returns:
        `jensen_shannon`, in nats, at most ln 2; `wasserstein`, in places. `best_discriminator`: at each place the
        share of the first pile in the sand there; None where there is none. `best_critic`: a function of the place
        that climbs by at most 1 from each to the next, and whose means over both piles lie `wasserstein` apart.
        `carried`: how the second becomes the first with the least work, as from, to, and how much.
    """
    from apps.wasserstein.piles import measure_piles

    return measure_piles(first, second)


def play_critic_game(
    rule: str, start: float = 1.0, slope: float = 0.5, rate: float = 0.05, steps: int = 400
) -> dict[str, Any]:
    """Play the smallest GAN there is: all real data at 0, all generated at θ, and a critic f(x) = ψ·x.

    Args:
        rule: what bounds the critic: `none`, `penalty` (its slope is to be 1), `r1` (its slope is to be 0).
        start: θ before the first step, from -1,000 to 1,000.
        slope: ψ before the first step, the same.
        rate: the step size of both players, above 0 and at most 1.
        steps: from 1 to 10,000; both players move at once.

    Returns:
        `path`: θ and ψ at the start and after each step; `reaches`: the largest |θ| in the last quarter of it.
    """
    from apps.wasserstein.critics import follow_critic

    return follow_critic(rule, start, slope, rate, steps)


EXHIBIT = Exhibit(
    __name__,
    title="Wasserstein",
    claim="JS is blind at a distance",
    lead=f"**Drag a pile.** Where the two do not meet, {explain('Jensen–Shannon divergence', 'JS')} stays at ln 2; the "
    f"{explain('Wasserstein distance')} is how far the sand must be carried, and leads home.",
    order=30,
    days=("w6d4",),
    functions=(compare_piles, play_critic_game),
    shown=("piles.measure_piles", "critics.follow_critic"),
)
