"""What a list of thousands shows of each repository, kept beside the repositories and never believed blindly.

The repositories are the truth. A row is good for as long as the folders of its references are untouched, which two
looks at the file system tell; otherwise it is read anew. ROOT/changed, which every writer touches, says when there is
no need to look, for some seconds at most: a writer may die before it. ROOT/index.sqlite only spares a new process the
first reading. Both may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import pygit2

from zoo.service import _describe, _store, _trees
from zoo.service._errors import Refusal
from zoo.service._names import Kind, RepoId
from zoo.service._store import CHANGED, Store

_SETTLED_NS = 2 * 10**9  # a folder touched a moment ago may be touched again within one tick of the file system's clock
_TRUST_SECONDS = 5.0
_VERSIONS = 50
_KEPT = ("tags", "pipeline_tag", "library_name", "sdk", "license")


@dataclass(frozen=True)
class Row:
    """One repository at the tip of its main branch; `changed` in seconds since 1970, `bytes` of all its files."""

    kind: Kind
    namespace: str
    name: str
    sha: str
    changed: int
    bytes: int
    versions: list[str] = field(default_factory=list)
    card: dict[str, Any] = field(default_factory=dict)
    metric: str = ""

    @property
    def id(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def repo(self) -> RepoId:
        return RepoId(self.kind, self.namespace, self.name)

    @property
    def order(self) -> tuple[int, str]:
        """The latest first."""
        return -self.changed, self.id


class Index:
    """The rows of one root, for one process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str, str], tuple[str, Row | None]] | None = None
        self._sorted: list[Row] = []
        self._looked = -_TRUST_SECONDS
        self._seen = -1

    def rows(self) -> list[Row]:
        """Every repository, the latest first, as of a moment after this call began."""
        asked = time.monotonic()
        with self._lock:
            # Whoever held the lock may have looked since this call began.
            if self._looked < asked and not self._is_quiet(asked):
                looked, stamp = time.monotonic(), self._stamp()
                self._refresh()
                self._looked, self._seen = looked, stamp
            return self._sorted

    def _is_quiet(self, now: float) -> bool:
        """Whether nobody has changed anything since the last look, as far as those tell who live to tell."""
        stamp = self._stamp()
        return now - self._looked < _TRUST_SECONDS and stamp == self._seen and time.time_ns() - stamp > _SETTLED_NS

    def _stamp(self) -> int:
        try:
            return (self._store.root / CHANGED).stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def _refresh(self) -> None:
        known = self._known if self._known is not None else self._load()
        seen: dict[tuple[str, str, str], tuple[str, Row | None]] = {}
        fresh: list[tuple[tuple[str, str, str], str, Row | None]] = []
        for key, path in self._folders():
            now = time.time_ns()
            print_ = _fingerprint(path)
            if print_ is None:
                continue
            old = known.get(key)
            if old is not None and old[0] == print_[0]:
                seen[key] = old
                continue
            row = self._read(key)
            settled = now - print_[1] > _SETTLED_NS
            seen[key] = (print_[0] if settled else "", row)
            if settled:
                fresh.append((key, print_[0], row))
        changed = self._known is None or fresh or seen != known
        gone = known.keys() - seen.keys()
        self._known = seen
        if changed:
            self._sorted = sorted((row for _print, row in seen.values() if row), key=lambda row: row.order)
        if fresh or gone:
            self._save(fresh, gone)

    def _folders(self) -> Iterator[tuple[tuple[str, str, str], str]]:
        for kind in ("model", "space"):
            with contextlib.suppress(FileNotFoundError), os.scandir(self._store.root / f"{kind}s") as owners:
                for owner in owners:
                    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(owner.path) as repos:
                        for repo in repos:
                            if repo.name.endswith(".git"):
                                yield (kind, owner.name, repo.name[:-4]), repo.path

    def _read(self, key: tuple[str, str, str]) -> Row | None:
        """A row read from its repository; None where it vanished meanwhile or cannot be read."""
        kind: Kind = "space" if key[0] == "space" else "model"
        repo = RepoId(kind, key[1], key[2])
        try:
            git = self._store.open(repo)
            commit = _store.resolve(git, _store.MAIN)
            size = sum(file.size for file in _trees.files(git, commit.tree))
            versions = _describe.versions(git)[:_VERSIONS]
            card = _describe.card_metadata(git, commit)
        except (Refusal, KeyError, OSError, pygit2.GitError):
            return None
        kept: dict[str, Any] = {name: card[name] for name in _KEPT if name in card}
        sha, changed, figure = str(commit.id), commit.commit_time, _describe.metric(card)
        return Row(repo.kind, repo.namespace, repo.name, sha, changed, size, versions, kept, figure)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._store.root / "index.sqlite", timeout=2, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE IF NOT EXISTS rows_1 (key TEXT PRIMARY KEY, print TEXT, row TEXT)")
        return connection

    def _load(self) -> dict[tuple[str, str, str], tuple[str, Row | None]]:
        found: dict[tuple[str, str, str], tuple[str, Row | None]] = {}
        with (
            contextlib.suppress(sqlite3.Error, ValueError, TypeError, KeyError),
            contextlib.closing(self._connect()) as connection,
        ):
            for key, print_, row in connection.execute("SELECT key, print, row FROM rows_1"):
                kind, owner, name = json.loads(key)
                values = json.loads(row)
                found[kind, owner, name] = (print_, Row(**values) if values else None)
        return found

    def _save(
        self,
        fresh: Iterable[tuple[tuple[str, str, str], str, Row | None]],
        gone: Iterable[tuple[str, str, str]],
    ) -> None:
        # What cannot be kept now is read again by the next process.
        with contextlib.suppress(sqlite3.Error), contextlib.closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT OR REPLACE INTO rows_1 VALUES (?, ?, ?)",
                [(json.dumps(key), print_, json.dumps(asdict(row) if row else None)) for key, print_, row in fresh],
            )
            connection.executemany("DELETE FROM rows_1 WHERE key = ?", [(json.dumps(key),) for key in gone])
            connection.execute("COMMIT")


