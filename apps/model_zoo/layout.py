"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import gradio as gr

import zoo
from apps._gallery.exhibit import endpoint, listen
from apps._gallery.polite import polite
from apps.model_zoo import (
    find_namespace,
    list_releases,
    list_remote_versions,
    show_release,
    verify_release,
    verify_remote_release,
    write_push_hint,
)
from apps.model_zoo.parts import ReleaseFacts, ReleaseFiles, ReleaseHub, ReleasePage, ReleaseTable, TrainingCurve
from apps.model_zoo.words import Record, format_bytes, format_figure, format_scaled

_NOTHING: tuple[Any, ...] = (None, None, None, None, "")


def _table(opened: str | None) -> Record:
    """The value of the table: records with the texts of their cells; sorting uses the records' own numbers."""
    thousands = ("", "K", "M", "G", "T")
    rows = [
        record
        | {
            "text": {
                "metric": format_figure(record["metric"]),
                "parameters": format_scaled(record["parameters"], thousands),
                "macs": format_scaled(record["macs"], thousands),
                "bytes": format_bytes(record["bytes"]),
            }
        }
        for record in list_releases()
    ]
    return {"releases": rows, "open": opened}


def _page(reference: str) -> tuple[Any, ...]:
    """Head, curve, facts, files, pins and card of a release; of a damaged one, the sentence that says so."""
    try:
        shown = show_release(reference)
    except zoo.ZooError as refusal:
        return (f"### {reference}\n\n{refusal}", *_NOTHING)
    metrics = " · ".join(
        f"**{format_figure(metric)}** {metric['name']} on {metric['dataset']}, "
        f"{metric['split']} set of {metric['samples']:,}"
        for metric in shown["metrics"]
    )
    versions = [zoo.describe(f"{shown['name']}@{version}") for version in shown["versions"]]
    within_reach = [
        {"version": each.version, "release": each.reference}
        for each in versions
        if each.carried or each.hub is not None
    ]
    facts = [
        ["parameters", f"{shown['parameters']:,}"],
        ["multiply-adds", f"{shown['macs']:,} for {' × '.join(map(str, shown['input_shape']))}"],
        ["weights", shown["weights"]],
        ["made", shown["created"]],
    ]
    recipe = shown["recipe"]
    making = [
        ["seed", str(recipe["seed"])],
        ["epochs", str(recipe["epochs"])],
        ["time", f"{recipe['minutes']:g} minutes"],
        ["hardware", recipe["hardware"]],
        ["processes", str(recipe["processes"])],
        ["precision", {"no": "float32", "bf16": "bfloat16"}.get(recipe["precision"], recipe["precision"])],
        ["packages", ", ".join(f"{name} {version}" for name, version in recipe["packages"].items())],
        ["Python", recipe["python"]],
    ]
    return (
        f"### {shown['release']}\n\n{metrics}",
        {"release": shown["release"], "history": shown["history"]},
        {
            "release": shown["release"],
            "versions": shown["versions"],
            "carried": within_reach,
            "facts": facts,
            "load": shown["load"],
            "command": recipe["command"],
            "making": making,
        },
        {
            "release": shown["release"],
            "files": [file | {"text": format_bytes(file["bytes"])} for file in shown["files"]],
            "verdict": None,
        },
        {"release": shown["release"], **_pins(versions)},
        # The page has the title above, and the card's sections stand two levels lower.
        re.sub(r"^## ", "#### ", re.sub(r"\A# .*\n", "#### Model card\n", shown["card"]), flags=re.MULTILINE),
    )


def _pins(versions: Sequence[zoo.Release]) -> Record:
    """What is known of its place on the Hub without asking it."""
    rows = [
        {"version": each.version, "repo": each.hub.repo, "pinned": each.hub.commit, "commit": None, "state": None}
        for each in versions
        if each.hub is not None
    ]
    note = "" if rows else f"The catalog pins no repo for it: {write_push_hint(versions[-1])}."
    return {"rows": rows, "note": note, "asks": bool(find_namespace(versions[-1])), "verdict": None}


def _opening() -> tuple[Any, ...]:
    """The table and the page of the first release that is here; an empty zoo has no page."""
    here = [release for release in map(zoo.describe, zoo.names()) if release.carried]
    if not here:
        return (_table(None), "", *_NOTHING)
    return (_table(here[0].reference), *_page(here[0].reference))


def layout() -> Sequence[gr.components.Component]:
    opening = _opening()
    table = ReleaseTable(opening[0], elem_id="release-table")
    with ReleasePage():
        head = gr.Markdown(opening[1], elem_classes="release-head")
        with gr.Row():
            with gr.Column(scale=3, min_width=300):
                curve = TrainingCurve(opening[2])
            with gr.Column(scale=2, min_width=280):
                facts = ReleaseFacts(opening[3])
        files = ReleaseFiles(opening[4])
        hub = ReleaseHub(opening[5])
        card = gr.Markdown(opening[6], elem_classes="release-card")
    shown = [table, head, curve, facts, files, hub, card]

    def open_release(event: gr.EventData) -> tuple[Any, ...]:
        return (_table(str(event.release)), *_page(str(event.release)))

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
    listen([files.submit], check_release, [], [files], public=False)
    # A Hub that is slow to answer keeps nobody from the processor.
    for event, handler in ((hub.select, ask_hub), (hub.submit, read_back)):
        event(polite(handler), None, [hub], show_progress="hidden", api_visibility="private", concurrency_id="hub")

    name = gr.Textbox(visible=False, label="name")
    endpoint(list_releases, [], [gr.JSON(visible=False, label="releases")])
    endpoint(show_release, [name], [gr.JSON(visible=False, label="release")])
    endpoint(verify_release, [name], [gr.JSON(visible=False, label="verdict")])
    endpoint(list_remote_versions, [name], [gr.JSON(visible=False, label="versions")])
    endpoint(verify_remote_release, [name], [gr.JSON(visible=False, label="verdict")])
    return []  # all of it is text that is read in milliseconds: it goes out with the page and waits for nobody


def example() -> Sequence[Any]:
    return []
