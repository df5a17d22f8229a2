"""What request handlers share: the stores below the root, and how to read an address and to answer in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from zoo.service.git.objects import Objects
from zoo.service.git.store import Store
from zoo.service.index import Index
from zoo.service.names import Kind, RepoId, decode_part, parse_repo_in_url
from zoo.service.tokens import Tokens


@dataclass(frozen=True)
class Service:
    """Everything below one root."""

    root: Path
    store: Store
    objects: Objects
    tokens: Tokens
    index: Index


def open_service(root: Path) -> Service:
    """The stores below `root`; nothing is read yet."""
    store = Store(root)
    return Service(root, store, Objects(root), Tokens(root), Index(store))


def service_of(request: Request) -> Service:
    """The stores that the request's application serves."""
    return request.app.state.service


async def authorize(request: Request, namespace: str | None) -> str:
    """The namespace that the request's token lets it write into; see `Tokens.authorize_write`.

    Raises:
        Refusal: no or an unknown token (401), or another namespace's (403).
    """
    header = request.headers.get("authorization")
    return await run_in_threadpool(service_of(request).tokens.authorize_write, header, namespace)


def repo_of(request: Request) -> RepoId:
    """The repository that the request's address names.

    Raises:
        Refusal: no such repository can exist (404).
    """
    parts = request.path_params
    kind: Kind = "space" if "/spaces/" in request.scope["route"].path else "model"
    return parse_repo_in_url(kind, parts["owner"], parts["name"])


def read_part(request: Request, name: str) -> str:
    """The part `name` of the address, percent-decoded once."""
    return decode_part(request.path_params[name])


def base_url(request: Request) -> str:
    """Where the client reaches the service, without a slash at the end."""
    return str(request.base_url).rstrip("/")


def link_next_page(request: Request, path: str, query: Sequence[tuple[str, object]]) -> dict[str, str]:
    """The header that leads the client to the next page of a list."""
    return {"Link": f'<{base_url(request)}{path}?{urlencode(query)}>; rel="next"'}


def parse_number(text: str | None, default: int, most: int) -> int:
    """A number from a query, at most `most`; `default` where it is missing or none."""
    return min(int(text), most) if text and text.isascii() and text.isdecimal() and len(text) < 10 else default


def answer_json(content: object = None, headers: dict[str, str] | None = None) -> JSONResponse:
    """A response with this JSON, or with `{}`."""
    return JSONResponse({} if content is None else content, headers=headers)
