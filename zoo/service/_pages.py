"""The service in a browser: the models, and each one's card, versions and files. No script, no other host."""

from __future__ import annotations

import functools
import json
import posixpath
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jinja2
from fastapi import APIRouter
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from zoo.service import _cards, _describe, _index, _store, _trees
from zoo.service._context import base_url, part, repo_of, service
from zoo.service._names import KINDS, RepoId

router = APIRouter()
_FOLDER = Path(__file__).parent / "pages"
_ROWS = 50
_GLANCE_SECONDS = 0.1  # within it, dozens of repositories are read
_FILES = 500
_TAGS = 200
_CARD_CHARACTERS = 200_000
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def _size(count: int) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} B"


@functools.cache
def _templates() -> jinja2.Environment:
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    templates.filters |= {"size": _size, "day": lambda seconds: _describe.moment(seconds)[:10]}
    return templates


def _page(request: Request, template: str, **values: Any) -> HTMLResponse:
    text = _templates().get_template(template).render(base=request.scope.get("root_path", ""), **values)
    return HTMLResponse(text, headers=_HEADERS)


@router.get("/")
async def front_page(request: Request) -> Response:
    search, after = request.query_params.get("search", "")[:200], request.query_params.get("after", "")
    return await run_in_threadpool(_front, request, search, after)


def _front(request: Request, search: str, after: str) -> Response:
    index = service(request).index
    index.begin()
    index.complete.wait(_GLANCE_SECONDS)
    read, of = (0, 0) if index.complete.is_set() else index.progress()
    every = index.rows()
    rows = _index.chosen(every, "model", search)
    taken, mark = _index.page(rows, after, _ROWS)
    following = urlencode({**({"search": search} if search else {}), "after": mark}) if mark else ""
    return _page(
        request, "models.html", title="Models", rows=taken, search=search, found=len(rows),
        total=sum(row.kind == "model" for row in every), following=following, first=not after, url=base_url(request),
        read=read, of=of,
    )  # fmt: skip


async def repository_page(request: Request) -> Response:
    revision = part(request, "revision") if "revision" in request.path_params else _store.MAIN
    return await run_in_threadpool(_repository, request, repo_of(request), revision)


def _repository(request: Request, repo: RepoId, revision: str) -> Response:
    git = service(request).store.open(repo)
    commit = _store.resolve(git, revision)
    files = list(_trees.files(git, commit.tree))
    versions = _describe.versions(git)
    card = _describe.card_metadata(git, commit)
    address = f"{request.scope.get('root_path', '')}/{repo.address}"
    _front_matter, prose = _cards.split(_describe.card_text(git, commit))
    shown = "" if len(prose) > _CARD_CHARACTERS else _rendered(prose, f"{address}/resolve/{commit.id}")
    pinned = revision if revision in versions else (versions[0] if versions else str(commit.id))
    return _page(
        request, "model.html", title=str(repo), repo=repo, address=address, revision=revision, commit=str(commit.id),
        changed=commit.commit_time, files=files[:_FILES], count=len(files), bytes=sum(file.size for file in files),
        versions=versions[:_TAGS], more_versions=max(0, len(versions) - _TAGS), metric=_describe.metric(card),
        card=shown, url=base_url(request), pinned=pinned, quote=lambda text: quote(text, safe="/"),
        quote_part=lambda text: quote(text, safe=""),
    )  # fmt: skip


@functools.lru_cache(maxsize=64)
def _rendered(prose: str, files: str) -> str:
    """A stranger's Markdown as HTML: its own tags are shown as text, and nothing in it makes a browser fetch or run."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    markdown.add_render_rule("image", _picture)
    tokens = markdown.parse(prose)
    for token in tokens:
        for inner in token.children or []:
            _relocate(inner, files)
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _relocate(token: Token, files: str) -> None:
    """Let a relative address mean a file of the same commit."""
    for name in ("href", "src"):
        target = token.attrGet(name)
        if isinstance(target, str) and not target.startswith(("#", "/")) and not urlsplit(target).scheme:
            token.attrSet(name, files + posixpath.normpath(f"/{target}"))
    if token.type == "link_open":
        token.attrSet("rel", "nofollow noopener noreferrer")


def _picture(self: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
    """A picture of the repository itself; one from elsewhere becomes a link, so that nothing is fetched from there."""
    source = str(tokens[at].attrGet("src") or "")
    words = self.renderInlineAsText(tokens[at].children, options, env)
    if urlsplit(source).scheme or source.startswith("//"):
        return Markup('<a rel="nofollow noopener noreferrer" href="{}">{}</a>').format(source, words or source)
    return Markup('<img src="{}" alt="{}" loading="lazy">').format(source, words)


@router.get("/-/style.css")
async def style(request: Request) -> Response:
    return Response((_FOLDER / "style.css").read_text(), media_type="text/css", headers=_HEADERS)


@router.get("/favicon.ico")
async def icon(request: Request) -> Response:
    return Response(status_code=204)


def refusal(request: Request, answer: JSONResponse) -> Response:
    """What the client is told, for a person in a browser."""
    sentence = json.loads(bytes(answer.body))["error"]
    page = _page(request, "refusal.html", title=f"{answer.status_code}", sentence=sentence)
    page.status_code = answer.status_code
    own = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
    page.headers.update(own)
    return page


for _kind in KINDS:
    _base = f"{'/spaces' if _kind == 'space' else ''}/{{owner}}/{{name}}"
    for _tail in ("", "/tree/{revision}", "/commit/{revision}"):
        router.get(f"{_base}{_tail}")(repository_page)