def chosen(
    rows: list[Row], kind: Kind, search: str = "", author: str = "", tags: Iterable[str] = (), task: str = ""
) -> list[Row]:
    """The rows of one kind that all the conditions hold for; every word of `search` occurs in the repository's id."""
    words, wanted = search.lower().split(), set(tags)
    return [
        row
        for row in rows
        if row.kind == kind
        and (not author or row.namespace == author)
        and all(word in row.id.lower() for word in words)
        and (not wanted or wanted <= {str(tag) for tag in _describe.listed(row.card.get("tags"))})
        and (not task or row.card.get("pipeline_tag") == task)
    ]


def page(rows: list[Row], after: str, count: int) -> tuple[list[Row], str]:
    """`count` rows after a mark, and the mark for those that follow; empty at the end. It holds though others push."""
    start = 0
    if after:
        changed, _, name = after.partition(".")
        if changed.lstrip("-").isdecimal() and len(changed) < 20:
            start = bisect_right(rows, (-int(changed), name), key=lambda row: row.order)
    taken = rows[start : start + count]
    more = start + count < len(rows)
    return taken, f"{taken[-1].changed}.{taken[-1].id}" if more and taken else ""


def _fingerprint(path: str) -> tuple[str, int] | None:
    """What changes with every branch and tag, and when it last did; None where there is no repository (any more)."""
    try:
        # A Path object for each of thousands would cost more than the look itself.
        heads, tags = os.stat(f"{path}/refs/heads"), os.stat(f"{path}/refs/tags")  # noqa: PTH116
    except OSError:
        return None
    return f"{heads.st_ino}-{heads.st_mtime_ns}-{tags.st_mtime_ns}", max(heads.st_mtime_ns, tags.st_mtime_ns)
