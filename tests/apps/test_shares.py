"""Intervals of shares that were counted, against published ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps._networks.shares import estimate_difference, estimate_share


def test_wilsons_interval_is_the_published_one() -> None:
    # Newcombe 1998 (https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E), table I.
    for right, of, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)):
        found = estimate_share(right, of)
        assert (found["low"], found["high"]) == pytest.approx((low, high), abs=5e-5)


def test_the_interval_of_a_difference_is_the_published_one() -> None:
    # Newcombe 1998, the paper that the function names, table II, method 10.
    for counts, low, high in (
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((5, 56, 0, 29), -0.0381, 0.1926),
    ):
        found = estimate_difference(*counts)
        assert (found["low"], found["high"]) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_a_difference_turns_with_its_two_sides(of: int, other_of: int, data: st.DataObject) -> None:
    right, other = data.draw(st.integers(0, of)), data.draw(st.integers(0, other_of))
    there, back = estimate_difference(right, of, other, other_of), estimate_difference(other, other_of, right, of)
    assert (there["low"], there["high"]) == pytest.approx((-back["high"], -back["low"]))
    assert -1 - 1e-9 <= there["low"] <= right / of - other / other_of <= there["high"] <= 1 + 1e-9
