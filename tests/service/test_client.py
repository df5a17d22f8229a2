"""The unmodified huggingface_hub client, its `hf` command and git itself against the running service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, HfApi, snapshot_download
from huggingface_hub import errors as hub

from tests._support.service import Service, run_service

BIN = Path(sys.executable).parent
CARD = "---\nlicense: mit\ntags:\n- digits\nlibrary_name: tenweeks\n---\n\n# Digits\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_service(tmp_path_factory.mktemp("client") / "root") as service:
        yield service


@pytest.fixture
def api(server: Service) -> HfApi:
    return HfApi(endpoint=server.url, token=server.token)


@pytest.fixture
def repo(api: HfApi, request: pytest.FixtureRequest) -> str:
    return api.create_repo(f"ada/{request.node.name.removeprefix('test_')[:60].strip('_')}").repo_id


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A release in small: a card, JSON, an empty file, weights that are large by name and a table large by size."""
    root = tmp_path / "release"
    (root / "exhibit").mkdir(parents=True)
    (root / "README.md").write_text(CARD)
    (root / "config.json").write_text('{"layers": 3}')
    (root / "empty.txt").touch()
    (root / "model.safetensors").write_bytes(bytes(range(256)) * 5000)
    (root / "exhibit" / "with space, ünï [x].csv").write_bytes(b"epoch,loss\n" * 120_000)
    return root


def read_files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not {".git", ".cache"} & set(path.relative_to(root).parts)
    }


