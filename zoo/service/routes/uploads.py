"""A push: which files are to come by LFS, the large files themselves, and the commit."""

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

from zoo.service.bodies import pass_body, read_json, spool_body
from zoo.service.context import Service, answer_json, authorize, base_url, read_part, repo_of, service_of
from zoo.service.disk import create_incoming_file
from zoo.service.git.attributes import should_be_large
from zoo.service.git.commits import LINE_BYTES, apply_commit
from zoo.service.git.references import resolve_revision
from zoo.service.git.trees import find_entry
from zoo.service.names import KINDS, RepoId, check_digest, check_file_path
from zoo.service.refusals import Refusal, bad_request, repo_not_found, unsupported

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


async def _authorize_push(request: Request, repo: RepoId) -> str:
    """The namespace whose token it is. Refuses a wrong token (401, 403) and a repository that does not exist (404)."""
    author = await authorize(request, repo.namespace)
    if not await run_in_threadpool(service_of(request).store.exists, repo):
        raise repo_not_found(repo)
    return author


def _refuse_pull_request(request: Request) -> None:
    """Refuse (501) what is meant to become a pull request."""
    if request.query_params.get("create_pr", "").lower() in ("1", "true"):
        raise unsupported("This service has no pull requests: commit to the branch itself.")


async def plan_upload(request: Request) -> Response:
    """Say of each announced file whether it is to come as a large one, and which bytes the branch has of it."""
    repo, revision = repo_of(request), read_part(request, "revision")
    _refuse_pull_request(request)
    await _authorize_push(request, repo)
    asked = await read_json(request, _Announcement, 4 * 2**20)
    rows = await run_in_threadpool(_plan_files, service_of(request), repo, revision, asked.files)
    return answer_json({"files": rows})


def _plan_files(host: Service, repo: RepoId, revision: str, files: list[_Announced]) -> list[dict[str, Any]]:
    """A row per file, in the client's spelling."""
    git = host.store.open(repo)
    commit = resolve_revision(git, revision)
    rows = []
    for file in files:
        path = check_file_path(file.path)
        try:
            sample = base64.b64decode(file.sample, validate=True)
        except (binascii.Error, ValueError) as error:
            raise bad_request(f"The sample of {path!r} is not base64.") from error
        large = should_be_large(git, commit.id, path, file.size, sample)
        found = find_entry(git, commit.tree, path)
        rows.append(
            {
                "path": path, "uploadMode": "lfs" if large else "regular", "shouldIgnore": False,
                "oid": None if found is None or found.folder else found.etag,
            }
        )  # fmt: skip
    return rows


async def offer_uploads(request: Request) -> Response:
    """Give out a signed upload address for each large file that is not stored yet (git-lfs batch API)."""
    repo = repo_of(request)
    await _authorize_push(request, repo)
    asked = await read_json(request, _Batch)
    if asked.hash_algo != "sha256":
        raise Refusal(409, f"The algorithm {asked.hash_algo[:50]!r} is unknown: large files go by sha256.")
    if asked.operation != "upload":
        raise unsupported("Large files are downloaded from their resolve address: only 'upload' is a batch operation.")
    if "basic" not in asked.transfers:
        raise unsupported("Only the 'basic' transfer is supported.")
    rows = await run_in_threadpool(_offer_objects, service_of(request), repo, base_url(request), asked.objects)
    return answer_json({"transfer": "basic", "objects": rows, "hash_algo": "sha256"}, {"Content-Type": _LFS})


