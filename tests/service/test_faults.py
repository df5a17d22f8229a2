"""Kills, races, replicas: the store always holds the old state or the new one, and the next push succeeds."""

from __future__ import annotations

import asyncio
import base64
import concurrent.futures
import contextlib
import errno
import hashlib
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pygit2
import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub import errors as hub
from starlette.testclient import TestClient

from tests._support.service import Service, http, run_service
from zoo.service import application, issue_token
from zoo.service.disk import create_incoming_file, create_incoming_folder, remove_tree, sweep_incoming
from zoo.service.git.store import NameTaken, Store
from zoo.service.git.trees import Large
from zoo.service.names import RepoId
from zoo.service.refusals import Refusal


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_service(tmp_path_factory.mktemp("faults") / "root") as service:
        yield service


@pytest.fixture
def api(server: Service) -> HfApi:
    return HfApi(endpoint=server.url, token=server.token)


def check_git(server: Service, repo: str) -> None:
    place = server.root / "models" / f"{repo}.git"
    done = subprocess.run(
        ["git", "-C", place, "fsck", "--full", "--strict", "--no-dangling"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_of_two_commits_onto_one_parent_one_is_refused_because_the_branch_moved(api, server):
    repo = api.create_repo("ada/race").repo_id
    for _ in range(10):
        parent = api.model_info(repo).sha
        start = threading.Barrier(4)

        def push(number: int, parent: str | None = parent, start: threading.Barrier = start) -> str:
            start.wait()
            add = CommitOperationAdd("who.txt", f"{parent} {number}".encode())
            try:
                return api.create_commit(repo, [add], commit_message="race", parent_commit=parent).oid
            except hub.HfHubHTTPError as error:
                return str(error.response.status_code)

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            results = list(pool.map(push, range(4)))
        assert results.count("412") == 3
        assert api.model_info(repo).sha in results
    assert len(api.list_repo_commits(repo)) == 11
    check_git(server, repo)


def test_without_a_parent_every_racing_commit_lands(api, server):
    repo = api.create_repo("ada/all").repo_id

    def push(number: int) -> str:
        return api.create_commit(repo, [CommitOperationAdd(f"{number}.txt", b"x")], commit_message=f"{number}").oid

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = set(pool.map(push, range(24)))
    assert len(results) == 24
    assert {f"{number}.txt" for number in range(24)} <= set(api.list_repo_files(repo))
    check_git(server, repo)


def test_of_many_who_create_and_tag_one_wins(api):
    def attempt(action: str) -> bool:
        with contextlib.suppress(hub.HfHubHTTPError):
            if action == "create":
                api.create_repo("ada/once")
            else:
                api.create_tag("ada/once", tag="v1")
            return True
        return False

    for action in ("create", "tag"):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(attempt, [action] * 8)) == 1


def test_two_servers_over_one_root_agree(api, server):
    repo = api.create_repo("ada/replicas").repo_id
    second = Service(server.root, token=server.token)
    try:
        second.start()
        other = HfApi(endpoint=second.url, token=server.token)

        def push(number: int) -> None:
            who = (api, other)[number % 2]
            large = CommitOperationAdd(f"{number}.bin", os.urandom(20_000))
            who.create_commit(repo, [large], commit_message="replica")
            who.create_tag(repo, tag=f"v{number}")

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(push, range(12)))
        assert api.list_repo_refs(repo) == other.list_repo_refs(repo)
        assert len(api.list_repo_refs(repo).tags) == 12
        assert api.list_repo_files(repo) == other.list_repo_files(repo)
        assert {model.id: model.sha for model in other.list_models()} == {m.id: m.sha for m in api.list_models()}
        assert {model.id: model.sha for model in other.list_models()}[repo] == api.model_info(repo).sha
    finally:
        second.stop()
    check_git(server, repo)


