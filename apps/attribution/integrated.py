"""Integrated gradients (https://arxiv.org/abs/1703.01365): shares of a score that add up to the whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from captum.attr import IntegratedGradients
from torch import Tensor, nn

from apps._gallery.job import report_progress
from apps._networks.answers import compute_scores, take_turn
from apps.attribution.choices import STEPS
from apps.attribution.maps import AttributionMap, Progress, count_batch, flatten_map

ENOUGH = 0.02
"""Of the completeness error: beyond it the tab says so."""


def integrate_gradients(
    model: nn.Module, x: Tensor, start: Tensor, target: int, steps: int, progress: Progress = report_progress
) -> AttributionMap:
    """Integrated gradients from `start` to `x`, 1×C×H×W each, with `steps` gradients, spent where the path is rough.

    Half of them go to the middles of equal pieces of the path. What a piece should add up to is known: the score at its
    end minus the score at its beginning. The rest is spent where the two differ most: such a piece is cut in three, and
    its middle third keeps the gradient that it has. Along a ReLU network's path the slope jumps, so that no rule for
    smooth functions helps; this one comes about twice as near as as many equal pieces do.

    No weight is chosen so that the sum comes out right: each gradient counts by its piece's length.
    """
    rule = IntegratedGradients(model)
    batch = count_batch(x)
    spent = 0

    def integrate_pieces(low: list[float], high: list[float]) -> Tensor:
        """captum's integrated gradients along each piece, from its one-step rule: n×C×H×W."""
        nonlocal spent
        found = []
        for first in range(0, len(low), batch):
            ends = [place_between(start, x, alphas[first : first + batch]) for alphas in (low, high)]
            with take_turn():
                found.append(rule.attribute(ends[1], ends[0], target, n_steps=1, method="gausslegendre").detach())
            spent += len(ends[0])
            progress(spent / steps)
        return torch.cat(found)

    scores: dict[float, float] = {}

    def score(alphas: list[float]) -> list[float]:
        """The class's score at each place of the path; one that is known costs nothing."""
        new = sorted(set(alphas) - scores.keys())
        for first in range(0, len(new), 2 * batch):
            some = new[first : first + 2 * batch]
            found = compute_scores(model, place_between(start, x, some))[:, target]
            scores.update(zip(some, found.tolist(), strict=True))
        return [scores[alpha] for alpha in alphas]

    equal = steps - 2 * (steps // 4)
    edges = [index / equal for index in range(equal + 1)]
    low, high = edges[:-1], edges[1:]
    parts = integrate_pieces(low, high)
    while spent < steps:
        gains = np.subtract(score(high), score(low))
        errors = np.abs(parts.flatten(1).sum(1).numpy() - gains)
        worst = np.argsort(-errors, kind="stable")[: min(max(1, batch // 2), (steps - spent) // 2)].tolist()
        third = [(high[index] - low[index]) / 3 for index in worst]
        one = [low[index] + width for index, width in zip(worst, third, strict=True)]
        two = [low[index] + 2 * width for index, width in zip(worst, third, strict=True)]
        outer = integrate_pieces([*(low[index] for index in worst), *two], [*one, *(high[index] for index in worst)])
        parts[worst] /= 3
        parts = torch.cat([parts, outer])
        low, high = [*low, *(low[index] for index in worst), *two], [*high, *one, *(high[index] for index in worst)]
        for index, left, right in zip(worst, one, two, strict=True):
            low[index], high[index] = left, right

    values = parts.double().sum(0)[None]
    alphas = sorted({*low, *high})
    along = score(alphas)
    summed, difference = values.sum().item(), along[-1] - along[0]
    completeness = {
        "score": along[-1],
        "baseline_score": along[0],
        "difference": difference,
        "sum": summed,
        "error": abs(summed - difference) / abs(difference) if difference else None,
        "steps": steps,
    }
    detail = f"gradients at {steps} places between baseline and picture, times what changes in the pixel"
    return AttributionMap(flatten_map(values.sum(1)), detail, completeness, {"alphas": alphas, "scores": along})


def place_between(start: Tensor, x: Tensor, alphas: Sequence[float]) -> Tensor:
    """1×C×H×W each -> the pictures that stand at `alphas` on the straight way between them, n×C×H×W."""
    return start + torch.tensor(alphas, dtype=x.dtype).view(-1, 1, 1, 1) * (x - start)


def describe_completeness(completeness: dict[str, Any]) -> dict[str, Any]:
    """`completeness` with whether the parts are `enough` of the whole, and a `remark` that says it in words."""
    error = completeness["error"]
    return completeness | {"enough": error is None or error <= ENOUGH, "remark": write_remark(completeness)}


def write_remark(completeness: dict[str, Any]) -> str:
    """What the numbers of `completeness` say, in words."""
    error, steps = completeness["error"], completeness["steps"]
    if error is None:
        return "Baseline and picture score the same, so there is nothing to share out: choose another baseline."
    missing = "less than 0.01 %" if error < 0.0001 else f"{100 * error:.{2 if error < 0.001 else 1}f} %"
    if error <= ENOUGH:
        return f"The parts add up to the whole but for {missing}."
    if abs(completeness["difference"]) < 1:
        return (
            f"{missing} is missing, of a difference of only {completeness['difference']:.2f}".replace("-", "−")
            + ": the baseline scores almost as the picture does, so choose another."
        )
    advice = (
        "take more steps" if steps < STEPS[-1] else "the score is too jagged along this path: choose another baseline"
    )
    return f"{missing} is missing, more than {100 * ENOUGH:.0f} %: {advice}."
