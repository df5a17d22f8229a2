"""Data sets by name, as tensors in memory, and the augmentations that run on whole batches.

A data set lives where torchvision keeps it: under `--data`, or `TENWEEKS_DATA`, or `~/.cache/tenweeks/data`.
What is absent is downloaded by torchvision, which checks the official MD5 sums.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from torch import Tensor
from torch.utils.data import Dataset as TorchDataset


@dataclass(frozen=True)
class Dataset:
    """Images as uint8 N×C×H×W and labels as int64 N, for training and for testing."""

    name: str
    title: str
    licence: str
    source: str
    labels: list[str]
    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def digests(self) -> dict[str, str]:
        """SHA-256 of each split: the raw pixels in order, then the labels as one byte each."""
        result = {}
        for split, images, labels in (
            ("train", self.train_images, self.train_labels),
            ("test", self.test_images, self.test_labels),
        ):
            digest = hashlib.sha256(images.contiguous().numpy().data)
            digest.update(labels.to(torch.uint8).numpy().data)
            result[split] = f"sha256:{digest.hexdigest()}"
        return result

    def select_classes(self, labels: Sequence[str]) -> Dataset:
        """The pictures of these classes alone, renumbered in the order given; `cifar10` becomes `cifar10-8class`.

        Raises:
            ValueError: a class that the set has not.
        """
        places = torch.full((len(self.labels),), -1)
        places[[self.labels.index(label) for label in labels]] = torch.arange(len(labels))
        train, test = places[self.train_labels], places[self.test_labels]
        return replace(
            self,
            name=f"{self.name}-{len(labels)}class",
            title=f"{self.title}, {len(labels)} of its {len(self.labels)} classes",
            labels=list(labels),
            train_images=self.train_images[train >= 0],
            train_labels=train[train >= 0],
            test_images=self.test_images[test >= 0],
            test_labels=test[test >= 0],
        )

    @property
    def about(self) -> dict[str, str]:
        """The fields that a model card has of the data."""
        return {"name": self.name, "title": self.title, "licence": self.licence, "source": self.source}

    def normalise(self, images: Tensor) -> Tensor:
        """uint8 N×C×H×W in 0..255 -> float32 with the training set's mean 0 and standard deviation 1 per channel."""
        mean = torch.tensor(self.mean, device=images.device).view(1, -1, 1, 1)
        std = torch.tensor(self.std, device=images.device).view(1, -1, 1, 1)
        return (images.float() / 255 - mean) / std


class Rows(TorchDataset):
    """(images, labels) for a `DataLoader` that fetches a whole batch with one index operation."""

    def __init__(self, images: Tensor, labels: Tensor):
        self.images, self.labels = images, labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.images[index], self.labels[index]

    def __getitems__(self, indices: list[int]) -> tuple[Tensor, Tensor]:
        return self.images[indices], self.labels[indices]

    @staticmethod
    def collate(batch: Any) -> Any:
        """The batch as it is: `__getitems__` has stacked it."""
        return batch


def load_dataset(name: str, root: Path, smoke: bool = False) -> Dataset:
    """The data set called `name` from the folder `root`; with `smoke`, a small generated one of the same shape.

    Raises:
        SystemExit: the set is neither there nor downloadable; the sentence says where it was looked for.
    """
    if smoke:
        return _generate_dataset(name)
    try:
        return _SETS[name](root)
    except (OSError, RuntimeError) as error:
        reason = " ".join(str(error).split())  # torchvision's has a line per address
        raise SystemExit(
            f"{name} is not in {root} and could not be downloaded ({reason}): "
            "put it there or name another folder with --data."
        ) from error


def _read_idx_files(
    name: str, title: str, licence: str, source: str, labels: list[str] | None
) -> Callable[[Path], Dataset]:
    """A reader of MNIST, or of a set that shares its file format."""

    def read(root: Path) -> Dataset:
        from torchvision import datasets

        kind = getattr(datasets, name)
        train, test = kind(root, train=True, download=True), kind(root, train=False, download=True)
        mean, std = _STATISTICS[name.lower()]
        return Dataset(
            name.lower(), title, licence, source, labels or [c.split(" - ")[0] for c in train.classes],
            train.data[:, None], train.targets, test.data[:, None], test.targets, mean, std,
        )  # fmt: skip

    return read


