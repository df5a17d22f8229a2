"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

import zoo
from apps._gallery.job import Line, listen_to_job
from apps._inputs import BadInput, read_picture
from apps.transfer import classify_with_head, teach_head
from apps.transfer.parts import TransferCurves, TransferLab

MAX_SMALL = 20_000
"""Characters of a picture that a page was given back; 32 × 32 pixels take a quarter of it even when they are noise."""
LESSONS = Line(1)


def layout() -> Sequence[gr.components.Component]:
    lab = TransferLab(elem_id="transfer-lesson", elem_classes=["transfer-lab", "section"])
    curves = TransferCurves(elem_id="transfer-curves", elem_classes=["transfer-curves", "section"])

    def read_upload(event: gr.EventData) -> dict[str, Any]:
        from apps.transfer.backbone import describe_picture

        [picture] = check_data_urls([getattr(event, "file", None)])
        return {"read": describe_picture(read_picture(picture))}

    def teach(event: gr.EventData) -> dict[str, Any]:
        names: Any = getattr(event, "names", None)
        first_name, second_name = names if isinstance(names, list) and len(names) == 2 else ("", "")
        augment: Any = getattr(event, "augment", None)
        first, second = (check_data_urls(getattr(event, name, None), MAX_SMALL) for name in ("first", "second"))
        return teach_head(first, second, first_name, second_name, augment)

    def classify_next(event: gr.EventData) -> dict[str, Any]:
        [picture] = check_data_urls([getattr(event, "picture", None)], MAX_SMALL)
        return {"answer": classify_with_head(picture, getattr(event, "head", {}))}

    for event, work in ((lab.upload, read_upload), (lab.submit, classify_next)):
        # Every answer counts here, so none is dropped for a newer one as `listen` does.
        gr.on(
            [event],
            answer_turn(work),
            None,
            [lab],
            api_visibility="private",
            concurrency_id="processor",
            concurrency_limit=1,
            trigger_mode="multiple",
            show_progress="hidden",
        )
    listen_to_job(lab.select, teach, [], lab, stop=lab.stop, line=LESSONS)

    return [lab, curves]


def check_data_urls(pictures: object, longest: float = math.inf) -> Any:
    """Pictures as a page sends them: data URLs, so that no file of a visitor is written here, and none of ours read.

    Raises:
        BadInput: one is no data URL, or has more characters than `longest`.
    """
    if isinstance(pictures, list):
        for picture in pictures:
            if not isinstance(picture, str) or not picture.startswith("data:") or len(picture) > longest:
                raise BadInput("A picture did not arrive whole: add it again.")
    return pictures


def answer_turn(work: Callable[[gr.EventData], dict[str, Any]]) -> Callable[[gr.EventData], dict[str, Any]]:
    """`work`, whose answer names the `turn` that the page gave its event; a refusal is the answer's `problem`."""

    def answer(event: gr.EventData) -> dict[str, Any]:
        turn = {"turn": getattr(event, "turn", None)}
        try:
            return turn | work(event)
        except (BadInput, zoo.ZooError) as refusal:
            return turn | {"problem": str(refusal)}

    return answer


def example() -> Sequence[Any]:
    from apps.transfer.opening import describe_lab, describe_study

    return [describe_lab(), describe_study()]
