"""What the tab and its release claim, measured on the release that the repository carries."""

from __future__ import annotations

import json
from typing import Any

import pytest

import zoo

NAME = "ddpm.mnist"
pytestmark = pytest.mark.skipif(NAME not in zoo.names(), reason=f"the zoo has no {NAME} yet")


def read(file: str) -> Any:
    return json.loads(zoo.read_file(zoo.describe(NAME), f"exhibit/{file}.json"))


def test_ten_steps_do_nearly_the_work_of_a_thousand() -> None:
    rows = {(row["sampler"], row["steps"]): row for row in read("steps")["rows"]}
    fast, slow = rows["DDPM", 10], rows["DDPM", 1000]
    print(f"{fast['frechet'] / slow['frechet']:.3f} times the distance, {slow['seconds'] / fast['seconds']:.0f} faster")
    assert fast["frechet"] <= 1.05 * slow["frechet"]
    assert slow["seconds"] >= 95 * fast["seconds"]
    # The other samplers draw no noise; the better of them stays a little behind.
    assert rows["DPM-Solver++", 10]["frechet"] <= 1.2 * slow["frechet"]


def test_the_digit_that_is_asked_for_comes() -> None:
    quality = read("quality")
    assert quality["samples"] == 10_000
    assert quality["agreement"] >= 0.95
    agreements = {row["guidance"]: row["agreement"] for row in read("steps")["guidances"]}
    assert agreements[2] >= 0.99
    assert all(each["share"] >= 0.05 for each in quality["classes"])
