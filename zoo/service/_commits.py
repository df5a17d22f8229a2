"""Changing a repository by what the client sends: one line of JSON per file, all of them or none."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BufferedIOBase
from typing import Any

import pygit2

from zoo.service import _attributes, _store
from zoo.service._attributes import REGULAR_BYTES
from zoo.service._errors import Refusal, bad_request, entry_not_found, revision_not_found
from zoo.service._names import RepoId, digest, file_path
from zoo.service._objects import Objects
from zoo.service._store import Store
from zoo.service._trees import Draft, Large, read_pointer

LINE_BYTES = REGULAR_BYTES * 4 // 3 + 16 * 1024  # a regular file in base64, and what stands around it
LINES = 25_000
MESSAGE_BYTES = 64 * 1024
_FIELDS = {
    "header": ({"summary"}, {"description", "parentCommit"}),
    "file": ({"path", "content"}, {"encoding"}),
    "lfsFile": ({"path", "oid"}, {"algo", "size"}),
    "deletedFile": ({"path"}, set()),
    "deletedFolder": ({"path"}, set()),
}


@dataclass
class _Operation:
    line: int
    key: str
    path: str
    blob: pygit2.Oid | None = None


@dataclass
class _Request:
    message: str = ""
    parent: str | None = None
    operations: list[_Operation] = field(default_factory=list)


def commit(store: Store, objects: Objects, repo: RepoId, branch: str, lines: BufferedIOBase, author: str) -> str:
    """Apply the lines to a branch; returns the commit that it now leads to: the old one where nothing changes.

    Args:
        lines: the request's body; the first line is the header.

    Raises:
        Refusal: a line is not right (400, naming it), a file to be deleted is not there (404), or the branch is not
            where `parentCommit` says (412). Then nothing has changed, and nothing of it is kept.
    """
    git = store.open(repo)
    with store.quarantine(git) as quarantine:
        request = _read(git, objects, lines)
        with store.writing(repo):
            ref = f"refs/heads/{branch.removeprefix('refs/heads/')}"
            try:
                head = git.references[ref].peel(pygit2.Commit)
            except (KeyError, ValueError) as error:
                raise revision_not_found(branch) from error
            if request.parent is not None and request.parent != str(head.id):
                raise Refusal(
                    412,
                    f"The branch has moved: {branch!r} is at {head.id}, not at the parentCommit that you sent; look at "
                    "what has changed, then commit again.",
                )
            draft = Draft(git, head.tree)
            for operation in request.operations:
                _apply(draft, operation, str(head.id))
            tree = draft.write()
            if tree == head.tree.id:
                return str(head.id)
            made = _store.write_commit(git, tree, [head.id], request.message, author)
            made = _with_rules(git, draft, made, head, request, author)
            _store.admit(git, quarantine, made)
            _store.set_ref(git, ref, made, force=True)
            return str(made)


def _read(git: pygit2.Repository, objects: Objects, lines: BufferedIOBase) -> _Request:
    """Check every line and write its file, if it brings one, into quarantine."""
    request: _Request | None = None
    for number, line in _numbered(lines):
        try:
            key, value = _parse(line)
            if request is None:
                if key != "header":
                    raise bad_request("the first line must be the header, with the commit's summary")
                request = _header(value)
            elif key == "header":
                raise bad_request("there is a second header")
            else:
                request.operations.append(_operation(git, objects, number, key, value))
        except Refusal as refusal:
            raise Refusal(refusal.status, f"Line {number}: {refusal.sentence}", refusal.code) from refusal
    if request is None:
        raise bad_request("The body is empty: send a header and then a line for each file.")
    return request


def _numbered(lines: BufferedIOBase) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := lines.readline(LINE_BYTES + 2):
        number += 1
        if number > LINES:
            raise Refusal(413, f"A commit takes at most {LINES:,} lines: split it into several.")
        if line.strip():
            yield number, line


def _parse(line: bytes) -> tuple[str, dict[str, Any]]:
    try:
        item = json.loads(line)
        key, value = item["key"], item["value"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise bad_request('it is not an object of JSON with "key" and "value"') from error
    if not isinstance(key, str) or not isinstance(value, dict) or set(item) != {"key", "value"}:
        raise bad_request('it is not an object of JSON with just "key" and "value"')
    if key == "copyFile":
        raise Refusal(501, "copying is not supported: send the file itself", "NotSupported")
    if key not in _FIELDS:
        raise bad_request(f"{key[:50]!r} is none of {', '.join(_FIELDS)}")
    required, optional = _FIELDS[key]
    if not required <= set(value) <= required | optional:
        raise bad_request(f"{key!r} takes {', '.join(sorted(required))} and, if you like, {sorted(optional)}")
    return key, value


def _header(value: dict[str, Any]) -> _Request:
    summary, description = value["summary"], value.get("description") or ""
    parent = value.get("parentCommit")
    if not isinstance(summary, str) or not isinstance(description, str) or not isinstance(parent, str | None):
        raise bad_request("summary, description and parentCommit are texts")
    message = f"{summary.strip()}\n\n{description.strip()}".strip()
    try:
        size = len(message.encode())
    except UnicodeEncodeError as error:
        raise bad_request("the summary is not UTF-8") from error
    if not summary.strip() or size > MESSAGE_BYTES or "\0" in message:
        raise bad_request(f"a commit needs a summary, which with its description has at most {MESSAGE_BYTES} bytes")
    return _Request(message, parent)


def _operation(git: pygit2.Repository, objects: Objects, number: int, key: str, value: dict[str, Any]) -> _Operation:
    path = value["path"]
    if not isinstance(path, str):
        raise bad_request("path is a text")
    path = file_path(path.removesuffix("/") if key == "deletedFolder" else path)
    if key == "file":
        return _Operation(number, key, path, git.create_blob(_content(objects, path, value)))
    if key == "lfsFile":
        if value.get("algo", "sha256") != "sha256":
            raise bad_request(f"the algorithm {str(value['algo'])[:50]!r} is unknown: large files go by sha256")
        large = _stored(objects, path, digest(value["oid"]), value.get("size"))
        return _Operation(number, key, path, git.create_blob(large.pointer))
    return _Operation(number, key, path)


def _content(objects: Objects, path: str, value: dict[str, Any]) -> bytes:
    if value.get("encoding", "base64") != "base64" or not isinstance(value["content"], str):
        raise bad_request("the content of a file is a text in base64")
    try:
        content = base64.b64decode(value["content"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise bad_request(f"the content of {path!r} is not base64") from error
    if len(content) > REGULAR_BYTES:
        raise bad_request(f"{path!r} is larger than {REGULAR_BYTES // 2**20} MB: send it as a large file, by LFS")
    if large := read_pointer(content):
        _stored(objects, path, large.oid, large.size)  # a pointer is served as the file that it stands for
    return content


def _stored(objects: Objects, path: str, oid: str, size: object) -> Large:
    stored = objects.size(oid)
    if stored is None:
        raise bad_request(f"the large file {path!r} ({oid}) has not arrived: upload it by LFS first")
    if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size != stored):
        raise bad_request(f"the large file {path!r} ({oid}) has {stored} bytes, not {str(size)[:40]}")
    return Large(oid, stored)


def _apply(draft: Draft, operation: _Operation, head: str) -> None:
    path = operation.path
    if operation.blob is not None:
        clash = draft.put(path, operation.blob)
        if clash is not None:
            raise bad_request(
                f"Line {operation.line}: {clash!r} would be a file and a folder at once: delete one of them first."
            )
    elif not draft.remove(path, folder=operation.key == "deletedFolder"):
        what = "folder" if operation.key == "deletedFolder" else "file"
        refusal = entry_not_found(path, head)
        refusal.sentence = f"Line {operation.line}: A {what} with this name doesn't exist: {path!r}."
        raise refusal


def _with_rules(
    git: pygit2.Repository, draft: Draft, made: pygit2.Oid, head: pygit2.Commit, request: _Request, author: str
) -> pygit2.Oid:
    """The commit, with a rule in .gitattributes for each large file that none covers, so that git-lfs knows it."""
    large = {operation.path for operation in request.operations if operation.key == "lfsFile"}
    missing = [path for path in sorted(large) if not _attributes.is_large(git, made, path)]
    if not missing:
        return made
    old = draft.get(_attributes.FILE)
    text = git.odb.read(old)[1].decode(errors="replace") if old else ""
    if text and not text.endswith("\n"):
        text += "\n"
    known = set(text.splitlines())
    lines = [line for line in map(_attributes.rule, missing) if line not in known]
    if not lines or draft.put(_attributes.FILE, git.create_blob((text + "\n".join(lines) + "\n").encode())):
        return made
    return _store.write_commit(git, draft.write(), [head.id], request.message, author)
