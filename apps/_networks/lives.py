"""What the training of an adversarial network left in its release: its life in frames, and how good it became."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import zoo


def read_training(release: zoo.Release) -> dict[str, Any]:
    """Its `exhibit/training.json`, as `training/_adversarial.py` describes it.

    Raises:
        DamagedRelease: the file is missing or differs from what was published.
    """
    return json.loads(zoo.read_file(release, "exhibit/training.json"))


def read_quality(release: zoo.Release) -> dict[str, Any]:
    """Its `exhibit/quality.json`, as its recipe describes it.

    Raises:
        DamagedRelease: the file is missing or differs from what was published.
    """
    return json.loads(zoo.read_file(release, "exhibit/quality.json"))


def tell_life(release: zoo.Release) -> dict[str, Any]:
    """What a page needs to scrub through it: `training.json`, and `pictures`, the frames' sheet as a data URL.

    Raises:
        DamagedRelease: a file is missing or differs from what was published.
    """
    frames = base64.b64encode(zoo.read_file(release, "exhibit/frames.webp")).decode()
    return {
        "network": release.reference,
        "pictures": f"data:image/webp;base64,{frames}",
        "data": re.sub("-smoke$", "", release.metric.dataset),
        **read_training(release),
    }
