"""Large files that are not what was promised, cut short, endless, or sent to a forged address: nothing is kept."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests._support.refusals import (
    SMALL,
    add_file,
    assert_refused,
    assert_unchanged,
    make_batch,
    run_strict_service,
    send_request,
    write_lines,
)
from tests._support.service import Service
from zoo.service.names import check_digest
from zoo.service.refusals import Refusal


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_strict_service(tmp_path_factory.mktemp("refusals") / "root") as service:
        yield service


@pytest.fixture
def untouched(server: Service) -> Iterator[None]:
    """Nothing of what the test sends may stay."""
    with assert_unchanged(server):
        yield


def ask_upload_address(server: Service, content: bytes) -> str:
    answer = send_request(server, "POST", BATCH, make_batch((hashlib.sha256(content).hexdigest(), len(content))))
    parts = urlsplit(json.loads(answer.body)["objects"][0]["actions"]["upload"]["href"])
    return f"{parts.path}?{parts.query}"


BATCH = "/ada/it.git/info/lfs/objects/batch"


def test_a_batch_that_is_not_one_is_refused(server, untouched):
    assert_refused(send_request(server, "POST", BATCH, make_batch((SMALL, 1)), token=False), 401)
    assert_refused(send_request(server, "POST", BATCH, make_batch((SMALL, 1), hash_algo="md5")), 409)
    assert_refused(send_request(server, "POST", BATCH, make_batch((SMALL, 1), transfers=["tus"])), 501)
    assert_refused(send_request(server, "POST", BATCH, make_batch((SMALL, 1)) | {"operation": "download"}), 501)
    assert_refused(send_request(server, "POST", BATCH, make_batch(("../../etc/passwd", 1))), 400)
    assert_refused(send_request(server, "POST", BATCH, make_batch((SMALL, -1))), 400)
    assert_refused(send_request(server, "POST", BATCH, make_batch((SMALL, "5"))), 400)
    assert_refused(send_request(server, "POST", BATCH, make_batch((SMALL, 1e30))), 400)
    assert_refused(send_request(server, "POST", BATCH, make_batch(*[(SMALL, 1)] * 1001)), 400)
    assert_refused(send_request(server, "POST", BATCH, b"not json"), 400)
    assert_refused(send_request(server, "POST", BATCH.replace("/it.", "/nothing."), make_batch((SMALL, 1))), 404)
    huge = json.loads(send_request(server, "POST", BATCH, make_batch((SMALL, 10**12))).body)["objects"][0]
    assert huge["error"]["code"] == 422


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"Large", {}),
        (b"larg", {}),
        (b"larger", {}),
        (iter([b"lar", b"ge", b"r" * 2**21]), {"Transfer-Encoding": "chunked"}),
        (iter([b"lar"]), {"Transfer-Encoding": "chunked"}),
        (b"", {}),
    ],
)
def test_a_large_file_that_is_not_what_was_promised_is_not_kept(server, untouched, body, headers):
    assert_refused(send_request(server, "PUT", ask_upload_address(server, b"large"), body, headers, token=False), 400)


def test_a_body_cut_short_or_never_ending_leaves_nothing(server, untouched):
    for announced, sent in ((2**21, 2**20 + 5), (2**21, 0)):
        address = ask_upload_address(server, bytes(announced))
        with socket.create_connection(("127.0.0.1", server.port), 10) as line:
            line.sendall(f"PUT {address} HTTP/1.1\r\nHost: x\r\nContent-Length: {announced}\r\n\r\n".encode())
            line.sendall(bytes(sent))
            time.sleep(0.05)
    address = ask_upload_address(server, b"short")
    with socket.create_connection(("127.0.0.1", server.port), 10) as line:
        line.sendall(f"PUT {address} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        with pytest.raises(ConnectionError):
            send_without_end(line)
    with socket.create_connection(("127.0.0.1", server.port), 10) as line:
        line.sendall(b"POST /api/models/ada/it/commit/main HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n")
        line.sendall(f"Authorization: Bearer {server.token}\r\n\r\n".encode() + write_lines(add_file("a")))
    deadline = time.monotonic() + 10
    while any((server.root / "incoming").iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any((server.root / "incoming").iterdir())


def send_without_end(line: socket.socket) -> None:
    for _ in range(1000):
        line.sendall(b"100000\r\n" + bytes(2**20) + b"\r\n")


def test_an_upload_address_is_good_for_one_file_only(server, untouched):
    address = ask_upload_address(server, b"large")
    other = hashlib.sha256(b"other").hexdigest()
    for forged in (
        address.replace(SMALL, other),
        address.replace("size=5", "size=6"),
        address.replace("/ada/it.git", "/ada/else.git"),
        address.replace("/ada/it.git", "/spaces/ada/it.git"),
        address.replace("expires=", "expires=9"),
        address.replace("signature=", "signature=%C3%A4"),
        address.partition("&signature")[0],
        address.partition("?")[0],
    ):
        assert_refused(send_request(server, "PUT", forged, b"large", token=False), 403)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200) | st.recursive(st.none() | st.text(max_size=9), lambda x: st.lists(x, max_size=3)))
def test_a_digest_is_64_hexadecimal_digits(value):
    with pytest.raises(Refusal):
        check_digest(value)
