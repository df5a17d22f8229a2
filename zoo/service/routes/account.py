"""Whose token it is, whether a card's metadata can be read, and a refusal for what this service does not offer.

These addresses are matched last: some of them match whatever no other module has.
"""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from zoo.service.bodies import read_json
from zoo.service.cards import CARD_BYTES, CardError, read_metadata
from zoo.service.context import answer_json, repo_of, service_of
from zoo.service.names import KINDS
from zoo.service.refusals import Refusal, make_refusal_response, repo_not_found, unsupported

router = APIRouter()


class _Card(BaseModel):
    content: str
    repoType: str = "model"  # the client's spelling


@router.get("/api/whoami-v2")
async def describe_token_owner(request: Request) -> Response:
    """The namespace of the request's token, in the form of a user."""
    own = await run_in_threadpool(service_of(request).tokens.find_namespace, request.headers.get("authorization"))
    if own is None:
        raise Refusal(401, "No token was sent: log in with one that was issued for your namespace.")
    token = {"displayName": f"token of {own}", "role": "write"}
    return answer_json(
        {
            "type": "user", "id": own, "name": own, "fullname": own, "isPro": False, "orgs": [],
            "auth": {"type": "access_token", "accessToken": token},
        }
    )  # fmt: skip


@router.post("/api/validate-yaml")
async def validate_card(request: Request) -> Response:
    """Check a model card's front matter before it is pushed."""
    asked = await read_json(request, _Card, 4 * CARD_BYTES)
    try:
        metadata = await run_in_threadpool(read_metadata, asked.content)
    except CardError as error:
        return make_refusal_response(400, str(error), {"errors": [{"message": str(error)}], "warnings": []})
    warnings = [] if metadata else [{"message": "The card has no metadata: put YAML between two '---' at its top."}]
    return answer_json({"errors": [], "warnings": warnings})


async def refuse_dataset(request: Request) -> Response:
    """Refuse (501): data sets are not kept."""
    raise unsupported("This service keeps models and spaces, no datasets.")


async def refuse_bare_name(request: Request) -> Response:
    """Refuse (404) a repository without a namespace: there is none."""
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


async def refuse_unsupported(request: Request) -> Response:
    """Refuse (501) what the Hub offers of a repository and this service does not."""
    repo = repo_of(request)
    if not await run_in_threadpool(service_of(request).store.exists, repo):
        raise repo_not_found(repo)
    what = request.path_params["what"][:50]
    raise unsupported(_UNSUPPORTED.get(what, f"This service does not offer {request.method} {what!r} of a repository."))


async def refuse_unknown_address(request: Request) -> Response:
    """Refuse (501) every other address below /api."""
    raise unsupported(f"This service does not offer {request.method} {request.url.path[:200]}.")


async def refuse_move(request: Request) -> Response:
    """Refuse (501) to rename a repository."""
    raise unsupported("This service does not move repositories: create the new one, push to it and delete the old one.")


router.api_route("/api/repos/move", methods=_METHODS)(refuse_move)
router.api_route("/{name}/resolve/{revision}/{path:path}", methods=["GET", "HEAD"])(refuse_bare_name)
for _path in ("/api/datasets", "/api/datasets/{rest:path}", "/datasets/{rest:path}"):
    router.api_route(_path, methods=[*_METHODS, "HEAD"])(refuse_dataset)
for _kind in KINDS:
    router.api_route(f"/api/{_kind}s/{{name}}", methods=_METHODS)(refuse_bare_name)
    for _tail in ("", "/{rest:path}"):
        router.api_route(f"/api/{_kind}s/{{owner}}/{{name}}/{{what}}{_tail}", methods=_METHODS)(refuse_unsupported)
router.api_route("/api/{rest:path}", methods=_METHODS)(refuse_unknown_address)
