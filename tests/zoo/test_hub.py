"""Releases on a Hub: pushed, pulled, pinned and proved, with huggingface_hub against the project's own service."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import zoo
from tests._support.hub import go_offline, go_online, use_hub
from tests._support.sampling import Sweep
from tests._support.service import Service, run_service
from tests.zoo.test_zoo import make_release
from zoo.service import issue_token


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_service(tmp_path_factory.mktemp("service") / "root") as started:
        yield started


@pytest.fixture
def cache(tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the Hub, online, with the token of ada."""
    return use_hub(service, tmp_path / "cache", monkeypatch)


def drop_folder(release: zoo.Release) -> None:
    """What superseding a version does: the folder leaves the tree, the catalog keeps the entry and the pin."""
    shutil.rmtree(release.path)


def make_named(name: str, root: Path) -> zoo.Release:
    """A small release under a name of its own, since the module shares one service."""
    return make_release(root, name=name)


def test_a_pushed_release_is_one_commit_a_tag_on_it_and_a_pin(tmp_path: Path, cache: Path) -> None:
    from huggingface_hub import HfApi

    release = make_named("mlp.push", tmp_path)
    done = zoo.push("mlp.push", "ada", tmp_path)
    assert (done.reference, done.hub.repo, done.new) == ("mlp.push@v1", "ada/mlp.push", True)
    api = HfApi(endpoint=os.environ["HF_ENDPOINT"])
    refs = api.list_repo_refs("ada/mlp.push")
    assert {tag.name: tag.target_commit for tag in refs.tags} == {"v1": done.hub.commit}
    assert refs.branches[0].target_commit == done.hub.commit
    there = set(api.list_repo_files("ada/mlp.push", revision="v1")) - {".gitattributes"}
    assert there == {str(path.relative_to(release.path)) for path in release.path.rglob("*") if path.is_file()}
    titles = [commit.title for commit in api.list_repo_commits("ada/mlp.push")]
    assert titles[0] == "mlp.push@v1"
    assert titles.count("mlp.push@v1") == 1
    assert zoo.describe("mlp.push", tmp_path).hub == done.hub


