"""An upstream model as torchvision describes it, and where its weights are on this machine."""

from __future__ import annotations

import functools
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zoo._format import Metric
from zoo.preprocessing import Preprocessing

LICENCE = "BSD-3-Clause, as torchvision; trained on ImageNet-1K, whose pictures have terms of their own"


@dataclass(frozen=True)
class Upstream:
    """One of torchvision's classifiers, as torchvision describes it.

    Attributes:
        name: what `load` takes, like `"resnet50.imagenet"`.
        title: what its authors call it.
        builder: the name that `torchvision.models.get_model` takes.
        weights: the name that `torchvision.models.get_weight` takes.
        file: the weights file; eight digits of its name are the beginning of its SHA-256.
        sha256: all of that SHA-256, as the projects that pin this file publish it; "" where nobody does.
        mebibytes: size of the file.
        parameters: how many.
        gmacs: 10⁹ multiply-adds for one picture.
        accuracy: per cent right on ImageNet-1K's 50,000 validation pictures, one centre crop each.
        preprocessing: torchvision's own, from a picture to the tensor.
        convolutional: whether its layers are feature maps; a vision transformer has them only in its first layer.
    """

    name: str
    title: str
    builder: str
    weights: str
    file: str
    sha256: str
    mebibytes: float
    parameters: int
    gmacs: float
    accuracy: float
    preprocessing: Preprocessing
    convolutional: bool = True

    task = "image-classification"
    licence = LICENCE

    @property
    def reference(self) -> str:
        """As a release's; torchvision's weights have no versions here."""
        return self.name

    @property
    def digest(self) -> str:
        """What the SHA-256 of the file must begin with: all 64 digits, or those in its name."""
        return self.sha256 or self.file.rpartition("-")[2].partition(".")[0]

    @property
    def metric(self) -> Metric:
        """Published by torchvision; a fraction."""
        return Metric("accuracy", self.accuracy / 100, "imagenet", "validation", 50_000)

    @property
    def macs(self) -> int:
        """Multiply-adds for one picture, as torchvision rounds them."""
        return round(self.gmacs * 1e9)

    @property
    def bytes(self) -> int:
        """Size of the file, as torchvision rounds it."""
        return round(self.mebibytes * 2**20)

    @property
    def path(self) -> Path:
        """Where the file is once it has been fetched."""
        return folder() / self.file

    @property
    def is_here(self) -> bool:
        """Whether it has been fetched; `load` checks the bytes."""
        return self.path.is_file()

    @functools.cached_property
    def labels(self) -> list[str]:
        """The 1,000 words, in the order of the scores; reading them imports torchvision."""
        from torchvision.models import get_weight

        return list(get_weight(self.weights).meta["categories"])

    @functools.cached_property
    def config(self) -> dict[str, Any]:
        """What a release's `config.json` says under the same keys."""
        return {
            "name": self.name,
            "architecture": self.builder,
            "task": self.task,
            "labels": self.labels,
            "preprocessing": self.preprocessing.to_config(),
            "dataset": {"name": "imagenet", "title": "ImageNet", "source": "https://www.image-net.org"},
            "metrics": [asdict(self.metric)],
            "licence": self.licence,
        }


def folder() -> Path:
    """`torch.hub.get_dir()/checkpoints`, where torchvision keeps its weights; found without importing torch."""
    hub: Any = getattr(sys.modules.get("torch"), "hub", None)
    if hasattr(hub, "get_dir"):
        return Path(hub.get_dir()) / "checkpoints"
    home = os.environ.get("TORCH_HOME")
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "torch") if home is None else Path(home)
    return cache.expanduser() / "hub" / "checkpoints"


def shorten_path(path: Path) -> str:
    """A path with "~" for the home folder, so that a page does not show where that is."""
    return f"~/{path.relative_to(Path.home())}" if path.is_relative_to(Path.home()) else str(path)
