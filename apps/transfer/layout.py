"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr
from PIL import Image

import zoo
from apps._gallery.exhibit import endpoint, listen
from apps._inputs import BadInput, read_picture
from apps._inputs.pictures import MAX_FILE
from apps._inputs.upload import Picture, Pictures
from apps._inputs.urls import write_preview_url
from apps.transfer import classify_with_head, compare_methods, teach_head
from apps.transfer.parts import TransferCurves, TransferLab
from zoo.examples import example_pictures

_STEP_SECONDS = 0.1


"""Between two tellings of how far a lesson is."""


_SMALL = 20_000


"""Characters of a picture that a page was given back; 32 × 32 pixels take a quarter of it even when they are noise."""


_OPENING = (("cat", "cat"), ("coffee", "cup"))


_CROPS = 6


def layout() -> Sequence[gr.components.Component]:
    curves = TransferCurves(elem_classes="transfer-curves")
    lab = TransferLab(elem_classes="transfer-lab")

    def read_upload(event: gr.EventData) -> dict[str, Any]:
        turn = getattr(event, "turn", None)
        try:
            [picture] = _arrived([getattr(event, "file", None)])
            return {"turn": turn, "read": _shown(read_picture(picture))}
        except (BadInput, zoo.ZooError) as refusal:
            return {"turn": turn, "problem": str(refusal)}

    def teach(event: gr.EventData) -> Iterator[dict[str, Any]]:
        from apps.transfer import teaching

        turn = getattr(event, "turn", None)
        first, second, names, augment = (getattr(event, n, None) for n in ("first", "second", "names", "augment"))
        told = 0.0
        try:
            one, other = names if isinstance(names, list) and len(names) == 2 else (None, None)
            lesson = teaching.lesson(_arrived(first, _SMALL), _arrived(second, _SMALL), one, other)
            for step in teaching.teach(lesson, augment):
                if step["stage"] == "taught" or time.monotonic() - told > _STEP_SECONDS:
                    told = time.monotonic()
                    yield {"turn": turn, **step}
        except (BadInput, zoo.ZooError) as refusal:
            yield {"turn": turn, "problem": str(refusal)}

    def classify_next(event: gr.EventData) -> dict[str, Any]:
        turn = getattr(event, "turn", None)
        try:
            [picture] = _arrived([getattr(event, "picture", None)], _SMALL)
            return {"turn": turn, "answer": classify_with_head(picture, getattr(event, "head", {}))}
        except (BadInput, zoo.ZooError) as refusal:
            return {"turn": turn, "problem": str(refusal)}

    # Every answer counts here, so none is dropped for a newer one as `listen` does.
    private: dict[str, Any] = {
        "api_visibility": "private",
        "concurrency_id": "processor",
        "concurrency_limit": 1,
        "trigger_mode": "multiple",
        "show_progress": "hidden",
    }
    gr.on([lab.upload], read_upload, None, [lab], **private)
    teaching = gr.on([lab.select], teach, None, [lab], **private)
    gr.on([lab.submit], classify_next, None, [lab], **private)
    gr.on([lab.stop], None, None, None, cancels=[teaching], api_visibility="private")

    size, augmented = gr.Number(50, precision=0, visible=False), gr.Checkbox(False, visible=False)
    pictures = [Pictures(visible=False, label=label) for label in ("first pictures", "second pictures")]
    names = [gr.Textbox(visible=False, label=label) for label in ("first name", "second name")]
    picture, head = Picture(visible=False, label="picture"), gr.JSON(visible=False, label="head")
    data = gr.JSON(visible=False, label="data")
    listen([gr.Button(visible=False).click], compare_methods, [size, augmented], [data])
    # Reading a hundred large files takes its time, so API clients do not wait in the visitors' queue.
    endpoint(teach_head, [*pictures, *names, augmented], [data], fetches=True)
    endpoint(classify_with_head, [picture, head], [data])
    return [curves, lab]


def _arrived(pictures: object, longest: float = math.inf) -> Any:
    """Pictures as a page sends them: data URLs, so that no file of a visitor is written here, and none of ours read.

    Raises:
        BadInput: one is no data URL, or has more characters than it should.
    """
    if isinstance(pictures, list):
        for picture in pictures:
            if not isinstance(picture, str) or not picture.startswith("data:") or len(picture) > longest:
                raise BadInput("A picture did not arrive whole: add it again.")
    return pictures


def _shown(picture: Image.Image) -> dict[str, str]:
    """What the browser keeps of a picture: all that the network sees of it, and a larger one to look at."""
    from apps.transfer import teaching

    return {"small": teaching.shrink(picture), "thumb": write_preview_url(picture, 224)}


def example() -> Sequence[Any]:
    return [_study(), _lesson()]


def _study() -> dict[str, Any]:
    from apps.transfer import teaching

    try:
        text = teaching.table()
        rows = teaching.read_table(text)
    except zoo.ZooError as refusal:
        return {"missing": str(refusal)}
    sizes = sorted({row.pictures for row in rows})
    kinds = sorted({row.augmented for row in rows})
    return {"settings": [teaching.compare(rows, size, kind) for size in sizes for kind in kinds], "csv": text}


def _lesson() -> dict[str, Any]:
    from apps.transfer import teaching

    try:
        return _opening(teaching.backbone().digest)
    except zoo.ZooError:
        return {"missing": "The zoo holds no backbone yet. Make it: `python -m training.resnet_8class`."}


@functools.lru_cache(maxsize=1)
def _opening(digest: str) -> dict[str, Any]:
    """The worked example: crops of two photographs as two classes already taught, and one crop more to classify."""
    from apps.transfer import teaching

    crops = [[_shown(crop) | {"name": f"crop {n}"} for n, crop in enumerate(_crops(photo), 1)] for photo, _ in _OPENING]
    (_, one), (_, other) = _OPENING
    classes, further = [row[:_CROPS] for row in crops], crops[0][_CROPS]
    first, second = ([picture["small"] for picture in row] for row in classes)
    taught = teach_head(first, second, one, other, augment=False)
    return {
        "opening": {
            "names": [one, other],
            "classes": classes,
            "taught": taught,
            "next": further,
            "answer": classify_with_head(further["small"], taught["head"]),
        },
        "limits": {"pictures": teaching.MOST, "file": MAX_FILE, "name": teaching.LONGEST_NAME},
    }


def _crops(name: str) -> list[Image.Image]:
    """Square pieces of a package's photograph, always the same ones: seven, each half as high as it."""
    picture = read_picture(str(example_pictures()[name]))
    side = picture.height // 2
    corners = [(x, y) for y in (0.1, 0.5) for x in (0.3, 0.5, 0.7)] + [(0.45, 0.3)]
    boxes = [(round(x * (picture.width - side)), round(y * (picture.height - side))) for x, y in corners]
    return [picture.crop((left, top, left + side, top + side)) for left, top in boxes]
