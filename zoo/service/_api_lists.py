"""Lists of repositories, page by page."""

from __future__ import annotations

import asyncio
import time

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from zoo.service import _describe, _index
from zoo.service._context import next_page, number, ok, service
from zoo.service._errors import Refusal
from zoo.service._names import Kind

router = APIRouter()
_PAGE = 500
_MOST = 1000
_PATIENCE_SECONDS = 60.0


@router.get("/api/models")
async def list_models(request: Request) -> Response:
    return await _when_read(request, "model")


@router.get("/api/spaces")
async def list_spaces(request: Request) -> Response:
    return await _when_read(request, "space")


async def _when_read(request: Request, kind: Kind) -> Response:
    """The list once every repository has been read: a program cannot tell a part of it from the whole."""
    index = service(request).index
    index.begin()
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
    return await run_in_threadpool(_listing, request, kind)


def _listing(request: Request, kind: Kind) -> Response:
    query = request.query_params
    limit = number(query.get("limit"), _PAGE, _MOST) or 1
    rows = _index.chosen(
        service(request).index.rows(), kind, query.get("search", ""), query.get("author", ""),
        query.getlist("filter"), query.get("pipeline_tag", ""),
    )  # fmt: skip
    taken, mark = _index.page(rows, query.get("cursor", ""), limit)
    headers = None
    if mark:
        kept = [(key, value) for key, value in query.multi_items() if key not in ("cursor", "limit")]
        headers = next_page(request, f"/api/{kind}s", [*kept, ("limit", limit), ("cursor", mark)])
    return ok([_describe.fields(row.repo, row.sha, row.changed, row.card) for row in taken], headers)
