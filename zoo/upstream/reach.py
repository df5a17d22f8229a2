"""Whether torchvision's weights can be had: where they are published, and a question to that place.

Models are `zoo.upstream.Upstream`s. Importing this loads no client of the network.
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
"""The longest that asking what can be fetched may take; nobody waits for it, and a server that starts is busy."""
KEPT_SECONDS = 60.0
"""How long the answer to that is believed."""

_ASKING = threading.Lock()
_ONCE = "The weights have to be fetched once"
_answer: tuple[str, float, dict[str, str]] = ("", 0.0, {})


def address() -> str:
    """The prefix of every file's address, without a slash at its end."""
    return os.environ.get("TENWEEKS_UPSTREAM", "").rstrip("/") or ADDRESS


def is_offline() -> bool:
    """Whether the environment forbids the network, in the Hub's own words."""
    said = os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or ""
    return said.upper() in {"1", "ON", "YES", "TRUE"}


def missing(absent: list[Upstream]) -> dict[str, str]:
    """Why a model that is not here cannot be had now, in one sentence, by name; those that can be are left out.

    Asks the address for each file, within `PROBE_SECONDS` altogether, and believes the answer for `KEPT_SECONDS`; with
    `HF_HUB_OFFLINE=1` nobody is asked.
    """
    global _answer
    if not absent:
        return {}
    if is_offline():
        return dict.fromkeys((model.name for model in absent), f"{_ONCE}, and HF_HUB_OFFLINE is set.")
    with _ASKING:
        place, asked, reasons = _answer
        if place != address() or time.monotonic() - asked > KEPT_SECONDS:
            reasons = _ask(absent)
            _answer = address(), time.monotonic(), reasons
    return {model.name: reasons[model.name] for model in absent if model.name in reasons}


def _ask(models: list[Upstream]) -> dict[str, str]:
    import httpx2

    reasons: dict[str, str] = {}
    started, silent = time.monotonic(), ""
    with connect(read=CONNECT_SECONDS) as client:
        for model in models:
            if not silent and time.monotonic() - started > PROBE_SECONDS - CONNECT_SECONDS:
                silent = f"{_ONCE}, and {host()} answers too slowly."
            if silent:
                reasons[model.name] = silent
                continue
            try:
                refuse_status(client.head(f"{address()}/{model.file}").status_code, "these weights")
            except NotHere as refusal:
                reasons[model.name] = str(refusal)
            except (httpx2.TransportError, httpx2.InvalidURL):
                silent = reasons[model.name] = f"{_ONCE}, and {host()} does not answer."
    return reasons


def connect(read: float) -> httpx2.Client:
    """A client that waits this long for each part of an answer, and takes files as they are."""
    import httpx2

    timeout = httpx2.Timeout(read, connect=CONNECT_SECONDS)
    return httpx2.Client(timeout=timeout, headers={"User-Agent": "tenweeks", "Accept-Encoding": "identity"})


def host() -> str:
    """The address's host, for a sentence."""
    import httpx2

    try:
        return httpx2.URL(address()).netloc.decode() or address()
    except httpx2.InvalidURL:
        return address()


def refuse_status(status: int, what: str) -> None:
    """Raise NotHere for a status that ends the matter.

    404 and its like mean that the file is not there, 500 and more that the server is ill;
    one that answers 501 may not know HEAD.
    """
    if status in (401, 403, 404, 410):
        raise NotHere(f"{host()} does not have {what}.")
    if status >= 500 and status != 501:
        raise NotHere(f"{host()} answers {status} for {what}: try again later.")
