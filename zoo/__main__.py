"""python -m zoo: the zoo from a shell. `python -m zoo --help` lists the commands."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import zoo
from zoo._card import format_metric

Options = argparse.Namespace


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 1 when something was refused or a release is damaged."""
    options = _build_parser().parse_args(arguments)
    try:
        return options.run(options)
    except zoo.ZooError as error:
        print(_paint_red(str(error)), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m zoo", description="Releases of the model zoo.")
    parser.add_argument("--root", type=Path, help="another zoo's folder than the repository's own")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[Options], int], phrase: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=phrase, description=phrase)
        made.set_defaults(run=run)
        return made

    for name, run, phrase in (
        ("list", _list_releases, "every release; with --remote, every version on the Hub"),
        ("show", _show_release, "one release: its figures and its card"),
        ("verify", _verify_releases, "check every byte against the catalog"),
    ):
        made = command(name, run, phrase)
        made.add_argument("--json", action="store_true", help="for machines")
        if name == "show":
            made.add_argument("name", help="lenet.mnist, or lenet.mnist@v1")
        if name == "verify":
            made.add_argument("names", nargs="*", help="which; every one of the catalog without it")
        if name != "show":
            made.add_argument("--remote", action="store_true", help="ask the Hub, past every cache")
        if name == "list":
            made.add_argument(
                "--upstream", action="store_true", help="others' models, which are fetched and not carried"
            )
            made.add_argument("--namespace", help="with --remote: this user or organisation instead of what is pinned")

    push = command(
        "push", _push_releases, "upload releases to the Hub: one commit and one tag each, read back and pinned"
    )
    push.add_argument("names", nargs="*", help="lenet.mnist, or lenet.mnist@v1; every one without it")
    push.add_argument("--namespace", required=True, help="the user or organisation that the repos belong to")
    push.add_argument("--private", action="store_true", help="make new repos private")

    pull = command("pull", _pull_releases, "bring releases into the Hub's cache whole, and mend what is damaged there")
    pull.add_argument("names", nargs="+", help="lenet.mnist for its newest version, or lenet.mnist@v1")
    pull.add_argument("--namespace", help="where to look for versions that the catalog does not pin")

    space = command(
        "space", _publish_space, "create or update a Space: the app and the releases that it needs, in one commit"
    )
    space.add_argument("repo", metavar="NAME/SPACE")
    space.add_argument("--private", action="store_true", help="make a new Space private")
    space.add_argument("--dry-run", action="store_true", help="list what would go, and send nothing")

    serve = command("serve", _serve_zoo, "a zoo over HTTP that speaks the Hub's own protocol")
    token = command("token", _issue_token, "print a new token, once, that may write to one namespace")
    token.add_argument("namespace")
    for made in (serve, token):
        made.add_argument("--root", type=Path, required=True, help="the folder that holds everything", dest="service")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    serve.add_argument("--port", type=int, default=7870, help="port to listen on (%(default)s)")
    return parser


def _list_releases(options: Options) -> int:
    if options.remote:
        return _list_remote(options)
    if options.upstream:
        return _list_upstream(options)
    releases = [zoo.describe(name, options.root) for name in zoo.names(options.root)]
    if options.json:
        print(json.dumps([_summarize(release) for release in releases], indent=1))
        return 0
    _print_table(
        ("release", "metric", "on", "n", "parameters", "MACs", "MB", "date"),
        [
            (
                release.reference,
                format_metric(dataclasses.asdict(release.metric)),
                f"{release.metric.dataset} {release.metric.split}",
                f"{release.metric.samples:,}",
                f"{release.parameters:,}",
                f"{release.macs:,}",
                f"{release.bytes / 1e6:.1f}",
                release.created,
            )
            for release in releases
        ],
        left=("release", "on", "date"),
    )
    return 0


def _list_remote(options: Options) -> int:
    rows = zoo.remote(options.namespace, options.root)
    if options.json:
        print(json.dumps([dataclasses.asdict(row) for row in rows], indent=1))
        return 0
    _print_table(
        ("release", "repo", "commit", "state"),
        [(f"{row.name}@{row.version}", row.repo, (row.commit or "–")[:12], row.state) for row in rows],
        left=("release", "repo", "commit", "state"),
    )
    return 0 if all(row.state not in ("moved", "missing") for row in rows) else 1


