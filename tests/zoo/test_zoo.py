"""Publishing, checking and loading releases: nothing torn, nothing unproved, every refusal one sentence."""

from __future__ import annotations

import functools
import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import zoo
from tests._support.sampling import Sweep
from zoo import Metric
from zoo.preprocessing import Preprocessing

SUMMARY: dict[str, Any] = {
    "created": "2026-01-01",
    "architecture": "mlp",
    "task": "image-classification",
    "metric": {"name": "accuracy", "value": 0.5, "dataset": "none", "split": "test", "samples": 10},
    "parameters": 1,
    "macs": 1,
}


def make_release(root: Path, **changes: Any) -> zoo.Release:
    torch.manual_seed(0)
    settings: dict[str, Any] = {
        "architecture": "mlp",
        "arguments": {"in_features": 16, "hidden": [4], "num_classes": 3},
        "task": "image-classification",
        "labels": ["a", "b", "c"],
        "preprocessing": Preprocessing("digit", 4, (0.5,), (0.5,)),
        "metrics": [Metric("accuracy", 0.5, "none", "test", 10)],
        "golden_inputs": torch.randn(2, 1, 4, 4),
        "history": [{"epoch": 1, "train_loss": 1.0}],
        "recipe": {
            "command": "python -m training.none", "seed": 0, "precision": "no", "processes": 1, "epochs": 1,
            "minutes": 0.1, "hardware": "none", "python": "3.11", "packages": {"torch": "2"},
            "data": {"name": "none", "digests": {"test": "sha256:0"}},
        },
        "card": "A small network.",
        "dataset": {"name": "none", "title": "None", "licence": "none", "source": "none"},
        "root": root,
    } | changes  # fmt: skip
    model = zoo.create("mlp", **settings["arguments"])
    return zoo.release(model, settings.pop("name", "mlp.none"), **settings)


def publish_note(root: Path, note: str, version: str | None = None) -> str:
    """A release of two small files, as a publisher without torch makes it."""
    return zoo.publish(root, "mlp.none", version, lambda v: {"README.md": note.encode(), "exhibit/a": b"x"}, SUMMARY)


def test_a_release_comes_back_as_it_was_published(tmp_path: Path) -> None:
    release = make_release(tmp_path)
    model = zoo.load("mlp.none", tmp_path)
    from safetensors.torch import load_file

    golden = load_file(release.path / "golden.safetensors")
    assert torch.equal(model(golden["inputs"]), golden["outputs"])
    assert (model.labels, model.release.reference) == (["a", "b", "c"], "mlp.none@v1")
    assert release.parameters == 16 * 4 + 4 + 4 * 3 + 3
    assert release.macs == 16 * 4 + 4 * 3
    assert release.history == [{"epoch": 1.0, "train_loss": 1.0}]
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_versions_count_up_and_never_change(tmp_path: Path) -> None:
    first = make_release(tmp_path)
    assert make_release(tmp_path).reference == "mlp.none@v2"
    with pytest.raises(zoo.VersionTaken, match=r"mlp\.none@v1 is published already"):
        make_release(tmp_path, version="v1")
    assert zoo.describe("mlp.none@v1", tmp_path).digest == first.digest
    assert zoo.describe("mlp.none", tmp_path).versions == ("v1", "v2")


def test_the_sums_can_be_checked_by_hand(tmp_path: Path) -> None:
    release = make_release(tmp_path)
    assert subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=release.path).returncode == 0


@pytest.mark.parametrize("name", ["mlp", "../mlp.none", "MLP.none", "mlp.none/x", "mlp.none@v1", ""])
def test_illegal_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(zoo.ZooError, match="A release is called"):
        make_release(tmp_path, name=name)
    assert zoo.names(tmp_path) == []


