"""Traced pictures by picture and network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps import _networks
from apps._inputs.examples import DIGITS as _DIGITS
from apps._inputs.examples import list_examples as examples

if TYPE_CHECKING:
    from apps._networks import Network
    from apps._networks.tracing import Trace

cnn, kind = _networks.describe_cnn, _networks.find_kind
__all__ = ["_DIGITS", "cnn", "examples", "kind", "suits", "trace"]


def trace(picture: Any, network: str) -> tuple[Trace, Network, str]:
    """The traced picture, its network, and a key that stands for the two."""
    from apps._networks.subject import find_subject

    seen = find_subject(picture, cnn(network))
    return seen.trace, seen.network, seen.key


def suits(name: str, release: Network) -> bool:
    """Whether a worked example is of the kind that a network was trained on."""
    return (name in _DIGITS) == (kind(release) == "digit")
