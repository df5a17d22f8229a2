"""Bad input: each is refused in one sentence with the status that the client understands, and leaves nothing behind."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from huggingface_hub import HfApi
from huggingface_hub import errors as hub
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zoo
from tests._service import Service, running
from zoo.__main__ import main
from zoo.service import issue_token
from zoo.service._errors import Refusal
from zoo.service._names import digest, file_path, ref_name, repo_id

BAD_PATHS = (
    "", "/", "/etc/passwd", "..", "../x", "a/../../x", "a/..", "./a", "a/./b", "a//b", "a/", "C:\\x", "a\\b",
    "\\\\host\\x", "%2e%2e/x", "..%2fx", "%252e%252e/x", "a/%2e%2e%2f%2e%2e/x", "%25252e%25252e/x", "a%5cb",
    "%2fetc/passwd", "a%00b", "con", "CON.txt", "aux.json", "a/nul", "com1", "LPT9.tar.gz", "prn ", "conin$", "a./b",
    "a /b", "end.", "end ", "a:b", "a|b", "what?", "star*", '"quoted"', "<x>", ".git/config", "a/.GIT/x", ".git",
    "git~1", "a\nb", "a\x00b", "a\x7fb", "\u202etxt.exe", "a\u2028b", "x" * 256, "/".join(["deep"] * 300), "\ud800",
)  # fmt: skip
BAD_NAMES = (
    "..", ".", "", "a/b/c", "../x", "%2e%2e", "a%2fb", ".hidden", "-dash", "dot.", "a..b", "a--b", "x.git", "x.lock",
    "con", "NUL", "com1", "aux.v1", "späth", "a b", "a\\b", "x" * 97, "a\n", "a\x00",
)  # fmt: skip
BAD_REFS = (
    "", "..", "a..b", "a.lock", "a/b.lock", "/a", "a/", "a//b", ".a", "a/.b", "-a", "a b", "a~1", "a^", "a:b", "a?",
    "a*", "a[", "a\\b", "@", "HEAD", "a@{1}", "refs/heads/x", "f" * 40, "x" * 201, "../../x", "%2e%2e/x", "a\x00",
    "a\n", "con", "a.",
)  # fmt: skip


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def sentence(self) -> str:
        return str(json.loads(self.body)["error"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("refusals") / "root") as service:
        HfApi(endpoint=service.url, token=service.token).create_repo("ada/it")
        yield service
        assert "Traceback" not in service.log.read_text(), service.log.read_text()[-3000:]


@pytest.fixture
def untouched(server: Service) -> Iterator[None]:
    """Nothing of what the test sends may stay."""
    before = everything(server.root)
    yield
    assert everything(server.root) == before
    assert ask(server, "GET", "/api/models/ada/it").status == 200


def everything(root: Path) -> dict[str, str]:
    """Every file below the root, but for those that only spare time."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.startswith("index.sqlite") and path.name != "secret"
    }


