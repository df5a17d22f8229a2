"""Birthdays: how many different pictures a generator has, counted by the first that comes twice."""

from __future__ import annotations

from typing import Any

from apps._gallery.exhibit import Exhibit


def find_birthday(modes: int) -> dict[str, Any]:
    """Compute when a generator of so many equally likely pictures repeats itself.

    Args:
        modes: how many different pictures it has, from 1 to a million.

    Returns:
        `likely`: after how many samples a duplicate is more likely than not; `rule`: the rule of thumb for that, 1.18
        √N, where 1.18 stands for √(2 ln 2). `probability`: of a duplicate among the first n samples, for n from 0 on
        until it is above 0.999.
    """
    from apps.birthdays.counting import follow_samples

    return follow_samples(modes)


def estimate_modes(samples: int, pairs: int = 1) -> dict[str, float]:
    """Estimate how many different pictures a generator has from how many pairs of its samples are alike.

    Args:
        samples: how many were looked at, from 2 to a million.
        pairs: how many pairs among them are alike, 1 or more.

    Returns:
        `modes`: n²/(2c), about; where pictures are not equally likely it stands for 1/Σp², in which favourites weigh
        heavily.
    """
    from apps.birthdays.counting import count_modes

    return count_modes(samples, pairs)


EXHIBIT = Exhibit(
    __name__,
    title="Birthdays",
    claim="Birthdays count modes",
    lead="**Draw pictures** from a generator that has only N of them, until one comes twice. After 1.18 √N that is "
    "likely: a few dozen samples, looked at with care, count a thousand modes.",
    order=60,
    days=("w6d7",),
    functions=(find_birthday, estimate_modes),
    shown=("counting.follow_samples", "counting.count_modes"),
)
