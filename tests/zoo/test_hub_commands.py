"""Releases on a Hub from the shell: whole commands in processes of their own, which know nothing but the address."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import zoo
from tests._support.hub import PROJECT, make_environment, run_command
from tests._support.sampling import Sweep
from tests._support.service import Service, run_service
from zoo.service import issue_token


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_service(tmp_path_factory.mktemp("service") / "root") as started:
        yield started


@pytest.fixture
def own_service(tmp_path: Path) -> Iterator[Service]:
    """One that a test may kill and tamper with."""
    with run_service(tmp_path / "service") as started:
        yield started


def copy_releases(root: Path, names: set[str]) -> None:
    """Put these of the repository's releases, and no others, into the zoo at `root`."""
    for name in names:
        shutil.copytree(zoo.folder() / "releases" / name, root / "releases" / name)
    catalog = json.loads((zoo.folder() / "catalog.json").read_text())
    catalog["releases"] = {name: entry for name, entry in catalog["releases"].items() if name in names}
    (root / "catalog.json").write_text(json.dumps(catalog))


@pytest.mark.timeout(600)  # every command is a process of its own, and every release goes the whole way
def test_the_whole_way_with_the_real_command_line(tmp_path: Path, own_service: Service, sweep: Sweep) -> None:
    """Push releases, list, pull by tag and by commit into an empty cache, load from there; restart between.

    `make sweep` takes every carried release this way; otherwise it is two small ones and one that the commit chooses.
    """
    service = own_service
    root, home = tmp_path / "zoo", tmp_path / "home"
    carried = zoo.names()
    copy_releases(
        root, {"lenet.mnist", "mlp.mnist", *(carried if sweep.whole else [carried[sweep.shift % len(carried)]])}
    )
    env = make_environment(service, home)
    program = [sys.executable, "-m", "zoo", "--root", str(root)]
    pushed = run_command([*program, "push", "--namespace", "ada"], env)
    assert pushed.stdout.count("pushed to ada/") == len(zoo.names(root))
    assert service.token not in pushed.stdout + pushed.stderr
    service.kill()
    refusal = run_command([*program, "list", "--remote"], env, code=1).stderr
    assert "does not answer" in refusal
    assert "Traceback" not in refusal
    service.restart()
    rows = json.loads(run_command([*program, "list", "--remote", "--json"], env).stdout)
    assert {(row["name"], row["state"]) for row in rows} == {(name, "pinned") for name in zoo.names(root)}
    assert (
        "is already in ada/lenet.mnist"
        in run_command([*program, "push", "lenet.mnist", "--namespace", "ada"], env).stdout
    )
    assert run_command([*program, "verify", "--remote"], env).stdout.count("bytes verified") == len(rows)

    hf = str(Path(sys.executable).with_name("hf"))
    lenet = zoo.describe("lenet.mnist", root)
    assert lenet.hub is not None
    for index, revision in enumerate((lenet.version, lenet.hub.commit)):
        other = make_environment(service, tmp_path / f"home{index}", token="")
        run_command([hf, "download", "ada/lenet.mnist", "--revision", revision, "--quiet"], other)
        shutil.rmtree(root / "releases" / "lenet.mnist", ignore_errors=True)
        run_command([sys.executable, "-c", LOAD, str(root), "lenet.mnist"], other | {"HF_HUB_OFFLINE": "1"})
    shutil.rmtree(root / "releases")
    run_command(
        [sys.executable, "-c", LOAD, str(root), *zoo.names(root)], make_environment(service, tmp_path / "fresh")
    )

    service.stop()
    for blob in (service.root / "objects").rglob("*"):
        if blob.is_file():
            blob.chmod(0o600)
            blob.write_bytes(blob.read_bytes()[:-1] + b"\xff")
    service.restart()
    refused = run_command(
        [sys.executable, "-c", LOAD, str(root), "mlp.mnist"], make_environment(service, tmp_path / "last"), code=1
    )
    assert f"DamagedRelease: {zoo.describe('mlp.mnist').reference} is damaged" in refused.stderr
    assert "in ada/mlp.mnist at" in refused.stderr
    spoilt = run_command([*program, "verify", "--remote", "mlp.mnist"], env, code=1).stdout
    assert "answers with another" in spoilt


LOAD = """
import sys
from pathlib import Path
import torch, zoo
from safetensors.torch import load
root = Path(sys.argv[1])
for name in sys.argv[2:]:
    model = zoo.load(name, root)
    golden = load(zoo.read_file(model.release, "golden.safetensors"))
    with torch.inference_mode():
        torch.testing.assert_close(model(golden["inputs"]), golden["outputs"], rtol=1e-3, atol=1e-3)
"""


def test_of_eight_publishers_at_once_exactly_one_wins_and_the_others_are_refused(sweep: Sweep) -> None:
    rounds = 10 if sweep.whole else 2
    done = run_command([sys.executable, "-m", "benchmarks.race", "--rounds", str(rounds)], dict(os.environ))
    assert f"{rounds} of {rounds} rounds with 8 publishers had exactly one winner" in done.stdout


def test_the_snippet_of_the_readme_runs_without_this_project(tmp_path: Path, service: Service) -> None:
    text = (PROJECT / "README.md").read_text()
    [snippet] = [code for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "safetensors" in code]
    namespace = re.search(r'"([\w-]+)/lenet\.mnist"', snippet)
    assert namespace
    token = issue_token(service.root, namespace[1])
    root = tmp_path / "zoo"
    copy_releases(root, {"lenet.mnist"})
    env = make_environment(service, tmp_path / "home", token)
    program = [sys.executable, "-m", "zoo", "--root", str(root)]
    run_command([*program, "push", "lenet.mnist", "--namespace", namespace[1]], env)
    (tmp_path / "snippet.py").write_text(snippet)
    run_command([sys.executable, "snippet.py"], make_environment(service, tmp_path / "empty", ""), cwd=tmp_path)
