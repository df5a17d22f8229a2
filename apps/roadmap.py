"""Roadmap: ten weeks by seven days as a map, and which of them work, told by looking at what exists."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import gradio as gr

import roadmap
from apps import _exhibit
from apps._exhibit import Exhibit, endpoint
from apps._inputs import BadInput
from apps._polite import polite
from apps.widgets.day_page import DayPage
from apps.widgets.week_map import WeekMap

ROOT = Path(__file__).parent.parent
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
    tabs = _exhibit.find()
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


def _map(opened: str) -> Record:
    """The value of the map: weeks of days, how many work, and the day that stands open."""
    days = list_days()
    weeks = [
        {"number": week.number, "title": week.title, "days": [day for day in days if day["week"] == week.number]}
        for week in roadmap.weeks()
    ]
    return {"weeks": weeks, "works": sum(day["works"] for day in days), "count": len(days), "open": opened}


def _first() -> str:
    """The day that stands open at first: the first that works, or else the first."""
    days = list_days()
    return next((day["day"] for day in days if day["works"]), days[0]["day"])


def _head(day: Record) -> str:
    """Title of a day's page with the ways to its neighbours, as HTML."""

    def neighbour(id: str | None, pattern: str, name: str) -> str:
        if id is None:
            return ""
        label = html.escape(roadmap.day(id).label)
        return f'<a href="?day={id}" aria-label="{name}: {label}">{pattern.format(label)}</a>'

    return (
        f'<div class="top"><span><b>{day["day"]}</b> · {day["weekday"]} of week {day["week"]} · '
        f"{html.escape(day['week_title'])}</span>"
        f'<span class="tools"><a href="#week-map" data-back>↑ Map</a>'
        f'<button type="button" data-copy="{day["day"]}">Copy link to this day</button></span></div>'
        f'<h3 tabindex="-1">{html.escape(day["title"])}</h3>'
        f'<nav aria-label="Neighbouring days">{neighbour(day["previous"], "← {}", "The day before")}'
        f"{neighbour(day['next'], '{} →', 'The day after')}</nav>"
    )


def _body(day: Record) -> str:
    """A day's page below its title, as Markdown in two columns."""
    aside = ["#### Focus", day["focus"]]
    if day["exhibits"]:
        aside.append("#### See it")
        for exhibit in day["exhibits"]:
            title = f"[{exhibit['title']}](?tab={exhibit['tab']})" if exhibit["tab"] else exhibit["title"]
            aside.append(
                f"**{title}**" + ("" if exhibit["tab"] else " (not built yet)") + f"<br>{_sentence(exhibit['note'])}"
            )
    aside += ["#### Do it", f"**{day['hands_on']}**", day["steps"]]

    main = ["#### Question", f'<p class="question">{html.escape(day["question"])}</p>']
    if day["written"]:
        main += ["#### In thirty seconds", '<div class="short">', day["short_answer"], "</div>"]
        if day["code"]:
            main += ["#### The code", *(_fold(code) for code in day["code"])]
        deeper = _outside_code(day["long_answer"], lambda line: re.sub(r"^(#{3,5}) ", r"#\1 ", line))
        main += ["#### The long answer", deeper]
    else:
        main.append(
            '<div class="short">\n\n**This day is not written yet.** Its focus, its task and its question keep their '
            "place; the answer and the code come with the day.\n\n</div>"
        )
    aside = ['<div class="aside">', *aside, "</div>"]
    main = ['<div class="main">', *main, "</div>"]
    return "\n\n".join(['<div class="columns">', *aside, *main, "</div>"])


def _fold(code: Record) -> str:
    """One file as its path and, where this machine carries it, its source in a fold."""
    path = ROOT / code["file"]
    name = f"<code>{html.escape(code['file'])}</code>"
    if not path.is_file():
        return f"{name} {code['note']}"
    return (
        f"<details><summary>{name} {html.escape(_plain(code['note']))}</summary>\n\n"
        f"~~~~~python\n{path.read_text('utf-8').rstrip()}\n~~~~~\n\n</details>"
    )


def _sentence(note: str) -> str:
    return note[:1].upper() + note[1:]


def _plain(markdown: str) -> str:
    return re.sub(r"[`*]", "", markdown)


def _layout() -> Sequence[gr.components.Component]:
    day = read_day(_first())
    week_map = WeekMap(_map(day["day"]), elem_id="week-map")
    with DayPage(elem_id="day-page"):
        head = gr.HTML(_head(day), apply_default_css=False, elem_classes="day-head")
        body = gr.Markdown(
            _body(day),
            latex_delimiters=[
                {"left": "$$", "right": "$$", "display": True},
                {"left": "$", "right": "$", "display": False},
            ],
            elem_classes="day-body",
        )

    def open_day(event: gr.EventData) -> tuple[Record, str, str]:
        chosen = read_day(str(event.day))
        return _map(chosen["day"]), _head(chosen), _body(chosen)

    # Reading a page does not wait for those who compute.
    week_map.select(
        polite(open_day), None, [week_map, head, body], queue=False, show_progress="hidden", api_visibility="private"
    )
    name = gr.Textbox(visible=False, label="day", value="w2d3")
    endpoint(list_days, [], [gr.JSON(visible=False, label="days")])
    endpoint(read_day, [name], [gr.JSON(visible=False, label="day")])
    return []  # all of it is text that is read in milliseconds: it goes out with the page and waits for nobody


EXHIBIT = Exhibit(
    title="Roadmap",
    claim="Ten weeks, seventy days",
    lead="Each day is something you can **drag, click or feed with your own picture**, the code behind it, "
    "and a question you will be asked.",
    order=0,
    layout=_layout,
    example=list,
    functions=(list_days, read_day),
    understand="""
Nobody keeps the list of days that work; the map looks each time.

- **exhibit**: a tab of this gallery says that it shows the day, or the day's page links to one that is here;
- **code**: a recipe or a file written by hand, which the day's page links to, is in the repository;
- **answer**: the day's page is written, with an answer for thirty seconds and a long one.

A day *works* when it has all three. Tests open every link and run every Python example of every page, so the numbers
in an answer are those that the code gives.
""",
)


if __name__ == "__main__":
    from apps import _frame

    _frame.launch(_frame.build({"roadmap": EXHIBIT}))
