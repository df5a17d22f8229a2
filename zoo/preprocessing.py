"""From a person's picture to what a network was trained on; the settings travel in each release's `config.json`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from torch import Tensor


_MAX_RATIO = 16
"""Longer side over shorter side, beyond which a picture's ends are cut off before it is scaled."""


@dataclass(frozen=True)
class Preprocessing:
    """`kind="photo"`: RGB, shorter side scaled to `resize`, then a centre crop of `size`; without `resize` the whole
    middle square becomes `size`. With `resize` it is torchvision's own, value for value.

    `kind="digit"`: grey, white ink on black, the ink scaled to fit a box of 20/28 of the side and its centre of
    mass moved to the middle, as MNIST was made (http://yann.lecun.com/exdb/mnist/).
    Both end with `(x / 255 - mean) / std` per channel.
    """

    kind: Literal["photo", "digit"]
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    resize: int | None = None
    interpolation: Literal["bilinear", "bicubic"] = "bicubic"

    def __call__(self, picture: Image.Image) -> Tensor:
        """A picture of any mode and size -> float32 C×size×size."""
        import torch

        pixels = self._prepare_photo(picture) if self.kind == "photo" else self._prepare_digit(picture)  # H×W×C uint8
        channels = torch.from_numpy(pixels).permute(2, 0, 1).float() / 255
        return (channels - self._make_column(self.mean)) / self._make_column(self.std)

    def picture(self, x: Tensor) -> np.ndarray:
        """The way back, to show what the network saw: float C×H×W -> uint8 H×W×C."""
        pixels = (x.float().cpu() * self._make_column(self.std) + self._make_column(self.mean)) * 255
        return pixels.round().clamp(0, 255).byte().permute(1, 2, 0).numpy()

    def to_config(self) -> dict[str, Any]:
        """The settings as `config.json` keeps them."""
        return asdict(self)

    @staticmethod
    def _make_column(values: tuple[float, ...]) -> Tensor:
        import torch

        return torch.tensor(values).view(-1, 1, 1)

    def _prepare_photo(self, picture: Image.Image) -> np.ndarray:
        picture = picture.convert("RGB")
        method = Image.Resampling[self.interpolation.upper()]
        if self.resize is not None:
            return np.array(self._resize_and_crop(picture, self.resize, method))
        width, height = picture.size
        if (width, height) != (self.size, self.size):
            side = min(width, height)
            left, top = (width - side) // 2, (height - side) // 2
            picture = picture.resize((self.size, self.size), method, box=(left, top, left + side, top + side))
        return np.array(picture)

    def _resize_and_crop(self, picture: Image.Image, resize: int, method: Image.Resampling) -> Image.Image:
        """As `torchvision.transforms.functional.resize` and `center_crop`, rounding included."""
        width, height = picture.size
        side = min(width, height)
        if max(width, height) > _MAX_RATIO * side:
            # A hair scaled to 256 pixels across would be a million long, for a crop that looks at its middle only.
            keep = _MAX_RATIO * side
            left, top = max(0, (width - keep) // 2), max(0, (height - keep) // 2)
            picture = picture.crop((left, top, left + min(width, keep), top + min(height, keep)))
            width, height = picture.size
        if side != resize:
            picture = picture.resize((int(resize * width / side), int(resize * height / side)), method)
        left, top = (round((length - self.size) / 2) for length in picture.size)
        return picture.crop((left, top, left + self.size, top + self.size))

    def _prepare_digit(self, picture: Image.Image) -> np.ndarray:
        grey = np.asarray(picture.convert("L"), dtype=np.float32)
        edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
        paper = float(np.median(edge))
        ink = paper - grey if paper > 127 else grey - paper
        ink = np.clip(ink, 0, None)
        # Half of the strongest ink parts pen from paper, shadows and JPEG noise included.
        strong = ink > max(float(ink.max()) * 0.5, 8.0)
        canvas = np.zeros((self.size, self.size, 1), np.uint8)
        if not strong.any():
            return canvas
        rows, columns = np.flatnonzero(strong.any(1)), np.flatnonzero(strong.any(0))
        ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        ink = np.clip(ink / np.quantile(ink[ink > 0], 0.9) * 255, 0, 255).astype(np.uint8)

        box = round(self.size * 20 / 28)
        scale = box / max(ink.shape)
        width, height = max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale))
        small = np.asarray(Image.fromarray(ink).resize((width, height), Image.Resampling.BICUBIC))

        mass = small.astype(np.float64) / max(float(small.sum()), 1.0)
        centre_row, centre_column = (mass.sum(1) * np.arange(height)).sum(), (mass.sum(0) * np.arange(width)).sum()
        top = int(np.clip(round(self.size / 2 - 0.5 - centre_row), 0, self.size - height))
        left = int(np.clip(round(self.size / 2 - 0.5 - centre_column), 0, self.size - width))
        canvas[top : top + height, left : left + width, 0] = small
        return canvas
