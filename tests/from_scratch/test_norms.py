"""Layer norm by hand: torch's values, torch's gradients, finite differences, and a token worked on paper."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from from_scratch.norms import layer_norm, layer_norm_backward

sweep = settings(max_examples=40, deadline=None)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed + sum(shape)), dtype=torch.float64)


def test_a_token_by_hand() -> None:
    # 1 and 5: mean 3, deviation 2, so -1 and 1; times (10, 20), plus (0, 3).
    out = layer_norm(torch.tensor([1.0, 5.0]), torch.tensor([10.0, 20.0]), torch.tensor([0.0, 3.0]), eps=0.0)
    assert out.tolist() == [-10, 23]


def test_a_token_of_equal_numbers_becomes_the_shift() -> None:
    assert layer_norm(torch.full((3,), 7.0), torch.ones(3), torch.arange(3.0)).tolist() == [0, 1, 2]


@sweep
@given(
    batch=st.integers(1, 4),
    tokens=st.integers(1, 4),
    features=st.integers(2, 9),
    size=st.sampled_from([1e-2, 1.0, 1e3]),
    eps=st.sampled_from([1e-6, 1e-5, 1e-1]),
    seed=st.integers(0, 99),
)
def test_values_and_gradients_are_torchs(
    batch: int, tokens: int, features: int, size: float, eps: float, seed: int
) -> None:
    x = (random(batch, tokens, features, seed=seed) * size).requires_grad_()
    scale, shift = (random(features, seed=seed + offset).requires_grad_() for offset in (1, 2))
    expected = F.layer_norm(x, (features,), scale, shift, eps)
    torch.testing.assert_close(layer_norm(x, scale, shift, eps), expected)
    gradient = random(batch, tokens, features, seed=seed + 3)
    torch.testing.assert_close(
        layer_norm_backward(gradient, x.detach(), scale.detach(), eps),
        torch.autograd.grad(expected, (x, scale, shift), gradient),
        rtol=1e-9,
        atol=1e-9,
    )


class ByHand(torch.autograd.Function):
    """Both directions of the file as one operation of autograd, for gradcheck."""

    @staticmethod
    def forward(ctx, x, scale, shift):
        ctx.save_for_backward(x, scale)
        return layer_norm(x, scale, shift)

    @staticmethod
    def backward(ctx, gradient):
        return layer_norm_backward(gradient, *ctx.saved_tensors)


def test_the_backward_is_that_of_finite_differences() -> None:
    inputs = [random(2, 3, 5).requires_grad_(), random(5).requires_grad_(), random(5, seed=1).requires_grad_()]
    assert torch.autograd.gradcheck(ByHand.apply, inputs, eps=1e-6, atol=1e-8, rtol=1e-6)


@pytest.mark.parametrize("direction", ["add", "multiply"])
def test_what_changes_no_output_gets_no_gradient(direction: str) -> None:
    x = random(4, 6)
    for_x, _, _ = layer_norm_backward(random(4, 6, seed=1), x, random(6), eps=0.0)
    along = torch.ones_like(x) if direction == "add" else x - x.mean(-1, keepdim=True)
    torch.testing.assert_close((for_x * along).sum(-1), torch.zeros(4, dtype=torch.float64))
