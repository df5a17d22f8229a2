"""The worked examples that tabs open on and menus offer: photographs that a package ships, drawn digits and flowers."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any

from PIL import Image

from apps._inputs.pictures import read_picture
from zoo.examples import drawn_digit, drawn_flower, example_pictures

DIGITS = tuple("0123456789")
FLOWERS = {
    "daisy": ("a drawn daisy", "daisy", 0),
    "daisy-2": ("another drawn daisy", "daisy", 1),
    "sunflower": ("a drawn sunflower", "sunflower", 0),
    "sunflower-2": ("another drawn sunflower", "sunflower", 1),
}
"""Of each drawn flower what a menu shows, its kind and its seed."""


def list_examples(kind: str | None = None) -> list[tuple[str, str]]:
    """(what a menu shows, name) of every photograph and digit; of "photo", "digit" or "flower" alone by `kind`."""
    if kind == "flower":
        return [(title, name) for name, (title, _, _) in FLOWERS.items()]
    photos = [(f"{'an' if name[0] in 'aeiou' else 'a'} {name}", name) for name in _photos()]
    digits = [(f"a drawn {digit}", digit) for digit in DIGITS]
    return [*(photos if kind != "digit" else []), *(digits if kind != "photo" else [])]


def is_example(name: object, kind: str | None = None) -> bool:
    """Whether a worked example has that name, and is of that kind."""
    return name in [example for _, example in list_examples(kind)]


def identify_picture(picture: Any) -> str:
    """What stands for a picture's content without decoding it; "" for what has to be looked at each time.

    `picture` is the name of a worked example, a file's bytes, or its path, with which its size and its time count.
    """
    if isinstance(picture, bytes):
        return hashlib.sha256(picture).hexdigest()
    if is_example(picture) or is_example(picture, "flower"):
        return str(picture)
    try:
        state = Path(picture).stat()
    except (OSError, TypeError, ValueError):
        return ""
    return f"{picture} {state.st_mtime_ns} {state.st_size}"


def open_picture(picture: Any) -> Image.Image:
    """Read a worked example by its name, and anything else as `read_picture` does.

    Raises:
        BadInput: there is no picture to be had.
    """
    if picture in DIGITS:
        return drawn_digit(int(picture))
    if isinstance(picture, str) and picture in FLOWERS:
        return drawn_flower(*FLOWERS[picture][1:])
    if isinstance(picture, str) and picture in _photos():
        picture = _photos()[picture]
    return read_picture(picture)


@functools.cache
def _photos() -> dict[str, Path]:
    return example_pictures()
