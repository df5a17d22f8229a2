"""A repo's versions, and its files read back past every cache."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from zoo._errors import DamagedRelease
from zoo._format import SUMS, VERSION, Pin, parse_sums
from zoo._releases import Release

if TYPE_CHECKING:
    from huggingface_hub import HfApi


def list_version_tags(api: HfApi, repo: str) -> dict[str, str]:
    """`{version: commit}` of the tags that are versions."""
    return {tag.name: tag.target_commit for tag in api.list_repo_refs(repo).tags if VERSION.fullmatch(tag.name)}


def read_back(api: HfApi, where: Pin, release: Release) -> int:
    """Download every file of the commit past every cache, and compare it with the catalog; returns the bytes read.

    Raises:
        DamagedRelease: a file is not the one that was published.
    """
    count, sums = 0, {SUMS: release.digest}
    with tempfile.TemporaryDirectory() as cache:
        while sums:
            file, digest = sums.popitem()
            path = download(api, where, file, cache)
            if hash_file(path) != digest:
                raise DamagedRelease(
                    f"{where.repo} at {where.commit[:12]} ({release.version}) answers with another {file} than was "
                    "published: do not use it."
                )
            if file == SUMS:
                sums = parse_sums(path.read_bytes())
            count += path.stat().st_size
    return count


def download(api: HfApi, where: Pin, file: str, cache: str) -> Path:
    """Download one file of a commit into a cache in `cache`; returns its path."""
    return Path(api.hf_hub_download(where.repo, file, revision=where.commit, cache_dir=cache))


def hash_file(path: Path) -> str:
    """A file's SHA-256, in hexadecimal digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