def _read_cifar10(root: Path) -> Dataset:
    """CIFAR-10 from the archive that its authors publish, or from the rebuilt one."""
    from torchvision import datasets

    class CIFAR10(datasets.CIFAR10):
        """Also accepts the rebuilt archive, whose pickles cannot have the official MD5 sums; those are pinned below."""

        def _check_integrity(self) -> bool:
            return super()._check_integrity() or _is_rebuilt_cifar10(Path(self.root) / self.base_folder)

        def _load_meta(self) -> None:
            self.classes = _CIFAR10_LABELS

    train, test = CIFAR10(root, train=True, download=True), CIFAR10(root, train=False)
    mean, std = _STATISTICS["cifar10"]
    return Dataset(
        "cifar10", "CIFAR-10", "no formal licence; cite Krizhevsky 2009", "https://www.cs.toronto.edu/~kriz/cifar.html",
        _CIFAR10_LABELS,
        torch.from_numpy(train.data).permute(0, 3, 1, 2).contiguous(), torch.tensor(train.targets),
        torch.from_numpy(test.data).permute(0, 3, 1, 2).contiguous(), torch.tensor(test.targets),
        mean, std,
    )  # fmt: skip


_CIFAR10_LABELS = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]

# A pickle runs code when it is opened, so only these very bytes pass for the rebuilt set.
_REBUILT_CIFAR10 = {
    "data_batch_1": "6f68051b9945e001819ff930ca3f1b2c9724487201a07d19f9afb994531f5b4f",
    "data_batch_2": "02b8a24737edc9ac6e4a40fcd7ea042b3626d79a93cffcf52b6588eebfd10fdb",
    "data_batch_3": "438fafeaf4116dbc10ef9d1b76ec8d160f66eff4e23389a2883c51b1be8e389c",
    "data_batch_4": "7d5827a2ad86b251a6832a99d30281b7d18f84a472b9651efa13268289f74d36",
    "data_batch_5": "11f23678fd462c2c41d1faed42a502fe7eda086c4fbe61e3cb40f8b0ebc84f5e",
    "test_batch": "ce0c464af79c57fd75a5f688384343fe991205aec91beaa511620ab61fc91b70",
}


def _is_rebuilt_cifar10(folder: Path) -> bool:
    """Whether the folder holds the rebuilt archive, by the SHA-256 of each file."""
    try:
        return all(
            hashlib.sha256((folder / file).read_bytes()).hexdigest() == digest
            for file, digest in _REBUILT_CIFAR10.items()
        )
    except OSError:
        return False


_HORSES = "https://efrosgans.eecs.berkeley.edu/cyclegan/datasets/horse2zebra.zip"
_HORSES_SUM = "e76f449c7f626b9ccd6e65af0ee5455146ba62be5bc64ffc87e1dd2bc991de4e"
"""SHA-256 of the list of its files: a line of path, bytes and SHA-256 for each, with tabs between, by path."""


def _read_unpaired(name: str, title: str, licence: str, source: str) -> Callable[[Path], Dataset]:
    """A reader of two kinds of photographs, A and B, in CycleGAN's folders; 64×64, the labels 0 for A and 1 for B."""

    def read(root: Path) -> Dataset:
        folder = root / name
        if name == "horse2zebra":
            _fetch_horses(root)
        if not folder.is_dir():
            raise FileNotFoundError(f"no folder {folder}")
        splits = []
        for split in ("train", "test"):
            kinds = [sorted((folder / f"{split}{kind}").glob("*.jpg")) for kind in "AB"]
            pictures = [_read_square(path) for paths in kinds for path in paths]
            splits.append((torch.stack(pictures), torch.tensor([0] * len(kinds[0]) + [1] * len(kinds[1]))))
        train, test = splits
        return Dataset(name, title, licence, source, name.split("2"), *train, *test, *_HALVES)

    return read


def _read_square(path: Path, size: int = 64) -> Tensor:
    """The middle square of a photograph, uint8 3×size×size."""
    picture = ImageOps.fit(Image.open(path).convert("RGB"), (size, size), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)


def _fetch_horses(root: Path) -> None:
    """Download and unpack horse2zebra where it is not there, and compare every file with the official ones.

    Raises:
        RuntimeError: a file is missing, is too many, or is another one.
    """
    from torchvision.datasets.utils import download_and_extract_archive

    folder = root / "horse2zebra"
    if not folder.is_dir():
        download_and_extract_archive(_HORSES, root)
    lines = []
    for path in sorted(folder.glob("*/*.jpg")):
        content = path.read_bytes()
        lines.append(f"{path.relative_to(folder)}\t{len(content)}\t{hashlib.sha256(content).hexdigest()}\n")
    if hashlib.sha256("".join(lines).encode()).hexdigest() != _HORSES_SUM:
        raise RuntimeError(f"the {len(lines):,} files in {folder} are not the 2,661 official ones")


_HALVES = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
_STATISTICS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "mnist": ((0.1307,), (0.3081,)),
    "fashionmnist": ((0.2860,), (0.3530,)),
    "cifar10": ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
}

