"""Model zoo: every release with its figures, card, training curve and files, and the proof that they are whole."""

from __future__ import annotations

import dataclasses
import os
import re
import time
from collections.abc import Sequence
from typing import Any

import gradio as gr

import zoo
from apps._exhibit import Exhibit, endpoint, listen
from apps._polite import polite
from apps.widgets.release_facts import ReleaseFacts
from apps.widgets.release_files import ReleaseFiles
from apps.widgets.release_hub import ReleaseHub
from apps.widgets.release_page import ReleasePage
from apps.widgets.release_table import ReleaseTable
from apps.widgets.training_curve import TrainingCurve

Record = dict[str, Any]


def list_releases() -> list[dict[str, Any]]:
    """List the newest version of every release in the model zoo, with its figures.

    Returns:
        A record per release, by name: `release` ("lenet.mnist@v1", which `zoo.load` takes), `name`, `version`,
        `versions` (oldest first), `architecture`, `task`, `metric` (`name`, `value`, `dataset`, `split` and `samples`,
        the size of that test set; accuracies are fractions), `parameters`, `macs` (multiply-adds per input), `bytes`
        (all files) and `created` (date).
    """
    return [_summary(zoo.describe(name)) for name in zoo.names()]


def show_release(name: str) -> dict[str, Any]:
    """Show one release: figures, model card, training curve, files with hashes, and how it was made.

    Args:
        name: a release such as "lenet.mnist" for its newest version, or "lenet.mnist@v1" for a certain one.

    Returns:
        What `list_releases` says of it, and `card` (Markdown), `metrics` (all of them), `history` (a record per epoch),
        `load` (Python that loads and uses it), `recipe` (`command`, `seed`, `epochs`, `minutes`, `hardware`,
        `precision`, `processes`, `python`, `packages`, digests of the data), `dataset` (title, licence, source),
        `weights` (stored number format), `input_shape`, `labels`, and `files` (`file`, `bytes`, `sha256`).
    """
    release = zoo.describe(name.strip())
    config = release.config
    return _summary(release) | {
        "card": release.card,
        "metrics": config["metrics"],
        "history": release.history,
        "load": _code_under(release.card, "Use"),
        "recipe": config["recipe"],
        "dataset": config["dataset"],
        "weights": config["weights"],
        "input_shape": config["input_shape"],
        "labels": config["labels"],
        "files": [
            {"file": file, "bytes": release.locate(file).stat().st_size, "sha256": digest}
            for file, digest in zoo.read_sums(release).items()
        ],
    }


def verify_release(name: str) -> dict[str, Any]:
    """Hash every file of a release again, now, and compare each with what was published.

    Args:
        name: a release such as "lenet.mnist" or "lenet.mnist@v1".

    Returns:
        `release`, `whole` (true if every file is the one that was published), `files` and `bytes` read, `milliseconds`
        taken, and `message`, the verdict in a sentence, which names the first file that is missing or differs.
    """
    release = zoo.describe(name.strip())
    start = time.perf_counter()
    try:
        size = zoo.verify(release)
    except zoo.DamagedRelease as damage:
        milliseconds = _since(start)
        verdict: Record = {"whole": False, "files": 0, "bytes": 0, "milliseconds": milliseconds, "message": str(damage)}
    else:
        milliseconds = _since(start)
        files = len(zoo.read_sums(release))
        message = f"{files} {'file' if files == 1 else 'files'}, {_bytes(size)}, verified in {_duration(milliseconds)}"
        verdict = {"whole": True, "files": files, "bytes": size, "milliseconds": milliseconds, "message": message}
    return {"release": release.reference, **verdict}


def list_remote_versions(name: str) -> list[dict[str, Any]]:
    """Ask the Hub which versions of a release it has, and compare them with what the catalog pins.

    Args:
        name: a release such as "lenet.mnist". Asked is the repo that the catalog pins for it, or, where it pins none,
            the one of that name in the namespace that the server's operator set as TENWEEKS_NAMESPACE.

    Returns:
        A record per version: `name`, `version`, `repo`, `commit` that its tag is on (null if it has none), `pinned`
        (the commit that the catalog pins, or null) and `state`: "pinned", "moved", "missing", "unpinned" or "unknown".
    """
    release = zoo.describe(name.strip())
    namespace = _namespace(release)
    if namespace is None:
        raise zoo.NotHere(f"The catalog pins no repo for {release.name}: {_push_hint(release)}.")
    return [dataclasses.asdict(row) for row in zoo.remote(namespace, name=release.name)]


def verify_remote_release(name: str) -> dict[str, Any]:
    """Read a pinned version back from the Hub, past every cache, and compare each file with what was published.

    Args:
        name: a release such as "lenet.mnist" or "lenet.mnist@v1".

    Returns:
        `release`, `whole` (true if the tag is on the pinned commit and every file is the one that was published),
        `bytes` read, `milliseconds` taken, and `message`, the verdict in a sentence.
    """
    release = zoo.describe(name.strip())
    start = time.perf_counter()
    try:
        size = zoo.verify_remote(release.reference)
    except zoo.DamagedRelease as damage:
        return {"release": release.reference, "whole": False, "bytes": 0, "milliseconds": _since(start),
                "message": str(damage)}  # fmt: skip
    milliseconds = _since(start)
    message = f"{_bytes(size)} read back from {release.hub.repo if release.hub else ''}, all as published, in "
    return {"release": release.reference, "whole": True, "bytes": size, "milliseconds": milliseconds,
            "message": message + _duration(milliseconds)}  # fmt: skip


