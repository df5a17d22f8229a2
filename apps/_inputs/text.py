"""The one way in for text and numbers."""

from __future__ import annotations

import unicodedata
from typing import Any

from apps._inputs.errors import BadInput


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
