"""Who one is, whether a card's metadata can be read, and a plain word about what this service does not do.

These addresses are matched last: some of them take whatever no other module offers.
"""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from zoo.service import _cards
from zoo.service._bodies import read_json
from zoo.service._context import ok, repo_of, service
from zoo.service._errors import Refusal, refused, repo_not_found, unsupported
from zoo.service._names import KINDS

router = APIRouter()


class _Card(BaseModel):
    content: str
    repoType: str = "model"  # the client's spelling


@router.get("/api/whoami-v2")
async def whoami(request: Request) -> Response:
    own = await run_in_threadpool(service(request).tokens.namespace, request.headers.get("authorization"))
    if own is None:
        raise Refusal(401, "No token was sent: log in with one that was issued for your namespace.")
    token = {"displayName": f"token of {own}", "role": "write"}
    return ok(
        {
            "type": "user", "id": own, "name": own, "fullname": own, "isPro": False, "orgs": [],
            "auth": {"type": "access_token", "accessToken": token},
        }
    )  # fmt: skip


@router.post("/api/validate-yaml")
async def validate_yaml(request: Request) -> Response:
    asked = await read_json(request, _Card, 4 * _cards.CARD_BYTES)
    try:
        metadata = await run_in_threadpool(_cards.metadata, asked.content)
    except _cards.CardError as error:
        return refused(400, str(error), {"errors": [{"message": str(error)}], "warnings": []})
    warnings = [] if metadata else [{"message": "The card has no metadata: put YAML between two '---' at its top."}]
    return ok({"errors": [], "warnings": warnings})


async def no_datasets(request: Request) -> Response:
    raise unsupported("This service keeps models and spaces, no datasets.")


async def no_such_repository(request: Request) -> Response:
    raise repo_not_found(repr(request.path_params["name"][:200]))


_UNSUPPORTED = {
    "discussions": "This service has no discussions and no pull requests.",
    "settings": "A repository of this service has no settings: it is public and ungated.",
    "xet-write-token": "This service does not speak Xet: set HF_HUB_DISABLE_XET=1.",
    "xet-read-token": "This service does not speak Xet: set HF_HUB_DISABLE_XET=1.",
    "super-squash": "This service keeps every commit: history is not squashed.",
    "lfs-files": "This service keeps every large file.",
    "user-access-request": "This service has no gated repositories.",
    "ask-access": "This service has no gated repositories.",
    "duplicate": "This service does not copy repositories: download one and push it anew.",
}
_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]


async def not_offered(request: Request) -> Response:
    repo = repo_of(request)
    if not await run_in_threadpool(service(request).store.exists, repo):
        raise repo_not_found(repo)
    what = request.path_params["what"][:50]
    raise unsupported(_UNSUPPORTED.get(what, f"This service does not offer {request.method} {what!r} of a repository."))


async def nothing_else(request: Request) -> Response:
    raise unsupported(f"This service does not offer {request.method} {request.url.path[:200]}.")


async def no_move(request: Request) -> Response:
    raise unsupported("This service does not move repositories: create the new one, push to it and delete the old one.")


router.api_route("/api/repos/move", methods=_METHODS)(no_move)
router.api_route("/{name}/resolve/{revision}/{path:path}", methods=["GET", "HEAD"])(no_such_repository)
for _path in ("/api/datasets", "/api/datasets/{rest:path}", "/datasets/{rest:path}"):
    router.api_route(_path, methods=[*_METHODS, "HEAD"])(no_datasets)
for _kind in KINDS:
    router.api_route(f"/api/{_kind}s/{{name}}", methods=_METHODS)(no_such_repository)
    for _tail in ("", "/{rest:path}"):
        router.api_route(f"/api/{_kind}s/{{owner}}/{{name}}/{{what}}{_tail}", methods=_METHODS)(not_offered)
router.api_route("/api/{rest:path}", methods=_METHODS)(nothing_else)
