"""Where a release is on the Hub, or how it comes there."""

from __future__ import annotations

import os

import zoo


def find_namespace(release: zoo.Release) -> str | None:
    """The Hub's namespace to ask about a release: the catalog's, or else TENWEEKS_NAMESPACE; None if neither is set."""
    return release.hub.repo.partition("/")[0] if release.hub else os.environ.get("TENWEEKS_NAMESPACE") or None


def write_push_hint(release: zoo.Release) -> str:
    """What to run so that a release comes to the Hub, as the end of a sentence."""
    return f"`python -m zoo push {release.name} --namespace YOURS` puts it on the Hub and pins it"
