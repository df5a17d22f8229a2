"""A layer of a traced network by its name, and the name that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from apps._inputs import BadInput

if TYPE_CHECKING:
    from apps._networks import Network
    from apps._networks.tracing import Layer, Trace


def find_layer(trace: Trace, network: Network, name: object) -> Layer:
    """The layer or residual block of that path.

    Raises:
        BadInput: the network has none.
    """
    if not isinstance(name, str) or name not in trace.layers:
        raise BadInput(f"{network.name} has no layer {name!r}{suggest(name, trace.layers)}")
    return trace.layers[name]


def suggest(name: object, known: Iterable[str]) -> str:
    """How a sentence about an unknown name ends: with the nearest of the known ones."""
    close = difflib.get_close_matches(str(name), list(known), n=1, cutoff=0.0)
    return f"; did you mean {close[0]!r}?" if close else "."
