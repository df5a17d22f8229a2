"""Branches and tags of a repository: list, create, delete."""

from __future__ import annotations

import pygit2
from fastapi import APIRouter
from pydantic import BaseModel
from pygit2.enums import ReferenceFilter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from zoo.service.bodies import read_json
from zoo.service.context import Service, answer_json, authorize, read_part, repo_of, service_of
from zoo.service.git.database import admit_objects, write_tag
from zoo.service.git.references import Ref, delete_ref, list_refs, refuse_taken_ref, resolve_revision, set_ref
from zoo.service.git.store import MAIN
from zoo.service.names import KINDS, RepoId, check_ref_name
from zoo.service.refusals import Refusal, bad_request

router = APIRouter()


class _NewTag(BaseModel):
    tag: str
    message: str | None = None


class _NewBranch(BaseModel):
    startingPoint: str | None = None  # the client's spelling
    overwrite: bool = False


async def list_references(request: Request) -> Response:
    """Every branch and tag with the commit that it leads to."""
    git = await run_in_threadpool(service_of(request).store.open, repo_of(request))
    branches = await run_in_threadpool(list_refs, git, ReferenceFilter.BRANCHES)
    tags = await run_in_threadpool(list_refs, git, ReferenceFilter.TAGS)
    return answer_json(
        {"branches": _describe_refs(branches), "converts": [], "tags": _describe_refs(tags), "pullRequests": []}
    )


def _describe_refs(refs: list[Ref]) -> list[dict[str, str]]:
    """A row per reference, in the client's spelling."""
    return [{"name": ref.name, "ref": ref.ref, "targetCommit": ref.commit} for ref in refs]


async def create_tag(request: Request) -> Response:
    """Tag a revision; with a message, as an annotated tag."""
    repo, revision = repo_of(request), read_part(request, "revision")
    host = service_of(request)
    author = await authorize(request, repo.namespace)
    asked = await read_json(request, _NewTag)
    await run_in_threadpool(_write_tag, host, repo, revision, check_ref_name(asked.tag, "tag"), asked.message, author)
    return answer_json({"success": True})


def _write_tag(host: Service, repo: RepoId, revision: str, tag: str, message: str | None, author: str) -> None:
    """Set the tag, under the repository's lock."""
    with host.store.open_for_writing(repo) as git, host.store.open_quarantine(git) as quarantine:
        commit = resolve_revision(git, revision)
        _refuse_taken_name(git, f"refs/heads/{tag}", "branch", tag)
        refuse_taken_ref(git, f"refs/tags/{tag}")
        target = commit.id
        if message:
            try:
                message.encode()
            except UnicodeEncodeError as error:
                raise bad_request("The tag's message is not UTF-8.") from error
            target = write_tag(git, tag, commit.id, message.replace("\0", ""), author)
            admit_objects(git, quarantine, target)
        set_ref(git, f"refs/tags/{tag}", target)


def _refuse_taken_name(git: pygit2.Repository, ref: str, what: str, name: str) -> None:
    """Refuse (400) a tag that is called like a branch, and the reverse: a revision could mean either."""
    if git.references.get(ref) is not None:
        raise bad_request(f"There is a {what} {name!r} already, and one name cannot mean both: take another.")


async def delete_tag(request: Request) -> Response:
    """Delete a tag."""
    repo, tag = repo_of(request), check_ref_name(read_part(request, "revision"), "tag")
    await _delete_reference(request, repo, f"refs/tags/{tag}")
    return answer_json()


async def create_branch(request: Request) -> Response:
    """Create a branch; with `overwrite`, move one that exists."""
    repo, branch = repo_of(request), check_ref_name(read_part(request, "revision"), "branch")
    host = service_of(request)
    await authorize(request, repo.namespace)
    asked = await read_json(request, _NewBranch)
    await run_in_threadpool(_write_branch, host, repo, branch, asked.startingPoint or MAIN, asked.overwrite)
    return answer_json({"success": True})


def _write_branch(host: Service, repo: RepoId, branch: str, start: str, overwrite: bool) -> None:
    """Set the branch, under the repository's lock."""
    with host.store.open_for_writing(repo) as git:
        _refuse_taken_name(git, f"refs/tags/{branch}", "tag", branch)
        set_ref(git, f"refs/heads/{branch}", resolve_revision(git, start).id, force=overwrite)


async def delete_branch(request: Request) -> Response:
    """Delete a branch other than main."""
    repo, branch = repo_of(request), check_ref_name(read_part(request, "revision"), "branch")
    if branch == MAIN:
        raise Refusal(403, f"The branch {branch!r} cannot be deleted: delete the repository instead.", "Forbidden")
    await _delete_reference(request, repo, f"refs/heads/{branch}")
    return answer_json()


async def _delete_reference(request: Request, repo: RepoId, ref: str) -> None:
    """Delete a reference of a repository that the token may write to."""
    host = service_of(request)
    await authorize(request, repo.namespace)
    await run_in_threadpool(_remove_reference, host, repo, ref)


def _remove_reference(host: Service, repo: RepoId, ref: str) -> None:
    """Delete the reference, under the repository's lock."""
    with host.store.open_for_writing(repo) as git:
        delete_ref(git, ref)


for _kind in KINDS:
    _base = f"/api/{_kind}s/{{owner}}/{{name}}"
    router.get(f"{_base}/refs")(list_references)
    router.post(f"{_base}/tag/{{revision}}")(create_tag)
    router.delete(f"{_base}/tag/{{revision}}")(delete_tag)
    router.post(f"{_base}/branch/{{revision}}")(create_branch)
    router.delete(f"{_base}/branch/{{revision}}")(delete_branch)
