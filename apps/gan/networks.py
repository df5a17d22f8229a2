"""What the training of the zoo's adversarial networks left."""

from __future__ import annotations

from typing import Any

from apps._networks import lives
from apps._networks.generators import describe_generator, list_generators
from apps._networks.lives import read_quality


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
