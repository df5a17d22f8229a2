"""Git's own database of one repository: opened, written to, and new objects taken in from quarantine."""

from __future__ import annotations

import time
from pathlib import Path

import pygit2
from pygit2.enums import ObjectType, RepositoryOpenFlag

from zoo._sync import sync
from zoo.service.disk import put_in_place

_LOOSE = 48  # a commit of more objects than these arrives as one pack: two files to sync instead of one each

pygit2.settings.owner_validation = False  # the folder is the operator's own, also when a container maps its owner away


def open_git(path: Path) -> pygit2.Repository:
    """The bare repository that lies in exactly this folder."""
    return pygit2.Repository(str(path), RepositoryOpenFlag.BARE | RepositoryOpenFlag.NO_SEARCH)


def write_commit(
    git: pygit2.Repository,
    tree: pygit2.Oid,
    parents: list[pygit2.Oid],
    message: str,
    author: str,
    ref: str | None = None,
) -> pygit2.Oid:
    """Write a commit; returns its digest. With `ref`, that reference is set to it."""
    signature = make_signature(author)
    return git.create_commit(ref, signature, signature, message, tree, list(parents))


def make_signature(author: str) -> pygit2.Signature:
    """Author and time of a commit; the address is one that cannot exist, for a namespace has none."""
    return pygit2.Signature(author, f"{author}@users.invalid", int(time.time()), 0)


def write_tag(git: pygit2.Repository, name: str, commit: pygit2.Oid, message: str, author: str) -> pygit2.Oid:
    """Write an annotated tag's object; no reference leads to it yet."""
    who = make_signature(author)
    text = f"object {commit}\ntype commit\ntag {name}\ntagger {who.name} <{who.email}> {who.time} +0000\n\n{message}\n"
    return git.odb.write(ObjectType.TAG, text.encode())


def admit_objects(git: pygit2.Repository, quarantine: Path, made: pygit2.Oid) -> None:
    """Move the objects of a new commit or tag from quarantine into the repository, synced; sets no reference."""
    objects = Path(git.path) / "objects"
    found = _find_needed(git, quarantine, made)
    if len(found) <= _LOOSE:
        moves = [(_loose_path(quarantine, oid), _loose_path(objects, oid)) for oid in found]
    else:
        pack = pygit2.PackBuilder(git)
        for oid in found:
            pack.add(oid)
        pack.write(quarantine)
        files = sorted(quarantine.glob("pack-*"), key=lambda file: file.suffix == ".idx")  # git looks for the index
        moves = [(file, objects / "pack" / file.name) for file in files]
    for draft, target in moves:
        sync(draft)
        put_in_place(draft, target)


def _find_needed(git: pygit2.Repository, quarantine: Path, made: pygit2.Oid) -> list[pygit2.Oid]:
    """The objects in quarantine that a new commit or tag leads to, each after those that it leads to itself."""
    found: dict[pygit2.Oid, None] = {}

    def visit(node: pygit2.Object) -> None:
        if node.id in found or not _loose_path(quarantine, node.id).exists():
            return
        if isinstance(node, pygit2.Tree):
            for child in node:
                visit(child)
        found[node.id] = None

    top = git[made]
    visit(top.peel(pygit2.Tree))
    visit(top)
    return list(found)


def _loose_path(objects: Path, oid: pygit2.Oid) -> Path:
    text = str(oid)
    return objects / text[:2] / text[2:]
