"""Which of a sweep's steps a run takes: all of them in `make sweep`; else the first, the last and every n-th between.

Where the n-th begin depends on the commit, so that one commit after another takes the steps that others left out.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def number_of_commit(folder: Path) -> int:
    """The first 32 bits of the commit that is checked out in `folder`; 0 where there is no git or no commit."""
    try:
        asked = subprocess.run(
            ["git", "rev-parse", "--verify", "HEAD"], cwd=folder, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return 0
    return int(asked.stdout[:8], 16)


@dataclass(frozen=True)
class Sweep:
    """How a sweep is to be taken: whole, or a sample that `shift` moves."""

    whole: bool
    shift: int = 0

    def choose(self, total: int, every: int) -> list[int]:
        """Of the numbers from 0 to `total` - 1, in order: all, or the two ends and one of each `every` numbers."""
        if self.whole:
            return list(range(total))
        return sorted({0, total - 1, *range(self.shift % every, total, every)} & set(range(total)))


@pytest.fixture(scope="session")
def sweep(request: pytest.FixtureRequest) -> Sweep:
    """What a test that goes through many steps asks which of them to take."""
    return Sweep(request.config.getoption("sweep"), number_of_commit(ROOT))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--sweep", action="store_true", help="only the sweeps, and each of them whole")


def keep_sweeps(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Under --sweep, deselect every test that is no sweep."""
    if config.getoption("sweep"):
        left_out = [item for item in items if "sweep" not in getattr(item, "fixturenames", ())]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
