"""Roadmap: ten weeks by seven days as a map, and which of them work, told by looking at what exists."""

from __future__ import annotations

from typing import Any

import roadmap
from apps._gallery.exhibit import Exhibit
from apps._inputs import BadInput
from apps.roadmap.links import find_code, find_exhibits_of, read_parts

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
    """Read one day of the roadmap: what it is about, what to try and to do, its interview question and its answers.

    Args:
        day: the day's name, week 1 to 10 and day 1 to 7, such as "w2d3" for Wednesday of week 2.

    Returns:
        `day`, `weekday`, `week`, `week_title`, `label`, `title`, `focus`, `minutes`, `predict` (question, choices,
        right, counted from 0, why), `hands_on`, `steps`, `write_it` (signature, checks, solution), `question`,
        `short_answer` (thirty seconds), `sample_answers` (weak, good, great: says, heard), `long_answer`, `mistakes`
        (said, truth), `follow_ups` (question, answer), `drills` (question, solution), `read_on`, `exhibits` (title,
        tab, the section of it that is meant, note), `code` (kind, title, file, note, exists), `written`, `previous`,
        `next` and `link`, the permanent address of the page. Texts are Markdown with LaTeX between dollar signs; those
        of a day without a page are empty, and so are its lists; its `predict` and `write_it` are none.
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
        "question": found.question,
        **read_parts(page),
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
    claim="Deep learning, a day at a time",
    lead="Ten weeks of seven days. Those that work have **an exhibit to touch, the code behind it, and an interview "
    "question with its answers**; the map says which.",
    order=0,
    group="Start",
    functions=(list_days, read_day),
    shown=("links.find_exhibits_of", "links.find_code"),
)
