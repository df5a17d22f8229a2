"""Repositories themselves: create, delete, describe, list their references, commits and files."""

from __future__ import annotations

from typing import Any

import pygit2
from fastapi import APIRouter
from pydantic import BaseModel
from pygit2.enums import ReferenceFilter, SortMode
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from zoo.service import _attributes, _describe, _names, _store, _trees
from zoo.service._bodies import read_form, read_json
from zoo.service._context import Service, base_url, next_page, number, ok, part, repo_of, service
from zoo.service._errors import Refusal, bad_request, entry_not_found, refused, repo_not_found, unsupported
from zoo.service._names import KINDS, RepoId, path_in_url, ref_name

router = APIRouter()
_PAGE = 1000
_PATHS = 10_000


class _Repository(BaseModel):
    name: str
    organization: str | None = None
    type: str | None = None


class _NewRepository(_Repository):
    visibility: str | None = None
    private: bool | None = None
    sdk: str | None = None


class _NewTag(BaseModel):
    tag: str
    message: str | None = None


class _NewBranch(BaseModel):
    startingPoint: str | None = None  # the client's spelling
    overwrite: bool = False


def _named(asked: _Repository, namespace: str) -> RepoId:
    if asked.type not in (None, *KINDS):
        raise unsupported(f"This service keeps models and spaces, no {str(asked.type)[:30]}s.")
    return _names.repo_id("space" if asked.type == "space" else "model", namespace, asked.name)


@router.post("/api/repos/create")
async def create_repository(request: Request) -> Response:
    asked = await read_json(request, _NewRepository)
    host = service(request)
    author = await run_in_threadpool(host.tokens.may_write, request.headers.get("authorization"), asked.organization)
    repo = _named(asked, author)
    if asked.private or asked.visibility not in (None, "public"):
        raise unsupported("Every repository of this service is public: create it without another visibility.")
    contents = {_attributes.FILE: _attributes.initial()}
    if repo.kind == "space":
        if asked.sdk not in ("gradio", "static", "docker", "streamlit"):
            raise bad_request("A space needs an sdk: gradio, static, docker or streamlit.")
        contents["README.md"] = f"---\ntitle: {repo.name}\nsdk: {asked.sdk}\n---\n".encode()
    url = f"{base_url(request)}/{repo.address}"
    try:
        await run_in_threadpool(host.store.create, repo, contents, author)
    except _store.Taken as refusal:
        taken = f"{base_url(request)}/{refusal.found.address}"
        return refused(refusal.status, refusal.sentence, {"url": taken})
    return ok({"url": url, "name": str(repo), "id": str(repo)})


@router.delete("/api/repos/delete")
async def delete_repository(request: Request) -> Response:
    asked = await read_json(request, _Repository)
    host = service(request)
    author = await run_in_threadpool(host.tokens.may_write, request.headers.get("authorization"), asked.organization)
    await run_in_threadpool(host.store.delete, _named(asked, author))
    return ok()


async def describe_repository(request: Request) -> Response:
    repo = repo_of(request)
    revision = part(request, "revision") if "revision" in request.path_params else _store.MAIN
    blobs = request.query_params.get("blobs", "").lower() in ("1", "true")
    return ok(await run_in_threadpool(_description, service(request), repo, revision, blobs))


def _description(host: Service, repo: RepoId, revision: str, blobs: bool) -> dict[str, Any]:
    git = host.store.open(repo)
    commit = _store.resolve(git, revision)
    files = list(_trees.files(git, commit.tree))
    siblings: list[dict[str, Any]] = []
    for file in files:
        sibling: dict[str, Any] = {"rfilename": file.path}
        if blobs:
            sibling |= {"size": file.size, "blobId": file.oid}
            if file.large:
                large = {"size": file.large.size, "sha256": file.large.oid, "pointerSize": file.pointer_size}
                sibling["lfs"] = large
        siblings.append(sibling)
    card = _describe.card_metadata(git, commit)
    return {
        **_describe.fields(repo, str(commit.id), commit.commit_time, card),
        "createdAt": _describe.moment(_describe.created(git, commit)),
        "cardData": card,
        "model-index": card.get("model-index"),
        "siblings": siblings,
        "spaces": [],
        "usedStorage": sum(file.size for file in files),
    }


