"""The sheet of paper: what lies on it reaches Python unchanged, and nothing that the browser makes up is trusted."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

from apps._inputs import BadInput
from apps._inputs.paper import MAX_DRAWING, SHOWN_SIDE, read_paper
from apps._inputs.urls import write_preview_url
from zoo.examples import drawn_digit


def test_drawing_comes_through_unchanged():
    buffer = io.BytesIO()
    drawn_digit(3).save(buffer, "PNG")
    drawing = buffer.getvalue()
    url = f"data:image/png;base64,{base64.b64encode(drawing).decode()}"
    assert read_paper({"source": "drawing", "picture": url}) == drawing


@pytest.mark.parametrize(
    "value",
    [
        {"source": "drawing"},
        {"source": "drawing", "picture": "data:image/png;base64,not base 64"},
        {"source": "drawing", "picture": "data:image/svg+xml;base64,PHN2Zz4="},
        {"source": "drawing", "picture": "data:image/png;base64," + "A" * (MAX_DRAWING + 4)},
        {"source": "file"},
        {"source": "file", "file": "/etc/passwd"},
        {"source": "file", "file": {"path": "/etc/passwd"}},
        {"source": "file", "file": {"path": "/etc/passwd", "meta": {"_type": "something else"}}},
    ],
)
def test_paper_refuses_what_no_browser_of_ours_sends(value: dict[str, Any]):
    with pytest.raises(BadInput):
        read_paper(value)


@pytest.mark.parametrize("size", [(5, 3), (560, 560), (3000, 10)])
def test_picture_for_the_paper_is_small_and_keeps_its_shape(size: tuple[int, int]):
    picture = Image.new("RGB", size, "red")
    shown = Image.open(io.BytesIO(base64.b64decode(write_preview_url(picture, SHOWN_SIDE).partition(",")[2])))
    assert max(shown.size) <= SHOWN_SIDE
    assert shown.size[0] / max(size[0], 1) == pytest.approx(min(1, SHOWN_SIDE / max(size)), rel=0.01)
    assert picture.size == size
