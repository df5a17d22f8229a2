"""A repository at a commit, described: its card, its versions, its first figure."""

from __future__ import annotations

import datetime
from typing import Any

import pygit2
from pygit2.enums import ReferenceFilter, SortMode

from zoo.service.cards import CARD_BYTES, CardError, read_metadata
from zoo.service.git.references import list_refs
from zoo.service.git.trees import find_entry
from zoo.service.names import RepoId


def read_card(git: pygit2.Repository, commit: pygit2.Commit) -> str:
    """README.md at a commit; empty where there is none, or none that fits."""
    found = find_entry(git, commit.tree, "README.md")
    if found is None or found.folder or found.large or found.size > CARD_BYTES:
        return ""
    return git.odb.read(found.oid)[1].decode(errors="replace")


def read_card_metadata(git: pygit2.Repository, commit: pygit2.Commit) -> dict[str, Any]:
    """The card's front matter at a commit; empty where it cannot be read, for a bad card hides no model."""
    try:
        return read_metadata(read_card(git, commit))
    except CardError:
        return {}


def summarize_repository(repo: RepoId, sha: str, changed: int, card: dict[str, Any]) -> dict[str, Any]:
    """The fields that a repository's own description and a list of many share, in the client's spelling."""
    found: dict[str, Any] = {
        "_id": repo.address, "id": str(repo), "author": repo.namespace, "sha": sha,
        "lastModified": format_time(changed), "private": False, "gated": False, "disabled": False,
        "downloads": 0, "likes": 0,
        "tags": [tag for tag in as_list(card.get("tags")) if isinstance(tag, str)],
    }  # fmt: skip
    keys = ("sdk",) if repo.kind == "space" else ("pipeline_tag", "library_name")
    found |= {key: card[key] for key in keys if isinstance(card.get(key), str)}
    if repo.kind == "model":
        found["modelId"] = str(repo)
    return found


def find_creation_time(git: pygit2.Repository, commit: pygit2.Commit) -> int:
    """When the first commit that led to this one was made, in seconds since 1970."""
    first = next(iter(git.walk(commit.id, SortMode.TIME | SortMode.REVERSE)), commit)
    return first.commit_time


def list_versions(git: pygit2.Repository) -> list[str]:
    """The tags, the latest version first: v10 goes before v9."""
    names = [ref.name for ref in list_refs(git, ReferenceFilter.TAGS)]
    return sorted(names, key=_version_order, reverse=True)


def _version_order(name: str) -> tuple[int, int, str]:
    digits = name.removeprefix("v")
    plain = digits.isascii() and digits.isdecimal() and len(digits) < 10
    return (1, int(digits), name) if plain else (0, 0, name)


def format_first_metric(card: dict[str, Any]) -> str:
    """The first figure of the card's model-index as a person reads it: `99.51 % accuracy on MNIST`."""
    for model in as_list(card.get("model-index")):
        for result in as_list(model.get("results") if isinstance(model, dict) else None):
            if not isinstance(result, dict):
                continue
            for figure in as_list(result.get("metrics")):
                value = figure.get("value") if isinstance(figure, dict) else None
                if not isinstance(value, int | float):
                    continue
                name = str(figure.get("name") or figure.get("type") or "metric")[:40]
                text = f"{value * 100:.2f} %" if name.lower() == "accuracy" and 0 <= value <= 1 else f"{value:.4g}"
                dataset = result.get("dataset")
                where = str(dataset.get("name") or "")[:60] if isinstance(dataset, dict) else ""
                return f"{text} {name}" + (f" on {where}" if where else "")
    return ""


def as_list(value: Any) -> list[Any]:
    """A list as it is, and an empty one for anything else that a card may hold."""
    return value if isinstance(value, list) else []


def format_time(seconds: int) -> str:
    """`2026-01-31T12:00:00.000Z`, as the client reads it."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
