"""The Hub at `HF_ENDPOINT`: whether it answers, and its refusals as sentences for a person."""

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


def read_endpoint() -> str | None:
    """The address that the environment names; None stands for the Hub's own."""
    return os.environ.get("HF_ENDPOINT") or None


def check_network() -> None:
    """Raise NotHere where neither the Hub nor a proxy before it answers: its client would try for half a minute."""
    from huggingface_hub import is_offline_mode

    if is_offline_mode():
        raise NotHere("HF_HUB_OFFLINE is set: unset it where there is a network.")
    address = urlsplit(read_endpoint() or "https://huggingface.co")
    if urllib.request.getproxies().get(address.scheme) and not urllib.request.proxy_bypass(address.netloc):
        return
    try:
        port = address.port or {"http": 80}.get(address.scheme, 443)
        socket.create_connection((address.hostname or "", port), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        raise NotHere(f"{_name_host()} does not answer: try again where there is a network.") from error


def open_api() -> HfApi:
    """A client of the Hub at `HF_ENDPOINT`. Raises NotHere where it cannot be reached."""
    check_network()
    if _name_host() != "huggingface.co":
        # Other services speak git-LFS; huggingface_hub reads this once, when it is imported.
        os.environ.setdefault("HF_HUB_DISABLE_XET", "1")
    from huggingface_hub import HfApi

    return HfApi(endpoint=read_endpoint(), library_name="tenweeks")


@contextmanager
def explain_errors(repo: str, doing: Literal["read", "write"]) -> Iterator[None]:
    """Raise the Hub's and the network's errors in the block as ZooError, UnknownName or NotHere, in one sentence."""
    try:
        yield
    except ZooError:
        raise
    except Exception as error:
        raise explain_error(error, repo, doing) from error


def explain_error(error: Exception, repo: str, doing: Literal["read", "write"]) -> Exception:
    """A failed call's error as a ZooError with one sentence; any error but the Hub's or the network's unchanged."""
    import httpx2
    from huggingface_hub import errors

    if isinstance(error, errors.HFValidationError):
        return ZooError(f"{repo!r} is no legal name of a repo: {error}")
    if isinstance(error, errors.HfHubHTTPError):
        status = error.response.status_code
        if doing == "write" and status in (401, 403):
            return ZooError(
                f"{_name_host()} does not let you write to {repo}: sign in with `hf auth login`, or set HF_TOKEN to a "
                "token that may."
            )
        if isinstance(error, errors.RepositoryNotFoundError):
            return UnknownName(f"{_name_host()} has no repo {repo}, or it is not yours to read.")
        return ZooError(f"{_name_host()} refused ({status}): {error.server_message or error}")
    if isinstance(error, (httpx2.TransportError, ConnectionError, TimeoutError)):
        return NotHere(f"{_name_host()} does not answer ({type(error).__name__}): try again where there is a network.")
    return error


def _name_host() -> str:
    """The address's host and port, for a sentence."""
    return urlsplit(read_endpoint() or "https://huggingface.co").netloc
