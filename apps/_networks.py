"""The zoo's networks as the tabs use them: named for a menu, loaded once, shared by every visitor."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING

import zoo
from zoo import Release

if TYPE_CHECKING:
    from torch import nn

_LOADING = threading.Lock()


def load(reference: str) -> nn.Module:
    """`zoo.load`, kept in memory: one copy for all visitors, in eval mode, never trained.

    Raises:
        ZooError: no such release, or a damaged one.
    """
    release = zoo.describe(reference)
    with _LOADING:
        return _load(release.reference, release.digest)


@functools.lru_cache(maxsize=8)
def _load(reference: str, digest: str) -> nn.Module:
    return zoo.load(reference)


def classifiers() -> list[Release]:
    """Every release that classifies pictures."""
    releases = (zoo.describe(name) for name in zoo.names())
    return [release for release in releases if release.task == "image-classification"]


def cnns() -> list[Release]:
    """Those that have convolutions."""
    return [release for release in classifiers() if _convolves(release)]


def _convolves(release: Release) -> bool:
    try:
        return "Conv2d" in release.config["layers"]
    except zoo.DamagedRelease:  # *Model zoo* names what is wrong with it; the other networks still have their page
        return False


def choices(releases: list[Release]) -> list[tuple[str, str]]:
    """(what a menu shows, reference) for `gr.Dropdown`: `("resnet18.cifar10@v1 · 95.1 %", "resnet18.cifar10@v1")`."""
    return [
        (f"{release.reference} · {release.metric.value:.1%}".replace("%", " %"), release.reference)
        for release in releases
    ]
