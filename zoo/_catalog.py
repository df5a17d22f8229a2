"""The catalog: which releases and versions exist, the digest of each, and where it lives on the Hub."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

import orjson

from zoo._errors import UnknownName, ZooError, suggest_name
from zoo._format import Metric, Pin, version_number
from zoo._releases import Release

Catalog = dict[str, dict[str, dict[str, Any]]]


def folder() -> Path:
    """The zoo that is meant where no other one is named: `TENWEEKS_ZOO`, or else the one that this package carries."""
    named = os.environ.get("TENWEEKS_ZOO")
    return Path(named).expanduser() if named else Path(__file__).parent


def read_catalog(root: Path | None = None) -> Catalog:
    """`{name: {version: entry}}` of the zoo in `root`; an absent catalog is an empty one.

    Raises:
        ZooError: the catalog is not readable JSON of the known format.
    """
    path = (root or folder()) / "catalog.json"
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
        raise UnknownName(f"No release is called {name!r}{suggest_name(name, catalog)}")
    known = tuple(sorted(catalog[name], key=version_number))
    version = version or known[-1]
    if version not in known:
        raise UnknownName(f"{name} has no version {version!r}{suggest_name(version, known)}")
    entry = dict(catalog[name][version])
    metric = Metric(**entry.pop("metric"))
    hub = Pin(**entry.pop("hub")) if "hub" in entry else None
    path = (root or folder()) / "releases" / name / version
    return Release(name=name, version=version, versions=known, metric=metric, path=path, hub=hub, **entry)


def _catalog(root: Path | None) -> Catalog:
    """The catalog, parsed once for each state of its file; shared, so never changed."""
    root = root or folder()
    try:
        state = (root / "catalog.json").stat()
    except FileNotFoundError:
        return {}
    return _parse_catalog(root, state.st_ino, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=2)
def _parse_catalog(root: Path, inode: int, modified: int, size: int) -> Catalog:
    return read_catalog(root)
