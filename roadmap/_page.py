"""A day's page: what it holds, and how it is read from its week's file. The layout is that of the package's docstring.

What breaks the layout is a ValueError that names the file and the line.
"""

from __future__ import annotations

import posixpath
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PARTS = (
    "Predict",
    "Hands-on",
    "Question",
    "In thirty seconds",
    "Sample answers",
    "The long answer",
    "Common mistakes",
    "Follow-ups",
    "Drills",
    "Read on",
)
LEVELS = ("Weak", "Good", "Great")

_DAY_HEADING = re.compile(r"## (w\d+d\d+) · (.+)")
_MINUTES = re.compile(r"\*\*Minutes\*\* (\d+ to read, \d+ to do)")
_LISTED = re.compile(r"- \*\*(Exhibit|Recipe|By hand)\*\* \[([^\]]+)\]\(([^)\s]+)\)(?:: (.+))?")
_CHOICE = re.compile(r"- \[([ x])\] (\S.*)")
_FOLD = re.compile(r"(.*?)<details><summary>Solution</summary>\n\n(.+)\n\n</details>", re.DOTALL)
_SIGNATURE = re.compile(r"```python\n(.+?)\n```\n+(.+)", re.DOTALL)
_HEARD = re.compile(r"\*([^*].*[^*])\*", re.DOTALL)
_MISTAKE = re.compile(r'\*\*"(.+?)"\*\*\s+(.+)', re.DOTALL)
_FOLLOW_UP = re.compile(r"\*([^*]+)\*\s+(.+)", re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\([^)\s]+\)")

Numbered = tuple[int, str, bool]
"""A line with its number in the file, from 1, and whether it is code."""


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
        return find_from_top(self.target)

    @property
    def section(self) -> str:
        """The part of a tab that is meant, what follows the target's `#`: `explorer`; "" for the whole tab."""
        return self.target.partition("#")[2]


@dataclass(frozen=True)
class Prediction:
    """A question about what the exhibit will show, to be answered before it is looked at."""

    question: str
    choices: tuple[str, ...]
    right: int
    """Which of the choices, from 0."""
    why: str


@dataclass(frozen=True)
class WriteIt:
    """What to write oneself."""

    signature: str
    """Python, without its fence."""
    checks: str
    """What will be checked, in words."""
    solution: str


@dataclass(frozen=True)
class SampleAnswer:
    says: str
    """What a candidate says."""
    heard: str
    """What the interviewer hears in it."""


@dataclass(frozen=True)
class Mistake:
    said: str
    truth: str


@dataclass(frozen=True)
class FollowUp:
    question: str
    answer: str


@dataclass(frozen=True)
class Drill:
    question: str
    solution: str


@dataclass(frozen=True)
class DayPage:
    """A day as written in its week's file. Every text is Markdown; links in it are relative to `roadmap/`."""

    title: str
    minutes: str
    """`25 to read, 60 to do`"""
    exhibits: tuple[Link, ...]
    recipes: tuple[Link, ...]
    by_hand: tuple[Link, ...]
    predict: Prediction
    steps: str
    """What to do, after the plan's one line: a numbered list."""
    write_it: WriteIt
    short_answer: str
    sample_answers: tuple[SampleAnswer, SampleAnswer, SampleAnswer]
    """Weak, good, great."""
    long_answer: str
    mistakes: tuple[Mistake, ...]
    follow_ups: tuple[FollowUp, ...]
    drills: tuple[Drill, Drill, Drill]
    read_on: str
    markdown: str
    """The whole section, its heading included."""
    file: str
    """`week02.md`"""
    line: int
    """Where the heading stands in the file, counted from 1."""


@dataclass(frozen=True)
class Plan:
    """What the plan's table says of one day."""

    label: str
    focus: str
    hands_on: str
    question: str


