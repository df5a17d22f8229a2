"""Bad names, requests sent exactly as given, and what must be true of a refusal."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi

from tests._support.service import Service, run_service

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

SMALL = hashlib.sha256(b"large").hexdigest()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def sentence(self) -> str:
        return str(json.loads(self.body)["error"])


@contextlib.contextmanager
def run_strict_service(root: Path) -> Iterator[Service]:
    """A service with the repo ada/it, which may not stumble over anything that it is sent."""
    with run_service(root) as service:
        HfApi(endpoint=service.url, token=service.token).create_repo("ada/it")
        yield service
        assert "Traceback" not in service.log.read_text(), service.log.read_text()[-3000:]


@contextlib.contextmanager
def assert_unchanged(server: Service) -> Iterator[None]:
    """Nothing of what is sent meanwhile may stay."""
    before = hash_files(server.root)
    yield
    assert hash_files(server.root) == before
    assert send_request(server, "GET", "/api/models/ada/it").status == 200


def hash_files(root: Path) -> dict[str, str]:
    """Every file below the root, but for those that only spare time."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.startswith("index.sqlite") and path.name != "secret"
    }


def send_request(
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


def assert_refused(answer: Answer, *statuses: int) -> None:
    assert answer.status in statuses, (answer.status, answer.body[:300])
    assert answer.headers["x-error-message"]
    assert answer.sentence
    assert "Traceback" not in answer.sentence


def write_lines(*operations: tuple[str, dict[str, Any]], header: bool = True) -> bytes:
    rows = [("header", {"summary": "s"})] * header + list(operations)
    return b"".join(json.dumps({"key": key, "value": value}).encode() + b"\n" for key, value in rows)


def add_file(path: str, content: bytes = b"x") -> tuple[str, dict[str, Any]]:
    return "file", {"path": path, "content": base64.b64encode(content).decode(), "encoding": "base64"}


def send_commit(server: Service, body: Any, branch: str = "main", **more: Any) -> Answer:
    return send_request(server, "POST", f"/api/models/ada/it/commit/{branch}", body, **more)


def make_batch(*objects: tuple[Any, Any], **more: Any) -> dict[str, Any]:
    return {"operation": "upload", "objects": [{"oid": oid, "size": size} for oid, size in objects], **more}
