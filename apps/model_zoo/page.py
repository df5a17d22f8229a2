"""What the tab shows: the values of the plot and the table, and those of the parts of a release's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import zoo
from apps import _networks
from apps._gallery.exhibit import find_exhibits
from apps.model_zoo import list_releases, show_release
from apps.model_zoo.comparison import describe_plot, group_releases
from apps.model_zoo.hub import write_push_hint
from apps.model_zoo.words import THOUSANDS, Record, fit_card, format_bytes, format_figure, format_scaled

NO_PAGE: tuple[Any, ...] = (None, None, None, None, "")
"""The parts of a page below its head, where there is none."""


def describe_zoo(opened: str | None) -> tuple[Record, Record]:
    """The values of `ReleasePlot` and `ReleaseTable`, of which one is open."""
    records = list_releases()
    return describe_plot(records, opened), describe_table(records, opened)


def describe_table(records: Sequence[Record], opened: str | None) -> Record:
    """The value of `ReleaseTable`: records with the texts of their cells, which sorts by the records' own numbers."""
    rows = [
        record
        | {
            "text": {
                "metric": format_figure(record["metric"]),
                "parameters": format_scaled(record["parameters"], THOUSANDS),
                "macs": format_scaled(record["macs"], THOUSANDS),
                "bytes": format_bytes(record["bytes"]),
            }
        }
        for record in records
    ]
    return {"releases": rows, "open": opened}


def describe_page(reference: str) -> tuple[Any, ...]:
    """Head, curve, facts, files, pins and card of a release; of a damaged one, the sentence that says so."""
    try:
        shown = show_release(reference)
    except zoo.ZooError as refusal:
        return (f"### {reference}\n\n{refusal}", *NO_PAGE)
    metrics = " · ".join(
        f"**{format_figure(metric)}** {metric['name'].replace('_', ' ')} on {metric['dataset']}, "
        f"{metric['split']} set of {metric['samples']:,}"
        for metric in shown["metrics"]
    )
    versions = [zoo.describe(f"{shown['name']}@{version}") for version in shown["versions"]]
    files = [file | {"text": format_bytes(file["bytes"])} for file in shown["files"]]
    return (
        f"### {shown['release']}\n\n{metrics}\n\n{list_tabs(shown['release'])}".rstrip(),
        {"release": shown["release"], "history": shown["history"], **shown["explanation"]},
        {"release": shown["release"], **describe_facts(shown, versions)},
        {"release": shown["release"], "files": files, "verdict": None},
        {"release": shown["release"], **describe_pins(versions)},
        fit_card(shown["card"]),
    )


def list_tabs(reference: str) -> str:
    """Markdown: links to the tabs that open on this release; "" where none does."""
    found = {
        "classify": _networks.classifiers,
        "feature-maps": _networks.cnns,
        "attention": _networks.transformers,
        "attribution": _networks.classifiers,
    }
    exhibits = find_exhibits()
    links = [
        f"[{exhibits[slug].title}](?{urlencode({'tab': slug, 'network': reference})})"
        for slug, list_networks in found.items()
        if slug in exhibits and reference in {release.reference for release in list_networks()}
    ]
    architecture = zoo.describe(reference).architecture
    links += [
        f"[{exhibits[slug].title}](?tab={slug})"
        for slug, shown in {"autoencoders": {"autoencoder", "vae"}, "gan": {"gan", "dcgan"}}.items()
        if slug in exhibits and architecture in shown
    ]
    return f"See it in {' · '.join(links)}" if links else ""


def describe_facts(shown: Record, versions: Sequence[zoo.Release]) -> Record:
    """The value of `ReleaseFacts` for what `show_release` returns and all versions of that name."""
    recipe = shown["recipe"]
    return {
        "versions": shown["versions"],
        "reachable": [
            {"version": each.version, "release": each.reference}
            for each in versions
            if each.carried or each.hub is not None
        ],
        "load": shown["load"],
        "facts": [
            ["parameters", f"{shown['parameters']:,}"],
            ["multiply-adds", f"{shown['macs']:,} for {' × '.join(map(str, shown['input_shape']))}"],
            ["weights", shown["weights"]],
            ["made", shown["created"]],
        ],
        "command": recipe["command"],
        "making": [
            ["seed", str(recipe["seed"])],
            ["epochs", str(recipe["epochs"])],
            ["time", f"{recipe['minutes']:g} minutes"],
            ["hardware", recipe["hardware"]],
            ["processes", str(recipe["processes"])],
            ["precision", {"no": "float32", "bf16": "bfloat16"}.get(recipe["precision"], recipe["precision"])],
            *([["settings", write_settings(recipe["settings"])]] if recipe.get("settings") else []),
            ["packages", ", ".join(f"{name} {version}" for name, version in recipe["packages"].items())],
            ["Python", recipe["python"]],
        ],
    }


def write_settings(settings: Record) -> str:
    """A recipe's settings by name, as its `--help` states them."""
    return ", ".join(f"{name} {value}" for name, value in settings.items())


def describe_pins(versions: Sequence[zoo.Release]) -> Record:
    """The value of `ReleaseHub` that is known without asking the Hub."""
    rows = [
        {"version": each.version, "repo": each.hub.repo, "pinned": each.hub.commit, "commit": None, "state": None}
        for each in versions
        if each.hub is not None
    ]
    note = "" if rows else f"The catalog pins no repo for it: {write_push_hint(versions[-1])}."
    return {"rows": rows, "note": note, "opens": True, "verdict": None}


def describe_opening() -> tuple[Any, ...]:
    """The zoo and the page of the plot's first release that is here, or else of any; an empty zoo has no page."""
    plotted = [record["name"] for group in group_releases(list_releases()) for record in group]
    here = [release for release in map(zoo.describe, [*plotted, *zoo.names()]) if release.carried]
    if not here:
        return (*describe_zoo(None), "", *NO_PAGE)
    return (*describe_zoo(here[0].reference), *describe_page(here[0].reference))
