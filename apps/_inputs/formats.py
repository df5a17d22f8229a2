"""What a picture file says about itself, read before any decoder is started.

A decoder allocates what the header asks for, and its metadata parsers follow every offset that a file names: 64 KB of
EXIF can ask Pillow for gigabytes. So the header is read here, by offsets, and only the parts that carry pixels are
passed on; text, colour profiles, thumbnails, further frames and comments never reach a parser.

Sources: PNG third edition (W3C, 2025) sections 5 and 11; JPEG ITU-T T.81 annex B; GIF89a; WebP RFC 9649;
EXIF 2.32 section 4.6.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

from apps._inputs.errors import BadInput

ACCEPTED = "upload a PNG, JPEG, WebP, GIF or BMP picture"
MAX_PARTS = 20_000
"""PNG chunks, JPEG segments or GIF blocks; a 20 MB PNG in the customary 8 KB chunks has 2,500."""
MAX_SCANS = 40
MAX_VISITS = 500_000_000
"""Passes over a progressive JPEG, times its pixels: each pass visits all of them, and encoders make ten."""


class _Truncated(Exception):
    """The file ends before its header says so."""


@dataclass(frozen=True)
class PictureFile:
    """The pixel-carrying parts of one still picture and what its decoder will need."""

    format: str
    """Pillow's name of the format."""
    size: tuple[int, int]
    """Width and height as stored, before the orientation is applied."""
    data: bytes
    """The bytes for the decoder."""
    decoded: float
    """Bytes of memory per stored pixel that decoding takes at full size; more for what is slow, to bound its time."""
    coefficients: float = 0.0
    """Further bytes per stored pixel that no reduced decoding avoids (JPEG in several scans)."""
    orientation: int = 1
    """EXIF orientation, 1 to 8."""
    depth: int = 8
    """Bits per sample (PNG)."""
    channels: int = 3
    """Samples per pixel (PNG)."""
    key: tuple[int, ...] | None = None
    """The samples that mean "transparent" (PNG's tRNS for grey and RGB): 16-bit at depth 16, else as 8-bit values."""


def read_orientation(block: bytes) -> int:
    """Orientation (1 to 8) in an EXIF block, with or without its `Exif` prefix; 1 where it says nothing sound."""
    block = block.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None or len(block) < 8:
        return 1
    (start,) = struct.unpack_from(order + "I", block, 4)
    if start + 2 > len(block):
        return 1
    (entries,) = struct.unpack_from(order + "H", block, start)
    for at in range(start + 2, min(start + 2 + 12 * entries, len(block) - 11), 12):
        tag, kind, count, value = struct.unpack_from(order + "HHIH", block, at)
        if tag == 0x0112:
            return value if kind == 3 and count == 1 and 1 <= value <= 8 else 1
    return 1


