"""Pictures as data URLs, the form in which they travel to a page and back."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image


def write_png_url(pixels: np.ndarray) -> str:
    """uint8 H×W×1 or H×W×3 -> a PNG as a data URL, which keeps every value."""
    return _write_url(Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels), "png")


def write_preview_url(picture: Image.Image, side: int) -> str:
    """A picture to look at, as a data URL: WebP, shrunk to at most `side` pixels a side."""
    picture = picture.copy()
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return _write_url(picture, "webp", quality=80)


def _write_url(picture: Image.Image, kind: str, **options: int) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"
