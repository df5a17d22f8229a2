"""A picture input that hands an upload over as it came, so that `apps._inputs.read_picture` is the first to look at it.

Gradio's own preprocessing opens an upload before any handler runs: 88 megapixels are decoded in full, 16 bits are
clipped, a file that is no picture ends as "Error". In the browser and for API clients nothing differs.
"""

from __future__ import annotations

import gradio as gr
from gradio.data_classes import ImageData
from gradio.utils import is_in_or_equal

from apps._component import Quiet


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
