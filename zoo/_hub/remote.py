"""What the Hub has, beside what the catalog pins: every version listed, and one version read back and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from zoo._catalog import describe, read_catalog
from zoo._errors import DamagedRelease, ZooError
from zoo._format import NAME, Pin, version_number
from zoo._hub.endpoint import explain_errors, open_api
from zoo._hub.readback import list_version_tags, read_back

State = Literal["pinned", "moved", "missing", "unpinned", "unknown"]


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


def remote(namespace: str | None = None, root: Path | None = None, name: str | None = None) -> list[Remote]:
    """List every version that the Hub has: of `name` or of all, in `namespace` or in the repos that are pinned; sorted.

    Raises:
        ZooError: the Hub cannot be reached.
    """
    hub, catalog = open_api(), read_catalog(root)
    pinned = {
        (name, version): Pin(**entry["hub"])
        for name, versions in catalog.items()
        for version, entry in versions.items()
        if "hub" in entry
    }
    with explain_errors(namespace or "the Hub", "read"):
        if namespace and name:
            repos = {f"{namespace}/{name}"}
        elif namespace:
            repos = {model.id for model in hub.list_models(author=namespace)}
        else:
            repos = {where.repo for (pinned_name, _), where in pinned.items() if name in (None, pinned_name)}
        rows = []
        for repo in sorted(repo for repo in repos if NAME.fullmatch(repo.rpartition("/")[2])):
            found, tags = repo.rpartition("/")[2], list_version_tags(hub, repo)
            here = {version: where.commit for (n, version), where in pinned.items() if (n, where.repo) == (found, repo)}
            for version in sorted(tags.keys() | here.keys(), key=version_number):
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
    hub, where = open_api(), release.hub
    with explain_errors(where.repo, "read"):
        commit = list_version_tags(hub, where.repo).get(release.version)
        if commit is None:
            raise DamagedRelease(f"{where.repo} has no tag {release.version} any more.")
        if commit != where.commit:
            raise DamagedRelease(
                f"{where.repo} has moved its tag {release.version} from {where.commit[:12]} to {commit[:12]}: "
                "a version never changes, so do not use it."
            )
        return read_back(hub, where, release)
