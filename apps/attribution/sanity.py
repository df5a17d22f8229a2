"""What is left of an attribution map when the network forgets what it learnt.

What is randomised is a copy, so while it lasts this holds one network more (346 MB for ViT-B/16).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

from apps._gallery.job import report_progress
from apps._networks.answers import compute_scores, take_turn
from apps.attribution.maps import Progress
from apps.attribution.methods import attribute_class

STEPS = 16
"""Integrated gradients' steps for each map, which compares ranks and needs no sum."""
APART = 0.5
"""A map has fallen apart when its rank correlation with the trained network's is no further than this from 0."""


def list_stages(model: nn.Module) -> list[tuple[str, list[str]]]:
    """From the classifier down: what a stage is called, and the modules of it that hold weights.

    A stage is a block: a name up to its first part with a digit, like `layer4` or `blocks.7`. Norms and what belongs to
    no module go with the stage that they follow.
    """
    found: list[tuple[str, list[str]]] = []
    for name, module in model.named_modules():
        if not name or not list(module.parameters(recurse=False)):
            continue
        parts = name.split(".")
        numbered = [index for index, part in enumerate(parts) if any(map(str.isdigit, part))]
        block = ".".join(parts[: numbered[0] + 1]) if numbered else parts[0]
        norm = isinstance(module, nn.LayerNorm | nn.GroupNorm | nn.modules.batchnorm._BatchNorm)
        if found and (found[-1][0] == block or (norm and len(parts) < 3)):
            found[-1][1].append(name)
        else:
            found.append((block, [name]))
    if list(model.parameters(recurse=False)):
        found[0][1].append("")
    return found[::-1]


def shuffle_weights(module: nn.Module, generator: torch.Generator) -> None:
    """Bring a module's own weights, and a batch norm's statistics, into a random order, in place."""
    for tensor in [*module.parameters(recurse=False), *module.buffers(recurse=False)]:
        if tensor.is_floating_point():
            order = torch.randperm(tensor.numel(), generator=generator)
            tensor.data = tensor.data.flatten()[order].view_as(tensor).contiguous()


def randomise_stages(
    model: Any, x: Tensor, target: int, method: str, seed: int = 0, progress: Progress = report_progress
) -> Iterator[dict[str, Any]]:
    """Cascading randomisation (https://arxiv.org/abs/1810.03292, section 3.1): the map of the network as it was
    trained, then with its classifier's weights in random order, then the block's before as well, down to the first.

    Yields for each stage its `name`, the map `values` (H×W), `correlation` with the first map: Spearman's ρ of |map|
    (None where one of them is flat), `signed_correlation`: that of the map with its signs, and the class's
    `probability`.
    """
    with take_turn():
        copied = copy.deepcopy(model)
    order = list_stages(copied)
    generator = torch.Generator().manual_seed(seed)
    first: np.ndarray | None = None
    for number, (name, modules) in enumerate([("as trained", []), *order]):
        for module in modules:
            shuffle_weights(copied.get_submodule(module), generator)

        def report_stage(share: float, number: int = number) -> None:
            progress((number + share) / (len(order) + 1))

        report_stage(0)
        values = attribute_class(copied, x, target, method, STEPS, progress=report_stage).values
        first = values if first is None else first
        yield {
            "name": name,
            "values": values,
            "correlation": correlate_maps(np.abs(first), np.abs(values)),
            "signed_correlation": correlate_maps(first, values),
            "probability": compute_scores(copied, x)[0].double().softmax(0)[target].item(),
        }


def correlate_maps(one: np.ndarray, other: np.ndarray) -> float | None:
    """Spearman's rank correlation of two maps; None where one of them is flat, or not finite."""
    if not (np.isfinite(one).all() and np.isfinite(other).all()) or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(spearmanr(one.ravel(), other.ravel()).statistic)


def write_verdict(last: float | None) -> str:
    """Whether the map fell apart, in words; `last` is the correlation when nothing learnt is left."""
    if last is None:
        return "It fell apart, as it should: with everything random, the map is empty."
    number = f"{last:.2f}".replace("-", "−")
    if abs(last) <= APART:
        return f"It fell apart, as it should: with everything random, ρ = {number} with the trained network's map."
    return (
        f"It did not fall apart: with everything random, ρ is still {number}. So much of this map shows the picture, "
        "and not what the network knows."
    )