def test_the_same_version_again_changes_nothing_and_other_bytes_are_refused(tmp_path: Path, cache: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    make_named("mlp.again", first)
    make_release(second, name="mlp.again", card="Another network.")
    done = zoo.push("mlp.again", "ada", first)
    again = zoo.push("mlp.again", "ada", first)
    assert (again.hub, again.new) == (done.hub, False)
    with pytest.raises(zoo.VersionTaken, match=r"ada/mlp\.again has another v1 already"):
        zoo.push("mlp.again", "ada", second)
    assert zoo.verify_remote("mlp.again", first) > 0
    assert zoo.describe("mlp.again", second).hub is None


def test_a_next_version_replaces_the_files_and_leaves_the_old_one_whole(tmp_path: Path, cache: Path) -> None:
    first = make_release(tmp_path, name="mlp.next", exhibit={"old.csv": b"1"})
    zoo.push("mlp.next@v1", "ada", tmp_path)
    make_release(tmp_path, name="mlp.next", card="Better.")
    zoo.push("mlp.next", "ada", tmp_path)
    from huggingface_hub import HfApi

    api = HfApi(endpoint=os.environ["HF_ENDPOINT"])
    assert "exhibit/old.csv" in api.list_repo_files("ada/mlp.next", revision="v1")
    assert "exhibit/old.csv" not in api.list_repo_files("ada/mlp.next", revision="v2")
    states = {row.version: row.state for row in zoo.remote("ada", tmp_path) if row.name == "mlp.next"}
    assert states == {"v1": "pinned", "v2": "pinned"}
    drop_folder(first)
    assert zoo.load("mlp.next@v1", tmp_path).release.version == "v1"


def test_a_push_that_died_before_its_tag_is_finished_by_the_same_push(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import HfApi

    make_named("mlp.died", tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(HfApi, "create_tag", lambda *args, **kwargs: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            zoo.push("mlp.died", "ada", tmp_path)
    assert zoo.describe("mlp.died", tmp_path).hub is None
    api = HfApi(endpoint=os.environ["HF_ENDPOINT"])
    head = api.model_info("ada/mlp.died").sha
    assert zoo.push("mlp.died", "ada", tmp_path).hub.commit == head


def test_what_another_left_untagged_is_overtaken_after_a_while(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import HfApi

    monkeypatch.setattr("zoo._hub.push.PATIENCE_SECONDS", 0.3)
    first, second = tmp_path / "first", tmp_path / "second"
    make_named("mlp.left", first)
    make_release(second, name="mlp.left", card="Another network.")
    with monkeypatch.context() as patch:
        patch.setattr(HfApi, "create_tag", lambda *args, **kwargs: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            zoo.push("mlp.left", "ada", first)
    done = zoo.push("mlp.left", "ada", second)
    assert done.new
    with pytest.raises(zoo.VersionTaken):
        zoo.push("mlp.left", "ada", first)
    assert zoo.verify_remote("mlp.left", second) > 0


def test_a_dropped_version_loads_from_the_hub_and_then_without_a_network(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = make_named("mlp.far", tmp_path)
    golden = load_file(release.path / "golden.safetensors")
    zoo.push("mlp.far", "ada", tmp_path)
    drop_folder(release)
    go_offline(monkeypatch)
    with pytest.raises(zoo.NotHere, match="neither carried nor in the cache, and HF_HUB_OFFLINE is set"):
        zoo.load("mlp.far", tmp_path)
    go_online(monkeypatch)
    assert torch.equal(zoo.load("mlp.far", tmp_path)(golden["inputs"]), golden["outputs"])
    go_offline(monkeypatch)
    assert torch.equal(zoo.load("mlp.far", tmp_path)(golden["inputs"]), golden["outputs"])
    assert zoo.verify(zoo.describe("mlp.far", tmp_path)) > 0


def test_without_the_hub_a_cached_release_loads_and_another_is_one_sentence(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached, absent = make_named("mlp.cached", tmp_path), make_named("mlp.absent", tmp_path)
    for release in (cached, absent):
        zoo.push(release.name, "ada", tmp_path)
        drop_folder(release)
    zoo.load("mlp.cached", tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}"
    monkeypatch.setenv("HF_ENDPOINT", nobody)
    zoo.load("mlp.cached", tmp_path)
    with pytest.raises(zoo.NotHere, match="does not answer"):
        zoo.load("mlp.absent", tmp_path)
    with pytest.raises(zoo.NotHere, match="does not answer"):
        zoo.remote("ada", tmp_path)


def test_pull_enters_what_the_catalog_does_not_know_and_mends_what_is_damaged(tmp_path: Path, cache: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    release = make_named("mlp.pull", ours)
    done = zoo.push("mlp.pull", "ada", ours)
    pulled = zoo.pull("mlp.pull", "ada", theirs)
    assert (pulled.hub, pulled.digest, pulled.carried) == (done.hub, release.digest, False)
    assert {**vars(pulled), "path": None, "hub": None} == {**vars(release), "path": None, "hub": None}
    weights = next(cache.rglob("model.safetensors"))
    weights.resolve().write_bytes(b"\0" * weights.stat().st_size)
    with pytest.raises(zoo.DamagedRelease, match=r"model\.safetensors in ada/mlp\.pull .*python -m zoo pull"):
        zoo.load("mlp.pull", theirs)
    zoo.pull("mlp.pull", root=theirs)
    assert zoo.load("mlp.pull", theirs).labels == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("reference", "namespace", "error", "sentence"),
    [
        ("mlp.nobody", None, zoo.UnknownName, "No release is called"),
        ("mlp.nobody", "ada", zoo.UnknownName, "has no repo ada/mlp.nobody"),
        ("mlp.nobody@v7x", "ada", zoo.UnknownName, "A release is called like"),
        ("../../x", "ada", zoo.UnknownName, "A release is called like"),
        ("mlp.there@v9", "ada", zoo.UnknownName, r"no version 'v9'; did you mean 'v1'\?"),
        ("mlp.there", None, zoo.UnknownName, "No release is called"),
        ("mlp.there", "../ada", zoo.ZooError, "no legal name"),
    ],
)
def test_what_cannot_be_pulled_is_one_sentence(
    tmp_path: Path, cache: Path, reference: str, namespace: str | None, error: type[Exception], sentence: str
) -> None:
    make_named("mlp.there", tmp_path / "ours")
    zoo.push("mlp.there", "ada", tmp_path / "ours")
    with pytest.raises(error, match=sentence):
        zoo.pull(reference, namespace, tmp_path / "theirs")
    assert zoo.names(tmp_path / "theirs") == []


@pytest.mark.parametrize("token", ["", "hf_wrong", "bob"])
def test_a_wrong_token_is_one_sentence_and_is_never_shown(
    tmp_path: Path, cache: Path, service: Service, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    make_named("mlp.token", tmp_path)
    secret = issue_token(service.root, "bob") if token == "bob" else token
    monkeypatch.setenv("HF_TOKEN", secret)
    if not token:
        monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(zoo.ZooError, match=r"does not let you write to ada/mlp\.token") as refusal:
        zoo.push("mlp.token", "ada", tmp_path)
    assert not secret or secret not in str(refusal.value)
    assert zoo.describe("mlp.token", tmp_path).hub is None


def test_a_moved_tag_is_refused_and_named(tmp_path: Path, cache: Path) -> None:
    from huggingface_hub import CommitOperationAdd, HfApi

    release = make_named("mlp.moved", tmp_path)
    done = zoo.push("mlp.moved", "ada", tmp_path)
    api = HfApi(endpoint=os.environ["HF_ENDPOINT"])
    other = api.create_commit("ada/mlp.moved", [CommitOperationAdd("README.md", b"other")], commit_message="x").oid
    api.delete_tag("ada/mlp.moved", tag="v1")
    api.create_tag("ada/mlp.moved", tag="v1", revision=other)
    with pytest.raises(zoo.DamagedRelease, match=rf"moved its tag v1 from {done.hub.commit[:12]} to {other[:12]}"):
        zoo.verify_remote("mlp.moved", tmp_path)
    [row] = [row for row in zoo.remote("ada", tmp_path) if row.name == "mlp.moved"]
    assert (row.state, row.commit, row.pinned) == ("moved", other, done.hub.commit)
    with pytest.raises(zoo.DamagedRelease, match=r"ada/mlp\.moved at .* answers with another README"):
        zoo.push("mlp.moved", "ada", tmp_path)
    with pytest.raises(zoo.DamagedRelease, match="answers with another README"):
        zoo.pull("mlp.moved", "ada", tmp_path / "theirs")
    drop_folder(release)
    zoo.load("mlp.moved", tmp_path)  # the pinned commit is what it was


def test_a_repo_made_anew_is_refused_and_named(tmp_path: Path, cache: Path) -> None:
    from huggingface_hub import HfApi

    release = make_named("mlp.anew", tmp_path)
    done = zoo.push("mlp.anew", "ada", tmp_path)
    HfApi(endpoint=os.environ["HF_ENDPOINT"]).delete_repo("ada/mlp.anew")
    drop_folder(release)
    with pytest.raises(zoo.DamagedRelease, match=r"pinned to ada/mlp\.anew .* is gone"):
        zoo.load("mlp.anew", tmp_path)
    make_release(tmp_path / "other", name="mlp.anew", card="Another network.")
    zoo.push("mlp.anew", "ada", tmp_path / "other")
    with pytest.raises(zoo.DamagedRelease, match=rf"ada/mlp\.anew .* has no commit {done.hub.commit[:12]} any more"):
        zoo.load("mlp.anew", tmp_path)


@pytest.mark.parametrize("online", [True, False])
@pytest.mark.timeout(1500)
def test_every_flipped_byte_and_every_truncation_of_a_cached_release_is_refused(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, sweep: Sweep, online: bool
) -> None:
    from huggingface_hub import hf_hub_download

    release = make_named(f"mlp.flip{int(online)}", tmp_path)
    hub = zoo.push(release.name, "ada", tmp_path).hub
    files = [path.name for path in release.path.iterdir()]
    drop_folder(release)
    zoo.load(release.name, tmp_path)
    if not online:
        go_offline(monkeypatch)
    tried = sampled = stock = 0
    for file in files:
        blob = Path(hf_hub_download(hub.repo, file, revision=hub.commit)).resolve()
        content = blob.read_bytes()
        for position in sweep.choose(len(content), every=40):
            flipped = content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]
            for damaged in (flipped, content[:position]):
                blob.write_bytes(damaged)
                with pytest.raises(zoo.DamagedRelease):
                    zoo.verify(zoo.describe(release.name, tmp_path))
                tried += 1
                if position % 97 == 0:
                    sampled += 1
                    stock += Path(hf_hub_download(hub.repo, file, revision=hub.commit)).read_bytes() == damaged
        blob.write_bytes(content)
    where = "online" if online else "offline"
    print(f"{where}: {tried} damaged releases, all refused; the stock cache handed out {stock} of {sampled} sampled")
    assert zoo.load(release.name, tmp_path).labels == ["a", "b", "c"]
