"""The service in a browser: the models, and each one's card, versions and files; no script, no other host."""

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

from zoo.service.cards import split_card
from zoo.service.context import base_url, read_part, repo_of, service_of
from zoo.service.descriptions import format_first_metric, format_time, list_versions, read_card, read_card_metadata
from zoo.service.git.references import resolve_revision
from zoo.service.git.store import MAIN
from zoo.service.git.trees import list_files
from zoo.service.index import filter_rows, take_page
from zoo.service.names import KINDS, RepoId

router = APIRouter()
_FOLDER = Path(__file__).parents[1] / "pages"
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


def _format_size(count: int) -> str:
    """Bytes as a person reads them: "1.3 MB"."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} B"


@functools.cache
def _load_templates() -> jinja2.Environment:
    """The templates of the folder `pages`, which escape what they are given."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    templates.filters |= {"size": _format_size, "day": lambda seconds: format_time(seconds)[:10]}
    return templates


def _render_page(request: Request, template: str, **values: Any) -> HTMLResponse:
    """A template filled in, with headers that forbid scripts and other hosts."""
    text = _load_templates().get_template(template).render(base=request.scope.get("root_path", ""), **values)
    return HTMLResponse(text, headers=_HEADERS)


@router.get("/")
async def show_front_page(request: Request) -> Response:
    """The list of models, searched and page by page."""
    search, after = request.query_params.get("search", "")[:200], request.query_params.get("after", "")
    return await run_in_threadpool(_render_front_page, request, search, after)


def _render_front_page(request: Request, search: str, after: str) -> Response:
    index = service_of(request).index
    index.start_refresh()
    index.complete.wait(_GLANCE_SECONDS)
    read, of = (0, 0) if index.complete.is_set() else index.progress()
    every = index.rows()
    rows = filter_rows(every, "model", search)
    taken, mark = take_page(rows, after, _ROWS)
    following = urlencode({**({"search": search} if search else {}), "after": mark}) if mark else ""
    return _render_page(
        request, "models.html", title="Models", rows=taken, search=search, found=len(rows),
        total=sum(row.kind == "model" for row in every), following=following, first=not after, url=base_url(request),
        read=read, of=of,
    )  # fmt: skip


async def show_repository(request: Request) -> Response:
    """A repository's card, versions and files at a revision."""
    revision = read_part(request, "revision") if "revision" in request.path_params else MAIN
    return await run_in_threadpool(_render_repository, request, repo_of(request), revision)


def _render_repository(request: Request, repo: RepoId, revision: str) -> Response:
    git = service_of(request).store.open(repo)
    commit = resolve_revision(git, revision)
    files = list(list_files(git, commit.tree))
    versions = list_versions(git)
    card = read_card_metadata(git, commit)
    address = f"{request.scope.get('root_path', '')}/{repo.address}"
    _front_matter, prose = split_card(read_card(git, commit))
    shown = "" if len(prose) > _CARD_CHARACTERS else _render_markdown(prose, f"{address}/resolve/{commit.id}")
    pinned = revision if revision in versions else (versions[0] if versions else str(commit.id))
    return _render_page(
        request, "model.html", title=str(repo), repo=repo, address=address, revision=revision, commit=str(commit.id),
        changed=commit.commit_time, files=files[:_FILES], count=len(files), bytes=sum(file.size for file in files),
        versions=versions[:_TAGS], more_versions=max(0, len(versions) - _TAGS), metric=format_first_metric(card),
        card=shown, url=base_url(request), pinned=pinned, quote=lambda text: quote(text, safe="/"),
        quote_part=lambda text: quote(text, safe=""),
    )  # fmt: skip


@functools.lru_cache(maxsize=64)
def _render_markdown(prose: str, files: str) -> str:
    """A stranger's Markdown as HTML: its own tags are shown as text, and nothing in it makes a browser fetch or run."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    markdown.add_render_rule("image", _render_picture)
    tokens = markdown.parse(prose)
    for token in tokens:
        for inner in token.children or []:
            _resolve_links(inner, files)
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _resolve_links(token: Token, files: str) -> None:
    """Make relative addresses lead to files of the same commit, and mark links as a stranger's."""
    for name in ("href", "src"):
        target = token.attrGet(name)
        if isinstance(target, str) and not target.startswith(("#", "/")) and not urlsplit(target).scheme:
            token.attrSet(name, files + posixpath.normpath(f"/{target}"))
    if token.type == "link_open":
        token.attrSet("rel", "nofollow noopener noreferrer")


def _render_picture(self: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
    """An `<img>` for a picture of the repository; a link for one from elsewhere, so that nothing is fetched there."""
    source = str(tokens[at].attrGet("src") or "")
    words = self.renderInlineAsText(tokens[at].children, options, env)
    if urlsplit(source).scheme or source.startswith("//"):
        return Markup('<a rel="nofollow noopener noreferrer" href="{}">{}</a>').format(source, words or source)
    return Markup('<img src="{}" alt="{}" loading="lazy">').format(source, words)


@router.get("/-/style.css")
async def send_style(request: Request) -> Response:
    """The style sheet of every page."""
    return Response((_FOLDER / "style.css").read_text(), media_type="text/css", headers=_HEADERS)


@router.get("/favicon.ico")
async def send_no_icon(request: Request) -> Response:
    """An empty answer to what browsers ask for by themselves."""
    return Response(status_code=204)


def render_refusal(request: Request, answer: JSONResponse) -> Response:
    """A refusal's sentence on a page, with its status and headers."""
    sentence = json.loads(bytes(answer.body))["error"]
    page = _render_page(request, "refusal.html", title=f"{answer.status_code}", sentence=sentence)
    page.status_code = answer.status_code
    own = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
    page.headers.update(own)
    return page


for _kind in KINDS:
    _base = f"{'/spaces' if _kind == 'space' else ''}/{{owner}}/{{name}}"
    for _tail in ("", "/tree/{revision}", "/commit/{revision}"):
        router.get(f"{_base}{_tail}")(show_repository)
