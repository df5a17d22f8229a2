"""Which names the service takes: namespaces, repositories, files, branches and tags, digests.

This is the one place that refuses a name. What passes here can be put into a path of this machine, into a git tree
and onto the disk of whoever downloads it, be that a Windows machine.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from zoo.service.refusals import Refusal, bad_request, repo_not_found

Kind = Literal["model", "space"]
KINDS: tuple[Kind, ...] = ("model", "space")
_RESERVED = {"api", "datasets", "models", "spaces"}  # the service's own addresses begin with these

_PLAIN = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?: *\..*)?", re.IGNORECASE)
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # control, invisible formatting, half a surrogate pair, line separators
_COMMIT = re.compile(r"[0-9a-f]{40}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_REF_FORBIDS = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")

PATH_BYTES = 1024
PART_BYTES = 255
REF_BYTES = 200


@dataclass(frozen=True)
class RepoId:
    """A repository: its kind, its namespace and its name, all of them legal."""

    kind: Kind
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def address(self) -> str:
        """Where its pages and files are below the service: `ns/name`, or `spaces/ns/name`."""
        return str(self) if self.kind == "model" else f"spaces/{self}"


def check_namespace(text: str) -> str:
    """A legal namespace, or a refusal."""
    if text.lower() in _RESERVED:
        raise bad_request(f"{text!r} is no namespace, because the service's own addresses begin so: take another.")
    return _check_plain_name(text, "namespace")


def check_repo_id(kind: Kind, owner: str, name: str) -> RepoId:
    """A legal repository, or a refusal with 400: names are those that the client's own check lets through."""
    return RepoId(kind, check_namespace(owner), _check_plain_name(name, "repository name"))


def parse_repo_in_url(kind: Kind, owner: str, name: str) -> RepoId:
    """A repository as an address names it; where no such name can exist, the repository does not exist."""
    try:
        return check_repo_id(kind, decode_part(owner), decode_part(name))
    except Refusal as refusal:
        raise repo_not_found(repr(f"{owner}/{name}"[:200])) from refusal


def _check_plain_name(text: str, what: str) -> str:
    legal = _PLAIN.fullmatch(text) and ".." not in text and "--" not in text
    if not legal or text.lower().endswith((".git", ".lock")) or _DEVICE.fullmatch(text):
        raise bad_request(
            f"{text[:100]!r} is no {what}: use up to 96 letters, digits, '.', '_' and '-', without '..' and '--', "
            f"ending in a letter or digit, and no device name of Windows."
        )
    return text


def decode_part(text: str) -> str:
    """What a percent-encoded part of an address says; refuses what is not UTF-8."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise bad_request("The address holds bytes that are not UTF-8: percent-encode names as UTF-8.") from error


def check_file_path(text: str) -> str:
    """A legal path of a file or folder in a repository: relative, with '/' between its parts; or a refusal."""
    reason = _find_objection(text) or _find_objection(_decode_fully(text))
    if reason:
        raise bad_request(f"The path {text[:200]!r} is refused, because {reason}.")
    return text


def check_path_in_url(text: str) -> str:
    """A path as an address names it; where no such file can exist, it does not (404), which the client understands."""
    try:
        return check_file_path(text)
    except Refusal as refusal:
        raise Refusal(404, refusal.sentence, "EntryNotFound") from refusal


def _decode_fully(text: str) -> str:
    """Percent-encoding taken off until none is left, so that nothing hides beneath two layers of it."""
    while (plain := unquote(text)) != text:
        text = plain
    return text


def _find_objection(path: str) -> str | None:
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        return "it is not UTF-8"
    if not path:
        return "it is empty"
    if size > PATH_BYTES:
        return f"it is longer than {PATH_BYTES} bytes"
    if "\\" in path:
        return "it holds a backslash: write '/' between folders"
    if path.startswith("/"):
        return "it is absolute: give it relative to the repository"
    if any(unicodedata.category(character) in _UNPRINTABLE for character in path):
        return "it holds control characters"
    for part in path.split("/"):
        if part in ("", ".", ".."):
            return "one of its parts is empty, '.' or '..'"
        if len(part.encode()) > PART_BYTES:
            return f"one of its parts is longer than {PART_BYTES} bytes"
        if part[-1] in ". ":
            return f"{part!r} ends in a dot or space, which Windows drops"
        if set(part) & set('<>:"|?*'):
            return f'{part!r} holds one of < > : " | ? *, which Windows forbids'
        if _DEVICE.fullmatch(part):
            return f"{part!r} is a device on Windows"
        if part.lower() == ".git" or part.lower().startswith("git~"):
            return "'.git' belongs to git"
    return None


def check_ref_name(text: str, what: str) -> str:
    """A legal name for a new branch or tag, after git's own rules and those of paths; or a refusal."""
    legal = (
        len(text.encode(errors="replace")) <= REF_BYTES
        and _find_objection(text) is None
        and _find_objection(_decode_fully(text)) is None
        and not _REF_FORBIDS.search(text)
        and not any(part.startswith((".", "-")) or part.lower().endswith(".lock") for part in text.split("/"))
        and not text.startswith("refs/")
        and not _COMMIT.fullmatch(text)
        and text not in ("@", "HEAD")
    )
    if not legal:
        raise bad_request(
            f"{text[:200]!r} is no name for a {what}: use up to {REF_BYTES} letters, digits, '.', '_', '-' and '/', "
            "no part starting with '.' or '-' or ending in '.' or '.lock', and no commit's digest."
        )
    return text


def is_ref_name(text: str) -> bool:
    """Whether a branch or tag of this name can exist."""
    try:
        return check_ref_name(text, "revision") == text
    except Refusal:
        return False


def is_commit(text: str) -> bool:
    """Whether this is the full digest of a commit."""
    return _COMMIT.fullmatch(text) is not None


def check_digest(text: object) -> str:
    """A SHA-256 in 64 small hexadecimal digits, or a refusal."""
    if not isinstance(text, str) or not _DIGEST.fullmatch(text):
        raise bad_request(f"{str(text)[:100]!r} is no SHA-256: it has 64 hexadecimal digits in small letters.")
    return text
