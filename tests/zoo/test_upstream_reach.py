"""Whether upstream models can be had: asked once a minute, within seconds, and never where the network is forbidden."""

from __future__ import annotations

import socket
import threading
import time

import pytest

import zoo
from tests._support.mirror import LARGER, SMALL, Mirror, expect_refusal
from zoo import upstream
from zoo.upstream import reach

NAMES = upstream.names()


def test_offline_nobody_is_asked(mirror: Mirror, monkeypatch: pytest.MonkeyPatch, weights: dict[str, bytes]):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    sentence = expect_refusal(zoo.NotHere, lambda: upstream.load(SMALL))
    assert upstream.describe(SMALL).file in sentence
    assert set(upstream.missing()) == set(NAMES)
    assert mirror.requests == []
    upstream.folder().mkdir(parents=True)
    upstream.describe(SMALL).path.write_bytes(weights[SMALL])
    upstream.load(SMALL)
    assert set(upstream.missing()) == set(NAMES) - {SMALL}


def test_what_can_be_had_is_asked_once_a_minute(mirror: Mirror, monkeypatch: pytest.MonkeyPatch):
    assert set(upstream.missing()) == set(NAMES) - {SMALL, LARGER}
    assert {method for method, _, _ in mirror.requests} == {"HEAD"}
    asked = len(mirror.requests)
    threads = [threading.Thread(target=upstream.missing) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mirror.requests) == asked
    monkeypatch.setattr(reach, "KEPT_SECONDS", -1.0)
    mirror.manner = "500"
    assert "answers 500" in upstream.missing()[SMALL]


def test_asking_a_silent_server_has_an_end(mirror: Mirror, impatient: None):
    mirror.manner = "silent"
    started = time.monotonic()
    reasons = upstream.missing()
    assert time.monotonic() - started < 2
    assert set(reasons) == set(NAMES)
    assert all(reason.endswith(".") for reason in reasons.values())


def test_nobody_listens(mirror: Mirror, monkeypatch: pytest.MonkeyPatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("TENWEEKS_UPSTREAM", f"http://127.0.0.1:{free.getsockname()[1]}")
        started = time.monotonic()
        assert "does not answer" in expect_refusal(zoo.NotHere, lambda: upstream.load(SMALL))
        assert set(upstream.missing()) == set(NAMES)
        assert time.monotonic() - started < 1
    for wrong in ("no address", "ftp://127.0.0.1", "http://"):
        monkeypatch.setenv("TENWEEKS_UPSTREAM", wrong)
        expect_refusal(zoo.NotHere, lambda: upstream.load(SMALL))
        assert set(upstream.missing()) == set(NAMES)
