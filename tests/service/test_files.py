"""Files going out: whole, in part, conditionally, and in a way that no browser runs them."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from huggingface_hub import HfApi
from huggingface_hub.file_download import http_get

from benchmarks.service_memory import download_file, read_memory, send_commit, upload_file
from tests._support.service import Service, http, run_service
from zoo.service import issue_token
from zoo.service.refusals import Refusal
from zoo.service.routes.files import _parse_range

LARGE = bytes(range(256)) * 20_000  # 5.12 MB, five pieces
SMALL = b"0123456789"
PAGE = b"<script>alert(1)</script>"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_service(tmp_path_factory.mktemp("files") / "root") as service:
        api = HfApi(endpoint=service.url, token=service.token)
        api.create_repo("ada/it")
        for path, content in {"model.safetensors": LARGE, "ten.txt": SMALL, "evil.html": PAGE, "ü x.svg": PAGE}.items():
            api.upload_file(path_or_fileobj=content, path_in_repo=path, repo_id="ada/it")
        api.create_tag("ada/it", tag="v1")
        yield service


@pytest.fixture
def client(server: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/ada/it/resolve/") as found:
        yield found


@pytest.mark.parametrize(("path", "content"), [("main/model.safetensors", LARGE), ("v1/ten.txt", SMALL)])
def test_head_and_get_answer_the_same(server, client, path, content):
    head, whole = client.head(path), client.get(path)
    assert head.status_code == whole.status_code == 200
    assert whole.content == content
    assert head.content == b""
    assert {**head.headers, "date": ""} == {**whole.headers, "date": ""}
    assert head.headers["content-length"] == str(len(content))
    commit = HfApi(endpoint=server.url).model_info("ada/it").sha
    assert head.headers["x-repo-commit"] == commit
    assert head.headers["accept-ranges"] == "bytes"
    if content is LARGE:
        digest = f'"{hashlib.sha256(LARGE).hexdigest()}"'
        assert head.headers["etag"] == head.headers["x-linked-etag"] == digest
        assert head.headers["x-linked-size"] == str(len(LARGE))
    else:
        git = hashlib.sha1(b"blob 10\0" + SMALL).hexdigest()
        assert head.headers["etag"] == f'"{git}"'
        assert "x-linked-etag" not in head.headers


def test_a_missing_file_names_the_commit_so_that_the_client_remembers(server, client):
    answer = client.head("v1/missing")
    assert answer.status_code == 404
    assert answer.headers["x-error-code"] == "EntryNotFound"
    assert answer.headers["x-repo-commit"] == HfApi(endpoint=server.url).model_info("ada/it").sha


@pytest.mark.parametrize(("path", "content"), [("main/model.safetensors", LARGE), ("main/ten.txt", SMALL)])
@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("0-0", 0, 1),
        ("3-", 3, None),
        ("2-5", 2, 6),
        ("-4", -4, None),
        ("5-99999999999", 5, None),
        ("-99999999", 0, None),
    ],
)
def test_a_range_is_answered_with_206(client, path, content, asked, start, stop):
    answer = client.get(path, headers={"Range": f"bytes={asked}"})
    assert answer.status_code == 206
    assert answer.content == content[start:stop]
    first = start % len(content)
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(answer.content) - 1}/{len(content)}"
    assert answer.headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_a_range_outside_the_file_is_416(client, asked):
    answer = client.get("main/ten.txt", headers={"Range": asked})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */10")


@pytest.mark.parametrize(
    "asked", ["", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", "bytes=٣-"]
)
def test_a_range_that_is_none_is_not_heeded(asked):
    assert _parse_range(asked, 10) is None


def test_the_range_of_an_empty_file_is_none():
    assert _parse_range(None, 0) is None
    with pytest.raises(Refusal):
        _parse_range("bytes=0-", 0)


def test_if_range_only_resumes_the_very_same_bytes(client):
    etag = client.head("main/ten.txt").headers["etag"]
    asked = {"Range": "bytes=4-"}
    assert client.get("main/ten.txt", headers=asked | {"If-Range": etag}).status_code == 206
    for other in ('"other"', f"W/{etag}", "Wed, 21 Oct 2015 07:28:00 GMT"):
        answer = client.get("main/ten.txt", headers=asked | {"If-Range": other})
        assert (answer.status_code, answer.content) == (200, SMALL)


def test_what_one_has_is_not_sent_again(client):
    for path in ("main/ten.txt", "main/model.safetensors"):
        etag = client.head(path).headers["etag"]
        for known in (etag, f'"x", {etag}', f"W/{etag}", "*"):
            answer = client.get(path, headers={"If-None-Match": known})
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] == etag
        assert client.get(path, headers={"If-None-Match": '"x"'}).status_code == 200


def test_a_stored_page_is_never_run(client):
    for path in ("main/evil.html", "main/%C3%BC%20x.svg"):
        headers = client.get(path).headers
        assert headers["content-type"] == "application/octet-stream"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-disposition"].startswith("attachment;")
        assert "sandbox" in headers["content-security-policy"]
    assert "filename*=UTF-8''%C3%BC%20x.svg" in headers["content-disposition"]


def test_commits_are_kept_by_caches_and_branches_are_asked_again(server, client):
    commit = HfApi(endpoint=server.url).model_info("ada/it").sha
    assert "immutable" in client.head(f"{commit}/ten.txt").headers["cache-control"]
    assert client.head("main/ten.txt").headers["cache-control"] == "no-cache"


def test_the_real_client_resumes_a_download(server, tmp_path):
    with (tmp_path / "half").open("wb") as target:
        target.write(LARGE[:1_000_000])
        url = f"{server.url}/ada/it/resolve/v1/model.safetensors"
        http_get(url, target, resume_size=1_000_000, expected_size=len(LARGE))
    assert (tmp_path / "half").read_bytes() == LARGE


@pytest.mark.alone
def test_a_slow_reader_and_a_slow_writer_hold_up_nobody(server):
    stop = threading.Event()
    address = f"{server.url}/ada/it/resolve/main/model.safetensors"

    def read_slowly() -> None:
        with httpx.stream("GET", address) as answer:
            for _ in answer.iter_raw(1024):
                if stop.wait(0.2):
                    return

    def write_slowly() -> None:
        def crumbs() -> Iterator[bytes]:
            while not stop.wait(0.05):
                yield b" "

        headers = {"Authorization": f"Bearer {server.token}"}
        httpx.post(f"{server.url}/api/models/ada/it/commit/main", content=crumbs(), headers=headers, timeout=60)

    threads = [threading.Thread(target=slow) for slow in [read_slowly, write_slowly] * 12]
    try:
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        times = []
        for _ in range(20):
            started = time.perf_counter()
            assert http.get(f"{server.url}/ada/it/resolve/main/ten.txt").content == SMALL
            times.append(time.perf_counter() - started)
        assert sorted(times)[10] < 0.25
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_a_damaged_store_is_explained_and_not_served(server):
    api = HfApi(endpoint=server.url, token=server.token)
    api.upload_file(path_or_fileobj=b"\0" * 999, path_in_repo="doomed.bin", repo_id="ada/it")
    oid = hashlib.sha256(b"\0" * 999).hexdigest()
    place = server.root / "objects" / oid[:2] / oid[2:4] / oid
    place.chmod(0o644)
    place.write_bytes(b"\0" * 998)
    answer = http.get(f"{server.url}/ada/it/resolve/main/doomed.bin")
    assert answer.status_code == 500
    assert "998 bytes instead of 999" in answer.json()["error"]
    place.unlink()
    assert "is missing" in http.get(f"{server.url}/ada/it/resolve/main/doomed.bin").json()["error"]
    api.upload_file(path_or_fileobj=b"\0" * 999, path_in_repo="doomed.bin", repo_id="ada/it")  # pushed again, it heals
    assert http.get(f"{server.url}/ada/it/resolve/main/doomed.bin").content == b"\0" * 999


def test_large_files_pass_through_without_staying_in_memory(server):
    assert server.process is not None
    headers = {"Authorization": f"Bearer {issue_token(server.root, 'bench')}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=60, trust_env=False) as client:
        client.post("/api/repos/create", json={"name": "it"}).raise_for_status()
        rest = read_memory(server.process.pid, "VmHWM")
        oid, size = upload_file(client, 1, 160)
        send_commit(client, iter([("lfsFile", {"path": "160.bin", "algo": "sha256", "oid": oid, "size": size})]))
        assert download_file(client, "160.bin") == size == 160 * 2**20
        assert read_memory(server.process.pid, "VmHWM") - rest < 64
