"""The exact denoiser of a few dots: the mean that it should be, and samples that only copy."""

from __future__ import annotations

import math

import pytest
import torch

from apps import memorisation
from apps._inputs import BadInput
from apps.memorisation.dots import NEAR, SETS, denoise_exactly, list_levels
from from_scratch.generative import linear_betas, remaining_signal

ALPHAS = remaining_signal(linear_betas())


@pytest.mark.parametrize("name", SETS)
def test_the_perfect_denoiser_only_copies(name: str) -> None:
    dots = SETS[name]
    found = memorisation.denoise_dots(dots)
    assert found["copies"] == 200
    assert sum(found["shares"]) == 200
    assert all(share > 0 for share in found["shares"])
    assert all(min(math.dist(end, dot) for dot in dots) < NEAR + 1e-4 for end in found["ends"])
    assert memorisation.denoise_dots([[0.3, -0.7]], samples=20, steps=1)["ends"] == [[0.3, -0.7]] * 20


def test_steps_are_spaced_as_a_square_and_end_at_the_clean_point() -> None:
    assert list_levels(1) == [999, -1]
    assert list_levels(4) == [999, 561, 249, 61, -1]
    for steps in (100, 1000):
        levels = list_levels(steps)
        assert levels == sorted(set(levels), reverse=True)
        assert (levels[0], levels[-2], levels[-1]) == (999, 0, -1)


def test_with_blur_samples_are_new_and_lie_as_far_as_the_blur() -> None:
    found = memorisation.denoise_dots([[1.0, 0.5]], blur=0.4, samples=2000, steps=100)
    ends = torch.tensor(found["ends"])
    assert found["copies"] < 20
    assert ends.mean(0).tolist() == pytest.approx([1.0, 0.5], abs=0.05)
    assert ends.std(0).tolist() == pytest.approx([0.4, 0.4], abs=0.03)


@pytest.mark.parametrize("blur", [0.0, 0.3])
def test_the_denoiser_is_the_mean_of_what_may_lie_under_the_noise(blur: float) -> None:
    torch.manual_seed(0)
    dots = torch.tensor([[-1.0, 0.0], [0.6, 0.8], [1.0, -1.0]], dtype=torch.float64)
    x, t = torch.tensor([[0.4, 0.1]], dtype=torch.float64), 400
    # Importance sampling: many clean points, each weighted by how probable it makes x.
    clean = dots[torch.randint(3, (400_000,))] + blur * torch.randn(400_000, 2, dtype=torch.float64)
    weights = (-(x - ALPHAS[t].sqrt() * clean).square().sum(1) / (2 * (1 - ALPHAS[t]))).softmax(0)
    expected = (weights[:, None] * clean).sum(0)
    torch.testing.assert_close(denoise_exactly(x, t, dots, blur, ALPHAS)[0], expected, rtol=0, atol=0.01)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"dots": []}, "Give 1 to 40 dots"),
        ({"dots": [[0.0, math.nan]]}, "Give 1 to 40 dots"),
        ({"dots": [[0.0, 5.0]]}, "each number from −4 to 4"),
        ({"dots": [[0.0]]}, "Give 1 to 40 dots"),
        ({"dots": [[0.0, 0.0]] * 41}, "Give 1 to 40 dots"),
        ({"blur": math.nan}, "The blur must be a number from 0 to 2"),
        ({"samples": 0}, "The number of samples must be"),
        ({"steps": 0}, "The number of steps must be from 1 to 1,000"),
        ({"steps": 1_000_000}, "The number of steps must be from 1 to 1,000"),
        ({"seed": 2**64}, "from 0 to 9,223"),
    ],
)
def test_what_is_impossible_is_one_sentence(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        memorisation.denoise_dots(**{"dots": [[0.0, 0.0]], **wrong})  # type: ignore[arg-type]
