"""The one way in for text: clean, or refused in a sentence."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps._inputs import BadInput, read_text


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=60), st.integers(1, 50))
def test_text_is_clean_or_refused(value: str, limit: int) -> None:
    try:
        text = read_text(value, limit)
    except BadInput:
        assert len(unicodedata.normalize("NFC", value)) > limit or not value.strip().isprintable() or not value.strip()
        return
    assert 0 < len(text) <= limit
    assert unicodedata.is_normalized("NFC", text)
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in text if c not in "\n\t")
    assert text == text.strip() == read_text(text, limit)
    text.encode()


def test_text_by_hand() -> None:
    assert read_text("  cafe\u0301\r\nau\x00 lait\x1b \ud800") == "café\nau lait"
    for value in ("", " \n ", "\x00", None, 7):
        with pytest.raises(BadInput, match="Write some text first"):
            read_text(value)
    with pytest.raises(BadInput, match="2,001 characters and at most 2,000"):
        read_text("a" * 2001)
    with pytest.raises(BadInput, match="1,000,000 characters"):
        read_text("e\u0301" * 500_000)
