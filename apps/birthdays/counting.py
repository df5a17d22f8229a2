"""The birthday test. Arora and Zhang, "Do GANs actually learn the distribution?", https://arxiv.org/abs/1706.08224"""

from __future__ import annotations

import math
from typing import Any

from apps._inputs import BadInput

MOST = 1_000_000
SIZES = (10, 20, 50, 100, 200, 365, 500, 1000, 2000, 5000, 10_000, 20_000)
"""Generators that the page offers, by how many pictures they have."""
SURE = 0.999


def follow_samples(modes: int) -> dict[str, Any]:
    """The probability of a duplicate, sample by sample: `apps.birthdays.find_birthday`.

    Raises:
        BadInput: no such generator.
    """
    check_count(modes, 1, "A generator has 1 to 1,000,000 pictures.")
    probability, none = [0.0], 1.0
    while probability[-1] <= SURE:
        none *= 1 - (len(probability) - 1) / modes
        probability.append(1 - none)
    likely = next(samples for samples, share in enumerate(probability) if share > 0.5)
    return {"likely": likely, "rule": 1.18 * math.sqrt(modes), "probability": probability}


def count_modes(samples: int, pairs: int) -> dict[str, float]:
    """n²/(2c): `apps.birthdays.estimate_modes`.

    Raises:
        BadInput: too few samples, or more pairs than there are.
    """
    check_count(samples, 2, "Look at 2 to 1,000,000 samples.")
    most = samples * (samples - 1) // 2
    if not isinstance(pairs, int) or isinstance(pairs, bool) or not 1 <= pairs <= most:
        raise BadInput(f"{samples:,} samples make 1 to {most:,} pairs; at least one is alike.")
    return {"modes": samples**2 / (2 * pairs)}


def check_count(value: object, least: int, sentence: str) -> None:
    """Nothing, if it is a whole number from `least` to a million.

    Raises:
        BadInput: it is none, said in that sentence.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= MOST:
        raise BadInput(sentence)
