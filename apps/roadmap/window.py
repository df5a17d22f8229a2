"""What the tab opens on: a small picture and kernels of nine whole numbers, so that every sum in it is exact."""

from __future__ import annotations

from typing import Any

PICTURE = (
    "00000000000000",
    "00000000000000",
    "00111111111100",
    "00111111111100",
    "00111111111100",
    "00000000111100",
    "00000001111000",
    "00000011110000",
    "00000111100000",
    "00001111000000",
    "00001110000000",
    "00001110000000",
    "00000000000000",
    "00000000000000",
)
"""A seven; 1 is ink."""

KERNELS = {
    "upright edges": ((1, 0, -1), (2, 0, -2), (1, 0, -1)),
    "level edges": ((1, 2, 1), (0, 0, 0), (-1, -2, -1)),
    "all edges": ((-1, -1, -1), (-1, 8, -1), (-1, -1, -1)),
}
"""Each adds up to 0, so that flat places give 0. The first two are Sobel's, the third is a Laplacian."""


def describe_window() -> dict[str, Any]:
    """The value of `SlidingWindow`."""
    return {
        "picture": [[int(pixel) for pixel in row] for row in PICTURE],
        "kernels": [{"name": name, "weights": [[*row] for row in weights]} for name, weights in KERNELS.items()],
        "start": [2, 10],
    }
