"""Paper: one square that holds what a visitor draws, uploads or picks from the examples."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any, ClassVar

from gradio_client.utils import is_file_obj_with_meta
from PIL import Image

from apps._gallery.widget import Widget
from apps._inputs import BadInput

MAX_DRAWING = 2_000_000
"""Characters of a drawing's data URL; the sheet's 280 × 280 pixels take a tenth of it even when they are noise."""
SHOWN_SIDE = 560
"""Longer side, in pixels, of a picture on the sheet: two for each of its points on the screen."""


class Paper(Widget):
    """From the browser: `source` is "blank", "drawing" (with `picture`), "file" (with `file`), "example" (with `name`).

    To the browser, either the examples on opening (`examples`, and the name of the one to `show`), or the answer to a
    `turn` of the visitor: `shown`, the upload as it was read, or `problem`, one sentence.
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


def for_paper(picture: Image.Image) -> str:
    """A picture as a data URL, small enough to travel and sharp enough for the sheet."""
    picture = picture.copy()
    picture.thumbnail((SHOWN_SIDE, SHOWN_SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=80)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
