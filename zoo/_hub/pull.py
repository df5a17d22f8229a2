"""A release from the Hub into the Hub's cache: every file checked, and what is damaged there fetched anew."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

from zoo._catalog import describe, folder, read_catalog
from zoo._errors import DamagedRelease, NotHere, UnknownName, VersionTaken, ZooError, suggest_name
from zoo._format import NAME, SUMS, VERSION, Pin, parse_sums, version_number
from zoo._hub.cache import fetch_file
from zoo._hub.endpoint import api, speaking
from zoo._hub.readback import hash_file, list_version_tags
from zoo._publish import pin
from zoo._releases import Release, verify


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
            return describe(_adopt(name, version, f"{namespace}/{name}", root or folder()), root)
    release = describe(reference, root)
    if release.hub is not None:
        _collect(release.hub, release.reference, release.digest)
    elif release.carried:
        verify(release)
    else:
        raise NotHere(f"The catalog does not say where {release.reference} is: name its --namespace.")
    return release


def _adopt(name: str, version: str, repo: str, root: Path) -> str:
    """Fetch what the repo's tag is on, prove it whole, and pin it in the catalog; returns the full reference."""
    if not NAME.fullmatch(name) or (version and not VERSION.fullmatch(version)):
        raise UnknownName(f"A release is called like 'lenet.mnist' or 'lenet.mnist@v1', not {name}@{version}.")
    hub = api()
    with speaking(repo, "read"):
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
    path = fetch_file(where, file, reference)
    if hash_file(path) != expected:
        path = fetch_file(where, file, reference, anew=True)
        if hash_file(path) != expected:
            raise DamagedRelease(
                f"{where.repo} at {where.commit[:12]} answers with another {file} than {reference} was published with: "
                "do not use it."
            )
    return path
