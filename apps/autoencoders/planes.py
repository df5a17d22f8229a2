"""A plane of codes as it travels to a page: where the test digits lie, and a decoder that the page runs itself."""

from __future__ import annotations

import base64
import functools
from typing import Any

import numpy as np
import torch
from safetensors.torch import load
from torch import Tensor, nn

import zoo
from apps import _networks
from apps._inputs import BadInput
from apps.autoencoders.networks import count_numbers, describe_autoencoder, read_nats

OUTSIDE = 0.004
"""Share of the codes that may lie beyond either end of an axis."""
MARGIN = 0.04
"""Of the longer side, that is free around them."""


def read_codes(release: zoo.Release) -> dict[str, Tensor]:
    """Its `exhibit/codes.safetensors`: `mean` and `deviation`, N×D, and `labels`, N, of the test digits.

    Raises:
        BadInput: the release has too many numbers in its middle to carry them.
        DamagedRelease: the file is missing or differs from what was published.
    """
    if "exhibit/codes.safetensors" not in zoo.read_sums(release):
        raise BadInput(f"{release.name} carries no codes of test digits: choose a network with two numbers.")
    return load(zoo.read_file(release, "exhibit/codes.safetensors"))


def write_plane(reference: object) -> dict[str, Any]:
    """Codes and decoder of a network: `apps.autoencoders.describe_plane`."""
    release = describe_autoencoder(reference)
    if (numbers := count_numbers(release)) != 2:
        raise BadInput(f"{release.name} has {numbers} numbers in its middle: a plane has two.")
    return _write_plane(release.reference, release.digest)


@functools.lru_cache(maxsize=4)
def _write_plane(reference: str, digest: str) -> dict[str, Any]:
    release = zoo.describe(reference)
    codes = read_codes(release)
    low, high = find_frame(codes["mean"])
    layers = list_layers(_networks.load(reference))
    weights = torch.cat([part.detach().flatten() for layer in layers for part in (layer.weight, layer.bias)])
    return {
        "network": reference,
        "beta": read_nats(release)["beta"],
        "labels": write_base64(codes["labels"].numpy()),
        "codes": write_base64(codes["mean"].numpy().astype("<f2")),
        "low": low,
        "high": high,
        "widths": [layers[0].in_features, *(layer.out_features for layer in layers)],
        "weights": write_base64(weights.numpy().astype("<f2")),
    }


def list_layers(model: Any) -> list[nn.Linear]:
    """The decoder's linear layers, in their order."""
    return [layer for layer in model.decoder if isinstance(layer, nn.Linear)]


def find_frame(codes: Tensor) -> tuple[list[float], list[float]]:
    """Low and high end of both axes: a square, so that a circle is one, with all but few codes and a margin."""
    values = codes.double()
    low, high = (values.quantile(share, dim=0) for share in (OUTSIDE, 1 - OUTSIDE))
    middle, half = (low + high) / 2, float((high - low).max()) * (0.5 + MARGIN)
    return (middle - half).tolist(), (middle + half).tolist()


def write_base64(values: np.ndarray) -> str:
    return base64.b64encode(values.tobytes()).decode()
