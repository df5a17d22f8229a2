"""What can go wrong in the zoo, each as one sentence that says what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ZooError(Exception):
    """Base of everything that the zoo refuses; its message is one sentence for a person."""


class UnknownName(ZooError, LookupError):
    """No architecture, release or version has this name."""


class DamagedRelease(ZooError):
    """The bytes on disk are not the bytes that the catalog pinned; nothing was loaded."""


class VersionTaken(ZooError):
    """This version exists already; versions are immutable."""


class NotHere(ZooError):
    """The release is neither carried nor cached, and the Hub cannot give it now."""


def suggest_name(name: str, candidates: Iterable[str]) -> str:
    """How a sentence about an unknown name goes on: `"; did you mean 'lenet'?"`, or every name where none is near."""
    choice = sorted(candidates)
    close = difflib.get_close_matches(name, choice, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    if not choice:
        return "; there are none yet"
    return f"; there are {', '.join(choice[:12])}{' …' if len(choice) > 12 else ''}"
