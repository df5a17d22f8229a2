"""Repositories: one bare git repository each, ROOT/models/NAMESPACE/NAME.git or ROOT/spaces/NAMESPACE/NAME.git.

Whoever changes a repository holds its lock file and finishes with one change of a reference, so a reader, which takes
no lock, sees the old state or the new one; the same goes for whoever looks after a kill. `git clone` and `git fsck`
work on the folders at any time.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pygit2
from pygit2.enums import ObjectType, ReferenceFilter, RepositoryOpenFlag

from zoo._sync import sync
from zoo.service import _disk
from zoo.service._errors import Refusal, bad_request, repo_not_found, revision_not_found
from zoo.service._names import KINDS, RepoId, is_commit, is_ref_name
from zoo.service._trees import Draft

MAIN = "main"
CHANGED = "changed"  # names what has changed below the root, a line each
_CHANGED_BYTES = 2**20  # then it is begun anew
_LOCK = "service.lock"
_CREATING = "create.lock"
_LOOSE = 48  # a commit of more objects than these arrives as one pack: two files to sync instead of one each

pygit2.settings.owner_validation = False  # the folder is the operator's own, also when a container maps its owner away


@dataclass(frozen=True)
class Ref:
    """A branch or tag, and the commit that it leads to."""

    name: str
    ref: str
    commit: str


class Taken(Refusal):
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
        with _disk.incoming_folder(self.root) as draft:
            git = pygit2.init_repository(draft, bare=True, initial_head=MAIN)
            tree = Draft(git, None)
            for name, content in contents.items():
                tree.put(name, git.create_blob(content))
            write_commit(git, tree.write(), [], "initial commit", author, f"refs/heads/{MAIN}")
            (draft / _LOCK).touch()
            _disk.sync_tree(draft)
            target = self.path(repo)
            with _disk.locked(self.root / _CREATING):
                self._refuse_taken(repo)
                _disk.make_folder(target.parent)
                draft.rename(target)
                sync(target.parent)
        self._tell(repo)

    def _refuse_taken(self, repo: RepoId) -> None:
        """Refuse (409) a name that exists, also in other letter case: some disks keep just one of the two."""
        for namespace in _alike(self.path(repo).parent.parent, repo.namespace):
            for name in _alike(namespace, f"{repo.name}.git"):
                found = RepoId(repo.kind, namespace.name, name.name.removesuffix(".git"))
                if found == repo:
                    raise Taken(found, f"You already created this repository: {repo} exists.")
                raise Taken(
                    found, f"{found} exists, and {repo} differs from it only in letter case: take another name."
                )
        for kind in KINDS:
            for namespace in _alike(self.root / f"{kind}s", repo.namespace):
                if namespace.name != repo.namespace and any(namespace.iterdir()):
                    raise Refusal(
                        409,
                        f"The namespace {namespace.name!r} exists, and {repo.namespace!r} differs from it only in "
                        "letter case: take another name.",
                    )

    def delete(self, repo: RepoId) -> None:
        """Take a repository away; its large files stay, since others may hold the same ones."""
        with self.writing(repo):
            _disk.remove_tree(self.root, self.path(repo))

    @contextlib.contextmanager
    def writing(self, repo: RepoId) -> Iterator[pygit2.Repository]:
        """The git repository, to be changed, with its lock held; who refuses within has changed nothing."""
        try:
            with _disk.locked(self.path(repo) / _LOCK):
                yield open_git(self.path(repo))
        except Refusal:
            raise
        except (FileNotFoundError, NotADirectoryError) as error:
            if self.exists(repo):
                self._tell(repo)
                raise
            raise repo_not_found(repo) from error
        except BaseException:
            self._tell(repo)
            raise
        self._tell(repo)

    def _tell(self, repo: RepoId) -> None:
        """Let every process that keeps an index know that this repository may have changed."""
        with (self.root / CHANGED).open("ab", buffering=0) as notes:
            if notes.tell() > _CHANGED_BYTES:
                notes.truncate(0)
            notes.write(f"{repo.kind} {repo}\n".encode())

    @contextlib.contextmanager
    def quarantine(self, git: pygit2.Repository) -> Iterator[Path]:
        """New git objects go into a folder of their own, and vanish with it unless `admit` moves them."""
        with _disk.incoming_folder(self.root) as folder:
            git.odb.add_backend(pygit2.OdbBackendLoose(str(folder), 1, False, 0, 0), 1000)
            yield folder


def admit(git: pygit2.Repository, quarantine: Path, made: pygit2.Oid) -> None:
    """Move what a new commit or tag needs out of quarantine into the repository for good; still nothing leads to it."""
    objects = Path(git.path) / "objects"
    found = _needed(git, quarantine, made)
    if len(found) <= _LOOSE:
        moves = [(_loose(quarantine, oid), _loose(objects, oid)) for oid in found]
    else:
        pack = pygit2.PackBuilder(git)
        for oid in found:
            pack.add(oid)
        pack.write(quarantine)
        files = sorted(quarantine.glob("pack-*"), key=lambda file: file.suffix == ".idx")  # git looks for the index
        moves = [(file, objects / "pack" / file.name) for file in files]
    for draft, target in moves:
        sync(draft)
        _disk.put_in_place(draft, target)


def _needed(git: pygit2.Repository, quarantine: Path, made: pygit2.Oid) -> list[pygit2.Oid]:
    """The objects in quarantine that a new commit or tag leads to, each after those that it leads to itself."""
    found: dict[pygit2.Oid, None] = {}

    def visit(node: pygit2.Object) -> None:
        if node.id in found or not _loose(quarantine, node.id).exists():
            return
        if isinstance(node, pygit2.Tree):
            for child in node:
                visit(child)
        found[node.id] = None

    top = git[made]
    visit(top.peel(pygit2.Tree))
    visit(top)
    return list(found)


def _alike(folder: Path, name: str) -> list[Path]:
    """What `folder` holds under this name in whatever letter case, the very name first."""
    try:
        found = [other for other in folder.iterdir() if other.name.lower() == name.lower()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(found, key=lambda path: path.name != name)


def _loose(objects: Path, oid: pygit2.Oid) -> Path:
    text = str(oid)
    return objects / text[:2] / text[2:]


def open_git(path: Path) -> pygit2.Repository:
    """The bare repository that lies in exactly this folder."""
    return pygit2.Repository(str(path), RepositoryOpenFlag.BARE | RepositoryOpenFlag.NO_SEARCH)


def resolve(git: pygit2.Repository, revision: str) -> pygit2.Commit:
    """The commit that a branch, a tag or a full digest names; a branch goes before a tag.

    Raises:
        Refusal: there is none (RevisionNotFound).
    """
    found: pygit2.Commit | None = None
    if is_commit(revision):
        named = git.get(revision)
        found = named if isinstance(named, pygit2.Commit) else None
    elif revision.startswith(("refs/heads/", "refs/tags/")):
        found = _target(git, revision)
    elif is_ref_name(revision):
        found = _target(git, f"refs/heads/{revision}") or _target(git, f"refs/tags/{revision}")
    if found is None:
        raise revision_not_found(revision[:200])
    return found


def _target(git: pygit2.Repository, ref: str) -> pygit2.Commit | None:
    try:
        return git.references[ref].peel(pygit2.Commit)
    except (KeyError, ValueError, pygit2.GitError):
        return None


def refs(git: pygit2.Repository, what: ReferenceFilter) -> list[Ref]:
    """Every branch or every tag, by name; a reference that vanishes or leads nowhere is passed over."""
    prefix = "refs/heads/" if what == ReferenceFilter.BRANCHES else "refs/tags/"
    found = []
    for reference in git.references.iterator(what):
        target = reference.target
        if not isinstance(target, pygit2.Oid):
            continue
        with contextlib.suppress(KeyError, pygit2.GitError):
            if git.odb.read_header(target)[0] != ObjectType.COMMIT:
                target = reference.peel(ObjectType.COMMIT).id
            found.append(Ref(reference.name.removeprefix(prefix), reference.name, str(target)))
    return sorted(found, key=lambda ref: ref.name)


def write_commit(
    git: pygit2.Repository,
    tree: pygit2.Oid,
    parents: list[pygit2.Oid],
    message: str,
    author: str,
    ref: str | None = None,
) -> pygit2.Oid:
    """Write a commit, and let `ref` lead to it where one is given."""
    signature = signed(author)
    return git.create_commit(ref, signature, signature, message, tree, list(parents))


def signed(author: str) -> pygit2.Signature:
    """Who and when, as git keeps it; a namespace has no address, so none is made up that could exist."""
    return pygit2.Signature(author, f"{author}@users.invalid", int(time.time()), 0)


def set_ref(git: pygit2.Repository, ref: str, target: pygit2.Oid, force: bool = False) -> None:
    """Let a reference lead to `target`: the one step that makes a change visible. The caller holds the lock.

    Raises:
        Refusal: the name is taken (409), or a part of it is a branch or tag itself (400).
    """
    drop_stale_locks(git, ref)
    if not force and ref in git.references:
        raise Refusal(409, f"{_short(ref)!r} exists already: delete it first, or take another name.")
    place = Path(git.path) / ref
    _make_way(place)
    packed = Path(git.path) / "packed-refs"
    outer = {str(parent) for parent in PurePosixPath(ref).parents}
    if (
        place.is_dir()
        or any(parent in git.references for parent in outer if parent.count("/") > 1)
        or (packed.exists() and f" {ref}/" in packed.read_text())
    ):
        raise bad_request(f"{_short(ref)!r} cannot be made, because a part of its name is taken.")
    _disk.replace_small(place, f"{target}\n".encode())
    _touch(git, ref)


def delete_ref(git: pygit2.Repository, ref: str) -> None:
    """Take a branch or tag away.

    Raises:
        Refusal: there is none (RevisionNotFound).
    """
    drop_stale_locks(git, ref)
    try:
        git.references.delete(ref)
    except KeyError as error:
        raise revision_not_found(_short(ref)) from error
    _touch(git, ref)


def drop_stale_locks(git: pygit2.Repository, ref: str) -> None:
    """Remove what a killed process left: git's own lock files, which nobody living can hold beside the caller."""
    for name in (f"{ref}.lock", "packed-refs.lock"):
        with contextlib.suppress(NotADirectoryError):
            (Path(git.path) / name).unlink(missing_ok=True)


def _make_way(place: Path) -> None:
    """Remove folders that hold no reference any more and stand where a new one goes."""
    for folder, _folders, _files in os.walk(place, topdown=False):
        with contextlib.suppress(OSError):
            Path(folder).rmdir()


def _touch(git: pygit2.Repository, ref: str) -> None:
    """Let the index see the change also where it took place in a folder further down."""
    os.utime(Path(git.path, *ref.split("/")[:2]))


def _short(ref: str) -> str:
    return ref.split("/", 2)[-1]


def write_tag(git: pygit2.Repository, name: str, commit: pygit2.Oid, message: str, author: str) -> pygit2.Oid:
    """Write an annotated tag's object; no reference leads to it yet."""
    who = signed(author)
    text = f"object {commit}\ntype commit\ntag {name}\ntagger {who.name} <{who.email}> {who.time} +0000\n\n{message}\n"
    return git.odb.write(ObjectType.TAG, text.encode())
