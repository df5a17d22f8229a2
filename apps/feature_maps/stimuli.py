"""Pictures to look for what a channel likes: gratings, edges, blobs and the like, drawn digits, crops of photographs.

All are made here, from formulas, from `zoo.examples` and from the photographs that scikit-image carries; none is from
a network's training data. The same size always gives the same pictures in the same order, which mixes the kinds.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image

from zoo.examples import drawn_digit, example_pictures

_COLOURS = {
    "red": (0.85, 0.15, 0.12), "green": (0.15, 0.65, 0.2), "blue": (0.12, 0.3, 0.85), "yellow": (0.95, 0.85, 0.15),
    "orange": (0.95, 0.55, 0.1), "violet": (0.5, 0.2, 0.7), "white": (1.0, 1.0, 1.0), "black": (0.0, 0.0, 0.0),
}  # fmt: skip
_PAIRS = (("red", "green"), ("blue", "yellow"))
_GREY = (0.5, 0.5, 0.5)


class Stimulus(NamedTuple):
    """What the picture shows, in words, and its pixels, H×W×C of uint8 with C as the network wants it."""

    title: str
    pixels: np.ndarray


@functools.lru_cache(maxsize=3)  # at 224 pixels they hold 35 MB
def make(size: int, channels: int) -> tuple[Stimulus, ...]:
    """Some two hundred pictures of `size` pixels a side: in colour for three channels, light on black for one."""
    made = list(_colourful(size) if channels == 3 else _inked(size))
    order = np.random.default_rng(0).permutation(len(made))
    return tuple(
        Stimulus(made[i][0], np.clip(np.rint(made[i][1] * 255), 0, 255).astype(np.uint8).reshape(size, size, channels))
        for i in order
    )


Drawn = tuple[str, np.ndarray]


def _colourful(size: int) -> Iterator[Drawn]:
    for title, shape in _shapes(size):
        yield title, _mix(shape, "black", "white")
    for first, second in _PAIRS:
        name = f"{first} and {second}"
        for angle in range(0, 180, 30):
            for wave in (4, 10):
                yield (
                    f"{name} grating, {angle}°, {wave} px",
                    _mix(_grating(size, angle, wave), first, second),
                )
        for turn in range(0, 360, 90):
            yield f"{name} edge, {turn}°", _mix(_edge(size, turn), first, second)
        yield f"{name} checkerboard, 4 px", _mix(_checkers(size, 4), first, second)
    for name, colour in _COLOURS.items():
        yield f"all {name}", np.broadcast_to(colour, (size, size, 3))
        for share in (0.12, 0.3):
            yield f"{name} blob, {_pixels(share * size)} wide", _over(_blob(size, share), colour)
    for digit in range(10):
        yield f"a drawn {digit}", np.asarray(drawn_digit(digit, size)) / 255
    for name in example_pictures():
        yield from _crops(name, size)


def _inked(size: int) -> Iterator[Drawn]:
    """For networks that read digits: light ink on black."""
    yield from _shapes(size)
    for digit in range(10):
        upright = drawn_digit(digit)
        for turn in (-25, 0, 25):
            drawing = upright.rotate(turn, Image.Resampling.BICUBIC, fillcolor=(255, 255, 255))
            for share in (0.5, 0.72):
                side = round(share * size)
                ink = 1 - np.asarray(drawing.convert("L").resize((side, side), Image.Resampling.BOX)) / 255
                sheet, corner = np.zeros((size, size)), (size - side) // 2
                sheet[corner : corner + side, corner : corner + side] = ink
                turned = f", turned {'−' if turn < 0 else ''}{abs(turn)}°" if turn else ""
                yield f"a drawn {digit}{turned}, {side} px", sheet
    for angle in range(0, 180, 30):
        for aside in (-0.2, 0.0, 0.2):
            yield f"stroke, {angle}°", _stroke(size, angle, aside)


def _shapes(size: int) -> Iterator[Drawn]:
    """Values from 0 to 1, of H×W."""
    for angle in range(0, 180, 15):
        for wave in (3, 5, 9, 16):
            yield f"grating, {angle}°, {wave} px", _grating(size, angle, wave)
    for turn in range(0, 360, 45):
        yield f"edge, {turn}°", _edge(size, turn)
    for cell in (1, 2, 4, 8):
        yield f"checkerboard, {cell} px", _checkers(size, cell)
    for wave in (4, 8, 14):
        yield f"rings, {wave} px", 0.5 + 0.5 * np.cos(2 * np.pi * _away(size) / wave)
    for gap in (4, 7, 12):
        y, x = np.mgrid[:size, :size] % gap - gap / 2 + 0.5
        dots = np.clip(gap / 4 + 0.5 - np.hypot(y, x), 0, 1)
        yield f"light dots, {gap} px apart", dots
        yield f"dark dots, {gap} px apart", 1 - dots
    for share in (0.1, 0.25):
        disc = np.clip(share * size + 0.5 - _away(size), 0, 1)
        yield f"light disc, {_pixels(2 * share * size)} wide", disc
        yield f"dark disc, {_pixels(2 * share * size)} wide", 1 - disc
    for seed in range(2):
        yield "noise", np.random.default_rng(seed).random((size, size))


def _crops(name: str, size: int) -> Iterator[Drawn]:
    """A photograph's middle square, then smaller squares at seeded places."""
    draw = np.random.default_rng(len(name))
    photo = Image.open(example_pictures()[name]).convert("RGB")
    width, height = photo.size
    for share, count in ((1.0, 1), (0.6, 4), (0.35, 6), (0.2, 5)):
        side = share * min(width, height)
        for _ in range(count):
            # The one whole square stands in the middle.
            across, down = (0.5, 0.5) if count == 1 else draw.random(2)
            left, top = across * (width - side), down * (height - side)
            crop = photo.resize((size, size), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side))
            article = "an" if name[0] in "aeiou" else "a"
            yield f"{article} {name}" if count == 1 else f"part of {article} {name}", np.asarray(crop) / 255


def _away(size: int) -> np.ndarray:
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    return np.hypot(y, x)


def _along(size: int, angle: float) -> np.ndarray:
    """Pixels from the middle in the direction `angle`, counted from the right towards the top."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    return x * np.cos(np.radians(angle)) - y * np.sin(np.radians(angle))


def _grating(size: int, angle: float, wave: float) -> np.ndarray:
    return 0.5 + 0.5 * np.sin(2 * np.pi * _along(size, angle) / wave)


def _edge(size: int, turn: float) -> np.ndarray:
    return np.clip(_along(size, turn) + 0.5, 0, 1)


def _checkers(size: int, cell: int) -> np.ndarray:
    return (np.indices((size, size)) // cell).sum(0) % 2 * 1.0


def _blob(size: int, share: float) -> np.ndarray:
    return np.exp(-0.5 * (_away(size) / (share * size)) ** 2)


def _stroke(size: int, angle: float, aside: float) -> np.ndarray:
    across, along = _along(size, angle + 90) - aside * size, _along(size, angle)
    return np.clip(size / 14 + 0.5 - np.abs(across), 0, 1) * (np.abs(along) < 0.36 * size)


def _mix(shape: np.ndarray, first: str, second: str) -> np.ndarray:
    """H×W of 0 to 1 -> H×W×3 from one colour to the other."""
    return _COLOURS[first] + shape[..., None] * np.subtract(_COLOURS[second], _COLOURS[first])


def _over(shape: np.ndarray, colour: tuple[float, float, float]) -> np.ndarray:
    return _GREY + shape[..., None] * np.subtract(colour, _GREY)


def _pixels(length: float) -> str:
    return f"{max(1, round(length))} px"
