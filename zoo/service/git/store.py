"""Repositories: one bare git repository each, ROOT/models/NAMESPACE/NAME.git or ROOT/spaces/NAMESPACE/NAME.git.

Whoever changes a repository holds its lock file and finishes with one change of a reference, so a reader, which takes
no lock, sees the old state or the new one; the same goes for whoever looks after a kill. `git clone` and `git fsck`
work on the folders at any time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pygit2

from zoo._sync import sync
from zoo.service.disk import create_incoming_folder, hold_lock, make_folder, remove_tree, sync_tree
from zoo.service.git.database import open_git, write_commit
from zoo.service.git.trees import TreeDraft
from zoo.service.names import KINDS, RepoId
from zoo.service.refusals import Refusal, repo_not_found

MAIN = "main"
CHANGED = "changed"  # the file below the root that names each repository that was changed, a line each
_CHANGED_BYTES = 2**20  # when it is longer, it is emptied
_LOCK = "service.lock"
_CREATING = "create.lock"


class NameTaken(Refusal):
    """The name of a new repository is that of one that exists."""

    def __init__(self, found: RepoId, sentence: str) -> None:
        super().__init__(409, sentence)
        self.found = found


class Store:
    """The repositories below one root; several processes may use them at once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, repo: RepoId) -> Path:
        """Where the repository is, or would be."""
        return self.root / f"{repo.kind}s" / repo.namespace / f"{repo.name}.git"

    def exists(self, repo: RepoId) -> bool:
        """Whether there is such a repository."""
        return self.path(repo).is_dir()

    def open(self, repo: RepoId) -> pygit2.Repository:
        """The git repository, to be read.

        Raises:
            Refusal: there is none.
        """
        try:
            return open_git(self.path(repo))
        except pygit2.GitError as error:
            if self.exists(repo):
                raise
            raise repo_not_found(repo) from error

    def create(self, repo: RepoId, contents: dict[str, bytes], author: str) -> None:
        """Make a repository whose first commit holds `contents`.

        Raises:
            Refusal: it exists (409).
        """
        self._refuse_taken(repo)
        with create_incoming_folder(self.root) as draft:
            git = pygit2.init_repository(draft, bare=True, initial_head=MAIN)
            tree = TreeDraft(git, None)
            for name, content in contents.items():
                tree.put(name, git.create_blob(content))
            write_commit(git, tree.write(), [], "initial commit", author, f"refs/heads/{MAIN}")
            (draft / _LOCK).touch()
            sync_tree(draft)
            target = self.path(repo)
            with hold_lock(self.root / _CREATING):
                self._refuse_taken(repo)
                make_folder(target.parent)
                draft.rename(target)
                sync(target.parent)
        self._note_change(repo)

    def _refuse_taken(self, repo: RepoId) -> None:
        """Refuse (409) a name that exists, also in other letter case: some disks keep just one of the two."""
        for namespace in _find_alike(self.path(repo).parent.parent, repo.namespace):
            for name in _find_alike(namespace, f"{repo.name}.git"):
                found = RepoId(repo.kind, namespace.name, name.name.removesuffix(".git"))
                if found == repo:
                    raise NameTaken(found, f"You already created this repository: {repo} exists.")
                raise NameTaken(
                    found, f"{found} exists, and {repo} differs from it only in letter case: take another name."
                )
        for kind in KINDS:
            for namespace in _find_alike(self.root / f"{kind}s", repo.namespace):
                if namespace.name != repo.namespace and any(namespace.iterdir()):
                    raise Refusal(
                        409,
                        f"The namespace {namespace.name!r} exists, and {repo.namespace!r} differs from it only in "
                        "letter case: take another name.",
                    )

    def delete(self, repo: RepoId) -> None:
        """Take a repository away; its large files stay, since others may hold the same ones."""
        with self.open_for_writing(repo):
            remove_tree(self.root, self.path(repo))

    @contextlib.contextmanager
    def open_for_writing(self, repo: RepoId) -> Iterator[pygit2.Repository]:
        """The git repository, with its lock held until the block ends. A refusal inside means that nothing was changed.

        Raises:
            Refusal: there is none (404), or it was deleted while this waited.
        """
        try:
            with hold_lock(self.path(repo) / _LOCK):
                yield open_git(self.path(repo))
        except Refusal:
            raise
        except (FileNotFoundError, NotADirectoryError) as error:
            if self.exists(repo):
                self._note_change(repo)
                raise
            raise repo_not_found(repo) from error
        except BaseException:
            self._note_change(repo)
            raise
        self._note_change(repo)

    def _note_change(self, repo: RepoId) -> None:
        """Append the repository's name to ROOT/changed, from which every process keeps its index up to date."""
        with (self.root / CHANGED).open("ab", buffering=0) as notes:
            if notes.tell() > _CHANGED_BYTES:
                notes.truncate(0)
            notes.write(f"{repo.kind} {repo}\n".encode())

    @contextlib.contextmanager
    def open_quarantine(self, git: pygit2.Repository) -> Iterator[Path]:
        """A folder for every new git object; when the block ends, what `admit_objects` has not moved is deleted."""
        with create_incoming_folder(self.root) as folder:
            git.odb.add_backend(pygit2.OdbBackendLoose(str(folder), 1, False, 0, 0), 1000)
            yield folder


def _find_alike(folder: Path, name: str) -> list[Path]:
    """Entries of `folder` with this name in any letter case, the exact one first."""
    try:
        found = [other for other in folder.iterdir() if other.name.lower() == name.lower()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(found, key=lambda path: path.name != name)
