"""The networks that the tabs use, our own and upstream's: loaded once, shared by every visitor."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any

import zoo
from zoo import Release, upstream
from zoo.upstream import Upstream

if TYPE_CHECKING:
    from torch import nn

Network = Release | Upstream

TURN = threading.Lock()
"""Held for a forward pass: the API's own queue runs beside the visitors', and passes side by side are slower."""
_LOADING = threading.Lock()
_TRANSFORMERS = ("vit", "deit_tiny")


def describe(reference: str) -> Network:
    """The release or the upstream model of that name.

    Raises:
        ZooError: there is none.
    """
    return upstream.describe(reference) if reference in upstream.names() else zoo.describe(reference)


def load(reference: str) -> nn.Module:
    """A network kept in memory: one copy for all visitors, in eval mode, never trained; upstream's are fetched first.

    Raises:
        ZooError: there is none of that name, it is damaged, or it cannot be fetched.
    """
    network = describe(reference)
    if isinstance(network, Upstream):
        upstream.fetch(network.name)
        with _LOADING:
            return _load_upstream(network.name, network.digest)
    with _LOADING:
        return _load(network.reference, network.digest)


@functools.lru_cache(maxsize=8)
def _load(reference: str, digest: str) -> nn.Module:
    return zoo.load(reference)


@functools.lru_cache(maxsize=3)  # the largest three together hold 560 MB
def _load_upstream(name: str, digest: str) -> nn.Module:
    return upstream.load(name)


def require(reference: str | None) -> None:
    """For a visitor's click, which never waits for a download: that is what choosing in the menu is for.

    Raises:
        NotHere: it is upstream's and not on this machine.
    """
    if reference in upstream.names() and not upstream.describe(reference).is_here:
        raise zoo.NotHere(f"{reference} is not on this machine any more: choose it again, and it is fetched.")


def classifiers() -> list[Release]:
    """Every release on this machine that classifies pictures; those that know more words stand first."""
    releases = map(zoo.describe, zoo.names())
    found = [release for release in releases if release.task == "image-classification" and release.here]
    return sorted(found, key=lambda release: -len(_config(release).get("labels", ())))


def cnns() -> list[Release]:
    """Those that are made of convolutions; a transformer has one, which cuts the picture into patches."""
    return [release for release in classifiers() if _convolutions(release) > 1]


def transformers() -> list[Release]:
    """Those that are vision transformers."""
    return [release for release in classifiers() if attends(release)]


def attends(network: Network) -> bool:
    """Whether it is made of attention; of upstream's, those are all that are not made of convolutions."""
    return not network.convolutional if isinstance(network, Upstream) else network.architecture in _TRANSFORMERS


def _convolutions(release: Release) -> int:
    return _config(release).get("layers", {}).get("Conv2d", 0)


def _config(release: Release) -> dict[str, Any]:
    try:
        return release.config
    except zoo.DamagedRelease:  # *Model zoo* names what is wrong with it; the other networks still have their page
        return {}
