"""The one way in for pictures: each of a visitor's passes through here before anything else touches it.

A picture is refused by its header, before memory is taken for it, or becomes 8-bit RGB of at most `MAX_SIDE` pixels a
side: upright, transparency on white, 16 bits scaled and not clipped, the first frame of an animation.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from apps._inputs.errors import BadInput
from apps._inputs.formats import ACCEPTED, PictureFile, read_header, read_orientation

MAX_SIDE = 2048
"""Longer side, in pixels, of any picture that comes out of `read_picture`."""
MAX_FILE = 20_000_000
"""Bytes of an uploaded file."""
MAX_PIXELS = 40_000_000
"""Pixels that a decoder writes; a JPEG is decoded at a reduced size and may have `MAX_JPEG_PIXELS`."""
MAX_JPEG_PIXELS = 80_000_000
MAX_LENGTH = 65_535
"""Pixels on a side, so that a strip of rows is thin."""
MAX_LAYERS = 8
"""Layers of a drawing."""
MAX_MEMORY = 112_000_000
"""Bytes that one decoder may hold; with the file itself, strips and the result this stays under 200 MB."""

_NOTHING = "Draw or upload a picture first."
_STRIP = 1 << 18
"""Pixels that are shrunk at once."""
_ORIENTATIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Box = tuple[int, int, int, int]


def read_picture(source: str | Path | bytes | np.ndarray | Image.Image | dict[str, Any] | None) -> Image.Image:
    """Read what a visitor drew or uploaded as an 8-bit RGB picture of at most `MAX_SIDE` pixels a side.

    `source` is a file's path, its bytes, a base64 `data:` URL, an array (H×W, H×W×3 or H×W×4; bool, uint8, uint16, or
    floating in 0..1), a Pillow picture, or a drawing pad's value: a dict of any of these under `composite`, or else
    under `background` and in the list `layers`.

    Raises BadInput, and nothing else, where there is no picture to be had.
    """
    try:
        if isinstance(source, dict):
            return _read_drawing(source)
        return _lay_on_white(_read_piece(source))
    except BadInput:
        raise
    except Exception as error:
        if "truncated" in str(error):
            reason = "The file stops before its picture is complete: upload it again from the original."
        else:
            reason = f"The picture is damaged and cannot be read: {ACCEPTED}."
        raise BadInput(reason) from None


def _read_drawing(value: dict[str, Any]) -> Image.Image:
    """A drawing pad's value as RGB, its layers over its background; refused if nothing is drawn."""
    pieces = [value.get("composite")]
    if pieces[0] is None:
        pieces = [piece for piece in (value.get("background"), *(value.get("layers") or ())) if piece is not None]
    if not pieces:
        raise BadInput(_NOTHING)
    if len(pieces) > 1 + MAX_LAYERS:
        raise BadInput(f"The drawing has {len(pieces) - 1} layers and at most {MAX_LAYERS} are accepted: merge some.")
    canvas, *layers = (_read_piece(piece).convert("RGBA") for piece in pieces)
    for layer in layers:
        if layer.size != canvas.size:
            raise BadInput("The layers of the drawing differ in size: draw on one pad.")
        canvas = Image.alpha_composite(canvas, layer)
    drawing = _lay_on_white(canvas)
    if drawing.getcolors(1):
        raise BadInput(_NOTHING)
    return drawing


def _read_piece(source: object) -> Image.Image:
    """One source as RGB or RGBA, upright and at most `MAX_SIDE` a side."""
    if isinstance(source, str) and source.startswith("data:"):
        source = _read_data_url(source)
    elif isinstance(source, str | Path) and source != "":
        source = _read_bytes(Path(source))
    match source:
        case bytes():
            if len(source) > MAX_FILE:
                raise BadInput(_say_too_large(len(source)))
            return _decode(read_header(source))
        case Image.Image():
            _check_size("picture", source.size, MAX_PIXELS)
            picture = _shrink(source.size, lambda box: _convert_to_eight_bits(source.crop(box)))
            return _apply_orientation(picture, read_orientation(source.info.get("exif", b"")))
        case np.ndarray():
            if source.ndim not in (2, 3) or (source.ndim == 3 and source.shape[2] not in (3, 4)):
                raise BadInput(f"An array of shape {source.shape} is no picture: pass H×W, H×W×3 or H×W×4.")
            size = source.shape[1], source.shape[0]
            _check_size("array", size, MAX_PIXELS)
            return _shrink(size, lambda box: _convert_samples(source[box[1] : box[3]]))
        case None | "":
            raise BadInput(_NOTHING)
    raise BadInput(f"There is no picture in this value: {ACCEPTED}.")


