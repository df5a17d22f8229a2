"""Reading a model card's front matter, which strangers write: bounded in size, depth and what its aliases unfold to."""

from __future__ import annotations

import math
import re
from typing import Any

import yaml

_FENCE = re.compile(r"\A(?:\ufeff)?---[ \t]*\r?\n(.*?)(?:\r?\n|\A|(?<=\n))---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
CARD_BYTES = 2**20
_YAML_CHARACTERS = 128 * 1024
_VALUES = 20_000
_DEPTH = 40


class CardError(ValueError):
    """The front matter cannot be read; the message is a sentence."""


class _Loader(yaml.SafeLoader):
    """Plain values only; a date stays the text that it was."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def split_card(card: str) -> tuple[str | None, str]:
    """The front matter, None without one, and the prose."""
    match = _FENCE.match(card)
    return (match[1], card[match.end() :]) if match else (None, card)


def read_metadata(card: str) -> dict[str, Any]:
    """The front matter's values, fit for JSON; empty where the card has none.

    Raises:
        CardError: it is no YAML, no mapping, or out of bounds.
    """
    text, _prose = split_card(card)
    if text is None or not text.strip():
        return {}
    if len(text) > _YAML_CHARACTERS:
        raise CardError(
            f"The metadata is longer than {_YAML_CHARACTERS:,} characters: prose goes below the second '---'."
        )
    try:
        values = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 2}" if mark else ""
        raise CardError(f"The metadata is not YAML{where}: {getattr(error, 'problem', None) or error}.") from error
    except (ValueError, OverflowError, RecursionError) as error:
        raise CardError("The metadata holds a value that is too large or too deep.") from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise CardError("The metadata is no mapping: write 'key: value' lines between the two '---'.")
    return _JsonConverter().convert(values, 0)


class _JsonConverter:
    """Turns YAML's values into JSON's, and counts them: aliases can make a short text unfold without end."""

    def __init__(self) -> None:
        self._count = 0

    def convert(self, value: Any, depth: int) -> Any:
        """The value as JSON takes it. Raises CardError beyond `_VALUES` values or `_DEPTH` levels."""
        self._count += 1
        if self._count > _VALUES or depth > _DEPTH:
            raise CardError(f"The metadata unfolds to more than {_VALUES:,} values or {_DEPTH} levels.")
        if isinstance(value, dict):
            return {str(key): self.convert(inner, depth + 1) for key, inner in value.items()}
        if isinstance(value, list | tuple | set):
            return [self.convert(inner, depth + 1) for inner in value]
        if value is None or isinstance(value, bool | str):
            return value
        if isinstance(value, int):
            return value if abs(value) < 2**63 else "a very large number"
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        return str(value)[:1000]
