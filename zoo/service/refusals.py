"""Refusals, in the form that huggingface_hub turns into its own exceptions."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse


class Refusal(Exception):
    """One sentence for a person, a status, and the code that `huggingface_hub` reads from `X-Error-Code`."""

    def __init__(
        self, status: int, sentence: str, code: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.code = code
        self.headers = headers or {}


def make_refusal_response(
    status: int, sentence: str, more: Mapping[str, object] | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A response with the sentence in its body and in `X-Error-Message`, and `more` fields in its body."""
    sentence = sentence.encode(errors="replace").decode()
    plain = " ".join("".join(letter if " " <= letter <= "~" else "?" for letter in sentence).split())
    own = {"X-Error-Message": plain[:1000], "Cache-Control": "no-store"}
    return JSONResponse({**(more or {}), "error": sentence}, status, {**(headers or {}), **own})


def repo_not_found(repo: object) -> Refusal:
    """404 for a repository that does not exist."""
    return Refusal(404, f"There is no repository {repo}: check its name, or create it first.", "RepoNotFound")


def revision_not_found(revision: str) -> Refusal:
    """404 for a branch, tag or commit that does not exist."""
    return Refusal(
        404, f"There is no revision {revision!r}: it is neither a branch, a tag nor a commit.", "RevisionNotFound"
    )


def entry_not_found(path: str, commit: str) -> Refusal:
    """404 for a file; the client remembers that it is missing in this very commit, so the commit is sent with it."""
    return Refusal(404, f"There is no file {path!r} in this revision.", "EntryNotFound", {"X-Repo-Commit": commit})


def bad_request(sentence: str) -> Refusal:
    """400 for a request that is not well formed."""
    return Refusal(400, sentence, "BadRequest")


def unsupported(sentence: str) -> Refusal:
    """501 for what the Hub offers and this service does not."""
    return Refusal(501, sentence, "NotSupported")
