"""The last few traced pictures, so that a click costs one gradient and no forward pass."""

from __future__ import annotations

import functools
import hashlib
import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from apps import _networks
from apps._inputs import BadInput, read_picture
from zoo.examples import drawn_digit, example_pictures
from zoo.upstream import Upstream

if TYPE_CHECKING:
    from apps._networks import Network
    from apps._networks.tracing import Trace

KEPT = 4
"""Pictures whose values and graph stay in memory, of all visitors together."""
KEPT_BYTES = 600_000_000
"""What their values may take together; the last one is kept in any case."""
_DIGITS = tuple("0123456789")
_LOCK = threading.Lock()
_TRACES: OrderedDict[str, Trace] = OrderedDict()


def trace(picture: str | bytes | None, network: str) -> tuple[Trace, Network, str]:
    """The traced picture, its network, and a key that stands for the two.

    `picture` is a file's path, its bytes, or the name of a worked example: "cat", or a digit like "7".

    Raises:
        BadInput: there is no picture to be had, or the network has no convolutions.
        ZooError: no such network, or it is damaged or cannot be fetched.
    """
    from apps._networks.tracing import record

    release = cnn(network)
    source = _identify(picture)
    key = hashlib.sha256(f"{source} {release.digest}".encode()).hexdigest()[:16]
    with _LOCK:
        if key in _TRACES:
            _TRACES.move_to_end(key)
            return _TRACES[key], release, key
    model: Any = _networks.load(release.reference)  # which may take minutes: nobody else waits for it
    with _LOCK:
        if key not in _TRACES:
            x = model.preprocess(_read(picture, source))  # C×H×W
            try:
                with _networks.TURN:
                    _TRACES[key] = record(model, x)
            except ValueError as error:
                raise BadInput(str(error)) from error
            while len(_TRACES) > 1 and (len(_TRACES) > KEPT or sum(map(_bytes, _TRACES.values())) > KEPT_BYTES):
                _TRACES.popitem(last=False)
        _TRACES.move_to_end(key)
        return _TRACES[key], release, key


def _bytes(trace: Trace) -> int:
    return sum(value.nbytes for value in trace.values.values())


def cnn(network: str) -> Network:
    """The release or upstream model of that name.

    Raises:
        BadInput: it has no convolutions.
        ZooError: there is none.
    """
    if not isinstance(network, str):
        raise BadInput("Choose a network first.")
    release = _networks.describe(network)
    if _networks.attends(release):
        raise BadInput(
            f"{release.name} has no convolutions after its first layer, so it has no maps: look at it in Attention."
        )
    if not _has_convolutions(release):
        raise BadInput(f"{release.name} has no convolutions, so it has no feature maps: choose another network.")
    return release


def examples() -> list[tuple[str, str]]:
    """(what a menu shows, name) of every worked example."""
    photos = [(f"{'an' if name[0] in 'aeiou' else 'a'} {name}", name) for name in _photos()]
    return photos + [(f"a drawn {digit}", digit) for digit in _DIGITS]


def suits(name: str, release: Network) -> bool:
    """Whether a worked example is of the kind that a network was trained on."""
    return (name in _DIGITS) == (kind(release) == "digit")


def kind(release: Network) -> str:
    """What pictures a network takes, "photo" or "digit"."""
    if isinstance(release, Upstream):
        return release.preprocessing.kind
    return release.config["preprocessing"]["kind"]


_CONVOLVES: dict[str, bool] = {}


def _has_convolutions(release: Network) -> bool:
    if isinstance(release, Upstream):
        return release.convolutional
    # By digest, because every reading of a release's configuration proves it anew.
    if release.digest not in _CONVOLVES:
        _CONVOLVES[release.digest] = release.config["layers"].get("Conv2d", 0) > 1
    return _CONVOLVES[release.digest]


@functools.cache
def _photos() -> dict[str, Path]:
    return example_pictures()


def _identify(picture: str | bytes | None) -> str:
    """What stands for the picture's content without decoding it."""
    if isinstance(picture, bytes):
        return hashlib.sha256(picture).hexdigest()
    if isinstance(picture, str) and (picture in _photos() or picture in _DIGITS):
        return picture
    if not picture or not isinstance(picture, str | Path):
        return ""
    try:
        state = Path(picture).stat()
    except (OSError, ValueError):
        return ""
    return f"{picture} {state.st_mtime_ns} {state.st_size}"


_READ: OrderedDict[str, Image.Image] = OrderedDict()


def _read(picture: str | bytes | None, source: str) -> Image.Image:
    """The decoded picture; the last two are kept for a change of network. Called under the lock."""
    if picture in _DIGITS:
        return drawn_digit(int(picture))
    if isinstance(picture, str) and picture in _photos():
        picture = str(_photos()[picture])
    if source not in _READ or not source:
        _READ[source] = read_picture(picture)
        while len(_READ) > 2:
            _READ.popitem(last=False)
    return _READ[source]
