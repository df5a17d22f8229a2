"""Long work: told how far it is, stopped, left, refused, and never left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

import zoo
from apps._gallery import job
from apps._gallery.job import Line, report_progress, run_job, stop_job
from apps._inputs import BadInput

JOB = ("a visitor", 7)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every message is told; afterwards no thread and no entry is left."""
    monkeypatch.setattr(job, "TELL_SECONDS", 0)
    monkeypatch.setattr(job, "PULSE_SECONDS", 0.05)
    yield
    wait_until(lambda: not any(thread.name == "job" for thread in threading.enumerate()))
    assert job._running == {}
    job._stopped_before.clear()


def wait_until(condition: Any, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def count(to: int = 10_000) -> dict[str, Any]:
    for index in range(to):
        report_progress(index / to, index=index)
        time.sleep(0.001)
    return {"counted": to}


def test_a_job_tells_how_far_it_is_and_ends_with_what_it_found() -> None:
    line = Line(1)
    *told, last = run_job(JOB, lambda: count(20), line)
    shares = [message["done"] for message in told]
    assert shares == sorted(shares)
    assert len(shares) >= 2
    assert {message["turn"] for message in told} == {7}
    assert last == {"turn": 7, "counted": 20}
    assert len(line) == 0


def test_progress_outside_a_job_goes_nowhere() -> None:
    assert count(3) == {"counted": 3}


@pytest.mark.parametrize("refusal", [BadInput("One sentence."), zoo.NotHere("One sentence.")])
def test_a_refusal_is_its_sentence(refusal: Exception) -> None:
    def refuse() -> dict[str, Any]:
        raise refusal

    assert list(run_job(JOB, refuse, Line(1))) == [{"turn": 7, "problem": "One sentence."}]


def test_a_fault_is_raised_where_gradio_sees_it() -> None:
    line = Line(1)
    with pytest.raises(ZeroDivisionError):
        list(run_job(JOB, lambda: {"x": 1 / 0}, line))
    assert len(line) == 0


def test_stopped_in_the_middle_it_says_so() -> None:
    messages = run_job(JOB, count, Line(1))
    assert "done" in next(messages)
    stop_job(JOB)
    assert [message for message in messages if "done" not in message] == [{"turn": 7, "stopped": True}]


def test_work_ends_when_its_visitor_leaves() -> None:
    line, messages = Line(1), run_job(JOB, count, Line(1))
    next(messages)
    messages.close()
    assert len(line) == 0


def test_a_stop_that_comes_first_is_remembered_and_only_once() -> None:
    stop_job(JOB)
    assert list(run_job(JOB, lambda: count(2), Line(1))) == [{"turn": 7, "stopped": True}]
    *_, last = run_job(JOB, lambda: count(2), Line(1))
    assert last["counted"] == 2


def test_stops_that_nothing_follows_are_forgotten() -> None:
    for turn in range(job.REMEMBERED + 50):
        stop_job(("a visitor", turn))
    assert len(job._stopped_before) == job.REMEMBERED


def test_one_visitors_stop_leaves_anothers_job_of_the_same_turn_alone() -> None:
    mine, other = run_job(JOB, count, Line(2)), run_job(("another", 7), lambda: count(100), Line(2))
    next(mine), next(other)
    stop_job(JOB)
    assert list(mine)[-1] == {"turn": 7, "stopped": True}
    assert list(other)[-1] == {"turn": 7, "counted": 100}


def test_two_parts_of_a_page_count_turns_for_themselves() -> None:
    request = SimpleNamespace(session_hash="a visitor")
    event = gr.EventData(None, {"turn": 7})
    first, second = (job.name_job(event, request, gr.HTML()) for _ in range(2))  # type: ignore[arg-type]
    assert first != second
    one, other = run_job(first, count, Line(2)), run_job(second, lambda: count(20), Line(2))
    next(one), next(other)
    stop_job(first)
    assert list(one)[-1] == {"turn": 7, "stopped": True}
    assert list(other)[-1] == {"turn": 7, "counted": 20}


def test_who_waits_hears_the_place_and_may_leave_the_line() -> None:
    line = Line(1)
    first, second, third = (run_job(("visitor", turn), count, line) for turn in range(3))
    next(first)
    assert next(second) == {"turn": 1, "ahead": 1}
    assert next(third) == {"turn": 2, "ahead": 2}
    stop_job(("visitor", 1))
    assert list(second) == [{"turn": 1, "stopped": True}]
    assert next(third) == {"turn": 2, "ahead": 1}
    stop_job(("visitor", 0))
    assert list(first)[-1]["stopped"]
    assert "done" in next(message for message in third if "ahead" not in message)
    third.close()
    assert len(line) == 0


def test_a_line_that_is_full_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "WAITING", 0)
    line = Line(1)
    first = run_job(JOB, count, line)
    next(first)
    [refused] = run_job(("another", 1), count, line)
    assert refused["problem"].startswith("Too many visitors")
    first.close()
    assert len(line) == 0


def test_work_that_says_nothing_still_lets_its_visitor_leave() -> None:
    ended = threading.Event()

    def sleep() -> dict[str, Any]:
        ended.wait(10)
        return {}

    messages = run_job(JOB, sleep, Line(1))
    assert [next(messages)["done"] for _ in range(3)] == [0, 0, 0]
    messages.close()
    ended.set()