def _namespace(release: zoo.Release) -> str | None:
    return release.hub.repo.partition("/")[0] if release.hub else os.environ.get("TENWEEKS_NAMESPACE") or None


def _push_hint(release: zoo.Release) -> str:
    return f"`python -m zoo push {release.name} --namespace YOURS` puts it on the Hub and pins it"


def _since(start: float) -> float:
    return (time.perf_counter() - start) * 1000


def _summary(release: zoo.Release) -> Record:
    return {
        "release": release.reference,
        "name": release.name,
        "version": release.version,
        "versions": list(release.versions),
        "architecture": release.architecture,
        "task": release.task,
        "metric": dataclasses.asdict(release.metric),
        "parameters": release.parameters,
        "macs": release.macs,
        "bytes": release.bytes,
        "created": release.created,
    }


def _code_under(card: str, heading: str) -> str:
    """The first code block below a heading of the card."""
    found = re.search(rf"^## {heading}\n+```\w*\n(.*?)\n```", card, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def _figure(metric: Record) -> str:
    return f"{metric['value']:.2%}".replace("%", " %") if metric["name"] == "accuracy" else f"{metric['value']:.4g}"


def _bytes(count: int) -> str:
    """Decimal units, three digits: 22.4 MB."""
    return _scaled(count, ("B", "KB", "MB", "GB"))


def _scaled(number: float, units: Sequence[str]) -> str:
    """Three digits and a unit, each a thousand of the one before: `_scaled(11_173_962, ("", "K", "M"))` is "11.2 M"."""
    place = 0
    while number >= 999.5 and place + 1 < len(units):
        number, place = number / 1000, place + 1
    if place == 0:
        return f"{number:.0f} {units[0]}".rstrip()
    return f"{number:.{0 if number >= 99.95 else 1 if number >= 9.995 else 2}f} {units[place]}"


def _duration(milliseconds: float) -> str:
    if milliseconds < 10:
        return f"{milliseconds:.1f} ms"
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def _table(opened: str | None) -> Record:
    """The value of the table: records with the texts of their cells; sorting uses the records' own numbers."""
    thousands = ("", "K", "M", "G", "T")
    rows = [
        record
        | {
            "text": {
                "metric": _figure(record["metric"]),
                "parameters": _scaled(record["parameters"], thousands),
                "macs": _scaled(record["macs"], thousands),
                "bytes": _bytes(record["bytes"]),
            }
        }
        for record in list_releases()
    ]
    return {"releases": rows, "open": opened}


_NOTHING: tuple[Any, ...] = (None, None, None, None, "")


def _page(reference: str) -> tuple[Any, ...]:
    """Head, curve, facts, files, pins and card of a release; of a damaged one, the sentence that says so."""
    try:
        shown = show_release(reference)
    except zoo.ZooError as refusal:
        return (f"### {reference}\n\n{refusal}", *_NOTHING)
    metrics = " · ".join(
        f"**{_figure(metric)}** {metric['name']} on {metric['dataset']}, {metric['split']} set of {metric['samples']:,}"
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
            "files": [file | {"text": _bytes(file["bytes"])} for file in shown["files"]],
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
    note = "" if rows else f"The catalog pins no repo for it: {_push_hint(versions[-1])}."
    return {"rows": rows, "note": note, "asks": bool(_namespace(versions[-1])), "verdict": None}


def _opening() -> tuple[Any, ...]:
    """The table and the page of the first release that is here; an empty zoo has no page."""
    here = [release for release in map(zoo.describe, zoo.names()) if release.carried]
    if not here:
        return (_table(None), "", *_NOTHING)
    return (_table(here[0].reference), *_page(here[0].reference))


def _layout() -> Sequence[gr.components.Component]:
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


EXHIBIT = Exhibit(
    title="Model zoo",
    claim="A model is a folder of files, and every byte of it can be checked",
    lead="**Choose a release**: its training curve, the lines that load it, the command that made it, and its files. "
    "*Verify* hashes them all again, *Ask the Hub* compares its versions with what is pinned here.",
    order=900,
    layout=_layout,
    example=list,
    functions=(list_releases, show_release, verify_release, list_remote_versions, verify_remote_release),
    days=("w2d4", "w2d5"),
    understand="""
A release is called `<architecture>.<dataset>` and counted in whole versions, which never change: `lenet.mnist@v1` is
today what it was when it was published.

Three hashes in a row prove it. The catalog pins the SHA-256 of `SHA256SUMS`; that file pins the SHA-256 of every
other file; and `zoo.load` compares them all before it builds anything, so a flipped bit is a sentence, not a strange
answer. By hand, in the release's folder: `sha256sum -c SHA256SUMS`.

On the Hub a release is a model repo and a version is a tag on one commit. A tag can be moved, a commit cannot: the
catalog pins the commit, and the three hashes are compared whatever the Hub answers.

An accuracy is measured on a test set of $n$ pictures, so it is itself uncertain: with accuracy $p$ its standard error
is $\\sqrt{p(1-p)/n}$. Two releases that differ by less than two or three of these are not told apart by this test set.

*Multiply-adds* (MACs) count one multiplication and one addition as one; parameters count every trained number.
""",
)


if __name__ == "__main__":
    from apps import _frame

    _frame.launch(_frame.build({"model-zoo": EXHIBIT}))
