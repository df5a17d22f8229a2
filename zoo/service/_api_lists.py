"""Lists of repositories, page by page."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from zoo.service import _describe, _index
from zoo.service._context import next_page, number, ok, service
from zoo.service._names import Kind

router = APIRouter()
_PAGE = 500
_MOST = 1000


@router.get("/api/models")
async def list_models(request: Request) -> Response:
    return await run_in_threadpool(_listing, request, "model")


@router.get("/api/spaces")
async def list_spaces(request: Request) -> Response:
    return await run_in_threadpool(_listing, request, "space")


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
