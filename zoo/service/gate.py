"""What every request passes first: checks of its address and headers, a limit on how many, and errors as sentences."""

from __future__ import annotations

import errno
import logging
import re
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zoo.service.bodies import Body
from zoo.service.refusals import Refusal, bad_request, make_refusal_response

_AT_ONCE = 256
_ADDRESS_BYTES = 8 * 1024
_HEADER_BYTES = 32 * 1024
_HOST = re.compile(rb"[A-Za-z0-9._~-]{1,253}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?")
_logger = logging.getLogger("zoo.service")


class Gate:
    """The outermost layer of the service.

    Addresses are matched as they were sent, percent-encoding and all: `feature%2Fx` is one part of an address, and
    nothing is decoded twice. Whatever goes wrong inside becomes one sentence.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = Body(receive)
        started = False

        async def send_drained(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                if message["status"] >= 400 and not await body.drain():
                    message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
        path = quote(raw, safe="/%:@!$&'()*+,;=~-._")
        inner = {**scope, "path": path}
        self._inside += 1
        try:
            if len(raw) + len(scope["query_string"]) > _ADDRESS_BYTES:
                raise Refusal(414, f"The address is longer than {_ADDRESS_BYTES:,} bytes.")
            if sum(len(name) + len(value) for name, value in scope["headers"]) > _HEADER_BYTES:
                raise Refusal(431, f"The headers are longer than {_HEADER_BYTES:,} bytes.")
            if not all(_HOST.fullmatch(value) for name, value in scope["headers"] if name == b"host"):
                raise bad_request("The Host header is no address of a server.")
            if self._inside > _AT_ONCE:
                raise Refusal(429, "Too many requests at once: try again in a moment.", headers={"Retry-After": "1"})
            await self._app(inner, body.receive, send_drained)
        except ClientDisconnect:
            _logger.info("%s %s: the client went away", scope["method"], path)
        except Exception as error:
            if started:
                _logger.exception("%s %s failed after its answer had begun", scope["method"], path)
                raise
            await answer_error(error, scope["method"], path)(inner, body.receive, send_drained)
        finally:
            self._inside -= 1


def answer_error(error: Exception, method: str, path: str) -> JSONResponse:
    """The response for an error; one that was not foreseen is logged in full and answered with 500."""
    match error:
        case Refusal():
            refusal = error
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            _logger.error("%s %s: %s", method, path, error)
            refusal = Refusal(507, "The service's disk is full: tell whoever runs it.")
        case HTTPException(status_code=404):
            refusal = Refusal(404, f"There is nothing at {path[:300]}.")
        case HTTPException():
            headers = dict(error.headers or {})
            refusal = Refusal(error.status_code, f"{method} is not offered at {path[:300]}.", headers=headers)
        case _:
            _logger.error("%s %s failed", method, path, exc_info=error)
            refusal = Refusal(500, "The service met an error of its own: try again, or tell whoever runs it.")
    headers = dict(refusal.headers)
    if refusal.code:
        headers["X-Error-Code"] = refusal.code
    return make_refusal_response(refusal.status, refusal.sentence, headers=headers)
