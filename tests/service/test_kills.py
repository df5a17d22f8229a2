"""SIGKILL at the file-system steps of a push, steps counted: of the server's, and of the publisher's.

`make sweep` kills at every step, `make test` at the first, the last and some between.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import shutil
import struct
import subprocess
import sys
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import zoo
from tests._support.sampling import Sweep
from tests._support.service import Service, find_free_port, run_service
from tests.zoo.test_zoo import make_release
from zoo.service import issue_token

PROJECT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.skipif(shutil.which("cc") is None, reason="counting a process's steps takes a C compiler"),
    pytest.mark.timeout(1500),
]


class Forks:
    """tests/_support/forks.py under tests/_support/dying.c."""

    def __init__(self, folder: Path):
        library = folder / "dying.so"
        source = PROJECT / "tests" / "_support" / "dying.c"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source, "-ldl"], check=True)
        self.shared = folder / "shared"
        self.arm(0)
        kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
        self.log = (folder / "forks.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests._support.forks"],
            cwd=PROJECT,
            env=kept | {
                "LD_PRELOAD": str(library), "TENWEEKS_DYING": str(self.shared), "HF_HUB_DISABLE_XET": "1",
                "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
            },
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True,
        )  # fmt: skip

    def arm(self, step: int) -> None:
        """The next children die before this step; 0 lets them live."""
        with self.shared.open("r+b" if self.shared.exists() else "wb") as handle:
            handle.write(struct.pack("qq", step, 0))

    def steps(self) -> int:
        return int(struct.unpack("qq", self.shared.read_bytes())[1])

    def ask(self, *question: Any) -> int:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(20)
        self.log.close()


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    made = Forks(tmp_path_factory.mktemp("forks"))
    yield made
    made.close()


@contextlib.contextmanager
def serve_fork(forks: Forks, root: Path) -> Iterator[tuple[str, int]]:
    """Address and process of a forked server, which answers or has died."""
    port = find_free_port()
    server = Service(root, port)
    pid = forks.ask("serve", str(root), port)
    deadline = time.monotonic() + 30
    while not server.answers() and is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        yield server.url, pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)
        forks.ask("wait", pid)


def is_alive(pid: int) -> bool:
    return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants
    from huggingface_hub.utils import _http

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    # A killed server does not come back while its client waits, so the client, and it alone, need not wait.
    impatient = types.SimpleNamespace(**vars(time) | {"sleep": lambda seconds: None})
    monkeypatch.setattr(_http, "time", impatient)


FIRST = {"README.md": b"---\nlicense: mit\n---\nfirst", "model.safetensors": b"1" * 30_000, "old.csv": b"a,b\n"}
SECOND = {
    "README.md": b"---\nlicense: mit\n---\nsecond",
    "model.safetensors": b"2" * 30_000,
    "exhibit/new.csv": b"c,d\n",
}


def push(url: str, token: str, version: str, files: dict[str, bytes]) -> None:
    from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, HfApi

    api = HfApi(endpoint=url, token=token)
    api.create_repo("ada/small", exist_ok=True)
    there = set(api.list_repo_files("ada/small")) - {".gitattributes"}
    operations: list[CommitOperationAdd | CommitOperationCopy | CommitOperationDelete] = [
        *(CommitOperationAdd(path, content) for path, content in files.items()),
        *(CommitOperationDelete(path) for path in there - files.keys()),
    ]
    commit = api.create_commit("ada/small", operations, commit_message=version)
    api.create_tag("ada/small", tag=version, revision=commit.oid)


def read_back(url: str, version: str, files: dict[str, bytes], folder: Path) -> bool:
    """Whether the version exists; if it does, it is whole."""
    from huggingface_hub import HfApi

    api = HfApi(endpoint=url, token=False)
    if version not in {tag.name for tag in api.list_repo_refs("ada/small").tags}:
        return False
    assert set(api.list_repo_files("ada/small", revision=version)) - {".gitattributes"} == set(files)
    for path, content in files.items():
        got = api.hf_hub_download("ada/small", path, revision=version, cache_dir=folder)
        assert Path(got).read_bytes() == content
    return True


def assert_sound(root: Path) -> None:
    """git finds nothing wrong, and every large file is what its name says."""
    for repository in (root / "models").glob("*/*.git"):
        checked = subprocess.run(["git", "fsck", "--full", "--strict"], cwd=repository, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        assert "error" not in checked.stderr + checked.stdout
    for path in (root / "objects").rglob("*"):
        if path.is_file():
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name


def steps_to_kill_at(sweep: Sweep, last: int) -> Iterator[int]:
    """Of a push that took `last` steps: those that the sweep chooses, then one after the other until one survives."""
    return itertools.chain((step + 1 for step in sweep.choose(last - 1, every=20)), itertools.count(last))


def steps_when_done(forks: Forks) -> int:
    """The steps of the last child, when it takes no more: some of its work follows the answer."""
    taken = -1
    while taken != (taken := forks.steps()):
        time.sleep(0.3)
    return taken


def test_a_server_killed_at_any_step_of_a_push_tears_nothing(
    forks: Forks, tmp_path: Path, online: None, sweep: Sweep
) -> None:
    template = tmp_path / "template"
    token = issue_token(template, "ada")
    forks.arm(0)
    with serve_fork(forks, template) as (url, _):
        push(url, token, "v1", FIRST)
    shutil.copytree(template, tmp_path / "unharmed")
    forks.arm(0)
    with serve_fork(forks, tmp_path / "unharmed") as (url, _):
        push(url, token, "v2", SECOND)
        last = steps_when_done(forks)
    killed = 0
    for step in steps_to_kill_at(sweep, last):
        root = tmp_path / f"step{step}"
        shutil.copytree(template, root)
        forks.arm(step)
        with serve_fork(forks, root) as (url, pid):
            with contextlib.suppress(Exception):
                push(url, token, "v2", SECOND)
            survived = steps_when_done(forks) < step
            assert survived <= is_alive(pid)
        if survived:
            break
        killed += 1
        forks.arm(0)
        with serve_fork(forks, root) as (url, _):
            assert_sound(root)
            assert read_back(url, "v1", FIRST, tmp_path / "cache")
            if not read_back(url, "v2", SECOND, tmp_path / "cache"):
                push(url, token, "v2", SECOND)
            assert read_back(url, "v2", SECOND, tmp_path / "cache")
            assert_sound(root)
        assert not [path for path in root.rglob("*.lock") if "refs" in path.parts]
        shutil.rmtree(root)
        shutil.rmtree(tmp_path / "cache")
    assert survived
    print(f"server killed at {killed} of {last} file-system steps of its start and a push: 0 torn states")
    assert last > 30


def test_a_publisher_killed_at_any_step_of_a_push_tears_nothing(
    forks: Forks, tmp_path: Path, online: None, sweep: Sweep
) -> None:
    killed = 0
    with run_service(tmp_path / "service") as service:

        def push_as_child(root: Path, name: str) -> int:
            environment = {
                "HF_ENDPOINT": service.url, "HF_TOKEN": service.token, "TMPDIR": str(root),
                "HF_HUB_CACHE": str(root / "cache"),
            }  # fmt: skip
            return forks.ask("wait", forks.ask("push", str(root), name, "ada", environment))

        make_release(tmp_path / "unharmed", name="mlp.step0")
        forks.arm(0)
        assert push_as_child(tmp_path / "unharmed", "mlp.step0") == 0
        last = forks.steps()
        for step in steps_to_kill_at(sweep, last):
            root, name = tmp_path / f"step{step}", f"mlp.step{step}"
            make_release(root, name=name)
            before = zoo.describe(name, root)
            forks.arm(step)
            status = push_as_child(root, name)
            if status == 0:
                assert forks.steps() < step
                break
            assert status == -9
            killed += 1
            after = zoo.describe(name, root)
            assert after.digest == before.digest
            assert zoo.verify(after) > 0
            forks.arm(0)
            assert push_as_child(root, name) == 0
            pin = zoo.describe(name, root).hub
            assert pin is not None
            if after.hub is not None:
                assert after.hub == pin
            shutil.rmtree(root)
    assert status == 0
    assert_sound(service.root)
    print(f"publisher killed at {killed} of {last} file-system steps of a push: 0 torn states")
    assert last > 10