_SETS: dict[str, Callable[[Path], Dataset]] = {
    "mnist": _read_idx_files("MNIST", "MNIST", "CC BY-SA 3.0", "http://yann.lecun.com/exdb/mnist/", None),
    "fashionmnist": _read_idx_files(
        "FashionMNIST", "Fashion-MNIST", "MIT", "https://github.com/zalandoresearch/fashion-mnist", None
    ),
    "cifar10": _read_cifar10,
    "daisy2sunflower": _read_unpaired(
        "daisy2sunflower",
        "Daisies and sunflowers",
        "Flickr photographs, mostly CC BY 2.0",
        "https://github.com/martinwestin/flower_classification",
    ),
    "horse2zebra": _read_unpaired(
        "horse2zebra", "Horses and zebras", "ImageNet photographs, for research", "https://junyanz.github.io/CycleGAN/"
    ),
}


def _generate_dataset(name: str) -> Dataset:
    """Patterns of coarse noise, one per class, each picture with fresh noise on top: learnable in a few steps.

    Those of 28 pixels have MNIST's form: a box of 20 on black, with its centre of mass in the middle.
    """
    if name in _STATISTICS:
        channels, size, margin, pictures = (3, 32, 0, (320, 100)) if name == "cifar10" else (1, 20, 4, (640, 200))
        classes = _CIFAR10_LABELS if name == "cifar10" else [str(digit) for digit in range(10)]
    else:
        channels, size, margin, pictures = 3, 64, 0, (32, 12)
        classes = name.split("2")
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(len(classes), channels, 4, 4, generator=generator)
    if margin:
        coarse = (coarse + coarse.flip(-1, -2)) / 2
        coarse[:, :, 0, 0] = coarse[:, :, -1, -1] = 1
    prototypes = F.interpolate(coarse, size=size, mode="nearest")

    def split(count: int) -> tuple[Tensor, Tensor]:
        labels = torch.arange(count) % len(classes)
        noise = torch.randn(count, channels, size, size, generator=generator) * 0.1
        pixels = ((prototypes[labels] + noise).clamp(0, 1) * 255).to(torch.uint8)
        return F.pad(pixels, (margin,) * 4), labels

    mean, std = _STATISTICS.get(name, _HALVES)
    return Dataset(
        f"{name}-smoke", "generated patterns", "generated", "training/_data.py", classes,
        *split(pictures[0]), *split(pictures[1]), mean, std,
    )  # fmt: skip


def flip(images: Tensor) -> Tensor:
    """Mirror each picture left to right with probability one half. N×C×H×W, any device."""
    coin = torch.rand(len(images), 1, 1, 1, device=images.device) < 0.5
    return torch.where(coin, images.flip(-1), images)


def shift(images: Tensor, pixels: int, mode: str = "reflect") -> Tensor:
    """Move each picture by up to `pixels` in each direction: padding, then a random crop. N×C×H×W."""
    count, _, height, width = images.shape
    padded = F.pad(images, (pixels,) * 4, mode=mode)
    top = torch.randint(0, 2 * pixels + 1, (count, 1), device=images.device)
    left = torch.randint(0, 2 * pixels + 1, (count, 1), device=images.device)
    rows = top + torch.arange(height, device=images.device)  # N×H
    columns = left + torch.arange(width, device=images.device)  # N×W
    batch = torch.arange(count, device=images.device)
    # Advanced indices on both sides of a slice put the slice last, hence N×H×W×C.
    return padded[batch[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def cut_out(images: Tensor, size: int) -> Tensor:
    """Zero one `size`×`size` square per picture (https://arxiv.org/abs/1708.04552). N×C×H×W, already normalised."""
    count, _, height, width = images.shape
    top = torch.randint(0, height - size + 1, (count, 1, 1), device=images.device)
    left = torch.randint(0, width - size + 1, (count, 1, 1), device=images.device)
    row = torch.arange(height, device=images.device).view(1, -1, 1)
    column = torch.arange(width, device=images.device).view(1, 1, -1)
    inside = (row >= top) & (row < top + size) & (column >= left) & (column < left + size)
    return images.masked_fill(inside[:, None], 0)


def tilt(images: Tensor, degrees: float, zoom: float, pixels: float) -> Tensor:
    """Rotate, scale and move each picture by up to ±`degrees`, a factor 1±`zoom`, ±`pixels`. N×C×H×W, zero outside."""
    count, _, height, width = images.shape
    angle = torch.empty(count, device=images.device).uniform_(-degrees, degrees).deg2rad()
    scale = torch.empty(count, device=images.device).uniform_(1 - zoom, 1 + zoom)
    move_x = torch.empty(count, device=images.device).uniform_(-pixels, pixels) * 2 / width
    move_y = torch.empty(count, device=images.device).uniform_(-pixels, pixels) * 2 / height
    cos, sin = angle.cos() / scale, angle.sin() / scale
    theta = torch.stack(
        [torch.stack([cos, -sin, move_x], dim=1), torch.stack([sin, cos, move_y], dim=1)], dim=1
    )  # N×2×3
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)
