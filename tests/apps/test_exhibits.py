"""What holds for every tab: it builds, opens on a worked example, and its functions are endpoints of that name."""

from __future__ import annotations

import inspect
import re
from typing import Any

import gradio as gr
import pytest

import roadmap
from apps._gallery.exhibit import Exhibit, find_exhibits, list_questions
from apps._gallery.page import POLL_SECONDS, build_page, fill_once, launch_page

EXHIBITS = find_exhibits()


@pytest.fixture(scope="module")
def endpoints() -> dict[str, Any]:
    return build_page(EXHIBITS).get_api_info()["named_endpoints"]


@pytest.fixture(params=list(EXHIBITS))
def exhibit(request: pytest.FixtureRequest) -> Exhibit:
    return EXHIBITS[request.param]


def test_the_rail_begins_with_the_roadmap_and_ends_with_the_zoo() -> None:
    slugs = list(EXHIBITS)
    assert (slugs[0], slugs[-1]) == ("roadmap", "model-zoo")
    assert {"classify", "feature-maps"} <= set(slugs)


def test_every_endpoint_is_a_function_of_one_exhibit(endpoints: dict[str, Any]) -> None:
    functions = [function.__name__ for exhibit in EXHIBITS.values() for function in exhibit.functions]
    assert sorted(endpoints) == sorted(f"/{name}" for name in functions)
    assert not [name for name in endpoints if re.search(r"_\d+$", name)]


def test_endpoints_are_described_and_typed(endpoints: dict[str, Any], exhibit: Exhibit) -> None:
    for function in exhibit.functions:
        description = inspect.getdoc(function) or ""
        parameters = inspect.signature(function).parameters
        assert len(description.splitlines()[0]) > 20
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", function.__name__), "a verb, then nouns"
        if parameters:
            assert "Args:" in description
        for name, parameter in parameters.items():
            assert parameter.annotation is not inspect.Parameter.empty
            assert re.search(rf"^ +{name}: \S", description, re.MULTILINE), f"{name} is not described"
        listed = endpoints[f"/{function.__name__}"]["parameters"]
        assert [parameter["parameter_name"] for parameter in listed] == list(parameters)


def test_an_exhibit_says_what_to_see_and_what_to_do(exhibit: Exhibit) -> None:
    assert 10 < len(exhibit.claim) < 70
    assert 20 < len(re.sub("<[^>]+>", "", exhibit.lead)) < 260
    assert "**" in exhibit.lead
    assert len(exhibit.title) < 20
    known = {day.id for week in roadmap.weeks() for day in week.days}
    assert set(exhibit.days) <= known


def test_an_exhibit_opens_on_a_worked_example(exhibit: Exhibit) -> None:
    import gradio as gr

    with gr.Blocks():
        filled = exhibit.layout()
    values = exhibit.example()
    assert len(values) == len(filled)
    assert all(value not in (None, "", {}, []) for value in values)


def test_the_source_that_is_shown_is_the_source_that_runs(exhibit: Exhibit) -> None:
    shown = exhibit.read_source()
    for function in exhibit.functions:
        assert f"def {function.__name__}(" in shown


def test_an_exhibit_names_the_questions_of_its_days(exhibit: Exhibit) -> None:
    text = list_questions(exhibit.days)
    for day in exhibit.days:
        assert f"- {roadmap.day(day).question} – [{roadmap.day(day).label}](?day={day})" in text
    assert text.count("?day=") == len(exhibit.days)
    assert "?day=" not in exhibit.understand, "days stand in EXHIBIT alone"


def test_two_exhibits_of_one_name_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    import apps.classify
    import apps.model_zoo

    monkeypatch.setattr(apps.classify, "EXHIBIT", apps.model_zoo.EXHIBIT)
    with pytest.raises(ValueError, match="both have a"):
        find_exhibits.__wrapped__()


def test_a_tab_that_was_opened_before_keeps_what_the_visitor_did() -> None:
    open_tab = fill_once(lambda: ["example"], 1)
    assert open_tab(False) == [True, "example"]
    kept = open_tab(True)
    assert kept[0] is True
    assert "example" not in kept


def test_a_resting_server_looks_for_work_seldom_and_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    launched: list[gr.Blocks] = []
    monkeypatch.setattr(gr.Blocks, "launch", lambda page, **_: launched.append(page))
    launch_page(gr.Blocks())
    [page] = launched
    assert page._queue.sleep_when_free == POLL_SECONDS
    assert page._queue.max_size == 64
    assert 0.005 <= POLL_SECONDS <= 0.02


def test_a_machine_too_busy_to_answer_at_once_still_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradio.networking.url_ok", lambda url: False)
    started: list[gr.Blocks] = []
    monkeypatch.setattr(gr.Blocks, "block_thread", lambda page: started.append(page))
    with gr.Blocks() as page:
        pass
    launch_page(page)
    assert started == [page]
    assert page.is_running
    page.close()
