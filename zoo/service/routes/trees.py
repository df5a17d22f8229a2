"""Files and folders of a revision: page by page, or by their paths."""

from __future__ import annotations

from typing import Any

import pygit2
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from zoo.service.bodies import read_form
from zoo.service.context import Service, answer_json, link_next_page, parse_number, read_part, repo_of, service_of
from zoo.service.git.references import resolve_revision
from zoo.service.git.trees import find_entry, walk_tree
from zoo.service.names import KINDS, RepoId, check_path_in_url
from zoo.service.refusals import Refusal, entry_not_found

router = APIRouter()
_PAGE = 1000
_PATHS = 10_000


async def list_tree(request: Request) -> Response:
    """Files and folders below a path, page by page."""
    repo, revision = repo_of(request), read_part(request, "revision")
    path = read_part(request, "path").strip("/") if "path" in request.path_params else ""
    recursive = request.query_params.get("recursive", "").lower() in ("1", "true")
    skip = parse_number(request.query_params.get("cursor"), 0, 10**9)
    limit = parse_number(request.query_params.get("limit"), _PAGE, _PAGE) or 1
    sha, rows = await run_in_threadpool(
        _read_tree, service_of(request), repo, revision, path, recursive, skip, limit + 1
    )
    headers = {"X-Repo-Commit": sha}
    if len(rows) > limit:
        query = [("recursive", str(recursive).lower()), ("limit", limit), ("cursor", skip + limit)]
        below = f"/{request.path_params['path']}" if path else ""
        headers |= link_next_page(request, f"/api/{repo.kind}s/{repo}/tree/{sha}{below}", query)
    return answer_json(rows[:limit], headers)


def _read_tree(
    host: Service, repo: RepoId, revision: str, path: str, recursive: bool, skip: int, count: int
) -> tuple[str, list[dict[str, Any]]]:
    """The commit's digest, and `count` rows of the folder `path` after the first `skip`."""
    git = host.store.open(repo)
    commit = resolve_revision(git, revision)
    tree = commit.tree
    if path:
        found = find_entry(git, tree, check_path_in_url(path))
        if found is None or not found.folder:
            raise entry_not_found(path, str(commit.id))
        tree = git[found.oid].peel(pygit2.Tree)
    rows: list[dict[str, Any]] = []
    for entry in walk_tree(git, tree, f"{path}/" if path else "", recursive, skip):
        rows.append(entry.listing())
        if len(rows) == count:
            break
    return str(commit.id), rows


async def list_paths(request: Request) -> Response:
    """Those of the given paths that exist."""
    repo, revision = repo_of(request), read_part(request, "revision")
    fields = await read_form(request)
    paths = [path for key in ("paths", "paths[]") for path in fields.get(key, [])]
    if len(paths) > _PATHS:
        raise Refusal(413, f"At most {_PATHS:,} paths can be asked for at once.")
    return answer_json(await run_in_threadpool(_read_paths, service_of(request), repo, revision, paths))


def _read_paths(host: Service, repo: RepoId, revision: str, paths: list[str]) -> list[dict[str, Any]]:
    """A row per path that exists, in the order asked."""
    git = host.store.open(repo)
    tree = resolve_revision(git, revision).tree
    found = (find_entry(git, tree, path.removesuffix("/")) for path in dict.fromkeys(paths))
    return [entry.listing() for entry in found if entry]


for _kind in KINDS:
    _base = f"/api/{_kind}s/{{owner}}/{{name}}"
    router.get(f"{_base}/tree/{{revision}}")(list_tree)
    router.get(f"{_base}/tree/{{revision}}/{{path:path}}")(list_tree)
    router.post(f"{_base}/paths-info/{{revision}}")(list_paths)