def _read_bytes(path: Path) -> bytes:
    """A file's content, refused by its size before it is read."""
    try:
        size = path.stat().st_size
        if size <= MAX_FILE:
            return path.read_bytes()
    except (OSError, ValueError):
        raise BadInput("The uploaded file cannot be found: upload the picture again.") from None
    raise BadInput(_say_too_large(size))


def _read_data_url(url: str) -> bytes:
    """The content of a base64 `data:` URL, refused by its length before it is decoded."""
    size = len(url) * 3 // 4
    if size > MAX_FILE:
        raise BadInput(_say_too_large(size))
    return base64.b64decode(url.partition(",")[2])


def _say_too_large(size: int) -> str:
    """The sentence for a file of so many bytes."""
    return f"The file has {math.ceil(size / 1e6)} MB and at most {MAX_FILE // 10**6} are accepted: make it smaller."


def _check_size(kind: str, size: tuple[int, int], most: float) -> None:
    """Refuse no pixels, more than `most`, and a side longer than `MAX_LENGTH`; `kind` names the picture."""
    width, height = size
    kind = "WebP" if kind == "WEBP" else kind
    if width < 1 or height < 1:
        raise BadInput(f"This {kind} says that it has no pixels: {ACCEPTED}.")
    if width * height > most:
        raise BadInput(
            f"This {kind} has {math.ceil(width * height / 1e6):,} megapixels"
            f" and at most {math.floor(most / 1e6)} are accepted: make it smaller."
        )
    if max(size) > MAX_LENGTH:
        raise BadInput(f"This {kind} is {max(size):,} pixels long and at most {MAX_LENGTH:,} are accepted: crop it.")


def _decode(file: PictureFile) -> Image.Image:
    """RGB or RGBA, upright, at most `MAX_SIDE` a side; refused by size before anything is decoded."""
    reduction, most = 1, MAX_PIXELS
    if file.format == "JPEG":
        reduction = max(step for step in (1, 2, 4, 8) if step <= _find_reduction(file.size))
        most = MAX_JPEG_PIXELS
    _check_size(file.format, file.size, min(most, MAX_MEMORY / (file.decoded / reduction**2 + file.coefficients)))
    # The four bytes of a 16-bit grey-alpha pixel are taken as they stand; Pillow's own way drops every second one.
    image = _load(file, reduction, "RGBA" if file.depth == 16 and file.channels == 2 else None)
    orientation = file.orientation
    if file.format == "WEBP":
        orientation = read_orientation(image.info.get("exif", b""))
    return _apply_orientation(_shrink(image.size, _make_cutter(file, image)), orientation)


