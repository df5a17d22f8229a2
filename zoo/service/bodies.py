"""Reading a request's body: piece by piece, at most so many bytes, and with an end to the waiting."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar
from urllib.parse import parse_qs

from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import Message, Receive

from zoo.service.disk import write_all
from zoo.service.refusals import Refusal, bad_request

_SILENCE_SECONDS = 60.0
_DRAIN_SECONDS = 2.0
_DRAIN_BYTES = 32 * 2**20
_PIECE_BYTES = 2**20

Shape = TypeVar("Shape", bound=BaseModel)


class Body:
    """One request's body as the server receives it, and whether all of it has come."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._over = False

    async def receive(self) -> Message:
        """The next message, as an application of the ASGI protocol asks for it."""
        message = await self._receive()
        self._over = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def drain(self) -> bool:
        """Read on before a refusal, for a client that still writes may not read it; returns whether the body is over.

        Stops after `_DRAIN_SECONDS` or `_DRAIN_BYTES`.
        """
        drained = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_SECONDS):
                while not self._over and drained < _DRAIN_BYTES:
                    drained += len((await self.receive()).get("body", b""))
        return self._over


async def read_pieces(request: Request) -> AsyncIterator[bytearray]:
    """The body in pieces of about a megabyte.

    Raises:
        Refusal: nothing came for a minute (408).
        ClientDisconnect: the client went away in the middle.
    """
    stream = request.stream()
    piece = bytearray()
    while True:
        try:
            async with asyncio.timeout(_SILENCE_SECONDS):
                piece += await anext(stream)
        except StopAsyncIteration:
            break
        except TimeoutError as error:
            raise Refusal(
                408, f"Nothing arrived for {_SILENCE_SECONDS:.0f} seconds: send the request again."
            ) from error
        if len(piece) >= _PIECE_BYTES:
            yield piece
            piece = bytearray()
    yield piece


async def read_body(request: Request, limit: int) -> bytes:
    """The whole of a small body.

    Raises:
        Refusal: it is longer than `limit` bytes (413).
    """
    check_length(request, limit)
    body = bytearray()
    async for piece in read_pieces(request):
        body += piece
        if len(body) > limit:
            raise too_long(limit)
    return bytes(body)


async def read_json(request: Request, shape: type[Shape], limit: int = 2**20) -> Shape:
    """A small JSON body of this shape.

    Raises:
        Refusal: it is too long (413), or not of this shape (400).
    """
    body = await read_body(request, limit)
    try:
        return await run_in_threadpool(shape.model_validate_json, body or b"{}")
    except ValidationError as error:
        raise bad_request(f"The body is not what this address takes: {describe_validation_error(error)}.") from error


async def read_form(request: Request, limit: int = 2**20) -> dict[str, list[str]]:
    """A small form, or the same as JSON: every field with its values.

    Raises:
        Refusal: it is too long (413), or neither (400).
    """
    if request.headers.get("content-type", "").startswith("application/json"):
        fields = (await read_json(request, Fields, limit)).model_extra or {}
        return {
            key: [str(item) for item in value] if isinstance(value, list) else [str(value)]
            for key, value in fields.items()
        }
    try:
        return parse_qs((await read_body(request, limit)).decode(), errors="strict", max_num_fields=10_000)
    except ValueError as error:
        raise bad_request("The form is not readable: send fields encoded as UTF-8, at most 10,000 of them.") from error


class Fields(BaseModel, extra="allow"):
    """A JSON object of any fields."""


async def spool_body(request: Request, descriptor: int, limit: int, line_limit: int) -> None:
    """Write the body to an open file, watching its length and that of its lines.

    Raises:
        Refusal: it or one of its lines is too long (413).
    """
    check_length(request, limit)
    total = line = 0
    async for piece in read_pieces(request):
        total += len(piece)
        if total > limit:
            raise too_long(limit)
        for number, part in enumerate(piece.split(b"\n")):
            line = len(part) + (line if number == 0 else 0)
            if line > line_limit:
                raise Refusal(413, f"A line is longer than {line_limit:,} bytes: send a large file by LFS instead.")
        await run_in_threadpool(write_all, descriptor, piece)


async def pass_body(request: Request, receive: Callable[[bytearray], Any]) -> None:
    """Call `receive` in a thread with each piece of the body."""
    async for piece in read_pieces(request):
        await run_in_threadpool(receive, piece)


def check_length(request: Request, limit: int) -> None:
    """Refuse (413) a body that announces itself as too long."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise too_long(limit)


def too_long(limit: int) -> Refusal:
    """The refusal (413) of a body of more than `limit` bytes."""
    return Refusal(413, f"The body is longer than {limit:,} bytes, which is all that this address takes.")


def describe_validation_error(error: ValidationError) -> str:
    """The first of pydantic's complaints as half a sentence."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
