"""Large files, each kept once under its SHA-256: ROOT/objects/ab/cd/<digest>. A file is there whole, or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from zoo.service.disk import create_incoming_file, put_in_place, write_all
from zoo.service.refusals import bad_request


class Objects:
    """The store below one root; several processes may use it at once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, oid: str) -> Path:
        """Where the file of this digest is, or would be."""
        return self.root / "objects" / oid[:2] / oid[2:4] / oid

    def size(self, oid: str) -> int | None:
        """Bytes of a stored file; None where there is none."""
        try:
            return self.path(oid).stat().st_size
        except FileNotFoundError:
            return None

    @contextlib.contextmanager
    def receive(self, oid: str, size: int) -> Iterator[Upload]:
        """Take in a file of this digest and size; without `Upload.finish`, nothing stays."""
        with create_incoming_file(self.root) as (draft, descriptor):
            yield Upload(self, oid, size, draft, descriptor)


class Upload:
    """A file on its way in: written aside, hashed as it comes, never longer than promised."""

    def __init__(self, store: Objects, oid: str, size: int, draft: Path, descriptor: int) -> None:
        self._store = store
        self._oid = oid
        self._size = size
        self._draft = draft
        self._descriptor = descriptor
        self._hash = hashlib.sha256()
        self._received = 0

    def write(self, chunk: bytes | bytearray) -> None:
        """Add bytes; refuses as soon as there are more than promised."""
        self._received += len(chunk)
        if self._received > self._size:
            raise bad_request(f"More than the promised {self._size} bytes arrived: upload the file again.")
        self._hash.update(chunk)
        write_all(self._descriptor, chunk)

    def finish(self) -> None:
        """Put the file in its place, if it is what was promised."""
        if self._received != self._size:
            raise bad_request(f"{self._received} of the promised {self._size} bytes arrived: upload the file again.")
        if self._hash.hexdigest() != self._oid:
            raise bad_request("The bytes that arrived do not have the promised SHA-256: upload the file again.")
        os.fchmod(self._descriptor, 0o444)
        os.fsync(self._descriptor)
        put_in_place(self._draft, self._store.path(self._oid))
