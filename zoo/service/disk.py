"""Every way in which the service changes the disk outside git: few functions, each safe against a kill at any point.

Nothing is written in place. What arrives lies below ROOT/incoming, held by a lock that the kernel drops when its
writer dies, and reaches its place by one rename; what dead writers left is swept away when a server starts.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from zoo._errors import ZooError
from zoo._sync import sync

INCOMING = "incoming"
_YOUNG_SECONDS = 60.0


def make_folder(folder: Path) -> None:
    """Make the folder and its parents where they do not exist, and sync each new name."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync(folder.parent)


def prepare_root(root: Path) -> Path:
    """The folder `root`, made where it does not exist, as an absolute path.

    Raises:
        ZooError: it cannot be made, or nothing can be written into it.
    """
    try:
        root = Path(root).resolve()
        make_folder(root)
        with create_incoming_file(root):
            return root
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ZooError(f"The folder {root} cannot be written ({reason}): choose another with --root.") from error


def put_in_place(draft: Path, target: Path) -> None:
    """Rename a finished, synced file to `target`, replacing it; a kill leaves the old file or the new one."""
    make_folder(target.parent)
    draft.replace(target)
    sync(target.parent)


def write_file(root: Path, target: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file aside, sync it, and rename it to `target`."""
    with create_incoming_file(root) as (draft, descriptor):
        os.fchmod(descriptor, mode)
        with os.fdopen(os.dup(descriptor), "wb") as handle:
            handle.write(content)
        os.fsync(descriptor)
        put_in_place(draft, target)


def write_all(descriptor: int, content: bytes | bytearray) -> None:
    """Write every byte: the system may take fewer at a time."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def replace_small_file(target: Path, content: bytes) -> None:
    """Replace a small file as git does, by a lock file beside it, which the caller knows to be free."""
    make_folder(target.parent)
    lock = target.with_name(f"{target.name}.lock")
    with lock.open("xb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    put_in_place(lock, target)


@contextlib.contextmanager
def create_incoming_file(root: Path) -> Iterator[tuple[Path, int]]:
    """A new file below ROOT/incoming and its descriptor, open for reading and writing; gone at the end unless moved."""
    make_folder(root / INCOMING)
    path = root / INCOMING / uuid.uuid4().hex
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield path, descriptor
    finally:
        os.close(descriptor)
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def create_incoming_folder(root: Path) -> Iterator[Path]:
    """A new, empty folder below ROOT/incoming; gone at the end unless it was moved to its place."""
    make_folder(root / INCOMING)
    path = root / INCOMING / uuid.uuid4().hex
    path.mkdir()
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield path
    finally:
        os.close(descriptor)
        shutil.rmtree(path, ignore_errors=True)


def sync_tree(folder: Path) -> None:
    """Sync every file and folder below `folder`, and itself."""
    for path, _folders, files in os.walk(folder):
        for file in files:
            sync(Path(path, file))
        sync(Path(path))


def remove_tree(root: Path, folder: Path) -> None:
    """Remove a folder: one rename makes it vanish, then its files are deleted."""
    make_folder(root / INCOMING)
    doomed = root / INCOMING / uuid.uuid4().hex
    folder.rename(doomed)
    sync(folder.parent)
    shutil.rmtree(doomed, ignore_errors=True)


def sweep_incoming(root: Path) -> None:
    """Remove what dead writers left below ROOT/incoming; a living one, here or in another process, holds its lock."""
    for path in (root / INCOMING).glob("*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime < _YOUNG_SECONDS:
                continue  # perhaps made, but not locked yet
            descriptor = os.open(path, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            finally:
                os.close(descriptor)


@contextlib.contextmanager
def hold_lock(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, waiting for whoever holds it.

    Raises:
        FileNotFoundError: its folder does not exist, or was taken away while waiting.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                yield
                return
        finally:
            os.close(descriptor)