def ask(
    server: Service,
    method: str,
    target: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
    token: bool = True,
) -> Answer:
    """One request, its target sent exactly as given."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    sent = {"Authorization": f"Bearer {server.token}"} if token else {}
    if isinstance(body, dict | list):
        body = json.dumps(body).encode()
    vars(connection)["_validate_path"] = lambda url: None
    try:
        connection.request(
            method, target, body, sent | (headers or {}), encode_chunked="Transfer-Encoding" in (headers or {})
        )
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def refused(answer: Answer, *statuses: int) -> None:
    assert answer.status in statuses, (answer.status, answer.body[:300])
    assert answer.headers["x-error-message"]
    assert answer.sentence
    assert "Traceback" not in answer.sentence


def lines(*operations: tuple[str, dict[str, Any]], header: bool = True) -> bytes:
    rows = [("header", {"summary": "s"})] * header + list(operations)
    return b"".join(json.dumps({"key": key, "value": value}).encode() + b"\n" for key, value in rows)


def file(path: str, content: bytes = b"x") -> tuple[str, dict[str, Any]]:
    return "file", {"path": path, "content": base64.b64encode(content).decode(), "encoding": "base64"}


def commit(server: Service, body: Any, branch: str = "main", **more: Any) -> Answer:
    return ask(server, "POST", f"/api/models/ada/it/commit/{branch}", body, **more)


@pytest.mark.parametrize("path", BAD_PATHS)
def test_a_path_that_leads_elsewhere_is_refused_everywhere(server, untouched, path):
    with pytest.raises(Refusal):
        file_path(path)
    refused(commit(server, lines(file("fine.txt"), file(path))), 400)
    refused(commit(server, lines(("deletedFile", {"path": path}))), 400, 404)
    announced = {"files": [{"path": path, "size": 1, "sample": ""}]}
    refused(ask(server, "POST", "/api/models/ada/it/preupload/main", announced), 400)
    encoded = quote(path.encode("utf-8", "surrogatepass"), safe="")
    if path.strip("/"):
        refused(ask(server, "GET", f"/api/models/ada/it/tree/main/{encoded}"), 400, 404)
    for target in {encoded, quote(path.encode("utf-8", "surrogatepass"), safe="/%")} - {""}:
        answer = ask(server, "GET", f"/ada/it/resolve/main/{target}")
        refused(answer, 400, 404)
        assert answer.headers["x-error-code"] == ("BadRequest" if path == "\ud800" else "EntryNotFound")


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_is_none_makes_no_repository(server, untouched, name):
    with pytest.raises(Refusal):
        repo_id("model", "ada", name)
    refused(ask(server, "POST", "/api/repos/create", {"name": name, "organization": "ada"}), 400)
    refused(ask(server, "POST", "/api/repos/create", {"name": "x", "organization": name}), 400, 403)
    refused(ask(server, "DELETE", "/api/repos/delete", {"name": name, "organization": "ada"}), 400)
    encoded = quote(name, safe="")
    if encoded.strip("."):
        refused(ask(server, "GET", f"/api/models/ada/{encoded}"), 400, 404)
        refused(ask(server, "GET", f"/api/models/{encoded}/it"), 400, 404)
        refused(ask(server, "GET", f"/ada/{encoded}/resolve/main/README.md"), 400, 404)


@pytest.mark.parametrize("name", BAD_REFS)
def test_a_name_that_is_none_makes_no_tag_and_no_branch(server, untouched, name):
    with pytest.raises(Refusal):
        ref_name(name, "tag")
    refused(ask(server, "POST", "/api/models/ada/it/tag/main", {"tag": name}), 400)
    encoded = quote(name, safe="")
    if encoded:
        refused(ask(server, "POST", f"/api/models/ada/it/branch/{encoded}", {}), 400)
        refused(ask(server, "DELETE", f"/api/models/ada/it/tag/{encoded}"), 400)
        refused(ask(server, "GET", f"/api/models/ada/it/revision/{encoded}"), 404)
        refused(ask(server, "POST", f"/api/models/ada/it/commit/{encoded}", lines(file("a"))), 404)


SMALL = hashlib.sha256(b"large").hexdigest()
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


def batch(*objects: tuple[Any, Any], **more: Any) -> dict[str, Any]:
    return {"operation": "upload", "objects": [{"oid": oid, "size": size} for oid, size in objects], **more}


def upload_address(server: Service, content: bytes) -> str:
    answer = ask(server, "POST", BATCH, batch((hashlib.sha256(content).hexdigest(), len(content))))
    parts = urlsplit(json.loads(answer.body)["objects"][0]["actions"]["upload"]["href"])
    return f"{parts.path}?{parts.query}"


BATCH = "/ada/it.git/info/lfs/objects/batch"


def test_a_batch_that_is_not_one_is_refused(server, untouched):
    refused(ask(server, "POST", BATCH, batch((SMALL, 1)), token=False), 401)
    refused(ask(server, "POST", BATCH, batch((SMALL, 1), hash_algo="md5")), 409)
    refused(ask(server, "POST", BATCH, batch((SMALL, 1), transfers=["tus"])), 501)
    refused(ask(server, "POST", BATCH, batch((SMALL, 1)) | {"operation": "download"}), 501)
    refused(ask(server, "POST", BATCH, batch(("../../etc/passwd", 1))), 400)
    refused(ask(server, "POST", BATCH, batch((SMALL, -1))), 400)
    refused(ask(server, "POST", BATCH, batch((SMALL, "5"))), 400)
    refused(ask(server, "POST", BATCH, batch((SMALL, 1e30))), 400)
    refused(ask(server, "POST", BATCH, batch(*[(SMALL, 1)] * 1001)), 400)
    refused(ask(server, "POST", BATCH, b"not json"), 400)
    refused(ask(server, "POST", BATCH.replace("/it.", "/nothing."), batch((SMALL, 1))), 404)
    huge = json.loads(ask(server, "POST", BATCH, batch((SMALL, 10**12))).body)["objects"][0]
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
    refused(ask(server, "PUT", upload_address(server, b"large"), body, headers, token=False), 400)


def test_a_body_cut_short_or_never_ending_leaves_nothing(server, untouched):
    for announced, sent in ((2**21, 2**20 + 5), (2**21, 0)):
        address = upload_address(server, bytes(announced))
        with socket.create_connection(("127.0.0.1", server.port), 10) as line:
            line.sendall(f"PUT {address} HTTP/1.1\r\nHost: x\r\nContent-Length: {announced}\r\n\r\n".encode())
            line.sendall(bytes(sent))
            time.sleep(0.05)
    address = upload_address(server, b"short")
    with socket.create_connection(("127.0.0.1", server.port), 10) as line:
        line.sendall(f"PUT {address} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        with pytest.raises(ConnectionError):
            send_without_end(line)
    with socket.create_connection(("127.0.0.1", server.port), 10) as line:
        line.sendall(b"POST /api/models/ada/it/commit/main HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n")
        line.sendall(f"Authorization: Bearer {server.token}\r\n\r\n".encode() + lines(file("a")))
    deadline = time.monotonic() + 10
    while any((server.root / "incoming").iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any((server.root / "incoming").iterdir())


def send_without_end(line: socket.socket) -> None:
    for _ in range(1000):
        line.sendall(b"100000\r\n" + bytes(2**20) + b"\r\n")


def test_an_upload_address_is_good_for_one_file_only(server, untouched):
    address = upload_address(server, b"large")
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
        refused(ask(server, "PUT", forged, b"large", token=False), 403)


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic eDp5",
        "Bearer zoo_0123456789abcdef_",
        "Bearer zoo_../../secret_x",
        "\xff\xfe",
    ],
)
def test_a_token_that_is_none_is_refused(server, untouched, authorization):
    headers = {"Authorization": authorization}
    refused(ask(server, "POST", "/api/repos/create", {"name": "x"}, headers, token=False), 401)
    refused(ask(server, "GET", "/api/whoami-v2", None, headers, token=False), 401)


def test_unknown_addresses_and_methods_get_a_sentence(server, untouched):
    for method, target in (
        ("GET", "/api/models/ada/it/security"), ("POST", "/api/models/ada/it"), ("PATCH", "/api/models/ada/it/refs"),
        ("GET", "/api/datasets/a/b"), ("GET", "/api/nothing"), ("POST", "/api/collections"),
        ("PUT", "/api/models/ada/it/settings"),
        ("GET", "/api/models/ada/it/xet-read-token/main"), ("GET", "/datasets/a/b/resolve/main/x"),
    ):  # fmt: skip
        refused(ask(server, method, target), 501)
    refused(ask(server, "GET", "/a/b/c/d/e/f"), 404)
    refused(ask(server, "GET", "/%ff/%fe"), 404)
    refused(ask(server, "GET", "/../../../etc/passwd"), 404)
    refused(ask(server, "GET", "/ada/it/resolve/main/../../../../etc/passwd"), 400, 404)
    refused(ask(server, "GET", "/" + "x" * 20_000), 414)
    refused(ask(server, "GET", "/", headers={"X-Much": "x" * 33_000}), 431)


def test_names_that_differ_only_in_letter_case_are_one(server, untouched):
    for name in ("it", "IT", "iT"):
        answer = ask(server, "POST", "/api/repos/create", {"name": name, "organization": "ada"})
        refused(answer, 409)
        assert json.loads(answer.body)["url"] == f"{server.url}/ada/it"
    assert "letter case" in answer.sentence
    refused(ask(server, "GET", "/api/models/ada/IT"), 404)


def test_a_namespace_in_other_letters_is_refused(server):
    token = {"Authorization": f"Bearer {issue_token(server.root, 'Ada')}"}
    for kind in ("model", "space"):
        answer = ask(
            server, "POST", "/api/repos/create", {"name": "x", "type": kind, "sdk": "gradio"}, token, token=False
        )
        refused(answer, 409)
        assert "letter case" in answer.sentence


@pytest.mark.parametrize("name", ["api", "datasets", "Models", "spaces", "../x", ""])
def test_no_token_is_issued_for_what_is_no_namespace(tmp_path, name):
    with pytest.raises(zoo.ZooError, match="namespace"):
        issue_token(tmp_path / "root", name)
    assert not (tmp_path / "root").exists()


def test_the_shell_is_told_in_one_sentence(server, tmp_path, capsys):
    (tmp_path / "file").touch()
    for words, said in (
        (("token", "../x", "--root", tmp_path / "root"), "'../x' is no namespace"),
        (("token", "ada", "--root", tmp_path / "file" / "below"), "cannot be written"),
        (("serve", "--root", tmp_path / "file"), "cannot be written"),
        (("serve", "--root", tmp_path / "root", "--port", server.port), f"cannot listen on port {server.port}"),
        (("serve", "--root", tmp_path / "root", "--port", 99_999), "cannot listen on port 99999"),
        (("serve", "--root", tmp_path / "root", "--host", "256.0.0.1"), "of 256.0.0.1"),
    ):
        assert main([str(word) for word in words]) == 1
        told = capsys.readouterr()
        assert told.out == ""
        assert said in told.err
        assert told.err.count("\n") == 1


def test_a_refusal_in_a_browser_keeps_its_headers(server, untouched):
    answer = ask(server, "GET", "/api/whoami-v2", headers={"Accept": "text/html", "Authorization": "Bearer x"})
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["x-error-message"]
    assert answer.headers["content-type"].startswith("text/html")


def test_the_real_client_meets_its_own_exceptions(server, untouched):
    api = HfApi(endpoint=server.url, token=server.token)
    with pytest.raises(hub.BadRequestError, match=r"Line 2: The path 'a/\.\./b' is refused"):
        send_raw(api, "a/../b")
    with pytest.raises(hub.BadRequestError, match="device"):
        api.upload_file(path_or_fileobj=b"x", path_in_repo="aux.txt", repo_id="ada/it")
    with pytest.raises(hub.BadRequestError):
        api.create_tag("ada/it", tag="a..b")
    with pytest.raises(hub.RevisionNotFoundError):
        api.model_info("ada/it", revision="../../main")
    with pytest.raises(hub.EntryNotFoundError):
        api.hf_hub_download("ada/it", "a/aux.txt")
    assert api.get_paths_info("ada/it", ["..", "../x", "/etc/passwd", "a\0", "", "\ud800"[:0]]) == []


def send_raw(api: HfApi, path: str) -> None:
    from huggingface_hub.utils import get_session, hf_raise_for_status

    hf_raise_for_status(
        get_session().post(
            f"{api.endpoint}/api/models/ada/it/commit/main", content=lines(file(path)), headers=api._build_hf_headers()
        )
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=40) | st.text(alphabet="./\\%2eEfFcCaA:\0~", max_size=20))
def test_no_path_that_passes_leaves_its_folder(path):
    try:
        passed = file_path(path)
    except Refusal:
        return
    place = Path("/root/of/it", passed)
    assert place.is_relative_to("/root/of/it")
    assert ".." not in place.parts
    assert place.as_posix() == f"/root/of/it/{passed}"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200) | st.recursive(st.none() | st.text(max_size=9), lambda x: st.lists(x, max_size=3)))
def test_a_digest_is_64_hexadecimal_digits(value):
    with pytest.raises(Refusal):
        digest(value)