async def list_references(request: Request) -> Response:
    git = await run_in_threadpool(service(request).store.open, repo_of(request))
    branches = await run_in_threadpool(_store.refs, git, ReferenceFilter.BRANCHES)
    tags = await run_in_threadpool(_store.refs, git, ReferenceFilter.TAGS)
    return ok({"branches": _rows(branches), "converts": [], "tags": _rows(tags), "pullRequests": []})


def _rows(refs: list[_store.Ref]) -> list[dict[str, str]]:
    return [{"name": ref.name, "ref": ref.ref, "targetCommit": ref.commit} for ref in refs]


async def list_commits(request: Request) -> Response:
    repo, revision = repo_of(request), part(request, "revision")
    start = number(request.query_params.get("p"), 0, 10**6)
    limit = number(request.query_params.get("limit"), 50, _PAGE) or 1
    tip, rows = await run_in_threadpool(_commits, service(request), repo, revision, start * limit, limit + 1)
    headers = None
    if len(rows) > limit:
        query = [("p", start + 1), ("limit", limit)]
        headers = next_page(request, f"/api/{repo.kind}s/{repo}/commits/{tip}", query)
    return ok(rows[:limit], headers)


def _commits(host: Service, repo: RepoId, revision: str, skip: int, count: int) -> tuple[str, list[dict[str, Any]]]:
    git = host.store.open(repo)
    tip = _store.resolve(git, revision)
    rows: list[dict[str, Any]] = []
    for number_, commit in enumerate(git.walk(tip.id, SortMode.TOPOLOGICAL)):
        if number_ < skip:
            continue
        if len(rows) == count:
            break
        title, _, message = commit.message.partition("\n")
        rows.append(
            {
                "id": str(commit.id), "title": title, "message": message.strip(),
                "authors": [{"user": commit.author.name, "avatar": ""}], "date": _describe.moment(commit.commit_time),
            }
        )  # fmt: skip
    return str(tip.id), rows


async def list_tree(request: Request) -> Response:
    repo, revision = repo_of(request), part(request, "revision")
    path = part(request, "path").strip("/") if "path" in request.path_params else ""
    recursive = request.query_params.get("recursive", "").lower() in ("1", "true")
    skip = number(request.query_params.get("cursor"), 0, 10**9)
    limit = number(request.query_params.get("limit"), _PAGE, _PAGE) or 1
    sha, rows = await run_in_threadpool(_tree, service(request), repo, revision, path, recursive, skip, limit + 1)
    headers = {"X-Repo-Commit": sha}
    if len(rows) > limit:
        query = [("recursive", str(recursive).lower()), ("limit", limit), ("cursor", skip + limit)]
        below = f"/{request.path_params['path']}" if path else ""
        headers |= next_page(request, f"/api/{repo.kind}s/{repo}/tree/{sha}{below}", query)
    return ok(rows[:limit], headers)


def _tree(
    host: Service, repo: RepoId, revision: str, path: str, recursive: bool, skip: int, count: int
) -> tuple[str, list[dict[str, Any]]]:
    git = host.store.open(repo)
    commit = _store.resolve(git, revision)
    tree = commit.tree
    if path:
        found = _trees.find(git, tree, path_in_url(path))
        if found is None or not found.folder:
            raise entry_not_found(path, str(commit.id))
        tree = git[found.oid].peel(pygit2.Tree)
    rows: list[dict[str, Any]] = []
    for entry in _trees.walk(git, tree, f"{path}/" if path else "", recursive, skip):
        rows.append(entry.listing())
        if len(rows) == count:
            break
    return str(commit.id), rows


async def paths_info(request: Request) -> Response:
    repo, revision = repo_of(request), part(request, "revision")
    fields = await read_form(request)
    paths = [path for key in ("paths", "paths[]") for path in fields.get(key, [])]
    if len(paths) > _PATHS:
        raise Refusal(413, f"At most {_PATHS:,} paths can be asked for at once.")
    return ok(await run_in_threadpool(_paths, service(request), repo, revision, paths))


def _paths(host: Service, repo: RepoId, revision: str, paths: list[str]) -> list[dict[str, Any]]:
    git = host.store.open(repo)
    tree = _store.resolve(git, revision).tree
    found = (_trees.find(git, tree, path.removesuffix("/")) for path in dict.fromkeys(paths))
    return [entry.listing() for entry in found if entry]


