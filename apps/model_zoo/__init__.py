"""Model zoo: accuracy against multiply-adds, and every release with its card, curve, files and proof of wholeness."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import zoo
from apps._gallery.exhibit import Exhibit
from apps._gallery.glossary import explain
from apps._networks.shares import estimate_difference, estimate_share
from apps.model_zoo.curves import explain_curve
from apps.model_zoo.hub import find_namespace, write_push_hint
from apps.model_zoo.words import find_code, format_bytes, format_duration


def list_releases() -> list[dict[str, Any]]:
    """List the newest version of every release in the model zoo, with its figures.

    Returns:
        A record per release, by name: `release` ("lenet.mnist@v2", which `zoo.load` takes), `name`, `version`,
        `versions` (oldest first), `architecture`, `task`, `metric` (`name`, `value`, `dataset`, `split` and `samples`,
        the size of that test set; accuracies are fractions), `parameters`, `macs` (multiply-adds per input), `bytes`
        (all files) and `created` (date).
    """
    return [summarise_release(zoo.describe(name)) for name in zoo.names()]


def show_release(name: str) -> dict[str, Any]:
    """Show one release: figures, model card, training curve, files with hashes, and how it was made.

    Args:
        name: a release such as "lenet.mnist" for its newest version, or "lenet.mnist@v2" for a certain one.

    Returns:
        What `list_releases` says of it, and `card` (Markdown), `metrics` (all of them), `history` (a record per epoch),
        `explanation` (what shapes the curve: `spans` of epochs and `notes`), `load` (Python that loads and uses it),
        `recipe` (`command`, `seed`, `epochs`, `minutes`, `hardware`, `precision`, `processes`, `python`, `packages`,
        digests of the data, and perhaps its `settings`), `dataset` (title, licence, source), `weights` (stored number
        format), `input_shape`, `labels`, and `files` (`file`, `bytes`, `sha256`).
    """
    release = zoo.describe(name.strip())
    config = release.config
    return summarise_release(release) | {
        "card": release.card,
        "metrics": config["metrics"],
        "history": release.history,
        "explanation": explain_curve(config["recipe"], release.history),
        "load": find_code(release.card, "Use"),
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
        name: a release such as "lenet.mnist" or "lenet.mnist@v2".

    Returns:
        `release`, `whole` (true if every file is the one that was published), `files` and `bytes` read, `milliseconds`
        taken, and `message`, the verdict in a sentence, which names the first file that is missing or differs.
    """
    release = zoo.describe(name.strip())
    start = time.perf_counter()
    files, size = 0, 0
    try:
        size = zoo.verify(release)
    except zoo.DamagedRelease as damage:
        milliseconds, message, whole = _milliseconds_since(start), str(damage), False
    else:
        milliseconds, files, whole = _milliseconds_since(start), len(zoo.read_sums(release)), True
        count = f"{files} {'file' if files == 1 else 'files'}"
        message = f"{count}, {format_bytes(size)}, verified in {format_duration(milliseconds)}"
    return {
        "release": release.reference,
        "whole": whole,
        "files": files,
        "bytes": size,
        "milliseconds": milliseconds,
        "message": message,
    }


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
    namespace = find_namespace(release)
    if namespace is None:
        raise zoo.NotHere(
            f"There is no repo to ask about {release.name}, the catalog pins none: {write_push_hint(release)}."
        )
    return [dataclasses.asdict(row) for row in zoo.remote(namespace, name=release.name)]


def verify_remote_release(name: str) -> dict[str, Any]:
    """Read a pinned version back from the Hub, past every cache, and compare each file with what was published.

    Args:
        name: a release such as "lenet.mnist" or "lenet.mnist@v2".

    Returns:
        `release`, `whole` (true if the tag is on the pinned commit and every file is the one that was published),
        `bytes` read, `milliseconds` taken, and `message`, the verdict in a sentence.
    """
    release = zoo.describe(name.strip())
    start = time.perf_counter()
    size = 0
    try:
        size = zoo.verify_remote(release.reference)
    except zoo.DamagedRelease as damage:
        milliseconds, message, whole = _milliseconds_since(start), str(damage), False
    else:
        milliseconds, repo, whole = _milliseconds_since(start), release.hub.repo if release.hub else "", True
        duration = format_duration(milliseconds)
        message = f"{format_bytes(size)} read back from {repo}, all as published, in {duration}"
    return {
        "release": release.reference,
        "whole": whole,
        "bytes": size,
        "milliseconds": milliseconds,
        "message": message,
    }


def summarise_release(release: zoo.Release) -> dict[str, Any]:
    """What `list_releases` says of a release."""
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


def _milliseconds_since(start: float) -> float:
    return (time.perf_counter() - start) * 1000


EXHIBIT = Exhibit(
    __name__,
    title="Model zoo",
    claim="More arithmetic can mean more mistakes",
    lead="**Choose a point**: right is more " + explain("multiply-add", "multiply-adds") + ", up is fewer mistakes.",
    order=900,
    group="Practice",
    functions=(list_releases, show_release, verify_release, list_remote_versions, verify_remote_release),
    shown=(zoo.verify, zoo.read_sums, "comparison.compare_ends", estimate_share, estimate_difference),
    days=("w2d4", "w2d5"),
)
