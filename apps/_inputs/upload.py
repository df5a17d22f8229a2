"""Picture inputs that hand uploads over as they came, so that `apps._inputs.read_picture` is the first to look at it.

Gradio's own preprocessing opens an upload before any handler runs: 88 megapixels are decoded in full, 16 bits are
clipped, a file that is no picture ends as "Error". In the browser and for API clients nothing differs.
"""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.data_classes import ImageData
from gradio.utils import is_in_or_equal

from apps._gallery.component import Quiet


class Picture(gr.Image, metaclass=Quiet):
    """`gr.Image` whose handlers get the untouched upload for `read_picture`: a path, a data URL or None."""

    is_template = True  # the browser shows it as the component that it extends

    def preprocess(self, payload: ImageData | None) -> str | None:
        if payload is None:
            return None
        if payload.path is None:
            return payload.url if payload.url and payload.url.startswith("data:") else None
        # Gradio proves that a path was uploaded only where the client marked it as a file: an object without `meta`
        # would name any picture on this machine.
        if not is_in_or_equal(payload.path, self.GRADIO_CACHE):
            raise gr.Error("The uploaded file cannot be found: upload the picture again.", print_exception=False)
        return payload.path


class Pictures(gr.JSON, metaclass=Quiet):
    """A list of uploaded files, whose handlers get the untouched paths for `read_picture`; no list is an empty one."""

    is_template = True

    def preprocess(self, payload: Any) -> list[str]:
        files = getattr(payload, "root", payload)
        if not files:
            return []
        if not isinstance(files, list):
            raise gr.Error("Send a list of picture files.", print_exception=False)
        return [self._path(file, number) for number, file in enumerate(files, 1)]

    def _path(self, file: Any, number: int) -> str:
        path = file.get("path") if isinstance(file, dict) else None
        # As above: gradio proves only of files that the client marked as such that they were uploaded.
        if not isinstance(path, str) or "\0" in path or not is_in_or_equal(path, self.GRADIO_CACHE):
            raise gr.Error(
                f"File {number} of the list is no uploaded file: upload the picture again.", print_exception=False
            )
        return path

    def api_info(self) -> dict[str, Any]:
        return {
            "type": "array",
            "items": {"type": "object", "title": "FileData", "properties": {"path": {"type": "string"}}},
            "additional_description": "uploaded files",
        }

    def example_payload(self) -> Any:
        return []
