"""Forward passes of classifiers: loaded and warm, and timed."""

from __future__ import annotations

import time
import weakref
from typing import Any

import torch
from PIL import Image
from torch import Tensor

import zoo
from apps import _networks
from zoo import upstream

PASSES = 5
"""Of a network, at least, before a time is told."""
ENOUGH = 10
"""Milliseconds that the passes of one answer take at least: a quick pass is made often, as it is easily disturbed."""
_WARM: weakref.WeakSet[Any] = weakref.WeakSet()
"""Networks that have run since they were loaded."""
_FASTEST: weakref.WeakKeyDictionary[Any, tuple[int, float]] = weakref.WeakKeyDictionary()
"""Of a network how many passes were timed, and the milliseconds of the fastest."""


def measure_scores(model: Any, x: Tensor) -> tuple[Tensor, float]:
    """1×C×H×W -> a score for each label, and the milliseconds of the fastest pass of this network so far.

    Whatever else the machine does makes a pass slower and never faster, so the fastest counts, of five or more; it can
    only fall. While it is timed no other pass of ours runs.
    """
    with _networks.TURN, torch.inference_mode():
        passes, fastest = _FASTEST.get(model, (0, float("inf")))
        spent = 0.0
        while passes < PASSES or spent < ENOUGH:
            start = time.perf_counter()
            scores = model(x)[0]  # one number per label
            took = 1000 * (time.perf_counter() - start)
            passes, spent, fastest = passes + 1, spent + took, min(fastest, took)
        _FASTEST[model] = passes, fastest
    return scores, fastest


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
