"""An input for several pictures at once, for API clients: what `apps._picture` is for one."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.utils import is_in_or_equal

from apps._component import Quiet


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
        # As in `apps._picture`: gradio proves only of files that the client marked as such that they were uploaded.
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
