"""What each room and each file of a tab cost, at the end of a run: README's "Add a tab" says what they may."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

import pytest


def sum_seconds(reports: Iterable[tuple[str, float]]) -> tuple[Counter[str], Counter[str]]:
    """Seconds of each room, and of each file of tests/apps, from (node id, seconds) of every phase of every test."""
    rooms: Counter[str] = Counter()
    tabs: Counter[str] = Counter()
    for nodeid, seconds in reports:
        path = PurePosixPath(nodeid.partition("::")[0])
        rooms[path.parent.as_posix()] += seconds  # type: ignore[assignment]
        if path.parent.name == "apps":
            tabs[path.stem.removeprefix("test_")] += seconds  # type: ignore[assignment]
    return rooms, tabs


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    phases = [report for reports in terminalreporter.stats.values() for report in reports]
    rooms, tabs = sum_seconds((p.nodeid, p.duration) for p in phases if isinstance(p, pytest.TestReport))
    if len(rooms) + len(tabs) > 2:
        terminalreporter.section("seconds by room, and by file of tests/apps")
        for counted in (rooms, tabs):
            terminalreporter.line(", ".join(f"{name} {seconds:.0f}" for name, seconds in counted.most_common()))