def test_killed_in_the_midst_of_an_upload(api, server):
    repo = api.create_repo("ada/upload-killed").repo_id
    content = os.urandom(3 * 2**20)
    oid = hashlib.sha256(content).hexdigest()
    headers = {"Authorization": f"Bearer {server.token}"}
    body = {"operation": "upload", "objects": [{"oid": oid, "size": len(content)}]}
    batch = http.post(f"{server.url}/{repo}.git/info/lfs/objects/batch", json=body, headers=headers).json()
    parts = urlsplit(batch["objects"][0]["actions"]["upload"]["href"])
    with socket.create_connection(("127.0.0.1", server.port), 10) as line:
        head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\n\r\n"
        line.sendall(head.encode() + content[: 2 * 2**20])
        deadline = time.monotonic() + 10
        while not any(path.stat().st_size for path in (server.root / "incoming").iterdir()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        server.kill()
    left = list((server.root / "incoming").iterdir())
    assert len(left) == 1
    os.utime(left[0], (1, 1))
    server.start()
    assert not left[0].exists()
    assert not list((server.root / "objects").glob(f"??/??/{oid}"))
    api.upload_file(path_or_fileobj=content, path_in_repo="model.bin", repo_id=repo)
    assert http.get(f"{server.url}/{repo}/resolve/main/model.bin").content == content
    check_git(server, repo)


def test_killed_at_any_moment_of_a_commit(api, server):
    repo = api.create_repo("ada/commit-killed").repo_id
    address = f"{server.url}/api/models/{repo}/commit/main"
    headers = {"Authorization": f"Bearer {server.token}"}

    def contents() -> dict[str, str]:
        return {entry.path: entry.blob_id for entry in api.list_repo_tree(repo)}

    for number, seconds in enumerate((0.005, 0.02, 0.05, 0.1)):
        files = {f"{n}.txt": b"%d %d" % (number, n) for n in range(40)}
        rows = [{"key": "header", "value": {"summary": f"push {number}"}}] + [
            {"key": "file", "value": {"path": path, "content": base64.b64encode(content).decode()}}
            for path, content in files.items()
        ]
        body = "\n".join(map(json.dumps, rows)).encode()
        before = contents()
        wanted = before | {path: hashlib.sha1(b"blob %d\0" % len(c) + c).hexdigest() for path, c in files.items()}
        killer = threading.Timer(seconds, server.kill)
        killer.start()
        with contextlib.suppress(httpx.HTTPError):
            http.post(address, content=body, headers=headers)
        killer.join()
        server.start()
        assert contents() in (before, wanted)
        check_git(server, repo)
        assert http.post(address, content=body, headers=headers).status_code == 200
        assert contents() == wanted
        check_git(server, repo)


def test_what_a_dead_git_left_does_not_block_the_next_push(api, server):
    repo = api.create_repo("ada/stale").repo_id
    place = server.root / "models" / f"{repo}.git"
    for lock in ("refs/heads/main.lock", "refs/tags/v1.lock", "packed-refs.lock"):
        (place / lock).write_text("half a")
    api.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id=repo)
    api.create_tag(repo, tag="v1")
    (place / "refs/tags/v1.lock").touch()
    api.delete_tag(repo, tag="v1")
    assert not list(place.rglob("*.lock")) or [path.name for path in place.rglob("*.lock")] == ["service.lock"]


def test_references_that_git_packed_are_the_same(api, server):
    repo = api.create_repo("ada/packed").repo_id
    api.create_tag(repo, tag="v1")
    api.create_tag(repo, tag="a/b", tag_message="annotated")
    before = api.list_repo_refs(repo)
    place = server.root / "models" / f"{repo}.git"
    for command in (["pack-refs", "--all"], ["gc", "--quiet"]):
        subprocess.run(["git", "-C", place, *command], check=True)
    assert not (place / "refs/tags/v1").exists()
    assert api.list_repo_refs(repo) == before
    for taken, status in (("v1", 409), ("a", 400), ("v1/x", 400)):
        with pytest.raises(hub.HfHubHTTPError) as caught:
            api.create_tag(repo, tag=taken)
        assert caught.value.response.status_code == status
    api.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id=repo)
    api.delete_tag(repo, tag="v1")
    assert [tag.name for tag in api.list_repo_refs(repo).tags] == ["a/b"]
    check_git(server, repo)


def test_a_repository_deleted_while_another_waits_to_write_is_gone(tmp_path):
    store = Store(tmp_path)
    repo = RepoId("model", "ada", "it")
    store.create(repo, {"a": b"b"}, "ada")
    waiting = threading.Event()
    refused = []

    def write() -> None:
        waiting.set()
        try:
            with store.open_for_writing(repo):
                pytest.fail("wrote into a deleted repository")
        except Refusal as refusal:
            refused.append(refusal.code)

    thread = threading.Thread(target=write)
    with store.open_for_writing(repo):
        thread.start()
        waiting.wait()
        time.sleep(0.1)
        remove_tree(tmp_path, store.path(repo))
    thread.join()
    assert refused == ["RepoNotFound"]


def test_only_what_nobody_holds_is_swept(tmp_path):
    with create_incoming_file(tmp_path) as (mine, _descriptor), create_incoming_folder(tmp_path) as folder:
        dead = tmp_path / "incoming" / "dead"
        dead.mkdir()
        (dead / "x").touch()
        young = tmp_path / "incoming" / "young"
        young.touch()
        for path in (mine, folder, dead):
            os.utime(path, (1, 1))
        sweep_incoming(tmp_path)
        assert sorted((tmp_path / "incoming").iterdir()) == sorted([mine, folder, young])


def test_a_refused_commit_leaves_no_object(api, server):
    repo = api.create_repo("ada/refused").repo_id
    place = server.root / "models" / f"{repo}.git"
    before = sorted(place.rglob("*"))
    adds = [CommitOperationAdd("x.txt", b"x"), CommitOperationAdd("y.txt", b"y")]
    with pytest.raises(hub.HfHubHTTPError, match="412"):
        api.create_commit(repo, adds, commit_message="late", parent_commit="0" * 40)
    assert sorted(place.rglob("*")) == before


