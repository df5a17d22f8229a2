"""What a day of the roadmap leads to: its tabs, its code, and the links in its texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import roadmap
from apps._gallery.exhibit import find_exhibits

Record = dict[str, Any]

ROOT = Path(__file__).parents[2]
"""The repository."""


def find_exhibits_of(day: roadmap.Day) -> list[Record]:
    """Tabs that the day's page links to, then those that name the day; `tab` is None while it does not exist."""
    tabs = find_exhibits()
    found: dict[str, Record] = {}
    for link in day.page.exhibits if day.page else ():
        slug = _read_slug(link.path)
        tab = slug if slug in tabs else None
        found[slug] = {"title": link.title, "tab": tab, "section": link.section, "note": link_in_gallery(link.note)}
    for slug, exhibit in tabs.items():
        if day.id in exhibit.days and slug not in found:
            found[slug] = {"title": exhibit.title, "tab": slug, "section": "", "note": exhibit.claim}
    return list(found.values())


def _read_slug(path: str) -> str:
    return PurePosixPath(path).stem.replace("_", "-")


def write_tab_link(slug: str, section: str) -> str:
    """The address of a tab, or with a `section` of that part of it."""
    return f"?tab={slug}&section={section}" if section else f"?tab={slug}"


def find_code(day: roadmap.Day) -> list[Record]:
    """Recipes and code by hand that the day's page links to, and whether this machine has their files."""
    page = day.page
    kinds = (("recipe", page.recipes), ("by hand", page.by_hand)) if page else ()
    return [
        {
            "kind": kind,
            "title": link.title,
            "file": link.path,
            "note": link_in_gallery(link.note),
            # A deployed Space carries no training/ at all: there the page is believed.
            "exists": (ROOT / link.path).is_file() or not (ROOT / link.path.split("/")[0]).exists(),
        }
        for kind, links in kinds
        for link in links
    ]


def read_parts(page: roadmap.DayPage | None) -> Record:
    """The parts of a day's page as Markdown for the gallery; of a day that is not written they are empty."""
    texts = ("minutes", "steps", "short_answer", "long_answer", "read_on")
    lists = ("sample_answers", "mistakes", "follow_ups", "drills")
    if page is None:
        return {**dict.fromkeys(texts, ""), "predict": None, "write_it": None, **{name: [] for name in lists}}
    return {
        **{name: link_in_gallery(getattr(page, name)) for name in texts},
        **{name: _write_record(getattr(page, name)) for name in ("predict", "write_it")},
        **{name: [_write_record(each) for each in getattr(page, name)] for name in lists},
    }


def _write_record(part: Any) -> Record:
    """A dataclass as a record, its texts for the gallery."""
    return {
        name: link_in_gallery(value) if isinstance(value, str) else list(value) if isinstance(value, tuple) else value
        for name, value in vars(part).items()
    }


_LINK = re.compile(r"\[([^\]\n]*)\]\(([^)\s]+)\)")


def link_in_gallery(markdown: str) -> str:
    """Markdown whose links between the repository's files lead to days and tabs; what has no page here is its path."""

    def replace(match: re.Match[str]) -> str:
        text, target = match.groups()
        if re.match(r"[a-z][a-z0-9+.-]*:|[#?]", target):
            return match[0]
        path, _, anchor = target.partition("#")
        if day := re.match(r"w\d+d\d+", anchor):
            return f"[{text}](?day={day[0]})"
        path = path.removeprefix("../")
        if path.startswith("apps/"):
            return f"[{text}]({write_tab_link(_read_slug(path), anchor)})"
        return text if path in text else f"{text} (`{path}`)"

    return change_outside_code(markdown, lambda line: _LINK.sub(replace, line))


def change_outside_code(markdown: str, change: Callable[[str], str]) -> str:
    """Markdown with `change` applied to each line that is not in a fenced code block."""
    lines, fenced = [], False
    for line in markdown.splitlines():
        fence = line.lstrip().startswith("```")
        lines.append(line if fenced or fence else change(line))
        fenced ^= fence
    return "\n".join(lines)
