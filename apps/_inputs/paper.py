"""Paper: one square that holds what a visitor draws, uploads or picks from the examples."""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import gradio as gr
from gradio_client.utils import is_file_obj_with_meta
from PIL import Image

from apps._gallery.widget import Container, Widget
from apps._inputs import BadInput, read_picture
from apps._inputs.examples import is_example, list_examples, open_picture
from apps._inputs.pictures import MAX_FILE
from apps._inputs.urls import write_preview_url

MAX_DRAWING = 2_000_000
"""Characters of a drawing's data URL; the sheet's 280 × 280 pixels take a tenth of it even when they are noise."""
SHOWN_SIDE = 560
"""Longer side, in pixels, of a picture on the sheet: two for each of its points on the screen."""


class Paper(Widget):
    """From the browser: `source` is "blank", "drawing" (with `picture`), "file" (with `file`), "example" (with `name`).

    To the browser, either what it opens on (`examples`, each with `name`, `title` and `picture`; the name of the one to
    `show`; perhaps a `problem`; and `megabytes`, how large a file may be), or what `answers` a `turn` of the visitor:
    `shown`, the upload as it was read, or `problem`, one sentence.
    """

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "source": {"type": "string", "enum": ["blank", "drawing", "file", "example"]},
            "picture": {"type": "string", "description": "PNG of a drawing as a data URL"},
            "name": {"type": "string", "description": "name of an example"},
            "file": {"type": "object", "description": "an uploaded file"},
            "turn": {"type": "integer"},
        },
    }


class PaperPlace(Container):
    """Keeps the sheet inside it small."""


def read_paper(value: dict[str, Any] | None) -> str | bytes | None:
    """What lies on the sheet, for `read_picture`: a drawing's bytes or an upload's path, None for anything else.

    Raises:
        BadInput: the drawing is no PNG of the sheet, or the file was not uploaded through gradio.
    """
    value = value or {}
    if value.get("source") == "drawing":
        head, _, body = str(value.get("picture")).partition(",")
        if head != "data:image/png;base64" or len(body) > MAX_DRAWING:
            raise BadInput("The drawing did not arrive whole: clear the sheet and draw again.")
        try:
            return base64.b64decode(body, validate=True)
        except binascii.Error:
            raise BadInput("The drawing did not arrive whole: clear the sheet and draw again.") from None
    if value.get("source") == "file":
        file: Any = value.get("file")
        # Gradio proves for objects of exactly this kind, and for no other, that the path is an upload.
        if not is_file_obj_with_meta(file):
            raise BadInput("The file did not arrive: upload it again.")
        return file["path"]
    return None


def offer_examples(examples: Sequence[tuple[str, str, Image.Image]], show: str) -> dict[str, Any]:
    """The value on which the paper opens: worked examples, each its title, name and picture, and the name to `show`."""
    shelf = [
        {"name": name, "title": title, "picture": write_preview_url(picture, SHOWN_SIDE)}
        for title, name, picture in examples
    ]
    return {"examples": shelf, "show": show, "megabytes": MAX_FILE // 10**6}


@functools.cache
def offer_digits(show: str) -> dict[str, Any]:
    """The value on which a paper opens that has the ten drawn digits beside it, the one of that name on it."""
    return offer_examples([(title, name, open_picture(name)) for title, name in list_examples("digit")], show)


def answer_digit(
    value: dict[str, Any] | None, blank: Sequence[Any], use: Callable[[Image.Image, str], Sequence[Any]]
) -> list[Any]:
    """What a paper with digits beside it is told, where a refusal is written, and after it the values of other parts.

    Args:
        value: the paper's.
        blank: of the other parts where nothing lies on the sheet.
        use: their values for a picture and the name of the digit; "" for the visitor's own.
    """
    value = value if isinstance(value, dict) else {}
    source, turn = value.get("source"), value.get("turn")
    if source == "blank":
        return [gr.skip(), *blank]
    name = str(value.get("name")) if source == "example" and is_example(value.get("name"), "digit") else ""
    try:
        picture = open_picture(name) if name else read_picture(read_paper(value))
        others = use(picture, name)
    except BadInput as refusal:
        return [{"answers": turn, "problem": str(refusal)}, *(gr.skip() for _ in blank)]
    if source != "file":
        return [gr.skip(), *others]
    return [{"answers": turn, "shown": write_preview_url(picture, SHOWN_SIDE)}, *others]