@pytest.mark.parametrize("version", ["1", "v0", "v01", "latest", "v1/../v2"])
def test_illegal_versions_are_refused(tmp_path: Path, version: str) -> None:
    with pytest.raises(zoo.ZooError, match="A version is"):
        make_release(tmp_path, version=version)


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda root: zoo.load("mlp.nine", root), r"No release is called 'mlp.nine'; did you mean 'mlp.none'\?"),
        (lambda root: zoo.load("mlp.none@v7", root), r"mlp.none has no version 'v7'; did you mean 'v1'\?"),
        (lambda root: zoo.create("mpl"), r"No architecture is called 'mpl'; did you mean 'mlp'\?"),
        (lambda root: zoo.describe("../../etc/passwd", root), "No release is called"),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest(tmp_path: Path, ask: Callable[[Path], Any], sentence: str) -> None:
    make_release(tmp_path)
    with pytest.raises(zoo.UnknownName, match=sentence):
        ask(tmp_path)


def test_every_flipped_byte_and_every_truncation_is_refused(tmp_path: Path, sweep: Sweep) -> None:
    release = make_release(tmp_path)
    model_size = (release.path / "model.safetensors").stat().st_size
    tried = 0
    for path in sorted(release.path.iterdir()):
        content = path.read_bytes()
        step = 1 if path.name in ("SHA256SUMS", "model.safetensors") else 7
        positions = range(0, len(content), step)
        for position in (positions[i] for i in sweep.choose(len(positions), every=40)):
            for damaged in (
                content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :],
                content[:position],
            ):
                path.write_bytes(damaged)
                with pytest.raises(zoo.DamagedRelease):
                    zoo.verify(release)
                tried += 1
        path.write_bytes(content + b"\0")
        with pytest.raises(zoo.DamagedRelease):
            zoo.verify(release)
        path.write_bytes(content)
    print(f"{tried} damaged releases, all refused")
    assert tried > 2 * (model_size if sweep.whole else len(list(release.path.iterdir())))
    assert zoo.verify(release) > model_size


@pytest.mark.parametrize("file", ["SHA256SUMS", "model.safetensors", "config.json", "golden.safetensors", "README.md"])
def test_a_missing_file_is_named(tmp_path: Path, file: str) -> None:
    release = make_release(tmp_path)
    (release.path / file).unlink()
    with pytest.raises(zoo.DamagedRelease, match=f"incomplete: {file}"):
        zoo.load("mlp.none", tmp_path)


def test_a_superseded_version_that_is_gone_names_its_successor(tmp_path: Path) -> None:
    make_release(tmp_path)
    newest = make_release(tmp_path)
    shutil.rmtree(newest.path.parent / "v1")
    with pytest.raises(zoo.DamagedRelease, match=rf"when v2 superseded it: load {newest.name}@v2\.$"):
        zoo.load(f"{newest.name}@v1", tmp_path)


def test_a_folder_that_the_catalog_does_not_know_is_not_loaded(tmp_path: Path) -> None:
    release = make_release(tmp_path)
    shutil.copytree(release.path, release.path.parent / "v2")
    with pytest.raises(zoo.UnknownName, match="has no version 'v2'"):
        zoo.load("mlp.none@v2", tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2, "releases": {}}', '{"format": 1}', "\x00"])
def test_a_damaged_catalog_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "catalog.json").write_text(text)
    with pytest.raises(zoo.ZooError, match=r"catalog\.json"):
        zoo.names(tmp_path)


def _publish_and_die(step: int, root: Path) -> None:
    """Publish v2 and be killed just before the `step`-th file-system operation."""
    count = 0
    watched = {
        "open",
        "os.rename",
        "os.mkdir",
        "os.remove",
        "os.rmdir",
        "os.listdir",
        "os.scandir",
        "fcntl.flock",
        "fsync",
    }

    def operation(event: str, arguments: object = None) -> None:
        nonlocal count
        if event in watched:
            count += 1
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)

    fsync = os.fsync

    def counted_fsync(descriptor: int) -> None:
        operation("fsync")
        fsync(descriptor)

    os.fsync = counted_fsync  # type: ignore[assignment]
    sys.addaudithook(operation)
    publish_note(root, "new", "v2")
    os._exit(0)


