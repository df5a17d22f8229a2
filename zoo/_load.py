"""From a release on disk to a model that is ready to use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zoo._errors import DamagedRelease
from zoo._registry import create
from zoo._releases import describe, read, verify

if TYPE_CHECKING:
    from torch import nn


def load(reference: str, root: Path | None = None) -> nn.Module:
    """Load `"lenet.mnist"` (its newest version) or `"lenet.mnist@v1"`, checking every file against the catalog.

    The module is in eval mode and float32 on the processor, and carries `release` (a `zoo.Release`),
    `labels` (list of str) and `preprocess` (picture -> float32 C×H×W).

    Raises:
        UnknownName: no such release or version.
        DamagedRelease: a file is missing or is not the one that was published; nothing was loaded.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load as parse

    from zoo.preprocessing import Preprocessing

    release = describe(reference, root)
    verify(release)
    with torch.random.fork_rng(devices=[]):
        model = create(release.architecture, **release.config["arguments"])
    try:
        weights = parse(read(release, "model.safetensors"))
        model.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in weights.items()}, strict=True)
    except (RuntimeError, SafetensorError) as error:
        raise DamagedRelease(f"{release.reference} does not fit its architecture {release.architecture}: {error}") from error
    model.release = release
    model.labels = release.config["labels"]
    model.preprocess = Preprocessing(**release.config["preprocessing"])
    return model.eval().requires_grad_(False)
