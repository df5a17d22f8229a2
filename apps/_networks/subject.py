"""A picture before a network, kept for all tabs and visitors: a click decodes nothing, and no pass is made twice."""

from __future__ import annotations

import functools
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PIL import Image
from torch import Tensor

from apps import _networks
from apps._inputs import BadInput
from apps._inputs.examples import identify_picture, open_picture
from apps._inputs.urls import write_png_url
from apps._networks.answers import compute_scores

if TYPE_CHECKING:
    from apps._networks import Network
    from apps._networks.tracing import Trace

KEPT = 12
"""Subjects that stay in memory, of all visitors together."""
KEPT_BYTES = 600_000_000
"""What their values may take together; the last one is kept in any case."""
KEPT_PICTURES = 2
"""Decoded pictures that wait for a change of network."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A picture before a network.

    Attributes:
        model: the network, shared and read only.
        network: its release, or upstream's description.
        x: the picture as it takes it, 1×C×H×W.
    """

    model: Any
    network: Network
    x: Tensor
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @functools.cached_property
    def key(self) -> str:
        """Stands for what the network sees and for the network."""
        return hashlib.sha256(self.x.numpy().tobytes() + self.network.digest.encode()).hexdigest()[:16]

    @functools.cached_property
    def picture(self) -> str:
        """What the network sees, a PNG as a data URL."""
        return write_png_url(self.model.preprocess.picture(self.x[0]))

    @functools.cached_property
    def scores(self) -> Tensor:
        """What the network answers: one number per class."""
        return compute_scores(self.model, self.x)[0]

    @property
    def trace(self) -> Trace:
        """Every layer's values and the graph that made them, of a network with a fixed graph.

        Raises:
            BadInput: its way depends on the picture.
        """
        with self._lock:
            return self._trace

    @functools.cached_property
    def _trace(self) -> Trace:
        from apps._networks.tracing import record

        try:
            with _networks.TURN:
                return record(self.model, self.x[0])
        except ValueError as error:
            raise BadInput(str(error)) from error

    @property
    def bytes(self) -> int:
        """What the picture and its traced values take."""
        traced = vars(self).get("_trace")
        return self.x.nbytes + (sum(value.nbytes for value in traced.values.values()) if traced else 0)


_lock = threading.Lock()
_subjects: OrderedDict[tuple[str, str], Subject] = OrderedDict()
_pictures: OrderedDict[str, Image.Image] = OrderedDict()


def find_subject(picture: Any, network: Network) -> Subject:
    """The picture as the network sees it: kept, or decoded, loaded and prepared now.

    Args:
        picture: the name of a worked example, or whatever `read_picture` takes.
        network: a release or an upstream model.

    Raises:
        BadInput: there is no picture to be had.
        ZooError: the network is damaged or cannot be fetched.
    """
    source = identify_picture(picture)
    place = (source, network.digest)
    with _lock:
        if source and place in _subjects:
            _subjects.move_to_end(place)
            _drop_subjects()
            return _subjects[place]
    image = _open_kept(picture, source)
    model: Any = _networks.load(network.reference)  # which may take minutes: nobody else waits for it
    made = Subject(model, model.release, model.preprocess(image)[None])
    if not source:
        return made
    with _lock:
        subject = _subjects.setdefault(place, made)  # two who came at once share the first
        _subjects.move_to_end(place)
        _drop_subjects()
        return subject


def forget_subjects() -> None:
    """Keep nothing: the next visitor decodes and computes anew."""
    with _lock:
        _subjects.clear()
        _pictures.clear()


def _drop_subjects() -> None:
    """Let go of those that were asked for longest ago; called under the lock."""
    while len(_subjects) > 1 and (len(_subjects) > KEPT or sum(each.bytes for each in _subjects.values()) > KEPT_BYTES):
        _subjects.popitem(last=False)


def _open_kept(picture: Any, source: str) -> Image.Image:
    """The decoded picture, from those that were decoded last."""
    with _lock:
        if source and source in _pictures:
            _pictures.move_to_end(source)
            return _pictures[source]
    image = open_picture(picture)
    if source:
        with _lock:
            _pictures[source] = image
            while len(_pictures) > KEPT_PICTURES:
                _pictures.popitem(last=False)
    return image
