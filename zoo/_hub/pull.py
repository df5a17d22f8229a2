"""A release from the Hub into the Hub's cache: every file checked, and what is damaged there fetched anew."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

from zoo._catalog import describe, folder, read_catalog
from zoo._errors import DamagedRelease, NotHere, UnknownName, VersionTaken, ZooError, suggest_name
from zoo._format import NAME, SUMS, VERSION, Pin, parse_sums, version_number
from zoo._hub.cache import fetch_file
from zoo._hub.endpoint import explain_errors, open_api
from zoo._hub.readback import hash_file, list_version_tags
from zoo._publish import pin_version
from zoo._releases import Release, verify


def pull(reference: str, namespace: str | None = None, root: Path | None = None) -> Release:
    """Bring every file of a release into the Hub's cache, check each, and fetch anew what is damaged there.

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
            return describe(_pin_tagged_version(name, version, f"{namespace}/{name}", root or folder()), root)
    release = describe(reference, root)
    if release.hub is not None:
        _fetch_all(release.hub, release.reference, release.digest)
    elif release.carried:
        verify(release)
    else:
        raise NotHere(f"The catalog does not say where {release.reference} is: name its --namespace.")
    return release


def _pin_tagged_version(name: str, version: str, repo: str, root: Path) -> str:
    """Fetch and check the version that the repo's tag is on, and pin it in the catalog; returns the full reference."""
    if not NAME.fullmatch(name) or (version and not VERSION.fullmatch(version)):
        raise UnknownName(f"A release is called like 'lenet.mnist' or 'lenet.mnist@v1', not {name}@{version}.")
    hub = open_api()
    with explain_errors(repo, "read"):
        tags = list_version_tags(hub, repo)
    if not tags:
        raise UnknownName(f"{repo} has no version yet.")
    version = version or max(tags, key=version_number)
    if version not in tags:
        raise UnknownName(f"{repo} has no version {version!r}{suggest_name(version, tags)}")
    reference, where = f"{name}@{version}", Pin(repo, tags[version])
    digest = hash_file(fetch_file(where, SUMS, reference))
    known = read_catalog(root).get(name, {}).get(version)
    if known is not None and known["digest"] != digest:
        raise VersionTaken(f"{repo} has {version} with other bytes than the catalog has published: do not use it.")
    files = _fetch_all(where, reference, digest)
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
    pin_version(root, name, version, where, entry)
    return reference


def _fetch_all(where: Pin, reference: str, digest: str) -> dict[str, Path]:
    """Fetch and check every file that the release lists; returns each one's path in the cache."""
    files: dict[str, Path] = {}
    for file, expected in parse_sums(_fetch_checked(where, SUMS, reference, digest).read_bytes()).items():
        if PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts:
            raise DamagedRelease(f"{where.repo} lists {file!r}, which is no file of a release: nothing was loaded.")
        files[file] = _fetch_checked(where, file, reference, expected)
    return files


def _fetch_checked(where: Pin, file: str, reference: str, expected: str) -> Path:
    """One file's path in the cache, fetched anew where its SHA-256 is not `expected`.

    Raises:
        DamagedRelease: a fresh copy has another SHA-256 too.
    """
    path = fetch_file(where, file, reference)
    if hash_file(path) != expected:
        path = fetch_file(where, file, reference, anew=True)
        if hash_file(path) != expected:
            raise DamagedRelease(
                f"{where.repo} at {where.commit[:12]} answers with another {file} than {reference} was published with: "
                "do not use it."
            )
    return path
