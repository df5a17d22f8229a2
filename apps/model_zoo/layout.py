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
from apps.model_zoo.page import describe_opening, describe_page, describe_zoo
from apps.model_zoo.parts import (
    ReleaseFacts,
    ReleaseFiles,
    ReleaseHub,
    ReleasePage,
    ReleasePlot,
    ReleaseTable,
    TrainingCurve,
)
from apps.model_zoo.words import Record


def layout() -> Sequence[gr.components.Component]:
    plot_value, table_value, head_value, *rest = describe_opening()
    with ReleasePage():
        with gr.Row(elem_classes="release-parts"):
            with gr.Column(scale=3, min_width=300):
                plot = ReleasePlot(plot_value)
                curve = TrainingCurve(rest[0], elem_classes="later")
            with gr.Column(scale=2, min_width=280):
                head = gr.Markdown(head_value, elem_classes="release-head")
                hub = ReleaseHub(rest[3])
                files = ReleaseFiles(rest[2])
                facts = ReleaseFacts(rest[1], elem_classes="later")
        with gr.Column(elem_classes="release-folds"):
            # An empty zoo says in its table how it is filled.
            with gr.Accordion("All releases as a table", open=not table_value["releases"]):
                table = ReleaseTable(table_value, elem_id="release-table")
            with gr.Accordion("Model card", open=False):
                card = gr.Markdown(rest[4], elem_classes="release-card")
    shown = [plot, table, head, curve, facts, files, hub, card]

    def open_release(event: gr.EventData) -> tuple[Any, ...]:
        return (*describe_zoo(str(event.release)), *describe_page(str(event.release)))

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
    for part in (plot, table, facts):
        part.select(polite(open_release), None, shown, queue=False, show_progress="hidden", api_visibility="private")
    listen([files.submit], check_release, [], [files])
    # A Hub that is slow to answer keeps nobody from the processor.
    for event, handler in ((hub.select, ask_hub), (hub.submit, read_back)):
        event(polite(handler), None, [hub], show_progress="hidden", api_visibility="private", concurrency_id="hub")

    return []  # all of it is text that is read in milliseconds: it goes out with the page and waits for nobody


def example() -> Sequence[Any]:
    return []
