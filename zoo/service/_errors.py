"""Refusals: what the service answers instead of doing it, in the form that the client turns into its own exception."""

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


def refused(
    status: int, sentence: str, more: Mapping[str, object] | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """One sentence, in the body and where the client looks for it, with `more` fields beside it."""
    sentence = sentence.encode(errors="replace").decode()
    plain = " ".join("".join(letter if " " <= letter <= "~" else "?" for letter in sentence).split())
    told = {"X-Error-Message": plain[:1000], "Cache-Control": "no-store"}
    return JSONResponse({**(more or {}), "error": sentence}, status, {**(headers or {}), **told})


def repo_not_found(repo: object) -> Refusal:
    return Refusal(404, f"There is no repository {repo}: check its name, or create it first.", "RepoNotFound")


def revision_not_found(revision: str) -> Refusal:
    return Refusal(
        404, f"There is no revision {revision!r}: it is neither a branch, a tag nor a commit.", "RevisionNotFound"
    )


def entry_not_found(path: str, commit: str) -> Refusal:
    """The client remembers that the file does not exist in this very commit, so the commit travels along."""
    return Refusal(404, f"There is no file {path!r} in this revision.", "EntryNotFound", {"X-Repo-Commit": commit})


def bad_request(sentence: str) -> Refusal:
    return Refusal(400, sentence, "BadRequest")


def unsupported(sentence: str) -> Refusal:
    return Refusal(501, sentence, "NotSupported")
