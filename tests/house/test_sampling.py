"""A sweep taken whole leaves nothing out, nor do samples one after another."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests._support.sampling import ROOT, Sweep, number_of_commit


@pytest.mark.parametrize("total", [0, 1, 2, 7, 140])
@pytest.mark.parametrize("every", [1, 3, 20, 500])
def test_the_whole_is_everything_and_so_are_the_samples_of_all_shifts(total: int, every: int) -> None:
    everything = list(range(total))
    assert Sweep(whole=True, shift=5).choose(total, every) == everything
    samples = [Sweep(whole=False, shift=shift).choose(total, every) for shift in range(1000, 1000 + every)]
    assert sorted(set().union(*samples)) == everything
    for sample in samples:
        assert sample == sorted(set(sample))
        assert sample[:1] + sample[-1:] == everything[:1] + everything[-1:]
        assert len(sample) <= total / every + 3


def test_a_shift_is_the_commit_that_is_checked_out(tmp_path: Path) -> None:
    assert number_of_commit(tmp_path) == 0
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    for arguments in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "first"]):
        assert number_of_commit(tmp_path) == 0
        subprocess.run([*git, *arguments], check=True)
    first = number_of_commit(tmp_path)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "second"], check=True)
    assert 0 < number_of_commit(tmp_path) != first > 0


def test_only_sweeps_ask_for_the_option(sweep: Sweep, pytestconfig: pytest.Config) -> None:
    assert sweep == Sweep(pytestconfig.getoption("sweep"), number_of_commit(ROOT))
