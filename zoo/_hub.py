"""Releases on the Hugging Face Hub, or on any service that speaks its protocol: pushed, pulled, pinned, proved.

A release is a model repo, a version is a tag on one commit. `HF_ENDPOINT`, `HF_TOKEN`, `HF_HOME` and `HF_HUB_OFFLINE`
mean what they mean to huggingface_hub, which does all the talking.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

from zoo._cache import SUMS, Pin, fetch, parse_sums
from zoo._endpoint import api, speaking
from zoo._errors import DamagedRelease, NotHere, UnknownName, VersionTaken, ZooError, nearest
from zoo._publish import pin
from zoo._releases import HOME, NAME, VERSION, Release, describe, read_catalog, read_sums, verify

if TYPE_CHECKING:
    from huggingface_hub import HfApi

# How long a version that another publisher has committed but not tagged is left to that publisher.
PATIENCE_SECONDS = 5.0
_ATTEMPTS = 20

State = Literal["pinned", "moved", "missing", "unpinned", "unknown"]


@dataclass(frozen=True)
class Pushed:
    """What `push` did: where the version lives now, and whether this call put it there."""

    reference: str
    hub: Pin
    new: bool


@dataclass(frozen=True)
class Remote:
    """One version as the Hub has it, beside what the catalog pins.

    `state`: "pinned" (the tag is on the pinned commit), "moved" (it is on another), "missing" (the catalog pins a
    version that has no tag), "unpinned" (the catalog knows the version and pins no commit), "unknown" (it does not).
    """

    name: str
    version: str
    repo: str
    commit: str | None
    pinned: str | None
    state: State


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
    hub, repo = api(), f"{namespace}/{release.name}"
    with speaking(repo, "write"):
        hub.create_repo(repo, private=private, exist_ok=True)
        commit, new = _publish_version(hub, repo, release)
        _prove(hub, Pin(repo, commit), release)
    where = Pin(repo, commit)
    if release.hub != where:
        pin(root or HOME, release.name, release.version, where)
    return Pushed(release.reference, where, new)


def pull(reference: str, namespace: str | None = None, root: Path | None = None) -> Release:
    """Bring a release into the Hub's cache whole, fetching anew what is damaged there, and prove every file.

    With `namespace`, a version that the catalog does not pin there is looked up by its tag (the newest one, if the
    reference names none), entered in the catalog where it is not known, and pinned.

    Raises:
        UnknownName: neither the catalog nor the repo has it.
        VersionTaken: the repo's version has other bytes than the catalog's.
        DamagedRelease: a file is not the one that was published, and neither is a fresh copy.
        NotHere: it is not in the cache, and the Hub cannot be reached.
    """
    name, _, version = reference.partition("@")
    if namespace is not None:
        where = read_catalog(root).get(name, {}).get(version, {}).get("hub", {})
        if where.get("repo") != f"{namespace}/{name}":
            return describe(_adopt(name, version, f"{namespace}/{name}", root or HOME), root)
    release = describe(reference, root)
    if release.hub is not None:
        _collect(release.hub, release.reference, release.digest)
    elif release.carried:
        verify(release)
    else:
        raise NotHere(f"The catalog does not say where {release.reference} is: name its --namespace.")
    return release


def remote(namespace: str | None = None, root: Path | None = None, name: str | None = None) -> list[Remote]:
    """Every version that the Hub has, sorted: of `name` or of all, in `namespace` or in the repos that are pinned.

    Raises:
        ZooError: the Hub cannot be reached.
    """
    hub, catalog = api(), read_catalog(root)
    pinned = {
        (name, version): Pin(**entry["hub"])
        for name, versions in catalog.items()
        for version, entry in versions.items()
        if "hub" in entry
    }
    with speaking(namespace or "the Hub", "read"):
        if namespace and name:
            repos = {f"{namespace}/{name}"}
        elif namespace:
            repos = {model.id for model in hub.list_models(author=namespace)}
        else:
            repos = {where.repo for (pinned_name, _), where in pinned.items() if name in (None, pinned_name)}
        rows = []
        for repo in sorted(repo for repo in repos if NAME.fullmatch(repo.rpartition("/")[2])):
            found, tags = repo.rpartition("/")[2], _tags(hub, repo)
            here = {version: where.commit for (n, version), where in pinned.items() if (n, where.repo) == (found, repo)}
            for version in sorted(tags.keys() | here.keys(), key=lambda v: int(v[1:])):
                commit, known = tags.get(version), here.get(version)
                state: State
                if known is None:
                    state = "unpinned" if version in catalog.get(found, {}) else "unknown"
                elif commit is None:
                    state = "missing"
                else:
                    state = "pinned" if commit == known else "moved"
                rows.append(Remote(found, version, repo, commit, known, state))
    return rows


def verify_remote(reference: str, root: Path | None = None) -> int:
    """Read a pinned version back from the Hub, past every cache, and hash it; returns how many bytes were read.

    Raises:
        DamagedRelease: its tag is not on the pinned commit, or a file there is not the one that was published.
        ZooError: the catalog pins nothing for it, or the Hub cannot be reached.
    """
    release = describe(reference, root)
    if release.hub is None:
        raise ZooError(f"The catalog pins no repo for {release.reference}: push it first.")
    hub, where = api(), release.hub
    with speaking(where.repo, "read"):
        commit = _tags(hub, where.repo).get(release.version)
        if commit is None:
            raise DamagedRelease(f"{where.repo} has no tag {release.version} any more.")
        if commit != where.commit:
            raise DamagedRelease(
                f"{where.repo} has moved its tag {release.version} from {where.commit[:12]} to {commit[:12]}: "
                "a version never changes, so do not use it."
            )
        return _prove(hub, where, release)


def _publish_version(api: HfApi, repo: str, release: Release) -> tuple[str, bool]:
    """The commit of this version, and whether it was made now. Whoever creates the tag has published the version."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, errors

    sums = read_sums(release)
    deadline: float | None = None
    for _ in range(_ATTEMPTS):
        refs = api.list_repo_refs(repo)
        tags = {tag.name: tag.target_commit for tag in refs.tags}
        if release.version in tags:
            return _same_or_taken(api, repo, tags[release.version], release), False
        head = next((branch.target_commit for branch in refs.branches if branch.name == "main"), None)
        if head is not None and _is_anothers_draft(api, repo, head, release):
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


