"""The networks that the tabs use, our own and upstream's: loaded once, shared by every visitor."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any

import zoo
from apps._inputs import BadInput
from zoo import Release, upstream
from zoo.upstream import Upstream

if TYPE_CHECKING:
    from torch import nn

    from apps._networks.tracing import Trace

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


def describe_release(reference: object, architectures: tuple[str, ...], kind: str, example: str) -> Release:
    """The release of that name, where it is of one of these architectures.

    Args:
        kind: what a refusal calls them, like "an autoencoder".
        example: a name of one, for a refusal.

    Raises:
        BadInput: none was named, or it is of another architecture.
        UnknownName: the zoo has none of that name.
    """
    if not isinstance(reference, str) or not reference:
        raise BadInput(f"Name {kind} first, like {example}.")
    release = zoo.describe(reference)
    if release.architecture not in architectures:
        raise BadInput(f"{release.reference} is not {kind}: choose one like {example}.")
    return release


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


def check_is_here(reference: str | None) -> None:
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
    return not network.convolutional if isinstance(network, Upstream) else is_transformer(network.architecture)


def is_transformer(architecture: str) -> bool:
    """Whether `zoo.create` makes a vision transformer of that name."""
    return architecture in _TRANSFORMERS


def describe_classifier(reference: object) -> Network:
    """The network of that name, which classifies pictures.

    Raises:
        BadInput: none was chosen.
        ZooError: there is none of that name, or it does something else.
    """
    if not isinstance(reference, str) or not reference:
        raise BadInput("Choose a network first.")
    network = describe(reference)
    if network.task != "image-classification":
        raise zoo.ZooError(f"{network.reference} does not classify pictures: choose a classifier.")
    return network


def describe_cnn(reference: object) -> Network:
    """The network of that name, which is made of convolutions.

    Raises:
        BadInput: none was chosen, or it has no convolutions.
        ZooError: there is none of that name.
    """
    network = describe_classifier(reference)
    if attends(network):
        raise BadInput(
            f"{network.name} has no convolutions after its first layer, so it has no maps: look at it in Attention."
        )
    if not _convolves(network):
        raise BadInput(f"{network.name} has no convolutions, so it has no feature maps: choose another network.")
    return network


def describe_transformer(reference: object) -> Network:
    """The network of that name, which is made of attention.

    Raises:
        BadInput: none was chosen, or it has no attention.
        ZooError: there is none of that name.
    """
    network = describe_classifier(reference)
    if not attends(network):
        raise BadInput(f"{network.name} has no attention heads: choose a vision transformer.")
    return network


def find_trace(picture: Any, reference: object) -> tuple[Trace, Network, str]:
    """Every layer's values of a picture in a convolutional network, that network, and a key that stands for the two.

    Args:
        picture: the name of a worked example, or whatever `read_picture` takes.
        reference: the network's name.

    Raises:
        BadInput: there is no picture to be had, or the network has no convolutions or no fixed graph.
        ZooError: no such network, or it is damaged or cannot be fetched.
    """
    from apps._networks.subject import find_subject

    subject = find_subject(picture, describe_cnn(reference))
    return subject.trace, subject.network, subject.key


def find_kind(network: Network) -> str:
    """What pictures a network takes, "photo", "digit" or "grey"."""
    if isinstance(network, Upstream):
        return network.preprocessing.kind
    return network.config["preprocessing"]["kind"]


_CONVOLVES: dict[str, bool] = {}


def _convolves(network: Network) -> bool:
    if isinstance(network, Upstream):
        return network.convolutional
    # By digest, because every reading of a release's configuration proves it anew.
    if network.digest not in _CONVOLVES:
        _CONVOLVES[network.digest] = network.config["layers"].get("Conv2d", 0) > 1
    return _CONVOLVES[network.digest]


def _convolutions(release: Release) -> int:
    return _config(release).get("layers", {}).get("Conv2d", 0)


def _config(release: Release) -> dict[str, Any]:
    try:
        return release.config
    except zoo.DamagedRelease:  # *Model zoo* names what is wrong with it; the other networks still have their page
        return {}
