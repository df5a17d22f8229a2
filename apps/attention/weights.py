"""Attention weights as they travel to a page."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import torch

from apps.attention.passes import Attention

FINE = 1_000_000
"""As many weights are sent with 16 bits each, beyond that with 8: ViT-B/16 has 12·12·197² = 5,588,496 of them."""


def encode_weights(attention: Attention) -> dict[str, Any]:
    """All attention weights as −ln w in whole steps, one byte or two for each, and what is needed to get q·k back.

    A weight is exp(−code · `step`). With two bytes the step is 1/2048, so it is off by 0.025 % at most whatever its
    size, down to 10⁻¹⁴; with one byte 1/20, so 2.5 %, down to 3·10⁻⁶; smaller ones are sent as the smallest.
    `normalisers` holds ln Σ exp(q·k) of every row, float32: q·k/√d is that minus code · `step`.
    """
    with torch.inference_mode():
        products = attention.queries @ attention.keys.transpose(-2, -1)  # L×heads×T×T
        normalisers = products.logsumexp(-1, keepdim=True)  # L×heads×T×1
        size, steps = (2, 2048) if products.numel() <= FINE else (1, 20)
        codes = ((normalisers - products) * steps).round_().clamp_(0, 256**size - 1)
    return {
        "tokens": products.shape[-1],
        "dimensions": attention.queries.shape[-1],
        "bytes": size,
        "step": 1 / steps,
        "weights": _write_base64(codes.numpy().astype(f"<u{size}")),
        "normalisers": _write_base64(normalisers.numpy().astype("<f4")),
    }


def _write_base64(values: np.ndarray) -> str:
    return base64.b64encode(values.tobytes()).decode()
