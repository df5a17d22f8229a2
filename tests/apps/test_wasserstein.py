"""Two piles and the smallest GAN, without a browser."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from apps import wasserstein as exhibit
from apps._inputs import BadInput
from apps.wasserstein.piles import REAL, SHAPES


def lay(grains: list[int], at: int, places: int = 30) -> list[float]:
    pile = [0.0] * places
    pile[at : at + len(grains)] = grains
    return pile


@pytest.mark.parametrize(("shift", "js"), [(0, 0), (1, 0.2158), (2, 0.5199), (3, 0.6931), (6, 0.6931), (12, 0.6931)])
def test_a_shifted_pile_is_as_the_roadmap_has_it(shift: int, js: float) -> None:
    found = exhibit.compare_piles(lay(REAL, 2), lay(REAL, 2 + shift))
    assert found["jensen_shannon"] == pytest.approx(js, abs=5e-5)
    assert found["wasserstein"] == pytest.approx(shift)
    if shift >= 3:
        assert found["jensen_shannon"] == pytest.approx(math.log(2), abs=1e-12)
        assert [each for each in found["best_discriminator"] if each is not None] == [1, 1, 1, 0, 0, 0]


def test_distance_plan_and_critic_agree_on_piles_of_any_kind() -> None:
    dice = np.random.default_rng(0)
    for _ in range(20):
        p, q = (dice.random(12) * (dice.random(12) < 0.5) + 1e-9 for _ in range(2))
        found = exhibit.compare_piles(p.tolist(), q.tolist())
        p, q = p / p.sum(), q / q.sum()
        critic = np.array(found["best_critic"])
        assert np.abs(np.diff(critic)).max() <= 1
        assert critic @ p - critic @ q == pytest.approx(found["wasserstein"], abs=1e-9)
        work = sum(amount * abs(start - end) for start, end, amount in found["carried"])
        assert work == pytest.approx(found["wasserstein"], abs=1e-6)
        m = (p + q) / 2
        by_hand = ((p * np.log(p / m)).sum() + (q * np.log(q / m)).sum()) / 2
        assert found["jensen_shannon"] == pytest.approx(by_hand)


def test_no_other_order_of_grains_is_less_work() -> None:
    """The plan against every way to pair the grains of two small piles."""
    first, second = [0, 0, 3, 5], [1, 2, 2, 6]
    piles = [[float(grains.count(place)) for place in range(8)] for grains in (first, second)]
    best = min(sum(abs(a - b) for a, b in zip(first, way, strict=True)) for way in itertools.permutations(second))
    assert exhibit.compare_piles(*piles)["wasserstein"] == pytest.approx(best / 4)


def test_every_shape_has_as_many_grains_as_the_real_pile() -> None:
    assert {sum(grains) for _, grains in SHAPES.values()} == {sum(REAL)}


@pytest.mark.parametrize(("rule", "reaches"), [("none", 2.46), ("penalty", 1.41), ("r1", 0.0)])
def test_the_smallest_gan_is_as_the_roadmap_has_it(rule: str, reaches: float) -> None:
    path = exhibit.play_critic_game(rule, rate=0.02, steps=4000)["path"]
    assert round(max(abs(theta) for theta, _ in path[-1000:]), 2) == reaches


@pytest.mark.parametrize(
    "wrong",
    [[[], []], [[1.0], [1.0, 2.0]], [[0.0, 0.0], [1.0, 1.0]], [[-1.0, 2.0], [1.0, 1.0]], [[math.nan], [1.0]],
     ["pile", [1.0]], [[True], [1.0]], [[1.0] * 1001, [1.0] * 1001]],
)  # fmt: skip
def test_what_is_no_pile_is_one_sentence(wrong: Any) -> None:
    with pytest.raises(BadInput) as refusal:
        exhibit.compare_piles(*wrong)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    "wrong", [{"rule": "all"}, {"rate": 0}, {"rate": math.nan}, {"start": 1e9}, {"steps": 0}, {"steps": 10**7}]
)
def test_an_impossible_critic_is_one_sentence(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refusal:
        exhibit.play_critic_game(**{"rule": "r1"} | wrong)
    assert str(refusal.value).endswith(".")
