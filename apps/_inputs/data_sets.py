"""Data sets on the machine that runs the gallery, where torchvision keeps them; nothing is downloaded or carried."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps._inputs.errors import BadInput

if TYPE_CHECKING:
    from torch import Tensor

TITLES = {"mnist": "MNIST", "fashionmnist": "Fashion-MNIST"}
_KINDS = {"mnist": "MNIST", "fashionmnist": "FashionMNIST"}


def data_folder() -> Path:
    """Where they lie: `TENWEEKS_DATA`, or `~/.cache/tenweeks/data`, as the recipes have it."""
    return Path(os.environ.get("TENWEEKS_DATA", "~/.cache/tenweeks/data")).expanduser()


def read_data_set(name: str, train: bool = False, digest: str = "") -> Tensor:
    """The pictures of a data set in its own order, uint8 N×28×28.

    Args:
        name: a key of `TITLES`.
        train: the training pictures; otherwise those for testing.
        digest: what a release's recipe has as the split's digest: they must be those very pictures and labels.

    Raises:
        BadInput: it is not here, is damaged, or is another one; the sentence says how to have it.
    """
    from torchvision import datasets

    title = TITLES[name]
    try:
        found: Any = getattr(datasets, _KINDS[name])(data_folder(), train=train, download=False)
    # torchvision reads a damaged file without looking: what it then stumbles over is of any kind.
    except Exception as error:
        raise BadInput(
            f"{title} is not on the machine that runs this gallery: run "
            f"python -c \"import training; training.load_dataset('{name}')\" there, which downloads it."
        ) from error
    if digest and digest != _digest(found.data, found.targets):
        raise BadInput(
            f"The {title} on the machine that runs this gallery is not the one of this release: put the official files "
            "there."
        )
    return found.data


def _digest(pictures: Tensor, labels: Tensor) -> str:
    """SHA-256 of the pixels in order, then of a byte for each label: as the recipes write it."""
    import torch

    digest = hashlib.sha256(pictures.contiguous().numpy().data)
    digest.update(labels.to(torch.uint8).numpy().data)
    return f"sha256:{digest.hexdigest()}"
