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
    """Read every file of the commit back, past every cache, and compare it with the catalog; returns the bytes read."""
    count, sums = 0, {SUMS: release.digest}
    with tempfile.TemporaryDirectory() as folder:
        while sums:
            file, digest = sums.popitem()
            path = download(api, where, file, folder)
            if hash_file(path) != digest:
                raise DamagedRelease(
                    f"{where.repo} at {where.commit[:12]} ({release.version}) answers with another {file} than was "
                    "published: do not use it."
                )
            if file == SUMS:
                sums = parse_sums(path.read_bytes())
            count += path.stat().st_size
    return count


def download(api: HfApi, where: Pin, file: str, folder: str) -> Path:
    return Path(api.hf_hub_download(where.repo, file, revision=where.commit, cache_dir=folder))


def hash_file(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