def run_git(*arguments: str | Path) -> str:
    done = subprocess.run(["git", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_a_folder_goes_up_in_one_commit_and_comes_back_by_tag_and_by_commit(api, repo, folder, server, tmp_path):
    before = api.model_info(repo).sha
    pushed = api.upload_folder(repo_id=repo, folder_path=folder, commit_message="Publish v1", parent_commit=before)
    assert pushed.repo_url.repo_id == repo
    assert [commit.commit_id for commit in api.list_repo_commits(repo)] == [pushed.oid, before]
    assert api.list_repo_commits(repo)[0].title == "Publish v1"
    assert api.list_repo_commits(repo)[0].authors == ["ada"]
    api.create_tag(repo, tag="v1", revision=pushed.oid, tag_message="the first")
    api.upload_file(path_or_fileobj=b"later", path_in_repo="later.txt", repo_id=repo)
    for revision in ("v1", pushed.oid):
        copy = snapshot_download(
            repo, revision=revision, cache_dir=tmp_path / revision, endpoint=server.url, token=False
        )
        assert Path(copy).name == pushed.oid
        found = read_files(Path(copy))
        del found[".gitattributes"]
        assert found == read_files(folder)


def test_what_is_unchanged_makes_no_commit(api, repo, folder):
    first = api.upload_folder(repo_id=repo, folder_path=folder)
    assert api.upload_folder(repo_id=repo, folder_path=folder).oid == first.oid
    assert len(api.list_repo_commits(repo)) == 2


def test_a_commit_that_changes_nothing_returns_the_head(server, api, repo):
    import httpx

    line = b'{"key":"header","value":{"summary":"nothing"}}\n'
    headers = {"Authorization": f"Bearer {server.token}"}
    answer = httpx.post(f"{server.url}/api/models/{repo}/commit/main", content=line, headers=headers)
    assert answer.json()["commitOid"] == api.model_info(repo).sha


def test_the_description_lists_files_sizes_and_the_card(api, repo, folder):
    api.upload_folder(repo_id=repo, folder_path=folder)
    info = api.model_info(repo, files_metadata=True)
    assert (info.id, info.author, info.tags, info.library_name) == (repo, "ada", ["digits"], "tenweeks")
    assert info.card_data is not None
    assert info.card_data.license == "mit"
    assert info.private is False
    assert info.last_modified is not None
    assert info.created_at is not None
    files = {sibling.rfilename: sibling for sibling in info.siblings or []}
    assert files["model.safetensors"].size == files["model.safetensors"].lfs.size == 1_280_000
    assert files["config.json"].lfs is None
    assert files["empty.txt"].size == 0
    assert set(files) == {*read_files(folder), ".gitattributes"}
    assert sorted(api.list_repo_files(repo)) == sorted(files)


def test_trees_and_paths_are_listed(api, repo, folder):
    api.upload_folder(repo_id=repo, folder_path=folder)
    top = {entry.path for entry in api.list_repo_tree(repo)}
    assert "exhibit" in top
    assert "exhibit/with space, ünï [x].csv" not in top
    (inner,) = api.list_repo_tree(repo, "exhibit")
    assert (inner.path, inner.size) == ("exhibit/with space, ünï [x].csv", 1_320_000)
    found = api.get_paths_info(repo, ["exhibit", "config.json", "no such thing"])
    assert [entry.path for entry in found] == ["exhibit", "config.json"]
    assert api.file_exists(repo, "exhibit/with space, ünï [x].csv")
    assert not api.file_exists(repo, "exhibit")
    with pytest.raises(hub.EntryNotFoundError):
        list(api.list_repo_tree(repo, "nowhere"))


def test_large_files_are_pointers_to_git_and_known_to_git_lfs(api, repo, folder, server, tmp_path):
    pushed = api.upload_folder(repo_id=repo, folder_path=folder)
    api.create_tag(repo, tag="v1", revision=pushed.oid)
    place = server.root / "models" / f"{repo}.git"
    assert run_git("-C", place, "fsck", "--full", "--strict", "--no-dangling") == ""
    clone = tmp_path / "clone"
    run_git("-c", "filter.lfs.smudge=cat", "-c", "filter.lfs.required=false", "clone", "--quiet", place, clone)
    for path, content in read_files(folder).items():
        attribute = run_git("-C", clone, "check-attr", "filter", "--", path).strip().rpartition(" ")[2]
        if attribute == "lfs":
            assert f"size {len(content)}" in (clone / path).read_text()
        else:
            assert (clone / path).read_bytes() == content
    assert run_git("-C", clone, "check-attr", "filter", "--", "model.safetensors").endswith("lfs\n")
    assert '[x].csv": filter: lfs' in run_git(
        "-C", clone, "check-attr", "filter", "--", "exhibit/with space, ünï [x].csv"
    )
    assert run_git("-C", clone, "rev-parse", "v1").strip() == pushed.oid


def test_tags_and_branches(api, repo):
    first = api.model_info(repo).sha
    api.create_tag(repo, tag="v1", tag_message="annotated")
    second = api.upload_file(path_or_fileobj=b"2", path_in_repo="two", repo_id=repo).oid
    api.create_tag(repo, tag="release/2")
    api.create_branch(repo, branch="dev/x", revision="v1")
    refs = api.list_repo_refs(repo, include_pull_requests=True)
    assert {ref.name: ref.target_commit for ref in refs.tags} == {"v1": first, "release/2": second}
    assert {ref.name: ref.target_commit for ref in refs.branches} == {"main": second, "dev/x": first}
    assert api.model_info(repo, revision="release/2").sha == second
    with pytest.raises(hub.HfHubHTTPError, match="409"):
        api.create_tag(repo, tag="v1")
    api.create_tag(repo, tag="v1", exist_ok=True)
    assert api.model_info(repo, revision="v1").sha == first
    with pytest.raises(hub.HfHubHTTPError, match="409"):
        api.create_branch(repo, branch="dev/x")
    with pytest.raises(hub.BadRequestError, match="cannot mean both"):
        api.create_branch(repo, branch="v1")
    with pytest.raises(hub.BadRequestError, match="part of its name"):
        api.create_tag(repo, tag="v1/too")
    api.upload_file(path_or_fileobj=b"3", path_in_repo="three", repo_id=repo, revision="dev/x")
    assert not api.file_exists(repo, "three")
    assert api.file_exists(repo, "three", revision="dev/x")
    api.delete_branch(repo, branch="dev/x")
    api.delete_tag(repo, tag="release/2")
    with pytest.raises(hub.RevisionNotFoundError):
        api.delete_tag(repo, tag="release/2")
    with pytest.raises(hub.HfHubHTTPError, match="cannot be deleted"):
        api.delete_branch(repo, branch="main")
    api.create_tag(repo, tag="release")  # where a folder of tags was
    assert [ref.name for ref in api.list_repo_refs(repo).tags] == ["release", "v1"]


def test_files_and_folders_are_deleted_and_copied(api, repo, folder):
    api.upload_folder(repo_id=repo, folder_path=folder)
    copies = [
        CommitOperationCopy("model.safetensors", "twin.safetensors"),
        CommitOperationCopy("config.json", "c/d.json"),
    ]
    api.create_commit(repo, copies, commit_message="copy")
    infos = {entry.path: entry for entry in api.get_paths_info(repo, ["model.safetensors", "twin.safetensors"])}
    assert infos["model.safetensors"].lfs == infos["twin.safetensors"].lfs
    api.delete_folder("exhibit", repo)
    api.delete_file("config.json", repo)
    assert sorted(api.list_repo_files(repo)) == [
        ".gitattributes", "README.md", "c/d.json", "empty.txt", "model.safetensors", "twin.safetensors",
    ]  # fmt: skip
    with pytest.raises(hub.EntryNotFoundError, match="A file with this name doesn't exist"):
        api.delete_file("config.json", repo)
    replaced = [CommitOperationDelete("c/"), CommitOperationAdd("c", b"a file now")]
    api.create_commit(repo, replaced, commit_message="a folder becomes a file")
    assert "c" in api.list_repo_files(repo)


def test_create_and_delete(api, server):
    url = api.create_repo("ada/twice")
    assert str(url) == f"{server.url}/ada/twice"
    assert api.create_repo("ada/twice", exist_ok=True) == url
    assert api.create_repo("plain-name").repo_id == "ada/plain-name"
    with pytest.raises(hub.HfHubHTTPError, match="409"):
        api.create_repo("ada/twice")
    api.delete_repo("ada/twice")
    assert not api.repo_exists("ada/twice")
    with pytest.raises(hub.RepositoryNotFoundError):
        api.delete_repo("ada/twice")
    api.delete_repo("ada/twice", missing_ok=True)
    api.create_repo("ada/twice")
    with pytest.raises(hub.HfHubHTTPError, match="501"):
        api.create_repo("ada/hidden", private=True)
    with pytest.raises(hub.HfHubHTTPError, match="501"):
        api.create_repo("ada/table", repo_type="dataset")


def test_a_space_is_a_repository_of_its_own(api, server, folder, tmp_path):
    api.create_repo("ada/gallery", repo_type="space", space_sdk="gradio")
    assert api.space_info("ada/gallery").sdk == "gradio"
    assert not api.repo_exists("ada/gallery")
    pushed = api.upload_folder(repo_id="ada/gallery", repo_type="space", folder_path=folder)
    assert str(pushed.repo_url) == f"{server.url}/spaces/ada/gallery"
    copy = snapshot_download("ada/gallery", repo_type="space", cache_dir=tmp_path / "cache", endpoint=server.url)
    assert (Path(copy) / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()
    assert [space.id for space in api.list_spaces()] == ["ada/gallery"]
    api.delete_repo("ada/gallery", repo_type="space")
    assert list(api.list_spaces()) == []


def test_errors_are_the_clients_own(api, repo, server):
    with pytest.raises(hub.RepositoryNotFoundError):
        api.model_info("ada/nothing")
    with pytest.raises(hub.RepositoryNotFoundError):
        api.model_info("canonical")
    with pytest.raises(hub.RepositoryNotFoundError):
        api.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id="ada/nothing")
    with pytest.raises(hub.RevisionNotFoundError):
        api.model_info(repo, revision="v9")
    with pytest.raises(hub.RevisionNotFoundError):
        api.model_info(repo, revision="f" * 40)
    with pytest.raises(hub.RevisionNotFoundError):
        api.create_tag(repo, tag="v1", revision="nowhere")
    with pytest.raises(hub.RevisionNotFoundError):
        api.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id=repo, revision="nowhere")
    with pytest.raises(hub.EntryNotFoundError):
        api.hf_hub_download(repo, "nothing.bin")
    with pytest.raises(hub.HfHubHTTPError, match="412"):
        api.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id=repo, parent_commit="0" * 40)
    for ask in (
        lambda: list(api.get_repo_discussions(repo)),
        lambda: api.create_pull_request(repo, title="please"),
        lambda: api.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id=repo, create_pr=True),
        lambda: api.update_repo_settings(repo, gated="auto"),
        lambda: api.move_repo(repo, "ada/elsewhere"),
        lambda: api.super_squash_history(repo),
        lambda: api.dataset_info("ada/table"),
        lambda: api.list_collections().__next__(),
    ):
        with pytest.raises(hub.HfHubHTTPError, match="501") as caught:
            ask()
        assert caught.value.server_message
        assert caught.value.server_message.count(". ") == 0
    assert len(api.list_repo_commits(repo)) == 1


