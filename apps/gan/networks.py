"""The zoo's adversarial networks: which there are, each as the tab uses it, and what its training left."""

from __future__ import annotations

from typing import Any

import zoo
from apps import _networks
from apps._inputs import BadInput
from apps._networks import lives
from apps._networks.lives import read_quality

FAMILIES = ("gan", "dcgan", "wgan")
"""Architectures with `generate`, from codes to pictures in 0..1, and `score`, a number for each picture."""
OPENING = "gan.mnist"


def list_generators() -> list[zoo.Release]:
    """The adversarial networks that are here: those of digits first, the plain ones before their variants."""
    releases = [zoo.describe(name) for name in zoo.names()]
    found = [each for each in releases if each.architecture in FAMILIES and each.here]
    return sorted(found, key=lambda each: (each.name != OPENING, "mnist" not in each.name.split(".")[1:], each.name))


def describe_generator(reference: object) -> zoo.Release:
    """The adversarial network of that name.

    Raises:
        BadInput: none was named, or it is another kind of network.
        UnknownName: the zoo has none of that name.
    """
    if not isinstance(reference, str) or not reference:
        raise BadInput(f"Name an adversarial network first, like {OPENING}.")
    release = zoo.describe(reference)
    if release.architecture not in FAMILIES:
        raise BadInput(f"{release.reference} is no adversarial network: choose one like {OPENING}.")
    return release


def load_generator(reference: object) -> Any:
    """One copy for all visitors, in evaluation mode.

    Raises:
        BadInput: none was named, or it is another kind of network.
        ZooError: there is none of that name, or it is damaged.
    """
    return _networks.load(describe_generator(reference).reference)


def tell_life(reference: object) -> dict[str, Any]:
    """What a network's training left: `apps.gan.describe_life`."""
    return lives.tell_life(describe_generator(reference))


def compare_quality() -> list[dict[str, Any]]:
    """A row for each network: `network`, and of its quality what a table shows."""
    keys = ("frechet", "frechet_by_seed", "frechet_floor", "precision", "recall", "entropy", "samples", "classifier")
    rows = []
    for release in list_generators():
        quality = read_quality(release)
        rarest = min(quality["classes"], key=lambda each: each["share"])
        nearest = sorted(each["distance"] for each in quality["nearest"])
        rows.append(
            {
                "network": release.reference,
                **{key: quality[key] for key in keys},
                "rarest": rarest,
                "nearest": nearest[len(nearest) // 2],
                "nearest_typical": quality["nearest_typical"],
            }
        )
    return rows
