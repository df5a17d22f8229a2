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

from zoo.service.git.attributes import ATTRIBUTES_FILE, REGULAR_BYTES, format_rule, is_marked_large
from zoo.service.git.database import admit_objects, write_commit
from zoo.service.git.objects import Objects
from zoo.service.git.references import set_ref
from zoo.service.git.store import Store
from zoo.service.git.trees import Large, TreeDraft, read_pointer
from zoo.service.names import RepoId, check_digest, check_file_path
from zoo.service.refusals import Refusal, bad_request, entry_not_found, revision_not_found

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


def apply_commit(store: Store, objects: Objects, repo: RepoId, branch: str, lines: BufferedIOBase, author: str) -> str:
    """Apply the lines to a branch; returns the commit that it now leads to: the old one where nothing changes.

    Args:
        lines: the request's body; the first line is the header.

    Raises:
        Refusal: a line is not right (400, naming it), a file to be deleted is not there (404), or the branch is not
            where `parentCommit` says (412). Then nothing has changed, and nothing of it is kept.
    """
    git = store.open(repo)
    with store.open_quarantine(git) as quarantine:
        request = _read_request(git, objects, lines)
        with store.open_for_writing(repo):
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
            draft = TreeDraft(git, head.tree)
            for operation in request.operations:
                _apply_operation(draft, operation, str(head.id))
            tree = draft.write()
            if tree == head.tree.id:
                return str(head.id)
            made = write_commit(git, tree, [head.id], request.message, author)
            made = _add_attribute_rules(git, draft, made, head, request, author)
            admit_objects(git, quarantine, made)
            set_ref(git, ref, made, force=True)
            return str(made)


def _read_request(git: pygit2.Repository, objects: Objects, lines: BufferedIOBase) -> _Request:
    """Check every line and write its file, if it brings one, into quarantine."""
    request: _Request | None = None
    for number, line in _number_lines(lines):
        try:
            key, value = _parse_line(line)
            if request is None:
                if key != "header":
                    raise bad_request("the first line must be the header, with the commit's summary")
                request = _parse_header(value)
            elif key == "header":
                raise bad_request("there is a second header")
            else:
                request.operations.append(_parse_operation(git, objects, number, key, value))
        except Refusal as refusal:
            raise Refusal(refusal.status, f"Line {number}: {refusal.sentence}", refusal.code) from refusal
    if request is None:
        raise bad_request("The body is empty: send a header and then a line for each file.")
    return request


def _number_lines(lines: BufferedIOBase) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := lines.readline(LINE_BYTES + 2):
        number += 1
        if number > LINES:
            raise Refusal(413, f"A commit takes at most {LINES:,} lines: split it into several.")
        if line.strip():
            yield number, line


def _parse_line(line: bytes) -> tuple[str, dict[str, Any]]:
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


def _parse_header(value: dict[str, Any]) -> _Request:
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


def _parse_operation(
    git: pygit2.Repository, objects: Objects, number: int, key: str, value: dict[str, Any]
) -> _Operation:
    path = value["path"]
    if not isinstance(path, str):
        raise bad_request("path is a text")
    path = check_file_path(path.removesuffix("/") if key == "deletedFolder" else path)
    if key == "file":
        return _Operation(number, key, path, git.create_blob(_decode_content(objects, path, value)))
    if key == "lfsFile":
        if value.get("algo", "sha256") != "sha256":
            raise bad_request(f"the algorithm {str(value['algo'])[:50]!r} is unknown: large files go by sha256")
        large = _find_large_file(objects, path, check_digest(value["oid"]), value.get("size"))
        return _Operation(number, key, path, git.create_blob(large.pointer))
    return _Operation(number, key, path)


def _decode_content(objects: Objects, path: str, value: dict[str, Any]) -> bytes:
    if value.get("encoding", "base64") != "base64" or not isinstance(value["content"], str):
        raise bad_request("the content of a file is a text in base64")
    try:
        content = base64.b64decode(value["content"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise bad_request(f"the content of {path!r} is not base64") from error
    if len(content) > REGULAR_BYTES:
        raise bad_request(f"{path!r} is larger than {REGULAR_BYTES // 2**20} MB: send it as a large file, by LFS")
    if large := read_pointer(content):
        _find_large_file(objects, path, large.oid, large.size)  # a pointer is served as the file that it stands for
    return content


def _find_large_file(objects: Objects, path: str, oid: str, size: object) -> Large:
    stored = objects.size(oid)
    if stored is None:
        raise bad_request(f"the large file {path!r} ({oid}) has not arrived: upload it by LFS first")
    if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size != stored):
        raise bad_request(f"the large file {path!r} ({oid}) has {stored} bytes, not {str(size)[:40]}")
    return Large(oid, stored)


def _apply_operation(draft: TreeDraft, operation: _Operation, head: str) -> None:
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


def _add_attribute_rules(
    git: pygit2.Repository, draft: TreeDraft, made: pygit2.Oid, head: pygit2.Commit, request: _Request, author: str
) -> pygit2.Oid:
    """The commit, with a rule in .gitattributes for each large file that none covers, so that git-lfs knows it."""
    large = {operation.path for operation in request.operations if operation.key == "lfsFile"}
    missing = [path for path in sorted(large) if not is_marked_large(git, made, path)]
    if not missing:
        return made
    old = draft.get(ATTRIBUTES_FILE)
    text = git.odb.read(old)[1].decode(errors="replace") if old else ""
    if text and not text.endswith("\n"):
        text += "\n"
    known = set(text.splitlines())
    lines = [line for line in map(format_rule, missing) if line not in known]
    if not lines or draft.put(ATTRIBUTES_FILE, git.create_blob((text + "\n".join(lines) + "\n").encode())):
        return made
    return write_commit(git, draft.write(), [head.id], request.message, author)
