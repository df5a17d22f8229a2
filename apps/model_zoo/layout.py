"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

import zoo
from apps._gallery.exhibit import listen
from apps._gallery.polite import polite
from apps.model_zoo import (
    list_remote_versions,
    verify_release,
    verify_remote_release,
)
from apps.model_zoo.page import describe_opening, describe_page, describe_table
from apps.model_zoo.parts import ReleaseFacts, ReleaseFiles, ReleaseHub, ReleasePage, ReleaseTable, TrainingCurve
from apps.model_zoo.words import Record


def layout() -> Sequence[gr.components.Component]:
    opening = describe_opening()
    table = ReleaseTable(opening[0], elem_id="release-table")
    with ReleasePage():
        with gr.Row():
            with gr.Column(scale=3, min_width=300):
                head = gr.Markdown(opening[1], elem_classes="release-head")
            with gr.Column(scale=2, min_width=280):
                files = ReleaseFiles(opening[4])
        with gr.Row():
            with gr.Column(scale=3, min_width=300):
                curve = TrainingCurve(opening[2])
            with gr.Column(scale=2, min_width=280):
                facts = ReleaseFacts(opening[3])
        hub = ReleaseHub(opening[5])
        with gr.Accordion("Model card", open=False):
            card = gr.Markdown(opening[6], elem_classes="release-card")
    shown = [table, head, curve, facts, files, hub, card]

    def open_release(event: gr.EventData) -> tuple[Any, ...]:
        return (describe_table(str(event.release)), *describe_page(str(event.release)))

    def check_release(event: gr.EventData) -> Record:
        return {"release": str(event.release), "verdict": verify_release(str(event.release))}

    def ask_hub(event: gr.EventData) -> Record:
        release = str(event.release)
        try:
            return {"release": release, "rows": list_remote_versions(release.partition("@")[0]), "note": ""}
        except zoo.ZooError as refusal:
            return {"release": release, "note": str(refusal)}

    def read_back(event: gr.EventData) -> Record:
        release = str(event.release)
        try:
            return {
                "release": release,
                "verdict": verify_remote_release(f"{release.partition('@')[0]}@{event.version}"),
            }
        except zoo.ZooError as refusal:
            return {"release": release, "verdict": {"whole": False, "message": str(refusal)}}

    # Reading a page does not wait for those who compute; hashing does.
    for part in (table, facts):
        part.select(polite(open_release), None, shown, queue=False, show_progress="hidden", api_visibility="private")
    listen([files.submit], check_release, [], [files])
    # A Hub that is slow to answer keeps nobody from the processor.
    for event, handler in ((hub.select, ask_hub), (hub.submit, read_back)):
        event(polite(handler), None, [hub], show_progress="hidden", api_visibility="private", concurrency_id="hub")

    return []  # all of it is text that is read in milliseconds: it goes out with the page and waits for nobody


def example() -> Sequence[Any]:
    return []
