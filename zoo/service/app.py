"""The service put together, and run."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import pygit2
import uvicorn
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from zoo._errors import ZooError
from zoo.service.context import open_service, repo_of
from zoo.service.disk import prepare_root, sweep_incoming
from zoo.service.gate import Gate, answer_error
from zoo.service.refusals import Refusal, repo_not_found
from zoo.service.routes import account, files, lists, pages, references, repos, trees, uploads


def application(root: Path) -> FastAPI:
    """The service over a folder, which is made where it does not exist, as an ASGI application.

    Raises:
        ZooError: the folder cannot be made, or nothing can be written into it.
    """
    root = prepare_root(root)
    sweep_incoming(root)
    app = FastAPI(title="Tenweeks model zoo", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.state.service = open_service(root)
    for module in (repos, references, trees, uploads, lists, files, account, pages):
        app.include_router(module.router)
    app.add_exception_handler(Refusal, _refuse)
    app.add_exception_handler(HTTPException, _refuse)
    for vanished in (KeyError, FileNotFoundError, pygit2.GitError):
        app.add_exception_handler(vanished, _answer_vanished)
    app.add_middleware(Gate)
    return app


async def _refuse(request: Request, error: Exception) -> Response:
    """The refusal as JSON for a program, as a page for a browser."""
    response = answer_error(error, request.method, request.url.path)
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        return pages.render_refusal(request, response)
    return response


async def _answer_vanished(request: Request, error: Exception) -> Response:
    """404 where the repository was deleted while it was read; anything else is raised again, and answered with 500."""
    if "owner" in request.path_params:
        repo = repo_of(request)
        if not await run_in_threadpool(request.app.state.service.store.exists, repo):
            return await _refuse(request, repo_not_found(repo))
    raise error


def serve(root: Path, host: str = "127.0.0.1", port: int = 7870, root_path: str = "") -> None:
    """Serve the folder until the process is told to end (Ctrl-C, SIGTERM); reads and writes below `root` only.

    Args:
        root_path: the part of the address that a proxy in front takes off, like `/zoo`.

    Raises:
        ZooError: the port is taken, or the folder cannot be written.
    """
    app = application(root)
    app.state.service.index.start_refresh()
    config = uvicorn.Config(
        app,
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
    with contextlib.suppress(KeyboardInterrupt), _open_socket(host, port) as door:
        uvicorn.Server(config).run(sockets=[door])


def _open_socket(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ZooError(
            f"The service cannot listen on port {port} of {host} ({reason}): choose another port or host."
        ) from error
