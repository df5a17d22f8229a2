"""A map of a picture's pixels: what the methods return and how it travels to the browser."""

from __future__ import annotations

import base64
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from torch import Tensor

Result = TypeVar("Result")
Progress = Callable[[float], None]
"""Called between two passes with the share that is done; may raise to end the work."""


class AttributionMap(NamedTuple):
    """A number for each pixel, H×W float64, and how they came about; the last two are integrated gradients' own."""

    values: np.ndarray
    detail: str
    completeness: dict[str, Any] | None = None
    path: dict[str, list[float]] | None = None


def flatten_map(values: Tensor) -> np.ndarray:
    """1×H×W -> H×W float64."""
    return values.detach()[0].double().numpy()


def count_batch(x: Tensor) -> int:
    """How many pictures of this size have their gradients taken together: 16 of 32 px, 2 of 224 px."""
    return max(1, min(16, 2 * 3 * 224**2 // x.numel()))


def encode_map(values: np.ndarray) -> dict[str, Any]:
    """`values`: base64 of the map, float32 little-endian, row by row; `scale`: what the strongest colour is."""
    size = np.abs(values)
    scale = float(np.quantile(size, 0.99)) or float(size.max())
    return {"values": base64.b64encode(values.astype("<f4").tobytes()).decode(), "scale": scale or 1.0}


class Store(Generic[Result]):
    """Results that stay in memory, of all visitors together: the `most` that were looked up or put last."""

    def __init__(self, most: int):
        self.most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Result] = OrderedDict()

    def find(self, place: Hashable) -> Result | None:
        with self._lock:
            if place in self._kept:
                self._kept.move_to_end(place)
            return self._kept.get(place)

    def put(self, place: Hashable, result: Result) -> Result:
        with self._lock:
            self._kept[place] = result
            self._kept.move_to_end(place)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return result