def _offer_objects(host: Service, repo: RepoId, base: str, objects: list[_Object]) -> list[dict[str, Any]]:
    """A row per large file, in the spelling of git-lfs."""
    rows = []
    for item in objects:
        oid, size = check_digest(item.oid), item.size
        row: dict[str, Any] = {"oid": oid, "size": size}
        stored = host.objects.size(oid)
        if size > OBJECT_BYTES:
            row["error"] = {"code": 422, "message": f"A file may have at most {OBJECT_BYTES:,} bytes: split it."}
        elif stored not in (None, size):
            row["error"] = {"code": 422, "message": f"{oid} has {stored} bytes here, not {size}: hash the file again."}
        elif stored is None:
            place = f"{base}/{repo.address}.git/info/lfs/objects"
            signature = host.tokens.sign_address("upload", repo.address, oid, str(size))
            row["authenticated"] = True
            row["actions"] = {
                "upload": {"href": f"{place}/{oid}?size={size}&{signature}"},
                "verify": {"href": f"{place}/verify"},
            }
        rows.append(row)
    return rows


async def receive_object(request: Request) -> Response:
    """Store a large file that comes to an address of `offer_uploads`."""
    repo, oid = repo_of(request), check_digest(read_part(request, "oid"))
    query = request.query_params
    host = service_of(request)
    signature = query.get("expires"), query.get("signature")
    purpose = "upload", repo.address, oid, query.get("size", "")
    await run_in_threadpool(host.tokens.check_signature, *signature, *purpose)
    size = int(query["size"])
    announced = request.headers.get("content-length")
    if announced is not None and announced != str(size):
        raise bad_request(f"The body has {announced[:20]} bytes, but {size} were promised: upload the file again.")
    if not await run_in_threadpool(host.store.exists, repo):
        raise repo_not_found(repo)
    async with contextmanager_in_threadpool(host.objects.receive(oid, size)) as upload:
        await pass_body(request, upload.write)
        await run_in_threadpool(upload.finish)
    return answer_json()


async def verify_object(request: Request) -> Response:
    """Confirm that a large file has arrived whole."""
    repo = repo_of(request)
    await _authorize_push(request, repo)
    asked = await read_json(request, _Object)
    stored = await run_in_threadpool(service_of(request).objects.size, check_digest(asked.oid))
    if stored is None:
        raise Refusal(404, f"The large file {asked.oid} has not arrived: upload it again.")
    if stored != asked.size:
        raise Refusal(422, f"The large file {asked.oid} has {stored} bytes, not {asked.size}: upload it again.")
    return answer_json()


async def receive_commit(request: Request) -> Response:
    """Apply a commit; its lines are kept on the disk until the last has come, so that a slow client holds no lock."""
    repo, branch = repo_of(request), read_part(request, "revision")
    _refuse_pull_request(request)
    author = await _authorize_push(request, repo)
    host = service_of(request)
    async with contextmanager_in_threadpool(create_incoming_file(host.root)) as (_path, descriptor):
        await spool_body(request, descriptor, COMMIT_BYTES, LINE_BYTES)
        sha = await run_in_threadpool(_apply_spooled, host, repo, branch, descriptor, author)
    url = f"{base_url(request)}/{repo.address}/commit/{sha}"
    return answer_json({"success": True, "commitOid": sha, "commitUrl": url, "hookOutput": ""})


def _apply_spooled(host: Service, repo: RepoId, branch: str, descriptor: int, author: str) -> str:
    """Read the spooled lines from their beginning and apply them; returns the commit's digest."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    with io.FileIO(descriptor, closefd=False) as raw, io.BufferedReader(raw, 2**16) as lines:
        return apply_commit(host.store, host.objects, repo, branch, lines, author)


for _kind in KINDS:
    _base = f"/api/{_kind}s/{{owner}}/{{name}}"
    router.post(f"{_base}/preupload/{{revision}}")(plan_upload)
    router.post(f"{_base}/commit/{{revision}}")(receive_commit)
    _git = f"{'/spaces' if _kind == 'space' else ''}/{{owner}}/{{name}}.git/info/lfs/objects"
    router.post(f"{_git}/batch")(offer_uploads)
    router.post(f"{_git}/verify")(verify_object)
    router.put(f"{_git}/{{oid}}")(receive_object)
