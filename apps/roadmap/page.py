"""What the tab shows: the value of the map, and a day's page as HTML and Markdown."""

from __future__ import annotations

import html
import re
from typing import Any

import roadmap
from apps.roadmap import WEEKDAYS, links, list_days

Record = dict[str, Any]


def describe_map(opened: str) -> Record:
    """The value of `WeekMap` with that day open."""
    days = list_days()
    weeks = [
        {"number": week.number, "title": week.title, "days": [day for day in days if day["week"] == week.number]}
        for week in roadmap.weeks()
    ]
    works = sum(day["works"] for day in days)
    return {"weeks": weeks, "weekdays": [*WEEKDAYS], "works": works, "count": len(days), "open": opened}


def find_opening_day() -> str:
    """The day that stands open at first: the first that works, or else the first."""
    days = list_days()
    return next((day["day"] for day in days if day["works"]), days[0]["day"])


def write_head(day: Record) -> str:
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


def write_body(day: Record) -> str:
    """A day's page below its title, as Markdown in two columns."""
    aside = ["#### Focus", day["focus"]]
    if day["minutes"]:
        aside += ["#### Minutes", day["minutes"]]
    if day["exhibits"]:
        aside.append("#### See it")
        for exhibit in day["exhibits"]:
            title, tab = exhibit["title"], exhibit["tab"]
            link = f"**[{title}]({links.write_tab_link(tab, exhibit['section'])})**"
            aside.append((link if tab else f"**{title}** (not built yet)") + f"<br>{_capitalise(exhibit['note'])}")
    main = [*_write_first_parts(day), "#### Question", f'<p class="question">{html.escape(day["question"])}</p>']
    if day["written"]:
        main += _write_answers(day)
    else:
        main.append(
            '<div class="short">\n\n**This day is not written yet.** Its focus, its task and its question keep their '
            "place; the answer and the code come with the day.\n\n</div>"
        )
    aside = ['<div class="aside">', *aside, "</div>"]
    main = ['<div class="main">', *main, "</div>"]
    return _highlight_examples("\n\n".join(['<div class="columns">', *aside, *main, "</div>"]))


def _write_first_parts(day: Record) -> list[str]:
    """What comes before the question: the prediction and the hands-on."""
    task = ["#### Hands-on", f"**{day['hands_on']}**"]
    if not day["written"]:
        return task
    asked, asked_for = day["predict"], day["write_it"]
    right = asked["choices"][asked["right"]]
    predict = ["#### Predict", asked["question"]]
    for number, choice in enumerate(asked["choices"]):
        verdict = "**Right.**" if number == asked["right"] else f"**No: {right}.**"
        predict.append(_fold(choice, f"{verdict} {asked['why']}", f'class="choice" name="predict-{day["day"]}"'))
    write = ["##### Write it", f"```python\n{asked_for['signature']}\n```", asked_for["checks"]]
    return [*predict, *task, day["steps"], *write, _fold("Solution", asked_for["solution"])]


def _write_answers(day: Record) -> list[str]:
    """What follows the question of a day that is written, in the order of its page."""
    parts = ["#### In thirty seconds", '<div class="short">', day["short_answer"], "</div>", "#### Sample answers"]
    for level, sample in zip(("Weak", "Good", "Great"), day["sample_answers"], strict=True):
        parts.append(_fold(level, f"{sample['says']}\n\n*{sample['heard']}*"))
    if day["code"]:
        parts += ["#### The code", *(write_source(code) for code in day["code"])]
    deeper = links.change_outside_code(day["long_answer"], lambda line: re.sub(r"^(#{3,5}) ", r"#\1 ", line))
    parts += ["#### The long answer", deeper, "#### Common mistakes"]
    parts += [f'**"{mistake["said"]}"** {mistake["truth"]}' for mistake in day["mistakes"]]
    parts.append("#### Follow-ups")
    parts += [f"*{each['question']}* {each['answer']}" for each in day["follow_ups"]]
    parts.append("#### Drills")
    for number, drill in enumerate(day["drills"], start=1):
        parts += [f"**{number}.** {drill['question']}", _fold("Solution", drill["solution"])]
    return [*parts, "#### Read on", day["read_on"]]


def _fold(title: str, markdown: str, attributes: str = "") -> str:
    opening = f"<details {attributes}>" if attributes else "<details>"
    return f"{opening}<summary>{html.escape(_without_marks(title))}</summary>\n\n{markdown}\n\n</details>"


def _highlight_examples(markdown: str) -> str:
    """Markdown whose examples with prompts are coloured as Python: gradio's page knows no `pycon`."""
    return re.sub(r"^( *)```pycon$", r"\1```python", markdown, flags=re.MULTILINE)


def write_source(code: Record) -> str:
    """One file as its path and, where this machine carries it, its source in a fold."""
    path = links.ROOT / code["file"]
    name = f"<code>{html.escape(code['file'])}</code>"
    if not path.is_file():
        return f"{name} {code['note']}"
    return (
        f"<details><summary>{name} {html.escape(_without_marks(code['note']))}</summary>\n\n"
        f"~~~~~python\n{path.read_text('utf-8').rstrip()}\n~~~~~\n\n</details>"
    )


def _capitalise(note: str) -> str:
    return note[:1].upper() + note[1:]


def _without_marks(markdown: str) -> str:
    return re.sub(r"[`*]", "", markdown)