def test_writing_needs_this_namespaces_token(api, repo, server):
    from zoo.service import issue_token

    nobody = HfApi(endpoint=server.url, token=False)
    made_up = HfApi(endpoint=server.url, token="zoo_0123456789abcdef_" + "a" * 43)
    other = HfApi(endpoint=server.url, token=issue_token(server.root, "eve"))
    head = api.model_info(repo).sha
    for who, status in ((nobody, "401"), (made_up, "401"), (other, "403")):
        for write in (
            lambda who: who.create_repo("ada/new"),
            lambda who: who.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id=repo),
            lambda who: who.create_tag(repo, tag="v1"),
            lambda who: who.create_branch(repo, branch="b"),
            lambda who: who.delete_branch(repo, branch="b"),
            lambda who: who.delete_repo(repo),
        ):
            with pytest.raises(hub.HfHubHTTPError, match=status):
                write(who)
        assert who.model_info(repo).sha == head
    assert other.whoami()["name"] == "eve"
    with pytest.raises(hub.HfHubHTTPError, match="Invalid user token"):
        made_up.whoami()
    assert not any(server.token in path.read_text(errors="ignore") for path in (server.root / "tokens").iterdir())
    assert all(
        path.stat().st_mode & 0o077 == 0 for path in (*(server.root / "tokens").iterdir(), server.root / "secret")
    )


