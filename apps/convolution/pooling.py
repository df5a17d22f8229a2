"""One map made smaller in four ways, and what each makes of it and of the same map moved by one pixel."""

from __future__ import annotations

import base64
from typing import Any

import torch
from torch import Tensor

from apps._inputs import BadInput
from from_scratch.convolution import avg_pool2d, lp_pool2d, max_pool2d, subsample2d

KINDS = {"max": max_pool2d, "mean": avg_pool2d, "norm": lp_pool2d, "stride": subsample2d}
LARGEST = 8
"""Pixels of the widest window and of the widest stride."""


def compare_kinds(x: Tensor, window: int, stride: int) -> list[dict[str, Any]]:
    """C×H×W under each kind: its shape, mean, largest value, and how far one pixel of shift moves it.

    `shift_change` is ‖pool(moved) - pool(x)‖ / ‖pool(x)‖, the map moved one column to the right, its first column
    standing twice; None where the pooled map is all zeros.

    Raises:
        BadInput: the window or the stride is out of range, or the window is larger than the map.
    """
    for name, value in (("window", window), ("stride", stride)):
        if not 1 <= value <= LARGEST:
            raise BadInput(f"The {name} goes from 1 to {LARGEST} pixels, not {value}.")
    if window > min(x.shape[1:]):
        raise BadInput(f"A window of {window} does not fit into a map of {x.shape[1]} × {x.shape[2]}: make it smaller.")
    moved = torch.cat((x[..., :1], x[..., :-1]), dim=-1)
    found = []
    for kind, pool in KINDS.items():
        small, other = pool(x[None], window, stride)[0], pool(moved[None], window, stride)[0]  # C×H'×W'
        size = float(small.norm())
        found.append(
            {
                "kind": kind,
                "shape": list(small.shape),
                "mean": float(small.mean()),
                "largest": float(small.max()),
                "shift_change": float((other - small).norm()) / size if size else None,
                "values": base64.b64encode(small.numpy().astype("<f4").tobytes()).decode(),
            }
        )
    return found
