"""The networks that are drawn: the books' classics and our own releases, and what pictures each takes."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any, NamedTuple

from apps import _networks
from apps._inputs import BadInput
from zoo import Release

LARGEST = 1024
"""Pixels of a side; a larger picture would only make the same drawing taller."""


class Classic(NamedTuple):
    """A network of the books.

    Attributes:
        title: what its authors call it.
        year: of the paper's first version.
        paper: its address.
        sides: pixels of the picture's side: the usual, the least and the most that it takes.
        channels: of the picture.
        note: how what is drawn differs from the paper's.
        built: what `zoo.create` takes where it is not the network's own name, with its arguments.
    """

    title: str
    year: int
    paper: str
    sides: tuple[int, int, int]
    channels: int = 3
    note: str = ""
    built: tuple[str, dict[str, Any]] | None = None


CLASSICS = {
    "lenet": Classic(
        "LeNet-5", 1998, "http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf", (28, 28, 31), 1,
        "with ReLU and max pooling, as it is built today",
    ),
    "alexnet": Classic(
        "AlexNet", 2012,
        "https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks",
        (224, 63, LARGEST), note="in one tower, as torchvision has it",
    ),
    "vgg16": Classic("VGG-16", 2014, "https://arxiv.org/abs/1409.1556", (224, 32, LARGEST)),
    "resnet18": Classic("ResNet-18", 2015, "https://arxiv.org/abs/1512.03385", (224, 1, LARGEST)),
    "resnet50": Classic(
        "ResNet-50", 2015, "https://arxiv.org/abs/1512.03385", (224, 1, LARGEST),
        note="its strides on the 3×3, as torchvision has it",
    ),
    "densenet121": Classic("DenseNet-121", 2016, "https://arxiv.org/abs/1608.06993", (224, 29, LARGEST)),
    "efficientnet_b0": Classic("EfficientNet-B0", 2019, "https://arxiv.org/abs/1905.11946", (224, 1, LARGEST)),
    "vit_b_16": Classic(
        "ViT-B/16", 2020, "https://arxiv.org/abs/2010.11929", (224, 224, 224),
        built=("vit", {
            "num_classes": 1000, "image_size": 224, "patch_size": 16, "dim": 768, "depth": 12, "heads": 12,
            "hidden": 3072,
        }),
    ),
}  # fmt: skip
OPENING = ("vgg16",)


@dataclass(frozen=True)
class Drawable:
    """A network that can be drawn: `usual`, `least` and `most` pixels of the side; how `zoo.create` makes it."""

    name: str
    title: str
    year: int
    paper: str
    usual: int
    least: int
    most: int
    channels: int
    note: str
    architecture: str
    arguments: tuple[tuple[str, Any], ...] = ()


def find_drawable(name: object) -> Drawable:
    """The classic or the release of that name.

    Raises:
        BadInput: there is none.
    """
    if isinstance(name, str) and name in CLASSICS:
        classic = CLASSICS[name]
        architecture, built = classic.built or (name, {})
        return Drawable(
            name, classic.title, classic.year, classic.paper, *classic.sides, classic.channels, classic.note,
            architecture, tuple(built.items()),
        )  # fmt: skip
    releases = {release.name: release for release in list_releases()}
    plain = name.partition("@")[0] if isinstance(name, str) else ""
    if plain not in releases:
        [close] = difflib.get_close_matches(str(name), [*CLASSICS, *releases], n=1, cutoff=0.0)
        raise BadInput(f"There is no drawing of {name!r}; did you mean {close!r}?")
    release = releases[plain]
    channels, side, _ = release.config["input_shape"]
    family = CLASSICS.get(release.architecture)
    least, most = family.sides[1:] if family else (side, side)
    arguments = tuple(release.config["arguments"].items())
    return Drawable(
        release.name, release.name, int(release.created[:4]), family.paper if family else "", side, least, most,
        channels, f"{release.architecture} as released here", release.architecture, arguments,
    )  # fmt: skip


def list_releases() -> list[Release]:
    """Our releases that can be drawn: of convolutions, or vision transformers."""
    return [*_networks.cnns(), *_networks.transformers()]


def check_side(known: Drawable, size: object) -> int:
    """The side of the picture as a whole number of pixels.

    Raises:
        BadInput: it is none, or the network takes no such picture.
    """
    if isinstance(size, bool) or not isinstance(size, int | float) or size != size // 1:
        raise BadInput(f"The side must be a whole number of pixels, not {size!r}.")
    if not known.least <= size <= known.most:
        reach = f"{known.least} to {known.most} px" if known.most > known.least else f"{known.least} px"
        raise BadInput(f"{known.title} is drawn for pictures with a side of {reach}, not {size:.0f}.")
    return int(size)
