"""A map of a picture's pixels: what the methods return and how it travels to the browser."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

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