def read_pages(path: Path, plan: Mapping[str, Plan]) -> dict[str, DayPage]:
    """The pages of one week's file by day, which `plan` names in order."""
    lines = list(number_lines(path.read_text("utf-8")))
    fences = [number for number, line, _ in lines if line.lstrip().startswith("```")]
    if len(fences) % 2:
        raise refuse(path, fences[-1], "a code block is not closed; this is the last fence")
    starts = [(number, line) for number, line, code in lines if not code and line.startswith("## ")]
    ends = [number - 1 for number, _ in starts[1:]] + [len(lines)]
    pages: dict[str, DayPage] = {}
    for (start, line), end in zip(starts, ends, strict=True):
        heading = _DAY_HEADING.fullmatch(line)
        if heading is None or heading[1] not in plan:
            choice = f"{next(iter(plan))} to {list(plan)[-1]}"
            raise refuse(
                path, start, f"expected a day's heading, '## w2d3 · Title' for one of {choice}, found {line!r}"
            )
        id, title = heading[1], heading[2].strip()
        if pages and id <= list(pages)[-1]:
            raise refuse(path, start, f"{id} stands after {list(pages)[-1]}; each day has one section, Monday first")
        pages[id] = _read_page(path, title, lines[start - 1 : end], plan[id])
    return pages


def _read_page(path: Path, title: str, lines: list[Numbered], plan: Plan) -> DayPage:
    start = lines[0][0]
    head, *parts = _cut(lines, "### ")
    found = tuple(part.title for part in parts)
    if found != PARTS:
        raise refuse(
            path, start, f"a day has the parts {', '.join(PARTS)}, in this order; found {', '.join(found) or 'none'}"
        )
    for part in parts:
        if not part.text:
            raise refuse(path, part.line, f"the part {part.title!r} is empty")
    predict, hands_on, question, short, samples, long, mistakes, follow_ups, drills, read_on = parts
    minutes, links = _read_head(path, start, head.lines[1:], plan)
    if question.text != f"**{plan.question}**":
        raise refuse(path, question.line, f"the part 'Question' holds the plan's question, '**{plan.question}**'")
    if len(_cut(long.lines, "#### ")) < 2:
        raise refuse(path, long.line, "the part 'The long answer' is divided by headings, '#### Where it comes from'")
    steps, write_it = _read_hands_on(path, hands_on, plan)
    return DayPage(
        title=title,
        minutes=minutes,
        exhibits=tuple(links["Exhibit"]),
        recipes=tuple(links["Recipe"]),
        by_hand=tuple(links["By hand"]),
        predict=_read_prediction(path, predict),
        steps=steps,
        write_it=write_it,
        short_answer=short.text,
        sample_answers=_read_sample_answers(path, samples),
        long_answer=long.text,
        mistakes=_read_mistakes(path, mistakes),
        follow_ups=_read_follow_ups(path, follow_ups),
        drills=_read_drills(path, drills),
        read_on=_read_links(path, read_on),
        markdown="\n".join(line for _, line, _ in lines).rstrip() + "\n",
        file=path.name,
        line=start,
    )


def _read_head(path: Path, start: int, lines: list[Numbered], plan: Plan) -> tuple[str, dict[str, list[Link]]]:
    links: dict[str, list[Link]] = {"Exhibit": [], "Recipe": [], "By hand": []}
    head = [(number, line) for number, line, _ in lines if line.strip()]
    if not head or head[0][1] != f"**Focus** {plan.focus}":
        raise refuse(path, head[0][0] if head else start, f"expected the plan's focus, '**Focus** {plan.focus}'")
    minutes = _MINUTES.fullmatch(head[1][1]) if len(head) > 1 else None
    if minutes is None:
        raise refuse(path, head[min(1, len(head) - 1)][0], "expected '**Minutes** 25 to read, 60 to do'")
    for number, line in head[2:]:
        listed = _LISTED.fullmatch(line)
        if listed is None:
            expected = "'- **Exhibit** [title](../apps/tab/): note', or Recipe, or By hand"
            raise refuse(path, number, f"expected {expected}; found {line!r}")
        try:
            find_from_top(listed[3])
        except ValueError as error:
            raise refuse(path, number, str(error)) from None
        links[listed[1]].append(Link(listed[2], listed[3], listed[4] or ""))
    return minutes[1], links


