"""One of torchvision's weights files, fetched: by one process at a time, taken up again after a break, proved.

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
from io import BufferedRandom
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo._errors import DamagedRelease, NotHere
from zoo._sync import sync
from zoo.upstream.model import shown
from zoo.upstream.reach import address, connect, host, is_offline, refuse_status

if TYPE_CHECKING:
    import httpx2

    from zoo.upstream.model import Upstream

READ_SECONDS = 10.0
"""The longest silence in the middle of a file."""
SLOWEST = 8_000
"""Bytes per second, over `PATIENCE_SECONDS`, below which a download is given up."""
PATIENCE_SECONDS = 20.0
TRIES = 5
"""How often a download that breaks off is taken up again, as long as each try brings something."""

Progress = Callable[[int, int], None]


def download_steps(model: Upstream) -> Iterator[tuple[int, int]]:
    """Fetch the model's file unless it is here, a step at a time: bytes done and bytes in all.

    Whoever asks first downloads; others, in this process or in any other, see the same file grow. A lock that dies
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
            f"{shown(target.parent)}."
        )
    part = target.with_name(f"{target.name}.part")
    with _storing(model):
        target.parent.mkdir(parents=True, exist_ok=True)
    while not target.is_file():
        with _storing(model):
            handle = os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644), "r+b")
        with handle:
            if not _lock(handle):
                yield os.fstat(handle.fileno()).st_size, model.bytes
                time.sleep(0.1)
            elif _is_at(handle, part):  # else its owner gave it its name, or took it away, while we opened it
                if not target.is_file():
                    yield from _fill(model, handle, part)
                    with _storing(model):
                        os.fsync(handle.fileno())
                        part.rename(target)
                        sync(target.parent)
                else:
                    part.unlink()


@contextmanager
def progress_bar(model: Upstream) -> Iterator[Progress | None]:
    """A bar on the terminal; nothing where nobody watches one."""
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


def _lock(handle: BufferedRandom) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(handle: BufferedRandom, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle.fileno()), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def _storing(model: Upstream, part: Path | None = None) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if part is not None:
            part.unlink(missing_ok=True)
        needs = f"{model.bytes / 1e6:.0f} MB" if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else "it"
        raise NotHere(
            f"{model.name} cannot be stored in {shown(model.path.parent)} ({error.strerror or error}): make room for "
            f"{needs} there, or set TORCH_HOME to another folder."
        ) from error


def _fill(model: Upstream, handle: BufferedRandom, part: Path) -> Iterator[tuple[int, int]]:
    """Fill the open `*.part`, from where an earlier try left it, until its SHA-256 is right."""
    import httpx2

    most = round(model.bytes * 1.01) + 4096  # torchvision rounds sizes to a thousandth of a mebibyte
    digest, done = _hashed(handle)
    with _storing(model, part):
        if shutil.disk_usage(part.parent).free < model.bytes - done:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    taken_up, broken, tries = done > 0, False, 0
    with connect(READ_SECONDS) as client:
        while True:
            before = done
            try:
                with _answered(client, model, done) as response:
                    if response.status_code != 206 and done:  # the whole file instead of what is left of it
                        if broken and response.status_code == 200:
                            raise NotHere(
                                f"The connection to {host()} broke after {_megabytes(done, model)} of {model.file}, "
                                "and it cannot send the rest alone: try again."
                            )
                        if response.status_code == 200:
                            digest, done, taken_up = hashlib.sha256(), 0, False
                            handle.seek(0)
                            handle.truncate()
                    total = model.bytes
                    if response.status_code != 416 and "Content-Length" in response.headers:
                        total = done + int(response.headers["Content-Length"])
                    if total > most:
                        part.unlink()
                        raise DamagedRelease(_too_long(model))
                    since, then = time.monotonic(), done
                    for block in response.iter_raw() if response.status_code != 416 else ():
                        if done + len(block) > most:
                            part.unlink()
                            raise DamagedRelease(_too_long(model))
                        with _storing(model, part):
                            handle.write(block)
                            handle.flush()
                        digest.update(block)
                        done += len(block)
                        yield done, total
                        if time.monotonic() - since > PATIENCE_SECONDS:
                            if done - then < SLOWEST * PATIENCE_SECONDS:
                                raise NotHere(
                                    f"{host()} sends {model.file} too slowly: {_megabytes(done, model)} have come and "
                                    "are kept; try again later."
                                )
                            since, then = time.monotonic(), done
            except (httpx2.TransportError, httpx2.InvalidURL) as error:
                tries += 1
                if done == before or tries == TRIES:
                    raise NotHere(_broken(model, done, error)) from error
                broken = True
                continue
            if digest.hexdigest().startswith(model.digest):
                return
            if not taken_up:
                part.unlink()
                raise DamagedRelease(
                    f"What {host()} sent as {model.file} is not the file that torchvision published (its SHA-256 is "
                    "another), so nothing was kept: set TENWEEKS_UPSTREAM to a mirror that has it."
                )
            # An earlier try, or a power cut, left something wrong: once more from the beginning.
            digest, done, taken_up, broken = hashlib.sha256(), 0, False, False
            handle.seek(0)
            handle.truncate()


def _hashed(handle: BufferedRandom) -> tuple[Any, int]:
    """The digest of what an earlier try left, and how much that is; the file is then at its end."""
    digest, done = hashlib.sha256(), 0
    while block := handle.read(1 << 20):
        digest.update(block)
        done += len(block)
    return digest, done


@contextmanager
def _answered(client: httpx2.Client, model: Upstream, done: int) -> Iterator[httpx2.Response]:
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
                        f"{host()} sends everybody who asks for {model.file} on to {there.host}: if that is right, "
                        "set TENWEEKS_UPSTREAM to the address there."
                    )
                url = there
                continue
            refuse_status(response.status_code, model.file)
            start = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
            partly = response.status_code == 206 and start == str(done)
            if not partly and response.status_code != 200 and not (response.status_code == 416 and done):
                raise NotHere(f"{host()} answers {response.status_code} for {model.file}, which is no file.")
            yield response
            return
    raise NotHere(f"{host()} sends everybody who asks for {model.file} in a circle.")


def _broken(model: Upstream, done: int, error: Exception) -> str:
    if done:
        return (
            f"The connection to {host()} broke after {_megabytes(done, model)} of {model.file}: try again, and the "
            "rest is fetched."
        )
    why = f"{host()} does not answer" if "Connect" in type(error).__name__ else f"{host()} breaks off"
    return f"{model.name} has to be fetched once, and {why}: connect to a network and try again."


def _too_long(model: Upstream) -> str:
    return f"What {host()} sends as {model.file} is longer than the file that torchvision published: nothing was kept."


def _megabytes(done: int, model: Upstream) -> str:
    return f"{done / 1e6:.1f} of {model.bytes / 1e6:.1f} MB"
