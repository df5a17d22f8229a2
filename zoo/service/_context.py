"""What the request handlers share: the stores below the root, and the small questions that most of them ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse

from zoo.service._index import Index
from zoo.service._names import Kind, RepoId, decoded, repo_in_url
from zoo.service._objects import Objects
from zoo.service._store import Store
from zoo.service._tokens import Tokens


@dataclass(frozen=True)
class Service:
    """Everything below one root."""

    root: Path
    store: Store
    objects: Objects
    tokens: Tokens
    index: Index


def open_service(root: Path) -> Service:
    store = Store(root)
    return Service(root, store, Objects(root), Tokens(root), Index(store))


def service(request: Request) -> Service:
    return request.app.state.service


def repo_of(request: Request) -> RepoId:
    """The repository that the request's address names.

    Raises:
        Refusal: no such repository can exist (404).
    """
    parts = request.path_params
    kind: Kind = "space" if "/spaces/" in request.scope["route"].path else "model"
    return repo_in_url(kind, parts["owner"], parts["name"])


def part(request: Request, name: str) -> str:
    """A part of the address, decoded once."""
    return decoded(request.path_params[name])


def base_url(request: Request) -> str:
    """Where the client reaches the service, without a slash at the end."""
    return str(request.base_url).rstrip("/")


def next_page(request: Request, path: str, query: Sequence[tuple[str, object]]) -> dict[str, str]:
    """The header that leads the client to the next page of a list."""
    return {"Link": f'<{base_url(request)}{path}?{urlencode(query)}>; rel="next"'}


def number(text: str | None, default: int, most: int) -> int:
    """A number from a query, at most `most`; `default` where it is missing or none."""
    return min(int(text), most) if text and text.isascii() and text.isdecimal() and len(text) < 10 else default


def ok(content: object = None, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({} if content is None else content, headers=headers)
