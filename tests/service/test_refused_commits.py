"""Commits that are malformed, ask for what is not there, or are too much: refused as a whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests._support.refusals import SMALL, ask, batch, commit, file, lines, refused, refusing, unchanged
from tests._support.service import Service


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with refusing(tmp_path_factory.mktemp("refusals") / "root") as service:
        yield service


@pytest.fixture
def untouched(server: Service) -> Iterator[None]:
    """Nothing of what the test sends may stay."""
    with unchanged(server):
        yield


MALFORMED = {
    "no header": lines(file("a"), header=False),
    "an empty body": b"",
    "two headers": lines(("header", {"summary": "again"})),
    "no JSON": lines(file("a")) + b"{nonsense\n",
    "half a line": lines(file("a"))[:-9],
    "a list": lines(file("a")) + b"[1, 2]\n",
    "a number": lines(file("a")) + b"7\n",
    "no key": lines(file("a")) + b'{"value": {}}\n',
    "more keys": lines(file("a")) + b'{"key": "file", "value": {}, "more": 1}\n',
    "no UTF-8": lines(file("a")) + b'{"key": "\xff\xfe", "value": {}}\n',
    "an abyss": lines(file("a")) + b"[" * 100_000 + b"\n",
    "an unknown operation": lines(("teleport", {"path": "a"})),
    "an unknown field": lines(("file", {"path": "a", "content": "", "mode": "0777"})),
    "no path": lines(("file", {"content": ""})),
    "a path that is a number": lines(("file", {"path": 7, "content": ""})),
    "no base64": lines(file("b"), ("file", {"path": "a", "content": "!!!", "encoding": "base64"})),
    "broken base64": lines(("file", {"path": "a", "content": "QUJ", "encoding": "base64"})),
    "base64 of another alphabet": lines(("file", {"path": "a", "content": "ä" * 4, "encoding": "base64"})),
    "an unknown encoding": lines(("file", {"path": "a", "content": "", "encoding": "utf-16"})),
    "an unknown algorithm": lines(("lfsFile", {"path": "a", "algo": "md5", "oid": SMALL, "size": 5})),
    "no digest": lines(("lfsFile", {"path": "a", "algo": "sha256", "oid": "../../x", "size": 5})),
    "a digest in capitals": lines(("lfsFile", {"path": "a", "algo": "sha256", "oid": SMALL.upper(), "size": 5})),
    "an object that never arrived": lines(("lfsFile", {"path": "a", "algo": "sha256", "oid": SMALL, "size": 5})),
    "a pointer to nothing": lines(
        file("a", f"version https://git-lfs.github.com/spec/v1\noid sha256:{SMALL}\nsize 5\n".encode())
    ),
    "a file and a folder of one name": lines(file("a"), file("a/b")),
    "a folder and a file of one name": lines(file("a/b"), file("a")),
    "a file below a file": lines(file(".gitattributes/x")),
    "no summary": b'{"key": "header", "value": {"summary": " "}}\n',
    "a summary that is a number": b'{"key": "header", "value": {"summary": 1}}\n',
    "half a letter": b'{"key": "header", "value": {"summary": "\\ud800"}}\n',
    "a null in the summary": b'{"key": "header", "value": {"summary": "a\\u0000b"}}\n',
    "a parent that is a list": b'{"key": "header", "value": {"summary": "a", "parentCommit": []}}\n',
    "ten megabytes and one byte": lines(file("a", bytes(10 * 2**20 + 1))),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_commit_is_refused_as_a_whole(server, untouched, what):
    answer = commit(server, MALFORMED[what])
    refused(answer, 400)
    assert answer.sentence.startswith("Line ") or what == "an empty body"
    if what == "no JSON":
        assert answer.sentence.startswith("Line 3:")


def test_what_is_missing_cannot_be_deleted(server, untouched):
    for operation in (("deletedFile", {"path": "none"}), ("deletedFolder", {"path": "none/"})):
        answer = commit(server, lines(file("a"), operation))
        refused(answer, 404)
        assert answer.headers["x-error-code"] == "EntryNotFound"
        assert "doesn't exist" in answer.sentence
    refused(commit(server, lines(("deletedFolder", {"path": ".gitattributes"}))), 404)


def test_copying_pull_requests_and_foreign_branches_are_refused(server, untouched):
    refused(commit(server, lines(("copyFile", {"path": "a", "srcPath": "b"}))), 501)
    refused(commit(server, lines(file("a")), "main?create_pr=1"), 501)
    refused(commit(server, lines(file("a")), "nowhere"), 404)
    refused(commit(server, b'{"key":"header","value":{"summary":"s","parentCommit":"' + b"0" * 40 + b'"}}\n'), 412)


def test_too_much_is_refused_before_it_is_read(server, untouched):
    endless = (b"x" * 2**20 for _ in range(40))
    refused(commit(server, endless, headers={"Transfer-Encoding": "chunked"}), 413)
    refused(commit(server, b"", headers={"Content-Length": "99999999999"}), 413)
    many = lines(*(("deletedFile", {"path": "a"}) for _ in range(25_001)))
    refused(commit(server, many), 413)
    refused(ask(server, "POST", "/api/repos/create", b"[" * 2_000_000), 413)
    refused(ask(server, "POST", "/api/models/ada/it.git/info/lfs/objects/batch", batch(*[(SMALL, 1)] * 1001)), 404, 400)
