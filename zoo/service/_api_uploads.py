"""What a push consists of: which files go by LFS, the large files themselves, and the commit."""

from __future__ import annotations

import base64
import binascii
import io
import os
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.concurrency import contextmanager_in_threadpool
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from zoo.service import _attributes, _commits, _disk, _names, _store, _trees
from zoo.service._bodies import feed, read_json, spool
from zoo.service._context import Service, base_url, ok, part, repo_of, service
from zoo.service._errors import Refusal, bad_request, repo_not_found, unsupported
from zoo.service._names import KINDS, RepoId, file_path

router = APIRouter()
COMMIT_BYTES = 2**30
OBJECT_BYTES = 50 * 10**9  # what the client itself would still download over plain HTTP
_OBJECTS = 1000
_FILES = 1000
_LFS = "application/vnd.git-lfs+json"

Size = Annotated[int, Field(strict=True, ge=0)]


class _Announced(BaseModel):
    path: str
    size: Size
    sample: str = ""


class _Announcement(BaseModel):
    files: list[_Announced] = Field(max_length=_FILES)


class _Object(BaseModel):
    oid: str
    size: Size


class _Batch(BaseModel):
    operation: str
    objects: list[_Object] = Field(max_length=_OBJECTS)
    hash_algo: str = "sha256"
    transfers: list[str] = ["basic"]


async def _may_write(request: Request, repo: RepoId) -> str:
    """Whose token it is; the repository exists and takes it."""
    host = service(request)
    author = await run_in_threadpool(host.tokens.may_write, request.headers.get("authorization"), repo.namespace)
    if not await run_in_threadpool(host.store.exists, repo):
        raise repo_not_found(repo)
    return author


def _refuse_pull_request(request: Request) -> None:
    if request.query_params.get("create_pr", "").lower() in ("1", "true"):
        raise unsupported("This service has no pull requests: commit to the branch itself.")


async def preupload(request: Request) -> Response:
    repo, revision = repo_of(request), part(request, "revision")
    _refuse_pull_request(request)
    await _may_write(request, repo)
    asked = await read_json(request, _Announcement, 4 * 2**20)
    return ok({"files": await run_in_threadpool(_modes, service(request), repo, revision, asked.files)})


def _modes(host: Service, repo: RepoId, revision: str, files: list[_Announced]) -> list[dict[str, Any]]:
    git = host.store.open(repo)
    commit = _store.resolve(git, revision)
    rows = []
    for file in files:
        path = file_path(file.path)
        try:
            sample = base64.b64decode(file.sample, validate=True)
        except (binascii.Error, ValueError) as error:
            raise bad_request(f"The sample of {path!r} is not base64.") from error
        large = _attributes.should_be_large(git, commit.id, path, file.size, sample)
        found = _trees.find(git, commit.tree, path)
        rows.append(
            {
                "path": path, "uploadMode": "lfs" if large else "regular", "shouldIgnore": False,
                "oid": None if found is None or found.folder else found.etag,
            }
        )  # fmt: skip
    return rows


async def batch(request: Request) -> Response:
    repo = repo_of(request)
    await _may_write(request, repo)
    asked = await read_json(request, _Batch)
    if asked.hash_algo != "sha256":
        raise Refusal(409, f"The algorithm {asked.hash_algo[:50]!r} is unknown: large files go by sha256.")
    if asked.operation != "upload":
        raise unsupported("Large files are downloaded from their resolve address: only 'upload' is a batch operation.")
    if "basic" not in asked.transfers:
        raise unsupported("Only the 'basic' transfer is supported.")
    rows = await run_in_threadpool(_actions, service(request), repo, base_url(request), asked.objects)
    return ok({"transfer": "basic", "objects": rows, "hash_algo": "sha256"}, {"Content-Type": _LFS})


def _actions(host: Service, repo: RepoId, base: str, objects: list[_Object]) -> list[dict[str, Any]]:
    rows = []
    for item in objects:
        oid, size = _names.digest(item.oid), item.size
        row: dict[str, Any] = {"oid": oid, "size": size}
        stored = host.objects.size(oid)
        if size > OBJECT_BYTES:
            row["error"] = {"code": 422, "message": f"A file may have at most {OBJECT_BYTES:,} bytes: split it."}
        elif stored not in (None, size):
            row["error"] = {"code": 422, "message": f"{oid} has {stored} bytes here, not {size}: hash the file again."}
        elif stored is None:
            place = f"{base}/{repo.address}.git/info/lfs/objects"
            capability = host.tokens.sign("upload", repo.address, oid, str(size))
            row["authenticated"] = True
            row["actions"] = {
                "upload": {"href": f"{place}/{oid}?size={size}&{capability}"},
                "verify": {"href": f"{place}/verify"},
            }
        rows.append(row)
    return rows


async def receive_object(request: Request) -> Response:
    repo, oid = repo_of(request), _names.digest(part(request, "oid"))
    query = request.query_params
    host = service(request)
    capability = query.get("expires"), query.get("signature")
    await run_in_threadpool(host.tokens.check, *capability, "upload", repo.address, oid, query.get("size", ""))
    size = int(query["size"])
    announced = request.headers.get("content-length")
    if announced is not None and announced != str(size):
        raise bad_request(f"The body has {announced[:20]} bytes, but {size} were promised: upload the file again.")
    if not await run_in_threadpool(host.store.exists, repo):
        raise repo_not_found(repo)
    async with contextmanager_in_threadpool(host.objects.receive(oid, size)) as upload:
        await feed(request, upload.write)
        await run_in_threadpool(upload.finish)
    return ok()


async def verify_object(request: Request) -> Response:
    repo = repo_of(request)
    await _may_write(request, repo)
    asked = await read_json(request, _Object)
    stored = await run_in_threadpool(service(request).objects.size, _names.digest(asked.oid))
    if stored is None:
        raise Refusal(404, f"The large file {asked.oid} has not arrived: upload it again.")
    if stored != asked.size:
        raise Refusal(422, f"The large file {asked.oid} has {stored} bytes, not {asked.size}: upload it again.")
    return ok()


async def commit(request: Request) -> Response:
    repo, branch = repo_of(request), part(request, "revision")
    _refuse_pull_request(request)
    author = await _may_write(request, repo)
    host = service(request)
    async with contextmanager_in_threadpool(_disk.incoming_file(host.root)) as (_path, descriptor):
        await spool(request, descriptor, COMMIT_BYTES, _commits.LINE_BYTES)
        sha = await run_in_threadpool(_commit, host, repo, branch, descriptor, author)
    url = f"{base_url(request)}/{repo.address}/commit/{sha}"
    return ok({"success": True, "commitOid": sha, "commitUrl": url, "hookOutput": ""})


def _commit(host: Service, repo: RepoId, branch: str, descriptor: int, author: str) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    with io.FileIO(descriptor, closefd=False) as raw, io.BufferedReader(raw, 2**16) as lines:
        return _commits.commit(host.store, host.objects, repo, branch, lines, author)


for _kind in KINDS:
    _base = f"/api/{_kind}s/{{owner}}/{{name}}"
    router.post(f"{_base}/preupload/{{revision}}")(preupload)
    router.post(f"{_base}/commit/{{revision}}")(commit)
    _git = f"{'/spaces' if _kind == 'space' else ''}/{{owner}}/{{name}}.git/info/lfs/objects"
    router.post(f"{_git}/batch")(batch)
    router.post(f"{_git}/verify")(verify_object)
    router.put(f"{_git}/{{oid}}")(receive_object)
