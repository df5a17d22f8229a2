"""The zoo's style-based generators, and their weights as they travel to a page, which runs them itself."""

from __future__ import annotations

import functools
import json
from typing import Any

import numpy as np
import torch
from torch import Tensor

import zoo
from apps import _networks
from apps._networks.weights import write_weights

FAMILY = "stylegan"
OPENING = "stylegan.fashionmnist"
JUDGE = "lenet.fashionmnist"
"""Who says what a garment is."""


def describe_stylegan(reference: object) -> zoo.Release:
    """The style-based network of that name.

    Raises:
        BadInput: none was named, or it is another kind of network.
        UnknownName: the zoo has none of that name.
    """
    return _networks.describe_release(reference, (FAMILY,), "a style-based network", OPENING)


def load_stylegan(reference: object) -> Any:
    """One copy for all visitors, in evaluation mode.

    Raises:
        BadInput: none was named, or it is another kind of network.
        ZooError: there is none of that name, or it is damaged.
    """
    return _networks.load(describe_stylegan(reference).reference)


def find_missing() -> str:
    """A sentence that says how to make what the tab shows; "" where nothing is missing."""
    for name, command in ((OPENING, "training.stylegan"), (JUDGE, "training.lenet --dataset fashionmnist")):
        if name not in zoo.names():
            return f"The zoo holds no {name} yet. Make it: python -m {command}."
    return ""


def read_mixing(reference: object) -> dict[str, Any]:
    """What its layers decide, as its training measured it: `apps.stylegan.measure_styles`.

    Raises:
        BadInput: none was named, or it is another kind of network.
        ZooError: there is none of that name, or it is damaged.
    """
    release = describe_stylegan(reference)
    return {"network": release.reference, **json.loads(zoo.read_file(release, "exhibit/mixing.json"))}


def read_quality(name: str) -> dict[str, Any] | None:
    """`exhibit/quality.json` of an adversarial network with its count of `parameters`; None where it is not here."""
    if name not in zoo.names():
        return None
    release = zoo.describe(name)
    return {"network": release.reference, "parameters": release.parameters} | json.loads(
        zoo.read_file(release, "exhibit/quality.json")
    )


@functools.lru_cache(maxsize=2)
def write_generator(reference: str, digest: str) -> dict[str, Any]:
    """All that a page needs to synthesise pictures: `sides` and `channels` of the layers, and the weights.

    In their order: the constant; for each layer its convolution (none in the first), biases, noise's strengths, noise,
    and the affine map from w; then the map to a picture, and the mean w.
    """
    model: Any = _networks.load(reference)
    generator = model.generator
    parts = [generator.constant]
    for convolution, style in zip(generator.convolutions, generator.styles, strict=True):
        parts += [*convolution.parameters(), style.bias, style.strength, style.noise, *style.affine.parameters()]
    parts += [*generator.to_picture.parameters(), generator.mean_w]
    return {
        "network": reference,
        "code": model.code,
        "sides": [style.noise.shape[-1] for style in generator.styles],
        "channels": [len(style.bias) for style in generator.styles],
        "mapping": sum(isinstance(layer, torch.nn.Linear) for layer in generator.mapping),
        **write_weights(parts),
    }


def round_greys(picture: Tensor) -> np.ndarray:
    """A picture in 0..1, 1×H×W -> uint8 H×W×1, as it is shown and judged."""
    return (picture * 255).round().clamp(0, 255).byte().permute(1, 2, 0).numpy()