@pytest.mark.parametrize(("tag", "status"), [("v1", 409), ("v1/x", 400), ("main", 400)])
def test_a_refused_tag_leaves_no_object(tmp_path, monkeypatch, tag, status):
    app = application(tmp_path)
    store, repo = app.state.service.store, RepoId("model", "ada", "it")
    store.create(repo, {"a": b"b"}, "ada")
    client = TestClient(app, headers={"Authorization": f"Bearer {issue_token(tmp_path, 'ada')}"})
    address = "/api/models/ada/it/tag/main"
    assert client.post(address, json={"tag": "v1", "message": "first"}).status_code == 200
    before = sorted(store.path(repo).rglob("*"))
    # A tag's object holds the time, so that the same request makes another object a second later.
    monkeypatch.setattr("zoo.service.git.database.time.time", lambda: 2_000_000_000.0)
    assert client.post(address, json={"tag": tag, "message": "second"}).status_code == status
    assert sorted(store.path(repo).rglob("*")) == before


def test_tokens_of_two_processes_count_for_both(server, api):
    fresh = HfApi(endpoint=server.url, token=issue_token(Path(server.root), "bob"))
    assert fresh.create_repo("bob/new").repo_id == "bob/new"
    assert api.whoami()["name"] == "ada"


def test_a_repository_made_anew_while_another_waits_to_write_is_written(tmp_path):
    store = Store(tmp_path)
    repo = RepoId("model", "ada", "it")
    store.create(repo, {"a": b"b"}, "ada")
    written = []

    def write() -> None:
        with store.open_for_writing(repo) as git:
            written.append(str(git.references["refs/heads/main"].target))

    thread = threading.Thread(target=write)
    with store.open_for_writing(repo):
        thread.start()
        time.sleep(0.1)
        remove_tree(tmp_path, store.path(repo))
        store.create(repo, {"a": b"new"}, "ada")
    thread.join()
    assert written == [str(store.open(repo).references["refs/heads/main"].target)]


@pytest.mark.parametrize("error", [KeyError("object not found"), pygit2.GitError("odb"), FileNotFoundError("pack")])
def test_a_repository_deleted_while_it_is_read_is_not_found(tmp_path, monkeypatch, error):
    app = application(tmp_path)
    store = app.state.service.store
    repo = RepoId("model", "ada", "it")
    store.create(repo, {"a": b"b"}, "ada")
    client = TestClient(app, raise_server_exceptions=False)

    def resolve(git: object, revision: str) -> None:
        if gone:
            store.delete(repo)
        raise error

    monkeypatch.setattr("zoo.service.routes.repos.resolve_revision", resolve)
    for gone, status in ((False, 500), (True, 404)):
        answer = client.get("/api/models/ada/it")
        assert answer.status_code == status
        assert ("x-error-code" in answer.headers) == gone


def test_who_goes_away_before_the_first_byte_leaves_no_open_file(tmp_path):
    app = application(tmp_path)
    host = app.state.service
    content = bytes(3 * 2**20)
    oid = hashlib.sha256(content).hexdigest()
    with host.objects.receive(oid, len(content)) as upload:
        upload.write(content)
        upload.finish()
    host.store.create(RepoId("model", "ada", "it"), {"m.bin": Large(oid, len(content)).pointer}, "ada")
    path = "/ada/it/resolve/main/m.bin"
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"spec_version": "2.3"}, "method": "GET", "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": [], "scheme": "http", "http_version": "1.1", "server": ("x", 1), "client": None,
    }  # fmt: skip

    async def gone() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        await asyncio.sleep(0.01)  # within which the client is found to have gone

    async def leave() -> int:
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(20):
            await app(dict(scope), gone, send)
        return len(list(Path("/proc/self/fd").iterdir())) - before

    assert asyncio.run(leave()) <= 2


def test_a_full_disk_is_explained_and_nothing_is_kept(tmp_path, monkeypatch):
    app = application(tmp_path)
    client = TestClient(app)
    headers = {"Authorization": f"Bearer {issue_token(tmp_path, 'ada')}"}
    app.state.service.store.create(RepoId("model", "ada", "it"), {"a": b"b"}, "ada")

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("zoo.service.bodies.write_all", full)
    answer = client.post("/api/models/ada/it/commit/main", content=b"{}", headers=headers)
    assert (answer.status_code, "full" in answer.json()["error"]) == (507, True)
    assert not list((tmp_path / "incoming").iterdir())


def test_of_many_who_create_one_name_in_different_letters_one_wins(tmp_path):
    store = Store(tmp_path)
    names = ["lenet", "Lenet", "leNet", "LENET", "LeNeT", "lENET"]
    start = threading.Barrier(len(names))

    def create(name: str) -> bool:
        start.wait()
        with contextlib.suppress(NameTaken):
            store.create(RepoId("model", "ada", name), {"a": b"b"}, "ada")
            return True
        return False

    with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        assert sum(pool.map(create, names)) == 1
    assert len(list((tmp_path / "models" / "ada").iterdir())) == 1
    assert not list((tmp_path / "incoming").iterdir())
