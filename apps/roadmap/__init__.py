"""Roadmap: ten weeks by seven days as a map, and which of them work, told by looking at what exists."""

from __future__ import annotations

from typing import Any

import roadmap
from apps._gallery.exhibit import Exhibit
from apps._inputs import BadInput
from apps.roadmap.links import find_code, find_exhibits_of, link_in_gallery

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


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
                "exhibit": any(exhibit["tab"] for exhibit in find_exhibits_of(day)),
                "code": any(code["exists"] for code in find_code(day)),
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
        `short_answer` (thirty seconds), `long_answer`, `exhibits` (title, tab, the section of the
        tab that is meant, note), `code` (kind, title, file, note, exists), `written`, `previous`, `next` and `link`,
        the page's permanent address. Texts are Markdown with LaTeX between dollar signs; those of a day that is not
        written yet are empty.
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
        "steps": link_in_gallery(page.steps) if page else "",
        "question": found.question,
        "short_answer": link_in_gallery(page.short_answer) if page else "",
        "long_answer": link_in_gallery(page.long_answer) if page else "",
        "exhibits": find_exhibits_of(found),
        "code": find_code(found),
        "written": page is not None,
        "previous": ids[place - 1] if place else None,
        "next": ids[place + 1] if place + 1 < len(ids) else None,
        "link": f"?day={found.id}",
    }


EXHIBIT = Exhibit(
    __name__,
    title="Roadmap",
    claim="Ten weeks, seventy days",
    lead="Each day is something you can **drag, click or feed with your own picture**, the code behind it, "
    "and a question you will be asked.",
    order=0,
    group="Start",
    functions=(list_days, read_day),
    shown=("links.find_exhibits_of", "links.find_code"),
)
