"""The one way in for text and numbers."""

from __future__ import annotations

import unicodedata
from typing import Any

from apps._inputs.errors import BadInput

MAX_SEED = 2**63 - 1


def read_text(value: object, limit: int = 2000) -> str:
    """Read a visitor's text: NFC, no control characters but newline and tab, no white space around it.

    Raises BadInput where nothing is left, or more than `limit` characters.
    """
    text = value if isinstance(value, str) else ""
    # Normalising is refused to a text that could not fit anyway, because its time grows with the length.
    if len(text) <= 4 * limit:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
        text = unicodedata.normalize("NFC", text).strip()
    if not text:
        raise BadInput("Write some text first.")
    if len(text) > limit:
        raise BadInput(f"The text has {len(text):,} characters and at most {limit:,} are accepted: shorten it.")
    return text


def read_whole_number(name: str, value: Any) -> int:
    """Read a number without a fraction; `name` says which one a refusal means.

    Raises BadInput where it is none.
    """
    if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, float) and value.is_integer())):
        raise BadInput(f"The {name} must be a whole number, not {value!r}.")
    return int(value)


def read_number(name: str, value: object, low: float, high: float) -> float:
    """Read a number; `name` says which one a refusal means.

    Raises BadInput where it is none from `low` to `high`.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:  # type: ignore[operator]  # NaN fails too
        raise BadInput(f"The {name} must be a number from {low:g} to {high:g}.")
    return float(value)  # type: ignore[arg-type]


def read_seed(value: object) -> int:
    """Read what random numbers start from; a page sends its digits, because JavaScript rounds large numbers.

    Raises BadInput where it is no whole number from 0 to 2⁶³ − 1.
    """
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    try:
        seed = read_whole_number("seed", value)
    except BadInput:
        seed = -1
    if not 0 <= seed <= MAX_SEED:
        raise BadInput(f"A seed is a whole number from 0 to {MAX_SEED:,}.")
    return seed
