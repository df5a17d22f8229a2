"""How tests run: beside one another or alone, browsers last, and what each file cost is told."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests._support.budget import sum_seconds
from tests._support.turns import taking_turns


def test_tests_run_beside_one_another_but_for_one_that_is_to_be_alone(tmp_path: Path) -> None:
    inside: list[str] = []
    leave = threading.Event()

    def run(name: str, alone: bool) -> threading.Thread:
        def stay() -> None:
            with taking_turns(tmp_path, alone):
                inside.append(name)
                assert leave.wait(30)
                inside.remove(name)

        thread = threading.Thread(target=stay)
        thread.start()
        thread.join(0.2)
        return thread

    first = [run("one", alone=False), run("other", alone=False)]
    assert sorted(inside) == ["one", "other"]
    timed = run("timed", alone=True)
    late = run("late", alone=False)
    assert sorted(inside) == ["one", "other"]  # a test that begins later does not overtake it
    leave.set()
    for thread in [*first, timed, late]:
        thread.join(30)
    assert inside == []


def test_nobody_enters_beside_one_that_is_alone(tmp_path: Path) -> None:
    entered = threading.Event()

    def enter() -> None:
        with taking_turns(tmp_path, alone=False):
            entered.set()

    with taking_turns(tmp_path, alone=True):
        thread = threading.Thread(target=enter)
        thread.start()
        assert not entered.wait(0.2)
    assert entered.wait(30)
    thread.join()


def test_a_file_with_a_browser_test_comes_after_all_without(request: pytest.FixtureRequest) -> None:
    items = request.session.items
    files = {item.path for item in items if "browser" in getattr(item, "fixturenames", ())}
    late = [item.path in files for item in items]
    assert late == sorted(late)


def test_seconds_are_summed_by_room_and_by_file_of_a_tab() -> None:
    rooms, tabs = sum_seconds(
        [
            ("tests/apps/test_vae.py::test_a[x::y]", 1.5),
            ("tests/apps/test_vae.py::test_b", 0.5),
            ("tests/apps/test_browser_vae.py::test_c", 3.0),
            ("tests/zoo/test_zoo.py::test_d", 1.0),
        ]
    )
    assert rooms == {"tests/apps": 5.0, "tests/zoo": 1.0}
    assert tabs == {"vae": 2.0, "browser_vae": 3.0}
