"""Relative positions by hand: distance alone counts, the papers' slopes and ranges, gradients, and cases on paper."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from from_scratch.attention import attention_weights
from from_scratch.positions import alibi_bias, alibi_slopes, relative_bias, relative_buckets, rotate_positions

sweep = settings(max_examples=40, deadline=None)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed + sum(shape)), dtype=torch.float64)


# --------------------------------------------------------------------------------------------------- rotated (RoPE)


def test_rotation_by_hand() -> None:
    # One pair turns by 1 a token: (1, 0) becomes (cos t, sin t).
    turned = rotate_positions(torch.tensor([[1.0, 0.0]] * 3))
    assert turned.flatten().tolist() == pytest.approx([1, 0, math.cos(1), math.sin(1), math.cos(2), math.sin(2)])
    # The second of two pairs turns a hundred times slower, because 10,000^(-2/4) = 1/100.
    slow = rotate_positions(torch.tensor([[0.0, 0.0, 1.0, 0.0]] * 2))[1]
    assert slow.tolist() == pytest.approx([0, 0, math.cos(0.01), math.sin(0.01)])
    with pytest.raises(ValueError, match="5 dimensions must be an even number"):
        rotate_positions(torch.zeros(2, 5))


@sweep
@given(half=st.integers(1, 16), query=st.integers(0, 500), distance=st.integers(-500, 500), move=st.integers(0, 10_000))
def test_a_product_of_rotated_vectors_depends_on_the_distance_alone(
    half: int, query: int, distance: int, move: int
) -> None:
    q, k = random(1, 2 * half), random(1, 2 * half, seed=1)

    def score(at: int) -> Tensor:
        return rotate_positions(q, at) @ rotate_positions(k, at + distance).T

    torch.testing.assert_close(score(query + 500), score(query + 500 + move), rtol=1e-7, atol=1e-7)


def test_other_distances_give_other_scores_and_lengths_stay() -> None:
    x = random(1, 8).expand(20, 8)
    turned = rotate_positions(x)
    scores = turned @ turned.T
    torch.testing.assert_close(scores[0, :10], scores[7, 7:17])
    assert scores[0].unique().numel() == 20
    torch.testing.assert_close(turned.norm(dim=1), x.norm(dim=1))


def test_a_cache_may_rotate_what_comes_later() -> None:
    x = random(2, 3, 7, 4)
    torch.testing.assert_close(rotate_positions(x)[..., 5:, :], rotate_positions(x[..., 5:, :], first=5))


def test_rotation_has_the_gradient_of_finite_differences() -> None:
    assert torch.autograd.gradcheck(lambda x: rotate_positions(x, 3), random(2, 4, 6).requires_grad_())


# ---------------------------------------------------------------------------------------- falling with distance (ALiBi)


def test_slopes_are_the_papers() -> None:
    assert alibi_slopes(8).tolist() == [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256]
    sixteen = alibi_slopes(16).tolist()
    assert sixteen[1::2] == pytest.approx(alibi_slopes(8).tolist())
    assert sixteen[0] == pytest.approx(2**-0.5)
    # Twelve heads: the eight slopes, then 2^-0.5, 2^-1.5, 2^-2.5 and 2^-3.5 of the sixteen.
    assert alibi_slopes(12).tolist() == pytest.approx([*alibi_slopes(8).tolist(), *sixteen[0:8:2]])
    assert alibi_slopes(1).tolist() == [2**-8]


@pytest.mark.parametrize("heads", range(1, 34))
def test_every_number_of_heads_has_its_slopes(heads: int) -> None:
    slopes = alibi_slopes(heads)
    assert slopes.unique().numel() == len(slopes) == heads
    assert bool((slopes > 0).all())
    assert bool((slopes < 1).all())


def test_bias_by_hand_and_a_head_forgets_at_its_rate() -> None:
    bias = alibi_bias(3, 8)
    assert bias[0].tolist() == [[0, -0.5, -1], [-0.5, 0, -0.5], [-1, -0.5, 0]]
    assert bias[7, 2, 0].item() == -2 / 256
    # Where all scores are equal, each step back multiplies the weight by exp(-slope).
    weights = (torch.zeros(3, 3) + bias[0]).softmax(-1)[2]
    assert (weights[0] / weights[1]).item() == pytest.approx(math.exp(-0.5))


# ---------------------------------------------------------------------------------------------------- buckets (T5)


def find_bucket(distance: int, side: int, furthest: int) -> int:
    """The rule in whole numbers: the k-th far bucket begins where (distance/exact)^steps reaches (furthest/exact)^k."""
    exact = side // 2
    if distance < exact:
        return distance
    steps = side - exact
    reached = [k for k in range(steps) if distance**steps >= (furthest**k) * exact ** (steps - k)]
    return exact + reached[-1]


@pytest.mark.parametrize(("buckets", "furthest"), [(32, 128), (8, 32), (16, 20), (64, 256)])
@pytest.mark.parametrize("causal", [False, True])
def test_buckets_are_the_formulas(buckets: int, furthest: int, causal: bool) -> None:
    found = relative_buckets(2 * furthest + 3, buckets, furthest, causal)
    side = buckets if causal else buckets // 2
    backwards = found[-1].flip(0).tolist()  # the last token's keys, nearest first
    assert backwards == [find_bucket(distance, side, furthest) for distance in range(len(backwards))]
    ahead = found[0].tolist()
    assert ahead == [0, *(0 if causal else side + bucket for bucket in backwards[1:])]
    assert found.max().item() == buckets - 1


def test_buckets_by_hand() -> None:
    # T5's encoder: 0 to 7 exactly, then four octaves in two buckets each: 8, 12, 16, 23, 32, 46, 64, 91.
    backwards = relative_buckets(200)[-1].flip(0)
    begins = [backwards.tolist().index(bucket) for bucket in range(16)]
    assert begins == [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91]
    assert relative_buckets(3).tolist() == [[0, 17, 18], [1, 0, 17], [2, 1, 0]]


def test_bias_is_the_tables_row_for_each_head_and_learns() -> None:
    table = random(32, 4).requires_grad_()
    bias = relative_bias(table, 10)
    assert bias.shape == (4, 10, 10)
    torch.testing.assert_close(bias[:, 6, 2], table[4])
    torch.testing.assert_close(bias[:, 2, 6], table[16 + 4])
    (gradient,) = torch.autograd.grad(bias.sum(), table)
    assert gradient[0].tolist() == [10] * 4  # the diagonal
    assert gradient[4].tolist() == [6] * 4
    assert gradient[10:16].abs().sum().item() == 0  # nobody is that far away


def test_a_zero_table_changes_nothing() -> None:
    q, k = random(5, 8), random(5, 8, seed=1)
    scores = q @ k.T / math.sqrt(8)
    weights = (scores + relative_bias(torch.zeros(32, 1, dtype=torch.float64), 5)[0]).softmax(-1)
    torch.testing.assert_close(weights, attention_weights(q, k))
