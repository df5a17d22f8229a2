"""From a person's picture to what a network was trained on; the settings travel in each release's `config.json`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from PIL import Image, ImageOps

if TYPE_CHECKING:
    from torch import Tensor


_MAX_RATIO = 16
"""Longer side over shorter side, beyond which a picture's ends are cut off before it is scaled."""


@dataclass(frozen=True)
class Preprocessing:
    """`kind="photo"`: RGB, shorter side scaled to `resize`, then a centre crop of `size`; without `resize` the whole
    middle square becomes `size`. With `resize` it is torchvision's own, value for value.

    `kind="digit"`: grey, white ink on black, the ink scaled to fit a box of 20/28 of the side and its centre of
    mass moved to the middle, as MNIST was made (http://yann.lecun.com/exdb/mnist/). A picture that has this form
    already, as MNIST's own have, is left as it is.

    `kind="grey"`: the middle square, grey, scaled to `size`; a picture on light paper is inverted, for what it was
    trained on is light on black. A grey picture of that size is left as it is.

    All end with `(x / 255 - mean) / std` per channel.
    """

    kind: Literal["photo", "digit", "grey"]
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    resize: int | None = None
    interpolation: Literal["bilinear", "bicubic"] = "bicubic"

    def __call__(self, picture: Image.Image) -> Tensor:
        """A picture of any mode and size -> float32 C×size×size."""
        import torch

        prepare = {"photo": self._prepare_photo, "digit": self._prepare_digit, "grey": self._prepare_grey}[self.kind]
        pixels = prepare(picture)  # H×W×C uint8
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
        """Values per channel as C×1×1."""
        import torch

        return torch.tensor(values).view(-1, 1, 1)

    def _prepare_photo(self, picture: Image.Image) -> np.ndarray:
        """A picture -> uint8 size×size×3."""
        picture = picture.convert("RGB")
        method = Image.Resampling[self.interpolation.upper()]
        if self.resize is not None:
            return np.array(self._resize_and_crop(picture, self.resize, method))
        return np.array(self._scale_middle(picture))

    def _prepare_grey(self, picture: Image.Image) -> np.ndarray:
        """A picture -> uint8 size×size×1."""
        grey = picture.convert("L")
        if picture.mode != "L" or grey.size != (self.size, self.size):
            edge = np.asarray(grey)
            paper = np.median(np.concatenate([edge[0], edge[-1], edge[:, 0], edge[:, -1]]))
            grey = self._scale_middle(ImageOps.invert(grey) if paper > 127 else grey)
        return np.array(grey)[..., None]

    def _scale_middle(self, picture: Image.Image) -> Image.Image:
        """The middle square at `size`; a picture of that size as it is."""
        width, height = picture.size
        if (width, height) == (self.size, self.size):
            return picture
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        method = Image.Resampling[self.interpolation.upper()]
        return picture.resize((self.size, self.size), method, box=(left, top, left + side, top + side))

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
        """A picture -> uint8 size×size×1; black where there is no ink."""
        grey = np.asarray(picture.convert("L"), dtype=np.float32)
        edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
        paper = float(np.median(edge))
        ink = paper - grey if paper > 127 else grey - paper
        ink = np.clip(ink, 0, None)
        canvas = np.zeros((self.size, self.size, 1), np.uint8)
        if self._has_digit_form(ink):
            canvas[..., 0] = ink
            return canvas
        # Half of the strongest ink parts pen from paper, shadows and JPEG noise included.
        strong = ink > max(float(ink.max()) * 0.5, 8.0)
        if not strong.any():
            return canvas
        rows, columns = np.flatnonzero(strong.any(1)), np.flatnonzero(strong.any(0))
        ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        ink = np.clip(ink / np.quantile(ink[ink > 0], 0.9) * 255, 0, 255).astype(np.uint8)

        scale = self._digit_box / max(ink.shape)
        width, height = max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale))
        small = np.asarray(Image.fromarray(ink).resize((width, height), Image.Resampling.BICUBIC))

        # MNIST's middle is pixel 14, counted from 0: its centres lie between 13.5 and 14.5, not around 13.5.
        row, column = _find_centre_of_mass(small)
        top = int(np.clip(round(self.size / 2 - row), 0, self.size - height))
        left = int(np.clip(round(self.size / 2 - column), 0, self.size - width))
        canvas[top : top + height, left : left + width, 0] = small
        return canvas

    @property
    def _digit_box(self) -> int:
        """Longer side of a prepared digit's ink, in pixels."""
        return round(self.size * 20 / 28)

    def _has_digit_form(self, ink: np.ndarray) -> bool:
        """Whether ink (H×W, 0 where there is none) looks as if it had been prepared already.

        It is as large as a prepared picture and as dark, fills the box to a pixel, and its centre of mass is within a
        pixel of the middle: true of all 70,000 pictures of MNIST.
        """
        if ink.shape != (self.size, self.size) or ink.max() < 254:
            return False
        sides = [int(np.ptp(np.flatnonzero(ink.any(axis)))) + 1 for axis in (0, 1)]
        distances = [abs(place - self.size / 2) for place in _find_centre_of_mass(ink)]
        return self._digit_box - 1 <= max(sides) <= self._digit_box and max(distances) <= 1


def _find_centre_of_mass(ink: np.ndarray) -> tuple[float, float]:
    """Row and column, counted from 0, of the centre of mass of ink, H×W; (0, 0) of none."""
    mass = ink.astype(np.float64) / max(float(ink.sum()), 1.0)
    return float(mass.sum(1) @ np.arange(len(ink))), float(mass.sum(0) @ np.arange(ink.shape[1]))
