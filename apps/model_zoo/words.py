"""Figures as a person writes them, and what a model card holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

Record = dict[str, Any]
THOUSANDS = ("", "K", "M", "G", "T")


def fit_card(card: str) -> str:
    """A card as the tab shows it: the page has its title above, sections two levels lower, and no pictures by path."""
    card = re.sub(r"^!\[.*\]\(exhibit/.*\)\n+", "", re.sub(r"\A# .*\n", "", card), flags=re.MULTILINE)
    return re.sub(r"^## ", "#### ", card, flags=re.MULTILINE)


def find_code(card: str, heading: str) -> str:
    """The first code block below a heading of the card."""
    found = re.search(rf"^## {heading}\n+```\w*\n(.*?)\n```", card, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def format_figure(metric: Record) -> str:
    """A metric's value: "99.51 %" of an accuracy, four digits of anything else."""
    return f"{metric['value']:.2%}".replace("%", " %") if metric["name"] == "accuracy" else f"{metric['value']:.4g}"


def format_bytes(count: int) -> str:
    """Decimal units, three digits: 22.4 MB."""
    return format_scaled(count, ("B", "KB", "MB", "GB"))


def format_scaled(number: float, units: Sequence[str]) -> str:
    """Three digits and a unit, each a thousand of the one before: 11_173_962 of ("", "K", "M") is "11.2 M"."""
    place = 0
    while number >= 999.5 and place + 1 < len(units):
        number, place = number / 1000, place + 1
    if place == 0:
        return f"{number:.0f} {units[0]}".rstrip()
    return f"{number:.{0 if number >= 99.95 else 1 if number >= 9.995 else 2}f} {units[place]}"


def format_duration(milliseconds: float) -> str:
    """0.2 ms, 14 ms, 1.2 s."""
    if milliseconds < 10:
        return f"{milliseconds:.1f} ms"
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
