"""Repositories themselves: create, delete, describe, list their commits."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from pygit2.enums import SortMode
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from zoo.service.bodies import read_json
from zoo.service.context import (
    Service,
    answer_json,
    base_url,
    link_next_page,
    parse_number,
    read_part,
    repo_of,
    service_of,
)
from zoo.service.descriptions import find_creation_time, format_time, read_card_metadata, summarize_repository
from zoo.service.git.attributes import ATTRIBUTES_FILE, initial_rules
from zoo.service.git.references import resolve_revision
from zoo.service.git.store import MAIN, NameTaken
from zoo.service.git.trees import list_files
from zoo.service.names import KINDS, RepoId, check_repo_id
from zoo.service.refusals import (
    bad_request,
    make_refusal_response,
    repo_not_found,
    unsupported,
)

router = APIRouter()
_PAGE = 1000


class _Repository(BaseModel):
    name: str
    organization: str | None = None
    type: str | None = None


class _NewRepository(_Repository):
    visibility: str | None = None
    private: bool | None = None
    sdk: str | None = None


def _check_repo_name(asked: _Repository, namespace: str) -> RepoId:
    """The repository that a body names below `namespace`; refuses kinds that are not kept (501) and bad names (400)."""
    if asked.type not in (None, *KINDS):
        raise unsupported(f"This service keeps models and spaces, no {str(asked.type)[:30]}s.")
    return check_repo_id("space" if asked.type == "space" else "model", namespace, asked.name)


@router.post("/api/repos/create")
async def create_repository(request: Request) -> Response:
    """Create a repository in the token's namespace, with a first commit."""
    asked = await read_json(request, _NewRepository)
    host = service_of(request)
    author = await run_in_threadpool(
        host.tokens.authorize_write, request.headers.get("authorization"), asked.organization
    )
    repo = _check_repo_name(asked, author)
    if asked.private or asked.visibility not in (None, "public"):
        raise unsupported("Every repository of this service is public: create it without another visibility.")
    contents = {ATTRIBUTES_FILE: initial_rules()}
    if repo.kind == "space":
        if asked.sdk not in ("gradio", "static", "docker", "streamlit"):
            raise bad_request("A space needs an sdk: gradio, static, docker or streamlit.")
        contents["README.md"] = f"---\ntitle: {repo.name}\nsdk: {asked.sdk}\n---\n".encode()
    url = f"{base_url(request)}/{repo.address}"
    try:
        await run_in_threadpool(host.store.create, repo, contents, author)
    except NameTaken as refusal:
        taken = f"{base_url(request)}/{refusal.found.address}"
        return make_refusal_response(refusal.status, refusal.sentence, {"url": taken})
    return answer_json({"url": url, "name": str(repo), "id": str(repo)})


@router.delete("/api/repos/delete")
async def delete_repository(request: Request) -> Response:
    """Delete a repository."""
    asked = await read_json(request, _Repository)
    host = service_of(request)
    author = await run_in_threadpool(
        host.tokens.authorize_write, request.headers.get("authorization"), asked.organization
    )
    await run_in_threadpool(host.store.delete, _check_repo_name(asked, author))
    return answer_json()


async def describe_repository(request: Request) -> Response:
    """Describe a repository at a revision: its card, its files, its last change."""
    repo = repo_of(request)
    revision = read_part(request, "revision") if "revision" in request.path_params else MAIN
    blobs = request.query_params.get("blobs", "").lower() in ("1", "true")
    return answer_json(await run_in_threadpool(_read_description, service_of(request), repo, revision, blobs))


def _read_description(host: Service, repo: RepoId, revision: str, blobs: bool) -> dict[str, Any]:
    """The description, in the client's spelling; with `blobs`, each file's size and digest."""
    git = host.store.open(repo)
    commit = resolve_revision(git, revision)
    files = list(list_files(git, commit.tree))
    siblings: list[dict[str, Any]] = []
    for file in files:
        sibling: dict[str, Any] = {"rfilename": file.path}
        if blobs:
            sibling |= {"size": file.size, "blobId": file.oid}
            if file.large:
                large = {"size": file.large.size, "sha256": file.large.oid, "pointerSize": file.pointer_size}
                sibling["lfs"] = large
        siblings.append(sibling)
    card = read_card_metadata(git, commit)
    return {
        **summarize_repository(repo, str(commit.id), commit.commit_time, card),
        "createdAt": format_time(find_creation_time(git, commit)),
        "cardData": card,
        "model-index": card.get("model-index"),
        "siblings": siblings,
        "spaces": [],
        "usedStorage": sum(file.size for file in files),
    }


async def list_commits(request: Request) -> Response:
    """The commits that led to a revision, page by page."""
    repo, revision = repo_of(request), read_part(request, "revision")
    start = parse_number(request.query_params.get("p"), 0, 10**6)
    limit = parse_number(request.query_params.get("limit"), 50, _PAGE) or 1
    tip, rows = await run_in_threadpool(_read_commits, service_of(request), repo, revision, start * limit, limit + 1)
    headers = None
    if len(rows) > limit:
        query = [("p", start + 1), ("limit", limit)]
        headers = link_next_page(request, f"/api/{repo.kind}s/{repo}/commits/{tip}", query)
    return answer_json(rows[:limit], headers)


def _read_commits(
    host: Service, repo: RepoId, revision: str, skip: int, count: int
) -> tuple[str, list[dict[str, Any]]]:
    """The tip's digest, and `count` commits that lead to it, the latest first, after the first `skip`."""
    git = host.store.open(repo)
    tip = resolve_revision(git, revision)
    rows: list[dict[str, Any]] = []
    for place, commit in enumerate(git.walk(tip.id, SortMode.TOPOLOGICAL)):
        if place < skip:
            continue
        if len(rows) == count:
            break
        title, _, message = commit.message.partition("\n")
        rows.append(
            {
                "id": str(commit.id), "title": title, "message": message.strip(),
                "authors": [{"user": commit.author.name, "avatar": ""}], "date": format_time(commit.commit_time),
            }
        )  # fmt: skip
    return str(tip.id), rows


async def check_access(request: Request) -> Response:
    """Confirm that a repository exists: every one is public."""
    repo = repo_of(request)
    if not await run_in_threadpool(service_of(request).store.exists, repo):
        raise repo_not_found(repo)
    return answer_json()


for _kind in KINDS:
    _base = f"/api/{_kind}s/{{owner}}/{{name}}"
    router.get(_base)(describe_repository)
    router.get(f"{_base}/revision/{{revision}}")(describe_repository)
    router.get(f"{_base}/commits/{{revision}}")(list_commits)
    router.get(f"{_base}/auth-check")(check_access)
