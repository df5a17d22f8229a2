"""The ten weeks as data: `weeks()` and `day("w2d3")`.

The plan is `README.md` beside this file, a table for each week; a day that is written has its page in its week's file,
`week02.md`. Both are Markdown for GitHub, in one strict layout, so that a few lines can read them here:

    ## w2d3 · A title
    **Focus** word for word as in the plan
    - **Exhibit** [Feature maps](../apps/feature_maps/#explorer): what to look at       any number of these three
    - **Recipe** [LeNet](../training/lenet.py): …
    - **By hand** [Convolution](../from_scratch/convolution.py): …
    ### Hands-on             begins with the plan's task in bold, then the steps
    ### Question             the plan's question in bold
    ### In thirty seconds
    ### The long answer
"""

from __future__ import annotations

import difflib
import functools
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["FOLDER", "Day", "DayPage", "Link", "Week", "day", "weeks"]

FOLDER = Path(__file__).parent

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PARTS = ("Hands-on", "Question", "In thirty seconds", "The long answer")

_WEEK_HEADING = re.compile(r"## Week (\d+) – (.+)")
_PLAN_ROW = re.compile(r"\| (w\d+d\d+) (\w{3}) \|(.+)\|")
_DAY_HEADING = re.compile(r"## (w\d+d\d+) · (.+)")
_LISTED = re.compile(r"- \*\*(Exhibit|Recipe|By hand)\*\* \[([^\]]+)\]\(([^)\s]+)\)(?:: (.+))?")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|#")  # https:, mailto:, or a heading of the same page


@dataclass(frozen=True)
class Link:
    """One line of a day's list: the gallery's tab, a recipe, or code by hand."""

    title: str
    target: str
    """As written, relative to `roadmap/`: `../apps/feature_maps/#explorer`."""
    note: str
    """What to look for there, Markdown; may be empty."""

    @property
    def path(self) -> str:
        """The target from the top of the repository: `apps/feature_maps`."""
        return _from_top(self.target)

    @property
    def section(self) -> str:
        """The part of a tab that is meant, what follows the target's `#`: `explorer`; "" for the whole tab."""
        return self.target.partition("#")[2]


@dataclass(frozen=True)
class DayPage:
    """A day as written in its week's file. Every text is Markdown; links in it are relative to `roadmap/`."""

    title: str
    exhibits: tuple[Link, ...]
    recipes: tuple[Link, ...]
    by_hand: tuple[Link, ...]
    steps: str
    """What to do, after the plan's one line."""
    short_answer: str
    long_answer: str
    markdown: str
    """The whole section, its heading included."""
    file: str
    """`week02.md`"""
    line: int
    """Where the heading stands in the file, counted from 1."""


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
        prose = "\n".join(line for _, line, code in _lines(self.page.markdown) if not code)
        targets = [target for target in _LINK.findall(re.sub(r"`[^`\n]*`", "", prose)) if not _ELSEWHERE.match(target)]
        return tuple(dict.fromkeys(_from_top(target) for target in targets))


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


Row = tuple[str, str, str, str]  # label, focus, hands-on, question


def _read_plan(path: Path) -> dict[int, tuple[str, list[Row]]]:
    plan: dict[int, tuple[str, list[Row]]] = {}
    rows: list[Row] = []
    last = 0
    for number, line, code in _lines(path.read_text("utf-8")):
        last = number
        if code:
            continue
        if line.startswith("## "):
            heading = _WEEK_HEADING.fullmatch(line)
            if heading is None or int(heading[1]) != len(plan) + 1:
                raise _error(path, number, f"expected the heading '## Week {len(plan) + 1} – …', found {line!r}")
            rows = []
            plan[int(heading[1])] = (heading[2].strip(), rows)
        elif line.startswith("| w"):
            row = _PLAN_ROW.fullmatch(line)
            cells = [cell.strip() for cell in row[3].split("|")] if row else []
            expected = (
                f"w{len(plan)}d{len(rows) + 1} {WEEKDAYS[len(rows)]}" if plan and len(rows) < 7 else "no more rows"
            )
            if row is None or f"{row[1]} {row[2]}" != expected:
                raise _error(path, number, f"expected {expected} with label, focus, hands-on and question")
            if len(cells) != 4 or not all(cells):
                raise _error(path, number, f"{row[1]} needs a label, a focus, a hands-on and a question, none empty")
            rows.append((cells[0], cells[1], cells[2], cells[3]))
    short = [number for number in range(1, 11) if len(plan.get(number, ("", []))[1]) != 7]
    if short or len(plan) != 10:
        raise _error(path, last, f"the plan has ten weeks of seven days; look at week {short[0] if short else 11}")
    return plan


