"""Integrated gradients: shares that add up, no more gradients than were allowed, and the words for both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from apps._networks.subject import Subject
from apps.attribution import methods
from apps.attribution.integrated import ENOUGH, integrate_gradients, write_remark
from tests._support.attributions import assert_close, compute_gradient
from zoo.examples import example_pictures

pytestmark = pytest.mark.usefixtures("small_zoo")
CAT = str(example_pictures()["cat"])


def test_of_a_linear_network_they_are_exact_with_any_number_of_steps() -> None:
    torch.manual_seed(3)
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 4, 2)).requires_grad_(False)
    x, start = torch.randn(1, 3, 4, 4), torch.randn(1, 3, 4, 4)
    linear: Any = model[1]
    weights = linear.weight[1].view(1, 3, 4, 4)
    for steps in (1, 2, 3, 4, 5, 7, 8, 64, 255):
        found = integrate_gradients(model, x, start, 1, steps)
        assert_close(found.values, ((x - start) * weights).sum(1)[0])
        assert found.completeness is not None
        assert found.completeness["error"] < 1e-4


def test_three_steps_are_the_plain_sum_over_three_middles(seen: Subject) -> None:
    start = methods.make_baseline(seen.x, "black", seen.model.preprocess)
    slopes = [compute_gradient(seen.model, start + alpha * (seen.x - start), 3) for alpha in (1 / 6, 3 / 6, 5 / 6)]
    found = integrate_gradients(seen.model, seen.x, start, 3, 3)
    assert_close(found.values, ((seen.x - start) * sum(slopes) / 3).sum(1)[0])


def test_refined_they_agree_with_many_steps_and_add_up(seen: Subject) -> None:
    start = methods.make_baseline(seen.x, "blurred", seen.model.preprocess)
    alphas = (torch.arange(600) + 0.5) / 600
    slopes = torch.cat(
        [
            compute_gradient(seen.model, start + part.view(-1, 1, 1, 1) * (seen.x - start), 3)
            for part in alphas.split(60)
        ]
    )
    exact = ((seen.x - start) * slopes.mean(0)).sum(1)[0].numpy()
    found = methods.attribute_class(seen.model, seen.x, 3, "integrated gradients", 64, "blurred")
    assert np.abs(found.values - exact).sum() < 0.1 * np.abs(exact).sum()
    sums = found.completeness
    assert sums is not None
    with torch.no_grad():
        assert sums["score"] == pytest.approx(seen.model(seen.x)[0, 3].item(), rel=1e-4)
        assert sums["baseline_score"] == pytest.approx(seen.model(start)[0, 3].item(), rel=1e-4, abs=1e-5)
    assert sums["difference"] == sums["score"] - sums["baseline_score"]
    assert sums["sum"] == pytest.approx(found.values.sum())
    assert sums["error"] == pytest.approx(abs(sums["sum"] - sums["difference"]) / abs(sums["difference"]))
    assert sums["error"] <= ENOUGH


@pytest.mark.parametrize("steps", [1, 2, 3, 6, 8, 13, 64])
def test_no_more_gradients_are_taken_than_steps_are_allowed(steps: int) -> None:
    class Counting(nn.Module):
        slopes = 0

        def forward(self, x: Tensor) -> Tensor:
            if x.requires_grad:
                Counting.slopes += len(x)
            return (x.flatten(1) - 0.3).relu().sum(1, keepdim=True)

    found = integrate_gradients(Counting(), torch.rand(1, 3, 32, 32), torch.zeros(1, 3, 32, 32), 0, steps)
    assert Counting.slopes == steps
    assert found.path is not None
    assert len(found.path["alphas"]) == steps + 1
    assert (found.path["alphas"][0], found.path["alphas"][-1]) == (0, 1)
    # Every pixel above the bend has its own rise, so the refined sum must come near.
    assert found.completeness is not None
    assert found.completeness["error"] < 1 / steps


def test_what_the_sums_say_in_words() -> None:
    def said(error: float | None, difference: float = 5, steps: int = 64) -> str:
        return write_remark({"error": error, "difference": difference, "steps": steps})

    assert said(0.004) == "The parts add up to the whole but for 0.4 %."
    assert said(0.031, steps=8) == "3.1 % is missing, more than 2 %: take more steps."
    assert "too jagged" in said(0.031, steps=128)
    assert "of a difference of only −0.03" in said(0.5, difference=-0.03)
    assert "choose another baseline" in said(None)
