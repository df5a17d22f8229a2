"""Lists of repositories, page by page."""

from __future__ import annotations

import asyncio
import time

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from zoo.service.context import answer_json, link_next_page, parse_number, service_of
from zoo.service.descriptions import summarize_repository
from zoo.service.index import filter_rows, take_page
from zoo.service.names import Kind
from zoo.service.refusals import Refusal

router = APIRouter()
_PAGE = 500
_MOST = 1000
_PATIENCE_SECONDS = 60.0


@router.get("/api/models")
async def list_models(request: Request) -> Response:
    """Models, the latest first, filtered by the query."""
    return await _list_when_read(request, "model")


@router.get("/api/spaces")
async def list_spaces(request: Request) -> Response:
    """Spaces, the latest first, filtered by the query."""
    return await _list_when_read(request, "space")


async def _list_when_read(request: Request, kind: Kind) -> Response:
    """The list, once every repository has been read: a program cannot tell a part of it from the whole.

    Raises:
        Refusal: that took longer than `_PATIENCE_SECONDS` (503).
    """
    index = service_of(request).index
    index.start_refresh()
    patience = time.monotonic() + _PATIENCE_SECONDS
    while not index.complete.is_set():
        if time.monotonic() > patience:
            read, every = index.progress()
            raise Refusal(
                503,
                f"The service has just started and read {read:,} of {every:,} repositories: try again in a minute.",
                headers={"Retry-After": "30"},
            )
        await asyncio.sleep(0.02)
    return await run_in_threadpool(_list_page, request, kind)


def _list_page(request: Request, kind: Kind) -> Response:
    """One page of the list, with a link to the next."""
    query = request.query_params
    limit = parse_number(query.get("limit"), _PAGE, _MOST) or 1
    rows = filter_rows(
        service_of(request).index.rows(), kind, query.get("search", ""), query.get("author", ""),
        query.getlist("filter"), query.get("pipeline_tag", ""),
    )  # fmt: skip
    taken, mark = take_page(rows, query.get("cursor", ""), limit)
    headers = None
    if mark:
        kept = [(key, value) for key, value in query.multi_items() if key not in ("cursor", "limit")]
        headers = link_next_page(request, f"/api/{kind}s", [*kept, ("limit", limit), ("cursor", mark)])
    return answer_json([summarize_repository(row.repo, row.sha, row.changed, row.card) for row in taken], headers)
