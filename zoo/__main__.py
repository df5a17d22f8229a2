"""python -m zoo list | show NAME | verify [NAME ...]: the zoo from a shell."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

import zoo
from zoo._card import figure
from zoo._releases import Release


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 1 when something was refused or a release is damaged."""
    parser = argparse.ArgumentParser(prog="python -m zoo", description="Releases of the model zoo.")
    parser.add_argument("--root", type=Path, help="another zoo's folder than the repository's own")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, phrase in (("list", "every release"), ("show", "one release: its figures and its card"),
                         ("verify", "check every byte against the catalog")):  # fmt: skip
        command = commands.add_parser(name, help=phrase, description=phrase)
        command.add_argument("--json", action="store_true", help="for machines")
        if name == "show":
            command.add_argument("name", help="lenet.mnist, or lenet.mnist@v1")
        if name == "verify":
            command.add_argument("names", nargs="*", help="which; all that the repository carries without it")
    options = parser.parse_args(arguments)
    try:
        return {"list": _list, "show": _show, "verify": _verify}[options.command](options)
    except zoo.ZooError as error:
        Console(stderr=True).print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        return 1


def _list(options: argparse.Namespace) -> int:
    releases = [zoo.describe(name, options.root) for name in zoo.names(options.root)]
    if options.json:
        print(json.dumps([_summary(release) for release in releases], indent=1))
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("release", "metric", "on", "n", "parameters", "MACs", "MB", "date"):
        table.add_column(column, justify="left" if column in ("release", "on", "date") else "right", no_wrap=True)
    for release in releases:
        metric = release.metric
        table.add_row(
            release.reference,
            figure(dataclasses.asdict(metric)), f"{metric.dataset} {metric.split}", f"{metric.samples:,}",
            f"{release.parameters:,}", f"{release.macs:,}", f"{release.bytes / 1e6:.1f}", release.created,
        )  # fmt: skip
    Console().print(table)
    return 0


def _show(options: argparse.Namespace) -> int:
    release = zoo.describe(options.name, options.root)
    if options.json:
        print(json.dumps({**_summary(release), "config": release.config}, indent=1, ensure_ascii=False))
        return 0
    Console().print(Markdown(release.card))
    return 0


def _verify(options: argparse.Namespace) -> int:
    results: list[dict[str, Any]] = []
    for reference in options.names or zoo.names(options.root):
        release = zoo.describe(reference, options.root)
        started = time.perf_counter()
        try:
            count, error = zoo.verify(release), None
        except zoo.DamagedRelease as damage:
            count, error = 0, str(damage)
        seconds = time.perf_counter() - started
        results.append(
            {"release": release.reference, "ok": error is None, "bytes": count, "seconds": seconds, "error": error}
        )
    if options.json:
        print(json.dumps(results, indent=1))
    else:
        for result in results:
            text = f"{result['release']}  {result['bytes']:,} bytes verified in {result['seconds'] * 1000:.0f} ms"
            if not result["ok"]:
                text = result["error"]
            Console().print(text, style=None if result["ok"] else "red", highlight=False, markup=False, soft_wrap=True)
    return 0 if all(result["ok"] for result in results) else 1


def _summary(release: Release) -> dict[str, Any]:
    row = dataclasses.asdict(release)
    del row["path"]
    return {"reference": release.reference, **row}


if __name__ == "__main__":
    sys.exit(main())
