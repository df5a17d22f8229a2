"""The birthday test, without a browser."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest

from apps import birthdays as exhibit
from apps._inputs import BadInput


@pytest.mark.parametrize(("modes", "likely", "rule"), [(365, 23, 23), (1000, 38, 37), (100_000, 373, 373)])
def test_a_duplicate_is_likely_when_the_roadmap_says(modes: int, likely: int, rule: int) -> None:
    found = exhibit.find_birthday(modes)
    assert found["likely"] == likely
    assert round(found["rule"]) == rule
    assert found["rule"] == pytest.approx(math.sqrt(2 * math.log(2) * modes), rel=3e-3)


def test_the_probability_is_that_of_all_drawings() -> None:
    """Exactly: of the 6ⁿ ways to draw n of six, those without a duplicate are 6·5·…"""
    probability = exhibit.find_birthday(6)["probability"]
    for samples, share in enumerate(probability):
        different = math.perm(6, samples) if samples <= 6 else 0
        assert share == pytest.approx(float(1 - Fraction(different, 6**samples)))
    assert probability[-1] > 0.999 >= probability[-2]
    assert exhibit.find_birthday(1)["likely"] == 2


def test_pairs_tell_how_many_there_are() -> None:
    assert exhibit.estimate_modes(400, 3)["modes"] == pytest.approx(26_666.67, abs=0.01)


@pytest.mark.parametrize(
    ("ask", "wrong"),
    [("find_birthday", (0,)), ("find_birthday", (10**7,)), ("find_birthday", (2.5,)), ("find_birthday", (True,)),
     ("estimate_modes", (1,)), ("estimate_modes", (10, 46)), ("estimate_modes", (10, 0)),
     ("estimate_modes", (10, math.nan))],
)  # fmt: skip
def test_what_cannot_be_counted_is_one_sentence(ask: str, wrong: Any) -> None:
    with pytest.raises(BadInput) as refusal:
        getattr(exhibit, ask)(*wrong)
    assert str(refusal.value).endswith(".")
