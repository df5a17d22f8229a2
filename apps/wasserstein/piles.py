"""Two distributions on places of a line: the Jensen-Shannon divergence and the Wasserstein distance between them."""

from __future__ import annotations

import math
from typing import Any

from apps._inputs import BadInput

MOST_PLACES = 1000
PLACES = 30
"""Of the page's line."""
REAL = [2, 4, 2]
"""Grains of the real pile, from its first place on: as many as in each of `SHAPES`."""
SHAPES = {
    "pile": ("a pile", [2, 4, 2]),
    "heaps": ("two heaps", [1, 2, 1, 0, 0, 0, 0, 0, 1, 2, 1]),
    "flat": ("spread out", [1, 1, 1, 1, 1, 1, 1, 1]),
    "column": ("collapsed", [8]),
}
"""What the generated pile may look like: a name, and its grains."""


def measure_piles(first: list[float], second: list[float]) -> dict[str, Any]:
    """Compare two piles of sand: `apps.wasserstein.compare_piles`.

    Raises:
        BadInput: a pile is empty, has less than nothing somewhere, or they lie on lines of different lengths.
    """
    import torch

    from from_scratch.generative import adversarial_value, best_discriminator

    p, q = (torch.tensor(check_pile(pile), dtype=torch.float64) for pile in (first, second))
    if len(p) != len(q):
        raise BadInput(f"The piles lie on {len(p):,} and {len(q):,} places: give both the same line.")
    p, q = p / p.sum(), q / q.sum()
    d = best_discriminator(p, q)
    missing = (p - q).cumsum(0)[:-1]  # that has to come from the right of each gap between two places
    critic = torch.cat([torch.zeros(1, dtype=torch.float64), (-missing.sign()).cumsum(0)])
    return {
        "jensen_shannon": (adversarial_value(p, q, d).item() + math.log(4)) / 2,
        "wasserstein": missing.abs().sum().item(),
        "best_discriminator": [
            share if sand > 0 else None for share, sand in zip(d.tolist(), (p + q).tolist(), strict=True)
        ],
        "best_critic": (critic - critic.min()).tolist(),
        "carried": carry_in_order(q.tolist(), p.tolist()),
    }


def check_pile(pile: list[float]) -> list[float]:
    """The pile, if it is one.

    Raises:
        BadInput: it is none.
    """
    numbers = isinstance(pile, list) and all(
        isinstance(sand, int | float) and not isinstance(sand, bool) and math.isfinite(sand) for sand in pile
    )
    if not numbers or not 1 <= len(pile) <= MOST_PLACES:
        raise BadInput(f"A pile is a list of 1 to {MOST_PLACES:,} numbers, one for each place.")
    if min(pile) < 0 or not 0 < sum(pile) <= 1e12:
        raise BadInput("A pile has some sand, and nowhere less than nothing.")
    return pile


def carry_in_order(source: list[float], target: list[float]) -> list[list[float]]:
    """The least work on a line: the grains keep their order. From, to, and how much, from left to right.

    Args:
        source, target: of one length, each adding up to 1.
    """
    carried: list[list[float]] = []
    left, need, to = list(source), list(target), 0
    for start in range(len(left)):
        while left[start] > 1e-12 and to < len(need):
            amount = min(left[start], need[to])
            if amount > 1e-12:
                carried.append([start, to, amount])
            left[start] -= amount
            need[to] -= amount
            if need[to] <= 1e-12:
                to += 1
    return carried