def _read_days(week: int, rows: list[Row], path: Path) -> Iterator[Day]:
    ids = [f"w{week}d{number}" for number in range(1, 8)]
    pages = _read_pages(path, dict(zip(ids, rows, strict=True))) if path.exists() else {}
    for number, (id, (label, focus, hands_on, question)) in enumerate(zip(ids, rows, strict=True), start=1):
        yield Day(id, WEEKDAYS[number - 1], week, number, label, focus, hands_on, question, pages.get(id))


def _read_pages(path: Path, plan: Mapping[str, Row]) -> dict[str, DayPage]:
    lines = list(_lines(path.read_text("utf-8")))
    fences = [number for number, line, _ in lines if line.lstrip().startswith("```")]
    if len(fences) % 2:
        raise _error(path, fences[-1], "a code block is not closed; this is the last fence")
    starts = [(number, line) for number, line, code in lines if not code and line.startswith("## ")]
    ends = [number - 1 for number, _ in starts[1:]] + [len(lines)]
    pages: dict[str, DayPage] = {}
    for (start, line), end in zip(starts, ends, strict=True):
        heading = _DAY_HEADING.fullmatch(line)
        if heading is None or heading[1] not in plan:
            choice = f"{next(iter(plan))} to {list(plan)[-1]}"
            raise _error(
                path, start, f"expected a day's heading, '## w2d3 · Title' for one of {choice}, found {line!r}"
            )
        id, title = heading[1], heading[2].strip()
        if pages and id <= list(pages)[-1]:
            raise _error(path, start, f"{id} stands after {list(pages)[-1]}; each day has one section, Monday first")
        pages[id] = _read_page(path, title, lines[start - 1 : end], plan[id])
    return pages


def _read_page(path: Path, title: str, lines: list[tuple[int, str, bool]], row: Row) -> DayPage:
    start = lines[0][0]
    cuts = [index for index, (_, line, code) in enumerate(lines) if not code and line.startswith("### ")]
    found = tuple(lines[index][1].removeprefix("### ").strip() for index in cuts)
    if found != PARTS:
        raise _error(
            path, start, f"a day has the parts {', '.join(PARTS)}, in this order; found {', '.join(found) or 'none'}"
        )

    links: dict[str, list[Link]] = {"Exhibit": [], "Recipe": [], "By hand": []}
    head = [(number, line) for number, line, _ in lines[1 : cuts[0]] if line.strip()]
    _, focus, hands_on, question = row
    if not head or head[0][1] != f"**Focus** {focus}":
        raise _error(path, head[0][0] if head else start, f"expected the plan's focus, '**Focus** {focus}'")
    for number, line in head[1:]:
        listed = _LISTED.fullmatch(line)
        if listed is None:
            raise _error(
                path,
                number,
                f"expected '- **Exhibit** [title](../apps/tab/): note', or Recipe, or By hand; found {line!r}",
            )
        try:
            _from_top(listed[3])
        except ValueError as error:
            raise _error(path, number, str(error)) from None
        links[listed[1]].append(Link(listed[2], listed[3], listed[4] or ""))

    bodies = []
    for name, begin, end in zip(PARTS, cuts, [*cuts[1:], len(lines)], strict=True):
        body = "\n".join(line for _, line, _ in lines[begin + 1 : end]).strip()
        if not body:
            raise _error(path, lines[begin][0], f"the part {name!r} is empty")
        bodies.append((lines[begin][0], body))
    (task_line, task), (question_line, asked), (_, short_answer), (_, long_answer) = bodies
    first, _, steps = task.partition("\n")
    if first != f"**{hands_on}**":
        raise _error(path, task_line, f"the part 'Hands-on' begins with the plan's task, '**{hands_on}**'")
    if asked != f"**{question}**":
        raise _error(path, question_line, f"the part 'Question' holds the plan's question, '**{question}**'")
    return DayPage(
        title,
        tuple(links["Exhibit"]),
        tuple(links["Recipe"]),
        tuple(links["By hand"]),
        steps.strip(),
        short_answer,
        long_answer,
        "\n".join(line for _, line, _ in lines).rstrip() + "\n",
        path.name,
        start,
    )


def _lines(text: str) -> Iterator[tuple[int, str, bool]]:
    """Every line with its number from 1 and whether it is code, its fences included."""
    fenced = False
    for number, line in enumerate(text.splitlines(), start=1):
        fence = line.lstrip().startswith("```")
        yield number, line, fenced or fence
        fenced ^= fence


def _from_top(target: str) -> str:
    path = posixpath.normpath(posixpath.join("roadmap", target.partition("#")[0]))
    if path.startswith(("../", "/")):
        raise ValueError(f"the link {target!r} leaves the repository")
    return path


def _error(path: Path, line: int, what: str) -> ValueError:
    return ValueError(f"{path.name}, line {line}: {what}.")
