"""Downloading one of torchvision's weights files: by one process at a time, continued after a break, checked.

Importing this loads no client of the network.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from zoo._errors import DamagedRelease, NotHere
from zoo._sync import sync
from zoo.upstream.model import shorten_path
from zoo.upstream.reach import address, check_status, host_name, is_offline, open_client

if TYPE_CHECKING:
    import httpx2

    from zoo.upstream.model import Upstream

READ_SECONDS = 10.0
"""The longest silence in the middle of a file."""
SLOWEST = 8_000
"""Bytes per second, over `PATIENCE_SECONDS`, below which a download is given up."""
PATIENCE_SECONDS = 20.0
TRIES = 5
"""How often a download that breaks off is continued, as long as each try brings something."""

Progress = Callable[[int, int], None]


def download_steps(model: Upstream) -> Iterator[tuple[int, int]]:
    """Fetch the model's file unless it is here, a step at a time: bytes done and bytes in all.

    The first caller downloads; later ones, in this process or in any other, see the same file grow. A lock that ends
    with its process guards the `*.part`, and only a file whose SHA-256 is right gets its name.

    Raises:
        NotHere, DamagedRelease: as `zoo.upstream.fetch`.
    """
    target = model.path
    if target.is_file():
        return
    if is_offline():
        raise NotHere(
            f"{model.name} is not on this machine and HF_HUB_OFFLINE is set: unset it, or put {model.file} into "
            f"{shorten_path(target.parent)}."
        )
    part = target.with_name(f"{target.name}.part")
    with _explain_disk_errors(model):
        target.parent.mkdir(parents=True, exist_ok=True)
    while not target.is_file():
        with _explain_disk_errors(model):
            handle = os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644), "r+b", buffering=0)
        with handle:
            if not _try_lock(handle):
                yield os.fstat(handle.fileno()).st_size, model.bytes
                time.sleep(0.1)
            elif _is_at(handle, part):  # else its owner renamed or deleted it while we opened it
                if not target.is_file():
                    yield from _fill_part(model, handle, part)
                    with _explain_disk_errors(model):
                        os.fsync(handle.fileno())
                        part.rename(target)
                        sync(target.parent)
                else:
                    part.unlink()


@contextmanager
def progress_bar(model: Upstream) -> Iterator[Progress | None]:
    """Show a bar while the block runs; yields what moves it, or None where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(model.file, total=model.bytes)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _try_lock(handle: FileIO) -> bool:
    """Lock the file; returns False where another has locked it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(handle: FileIO, path: Path) -> bool:
    """Whether the open file is the one that has this path now."""
    try:
        return os.path.samestat(os.fstat(handle.fileno()), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def _explain_disk_errors(model: Upstream, part: Path | None = None) -> Iterator[None]:
    """Raise errors of the disk in the block as NotHere, and delete `part` then."""
    try:
        yield
    except OSError as error:
        if part is not None:
            part.unlink(missing_ok=True)
        needs = f"{model.bytes / 1e6:.0f} MB" if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else "it"
        raise NotHere(
            f"{model.name} cannot be stored in {shorten_path(model.path.parent)} ({error.strerror or error}): make "
            f"room for {needs} there, or set TORCH_HOME to another folder."
        ) from error


class _Part:
    """An open `*.part`: its content, which an earlier try may have begun, and the SHA-256 of that."""

    def __init__(self, model: Upstream, handle: FileIO, path: Path) -> None:
        self._model = model
        self._handle = handle
        self._path = path
        self.done = 0
        self._digest = hashlib.sha256()
        while block := handle.read(1 << 20):
            self._digest.update(block)
            self.done += len(block)

    def append(self, block: bytes) -> None:
        """Write a block at the end. Raises NotHere where the disk takes no more; the file is deleted then."""
        with _explain_disk_errors(self._model, self._path):
            view = memoryview(block)
            while view:
                view = view[self._handle.write(view) :]
        self._digest.update(block)
        self.done += len(block)

    def empty(self) -> None:
        """Throw the content away, to begin anew."""
        self._digest, self.done = hashlib.sha256(), 0
        self._handle.seek(0)
        self._handle.truncate()

    def delete(self) -> None:
        """Delete the file."""
        self._path.unlink()

    def is_right(self) -> bool:
        """Whether the content is what torchvision published."""
        return self._digest.hexdigest().startswith(self._model.digest)


def _fill_part(model: Upstream, handle: FileIO, path: Path) -> Iterator[tuple[int, int]]:
    """Fill the open `*.part`, from where an earlier try left it, until its SHA-256 is right."""
    import httpx2

    part = _Part(model, handle, path)
    with _explain_disk_errors(model, path):
        if shutil.disk_usage(path.parent).free < model.bytes - part.done:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    continued, broken, tries = part.done > 0, False, 0
    with open_client(READ_SECONDS) as client:
        while True:
            before = part.done
            try:
                with _request_from(client, model, part.done) as response:
                    if response.status_code == 200 and part.done:  # all of the file instead of what is left of it
                        if broken:
                            raise NotHere(
                                f"The connection to {host_name()} broke after {_format_progress(part.done, model)} of "
                                f"{model.file}, and it cannot send the rest alone: try again."
                            )
                        part.empty()
                        continued = False
                    yield from _receive(model, response, part)
            except (httpx2.TransportError, httpx2.InvalidURL) as error:
                tries += 1
                if part.done == before or tries == TRIES:
                    raise NotHere(_explain_break(model, part.done, error)) from error
                broken = True
                continue
            if part.is_right():
                return
            if not continued:
                part.delete()
                raise DamagedRelease(
                    f"What {host_name()} sent as {model.file} is not the file that torchvision published (its SHA-256 "
                    "is another), so nothing was kept: set TENWEEKS_UPSTREAM to a mirror that has it."
                )
            # An earlier try, or a power cut, left something wrong: once more from the beginning.
            part.empty()
            continued = broken = False


def _receive(model: Upstream, response: httpx2.Response, part: _Part) -> Iterator[tuple[int, int]]:
    """Append a response's body to the `*.part`, a step at a time: bytes done and bytes in all.

    Raises:
        DamagedRelease: it is longer than the file; the `*.part` is deleted.
        NotHere: it comes too slowly.
    """
    if response.status_code == 416:  # there is no more of it
        return
    most = round(model.bytes * 1.01) + 4096  # torchvision rounds sizes to a thousandth of a mebibyte
    announced = response.headers.get("Content-Length")
    total = model.bytes if announced is None else part.done + int(announced)
    if total > most:
        part.delete()
        raise DamagedRelease(_explain_length(model))
    since, then = time.monotonic(), part.done
    for block in response.iter_raw():
        if part.done + len(block) > most:
            part.delete()
            raise DamagedRelease(_explain_length(model))
        part.append(block)
        yield part.done, total
        if time.monotonic() - since > PATIENCE_SECONDS:
            if part.done - then < SLOWEST * PATIENCE_SECONDS:
                raise NotHere(
                    f"{host_name()} sends {model.file} too slowly: {_format_progress(part.done, model)} have come and "
                    "are kept; try again later."
                )
            since, then = time.monotonic(), part.done


@contextmanager
def _request_from(client: httpx2.Client, model: Upstream, done: int) -> Iterator[httpx2.Response]:
    """A response whose body is the file from byte `done` on (206), all of it (200), or no more of it (416)."""
    import httpx2

    url = httpx2.URL(f"{address()}/{model.file}")
    headers = {"Range": f"bytes={done}-"} if done else {}
    for _ in range(5):
        with client.stream("GET", url, headers=headers) as response:
            if response.has_redirect_location:
                there = url.join(response.headers["Location"])
                if (there.host, there.port) != (url.host, url.port):
                    raise NotHere(
                        f"{host_name()} sends everybody who asks for {model.file} on to {there.host}: if that is "
                        "right, set TENWEEKS_UPSTREAM to the address there."
                    )
                url = there
                continue
            check_status(response.status_code, model.file)
            start = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
            partly = response.status_code == 206 and start == str(done)
            if not partly and response.status_code != 200 and not (response.status_code == 416 and done):
                raise NotHere(f"{host_name()} answers {response.status_code} for {model.file}, which is no file.")
            yield response
            return
    raise NotHere(f"{host_name()} sends everybody who asks for {model.file} in a circle.")


def _explain_break(model: Upstream, done: int, error: Exception) -> str:
    """The sentence for a connection that broke after `done` bytes."""
    if done:
        return (
            f"The connection to {host_name()} broke after {_format_progress(done, model)} of {model.file}: try again, "
            "and the rest is fetched."
        )
    why = f"{host_name()} does not answer" if "Connect" in type(error).__name__ else f"{host_name()} breaks off"
    return f"{model.name} has to be fetched once, and {why}: connect to a network and try again."


def _explain_length(model: Upstream) -> str:
    """The sentence for a body that is too long."""
    return (
        f"What {host_name()} sends as {model.file} is longer than the file that torchvision published: nothing was "
        "kept."
    )


def _format_progress(done: int, model: Upstream) -> str:
    """ "3.1 of 10.3 MB"."""
    return f"{done / 1e6:.1f} of {model.bytes / 1e6:.1f} MB"
