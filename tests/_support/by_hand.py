"""What tests of the code by hand share: how many examples, seeded inputs, values and gradients compared."""

from __future__ import annotations

from collections.abc import Callable

import torch
from hypothesis import settings
from torch import Tensor

few_examples = settings(max_examples=60, deadline=None)


def make_random(*shape: int) -> Tensor:
    """Normal numbers in float64, the same for each shape."""
    seed = torch.Generator().manual_seed(sum(shape))
    return torch.randn(shape, generator=seed, dtype=torch.float64)


def assert_same(ours: Callable[..., Tensor], theirs: Callable[..., Tensor], *inputs: Tensor | None) -> None:
    """Equal values, and equal gradients of a random weighting of the output with respect to every input."""
    outputs, gradients = [], []
    for function in (ours, theirs):
        copies = [None if value is None else value.clone().requires_grad_() for value in inputs]
        out = function(*copies)
        leaves = [value for value in copies if value is not None]
        gradients.append(torch.autograd.grad(out, leaves, make_random(*out.shape)))
        outputs.append(out)
    torch.testing.assert_close(outputs[0], outputs[1])
    torch.testing.assert_close(gradients[0], gradients[1])
