"""An index of repositories: what a list of thousands shows of each one, kept in memory and in ROOT/index.sqlite.

The repositories are the truth. Whoever changes one appends its name to ROOT/changed, and a list reads anew what has
been named there since the last one: a push costs the reading of one repository. A writer may die before it writes the
name, and git itself writes none, so while lists are asked for, every few seconds a refresh compares the times of all
folders of references. ROOT/index.sqlite only spares a new process the first reading. It and ROOT/changed may be
deleted at any time.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import threading
import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import pygit2

from zoo.service.descriptions import as_list, format_first_metric, list_versions, read_card_metadata
from zoo.service.git.references import resolve_revision
from zoo.service.git.store import CHANGED, MAIN, Store
from zoo.service.git.trees import list_files
from zoo.service.names import KINDS, Kind, RepoId, check_repo_id
from zoo.service.refusals import Refusal

_SETTLED_NS = 2 * 10**9  # a folder touched a moment ago may be touched again within one tick of the file system's clock
_REFRESH_SECONDS = 5.0
_VERSIONS = 50
_Key = tuple[Kind, str, str]
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
        self._lock = threading.Lock()  # for all that follows; held for the reading of a few repositories at most
        self._rows: dict[_Key, tuple[str, Row | None]] = {}
        self._unsaved: set[_Key] = set()
        self._sorted: list[Row] | None = []
        self._notes_read = self._measure_notes()
        self._refreshed_at = -_REFRESH_SECONDS
        self._refreshing = threading.Lock()
        self._count = 0
        self.complete = threading.Event()

    def rows(self) -> list[Row]:
        """Every repository, the latest first, with all changes made before the call.

        Until `complete` is set, those that have been read so far.
        """
        self.start_refresh()
        if not self.complete.is_set():
            return self._sort_rows()
        with self._lock:
            self._read_notes()
            if self._sorted is None:
                self._sorted = self._sort_rows()
            return self._sorted

    def _sort_rows(self) -> list[Row]:
        """The rows read so far, the latest first."""
        rows = [row for _, row in list(self._rows.values()) if row]
        return sorted(rows, key=lambda row: row.order)

    def progress(self) -> tuple[int, int]:
        """How many repositories the first refresh has read, and of how many."""
        return len(self._rows), self._count

    def start_refresh(self) -> None:
        """Call `refresh` in a thread of its own, unless it ended less than `_REFRESH_SECONDS` ago or is running."""
        if time.monotonic() - self._refreshed_at >= _REFRESH_SECONDS and not self._refreshing.locked():
            threading.Thread(target=self.refresh, name="index refresh", daemon=True).start()

    def refresh(self) -> None:
        """Read every repository anew whose references have changed since it was last read, whoever changed them.

        Returns at once where another thread does so already.
        """
        if not self._refreshing.acquire(blocking=False):
            return
        try:
            self._refreshed_at = time.monotonic()
            folders = dict(self._find_folders())
            if not self.complete.is_set():
                self._count = len(folders)
                kept = self._load_rows()
                with self._lock:
                    self._rows, self._sorted = {key: kept[key] for key in folders if key in kept}, None
                    self._unsaved = set(kept.keys() - folders.keys())
            for key, path in folders.items():
                fingerprint = _fingerprint_folder(path)
                if fingerprint is None or self._rows.get(key, ("",))[0] != fingerprint[0]:
                    with self._lock:
                        self._refresh_row(key)
            with self._lock:
                for key in self._rows.keys() - folders.keys():
                    self._refresh_row(key)
            self.complete.set()
            self._save_rows()
            self._refreshed_at = time.monotonic()
        finally:
            self._refreshing.release()

    def _measure_notes(self) -> int:
        """The size of ROOT/changed, in bytes."""
        try:
            return (self._store.root / CHANGED).stat().st_size
        except FileNotFoundError:
            return 0

    def _read_notes(self) -> None:
        """Refresh the rows that writers have named in ROOT/changed since the last call; the caller holds the lock."""
        size = self._measure_notes()
        if size == self._notes_read:
            return
        if size < self._notes_read:  # the file was emptied, and some names were perhaps never read
            self._notes_read, self._refreshed_at = 0, -_REFRESH_SECONDS
        with contextlib.suppress(FileNotFoundError), (self._store.root / CHANGED).open("rb") as notes:
            notes.seek(self._notes_read)
            whole, newline, _rest = notes.read().rpartition(b"\n")
            self._notes_read += len(whole + newline)
            for note in dict.fromkeys(whole.split(b"\n")):
                kind, _, name = note.decode(errors="replace").partition(" ")
                with contextlib.suppress(Refusal):
                    repo = check_repo_id("space" if kind == "space" else "model", *name.partition("/")[::2])
                    self._refresh_row((repo.kind, repo.namespace, repo.name))

    def _refresh_row(self, key: _Key) -> None:
        """Make one row what its repository is now; the caller holds the lock, so that no older reading replaces it."""
        now = time.time_ns()
        fingerprint = _fingerprint_folder(str(self._store.path(RepoId(*key))))
        old = self._rows.get(key)
        if fingerprint is None:
            if self._rows.pop(key, None) is None:
                return
        elif old is None or old[0] != fingerprint[0]:
            # Where a folder was touched a moment ago, the next refresh reads it again.
            self._rows[key] = (fingerprint[0] if now - fingerprint[1] > _SETTLED_NS else "", self._read_row(key))
            if self._rows[key] == old:
                return
        else:
            return
        self._unsaved.add(key)
        self._sorted = None

    def _find_folders(self) -> Iterator[tuple[_Key, str]]:
        """Every repository with its folder, unsorted."""
        for kind in KINDS:
            with contextlib.suppress(FileNotFoundError), os.scandir(self._store.root / f"{kind}s") as owners:
                for owner in owners:
                    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(owner.path) as repos:
                        for repo in repos:
                            if repo.name.endswith(".git"):
                                yield (kind, owner.name, repo.name[:-4]), repo.path

    def _read_row(self, key: _Key) -> Row | None:
        """A row read from its repository; None where it vanished meanwhile or cannot be read."""
        repo = RepoId(*key)
        try:
            git = self._store.open(repo)
            commit = resolve_revision(git, MAIN)
            size = sum(file.size for file in list_files(git, commit.tree))
            versions = list_versions(git)[:_VERSIONS]
            card = read_card_metadata(git, commit)
        except (Refusal, KeyError, OSError, pygit2.GitError):
            return None
        kept: dict[str, Any] = {name: card[name] for name in _KEPT if name in card}
        sha, changed, figure = str(commit.id), commit.commit_time, format_first_metric(card)
        return Row(repo.kind, repo.namespace, repo.name, sha, changed, size, versions, kept, figure)

    def _connect(self) -> sqlite3.Connection:
        """Open ROOT/index.sqlite, made where it does not exist. Raises sqlite3.Error."""
        connection = sqlite3.connect(self._store.root / "index.sqlite", timeout=2, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE IF NOT EXISTS rows_1 (key TEXT PRIMARY KEY, print TEXT, row TEXT)")
        return connection

    def _load_rows(self) -> dict[_Key, tuple[str, Row | None]]:
        """What ROOT/index.sqlite holds, fingerprint and row by repository; nothing where it cannot be read."""
        found: dict[_Key, tuple[str, Row | None]] = {}
        with (
            contextlib.suppress(sqlite3.Error, ValueError, TypeError, KeyError),
            contextlib.closing(self._connect()) as connection,
        ):
            for key, fingerprint, row in connection.execute("SELECT key, print, row FROM rows_1"):
                kind, owner, name = json.loads(key)
                values = json.loads(row)
                found[kind, owner, name] = (fingerprint, Row(**values) if values else None)
        return found

    def _save_rows(self) -> None:
        """Write changed rows to ROOT/index.sqlite; where that fails, the next process reads the repositories."""
        with self._lock:
            changed, self._unsaved = {key: self._rows.get(key) for key in self._unsaved}, set()
        if not changed:
            return
        fresh = [
            (json.dumps(key), row[0], json.dumps(asdict(row[1]) if row[1] else None))
            for key, row in changed.items()
            if row
        ]
        with contextlib.suppress(sqlite3.Error), contextlib.closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT OR REPLACE INTO rows_1 VALUES (?, ?, ?)", fresh)
            gone = [(json.dumps(key),) for key, row in changed.items() if row is None]
            connection.executemany("DELETE FROM rows_1 WHERE key = ?", gone)
            connection.execute("COMMIT")


def filter_rows(
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
        and (not wanted or wanted <= {str(tag) for tag in as_list(row.card.get("tags"))})
        and (not task or row.card.get("pipeline_tag") == task)
    ]


def take_page(rows: list[Row], after: str, count: int) -> tuple[list[Row], str]:
    """`count` rows after a mark, and the mark of the page that follows, "" at the end.

    A mark is a row's order, so that pages stay in step while others push.
    """
    start = 0
    if after:
        changed, _, name = after.partition(".")
        if re.fullmatch(r"-?[0-9]{1,18}", changed):
            start = bisect_right(rows, (-int(changed), name), key=lambda row: row.order)
    taken = rows[start : start + count]
    more = start + count < len(rows)
    return taken, f"{taken[-1].changed}.{taken[-1].id}" if more and taken else ""


def _fingerprint_folder(path: str) -> tuple[str, int] | None:
    """A text that changes with every branch and tag, and when it last did in ns; None where there is no repository."""
    try:
        # A Path object for each of thousands would take longer than the comparison itself.
        heads, tags = os.stat(f"{path}/refs/heads"), os.stat(f"{path}/refs/tags")  # noqa: PTH116
    except OSError:
        return None
    return f"{heads.st_ino}-{heads.st_mtime_ns}-{tags.st_mtime_ns}", max(heads.st_mtime_ns, tags.st_mtime_ns)
