"""A denoiser that is exact, because its whole training set is a few dots; the browser does the same."""

from __future__ import annotations

import itertools
import math
from typing import Any

import torch
from torch import Tensor

from apps._inputs import BadInput, read_number, read_seed, read_whole_number
from from_scratch.generative import ddim_step, linear_betas, remaining_signal

MAX_DOTS, MAX_PLACE, MAX_BLUR, MAX_SAMPLES, MAX_STEPS = 40, 4.0, 2.0, 2000, 1000
NEAR = 0.01
"""Within this distance a sample counts as a copy."""
SETS: dict[str, list[list[float]]] = {
    "Five dots": [[-1.6, 0.9], [-0.5, -1.2], [0.2, 1.3], [1.1, -0.3], [1.9, 1.0]],
    "Ring": [[1.7 * math.sin(math.tau * k / 12), 1.7 * math.cos(math.tau * k / 12)] for k in range(12)],
    "Spiral": [[(0.4 + 0.05 * k) * f(0.35 * k) for f in (math.cos, math.sin)] for k in range(32)],
}
"""Data to begin with; the tab opens on the first."""


def list_levels(steps: int) -> list[int]:
    """Levels of noise from T − 1 = 999 down, and last −1, the clean point: t = 1,000·(1 − k/steps)² − 1, once each.

    So in appendix D of https://arxiv.org/abs/2010.02502: the decision between close dots falls at small t.
    """
    spread = [round(MAX_STEPS * (1 - k / steps) ** 2) - 1 for k in range(steps + 1)]
    return sorted(set(spread), reverse=True)


def denoise_exactly(x: Tensor, t: int, dots: Tensor, blur: float, alphas: Tensor) -> Tensor:
    """The mean of the clean point, given x_t, where clean points are dots, each with a Gaussian of deviation `blur`.

    Under x_t every dot has a weight, how probable it makes x_t; a dot that is blurred moves towards x_t besides.

    Args:
        x: N×2.
        dots: M×2.
        alphas: ᾱ of every level.

    Returns:
        N×2.
    """
    kept, variance = alphas[t].sqrt(), alphas[t] * blur**2 + 1 - alphas[t]
    away = x[:, None] - kept * dots  # N×M×2
    weights = (-away.square().sum(2) / (2 * variance)).softmax(1)
    return (weights[..., None] * (dots + blur**2 * kept / variance * away)).sum(1)


def sample_dots(dots: object, blur: object, samples: object, steps: object, seed: object) -> dict[str, Any]:
    """From noise back to the dots by DDIM; what `denoise_dots` returns.

    Raises:
        BadInput: one of it is impossible.
    """
    places, spread = read_dots(dots), read_number("blur", blur, 0, MAX_BLUR)
    count = read_count("number of samples", samples, MAX_SAMPLES)
    levels = list_levels(read_count("number of steps", steps, MAX_STEPS))
    alphas = remaining_signal(linear_betas())
    dice = torch.Generator().manual_seed(read_seed(seed))
    x = torch.randn(count, 2, generator=dice, dtype=torch.float64)
    for t, before in itertools.pairwise(levels):
        clean = denoise_exactly(x, t, places, spread, alphas)
        x = ddim_step(x, (x - alphas[t].sqrt() * clean) / (1 - alphas[t]).sqrt(), t, before, alphas)
    distances, nearest = torch.cdist(x, places).min(1)
    return {
        "ends": [[round(value, 4) for value in end] for end in x.tolist()],
        "copies": int((distances < NEAR).sum()),
        "shares": nearest.bincount(minlength=len(places)).tolist(),
    }


def read_count(name: str, value: object, most: int) -> int:
    """Raises BadInput where it is no whole number from 1 to `most`."""
    count = read_whole_number(name, value)
    if not 1 <= count <= most:
        raise BadInput(f"The {name} must be from 1 to {most:,}.")
    return count


def read_dots(dots: object) -> Tensor:
    """M×2, float64. Raises BadInput where it is no list of 1 to 40 points from -4 to 4."""
    try:
        found = [[float(x), float(y)] for x, y in dots]  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        found = []
    if not 1 <= len(found) <= MAX_DOTS or not all(abs(each) <= MAX_PLACE for point in found for each in point):
        raise BadInput(f"Give 1 to {MAX_DOTS} dots [x, y], each number from −{MAX_PLACE:g} to {MAX_PLACE:g}.")
    return torch.tensor(found, dtype=torch.float64)


def describe_opening() -> dict[str, Any]:
    """What the tab's part gets: data to begin with, and the steps that the browser takes."""
    alphas = remaining_signal(linear_betas())
    return {
        "levels": [[t, float(alphas[t])] for t in list_levels(100)[:-1]],
        "samples": 200,
        "near": NEAR,
        "most": MAX_DOTS,
        "sets": [{"name": name, "dots": dots} for name, dots in SETS.items()],
    }
