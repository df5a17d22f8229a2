"""Picture inputs that hand uploads over as they came, so that `apps._inputs.read_picture` is the first to look at it.

Gradio's own preprocessing opens an upload before any handler runs: 88 megapixels are decoded in full, 16 bits are
clipped, a file that is no picture ends as "Error". In the browser and for API clients nothing differs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import gradio as gr
from gradio.data_classes import ImageData
from gradio.utils import get_upload_folder, is_in_or_equal
from PIL.Image import Image

from apps._gallery.component import Quiet
from apps._gallery.polite import polite
from apps._inputs.errors import BadInput


def check_upload(path: object, otherwise: str = "The uploaded file cannot be found: upload the picture again.") -> str:
    """The path itself, if an upload lies there.

    Gradio proves that only for objects that the client marked as a file: one without `meta` names any file of this
    machine. So the path counts alone where it leads into gradio's folder of uploads.

    Raises:
        BadInput: it leads elsewhere, or is no path; the sentence is `otherwise`.
    """
    if not isinstance(path, str) or "\0" in path or not is_in_or_equal(path, get_upload_folder()):
        raise BadInput(otherwise)
    return path


class Picture(gr.Image, metaclass=Quiet):
    """`gr.Image` whose handlers get the untouched upload for `read_picture`: a path, a data URL or None."""

    is_template = True  # the browser shows it as the component that it extends

    def preprocess(self, payload: ImageData | None) -> str | None:
        if payload is None:
            return None
        if payload.path is None:
            return payload.url if payload.url and payload.url.startswith("data:") else None
        return polite(check_upload)(payload.path)


class Pictures(gr.JSON, metaclass=Quiet):
    """Uploaded files or data URLs, which handlers get untouched for `read_picture`; nothing is an empty list."""

    is_template = True

    def preprocess(self, payload: Any) -> list[str]:
        files = getattr(payload, "root", payload)
        if not files:
            return []
        return polite(_check_uploads)(files)

    def api_info(self) -> dict[str, Any]:
        return {
            "type": "array",
            "items": {
                "anyOf": [
                    {"type": "object", "title": "FileData", "properties": {"path": {"type": "string"}}},
                    {"type": "string", "description": "a data URL"},
                ]
            },
            "additional_description": "uploaded files, or data URLs",
        }

    def example_payload(self) -> Any:
        return []


PictureFile = Annotated[str | Path | bytes | Image, Picture]
"""What `read_picture` takes; an API client hands over a file."""

PictureFiles = Annotated[list[str], Pictures]
"""Several of them, at the paths of uploads or as data URLs."""


def _check_uploads(files: object) -> list[str]:
    if not isinstance(files, list):
        raise BadInput("Send a list of picture files.")
    return [
        file
        if isinstance(file, str) and file.startswith("data:")
        else check_upload(
            file.get("path") if isinstance(file, dict) else None,
            f"File {number} of the list is no uploaded file: upload the picture again.",
        )
        for number, file in enumerate(files, 1)
    ]
