"""A thing has one name, and one of it is not said to be many, in all that a visitor reads."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READ = [
    ROOT / "README.md",
    *(path for room in ("apps", "roadmap", "zoo") for path in sorted((ROOT / room).rglob("*"))
      if path.suffix in {".py", ".js", ".md", ".json"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("odd", "instead"), [("ultiply–add", "multiply-add, with a hyphen"), (", 1 threads", "1 thread")]
)
def test_a_word_that_was_odd_is_gone(odd: str, instead: str) -> None:
    assert [str(path.relative_to(ROOT)) for path in READ if odd in path.read_text("utf-8")] == [], instead
