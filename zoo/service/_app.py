"""The service put together, and run."""

from __future__ import annotations

import threading
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from zoo.service import _api_account, _api_files, _api_lists, _api_repos, _api_uploads, _disk, _pages
from zoo.service._context import open_service
from zoo.service._errors import Refusal
from zoo.service._gate import Gate, answer


def application(root: Path) -> FastAPI:
    """The service over a folder, which is made where it does not exist, as an ASGI application."""
    root = Path(root).resolve()
    _disk.make_folder(root)
    _disk.sweep(root)
    app = FastAPI(title="Tenweeks model zoo", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.state.service = open_service(root)
    for module in (_api_repos, _api_uploads, _api_lists, _api_files, _api_account, _pages):
        app.include_router(module.router)
    app.add_exception_handler(Refusal, _refuse)
    app.add_exception_handler(HTTPException, _refuse)
    app.add_middleware(Gate)
    return app


async def _refuse(request: Request, error: Exception) -> Response:
    """The client's answer for the client, a page for a person."""
    response = answer(error, request.method, request.url.path)
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        return _pages.refusal(request, response)
    return response


def serve(root: Path, host: str = "127.0.0.1", port: int = 7870, root_path: str = "") -> None:
    """Serve the folder until the process is told to end (Ctrl-C, SIGTERM); reads and writes below `root` only.

    Args:
        root_path: the part of the address that a proxy in front takes off, like `/zoo`.
    """
    app = application(root)
    threading.Thread(target=app.state.service.index.rows, name="first reading of the index", daemon=True).start()
    uvicorn.run(
        app,
        host=host,
        port=port,
        root_path=root_path,
        http="h11",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=32 * 1024,
    )
