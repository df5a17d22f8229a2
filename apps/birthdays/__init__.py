"""Birthdays: how many different pictures a generator has, counted by the first that comes twice."""

from __future__ import annotations

from typing import Any

from apps._gallery.exhibit import Exhibit
from apps._gallery.glossary import explain


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


def find_closest_pairs(
    network: str = "gan.mnist", samples: int = 100, seed: int = 0, real: bool = False
) -> dict[str, Any]:
    """Find those of a generator's samples that are most alike, so that a person can say which are the same picture.

    Args:
        network: an adversarial network of the zoo.
        samples: how many are drawn, from 2 to 1,000.
        seed: from 0 to 2⁶³ − 1; the same seed gives the same samples.
        real: compare as many of the test pictures of its data set instead, where the gallery's machine has that.

    Returns:
        `pairs`: the twenty closest, or all if there are fewer, closest first, each with both `pictures`, PNG data URLs,
        their `places` among the samples and their `distance` in the features of `classifier`. `typical`: in these
        features, how far a real test picture lies from the nearest training picture, at the median. `data`: the set
        that the network learned from.
    """
    from apps.birthdays.pairs import find_pairs

    return find_pairs(network, samples, seed, real)


EXHIBIT = Exhibit(
    __name__,
    title="Birthdays",
    claim="Birthdays count modes",
    lead=f"**Draw pictures** from a {explain('generator')} that has only N of them, until one comes twice. After "
    "1.18 √N that is likely. **Then judge real ones**: ten samples give a collapsed one away.",
    order=60,
    days=("w6d7",),
    functions=(find_birthday, estimate_modes, find_closest_pairs),
    shown=("counting.follow_samples", "counting.count_modes", "pairs.find_pairs", "pairs.select_closest"),
)