def _is_anothers_draft(api: HfApi, repo: str, head: str, release: Release) -> bool:
    """Whether the head is this very version with other bytes, committed and not (yet) tagged."""
    from huggingface_hub import errors

    with tempfile.TemporaryDirectory() as folder:
        try:
            if _digest(_download(api, Pin(repo, head), SUMS, folder)) == release.digest:
                return False
            config = json.loads(_download(api, Pin(repo, head), "config.json", folder).read_bytes())
            return config.get("version") == release.version
        except (errors.RemoteEntryNotFoundError, ValueError, AttributeError):
            return False


def _same_or_taken(api: HfApi, repo: str, commit: str, release: Release) -> str:
    from huggingface_hub import errors

    with tempfile.TemporaryDirectory() as folder:
        try:
            same = _digest(_download(api, Pin(repo, commit), SUMS, folder)) == release.digest
        except errors.RemoteEntryNotFoundError:
            same = False
    if not same:
        raise VersionTaken(f"{repo} has another {release.version} already; versions never change: push the next one.")
    return commit


def _prove(api: HfApi, where: Pin, release: Release) -> int:
    """Read every file of the commit back, past every cache, and compare it with the catalog; returns the bytes read."""
    count, sums = 0, {SUMS: release.digest}
    with tempfile.TemporaryDirectory() as folder:
        while sums:
            file, digest = sums.popitem()
            path = _download(api, where, file, folder)
            if _digest(path) != digest:
                raise DamagedRelease(
                    f"{where.repo} at {where.commit[:12]} ({release.version}) answers with another {file} than was "
                    "published: do not use it."
                )
            if file == SUMS:
                sums = parse_sums(path.read_bytes())
            count += path.stat().st_size
    return count


def _adopt(name: str, version: str, repo: str, root: Path) -> str:
    """Fetch what the repo's tag is on, prove it whole, and pin it in the catalog; returns the full reference."""
    if not NAME.fullmatch(name) or (version and not VERSION.fullmatch(version)):
        raise UnknownName(f"A release is called like 'lenet.mnist' or 'lenet.mnist@v1', not {name}@{version}.")
    hub = api()
    with speaking(repo, "read"):
        tags = _tags(hub, repo)
    if not tags:
        raise UnknownName(f"{repo} has no version yet.")
    version = version or max(tags, key=lambda v: int(v[1:]))
    if version not in tags:
        raise UnknownName(f"{repo} has no version {version!r}{nearest(version, tags)}")
    reference, where = f"{name}@{version}", Pin(repo, tags[version])
    digest = _digest(fetch(where, SUMS, reference))
    known = read_catalog(root).get(name, {}).get(version)
    if known is not None and known["digest"] != digest:
        raise VersionTaken(f"{repo} has {version} with other bytes than the catalog has published: do not use it.")
    files = _collect(where, reference, digest)
    try:
        config = json.loads(files["config.json"].read_bytes())
        if (config["name"], config["version"]) != (name, version):
            raise ZooError(f"{repo} calls its {version} {config['name']}@{config['version']}: nothing was entered.")
        entry = {
            "digest": digest,
            **{key: config[key] for key in ("created", "architecture", "task", "metric", "parameters", "macs")},
            "bytes": sum(path.stat().st_size for path in files.values()),
        }
    except (KeyError, TypeError, ValueError) as error:
        raise ZooError(f"{repo} is not a release of this zoo: its config.json lacks {error}.") from error
    pin(root, name, version, where, entry)
    return reference


def _collect(where: Pin, reference: str, digest: str) -> dict[str, Path]:
    """Every listed file's path in the cache, each the one that was published; damaged ones are fetched anew."""
    files: dict[str, Path] = {}
    for file, expected in parse_sums(_whole(where, SUMS, reference, digest).read_bytes()).items():
        if PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts:
            raise DamagedRelease(f"{where.repo} lists {file!r}, which is no file of a release: nothing was loaded.")
        files[file] = _whole(where, file, reference, expected)
    return files


def _whole(where: Pin, file: str, reference: str, expected: str) -> Path:
    path = fetch(where, file, reference)
    if _digest(path) != expected:
        path = fetch(where, file, reference, anew=True)
        if _digest(path) != expected:
            raise DamagedRelease(
                f"{where.repo} at {where.commit[:12]} answers with another {file} than {reference} was published with: "
                "do not use it."
            )
    return path


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _download(api: HfApi, where: Pin, file: str, folder: str) -> Path:
    return Path(api.hf_hub_download(where.repo, file, revision=where.commit, cache_dir=folder))


def _tags(api: HfApi, repo: str) -> dict[str, str]:
    """`{version: commit}` of the tags that are versions."""
    return {tag.name: tag.target_commit for tag in api.list_repo_refs(repo).tags if VERSION.fullmatch(tag.name)}