def _list_upstream(options: Options) -> int:
    from zoo import upstream

    models = [upstream.describe(name) for name in upstream.names()]
    if options.json:
        print(json.dumps([{**dataclasses.asdict(model), "here": model.is_here} for model in models], indent=1))
        return 0
    _print_table(
        ("model", "published", "parameters", "MACs", "MB", "here", "weights"),
        [
            (
                model.name, format_metric(dataclasses.asdict(model.metric)), f"{model.parameters:,}", f"{model.macs:,}",
                f"{model.bytes / 1e6:.1f}", "yes" if model.is_here else "–", model.weights,
            )
            for model in models
        ],
        left=("model", "here", "weights"),
    )  # fmt: skip
    return 0


def _show_release(options: Options) -> int:
    from rich.console import Console
    from rich.markdown import Markdown

    release = zoo.describe(options.name, options.root)
    if options.json:
        print(json.dumps({**_summarize(release), "config": release.config}, indent=1, ensure_ascii=False))
        return 0
    Console().print(Markdown(release.card))
    return 0


def _verify_releases(options: Options) -> int:
    results: list[dict[str, Any]] = []
    references = options.names or zoo.names(options.root)
    if options.remote and not options.names:
        references = [name for name in references if zoo.describe(name, options.root).hub is not None]
    for reference in references:
        release = zoo.describe(reference, options.root)
        started = time.perf_counter()
        try:
            count = zoo.verify_remote(reference, options.root) if options.remote else zoo.verify(release)
            error = None
        except (zoo.DamagedRelease, zoo.NotHere) as damage:
            count, error = 0, str(damage)
        seconds = time.perf_counter() - started
        results.append(
            {"release": release.reference, "ok": error is None, "bytes": count, "seconds": seconds, "error": error}
        )
    if options.json:
        print(json.dumps(results, indent=1))
    elif not results:
        print("The catalog pins nothing on the Hub: push a release first.")
    else:
        for result in results:
            if result["ok"]:
                print(f"{result['release']}  {result['bytes']:,} bytes verified in {result['seconds'] * 1000:.0f} ms")
            else:
                print(_paint_red(result["error"]))
    return 0 if all(result["ok"] for result in results) else 1


def _push_releases(options: Options) -> int:
    for reference in options.names or zoo.names(options.root):
        done = zoo.push(reference, options.namespace, options.root, private=options.private)
        what = "pushed to" if done.new else "is already in"
        print(f"{done.reference} {what} {done.hub.repo} at {done.hub.commit[:12]}, read back whole")
    return 0


def _pull_releases(options: Options) -> int:
    for reference in options.names:
        release = zoo.pull(reference, options.namespace, options.root)
        where = f"{release.hub.repo} at {release.hub.commit[:12]}" if release.hub else "the repository"
        print(f"{release.reference} is whole, from {where}")
    return 0


def _publish_space(options: Options) -> int:
    from zoo._hub.space import list_contents, publish_space

    if options.dry_run:
        files = list_contents(options.root)
        for path, content in sorted(files.items()):
            print(f"{len(content) if isinstance(content, bytes) else content.stat().st_size:>12,}  {path}")
        total = sum(len(c) if isinstance(c, bytes) else c.stat().st_size for c in files.values())
        print(f"{total:>12,}  in {len(files)} files; nothing was sent")
        return 0
    print(publish_space(options.repo, options.root, private=options.private))
    return 0


def _serve_zoo(options: Options) -> int:
    from zoo.service import serve

    serve(options.service, options.host, options.port)
    return 0


def _issue_token(options: Options) -> int:
    from zoo.service import issue_token

    print(issue_token(options.service, options.namespace))
    return 0


def _summarize(release: zoo.Release) -> dict[str, Any]:
    row = dataclasses.asdict(release)
    del row["path"]
    return {"reference": release.reference, **row}


def _print_table(head: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[str]) -> None:
    """Print aligned columns, numbers to the right; plain text, so ten thousand rows are a matter of milliseconds."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = (
            text.ljust(width) if title in left else text.rjust(width)
            for title, text, width in zip(head, row, widths, strict=True)
        )
        print("  ".join(cells).rstrip())


def _paint_red(text: str) -> str:
    return f"\x1b[31m{text}\x1b[0m" if sys.stderr.isatty() else text


if __name__ == "__main__":
    sys.exit(main())
