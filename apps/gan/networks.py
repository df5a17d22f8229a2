"""What the training of the zoo's adversarial networks left."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import zoo
from apps._networks.generators import describe_generator, list_generators, read_quality


def read_training(release: zoo.Release) -> dict[str, Any]:
    """Its `exhibit/training.json`, as `training/_adversarial.py` describes it.

    Raises:
        DamagedRelease: the file is missing or differs from what was published.
    """
    return json.loads(zoo.read_file(release, "exhibit/training.json"))


def tell_life(reference: object) -> dict[str, Any]:
    """What a network's training left: `apps.gan.describe_life`."""
    release = describe_generator(reference)
    frames = base64.b64encode(zoo.read_file(release, "exhibit/frames.webp")).decode()
    return {
        "network": release.reference,
        "pictures": f"data:image/webp;base64,{frames}",
        "data": re.sub("-smoke$", "", release.metric.dataset),
        **read_training(release),
    }


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
