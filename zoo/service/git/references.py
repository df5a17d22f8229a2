"""Branches and tags: found, listed, set and deleted. Whoever changes one holds the repository's lock."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pygit2
from pygit2.enums import ObjectType, ReferenceFilter

from zoo.service.disk import replace_small_file
from zoo.service.names import is_commit, is_ref_name
from zoo.service.refusals import Refusal, bad_request, revision_not_found


@dataclass(frozen=True)
class Ref:
    """A branch or tag, and the commit that it leads to."""

    name: str
    ref: str
    commit: str


def resolve_revision(git: pygit2.Repository, revision: str) -> pygit2.Commit:
    """The commit that a branch, a tag or a full digest names; a branch goes before a tag.

    Raises:
        Refusal: there is none (RevisionNotFound).
    """
    found: pygit2.Commit | None = None
    if is_commit(revision):
        named = git.get(revision)
        found = named if isinstance(named, pygit2.Commit) else None
    elif revision.startswith(("refs/heads/", "refs/tags/")):
        found = _find_target(git, revision)
    elif is_ref_name(revision):
        found = _find_target(git, f"refs/heads/{revision}") or _find_target(git, f"refs/tags/{revision}")
    if found is None:
        raise revision_not_found(revision[:200])
    return found


def _find_target(git: pygit2.Repository, ref: str) -> pygit2.Commit | None:
    try:
        return git.references[ref].peel(pygit2.Commit)
    except (KeyError, ValueError, pygit2.GitError):
        return None


def list_refs(git: pygit2.Repository, what: ReferenceFilter) -> list[Ref]:
    """Every branch or every tag, sorted by name; one that vanishes meanwhile or leads to no commit is left out."""
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


def set_ref(git: pygit2.Repository, ref: str, target: pygit2.Oid, force: bool = False) -> None:
    """Set a reference to `target`: the one step that makes a change visible. The caller holds the lock.

    Raises:
        Refusal: as `refuse_taken_ref`.
    """
    refuse_taken_ref(git, ref, force)
    replace_small_file(Path(git.path) / ref, f"{target}\n".encode())
    _mark_changed(git, ref)


def refuse_taken_ref(git: pygit2.Repository, ref: str, force: bool = False) -> None:
    """Make way for a new reference, or refuse it; with `force`, one of this very name is no hindrance.

    The caller holds the lock, and asks before objects are written that only this reference would lead to.

    Raises:
        Refusal: the name is taken (409), or a part of it is a branch or tag itself (400).
    """
    drop_stale_locks(git, ref)
    if not force and ref in git.references:
        raise Refusal(409, f"{_short_name(ref)!r} exists already: delete it first, or take another name.")
    place = Path(git.path) / ref
    _remove_empty_folders(place)
    packed = Path(git.path) / "packed-refs"
    outer = {str(parent) for parent in PurePosixPath(ref).parents}
    if (
        place.is_dir()
        or any(parent in git.references for parent in outer if parent.count("/") > 1)
        or (packed.exists() and f" {ref}/" in packed.read_text())
    ):
        raise bad_request(f"{_short_name(ref)!r} cannot be made, because a part of its name is taken.")


def delete_ref(git: pygit2.Repository, ref: str) -> None:
    """Delete a branch or tag. The caller holds the lock.

    Raises:
        Refusal: there is none (RevisionNotFound).
    """
    drop_stale_locks(git, ref)
    try:
        git.references.delete(ref)
    except KeyError as error:
        raise revision_not_found(_short_name(ref)) from error
    _mark_changed(git, ref)


def drop_stale_locks(git: pygit2.Repository, ref: str) -> None:
    """Remove git's own lock files that a killed process left: beside the caller, no living one can hold them."""
    for name in (f"{ref}.lock", "packed-refs.lock"):
        with contextlib.suppress(NotADirectoryError):
            (Path(git.path) / name).unlink(missing_ok=True)


def _remove_empty_folders(place: Path) -> None:
    """Remove empty folders where the file of a new reference is to go."""
    for folder, _folders, _files in os.walk(place, topdown=False):
        with contextlib.suppress(OSError):
            Path(folder).rmdir()


def _mark_changed(git: pygit2.Repository, ref: str) -> None:
    """Touch refs/heads or refs/tags: the index compares their times, and the change may be in a folder further down."""
    os.utime(Path(git.path, *ref.split("/")[:2]))


def _short_name(ref: str) -> str:
    return ref.split("/", 2)[-1]
