"""The zoo's autoencoders: which there are, and each as the tab uses it."""

from __future__ import annotations

import json
from typing import Any

import torch
from torch import Tensor

import zoo
from apps import _networks

FAMILIES = ("autoencoder", "vae")
"""Architectures with `encode`, to a code or to mean and log-variance, and `decode`, to logits."""
DATASET = "mnist"


def list_networks() -> list[zoo.Release]:
    """The autoencoders of digits that are here: small codes first, and the cheaper nats first."""
    releases = map(zoo.describe, zoo.names())
    found = [
        each for each in releases if each.architecture in FAMILIES and each.metric.dataset == DATASET and each.here
    ]
    return sorted(found, key=lambda each: (count_numbers(each), read_nats(each)["beta"], each.name))


def count_numbers(release: zoo.Release) -> int:
    """How many numbers stand in the middle."""
    return int(release.config["arguments"]["code"])


def read_nats(release: zoo.Release) -> dict[str, Any]:
    """Its `exhibit/nats.json`: `beta`, mean KL of the `dimensions`, and nats of the `classes`.

    Raises:
        DamagedRelease: the file is missing or differs from what was published.
    """
    return json.loads(zoo.read_file(release, "exhibit/nats.json"))


def describe_autoencoder(reference: object) -> zoo.Release:
    """The autoencoder of that name.

    Raises:
        BadInput: none was named, or it is no autoencoder.
        UnknownName: the zoo has none of that name.
    """
    return _networks.describe_release(reference, FAMILIES, "an autoencoder", "vae.mnist")


def load_autoencoder(reference: object) -> Any:
    """One copy for all visitors, in evaluation mode.

    Raises:
        BadInput: none was named, or it is no autoencoder.
        ZooError: there is none of that name, or it is damaged.
    """
    return _networks.load(describe_autoencoder(reference).reference)


def encode(model: Any, x: Tensor) -> tuple[Tensor, Tensor | None]:
    """N×1×28×28 -> codes, N×D, and log-variances, N×D, of a VAE; None of an autoencoder."""
    with _networks.TURN, torch.inference_mode():
        code = model.encode(x)
    return code if isinstance(code, tuple) else (code, None)


def decode(model: Any, code: Tensor) -> Tensor:
    """N×D -> logits, N×1×28×28."""
    with _networks.TURN, torch.inference_mode():
        return model.decode(code)
