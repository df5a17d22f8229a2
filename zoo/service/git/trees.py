"""A commit's tree: folders, regular files, and the pointers that stand for large ones; and a draft of the next tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pygit2
from pygit2.enums import ObjectType

POINTER_BYTES = 200
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:([0-9a-f]{64})\nsize (0|[1-9][0-9]{0,18})\n"
)


@dataclass(frozen=True)
class Large:
    """A file kept outside git: its SHA-256 and its size in bytes."""

    oid: str
    size: int

    @property
    def pointer(self) -> bytes:
        """The text that git keeps in its stead, after the git-lfs specification."""
        return f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.oid}\nsize {self.size}\n".encode()


@dataclass(frozen=True)
class Entry:
    """A file or folder in a commit; `size` is the file's own, also where git keeps a pointer (0 for a folder)."""

    path: str
    oid: str
    size: int
    large: Large | None = None
    pointer_size: int = 0
    folder: bool = False

    @property
    def etag(self) -> str:
        """What names the bytes: the large file's SHA-256, or git's own digest."""
        return self.large.oid if self.large else self.oid

    def listing(self) -> dict[str, Any]:
        """The row that the client's `RepoFile` and `RepoFolder` are made of."""
        row: dict[str, Any] = {
            "type": "directory" if self.folder else "file", "oid": self.oid, "size": self.size, "path": self.path,
        }  # fmt: skip
        if self.large:
            row["lfs"] = {"oid": self.large.oid, "size": self.large.size, "pointerSize": self.pointer_size}
        return row


def read_pointer(content: bytes) -> Large | None:
    """The large file that a pointer stands for; None where `content` is no pointer."""
    match = _POINTER.fullmatch(content)
    return Large(match[1].decode(), int(match[2])) if match else None


def read_entry(git: pygit2.Repository, path: str, oid: pygit2.Oid) -> Entry:
    """A file, its size read from the object's header; only what is as short as a pointer is opened."""
    _kind, size = git.odb.read_header(oid)
    large = read_pointer(git.odb.read(oid)[1]) if size <= POINTER_BYTES else None
    return Entry(path, str(oid), large.size if large else size, large, size if large else 0)


def _read_node(git: pygit2.Repository, path: str, node: pygit2.Object) -> Entry | None:
    """None for what is neither a file nor a folder (a submodule, which only git itself could have brought)."""
    if node.type == ObjectType.TREE:
        return Entry(path, str(node.id), 0, folder=True)
    return read_entry(git, path, node.id) if node.filemode in (0o100644, 0o100755) else None


def walk_tree(
    git: pygit2.Repository, tree: pygit2.Tree, base: str = "", recursive: bool = True, skip: int = 0
) -> Iterator[Entry]:
    """Folders and files below `tree`, a folder before what it holds; the first `skip` are passed over unread."""
    stack = [(base, iter(tree))]
    while stack:
        prefix, nodes = stack[-1]
        node = next(nodes, None)
        if node is None:
            stack.pop()
            continue
        path = f"{prefix}{node.name}"
        if skip:
            skip -= 1
        elif found := _read_node(git, path, node):
            yield found
        if recursive and isinstance(node, pygit2.Tree):
            stack.append((f"{path}/", iter(node)))


def list_files(git: pygit2.Repository, tree: pygit2.Tree) -> Iterator[Entry]:
    """Every file below `tree`."""
    return (found for found in walk_tree(git, tree) if not found.folder)


def find_entry(git: pygit2.Repository, tree: pygit2.Tree, path: str) -> Entry | None:
    """The file or folder at `path`, or None."""
    try:
        node = tree[path]
    except (KeyError, TypeError, ValueError):  # no such entry, or no text that could name one
        return None
    return _read_node(git, path, node)


class TreeDraft:
    """A tree to be changed: folders are opened only where something changes in them."""

    def __init__(self, git: pygit2.Repository, tree: pygit2.Tree | None) -> None:
        self._git = git
        self._tree = tree
        self._changed: dict[str, TreeDraft | pygit2.Oid | None] = {}

    def put(self, path: str, blob: pygit2.Oid) -> str | None:
        """Set a file; returns the path that is a file where a folder is needed or the reverse, or None."""
        *folders, name = path.split("/")
        draft = self
        for depth, folder in enumerate(folders, 1):
            child = draft._child(folder)
            if isinstance(child, pygit2.Oid):
                return "/".join(folders[:depth])
            if child is None:
                child = draft._changed[folder] = TreeDraft(self._git, None)
            draft = child
        inner = draft._child(name)
        if isinstance(inner, TreeDraft) and not inner.is_empty():
            return path
        draft._changed[name] = blob
        return None

    def remove(self, path: str, folder: bool) -> bool:
        """Remove a file or a folder; returns False where there is none."""
        *folders, name = path.split("/")
        draft = self
        for outer in folders:
            child = draft._child(outer)
            if not isinstance(child, TreeDraft):
                return False
            draft = child
        found = draft._child(name)
        if found is None or isinstance(found, TreeDraft) is not folder:
            return False
        if isinstance(found, TreeDraft) and found.is_empty():
            return False
        draft._changed[name] = None
        return True

    def get(self, name: str) -> pygit2.Oid | None:
        """The file `name` at the top, or None."""
        found = self._child(name)
        return found if isinstance(found, pygit2.Oid) else None

    def is_empty(self) -> bool:
        """Whether no file is left in it."""
        if self._tree is not None and any(node.name not in self._changed for node in self._tree):
            return False
        return all(
            child is None or (isinstance(child, TreeDraft) and child.is_empty()) for child in self._changed.values()
        )

    def write(self) -> pygit2.Oid:
        """Write the changed folders; returns the tree's digest. Git knows no empty folders, so they vanish."""
        builder = self._git.TreeBuilder(self._tree) if self._tree is not None else self._git.TreeBuilder()
        for name, child in self._changed.items():
            if isinstance(child, TreeDraft):
                child = None if child.is_empty() else child.write()
                mode = 0o040000
            else:
                mode = 0o100644
            if child is not None:
                builder.insert(name, child, mode)
            elif builder.get(name) is not None:
                builder.remove(name)
        return builder.write()

    def _child(self, name: str) -> TreeDraft | pygit2.Oid | None:
        if name in self._changed:
            return self._changed[name]
        if self._tree is None or name not in self._tree:
            return None
        node = self._tree[name]
        if not isinstance(node, pygit2.Tree):
            return node.id
        child = self._changed[name] = TreeDraft(self._git, node)
        return child