def _read_prediction(path: Path, part: _Part) -> Prediction:
    listed = [index for index, (_, line, code) in enumerate(part.lines) if not code and line.startswith("- [")]
    choices = [_CHOICE.fullmatch(part.lines[index][1]) for index in listed]
    if not 3 <= len(choices) <= 4 or listed != list(range(listed[0], listed[0] + len(listed))) or None in choices:
        raise refuse(
            path, part.line, "the part 'Predict' has three or four choices, a line each: '- [ ] wrong' or '- [x] right'"
        )
    marks = [choice[1] for choice in choices if choice]
    if marks.count("x") != 1:
        raise refuse(path, part.lines[listed[0]][0], "exactly one choice of 'Predict' is right, '- [x]'")
    question, why = _join(part.lines[: listed[0]]), _join(part.lines[listed[-1] + 1 :])
    if not question or not why or "\n\n" in why:
        raise refuse(path, part.line, "the part 'Predict' is a question, its choices, and one paragraph that says why")
    return Prediction(question, tuple(choice[2] for choice in choices if choice), marks.index("x"), why)


def _read_hands_on(path: Path, part: _Part, plan: Plan) -> tuple[str, WriteIt]:
    task, *sections = _cut(part.lines, "#### ")
    first, _, steps = task.text.partition("\n")
    if first != f"**{plan.hands_on}**":
        raise refuse(path, part.line, f"the part 'Hands-on' begins with the plan's task, '**{plan.hands_on}**'")
    if not steps.strip().startswith("1. "):
        raise refuse(path, part.line, "the steps of 'Hands-on' are a numbered list, '1. ' first")
    if [section.title for section in sections] != ["Write it"]:
        raise refuse(path, part.line, "the part 'Hands-on' ends with one section, '#### Write it'")
    body, solution = _unfold(path, sections[0].line, sections[0].text)
    signature = _SIGNATURE.fullmatch(body)
    if signature is None:
        expected = "the signature in a ```python block, what will be checked, and the solution"
        raise refuse(path, sections[0].line, f"the section 'Write it' is {expected}")
    return steps.strip(), WriteIt(signature[1], signature[2], solution)


def _read_sample_answers(path: Path, part: _Part) -> tuple[SampleAnswer, SampleAnswer, SampleAnswer]:
    before, *sections = _cut(part.lines, "#### ")
    if before.text or tuple(section.title for section in sections) != LEVELS:
        raise refuse(path, part.line, "the part 'Sample answers' has the sections Weak, Good, Great, and nothing else")
    answers = []
    for section in sections:
        says, _, last = section.text.rpartition("\n\n")
        heard = _HEARD.fullmatch(last)
        if not says or heard is None:
            expected = "ends with a paragraph in italics: what the interviewer hears in it"
            raise refuse(path, section.line, f"the sample answer {section.title!r} {expected}")
        answers.append(SampleAnswer(says, heard[1]))
    weak, good, great = answers
    return weak, good, great


def _read_mistakes(path: Path, part: _Part) -> tuple[Mistake, ...]:
    return tuple(
        Mistake(*match) for match in _match_items(path, part, _MISTAKE, """'- **"what is said"** what is true'""", 1)
    )


def _read_follow_ups(path: Path, part: _Part) -> tuple[FollowUp, ...]:
    return tuple(
        FollowUp(*match) for match in _match_items(path, part, _FOLLOW_UP, "'- *What does it cost?* the answer'", 4)
    )


def _read_drills(path: Path, part: _Part) -> tuple[Drill, Drill, Drill]:
    items = _list_items(path, part, re.compile(r"\d\. "))
    if [part.lines[index][1][0] for index, _ in items] != ["1", "2", "3"]:
        raise refuse(path, part.line, "the part 'Drills' has exactly three, '1. ' to '3. '")
    one, two, three = (Drill(*_unfold(path, part.lines[index][0], text)) for index, text in items)
    return one, two, three


