"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

import gradio as gr

import roadmap
from apps._gallery.exhibit import endpoint
from apps._gallery.polite import polite
from apps.roadmap import ROOT, Record, _outside_code, list_days, read_day
from apps.roadmap.parts import DayPage, WeekMap


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


def layout() -> Sequence[gr.components.Component]:
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


def example() -> Sequence[Any]:
    return []
