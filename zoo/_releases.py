"""A release and its files: where each one is, and the check that it is the file that was published.

A version that the zoo's folder does not carry is read from the repo and commit on the Hub that the catalog pins for it.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any

from zoo._errors import DamagedRelease
from zoo._format import SUMS, Metric, Pin, parse_sums
from zoo._hub.cache import fetch_file, is_cached


@dataclass(frozen=True)
class Release:
    """One version of one model, as the catalog knows it; its files are read when they are asked for."""

    name: str
    version: str
    versions: tuple[str, ...]
    digest: str
    created: str
    architecture: str
    task: str
    metric: Metric
    parameters: int
    macs: int
    bytes: int
    path: Path = field(repr=False)
    hub: Pin | None = None

    @property
    def reference(self) -> str:
        """`"lenet.mnist@v1"`, which `zoo.load` takes."""
        return f"{self.name}@{self.version}"

    @property
    def carried(self) -> bool:
        """Whether the zoo's own folder holds its files; otherwise the Hub's cache or the Hub has them."""
        return self.path.is_dir()

    @property
    def here(self) -> bool:
        """Whether it can be loaded without a network: carried, or in the Hub's cache."""
        if self.carried or self.hub is None:
            return self.carried
        return is_cached(self.hub)

    def locate(self, file: str) -> Path:
        """The path of one of its files, unchecked: in the zoo's folder, or in the Hub's cache, fetched if need be.

        Raises NotHere or DamagedRelease where it cannot be fetched.
        """
        if self.hub is None or self.carried:
            return self.path / file
        return fetch_file(self.hub, file, self.reference)

    @functools.cached_property
    def config(self) -> dict[str, Any]:
        """`config.json`: architecture and arguments, labels, preprocessing, metrics and the recipe."""
        return json.loads(read_file(self, "config.json"))

    @functools.cached_property
    def card(self) -> str:
        """The model card, as Markdown without its front matter."""
        text = read_file(self, "README.md").decode()
        return text.split("\n---\n", 1)[1].lstrip() if text.startswith("---\n") else text

    @functools.cached_property
    def history(self) -> list[dict[str, float]]:
        """The training curve, a row per epoch."""
        rows = csv.DictReader(read_file(self, "history.csv").decode().splitlines())
        return [{key: float(value) for key, value in row.items()} for row in rows]


def read_file(release: Release, file: str) -> bytes:
    """One file of a release, checked to be the bytes that the catalog pinned.

    Raises:
        DamagedRelease: the file is missing or differs, or the release does not list it.
    """
    expected = read_sums(release).get(file)
    if expected is None:
        raise DamagedRelease(f"{release.reference} lists no file {file}.")
    return _read_checked(release, file, expected)


def read_files(release: Release) -> dict[str, bytes]:
    """Every file of a release by name, each read once and checked to be the bytes that the catalog pinned.

    Raises:
        DamagedRelease: the first file that is missing or differs, by name.
    """
    return {file: _read_checked(release, file, digest) for file, digest in read_sums(release).items()}


def verify(release: Release) -> int:
    """Check every file of a release against the catalog, without keeping any; returns how many bytes were read.

    Raises:
        DamagedRelease: the first file that is missing or differs, by name.
    """
    count = 0
    for file, expected in read_sums(release).items():
        with _open_file(release, file) as handle:
            if hashlib.file_digest(handle, "sha256").hexdigest() != expected:
                raise _explain_damage(release, file)
            count += handle.tell()
    return count


def read_sums(release: Release) -> dict[str, str]:
    """`{file: sha256}` from the release's `SHA256SUMS`, itself checked against the catalog.

    Raises:
        DamagedRelease: it is missing or differs.
    """
    return parse_sums(_read_checked(release, SUMS, release.digest))


def _read_checked(release: Release, file: str, expected: str) -> bytes:
    """One file's bytes. Raises DamagedRelease where their SHA-256 is not `expected`."""
    with _open_file(release, file) as handle:
        content = handle.read()
    if hashlib.sha256(content).hexdigest() != expected:
        raise _explain_damage(release, file)
    return content


@contextmanager
def _open_file(release: Release, file: str) -> Iterator[FileIO]:
    """Open one file of a release. Raises DamagedRelease where it cannot be read."""
    try:
        with release.locate(file).open("rb", buffering=0) as handle:
            yield handle
    except OSError as error:
        lacks = f"{release.reference} is incomplete: {file} cannot be read."
        raise DamagedRelease(f"{lacks} {_advise_repair(release)}") from error


def _explain_damage(release: Release, file: str) -> DamagedRelease:
    """The error for a file that is not the one that was published."""
    where = "" if release.hub is None or release.carried else f"in {release.hub.repo} at {release.hub.commit[:12]} "
    return DamagedRelease(
        f"{release.reference} is damaged: {file} {where}is not the file that was published, so nothing was loaded. "
        f"{_advise_repair(release)}"
    )


def _advise_repair(release: Release) -> str:
    """The sentence that says how to get the file back."""
    newest = release.versions[-1]
    if release.hub is None and not release.carried and release.version != newest:
        return f"Its files were removed when {newest} superseded it: load {release.name}@{newest}."
    if release.hub is None or release.carried:
        return "Restore it with `git checkout -- zoo/releases`."
    return f"Fetch it anew with `python -m zoo pull {release.reference}`."
