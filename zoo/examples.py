"""Worked examples: photographs that a package carries, and digits and flowers that are drawn here."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

_PHOTOS = {"cat": "chelsea.png", "astronaut": "astronaut.png", "coffee": "coffee.png", "rocket": "rocket.jpg"}

# Control points of each stroke in hundredths of the sheet, x to the right and y down; a slash lifts the pen.
_STROKES = {
    0: "53 17  39 23  30 40  29 62  38 80  53 84  66 73  72 52  68 30  58 18  50 17",
    1: "38 32  46 26  54 16 / 54 16  53 38  51 62  49 85",
    2: "30 33  36 21  50 16  64 22  66 36  58 52  44 68  29 82 / 29 82  45 80  60 81  74 80",
    3: "31 23  45 16  60 19  65 31  57 43  44 47 / 44 47  60 50  69 62  64 77  49 85  30 79",
    4: "42 17  37 34  28 57 / 28 57  45 57  60 56  75 54 / 62 32  60 50  59 68  57 86",
    5: "68 18  56 19  38 20 / 38 20  36 32  34 46 / 34 46  50 41  65 48  69 63  61 78  46 84  30 78",
    6: "62 16  48 26  36 44  31 64  38 80  53 85  66 76  66 61  54 53  41 58  33 69",
    7: "29 20  43 20  58 19  71 18 / 71 18  62 38  53 60  46 85",
    8: "64 29  55 17  41 19  36 32  46 45  60 56  66 70  58 82  43 83  34 72  40 57  54 45  63 36  64 29",
    9: "66 29  57 18  41 20  33 34  40 47  54 46  65 33 / 67 25  66 45  63 66  57 86",
}


def example_pictures() -> dict[str, Path]:
    """Photographs by name (cat, astronaut, coffee, rocket): the files that scikit-image carries, without importing it.

    Raises FileNotFoundError where scikit-image is not installed or lacks one.
    """
    package = importlib.util.find_spec("skimage")
    if package is None or not package.submodule_search_locations:
        raise FileNotFoundError("The example photographs come with scikit-image: install it.")
    folder = Path(package.submodule_search_locations[0]) / "data"
    photos = {name: folder / file for name, file in _PHOTOS.items()}
    for path in photos.values():
        if not path.is_file():
            raise FileNotFoundError(f"scikit-image carries no {path.name}: install the version that is pinned.")
    return photos


def drawn_digit(digit: int, size: int = 280) -> Image.Image:
    """A digit from 0 to 9 as a hand would draw it on a pad: dark ink on white paper, RGB of `size` × `size` pixels.

    Always the same picture for the same arguments. Raises ValueError for anything but a digit and a positive size.
    """
    if digit not in _STROKES or size < 1:
        raise ValueError(f"There is no drawing of {digit!r} with {size!r} pixels a side: ask for a digit from 0 to 9.")
    scale = 4
    side = size * scale
    paper = Image.new("L", (side, side), 255)
    pen = ImageDraw.Draw(paper)
    for stroke in _STROKES[digit].split("/"):
        points = _smooth(np.array(stroke.split(), dtype=float).reshape(-1, 2) / 100)
        # A hand presses harder in the middle of a stroke than at its ends.
        along = np.linspace(0, np.pi, len(points))
        radii = (0.034 + 0.007 * np.sin(along)) * side
        for (x, y), radius in zip(points * side, radii, strict=True):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=24)
    return paper.resize((size, size), Image.Resampling.BOX).convert("RGB")


_FLOWERS = {"daisy": ((246, 244, 236), (232, 178, 32), 0.30), "sunflower": ((244, 186, 22), (84, 50, 22), 0.46)}
"""Colours of petals and disc, and the disc's share of the flower's radius."""


def drawn_flower(kind: str, seed: int, size: int = 64) -> Image.Image:
    """A "daisy" or a "sunflower" before a blurred meadow, as a camera might see it: RGB of `size` × `size` pixels.

    Always the same picture for the same arguments. Raises ValueError for another kind, or a size below 8.
    """
    if kind not in _FLOWERS or size < 8:
        raise ValueError(
            f"There is no drawing of {kind!r} with {size!r} pixels a side: ask for a daisy or a sunflower."
        )
    petal, disc, share = _FLOWERS[kind]
    dice = np.random.default_rng([seed, len(kind)])
    side = size * 4
    low = dice.uniform(0, 1, (6, 6, 1)) * [50, 90, 30] + dice.uniform(20, 50, 3)
    paper = Image.fromarray(low.clip(0, 255).astype(np.uint8)).resize((side, side), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(paper)
    x, y = dice.uniform(0.44, 0.56, 2) * side
    radius, count, turn = dice.uniform(0.34, 0.44) * side, int(dice.integers(15, 24)), dice.uniform(0, np.pi)
    pen.line((x, y, x + dice.uniform(-0.2, 0.2) * side, side), fill=(66, 112, 40), width=side // 24)
    for layer in (0.0, 0.5):
        for petal_number in range(count):
            angle = turn + 2 * np.pi * (petal_number + layer) / count + dice.normal(0, 0.05)
            length, width = radius * dice.uniform(0.88, 1.0), radius * 2.4 / count
            along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
            t = np.linspace(0, 1, 12)[:, None]
            half = width * np.sin(np.pi * t**0.7)
            edge = np.concatenate([t * length * along + half * across, (t * length * along - half * across)[::-1]])
            shade = dice.uniform(0.78, 1.0)
            pen.polygon([(x + dx, y + dy) for dx, dy in edge], fill=tuple(int(value * shade) for value in petal))
    for number in range(220):
        distance, angle = radius * share * np.sqrt(number / 220), number * np.pi * (3 - np.sqrt(5))
        shade, dot = 1.1 - 0.5 * number / 220 * dice.uniform(0.6, 1), radius * share / 11
        dx, dy = distance * np.cos(angle), distance * np.sin(angle)
        fill = tuple(min(255, int(value * shade)) for value in disc)
        pen.ellipse((x + dx - dot, y + dy - dot, x + dx + dot, y + dy + dot), fill=fill)
    return paper.resize((size, size), Image.Resampling.BOX)


def _smooth(points: np.ndarray, steps: int = 60) -> np.ndarray:
    """A uniform Catmull-Rom spline through the points (Catmull and Rom, 1974): (n, 2) to (steps × (n - 1) + 1, 2)."""
    ends = np.concatenate((2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]))
    before, start, end, after = ends[:-3, None], ends[1:-2, None], ends[2:-1, None], ends[3:, None]
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    curve = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    return np.concatenate((curve.reshape(-1, 2), points[-1:]))
