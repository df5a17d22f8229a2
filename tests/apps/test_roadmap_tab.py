"""The Roadmap tab: which days work is told from what exists, and a day's page holds all of its parts."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import gradio as gr
import pytest

import roadmap
from apps import roadmap as tab
from apps._gallery.exhibit import Exhibit, find_exhibits
from apps._inputs import BadInput
from apps.roadmap import links
from apps.roadmap.page import describe_map, list_next_days, write_body, write_head, write_minutes, write_refusal
from apps.roadmap.window import KERNELS, PICTURE, describe_window
from roadmap._page import PARTS

ROOT = Path(__file__).parents[2]
LISTS = ("sample_answers", "mistakes", "follow_ups", "drills")
IDS = [f"w{week}d{day}" for week in range(1, 11) for day in range(1, 8)]


def pretend(title: str, *days: str) -> Exhibit:
    return Exhibit("apps.pretended", title, "A claim", "", 1, functions=(), days=days)


def without_code(markdown: str) -> str:
    return re.sub(r"^```.*?^```", "", markdown, flags=re.MULTILINE | re.DOTALL)


def test_lists_seventy_days_in_order():
    days = tab.list_days()
    assert [day["day"] for day in days] == IDS
    assert [day["weekday"] for day in days[:7]] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert all(day["works"] == (day["exhibit"] and day["code"] and day["answer"]) for day in days)
    json.dumps(days)


def test_answer_means_that_the_page_is_written():
    headings = "\n".join(path.read_text("utf-8") for path in (ROOT / "roadmap").glob("week*.md"))
    for day in tab.list_days():
        assert day["answer"] == (f"\n## {day['day']} · " in headings), day["day"]


def test_exhibit_follows_the_tabs_that_exist(monkeypatch):
    monkeypatch.setattr(links, "find_exhibits", dict)
    assert not any(day["exhibit"] or day["works"] for day in tab.list_days())

    monkeypatch.setattr(links, "find_exhibits", lambda: {"loss-surface": pretend("Loss surface", "w9d4", "w1d3")})
    assert [day["day"] for day in tab.list_days() if day["exhibit"]] == ["w1d3", "w9d4"]
    (exhibit,) = tab.read_day("w9d4")["exhibits"]
    assert exhibit == {"title": "Loss surface", "tab": "loss-surface", "section": "", "note": "A claim"}


def test_code_follows_the_files_that_exist(monkeypatch, tmp_path):
    written = [day["day"] for day in tab.list_days() if day["answer"]]
    assert written, "no day is written, so there is nothing to look at"
    monkeypatch.setattr(links, "ROOT", tmp_path)
    # Without the room, as training/ is absent from a Space, a page is believed; with the room, the file must be there.
    assert [day["day"] for day in tab.list_days() if day["code"]] == written
    for room in ("training", "from_scratch", "zoo"):
        (tmp_path / room).mkdir()
    assert not any(day["code"] for day in tab.list_days())
    linked = tab.read_day("w2d3")["code"][-1]["file"]
    (tmp_path / linked).write_text("answer = 42\n")
    assert "w2d3" in [day["day"] for day in tab.list_days() if day["code"]]
    assert "answer = 42" in write_body(tab.read_day("w2d3"))


def test_a_linked_exhibit_that_does_not_exist_is_no_link(monkeypatch):
    monkeypatch.setattr(links, "find_exhibits", dict)
    day = tab.read_day("w2d3")
    assert [exhibit["tab"] for exhibit in day["exhibits"]] == [None]
    assert "?tab=" not in write_body(day)
    assert "not built yet" in write_body(day)


@pytest.mark.parametrize("id", IDS)
def test_reads_every_day(id):
    day = tab.read_day(id)
    plan = roadmap.day(id)
    assert (day["day"], day["focus"], day["hands_on"], day["question"]) == (
        id, plan.focus, plan.hands_on, plan.question
    )  # fmt: skip
    place = IDS.index(id)
    assert day["previous"] == (IDS[place - 1] if place else None)
    assert day["next"] == (IDS[place + 1] if place < 69 else None)
    assert day["link"] == f"?day={id}"
    assert bool(day["short_answer"]) == bool(day["long_answer"]) == bool(day["steps"]) == day["written"]
    assert all(exhibit["tab"] in (None, *find_exhibits()) for exhibit in day["exhibits"])
    body = write_body(day)
    assert html.escape(day["focus"]) in write_head(day)
    assert ("not written yet" in body) != day["written"]
    assert not re.search(r"\]\((\.\./|week)", without_code(body)), "a link leads to a file of the repository"
    if day["written"]:
        assert day["short_answer"] in body
        assert all(code["file"] in body for code in day["code"])
    json.dumps(day)


@pytest.mark.parametrize("id", [day["day"] for day in tab.list_days() if day["answer"]])
def test_a_written_day_shows_its_parts_in_order(id):
    day = tab.read_day(id)
    body = write_body(day)
    titles = [title for title in re.findall(r"^### (.+)$", body, flags=re.MULTILINE) if title in (*PARTS, "The code")]
    assert titles == [*PARTS[:5], *(["The code"] if day["code"] else []), *PARTS[5:]]
    shown = re.sub(r"```pycon", "```python", json.dumps(day, ensure_ascii=False))
    day = json.loads(shown)
    for records in ([day["predict"], day["write_it"]], *(day[name] for name in LISTS)):
        assert all(text in body for record in records for text in record.values() if isinstance(text, str))
    assert write_minutes(day) in write_head(day)
    assert day["read_on"] in body
    assert body.count("data-guess") == len(day["predict"]["choices"])
    assert body.index("data-guess") < body.index("?tab=") < body.index("<summary>Solution</summary>")
    assert body.count("<summary>Solution</summary>") == 4
    assert "pycon" not in body
    assert body.count("```") % 2 == 0


def test_a_day_that_is_not_written_has_empty_parts():
    day = tab.read_day(next(day["day"] for day in tab.list_days() if not day["answer"]))
    assert [day[name] for name in LISTS] == [[], [], [], []]
    assert day["predict"] is day["write_it"] is None
    assert day["minutes"] == day["read_on"] == ""


def test_the_source_in_a_fold_is_the_file():
    body = write_body(tab.read_day("w2d3"))
    assert (ROOT / "from_scratch" / "convolution.py").read_text("utf-8").rstrip() in body


@pytest.mark.parametrize(("name", "hint"), [("w2d8", "w2d"), ("", "w1d1"), ("monday", "w10d7"), ("../w2d3", "w2d3")])
def test_refuses_a_day_that_does_not_exist_in_one_sentence(name, hint):
    with pytest.raises(BadInput, match=hint) as refusal:
        tab.read_day(name)
    assert "\n" not in str(refusal.value)


def test_a_name_may_be_written_carelessly():
    assert tab.read_day(" W2D3 ")["day"] == "w2d3"


def test_links_between_files_become_links_of_the_gallery():
    assert links.link_in_gallery("see [maps](../apps/feature_maps/)") == "see [maps](?tab=feature-maps)"
    assert links.link_in_gallery("[maps](../apps/feature_maps/#explorer)") == (
        "[maps](?tab=feature-maps&section=explorer)"
    )
    assert links.link_in_gallery("[Thursday](week02.md#w2d4--lenet)") == "[Thursday](?day=w2d4)"
    assert links.link_in_gallery("[conv](../from_scratch/convolution.py)") == "conv (`from_scratch/convolution.py`)"
    assert links.link_in_gallery("[paper](https://arxiv.org/abs/1)") == "[paper](https://arxiv.org/abs/1)"
    code = "```python\nx[0](../apps/a.py)\n```"
    assert links.link_in_gallery(code) == code


def test_every_link_of_a_day_names_a_section_of_its_tab():
    with gr.Blocks() as page:
        for exhibit in find_exhibits().values():
            exhibit.layout()
    sections = {block.elem_id for block in page.blocks.values() if "section" in (block.elem_classes or ())}
    for block in page.blocks.values():
        if script := getattr(block, "js_on_load", None):
            sections |= {*re.findall(r'<(?:section|details) id="([a-z-]+)" class="section ', script)}
    named = set()
    for id in IDS:
        page_of_day = tab.read_day(id)
        body = without_code(write_body(page_of_day))
        linked = re.findall(r"\]\(\?tab=([a-z-]+)(?:&section=([a-z-]*))?\)", body)
        assert len(linked) == body.count("?tab=")
        named |= {f"{slug}-{section}" for slug, section in linked if section}
        for exhibit in page_of_day["exhibits"]:
            assert (exhibit["tab"], exhibit["section"]) in linked
    assert named == sections, "a link leads nowhere, or no day leads to a part that says that it is one"


def test_the_map_folds_what_is_not_written_and_the_path_offers_what_works():
    records = {day["day"]: day for day in tab.list_days()}
    weeks = describe_map()["weeks"]
    assert [len(week["days"]) for week in weeks] == [7] * 10
    assert all(week["written"] == any(day["answer"] for day in week["days"]) for week in weeks)
    assert [day["day"] for day in list_next_days()] == [id for id, day in records.items() if day["works"]]
    assert list_next_days()[0]["minutes"] == "30 minutes to read, 60 to do"


def test_readme_names_the_weeks_that_are_written():
    *first, last = [str(week["number"]) for week in describe_map()["weeks"] if week["written"]]
    assert f"Weeks {', '.join(first)} and {last} are written so far" in (ROOT / "README.md").read_text("utf-8")


def test_a_page_leads_to_the_nearest_pages_that_are_written():
    written = [day["day"] for day in tab.list_days() if day["answer"]]
    for before, id, after in zip(["", *written], written, [*written[1:], ""], strict=False):
        ways = re.findall(r'href="\?day=(\w+)"', write_head(tab.read_day(id)))
        assert ways == [day for day in (before, after) if day], id
        assert write_body(tab.read_day(id)).count("data-done") == 1
    assert "data-done" not in write_head(tab.read_day("w1d2"))


def test_a_refusal_shows_what_was_asked_as_text():
    head, body = write_refusal("<b>", 'No day is called "<b>".')
    assert "<b>" not in head + body
    assert 'data-day="&lt;b&gt;"' in head
    assert 'data-day="&lt;b&gt;"' in body


def test_every_kernel_gives_nothing_where_the_picture_is_flat():
    assert {sum(map(sum, weights)) for weights in KERNELS.values()} == {0}
    assert {len(row) for row in PICTURE} == {len(PICTURE)}


def test_the_map_goes_out_with_the_page():
    with gr.Blocks() as page:
        assert tab.EXHIBIT.layout() == tab.EXHIBIT.example() == []
    values = [getattr(block, "value", None) for block in page.blocks.values()]
    for value in (describe_map(), describe_window(), {"days": list_next_days()}):
        assert value in values
