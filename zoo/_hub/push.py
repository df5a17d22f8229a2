"""A release to the Hub: one commit, a tag on it, read back, and pinned in the catalog."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zoo._catalog import describe, folder
from zoo._errors import VersionTaken, ZooError
from zoo._format import SUMS, Pin
from zoo._hub.endpoint import explain_errors, open_api
from zoo._hub.readback import download, hash_file, read_back
from zoo._publish import pin_version
from zoo._releases import Release, read_sums, verify

if TYPE_CHECKING:
    from huggingface_hub import HfApi

PATIENCE_SECONDS = 5.0
"""How long a version that another publisher has committed, and not tagged yet, is left to that publisher."""
_ATTEMPTS = 20


@dataclass(frozen=True)
class Pushed:
    """What `push` did: where the version is now, and whether this call has put it there (`new`)."""

    reference: str
    hub: Pin
    new: bool


def push(reference: str, namespace: str, root: Path | None = None, private: bool = False) -> Pushed:
    """Upload a release in one commit, tag that commit with its version, read it back, and pin it in the catalog.

    The same version pushed again changes nothing. A push that died is finished by the same push.

    Raises:
        VersionTaken: the repo has this version with other bytes.
        DamagedRelease: the release here, or what the Hub gives back, is not what was published.
        ZooError: the Hub cannot be reached, or the token may not write there.
    """
    release = describe(reference, root)
    verify(release)
    hub, repo = open_api(), f"{namespace}/{release.name}"
    with explain_errors(repo, "write"):
        hub.create_repo(repo, private=private, exist_ok=True)
        commit, new = _commit_and_tag(hub, repo, release)
        read_back(hub, Pin(repo, commit), release)
    where = Pin(repo, commit)
    if release.hub != where:
        pin_version(root or folder(), release.name, release.version, where)
    return Pushed(release.reference, where, new)


def _commit_and_tag(api: HfApi, repo: str, release: Release) -> tuple[str, bool]:
    """Commit the release's files and tag the commit; returns the commit, and False where the tag was there already.

    Whoever creates the tag has published the version.

    Raises:
        VersionTaken: the tag is on other bytes.
        ZooError: others kept changing the repo.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, errors

    sums = read_sums(release)
    deadline: float | None = None
    for _ in range(_ATTEMPTS):
        refs = api.list_repo_refs(repo)
        tags = {tag.name: tag.target_commit for tag in refs.tags}
        if release.version in tags:
            return _check_same_bytes(api, repo, tags[release.version], release), False
        head = next((branch.target_commit for branch in refs.branches if branch.name == "main"), None)
        if head is not None and _is_pushed_by_another(api, repo, head, release):
            deadline = deadline or time.monotonic() + PATIENCE_SECONDS
            if time.monotonic() < deadline:
                time.sleep(0.1)
                continue
        there = set(api.list_repo_files(repo, revision=head)) if head else set()
        try:
            commit = api.create_commit(
                repo,
                [
                    *(CommitOperationAdd(file, release.path / file) for file in [SUMS, *sums]),
                    *(CommitOperationDelete(file) for file in there - {".gitattributes", SUMS, *sums}),
                ],
                commit_message=f"{release.reference}",
                parent_commit=head,
            ).oid
            api.create_tag(repo, tag=release.version, revision=commit, tag_message=release.reference)
            return commit, True
        except errors.HfHubHTTPError as error:
            if error.response.status_code not in (409, 412):  # the tag, or the branch, was another's by then
                raise
    raise ZooError(f"{repo} is being written by too many at once: push again.")


def _is_pushed_by_another(api: HfApi, repo: str, head: str, release: Release) -> bool:
    """Whether the head is this very version with other bytes, committed and not yet tagged."""
    from huggingface_hub import errors

    with tempfile.TemporaryDirectory() as cache:
        try:
            if hash_file(download(api, Pin(repo, head), SUMS, cache)) == release.digest:
                return False
            config = json.loads(download(api, Pin(repo, head), "config.json", cache).read_bytes())
            return config.get("version") == release.version
        except (errors.RemoteEntryNotFoundError, ValueError, AttributeError):
            return False


def _check_same_bytes(api: HfApi, repo: str, commit: str, release: Release) -> str:
    """The commit, where it has the release's bytes. Raises VersionTaken where it has others."""
    from huggingface_hub import errors

    with tempfile.TemporaryDirectory() as cache:
        try:
            same = hash_file(download(api, Pin(repo, commit), SUMS, cache)) == release.digest
        except errors.RemoteEntryNotFoundError:
            same = False
    if not same:
        raise VersionTaken(f"{repo} has another {release.version} already; versions never change: push the next one.")
    return commit
