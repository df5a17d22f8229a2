"""The ten weeks as data: `weeks()` and `day("w2d3")`.

The plan is `README.md` beside this file, a table for each week; a day that is written has its page in its week's file,
`week02.md`. Both are Markdown for GitHub, in one strict layout, so that a few lines can read them here:

    ## w2d3 · A title
    **Focus** word for word as in the plan
    **Minutes** 25 to read, 60 to do
    - **Exhibit** [Feature maps](../apps/feature_maps/#explorer): what to look at       any number of these three
    - **Recipe** [LeNet](../training/lenet.py): …
    - **By hand** [Convolution](../from_scratch/convolution.py): …
    ### Predict              a question about what the exhibit will show; three or four choices, a line each,
                             `- [ ] twice as many`, one of them right, `- [x] four times`; one paragraph: why
    ### Hands-on             the plan's task in bold, then numbered steps, then `#### Write it`: the signature in a
                             python block, what will be checked, a folded solution
    ### Question             the plan's question in bold
    ### In thirty seconds    50 to 75 words
    ### Sample answers       `#### Weak`, `#### Good`, `#### Great`: what a candidate says, and a last paragraph
                             in italics: what the interviewer hears in it
    ### The long answer      under headings, `#### …`
    ### Common mistakes      a list, `- **"what is said"** what is true`
    ### Follow-ups           four or more, `- *What does it cost?* the answer`
    ### Drills               exactly three with a number as answer, `1. the question`, each with a folded solution
    ### Read on              a list of links

A folded solution is `<details><summary>Solution</summary>`, an empty line, Markdown, an empty line, `</details>`; in a
list it is indented like the item. Examples with prompts stand in pycon blocks, code without prompts in python blocks.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from roadmap._page import DayPage, Link, Plan, find_from_top, number_lines, read_pages, refuse

__all__ = ["FOLDER", "Day", "DayPage", "Link", "Week", "day", "weeks"]

FOLDER = Path(__file__).parent

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_WEEK_HEADING = re.compile(r"## Week (\d+) – (.+)")
_PLAN_ROW = re.compile(r"\| (w\d+d\d+) (\w{3}) \|(.+)\|")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|#")  # https:, mailto:, or a heading of the same page


@dataclass(frozen=True)
class Day:
    id: str
    """`w2d3`"""
    weekday: str
    """`Wed`"""
    week: int
    number: int
    """1 for Monday to 7 for Sunday."""
    label: str
    """Two or three words, for the map."""
    focus: str
    hands_on: str
    question: str
    page: DayPage | None = field(repr=False)
    """None while the day is not written."""

    def links(self) -> tuple[str, ...]:
        """Every file of the repository that the day's page links to, from the top: `("apps/feature_maps", …)`.

        In the order of the page, each once, without what follows a `#`. Nothing here says that they exist.
        """
        if self.page is None:
            return ()
        prose = "\n".join(line for _, line, code in number_lines(self.page.markdown) if not code)
        targets = [target for target in _LINK.findall(re.sub(r"`[^`\n]*`", "", prose)) if not _ELSEWHERE.match(target)]
        return tuple(dict.fromkeys(find_from_top(target) for target in targets))


@dataclass(frozen=True)
class Week:
    number: int
    title: str
    days: tuple[Day, ...]


def weeks(folder: Path = FOLDER) -> list[Week]:
    """The ten weeks of seven days, Monday first.

    Raises:
        ValueError: a file does not keep to the layout; the message names the file and the line.
    """
    return list(_weeks(folder))


def day(id: str, folder: Path = FOLDER) -> Day:
    """One day by its name: `day("w2d3")`.

    Raises:
        LookupError: there is no such day; the message names the nearest, or the range.
        ValueError: as for `weeks`.
    """
    days = _days(folder)
    if id in days:
        return days[id]
    choice = f"here are {next(iter(days))} to {list(days)[-1]}."
    near = difflib.get_close_matches(str(id).strip().lower(), days, n=1, cutoff=0.8)
    if near:
        raise LookupError(f"No day is called {id!r}; did you mean {near[0]!r}? T{choice}")
    raise LookupError(f"No day is called {id!r}; t{choice}")


@functools.cache
def _days(folder: Path) -> dict[str, Day]:
    return {each.id: each for week in _weeks(folder) for each in week.days}


@functools.cache
def _weeks(folder: Path) -> tuple[Week, ...]:
    plan = _read_plan(folder / "README.md")
    return tuple(
        Week(number, title, tuple(_read_days(number, rows, folder / f"week{number:02}.md")))
        for number, (title, rows) in plan.items()
    )


def _read_plan(path: Path) -> dict[int, tuple[str, list[Plan]]]:
    plan: dict[int, tuple[str, list[Plan]]] = {}
    rows: list[Plan] = []
    last = 0
    for number, line, code in number_lines(path.read_text("utf-8")):
        last = number
        if code:
            continue
        if line.startswith("## "):
            heading = _WEEK_HEADING.fullmatch(line)
            if heading is None or int(heading[1]) != len(plan) + 1:
                raise refuse(path, number, f"expected the heading '## Week {len(plan) + 1} – …', found {line!r}")
            rows = []
            plan[int(heading[1])] = (heading[2].strip(), rows)
        elif line.startswith("| w"):
            row = _PLAN_ROW.fullmatch(line)
            cells = [cell.strip() for cell in row[3].split("|")] if row else []
            expected = (
                f"w{len(plan)}d{len(rows) + 1} {WEEKDAYS[len(rows)]}" if plan and len(rows) < 7 else "no more rows"
            )
            if row is None or f"{row[1]} {row[2]}" != expected:
                raise refuse(path, number, f"expected {expected} with label, focus, hands-on and question")
            if len(cells) != 4 or not all(cells):
                raise refuse(path, number, f"{row[1]} needs a label, a focus, a hands-on and a question, none empty")
            rows.append(Plan(*cells))
    short = [number for number in range(1, 11) if len(plan.get(number, ("", []))[1]) != 7]
    if short or len(plan) != 10:
        raise refuse(path, last, f"the plan has ten weeks of seven days; look at week {short[0] if short else 11}")
    return plan


def _read_days(week: int, rows: list[Plan], path: Path) -> Iterator[Day]:
    ids = [f"w{week}d{number}" for number in range(1, 8)]
    pages = read_pages(path, dict(zip(ids, rows, strict=True))) if path.exists() else {}
    for number, (id, row) in enumerate(zip(ids, rows, strict=True), start=1):
        yield Day(
            id, WEEKDAYS[number - 1], week, number, row.label, row.focus, row.hands_on, row.question, pages.get(id)
        )
