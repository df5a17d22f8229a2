"""What the tab shows: the value of the map, and a day's page as HTML and Markdown."""

from __future__ import annotations

import html
import re
from typing import Any

import roadmap
from apps.roadmap import WEEKDAYS, links, list_days, read_day

Record = dict[str, Any]


def describe_map() -> Record:
    """The value of `WeekMap`."""
    days = list_days()
    weeks = []
    for week in roadmap.weeks():
        own = [day for day in days if day["week"] == week.number]
        written = any(day["answer"] for day in own)
        weeks.append({"number": week.number, "title": week.title, "written": written, "days": own})
    return {"weeks": weeks, "weekdays": [*WEEKDAYS]}


def list_next_days() -> list[Record]:
    """The days that work, in order, with what tells a visitor whether to begin one."""
    working = [read_day(day["day"]) for day in list_days() if day["works"]]
    return [
        {**{name: day[name] for name in ("day", "label", "title")}, "minutes": write_minutes(day)} for day in working
    ]


def write_head(day: Record) -> str:
    """Title of a day's page, with the ways to the map and to the neighbouring pages, as HTML."""
    return (
        f'<div class="top" data-day="{day["day"]}"><a href="?tab=roadmap">← Map</a><span class="name">'
        f"<b>{day['day']}</b> · {day['weekday']} of week {day['week']} · {html.escape(day['week_title'])}</span>"
        f'<button type="button" data-copy="{day["day"]}">Copy link to this day</button></div>'
        f'<h2 tabindex="-1">{html.escape(day["title"])}</h2><p class="focus">{html.escape(day["focus"])}'
        f"{f' · <b>{write_minutes(day)}</b>' if day['minutes'] else ''}</p>{_write_ways(day, 'Neighbouring days')}"
    )


def write_refusal(asked: str, sentence: str) -> tuple[str, str]:
    """Head and body where a link names no day."""
    head = f'<div class="top" data-day="{html.escape(asked)}"><a href="?tab=roadmap">← Map</a></div>'
    title = f'<h2 tabindex="-1">There is no such day</h2><p class="problem">{html.escape(sentence)}</p>'
    return head + title, f'<div class="columns" data-day="{html.escape(asked)}"></div>'


def write_minutes(day: Record) -> str:
    """`30 minutes to read, 60 to do`"""
    return str(day["minutes"]).replace(" to read", " minutes to read")


def _write_ways(day: Record, name: str) -> str:
    """Previous, next and done: the nearest pages that are written, and the visitor's mark, as HTML."""
    ids = [each.id for week in roadmap.weeks() for each in week.days]
    place = ids.index(day["day"])
    before = _write_way(ids[:place][::-1], "Previous", "← {}")
    after = _write_way(ids[place + 1 :], "Next", "{} →")
    done = '<button type="button" data-done>Mark as done</button>' if day["written"] else ""
    return f'<nav class="ways" aria-label="{name}">{before}{done}{after}</nav>'


def _write_way(ids: list[str], name: str, pattern: str) -> str:
    """A link to the first of these days that is written; "" if none is."""
    found = next((day for day in map(roadmap.day, ids) if day.page), None)
    if found is None:
        return ""
    label = html.escape(found.label)
    return f'<a href="?day={found.id}" aria-label="{name}: {found.id}, {label}">{pattern.format(label)}</a>'


def write_body(day: Record) -> str:
    """A day's page below its title, as Markdown: the place of its contents, and its parts."""
    parts = [*_write_first_parts(day), "### Question", f'<p class="question">{html.escape(day["question"])}</p>']
    if day["written"]:
        parts += [*_write_answers(day), _write_ways(day, "Where to go from here")]
    else:
        parts.append(
            '<div class="short">\n\n**This day is not written yet.** Its focus, its task and its question are planned; '
            "its exhibit, its code and its answers are still to come.\n\n</div>"
        )
    opening = f'<div class="columns" data-day="{day["day"]}">\n\n<nav class="contents" aria-label="On this page"></nav>'
    return _highlight_examples("\n\n".join([opening, '<div class="main">', *parts, "</div>", "</div>"]))


def _write_first_parts(day: Record) -> list[str]:
    """What comes before the question: the prediction, where it can be seen, and the hands-on."""
    parts = []
    if day["written"]:
        parts += ["### Predict", day["predict"]["question"], *_write_choices(day["predict"])]
    if day["exhibits"]:
        parts.append("### See it")
    for exhibit in day["exhibits"]:
        title, tab = exhibit["title"], exhibit["tab"]
        link = f"**[{title}]({links.write_tab_link(tab, exhibit['section'])})**"
        parts.append((link if tab else f"**{title}** (not built yet)") + f": {exhibit['note']}")
    parts += ["### Hands-on", f"**{day['hands_on']}**"]
    if day["written"]:
        asked_for = day["write_it"]
        parts += [day["steps"], "#### Write it", f"```python\n{asked_for['signature']}\n```", asked_for["checks"]]
        parts.append(_fold("Solution", asked_for["solution"]))
    return parts


def _write_choices(asked: Record) -> list[str]:
    """The prediction's choices as buttons, and what the page shows once one was chosen."""
    choices = [f'<button type="button" data-guess>{choice}</button>' for choice in asked["choices"]]
    return [
        f'<div class="prediction" data-right="{asked["right"]}">',
        *choices,
        '<p class="keeping quiet">Choose first; the page then says what happens. <span data-keeping></span></p>',
        '<div class="why" role="status">',
        '<p class="verdict"></p>',
        f'<div class="reason">\n\n{asked["why"]}\n\n</div>',
        "</div>",
        '<p class="again"><button type="button" data-again>Ask me again</button></p>',
        "</div>",
    ]


def _write_answers(day: Record) -> list[str]:
    """What follows the question of a day that is written, in the order of its page."""
    parts = ["### In thirty seconds", '<div class="short">', day["short_answer"], "</div>", "### Sample answers"]
    for level, sample in zip(("Weak", "Good", "Great"), day["sample_answers"], strict=True):
        parts.append(_fold(level, f"{sample['says']}\n\n*{sample['heard']}*"))
    if day["code"]:
        parts += ["### The code", *(write_source(code) for code in day["code"])]
    parts += ["### The long answer", day["long_answer"], "### Common mistakes"]
    parts += [f'**"{mistake["said"]}"** {mistake["truth"]}' for mistake in day["mistakes"]]
    parts.append("### Follow-ups")
    parts += [f"*{each['question']}* {each['answer']}" for each in day["follow_ups"]]
    parts.append("### Drills")
    for number, drill in enumerate(day["drills"], start=1):
        parts += [f"**{number}.** {drill['question']}", _fold("Solution", drill["solution"])]
    return [*parts, "### Read on", day["read_on"]]


def _fold(title: str, markdown: str) -> str:
    return f"<details><summary>{html.escape(_without_marks(title))}</summary>\n\n{markdown}\n\n</details>"


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


def _without_marks(markdown: str) -> str:
    return re.sub(r"[`*]", "", markdown)
