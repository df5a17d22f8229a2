"""What a list of thousands shows of each repository, kept beside the repositories and never believed blindly.

The repositories are the truth. Whoever changes one appends its name to ROOT/changed, and a list reads anew what has
been named there since the last one: a push costs one repository's reading, not a look at all of them. A writer may die
before it tells, and git itself tells nobody, so every few seconds in which lists are asked for, a look at all folders
of references runs beside them. ROOT/index.sqlite only spares a new process the first reading. Both may be deleted at
any time.
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

from zoo.service import _describe, _store, _trees
from zoo.service._errors import Refusal
from zoo.service._names import KINDS, Kind, RepoId, repo_id
from zoo.service._store import CHANGED, Store

_SETTLED_NS = 2 * 10**9  # a folder touched a moment ago may be touched again within one tick of the file system's clock
_LOOK_SECONDS = 5.0
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
        self._lock = threading.Lock()  # of all that follows, never held for longer than a few repositories' reading
        self._known: dict[_Key, tuple[str, Row | None]] = {}
        self._unsaved: set[_Key] = set()
        self._sorted: list[Row] | None = []
        self._heard = self._told()
        self._looked = -_LOOK_SECONDS
        self._looking = threading.Lock()
        self._count = 0
        self.complete = threading.Event()

    def rows(self) -> list[Row]:
        """Every repository, the latest first, as of a moment after this call began; while `complete` is not set, those
        that were read so far."""
        self.begin()
        if not self.complete.is_set():
            return self._ordered()
        with self._lock:
            self._listen()
            if self._sorted is None:
                self._sorted = self._ordered()
            return self._sorted

    def _ordered(self) -> list[Row]:
        rows = [row for _print, row in list(self._known.values()) if row]
        return sorted(rows, key=lambda row: row.order)

    def progress(self) -> tuple[int, int]:
        """How many repositories the first look has read, and of how many."""
        return len(self._known), self._count

    def begin(self) -> None:
        """Look at every repository in a thread of its own, unless that was done a moment ago or is going on."""
        if time.monotonic() - self._looked >= _LOOK_SECONDS and not self._looking.locked():
            threading.Thread(target=self.look, name="a look at every repository", daemon=True).start()

    def look(self) -> None:
        """Read anew what is not as it was seen last, whoever changed it."""
        if not self._looking.acquire(blocking=False):
            return
        try:
            self._looked = time.monotonic()
            folders = dict(self._folders())
            if not self.complete.is_set():
                self._count = len(folders)
                kept = self._load()
                with self._lock:
                    self._known, self._sorted = {key: kept[key] for key in folders if key in kept}, None
                    self._unsaved = set(kept.keys() - folders.keys())
            for key, path in folders.items():
                print_ = _fingerprint(path)
                if print_ is None or self._known.get(key, ("",))[0] != print_[0]:
                    with self._lock:
                        self._take(key)
            with self._lock:
                for key in self._known.keys() - folders.keys():
                    self._take(key)
            self.complete.set()
            self._save()
            self._looked = time.monotonic()
        finally:
            self._looking.release()

    def _told(self) -> int:
        """How many bytes the writers' notes have."""
        try:
            return (self._store.root / CHANGED).stat().st_size
        except FileNotFoundError:
            return 0

    def _listen(self) -> None:
        """Read anew what writers have named since the last time; the caller holds the lock."""
        size = self._told()
        if size == self._heard:
            return
        if size < self._heard:  # the notes were cut, and some of them perhaps never heard
            self._heard, self._looked = 0, -_LOOK_SECONDS
        with contextlib.suppress(FileNotFoundError), (self._store.root / CHANGED).open("rb") as notes:
            notes.seek(self._heard)
            whole, newline, _rest = notes.read().rpartition(b"\n")
            self._heard += len(whole + newline)
            for note in dict.fromkeys(whole.split(b"\n")):
                kind, _, name = note.decode(errors="replace").partition(" ")
                with contextlib.suppress(Refusal):
                    repo = repo_id("space" if kind == "space" else "model", *name.partition("/")[::2])
                    self._take((repo.kind, repo.namespace, repo.name))

    def _take(self, key: _Key) -> None:
        """Let one row be what its repository is now; the caller holds the lock, so a later reading stays."""
        now = time.time_ns()
        print_ = _fingerprint(str(self._store.path(RepoId(*key))))
        old = self._known.get(key)
        if print_ is None:
            if self._known.pop(key, None) is None:
                return
        elif old is None or old[0] != print_[0]:
            # Where a folder was touched a moment ago, the next look reads again.
            self._known[key] = (print_[0] if now - print_[1] > _SETTLED_NS else "", self._read(key))
            if self._known[key] == old:
                return
        else:
            return
        self._unsaved.add(key)
        self._sorted = None

    def _folders(self) -> Iterator[tuple[_Key, str]]:
        for kind in KINDS:
            with contextlib.suppress(FileNotFoundError), os.scandir(self._store.root / f"{kind}s") as owners:
                for owner in owners:
                    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(owner.path) as repos:
                        for repo in repos:
                            if repo.name.endswith(".git"):
                                yield (kind, owner.name, repo.name[:-4]), repo.path

    def _read(self, key: _Key) -> Row | None:
        """A row read from its repository; None where it vanished meanwhile or cannot be read."""
        repo = RepoId(*key)
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

    def _load(self) -> dict[_Key, tuple[str, Row | None]]:
        found: dict[_Key, tuple[str, Row | None]] = {}
        with (
            contextlib.suppress(sqlite3.Error, ValueError, TypeError, KeyError),
            contextlib.closing(self._connect()) as connection,
        ):
            for key, print_, row in connection.execute("SELECT key, print, row FROM rows_1"):
                kind, owner, name = json.loads(key)
                values = json.loads(row)
                found[kind, owner, name] = (print_, Row(**values) if values else None)
        return found

    def _save(self) -> None:
        """Keep what has changed; what cannot be kept now is read again by the next process."""
        with self._lock:
            changed, self._unsaved = {key: self._known.get(key) for key in self._unsaved}, set()
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
        if re.fullmatch(r"-?[0-9]{1,18}", changed):
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