def _load(file: PictureFile, reduction: int = 1, rawmode: str | None = None) -> Image.Image:
    """Decode a JPEG `reduction` times smaller; `rawmode` overrides how samples are unpacked into Pillow's mode."""
    image = Image.open(io.BytesIO(file.data), formats=[file.format])
    if image.size != file.size:
        raise BadInput(f"This {file.format} contradicts itself about its size: save it again in a picture program.")
    if reduction > 1:
        image.draft(None, (max(1, image.width // reduction), max(1, image.height // reduction)))
    if rawmode:
        image.tile = [tile._replace(args=rawmode) for tile in image.tile]
    image.load()
    return image


def _make_cutter(file: PictureFile, image: Image.Image) -> Callable[[Box], Image.Image]:
    """A function that cuts a box out of the decoded picture as 8-bit L, RGB or RGBA."""
    if file.depth < 16 or file.channels == 1:
        if file.key is None:
            return lambda box: _convert_to_eight_bits(image.crop(box))
        return lambda box: _convert_samples(np.asarray(image.crop(box)), file.key)
    if file.channels == 2:
        return lambda box: _convert_samples(np.asarray(image.crop(box)).view(">u2"))
    # Pillow has no mode for several 16-bit channels and keeps the high byte of each sample. The same file, unpacked
    # as if its samples were little-endian, yields the low byte.
    low = _load(file, rawmode="RGB;16L" if file.channels == 3 else "RGBA;16L")

    def join(box: Box) -> Image.Image:
        samples = np.asarray(image.crop(box)).astype(np.uint16) << 8 | np.asarray(low.crop(box))
        return _convert_samples(samples, file.key)

    return join


def _convert_samples(values: np.ndarray, key: tuple[int, ...] | None = None) -> Image.Image:
    """H×W, or H×W×(2, 3, 4), as 8-bit L, RGB or RGBA; pixels that equal `key` become transparent."""
    if values.dtype == np.bool_:
        values = values.astype(np.uint8) * np.uint8(255)
    if values.dtype == np.uint8:
        eight = values
    elif values.dtype.kind == "u" and values.dtype.itemsize == 2:
        eight = ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)
    elif values.dtype.kind == "f":
        if not (values.min() >= 0 and values.max() <= 1):
            raise BadInput("The array has values outside 0..1: scale floating values to 0..1, or pass uint8.")
        eight = np.rint(values.astype(np.float32) * 255).astype(np.uint8)
    else:
        raise BadInput(f"An array of {values.dtype} is no picture: pass uint8, uint16, bool, or floats in 0..1.")
    if key:
        clear = np.all(np.atleast_3d(values) == key, axis=2)
        eight = np.dstack((eight, np.where(clear, 0, 255).astype(np.uint8)))
    picture = Image.fromarray(np.ascontiguousarray(eight))
    return picture.convert("RGBA") if picture.mode == "LA" else picture


def _convert_to_eight_bits(part: Image.Image) -> Image.Image:
    """Any of Pillow's modes as 8-bit L, RGB or RGBA."""
    if part.mode.startswith("I;16") or part.mode == "F":
        return _convert_samples(np.asarray(part))
    if part.mode == "I":
        return _convert_samples(np.asarray(part).clip(0, 65535).astype(np.uint16))
    if part.mode in ("LA", "PA", "RGBA", "RGBa") or "transparency" in part.info:
        return part.convert("RGBA")
    return part.convert("L" if part.mode in ("1", "L") else "RGB")


def _find_reduction(size: tuple[int, int]) -> int:
    """The least whole number by which a picture is to be shrunk, so that it keeps to `MAX_SIDE`."""
    return max(1, math.ceil(max(size) / MAX_SIDE))


def _shrink(size: tuple[int, int], strip: Callable[[Box], Image.Image]) -> Image.Image:
    """Box-average a picture that is handed over in strips, so that it never exists a second time at full size."""
    width, height = size
    factor = _find_reduction(size)
    rows = max(1, _STRIP // (width * factor)) * factor
    result: Image.Image | None = None
    for top in range(0, height, rows):
        part = strip((0, top, width, min(top + rows, height)))
        if result is None:
            mode = "RGBA" if part.mode == "RGBA" else "RGB"
            result = Image.new(mode, (math.ceil(width / factor), math.ceil(height / factor)))
        result.paste(part.reduce(factor), (0, top // factor))
    assert result is not None
    return result


def _apply_orientation(picture: Image.Image, orientation: int) -> Image.Image:
    """The picture upright, from how EXIF says that it lies."""
    return picture.transpose(_ORIENTATIONS[orientation]) if orientation in _ORIENTATIONS else picture


def _lay_on_white(picture: Image.Image) -> Image.Image:
    """RGBA -> RGB, with white where it is transparent; RGB as it is."""
    if picture.mode != "RGBA":
        return picture
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper
