"""What exists: the catalog, the files of a release, and the check that they are the files that were published.

A zoo is a folder with `catalog.json` and `releases/<name>/<version>/`. The catalog pins the SHA-256 of each
version's `SHA256SUMS`, which pins every other file of it; `sha256sum -c SHA256SUMS` checks the same by hand.
A version that the folder does not carry is read from the repo and commit on the Hub that the catalog pins for it.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any

import orjson

from zoo._cache import SUMS, Pin, fetch, is_cached, parse_sums
from zoo._errors import DamagedRelease, UnknownName, ZooError, nearest

HOME = Path(__file__).parent

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*\.[a-z0-9][a-z0-9_-]*")
VERSION = re.compile(r"v[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class Metric:
    """One figure with what it was measured on; `value` is a fraction for accuracies."""

    name: str
    value: float
    dataset: str
    split: str
    samples: int


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
        """Where one of its files is: in the zoo's folder, or in the Hub's cache, fetched if it has to be; unchecked.

        Raises what `zoo._cache.fetch` raises.
        """
        if self.hub is None or self.carried:
            return self.path / file
        return fetch(self.hub, file, self.reference)

    @functools.cached_property
    def config(self) -> dict[str, Any]:
        """`config.json`: architecture and arguments, labels, preprocessing, metrics and the recipe."""
        return json.loads(read(self, "config.json"))

    @functools.cached_property
    def card(self) -> str:
        """The model card, as Markdown without its front matter."""
        text = read(self, "README.md").decode()
        return text.split("\n---\n", 1)[1].lstrip() if text.startswith("---\n") else text

    @functools.cached_property
    def history(self) -> list[dict[str, float]]:
        """The training curve, a row per epoch."""
        rows = csv.DictReader(read(self, "history.csv").decode().splitlines())
        return [{key: float(value) for key, value in row.items()} for row in rows]


Catalog = dict[str, dict[str, dict[str, Any]]]


def read_catalog(root: Path | None = None) -> Catalog:
    """`{name: {version: entry}}` of the zoo in `root`; an absent catalog is an empty one.

    Raises:
        ZooError: the catalog is not readable JSON of the known format.
    """
    path = (root or HOME) / "catalog.json"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ZooError(f"{path.name} cannot be read: {error.strerror}.") from error
    try:
        catalog = orjson.loads(content)
        if catalog["format"] != 1:
            raise ZooError(f"{path.name} has format {catalog['format']!r}, and this program knows 1: update tenweeks.")
        return catalog["releases"]
    except (ValueError, TypeError, KeyError) as error:
        raise ZooError(f"{path.name} is damaged ({error}); restore it from the repository.") from error


def names(root: Path | None = None) -> list[str]:
    """Names of every release, sorted."""
    return sorted(_catalog(root))


def describe(reference: str, root: Path | None = None) -> Release:
    """What the catalog says of `"lenet.mnist"` (its newest version) or `"lenet.mnist@v1"`, without loading it.

    Raises:
        UnknownName: the catalog has no such release or version; the message names the nearest.
    """
    catalog = _catalog(root)
    name, _, version = reference.partition("@")
    if name not in catalog:
        raise UnknownName(f"No release is called {name!r}{nearest(name, catalog)}")
    known = tuple(sorted(catalog[name], key=lambda v: int(v[1:])))
    version = version or known[-1]
    if version not in known:
        raise UnknownName(f"{name} has no version {version!r}{nearest(version, known)}")
    entry = dict(catalog[name][version])
    metric = Metric(**entry.pop("metric"))
    hub = Pin(**entry.pop("hub")) if "hub" in entry else None
    path = (root or HOME) / "releases" / name / version
    return Release(name=name, version=version, versions=known, metric=metric, path=path, hub=hub, **entry)


def _catalog(root: Path | None) -> Catalog:
    """The catalog, parsed once for each state of its file; shared, so never changed."""
    try:
        state = ((root or HOME) / "catalog.json").stat()
    except FileNotFoundError:
        return {}
    return _parsed(root, state.st_ino, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=2)
def _parsed(root: Path | None, inode: int, modified: int, size: int) -> Catalog:
    return read_catalog(root)


def read(release: Release, file: str) -> bytes:
    """One file of a release, proved to be the bytes that the catalog pinned.

    Raises:
        DamagedRelease: the file is missing or differs, or the release does not list it.
    """
    expected = read_sums(release).get(file)
    if expected is None:
        raise DamagedRelease(f"{release.reference} lists no file {file}.")
    return _read_checked(release, file, expected)


def read_all(release: Release) -> dict[str, bytes]:
    """Every file of a release by name, each read once and proved to be the bytes that the catalog pinned.

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
        with _opened(release, file) as handle:
            if hashlib.file_digest(handle, "sha256").hexdigest() != expected:
                raise _damaged(release, file)
            count += handle.tell()
    return count


def read_sums(release: Release) -> dict[str, str]:
    """`{file: sha256}` from the release's `SHA256SUMS`, itself checked against the catalog.

    Raises:
        DamagedRelease: it is missing or differs.
    """
    return parse_sums(_read_checked(release, SUMS, release.digest))


def _read_checked(release: Release, file: str, expected: str) -> bytes:
    with _opened(release, file) as handle:
        content = handle.read()
    if hashlib.sha256(content).hexdigest() != expected:
        raise _damaged(release, file)
    return content


@contextmanager
def _opened(release: Release, file: str) -> Iterator[FileIO]:
    try:
        with release.locate(file).open("rb", buffering=0) as handle:
            yield handle
    except OSError as error:
        raise DamagedRelease(f"{release.reference} is incomplete: {file} cannot be read. {_mend(release)}") from error


def _damaged(release: Release, file: str) -> DamagedRelease:
    where = "" if release.hub is None or release.carried else f"in {release.hub.repo} at {release.hub.commit[:12]} "
    return DamagedRelease(
        f"{release.reference} is damaged: {file} {where}is not the file that was published, so nothing was loaded. "
        f"{_mend(release)}"
    )


def _mend(release: Release) -> str:
    if release.hub is None or release.carried:
        return "Restore it with `git checkout -- zoo/releases`."
    return f"Fetch it anew with `python -m zoo pull {release.reference}`."
