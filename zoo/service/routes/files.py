"""Downloads: a file whole or in part, by branch, tag or commit, with the headers that caches read."""

from __future__ import annotations

import mimetypes
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from zoo.service.context import Service, read_part, repo_of, service_of
from zoo.service.git.references import resolve_revision
from zoo.service.git.trees import Entry, find_entry
from zoo.service.names import KINDS, RepoId, check_path_in_url, is_commit
from zoo.service.refusals import Refusal, entry_not_found

router = APIRouter()
_CHUNK_BYTES = 2**20
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_TEXTS = {"text/plain", "text/csv", "text/markdown", "application/json"}
_PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}


@dataclass(frozen=True)
class _File:
    """A file found: git's own bytes, or the place of a large one."""

    commit: str
    entry: Entry
    content: bytes | None
    place: Path | None


def _find_file(host: Service, repo: RepoId, revision: str, path: str) -> _File:
    """The file at a revision. Refuses what does not exist (404), and a large file that the store has damaged (500)."""
    git = host.store.open(repo)
    commit = resolve_revision(git, revision)
    entry = find_entry(git, commit.tree, check_path_in_url(path))
    if entry is None or entry.folder:
        raise entry_not_found(path, str(commit.id))
    if entry.large is None:
        return _File(str(commit.id), entry, git.odb.read(entry.oid)[1], None)
    stored = host.objects.size(entry.large.oid)
    if stored != entry.large.size:
        what = "is missing" if stored is None else f"has {stored} bytes instead of {entry.large.size}"
        raise Refusal(500, f"The store is damaged: the large file of {path!r} {what}. Tell whoever runs it.")
    return _File(str(commit.id), entry, None, host.objects.path(entry.large.oid))


async def send_file(request: Request) -> Response:
    """Send a file, or the asked range of it; only headers for HEAD, nothing for who has it already (304)."""
    repo, revision, path = repo_of(request), read_part(request, "revision"), read_part(request, "path")
    file = await run_in_threadpool(_find_file, service_of(request), repo, revision, path)
    size = file.entry.size
    etag = f'"{file.entry.etag}"'
    kind = mimetypes.guess_type(path)[0]
    name = path.rpartition("/")[2]
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    headers = {
        "X-Repo-Commit": file.commit,
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Content-Type": kind if kind in _TEXTS | _PICTURES else "application/octet-stream",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}; filename=\"{plain}\";",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "public, max-age=31536000, immutable" if is_commit(revision) else "no-cache",
        "Access-Control-Allow-Origin": "*",
    }
    if file.entry.large:
        headers |= {"X-Linked-Etag": etag, "X-Linked-Size": str(size)}
    if _matches_etag(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    start, stop, status = 0, size, 200
    if request.method == "GET" and request.headers.get("if-range", etag) == etag:
        asked = _parse_range(request.headers.get("range"), size)
        if asked:
            (start, stop), status = asked, 206
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    headers["Content-Length"] = str(stop - start)
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    if file.content is not None:
        return Response(file.content[start:stop], status, headers)
    assert file.place is not None
    return StreamingResponse(_stream_file(file.place, start, stop), status, headers)


async def _stream_file(place: Path, start: int, stop: int) -> AsyncIterator[bytes]:
    """The bytes from `start` to before `stop`, a chunk at a time."""
    # Opened here, because what a client that has gone never asks for is never begun, nor ended.
    descriptor = await run_in_threadpool(os.open, place, os.O_RDONLY | os.O_CLOEXEC)
    try:
        while start < stop:
            chunk = await run_in_threadpool(os.pread, descriptor, min(_CHUNK_BYTES, stop - start), start)
            if not chunk:
                raise OSError("a large file became shorter while it was sent")
            start += len(chunk)
            yield chunk
    finally:
        os.close(descriptor)


def _matches_etag(header: str | None, etag: str) -> bool:
    """Whether an If-None-Match header names this ETag, so that the client has the file already."""
    if header is None:
        return False
    return header.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in header.split(","))


def _parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """The first byte asked for and the one after the last; None for the whole file, and for several ranges at once.

    Raises:
        Refusal: there are no such bytes (416).
    """
    match = _RANGE.fullmatch(header.replace(" ", "")) if header else None
    if not match or match[0] == "bytes=-":
        return None
    first, last = match[1], match[2]
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= size:
        headers = {"Content-Range": f"bytes */{size}"}
        raise Refusal(416, f"The file has {size} bytes: ask for a range within.", headers=headers)
    return start, stop


for _kind in KINDS:
    for _prefix in (f"/api/{_kind}s", "/spaces" if _kind == "space" else ""):
        _path = f"{_prefix}/{{owner}}/{{name}}/resolve/{{revision}}/{{path:path}}"
        router.api_route(_path, methods=["GET", "HEAD"])(send_file)