def _read_png(data: bytes) -> PictureFile:
    """Keep IHDR, PLTE, IDAT, IEND and a palette's tRNS: of an animation that is the still picture before it."""
    view = memoryview(data)
    kept: list[bytes | memoryview] = [view[:8]]
    width = height = depth = colour = 0
    key, orientation, at = None, 1, 8
    for _ in range(MAX_PARTS):
        length, kind = struct.unpack_from(">I4s", data, at)
        body, end = at + 8, at + 12 + length
        if end > len(data):
            raise _Truncated
        if (kind == b"IHDR") != (at == 8):
            raise BadInput("This PNG is damaged, its header is not where it belongs: save it again.")
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack_from(">IIBB", data, body)
        elif kind == b"eXIf":
            orientation = read_orientation(data[body : body + min(length, 1 << 16)])
        elif kind == b"tRNS" and colour in (0, 2):
            key = struct.unpack_from(">H" if colour == 0 else ">HHH", data, body)
            most = (1 << depth) - 1
            key = tuple((sample & most) * (1 if depth >= 8 else 255 // most) for sample in key)
        if kind in (b"IHDR", b"PLTE", b"IDAT", b"IEND") or (kind == b"tRNS" and colour == 3):
            kept.append(view[at:end])
        at = end
        if kind == b"IEND":
            break
    else:
        raise BadInput("This PNG is cut into too many parts: save it again in a picture program.")
    # Pillow stores one byte per pixel for grey and palettes, four for everything with more channels.
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 4)
    decoded = {1: 1, 2: 4, 3: 4, 4: 5}[channels] * ((2 if channels == 1 else 3) if depth == 16 else 1)
    return PictureFile("PNG", (width, height), b"".join(kept), decoded, 0.0, orientation, depth, channels, key)


_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


def _read_jpeg(data: bytes) -> PictureFile:
    """Keep frame, tables and scans, plus the JFIF and Adobe segments that tell how colours are coded."""
    view = memoryview(data)
    kept: list[bytes | memoryview] = [view[:2]]
    size, scans, orientation, at = (0, 0), 0, 0, 2
    planes, coefficients = 0, 0.0
    for _ in range(MAX_PARTS):
        found = _MARKER.search(data, at)
        if found is None:
            raise _Truncated
        start, marker = found.start(), data[found.start() + 1]
        if scans:
            kept.append(view[at:start])  # the coded data that follows a scan's header
        if marker == 0xD9:
            break
        if marker in (0x01, 0xD8):
            at = start + 2
            continue
        (length,) = struct.unpack_from(">H", data, start + 2)
        body, at = start + 4, start + 2 + length
        if at > len(data):
            raise _Truncated
        if marker in (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF):
            raise BadInput("This JPEG is coded without loss or arithmetically: save it again in a picture program.")
        if marker in (0xC0, 0xC1, 0xC2):
            if planes:
                raise BadInput("This JPEG is damaged, it has two headers: save it again in a picture program.")
            height, width, planes = struct.unpack_from(">HHB", data, body + 1)
            sampling = [data[body + 7 + 3 * plane] for plane in range(planes)]
            blocks = [(s >> 4) * (s & 15) for s in sampling]
            largest = max((s >> 4 for s in sampling), default=0) * max((s & 15 for s in sampling), default=0)
            size, coefficients = (width, height), 2 * sum(blocks) / max(1, largest)
        elif marker == 0xE1 and not orientation and data[body : body + 6] == b"Exif\0\0":
            orientation = read_orientation(data[body:at])
        scans += marker == 0xDA
        if scans > MAX_SCANS or (scans > 1 and scans * size[0] * size[1] > MAX_VISITS):
            raise BadInput("This JPEG is coded in too many passes: save it again in a picture program.")
        if 0xC0 <= marker <= 0xDD or marker in (0xE0, 0xEE):
            kept.append(view[start:at])
    else:
        raise BadInput("This JPEG is cut into too many parts: save it again in a picture program.")
    kept.append(b"\xff\xd9")
    decoded = 1 if planes == 1 else 4
    # One scan is decoded row by row; several must all be held as 16-bit coefficients before the first row is ready.
    return PictureFile("JPEG", size, b"".join(kept), decoded, coefficients if scans > 1 else 0.0, orientation or 1)


def _read_gif(data: bytes) -> PictureFile:
    """Keep the screen, its palette, the first frame and that frame's control block."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = screen = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    control = b""
    parts = 0
    while data[at] == 0x21:
        start, label = at, data[at + 1]
        at += 2
        while data[at]:
            at += 1 + data[at]
            parts += 1
            if parts > MAX_PARTS:
                raise BadInput("This GIF is cut into too many parts: save it again in a picture program.")
        at += 1
        if label == 0xF9:
            control = data[start:at]
    if data[at] == 0x3B:
        raise BadInput(f"This GIF has no picture in it: {ACCEPTED}.")
    if data[at] != 0x2C:
        raise _Truncated
    left, top, frame_width, frame_height = struct.unpack_from("<HHHH", data, at + 1)
    size = max(width, left + frame_width), max(height, top + frame_height)
    return PictureFile("GIF", size, data[:screen] + control + data[at:], 2)


def _read_webp(data: bytes) -> PictureFile:
    """All of it: the decoder shows the first frame without visiting the others."""
    (length,) = struct.unpack_from("<I", data, 4)
    if 8 + length > len(data):
        raise _Truncated
    kind = data[12:16]
    if kind == b"VP8X":
        size = tuple(1 + int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        size = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    else:
        size = tuple(side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    # libwebp keeps two RGBA canvases; Pillow copies one of them twice.
    return PictureFile("WEBP", (size[0], size[1]), data, 13)


def _read_bmp(data: bytes) -> PictureFile:
    """All of it, unless run-length coded: Pillow decodes that byte by byte in Python."""
    (header,) = struct.unpack_from("<I", data, 13)
    if header == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        packing = 0
    else:
        width, height, _, bits, packing = struct.unpack_from("<iiHHI", data, 18)
    if packing in (1, 2):
        raise BadInput("This BMP is run-length coded, which is not accepted: save it as PNG first.")
    return PictureFile("BMP", (width, abs(height)), data, 1 if bits <= 8 else 4)


_READERS: dict[bytes, Callable[[bytes], PictureFile]] = {
    b"\x89PNG\r\n\x1a\n": _read_png,
    b"\xff\xd8\xff": _read_jpeg,
    b"GIF87a": _read_gif,
    b"GIF89a": _read_gif,
    b"BM": _read_bmp,
}
_OTHERS = {
    b"%PDF": "a PDF document",
    b"II*\0": "a TIFF picture",
    b"MM\0*": "a TIFF picture",
    b"8BPS": "a Photoshop file",
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\x1f\x8b": "a compressed archive",
    b"\0\0\0\x0cJXL ": "a JPEG XL picture",
    b"\xff\x0a": "a JPEG XL picture",
    b"\0\0\0\x0cjP  ": "a JPEG 2000 picture",
}


def _name_format(data: bytes) -> str:
    """What a file is that starts like no accepted picture."""
    head = data[:2048].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        return {b"avif": "an AVIF picture", b"avis": "an AVIF picture"}.get(
            brand, "a HEIC picture" if brand[:3] in (b"hei", b"hev", b"mif", b"msf") else "a video"
        )
    if head.startswith(b"<") and b"<svg" in head:
        return "an SVG drawing, which has no pixels"
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "a web page, not a picture"
    for start, name in _OTHERS.items():
        if data.startswith(start):
            return name
    return "not a picture that can be read here"


def read_header(data: bytes) -> PictureFile:
    """Read a picture file's header: PNG, JPEG, WebP, GIF or BMP, told by content and never by name.

    Raises BadInput for other kinds of file, for one that stops early and for one that is cut into a flood of parts.
    """
    if not data:
        raise BadInput(f"The file is empty: {ACCEPTED}.")
    reader = next((read for start, read in _READERS.items() if data.startswith(start)), None)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        reader = _read_webp
    if reader is None:
        raise BadInput(f"This file is {_name_format(data)}: {ACCEPTED}.")
    try:
        return reader(data)
    except (_Truncated, struct.error, IndexError):
        raise BadInput("The file stops before its picture is complete: upload it again from the original.") from None
