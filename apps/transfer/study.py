"""The transfer study's table, and what its numbers say of one setting."""

from __future__ import annotations

import csv
import math
import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple

import zoo
from apps._inputs import BadInput

METHODS = ("scratch", "frozen", "fine-tuned")


class Trained(NamedTuple):
    """One row of the study: one training, measured."""

    method: str
    augmented: bool
    pictures: int
    seed: int
    accuracy: float


def read_results() -> str:
    """The study's `results.csv`, word for word.

    Raises:
        NotHere: nobody has made it yet.
    """
    path = zoo.folder() / "studies" / "transfer" / "results.csv"
    try:
        return path.read_text()
    except OSError:
        raise zoo.NotHere("The study's table is not in this zoo yet. Make it: `python -m training.transfer`.") from None


def parse_results(text: str) -> list[Trained]:
    """The rows of `results.csv`.

    Raises:
        DamagedRelease: its columns or its numbers are not what they should be.
    """
    try:
        rows = [
            Trained(
                row["method"], {"yes": True, "no": False}[row["augmented"]], int(row["pictures"]), int(row["seed"]),
                float(row["accuracy"]),
            )
            for row in csv.DictReader(text.splitlines())
        ]  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise zoo.DamagedRelease(f"The study's results.csv is damaged ({error}): restore it.") from error
    if not rows or {row.method for row in rows} - {*METHODS}:
        raise zoo.DamagedRelease("The study's results.csv names no methods that this program knows: restore it.")
    return rows


def compare_setting(rows: Sequence[Trained], pictures: object, augmented: object) -> dict[str, Any]:
    """Each method's accuracies with one number of pictures, and what fine-tuning adds to learning from scratch.

    Raises:
        BadInput: the study has no such number.
    """
    sizes = sorted({row.pictures for row in rows})
    if isinstance(augmented, str | None) or augmented not in (True, False):
        raise BadInput(f"augmented is true or false, not {str(augmented)[:40]!r}.")
    if isinstance(pictures, bool | str | None) or pictures not in sizes:
        listed = f"{', '.join(map(str, sizes[:-1]))} and {sizes[-1]}" if len(sizes) > 1 else str(sizes[0])
        raise BadInput(f"The study has {listed} pictures a class, not {str(pictures)[:40]}.")
    found: dict[str, dict[int, float]] = {method: {} for method in METHODS}
    for row in rows:
        if row.pictures == pictures and row.augmented is bool(augmented):
            found[row.method][row.seed] = row.accuracy
    return {
        "pictures": pictures,
        "augmented": bool(augmented),
        "methods": [
            {"method": method, **summarise_values(list(by_seed.values()))}
            for method, by_seed in found.items()
            if by_seed
        ],
        "gain": compare_pairs(found["fine-tuned"], found["scratch"]),
    }


def summarise_values(values: list[float]) -> dict[str, Any]:
    """The values, their mean and their standard deviation (with n − 1; None of a single value)."""
    return {
        "accuracies": values,
        "mean": statistics.mean(values),
        "deviation": statistics.stdev(values) if len(values) > 1 else None,
    }


def compare_pairs(first: dict[int, float], second: dict[int, float]) -> dict[str, Any] | None:
    """The mean of first − second over the seeds that both have, with its 95 % confidence interval (Student's t).

    None with fewer than two pairs.
    """
    from scipy.special import stdtrit

    differences = [first[seed] - second[seed] for seed in sorted(first.keys() & second.keys())]
    n = len(differences)
    if n < 2:
        return None
    mean, error = statistics.mean(differences), statistics.stdev(differences) / math.sqrt(n)
    reach = float(stdtrit(n - 1, 0.975)) * error
    return {"mean": mean, "low": mean - reach, "high": mean + reach, "pairs": n}