async def create_tag(request: Request) -> Response:
    repo, revision = repo_of(request), part(request, "revision")
    host = service(request)
    author = await run_in_threadpool(host.tokens.may_write, request.headers.get("authorization"), repo.namespace)
    asked = await read_json(request, _NewTag)
    await run_in_threadpool(_tag, host, repo, revision, ref_name(asked.tag, "tag"), asked.message, author)
    return ok({"success": True})


def _tag(host: Service, repo: RepoId, revision: str, tag: str, message: str | None, author: str) -> None:
    with host.store.writing(repo) as git, host.store.quarantine(git) as quarantine:
        commit = _store.resolve(git, revision)
        _refuse_double(git, f"refs/heads/{tag}", "branch", tag)
        target = commit.id
        if message:
            try:
                message.encode()
            except UnicodeEncodeError as error:
                raise bad_request("The tag's message is not UTF-8.") from error
            target = _store.write_tag(git, tag, commit.id, message.replace("\0", ""), author)
            _store.admit(git, quarantine, target)
        _store.set_ref(git, f"refs/tags/{tag}", target)


def _refuse_double(git: pygit2.Repository, ref: str, what: str, name: str) -> None:
    if git.references.get(ref) is not None:
        raise bad_request(f"There is a {what} {name!r} already, and one name cannot mean both: take another.")


async def delete_tag(request: Request) -> Response:
    repo, tag = repo_of(request), ref_name(part(request, "revision"), "tag")
    await _delete_reference(request, repo, f"refs/tags/{tag}")
    return ok()


async def create_branch(request: Request) -> Response:
    repo, branch = repo_of(request), ref_name(part(request, "revision"), "branch")
    host = service(request)
    await run_in_threadpool(host.tokens.may_write, request.headers.get("authorization"), repo.namespace)
    asked = await read_json(request, _NewBranch)
    await run_in_threadpool(_branch, host, repo, branch, asked.startingPoint or _store.MAIN, asked.overwrite)
    return ok({"success": True})


def _branch(host: Service, repo: RepoId, branch: str, start: str, overwrite: bool) -> None:
    with host.store.writing(repo) as git:
        _refuse_double(git, f"refs/tags/{branch}", "tag", branch)
        _store.set_ref(git, f"refs/heads/{branch}", _store.resolve(git, start).id, force=overwrite)


async def delete_branch(request: Request) -> Response:
    repo, branch = repo_of(request), ref_name(part(request, "revision"), "branch")
    if branch == _store.MAIN:
        raise Refusal(403, f"The branch {branch!r} cannot be deleted: delete the repository instead.", "Forbidden")
    await _delete_reference(request, repo, f"refs/heads/{branch}")
    return ok()


async def _delete_reference(request: Request, repo: RepoId, ref: str) -> None:
    host = service(request)
    await run_in_threadpool(host.tokens.may_write, request.headers.get("authorization"), repo.namespace)
    await run_in_threadpool(_delete, host, repo, ref)


def _delete(host: Service, repo: RepoId, ref: str) -> None:
    with host.store.writing(repo) as git:
        _store.delete_ref(git, ref)


async def auth_check(request: Request) -> Response:
    repo = repo_of(request)
    if not await run_in_threadpool(service(request).store.exists, repo):
        raise repo_not_found(repo)
    return ok()


for _kind in KINDS:
    _base = f"/api/{_kind}s/{{owner}}/{{name}}"
    router.get(_base)(describe_repository)
    router.get(f"{_base}/revision/{{revision}}")(describe_repository)
    router.get(f"{_base}/refs")(list_references)
    router.get(f"{_base}/commits/{{revision}}")(list_commits)
    router.get(f"{_base}/tree/{{revision}}")(list_tree)
    router.get(f"{_base}/tree/{{revision}}/{{path:path}}")(list_tree)
    router.post(f"{_base}/paths-info/{{revision}}")(paths_info)
    router.post(f"{_base}/tag/{{revision}}")(create_tag)
    router.delete(f"{_base}/tag/{{revision}}")(delete_tag)
    router.post(f"{_base}/branch/{{revision}}")(create_branch)
    router.delete(f"{_base}/branch/{{revision}}")(delete_branch)
    router.get(f"{_base}/auth-check")(auth_check)
