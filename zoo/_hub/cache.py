"""The files of a pinned commit in the Hub's cache, fetched where they are not there.

Nothing here is checked: whoever reads a file compares it with the digest that the catalog or `SHA256SUMS` gives.
"""

from __future__ import annotations

from pathlib import Path

from zoo._errors import DamagedRelease, NotHere
from zoo._format import SUMS, Pin, parse_sums
from zoo._hub.endpoint import check_network, explain_error, read_endpoint


def is_cached(where: Pin) -> bool:
    """Whether every file that the commit's `SHA256SUMS` lists is in the Hub's cache; asks nobody, checks no bytes."""
    from huggingface_hub import try_to_load_from_cache

    def find_cached(file: str) -> str | None:
        found = try_to_load_from_cache(where.repo, file, revision=where.commit)
        return found if isinstance(found, str) else None

    sums = find_cached(SUMS)
    try:
        return sums is not None and all(map(find_cached, parse_sums(Path(sums).read_bytes())))
    except (OSError, ValueError):
        return False


def fetch_file(where: Pin, file: str, reference: str, anew: bool = False) -> Path:
    """The path of one file of a pinned commit in the Hub's cache; downloads it first where it is not there.

    Raises:
        DamagedRelease: the repo has no such commit or file any more.
        NotHere: it is not in the cache, and the Hub cannot be reached.
    """
    from huggingface_hub import errors, hf_hub_download, try_to_load_from_cache

    cached = try_to_load_from_cache(where.repo, file, revision=where.commit)
    if isinstance(cached, str) and not anew:
        return Path(cached)
    try:
        check_network()
    except NotHere as error:
        raise NotHere(f"{reference} is neither carried nor in the cache, and {error}") from error
    try:
        path = hf_hub_download(where.repo, file, revision=where.commit, endpoint=read_endpoint(), force_download=anew)
    except errors.RevisionNotFoundError as error:
        raise _explain_missing(where, reference, f"has no commit {where.commit[:12]} any more") from error
    except errors.RemoteEntryNotFoundError as error:
        raise _explain_missing(where, reference, f"has no {file} at {where.commit[:12]}") from error
    except errors.RepositoryNotFoundError as error:
        raise _explain_missing(where, reference, "is gone, or is not yours to read") from error
    except Exception as error:
        raise explain_error(error, where.repo, "read") from error
    return Path(path)


def _explain_missing(where: Pin, reference: str, lacks: str) -> DamagedRelease:
    """The error for a pinned commit or file that the repo does not have any more."""
    return DamagedRelease(
        f"{reference} is pinned to {where.repo} at {where.commit[:12]}, and that repo {lacks}: nothing was loaded."
    )