def test_a_publisher_killed_at_any_step_leaves_the_old_state_or_the_new(tmp_path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    survived, states = 0, set()
    for step in range(1, 200):
        root = tmp_path / str(step)
        publish_note(root, "old")
        process = fork.Process(target=_publish_and_die, args=(step, root))
        process.start()
        process.join()
        newest = zoo.describe("mlp.none", root)
        zoo.verify(newest)
        zoo.verify(zoo.describe("mlp.none@v1", root))
        assert newest.card == {"v1": "old", "v2": "new"}[newest.version]
        states.add(newest.version)
        if newest.version == "v1":
            assert publish_note(root, "new") == "v2"
        folder = root / "releases" / "mlp.none"
        assert sorted(path.name for path in folder.iterdir()) == ["v1", "v2"]
        survived += 1
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
    print(f"killed at each of {survived - 1} file-system steps: 0 torn states")
    assert process.exitcode == 0
    assert survived > 20
    assert states == {"v1", "v2"}


def _publish_at_once(root: Path, note: str, start: Any, results: Any) -> None:
    start.wait()
    try:
        results.put((note, publish_note(root, note, "v1")))
    except zoo.VersionTaken:
        results.put((note, None))


def test_of_eight_publishers_of_one_version_exactly_one_wins(tmp_path: Path, sweep: Sweep) -> None:
    fork = multiprocessing.get_context("fork")
    for round_ in sweep.choose(10, 10):
        root, start, results = tmp_path / str(round_), fork.Event(), fork.Queue()
        publishers = [fork.Process(target=_publish_at_once, args=(root, str(i), start, results)) for i in range(8)]
        for publisher in publishers:
            publisher.start()
        start.set()
        outcomes = [results.get(timeout=60) for _ in publishers]
        for publisher in publishers:
            publisher.join()
        winners = [note for note, version in outcomes if version]
        assert len(winners) == 1
        assert zoo.describe("mlp.none", root).card == winners[0]


def run_zoo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "zoo", *arguments], capture_output=True, text=True, timeout=120)


def test_the_command_line_lists_shows_and_verifies(tmp_path: Path) -> None:
    release = make_release(tmp_path)
    root = ("--root", str(tmp_path))
    [row] = json.loads(run_zoo(*root, "list", "--json").stdout)
    assert (row["reference"], row["parameters"], row["metric"]["samples"]) == ("mlp.none@v1", 83, 10)
    assert "mlp.none@v1" in run_zoo(*root, "list").stdout
    shown = json.loads(run_zoo(*root, "show", "mlp.none", "--json").stdout)
    assert shown["config"]["recipe"]["command"] == "python -m training.none"
    assert "A small network." in run_zoo(*root, "show", "mlp.none@v1").stdout
    [verified] = json.loads(run_zoo(*root, "verify", "--json").stdout)
    assert verified["ok"]

    (release.path / "model.safetensors").write_bytes(b"")
    damaged = run_zoo(*root, "verify")
    assert damaged.returncode == 1
    assert "model.safetensors is not the file that was published" in damaged.stdout
    unknown = run_zoo(*root, "show", "mpl.none")
    assert (unknown.returncode, unknown.stderr.strip()) == (
        1, "No release is called 'mpl.none'; did you mean 'mlp.none'?",
    )  # fmt: skip


def test_the_environment_names_another_zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = zoo.names()
    make_release(tmp_path / "first")
    make_release(tmp_path / "second", name="lenet.none")
    for folder, names in (("first", ["mlp.none"]), ("second", ["lenet.none"]), ("absent", [])):
        monkeypatch.setenv("TENWEEKS_ZOO", str(tmp_path / folder))
        assert zoo.folder() == tmp_path / folder
        assert zoo.names() == names
        assert zoo.names(tmp_path / "first") == ["mlp.none"]
    monkeypatch.setenv("TENWEEKS_ZOO", "")
    assert zoo.folder() == Path(zoo.__file__).parent
    assert zoo.names() == own


def test_every_public_name_is_described() -> None:
    assert zoo.__doc__ is not None
    described = set(re.findall(r"[A-Za-z_]+", zoo.__doc__))
    assert set(zoo.__all__) <= described
    assert sorted(zoo.__all__) == sorted(
        name
        for name, value in vars(zoo).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    )


@functools.cache
def list_everything() -> list[str]:
    return zoo.names()


def test_the_zoo_stays_small() -> None:
    assert sum(zoo.describe(name).bytes for name in list_everything()) < 120e6
