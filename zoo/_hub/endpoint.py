"""The Hub at `HF_ENDPOINT`: whether it answers, and what its refusals mean to a person."""

from __future__ import annotations

import os
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from zoo._errors import NotHere, UnknownName, ZooError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

CONNECT_SECONDS = 3.0


def endpoint() -> str | None:
    """The address that the environment names; None is the Hub's own."""
    return os.environ.get("HF_ENDPOINT") or None


def require_network() -> None:
    """Raise NotHere unless the Hub, or a proxy before it, may answer: its own client would try for half a minute."""
    from huggingface_hub import is_offline_mode

    if is_offline_mode():
        raise NotHere("HF_HUB_OFFLINE is set: unset it where there is a network.")
    address = urlsplit(endpoint() or "https://huggingface.co")
    if urllib.request.getproxies().get(address.scheme) and not urllib.request.proxy_bypass(address.netloc):
        return
    try:
        port = address.port or {"http": 80}.get(address.scheme, 443)
        socket.create_connection((address.hostname or "", port), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        raise NotHere(f"{_host()} does not answer: try again where there is a network.") from error


def api() -> HfApi:
    """The Hub at `HF_ENDPOINT`. Raises NotHere where it cannot be reached."""
    require_network()
    if _host() != "huggingface.co":
        # Other services speak git-LFS; huggingface_hub reads this once, when it is imported.
        os.environ.setdefault("HF_HUB_DISABLE_XET", "1")
    from huggingface_hub import HfApi

    return HfApi(endpoint=endpoint(), library_name="tenweeks")


@contextmanager
def speaking(repo: str, doing: Literal["read", "write"]) -> Iterator[None]:
    """Turn what the Hub or the network answers into one sentence: ZooError, UnknownName or NotHere."""
    try:
        yield
    except ZooError:
        raise
    except Exception as error:
        raise sentence(error, repo, doing) from error


def sentence(error: Exception, repo: str, doing: Literal["read", "write"]) -> Exception:
    """What a failed call means to a person; an error that is not the Hub's or the network's is given back as it is."""
    import httpx2
    from huggingface_hub import errors

    if isinstance(error, errors.HFValidationError):
        return ZooError(f"{repo!r} is no legal name of a repo: {error}")
    if isinstance(error, errors.HfHubHTTPError):
        status = error.response.status_code
        if doing == "write" and status in (401, 403):
            return ZooError(
                f"{_host()} does not let you write to {repo}: sign in with `hf auth login`, or set HF_TOKEN to a token "
                "that may."
            )
        if isinstance(error, errors.RepositoryNotFoundError):
            return UnknownName(f"{_host()} has no repo {repo}, or it is not yours to read.")
        return ZooError(f"{_host()} refused ({status}): {error.server_message or error}")
    if isinstance(error, (httpx2.TransportError, ConnectionError, TimeoutError)):
        return NotHere(f"{_host()} does not answer ({type(error).__name__}): try again where there is a network.")
    return error


def _host() -> str:
    return urlsplit(endpoint() or "https://huggingface.co").netloc