def test_a_card_is_checked_before_it_travels(api, repo):
    for metadata, complaint in (
        ("license: [mit", "line 2"),
        ("- a\n- b", "no mapping"),
        ("a: &a [x, x]\nb: &b [*a, *a]\n" + "".join(f"k{n}: &k{n} [{', '.join(['*' + p] * 9)}]\n"
         for n, p in ((n, f"k{n - 1}" if n else "b") for n in range(9))), "unfolds"),
        ("a: " + "[" * 5000, "too deep"),
        (f"a: {'9' * 5000}", "too large"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=complaint):
            api.upload_file(path_or_fileobj=f"---\n{metadata}\n---\n".encode(), path_in_repo="README.md", repo_id=repo)
    with pytest.warns(UserWarning, match="no metadata"):
        api.upload_file(path_or_fileobj=b"# no metadata", path_in_repo="README.md", repo_id=repo)
    odd = b"---\nwhen: 2026-01-31\nnot: .nan\nbig: 1e400\nhuge: 99999999999999999999999\n1: one\n---\n"
    api.upload_file(path_or_fileobj=odd, path_in_repo="README.md", repo_id=repo)
    card = api.model_info(repo).card_data
    assert card is not None
    assert card.to_dict()["when"] == "2026-01-31"


def test_the_hf_command_works(server, folder, tmp_path):
    environment = server.environment(tmp_path / "home")

    def hf(*arguments: str | Path) -> str:
        done = subprocess.run(
            [BIN / "hf", *map(str, arguments)], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "ada" in hf("auth", "whoami")
    hf("repos", "create", "ada/by-command")
    hf("upload", "ada/by-command", folder, ".", "--commit-message", "by command")
    hf("repos", "tag", "create", "ada/by-command", "v1")
    assert "v1" in hf("repos", "tag", "list", "ada/by-command")
    copy = tmp_path / "copy"
    hf("download", "ada/by-command", "--revision", "v1", "--local-dir", copy)
    found = read_files(copy)
    del found[".gitattributes"]
    assert found == read_files(folder)


def test_plain_python_needs_nothing_but_the_endpoint(server, api, repo, folder, tmp_path):
    api.upload_folder(repo_id=repo, folder_path=folder)
    program = f"import huggingface_hub as h; print(open(h.hf_hub_download({repo!r}, 'config.json')).read())"
    environment = server.environment(tmp_path / "home")
    del environment["HF_TOKEN"]
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {"layers": 3}


def test_many_files_and_tags_stay_quick(server, api, repo):
    files = [CommitOperationAdd(f"part-{n % 10}/{n:05}.txt", b"%d" % n) for n in range(3000)]
    api.create_commit(repo, files, commit_message="many")
    assert len(api.list_repo_files(repo)) == 3001  # three pages and one file more
    place = server.root / "models" / f"{repo}.git"
    assert len(list(place.glob("objects/pack/*.pack"))) == 1
    head = api.model_info(repo).sha
    tags = place / "refs" / "tags"
    for n in range(10_000):
        (tags / f"t{n}").write_text(f"{head}\n")
    started = os.times().elapsed
    assert len(api.list_repo_refs(repo).tags) == 10_000
    api.create_tag(repo, tag="one-more")
    assert api.model_info(repo, revision="t9999").sha == head
    assert os.times().elapsed - started < 5
    assert run_git("-C", place, "fsck", "--strict", "--no-dangling") == ""
