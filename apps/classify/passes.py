"""Forward passes of classifiers: loaded and warm, timed, and turned into probabilities."""

from __future__ import annotations

import time
import weakref
from statistics import median
from typing import Any

import torch
from PIL import Image
from torch import Tensor

import zoo
from apps import _networks
from zoo import upstream

_WARM: weakref.WeakSet[Any] = weakref.WeakSet()
"""Networks that have run since they were loaded."""


def measure_probabilities(model: Any, x: Tensor) -> tuple[Tensor, float]:
    """1×C×H×W -> a probability for each label, and the milliseconds of one forward pass.

    A quick pass is easily disturbed, so it is made up to five times, and the middle time counts.
    """
    times: list[float] = []
    with _networks.TURN, torch.inference_mode():
        while not times or (len(times) < 5 and sum(times) < 10):
            start = time.perf_counter()
            scores = model(x)[0]  # one number per label
            times.append(1000 * (time.perf_counter() - start))
    return scores.double().softmax(0), median(times)  # positive numbers that add up to 1


def load_classifier(reference: str) -> Any:
    """A network that classifies pictures, which has run once: the first pass also allocates and picks its kernels.

    Raises:
        ZooError: there is none of that name, it cannot be had, or it does not classify pictures.
    """
    network = _networks.describe(reference)
    known = [*(release.name for release in _networks.classifiers()), *upstream.names()]
    if network.name not in known:
        raise zoo.ZooError(f"{network.reference} does not classify pictures; these do: {', '.join(known)}.")
    model: Any = _networks.load(network.reference)
    with _networks.TURN, torch.inference_mode():
        if model not in _WARM:
            model(model.preprocess(Image.new("L", (1, 1)))[None])
            _WARM.add(model)
    return model
