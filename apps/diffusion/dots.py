"""A denoiser that is exact, because its whole training set is a few dots; the browser does the same."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from apps._inputs import BadInput, read_whole_number
from apps.diffusion.sampling import read_seed, read_steps_count
from from_scratch.generative import ddim_step, linear_betas, remaining_signal
from zoo.architectures.ddpm import list_times

MAX_DOTS, MAX_PLACE, MAX_BLUR, MAX_SAMPLES = 40, 4.0, 2.0, 2000
NEAR = 0.01
"""Within this distance a sample counts as a copy."""


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
    places = read_dots(dots)
    if not _is_number(blur) or not 0 <= blur <= MAX_BLUR:  # type: ignore[operator]
        raise BadInput(f"The blur must be a number from 0 to {MAX_BLUR:g}.")
    count = read_whole_number("number of samples", samples)
    if not 1 <= count <= MAX_SAMPLES:
        raise BadInput(f"The number of samples must be from 1 to {MAX_SAMPLES:,}.")
    times = list_times(read_steps_count(steps))
    alphas = remaining_signal(linear_betas())
    dice = torch.Generator().manual_seed(read_seed(seed))
    x = torch.randn(count, 2, generator=dice, dtype=torch.float64)
    for t, before in zip(times, [*times[1:], -1], strict=True):
        clean = denoise_exactly(x, t, places, float(blur), alphas)  # type: ignore[arg-type]
        x = ddim_step(x, (x - alphas[t].sqrt() * clean) / (1 - alphas[t]).sqrt(), t, before, alphas)
    distances, nearest = torch.cdist(x, places).min(1)
    return {
        "ends": [[round(value, 4) for value in end] for end in x.tolist()],
        "copies": int((distances < NEAR).sum()),
        "shares": nearest.bincount(minlength=len(places)).tolist(),
    }


def read_dots(dots: object) -> Tensor:
    """M×2, float64. Raises BadInput where it is no list of 1 to 40 points from -4 to 4."""
    try:
        found = [[float(x), float(y)] for x, y in dots]  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        found = []
    if not 1 <= len(found) <= MAX_DOTS or not all(abs(each) <= MAX_PLACE for point in found for each in point):
        raise BadInput(f"Give 1 to {MAX_DOTS} dots [x, y], each number from −{MAX_PLACE:g} to {MAX_PLACE:g}.")
    return torch.tensor(found, dtype=torch.float64)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
