"""The nine pictures that excite each channel of a network most, among those of `_stimuli` and a visitor's own.

Per network only the nine strongest answers of every channel are kept, and where in the picture each was given; the
pictures run a few at a time, so nobody waits long for the processor. A visitor's pictures are run for that visitor's
request and kept nowhere.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from apps import _networks
from apps._inputs import BadInput, read_picture
from apps._inputs.urls import write_png_url
from apps._networks.encoding import SHOWN
from apps._networks.tracing import Layer, peaks, record
from apps.feature_maps import stimuli

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

    from apps._networks import Network

SHOWN_PICTURES = 9
OWN = 4
"""How many of a visitor's pictures compete."""
SLICE = 8 * 32 * 32
"""Pixels that run at once: eight CIFAR pictures, or one of ImageNet's size."""
KEPT = 4
"""Networks whose answers are kept; those of ResNet-50 take 5 MB."""


@dataclass
class Best:
    """The strongest answers of a layer's channels, each channels × 9 in falling order."""

    values: Tensor
    pictures: Tensor
    places: Tensor

    def merge(self, values: Tensor, places: Tensor, first: int) -> Best:
        """With the answers of further pictures, N×channels, that are numbered from `first` on."""
        numbers = torch.arange(first, first + len(values), dtype=self.pictures.dtype).expand(values.shape[1], -1)
        joined = torch.cat((self.values, values.T), 1)
        # Of equals the earlier picture stays, however they were cut into slices.
        order = joined.argsort(dim=1, descending=True, stable=True)[:, :SHOWN_PICTURES]
        return Best(
            joined.gather(1, order),
            torch.cat((self.pictures, numbers), 1).gather(1, order),
            torch.cat((self.places, places.T.to(self.places.dtype)), 1).gather(1, order),
        )


@dataclass
class Table:
    """What is known about one network: of its `pictures`, the first `done` have run."""

    pictures: tuple[stimuli.Stimulus, ...]
    layers: dict[str, Layer]
    best: dict[str, Best]
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


_TABLES: OrderedDict[str, Table] = OrderedDict()
_LOCK = threading.Lock()


def find_pictures(
    network: Network,
    layer: object,
    channel: int,
    own: Sequence[str | Path | bytes | Image.Image] = (),
    seconds: float = float("inf"),
    known: Collection[int] = (),
) -> dict[str, Any]:
    """The nine for one channel, after running further pictures for up to `seconds` if some have not run yet.

    Those numbered in `known` come without their pixels.

    Raises:
        BadInput: the network has no such layer or channel, or one of `own` is no picture.
    """
    model: Any = _networks.load(network.reference)
    table = _open_table(network, model)
    if not isinstance(layer, str) or layer not in table.layers:
        raise BadInput(
            f"{network.name} has no layer {str(layer)[:60]!r} to excite: choose a convolution, a pooling, a residual"
            " block or a linear layer."
        )
    place = table.layers[layer]
    if not 0 <= channel < place.shape[0]:
        raise BadInput(f"{layer} has no channel {channel}: choose one from 0 to {place.shape[0] - 1}.")
    with table.lock:
        _run_further(table, model, seconds)
        done, best = table.done, table.best[place.node.name]
    # A visitor's own join at the end, so that a search in parts reads them once.
    own = own[-OWN:] if done == len(table.pictures) else ()
    pictures = [model.preprocess(read_picture(picture)) for picture in own]
    if pictures:
        x = torch.stack(pictures)
        with _networks.TURN:
            values, places = peaks(model, x, {place.node.name})[place.node.name]
        # Numbered behind the generated ones, for this answer only.
        best = best.merge(values, places, len(table.pictures))
    return {
        "network": network.reference,
        "layer": layer,
        "channel": channel,
        "shape": list(place.shape),
        "done": done,
        "total": len(table.pictures),
        "own": len(pictures),
        "nine": [
            _describe_nine(table, model, pictures, place, answer, known)
            for answer in zip(
                best.values[channel].tolist(),
                best.pictures[channel].tolist(),
                best.places[channel].tolist(),
                strict=True,
            )
            if answer[1] >= 0
        ],
    }


def _open_table(network: Network, model: Any) -> Table:
    with _LOCK:
        if network.digest in _TABLES:
            _TABLES.move_to_end(network.digest)
            return _TABLES[network.digest]
    settings = model.preprocess
    pictures = stimuli.make(settings.size, len(settings.mean))
    with _networks.TURN:
        trace = record(model, _stack_pictures(model, pictures[:1])[0])
    layers = {layer.name: layer for layer in trace.layers.values() if layer.kind in SHOWN}
    best = {
        layer.node.name: Best(
            torch.full((layer.shape[0], SHOWN_PICTURES), -torch.inf),
            torch.full((layer.shape[0], SHOWN_PICTURES), -1, dtype=torch.int16),
            torch.zeros((layer.shape[0], SHOWN_PICTURES), dtype=torch.int32),
        )
        for layer in layers.values()
    }
    with _LOCK:
        table = _TABLES.setdefault(network.digest, Table(pictures, layers, best))
        while len(_TABLES) > KEPT:
            _TABLES.popitem(last=False)
    return table


def _run_further(table: Table, model: Any, seconds: float) -> None:
    """Run the pictures that have not run yet, a slice at a time, until the time is over; one slice at least."""
    stop = time.monotonic() + seconds
    while table.done < len(table.pictures):
        size = table.pictures[0].pixels.shape[0]
        some = table.pictures[table.done : table.done + max(1, SLICE // size**2)]
        with _networks.TURN:
            found = peaks(model, _stack_pictures(model, some), table.best.keys())
        for name, (values, places) in found.items():
            table.best[name] = table.best[name].merge(values, places, table.done)
        table.done += len(some)
        if time.monotonic() > stop:
            break


def _stack_pictures(model: Any, pictures: Sequence[stimuli.Stimulus]) -> Tensor:
    """N×C×H×W as the network was trained on: the pictures have its size already."""
    settings = model.preprocess
    pixels = torch.from_numpy(np.stack([picture.pixels for picture in pictures])).permute(0, 3, 1, 2).float() / 255
    mean, deviation = (torch.tensor(values).view(1, -1, 1, 1) for values in (settings.mean, settings.std))
    return (pixels - mean) / deviation


def _describe_nine(
    table: Table,
    model: Any,
    own: list[Tensor],
    layer: Layer,
    answer: tuple[float, int, int],
    known: Collection[int],
) -> dict[str, Any]:
    value, number, place = answer
    mine = number - len(table.pictures)
    row, column = divmod(place, layer.shape[2])
    pixels = model.preprocess.picture(own[mine]) if mine >= 0 else table.pictures[number].pixels
    return {
        "value": value,
        "number": number,
        "title": "your picture" if mine >= 0 else table.pictures[number].title,
        "own": mine >= 0,
        "picture": "" if mine < 0 and number in known else write_png_url(pixels),
        "row": row,
        "column": column,
        "rows": list(layer.rows.seen[row]),
        "columns": list(layer.columns.seen[column]),
    }
