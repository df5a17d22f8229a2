"""The worked examples that tabs open on and menus offer: photographs that a package ships, and drawn digits."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any

from PIL import Image

from apps._inputs.pictures import read_picture
from zoo.examples import drawn_digit, example_pictures

DIGITS = tuple("0123456789")


def list_examples(kind: str | None = None) -> list[tuple[str, str]]:
    """(what a menu shows, name) of every worked example; of "photo" or "digit" alone where `kind` says so."""
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
    if is_example(picture):
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
    if isinstance(picture, str) and picture in _photos():
        picture = _photos()[picture]
    return read_picture(picture)


@functools.cache
def _photos() -> dict[str, Path]:
    return example_pictures()
