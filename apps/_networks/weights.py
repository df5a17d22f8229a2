"""A network's weights as they travel to a page, which runs the network itself by kit/layers.js."""

from __future__ import annotations

import base64
import functools
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from apps import _networks


def write_weights(parts: Sequence[Tensor]) -> dict[str, Any]:
    """Numbers one after the other in base64, little-endian: `half`, float16, where that keeps each of them."""
    values = torch.cat([part.detach().flatten() for part in parts])
    half = torch.equal(values.half().float(), values)
    written = values.numpy().astype("<f2" if half else "<f4").tobytes()
    return {"weights": base64.b64encode(written).decode(), "half": half}


@functools.lru_cache(maxsize=2)
def write_lenet(reference: str, digest: str) -> dict[str, Any]:
    """A LeNet-5 of one channel for `kit.readLeNet`: its `labels`, how a grey is normalised, the weights."""
    model: Any = _networks.load(reference)
    [mean], [deviation] = model.preprocess.mean, model.preprocess.std
    return {
        "network": reference,
        "labels": list(model.labels),
        "mean": mean,
        "deviation": deviation,
        **write_weights(list(model.parameters())),
    }
