"""The gallery as a Space on the Hugging Face Hub: the app, its front matter and the carried releases, in one commit."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from zoo._catalog import describe, folder, names
from zoo._errors import ZooError
from zoo._hub.endpoint import explain_errors, open_api
from zoo._releases import verify

PROJECT = Path(__file__).parents[2]

# A Space runs the gallery: no training, no tests, and no service of its own.
_FILES = ("app.py", "requirements.txt", "LICENSE", "docs/gallery.png")
_FOLDERS = ("apps", "from_scratch", "roadmap", "zoo")
_LEFT_OUT = {"zoo/service", "zoo/releases", "zoo/catalog.json"}


def list_contents(root: Path | None = None) -> dict[str, Path | bytes]:
    """The files of a Space: each one's path there, with the file here or its bytes.

    Raises:
        DamagedRelease: a release is not the one that was published.
        ZooError: this is an installed package and not the repository, so the app's own files are not here.
    """
    missing = [path for path in ("README.md", *_FILES) if not (PROJECT / path).is_file()]
    if missing:
        raise ZooError(f"A Space is made from the repository, and {missing[0]} is not here: run this in a clone.")
    files: dict[str, Path | bytes] = {path: PROJECT / path for path in _FILES}
    for room in _FOLDERS:
        for path in (PROJECT / room).rglob("*"):
            inner = path.relative_to(PROJECT)
            if path.is_file() and not _is_left_out(PurePosixPath(inner)):
                files[inner.as_posix()] = path
    home = root or folder()
    files["zoo/catalog.json"] = (home / "catalog.json").read_bytes()
    models = []
    for release in (describe(name, root) for name in names(root)):
        if release.hub is not None:
            models.append(release.hub.repo)
        if release.carried:
            verify(release)
            for path in release.path.rglob("*"):
                if path.is_file():
                    files[f"zoo/{path.relative_to(home).as_posix()}"] = path
    files["README.md"] = _write_card(models)
    return files


def publish_space(repo: str, root: Path | None = None, private: bool = False) -> str:
    """Create or update the Space `repo` ("name/space") in one commit; returns the sentence that says what was done.

    Raises:
        ZooError: what `list_contents` raises, the Hub cannot be reached, the token may not write there, or someone else
            changed the Space meanwhile.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    files = list_contents(root)
    hub = open_api()
    with explain_errors(repo, "write"):
        hub.create_repo(repo, repo_type="space", space_sdk="gradio", private=private, exist_ok=True)
        head = hub.repo_info(repo, repo_type="space").sha
        there = hub.list_repo_files(repo, repo_type="space", revision=head)
        commit = hub.create_commit(
            repo,
            [
                *(CommitOperationAdd(path, content) for path, content in sorted(files.items())),
                *(CommitOperationDelete(path) for path in there if path not in files and path != ".gitattributes"),
            ],
            commit_message="The gallery and its releases",
            repo_type="space",
            parent_commit=head,
        )
    if commit.oid == head:
        return f"{repo} is up to date: {len(files)} files at {head[:12]}"
    return f"{repo} has {len(files)} files now, at {commit.oid[:12]}"


def _is_left_out(path: PurePosixPath) -> bool:
    """Whether a file of the project does not belong in a Space: hidden, compiled, or in a folder left out."""
    hidden = any(part.startswith(".") or part == "__pycache__" for part in path.parts)
    return hidden or path.suffix in (".pyc", ".pyi") or any(path.is_relative_to(inner) for inner in _LEFT_OUT)


def _write_card(models: list[str]) -> bytes:
    """The README, whose front matter configures the Space; `models` are linked to from its page."""
    from huggingface_hub import SpaceCard

    card = SpaceCard((PROJECT / "README.md").read_text("utf-8"), ignore_metadata_errors=False)
    if models:
        card.data["models"] = sorted(set(models))
    return str(card).encode()
