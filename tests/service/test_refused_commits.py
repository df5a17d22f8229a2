"""Commits that are malformed, ask for what is not there, or are too much: refused as a whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests._support.refusals import (
    SMALL,
    add_file,
    assert_refused,
    assert_unchanged,
    make_batch,
    run_strict_service,
    send_commit,
    send_request,
    write_lines,
)
from tests._support.service import Service


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_strict_service(tmp_path_factory.mktemp("refusals") / "root") as service:
        yield service


@pytest.fixture
def untouched(server: Service) -> Iterator[None]:
    """Nothing of what the test sends may stay."""
    with assert_unchanged(server):
        yield


MALFORMED = {
    "no header": write_lines(add_file("a"), header=False),
    "an empty body": b"",
    "two headers": write_lines(("header", {"summary": "again"})),
    "no JSON": write_lines(add_file("a")) + b"{nonsense\n",
    "half a line": write_lines(add_file("a"))[:-9],
    "a list": write_lines(add_file("a")) + b"[1, 2]\n",
    "a number": write_lines(add_file("a")) + b"7\n",
    "no key": write_lines(add_file("a")) + b'{"value": {}}\n',
    "more keys": write_lines(add_file("a")) + b'{"key": "file", "value": {}, "more": 1}\n',
    "no UTF-8": write_lines(add_file("a")) + b'{"key": "\xff\xfe", "value": {}}\n',
    "an abyss": write_lines(add_file("a")) + b"[" * 100_000 + b"\n",
    "an unknown operation": write_lines(("teleport", {"path": "a"})),
    "an unknown field": write_lines(("file", {"path": "a", "content": "", "mode": "0777"})),
    "no path": write_lines(("file", {"content": ""})),
    "a path that is a number": write_lines(("file", {"path": 7, "content": ""})),
    "no base64": write_lines(add_file("b"), ("file", {"path": "a", "content": "!!!", "encoding": "base64"})),
    "broken base64": write_lines(("file", {"path": "a", "content": "QUJ", "encoding": "base64"})),
    "base64 of another alphabet": write_lines(("file", {"path": "a", "content": "ä" * 4, "encoding": "base64"})),
    "an unknown encoding": write_lines(("file", {"path": "a", "content": "", "encoding": "utf-16"})),
    "an unknown algorithm": write_lines(("lfsFile", {"path": "a", "algo": "md5", "oid": SMALL, "size": 5})),
    "no digest": write_lines(("lfsFile", {"path": "a", "algo": "sha256", "oid": "../../x", "size": 5})),
    "a digest in capitals": write_lines(("lfsFile", {"path": "a", "algo": "sha256", "oid": SMALL.upper(), "size": 5})),
    "an object that never arrived": write_lines(("lfsFile", {"path": "a", "algo": "sha256", "oid": SMALL, "size": 5})),
    "a pointer to nothing": write_lines(
        add_file("a", f"version https://git-lfs.github.com/spec/v1\noid sha256:{SMALL}\nsize 5\n".encode())
    ),
    "a file and a folder of one name": write_lines(add_file("a"), add_file("a/b")),
    "a folder and a file of one name": write_lines(add_file("a/b"), add_file("a")),
    "a file below a file": write_lines(add_file(".gitattributes/x")),
    "no summary": b'{"key": "header", "value": {"summary": " "}}\n',
    "a summary that is a number": b'{"key": "header", "value": {"summary": 1}}\n',
    "half a letter": b'{"key": "header", "value": {"summary": "\\ud800"}}\n',
    "a null in the summary": b'{"key": "header", "value": {"summary": "a\\u0000b"}}\n',
    "a parent that is a list": b'{"key": "header", "value": {"summary": "a", "parentCommit": []}}\n',
    "ten megabytes and one byte": write_lines(add_file("a", bytes(10 * 2**20 + 1))),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_commit_is_refused_as_a_whole(server, untouched, what):
    answer = send_commit(server, MALFORMED[what])
    assert_refused(answer, 400)
    assert answer.sentence.startswith("Line ") or what == "an empty body"
    if what == "no JSON":
        assert answer.sentence.startswith("Line 3:")


def test_what_is_missing_cannot_be_deleted(server, untouched):
    for operation in (("deletedFile", {"path": "none"}), ("deletedFolder", {"path": "none/"})):
        answer = send_commit(server, write_lines(add_file("a"), operation))
        assert_refused(answer, 404)
        assert answer.headers["x-error-code"] == "EntryNotFound"
        assert "doesn't exist" in answer.sentence
    assert_refused(send_commit(server, write_lines(("deletedFolder", {"path": ".gitattributes"}))), 404)


def test_copying_pull_requests_and_foreign_branches_are_refused(server, untouched):
    assert_refused(send_commit(server, write_lines(("copyFile", {"path": "a", "srcPath": "b"}))), 501)
    assert_refused(send_commit(server, write_lines(add_file("a")), "main?create_pr=1"), 501)
    assert_refused(send_commit(server, write_lines(add_file("a")), "nowhere"), 404)
    assert_refused(
        send_commit(server, b'{"key":"header","value":{"summary":"s","parentCommit":"' + b"0" * 40 + b'"}}\n'), 412
    )


def test_too_much_is_refused_before_it_is_read(server, untouched):
    endless = (b"x" * 2**20 for _ in range(40))
    assert_refused(send_commit(server, endless, headers={"Transfer-Encoding": "chunked"}), 413)
    assert_refused(send_commit(server, b"", headers={"Content-Length": "99999999999"}), 413)
    many = write_lines(*(("deletedFile", {"path": "a"}) for _ in range(25_001)))
    assert_refused(send_commit(server, many), 413)
    assert_refused(send_request(server, "POST", "/api/repos/create", b"[" * 2_000_000), 413)
    assert_refused(
        send_request(server, "POST", "/api/models/ada/it.git/info/lfs/objects/batch", make_batch(*[(SMALL, 1)] * 1001)),
        404,
        400,
    )
