"""Whether torchvision's weights can be fetched: where they are published, and a request to that address.

Importing this loads no client of the network.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from zoo._errors import NotHere

if TYPE_CHECKING:
    import httpx2

    from zoo.upstream.model import Upstream

ADDRESS = "https://download.pytorch.org/models"
"""Where torchvision publishes; `TENWEEKS_UPSTREAM` names another place that has files of the same names."""
CONNECT_SECONDS = 3.0
PROBE_SECONDS = 15.0
"""The longest that asking for all files may take; nobody waits for it, and a server that starts is busy."""
KEPT_SECONDS = 60.0
"""How long the answer is used again."""

_ASKING = threading.Lock()
_ONCE = "The weights have to be fetched once"
_answer: tuple[str, float, dict[str, str]] = ("", 0.0, {})


def address() -> str:
    """The prefix of every file's address, without a slash at its end."""
    return os.environ.get("TENWEEKS_UPSTREAM", "").rstrip("/") or ADDRESS


def is_offline() -> bool:
    """Whether the environment forbids the network, by the Hub's own variables."""
    value = os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or ""
    return value.upper() in {"1", "ON", "YES", "TRUE"}


def explain_missing(absent: list[Upstream]) -> dict[str, str]:
    """Why a model that is not here cannot be had now, in one sentence, by name; those that can be are left out.

    Asks the address for each file, within `PROBE_SECONDS` altogether, and uses the answer for `KEPT_SECONDS`; with
    `HF_HUB_OFFLINE=1` nothing is asked.
    """
    global _answer
    if not absent:
        return {}
    if is_offline():
        return dict.fromkeys((model.name for model in absent), f"{_ONCE}, and HF_HUB_OFFLINE is set.")
    with _ASKING:
        place, asked, reasons = _answer
        if place != address() or time.monotonic() - asked > KEPT_SECONDS:
            reasons = _probe_files(absent)
            _answer = address(), time.monotonic(), reasons
    return {model.name: reasons[model.name] for model in absent if model.name in reasons}


def _probe_files(models: list[Upstream]) -> dict[str, str]:
    """Send a HEAD request for each file; returns why it cannot be had, by name, for those that cannot."""
    import httpx2

    reasons: dict[str, str] = {}
    started, silent = time.monotonic(), ""
    with open_client(read=CONNECT_SECONDS) as client:
        for model in models:
            if not silent and time.monotonic() - started > PROBE_SECONDS - CONNECT_SECONDS:
                silent = f"{_ONCE}, and {host_name()} answers too slowly."
            if silent:
                reasons[model.name] = silent
                continue
            try:
                check_status(client.head(f"{address()}/{model.file}").status_code, "these weights")
            except NotHere as refusal:
                reasons[model.name] = str(refusal)
            except (httpx2.TransportError, httpx2.InvalidURL):
                silent = reasons[model.name] = f"{_ONCE}, and {host_name()} does not answer."
    return reasons


def open_client(read: float) -> httpx2.Client:
    """A client that waits `read` seconds for each part of an answer, and asks for files uncompressed."""
    import httpx2

    timeout = httpx2.Timeout(read, connect=CONNECT_SECONDS)
    return httpx2.Client(timeout=timeout, headers={"User-Agent": "tenweeks", "Accept-Encoding": "identity"})


def host_name() -> str:
    """The address's host and port, for a sentence."""
    import httpx2

    try:
        return httpx2.URL(address()).netloc.decode() or address()
    except httpx2.InvalidURL:
        return address()


def check_status(status: int, what: str) -> None:
    """Raise NotHere for a status that says that the file is not there (404 and its like) or that the server fails.

    501 passes: a server that does not know HEAD answers so.
    """
    if status in (401, 403, 404, 410):
        raise NotHere(f"{host_name()} does not have {what}.")
    if status >= 500 and status != 501:
        raise NotHere(f"{host_name()} answers {status} for {what}: try again later.")