def _read_links(path: Path, part: _Part) -> str:
    for index, text in _list_items(path, part, re.compile(r"- ")):
        if not _LINK.search(text):
            raise refuse(path, part.lines[index][0], "each item of 'Read on' has a link")
    return part.text


# ------------------------------------------------------------------------------------------------------- pieces


@dataclass(frozen=True)
class _Part:
    title: str
    line: int
    """Where its heading stands."""
    lines: list[Numbered]
    """Without the heading."""

    @property
    def text(self) -> str:
        return _join(self.lines)


def _cut(lines: list[Numbered], mark: str) -> list[_Part]:
    """What stands before the first heading that begins with `mark`, without a title, then the part of each heading."""
    cuts = [index for index, (_, line, code) in enumerate(lines) if not code and line.startswith(mark)]
    parts = [_Part("", lines[0][0] if lines else 0, lines[: cuts[0]] if cuts else lines)]
    for begin, end in zip(cuts, [*cuts, len(lines)][1:], strict=True):
        number, line, _ = lines[begin]
        parts.append(_Part(line.removeprefix(mark).strip(), number, lines[begin + 1 : end]))
    return parts


def _list_items(path: Path, part: _Part, bullet: re.Pattern[str]) -> list[tuple[int, str]]:
    """Each item of a list that fills the part: the index of its first line, and its text without bullet and indent."""
    starts = [index for index, (_, line, code) in enumerate(part.lines) if not code and bullet.match(line)]
    if not starts or _join(part.lines[: starts[0]]):
        raise refuse(path, part.line, f"the part {part.title!r} is a list and begins with its first item")
    items = []
    for begin, end in zip(starts, [*starts[1:], len(part.lines)], strict=True):
        first, rest = part.lines[begin][1], _join(part.lines[begin + 1 : end], strip=False)
        items.append((begin, f"{bullet.sub('', first, count=1)}\n{textwrap.dedent(rest)}".strip()))
    return items


def _match_items(
    path: Path, part: _Part, pattern: re.Pattern[str], shape: str, least: int
) -> Iterator[tuple[str, ...]]:
    items = _list_items(path, part, re.compile(r"- "))
    if len(items) < least:
        raise refuse(path, part.line, f"the part {part.title!r} has {least} items or more, {shape}")
    for index, text in items:
        match = pattern.fullmatch(text)
        if match is None:
            raise refuse(path, part.lines[index][0], f"an item of {part.title!r} is {shape}")
        yield tuple(match.groups())


def _unfold(path: Path, line: int, text: str) -> tuple[str, str]:
    """What stands before the folded solution that ends the text, and the solution."""
    fold = _FOLD.fullmatch(text)
    if fold is None or not fold[1].strip() or "<details>" in fold[2]:
        expected = "'<details><summary>Solution</summary>', an empty line, the solution, an empty line, '</details>'"
        raise refuse(path, line, f"expected a text that ends with one folded solution: {expected}")
    return fold[1].strip(), fold[2].strip()


def _join(lines: list[Numbered], strip: bool = True) -> str:
    text = "\n".join(line for _, line, _ in lines)
    return text.strip() if strip else text


def number_lines(text: str) -> Iterator[Numbered]:
    """Every line with its number from 1 and whether it is code, its fences included."""
    fenced = False
    for number, line in enumerate(text.splitlines(), start=1):
        fence = line.lstrip().startswith("```")
        yield number, line, fenced or fence
        fenced ^= fence


def find_from_top(target: str) -> str:
    """Where a link of `roadmap/` leads, from the top of the repository and without what follows a `#`."""
    path = posixpath.normpath(posixpath.join("roadmap", target.partition("#")[0]))
    if path.startswith(("../", "/")):
        raise ValueError(f"the link {target!r} leaves the repository")
    return path


def refuse(path: Path, line: int, what: str) -> ValueError:
    """The refusal of a file, to be raised."""
    return ValueError(f"{path.name}, line {line}: {what}.")
