"""Roadmap: ten weeks by seven days as a map, and which of them work, told by looking at what exists."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any

import roadmap
from apps._gallery.exhibit import Exhibit, find_exhibits
from apps._inputs import BadInput

ROOT = Path(__file__).parents[2]


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


Record = dict[str, Any]


def list_days() -> list[dict[str, Any]]:
    """List the seventy days of the roadmap and say of each what exists.

    Returns:
        A record per day, Monday of week 1 first: `day` ("w2d3"), `weekday`, `week`, `week_title`, `label`, `focus`, and
        four booleans: `exhibit` (a tab shows it), `code` (a recipe or code by hand), `answer` (its question is
        answered) and `works` (all three).
    """
    days = []
    for week in roadmap.weeks():
        for day in week.days:
            progress = {
                "exhibit": any(exhibit["tab"] for exhibit in _exhibits(day)),
                "code": any(code["exists"] for code in _code(day)),
                "answer": day.page is not None,
            }
            days.append(
                {
                    "day": day.id,
                    "weekday": day.weekday,
                    "week": week.number,
                    "week_title": week.title,
                    "label": day.label,
                    "focus": day.focus,
                    **progress,
                    "works": all(progress.values()),
                }
            )
    return days


def read_day(day: str) -> dict[str, Any]:
    """Read one day of the roadmap: what it is about, what to try and to do, its interview question and two answers.

    Args:
        day: the day's name, week 1 to 10 and day 1 to 7, such as "w2d3" for Wednesday of week 2.

    Returns:
        `day`, `weekday`, `week`, `week_title`, `label`, `title`, `focus`, `hands_on`, `steps`, `question`,
        `short_answer` (thirty seconds), `long_answer`, `exhibits` (title, tab, note), `code` (kind, title, file, note,
        exists), `written`, `previous`, `next` and `link`, the page's permanent address. Texts are Markdown with LaTeX
        between dollar signs; those of a day that is not written yet are empty.
    """
    try:
        found = roadmap.day(day.strip().lower())
    except LookupError as error:
        raise BadInput(str(error.args[0])) from None
    weeks = roadmap.weeks()
    ids = [each.id for week in weeks for each in week.days]
    place = ids.index(found.id)
    page = found.page
    return {
        "day": found.id,
        "weekday": WEEKDAYS[found.number - 1],
        "week": found.week,
        "week_title": weeks[found.week - 1].title,
        "label": found.label,
        "title": page.title if page else found.label,
        "focus": found.focus,
        "hands_on": found.hands_on,
        "steps": _link(page.steps) if page else "",
        "question": found.question,
        "short_answer": _link(page.short_answer) if page else "",
        "long_answer": _link(page.long_answer) if page else "",
        "exhibits": _exhibits(found),
        "code": _code(found),
        "written": page is not None,
        "previous": ids[place - 1] if place else None,
        "next": ids[place + 1] if place + 1 < len(ids) else None,
        "link": f"?day={found.id}",
    }


def _exhibits(day: roadmap.Day) -> list[Record]:
    """Tabs that the day's page links to, then those that name the day; `tab` is None while a tab does not exist."""
    tabs = find_exhibits()
    found: dict[str, Record] = {}
    for link in day.page.exhibits if day.page else ():
        slug = PurePosixPath(link.path).stem.replace("_", "-")
        found[slug] = {"title": link.title, "tab": slug if slug in tabs else None, "note": _link(link.note)}
    for slug, exhibit in tabs.items():
        if day.id in exhibit.days and slug not in found:
            found[slug] = {"title": exhibit.title, "tab": slug, "note": exhibit.claim}
    return list(found.values())


def _code(day: roadmap.Day) -> list[Record]:
    """Recipes and code by hand that the day's page links to."""
    page = day.page
    kinds = (("recipe", page.recipes), ("by hand", page.by_hand)) if page else ()
    return [
        {
            "kind": kind,
            "title": link.title,
            "file": link.path,
            "note": _link(link.note),
            # A deployed Space carries no training/ at all: there the page is believed.
            "exists": (ROOT / link.path).is_file() or not (ROOT / link.path.split("/")[0]).exists(),
        }
        for kind, links in kinds
        for link in links
    ]


_TARGET = re.compile(r"\[([^\]\n]*)\]\(([^)\s]+)\)")


def _link(markdown: str) -> str:
    """Make links between the repository's files into links of the gallery; what has no page here becomes its path."""

    def replace(match: re.Match[str]) -> str:
        text, target = match.groups()
        if re.match(r"[a-z][a-z0-9+.-]*:|[#?]", target):
            return match[0]
        path, _, anchor = target.partition("#")
        if day := re.match(r"w\d+d\d+", anchor):
            return f"[{text}](?day={day[0]})"
        path = path.removeprefix("../")
        if path.startswith("apps/"):
            return f"[{text}](?tab={PurePosixPath(path).stem.replace('_', '-')})"
        return text if path in text else f"{text} (`{path}`)"

    return _outside_code(markdown, lambda line: _TARGET.sub(replace, line))


def _outside_code(markdown: str, change: Any) -> str:
    """Apply `change` to each line that is not in a fenced code block."""
    lines, fenced = [], False
    for line in markdown.splitlines():
        fence = line.lstrip().startswith("```")
        lines.append(line if fenced or fence else change(line))
        fenced ^= fence
    return "\n".join(lines)


EXHIBIT = Exhibit(
    __name__,
    title="Roadmap",
    claim="Ten weeks, seventy days",
    lead="Each day is something you can **drag, click or feed with your own picture**, the code behind it, "
    "and a question you will be asked.",
    order=0,
    functions=(list_days, read_day),
)
