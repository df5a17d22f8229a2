"""Attention by hand: torch's values, torch's gradients, exact zeros, and cases worked on paper."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from from_scratch.attention import (
    attention,
    attention_weights,
    causal_mask,
    join_heads,
    learned_positions,
    multi_head_attention,
    padding_mask,
    position_shift,
    rollout,
    sinusoidal_positions,
    split_heads,
)

sweep = settings(max_examples=40, deadline=None)
sizes = st.integers(1, 6)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed + sum(shape)), dtype=torch.float64)


def gradients(out: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
    return torch.autograd.grad(out, inputs, random(*out.shape, seed=9))


def test_two_tokens_by_hand() -> None:
    # One query of (2, 0) and keys (1, 0), (0, 1): scores √2 and 0, so the weights are e^√2 : 1.
    queries, keys = torch.tensor([[2.0, 0.0]]), torch.eye(2)
    share = math.exp(math.sqrt(2)) / (math.exp(math.sqrt(2)) + 1)
    assert attention_weights(queries, keys)[0].tolist() == pytest.approx([share, 1 - share])
    values = torch.tensor([[10.0], [20.0]])
    assert attention(queries, keys, values).item() == pytest.approx(10 * share + 20 * (1 - share))


@sweep
@given(batch=sizes, queries=sizes, keys=sizes, dim=sizes, width=sizes, masked=st.booleans(), seed=st.integers(0, 99))
def test_attention_is_torchs_in_value_and_gradient(
    batch: int, queries: int, keys: int, dim: int, width: int, masked: bool, seed: int
) -> None:
    mask = torch.rand(batch, queries, keys, generator=torch.Generator().manual_seed(seed)) < 0.6 if masked else None
    if mask is not None:
        mask[..., 0] = True  # torch gives NaN where a row may look nowhere
    shapes = ((batch, queries, dim), (batch, keys, dim), (batch, keys, width))
    q, k, v = (random(*shape, seed=seed + index).requires_grad_() for index, shape in enumerate(shapes))
    out, expected = attention(q, k, v, mask), F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(gradients(out, q, k, v), gradients(expected, q, k, v))


@sweep
@given(tokens=st.integers(1, 12), dim=sizes, scale=st.sampled_from([1.0, 1e3, 1e6]))
def test_rows_sum_to_one_and_masked_entries_are_exactly_zero(tokens: int, dim: int, scale: float) -> None:
    queries, keys = random(2, tokens, dim) * scale, random(2, tokens, dim, seed=1)
    weights = attention_weights(queries, keys, causal_mask(tokens))
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, tokens, dtype=torch.float64))
    assert torch.equal(weights.triu(1), torch.zeros_like(weights))
    assert (weights >= 0).all()


def test_a_row_that_may_look_nowhere_is_zero_and_has_a_gradient() -> None:
    queries, keys = random(1, 3, 4).requires_grad_(), random(1, 3, 4, seed=1)
    mask = torch.tensor([[True, False, False], [False, False, False], [True, True, True]])
    weights = attention_weights(queries, keys, mask)
    assert weights[0, 1].tolist() == [0, 0, 0]
    (gradient,) = torch.autograd.grad(weights.square().sum(), queries)
    assert torch.isfinite(gradient).all()
    assert gradient[0, 1].tolist() == [0, 0, 0, 0]


def test_padding_changes_nothing_for_the_real_tokens() -> None:
    x = random(2, 5, 4)
    mask = padding_mask(torch.tensor([3, 5]), 5)
    out = attention(x, x, x, mask)
    torch.testing.assert_close(out[0, :3], attention(x[0, :3], x[0, :3], x[0, :3]))
    torch.testing.assert_close(out[1], attention(x[1], x[1], x[1]))
    with pytest.raises(ValueError, match="between 1 and 5"):
        padding_mask(torch.tensor([0, 5]), 5)


def test_a_causal_token_does_not_hear_of_the_future() -> None:
    x, later = random(1, 6, 4), random(1, 6, 4)
    later[:, 4:] = 7.0
    before, after = (attention(value, value, value, causal_mask(6)) for value in (x, later))
    torch.testing.assert_close(before[:, :4], after[:, :4])
    assert not torch.allclose(before[:, 4:], after[:, 4:])


@sweep
@given(batch=sizes, tokens=sizes, heads=st.sampled_from([1, 2, 3]), width=sizes, causal=st.booleans())
def test_multi_head_attention_is_torchs_in_value_weights_and_gradient(
    batch: int, tokens: int, heads: int, width: int, causal: bool
) -> None:
    torch.manual_seed(batch)
    layer = nn.MultiheadAttention(heads * width, heads, batch_first=True, dtype=torch.float64)
    nn.init.normal_(layer.in_proj_bias)
    mask = causal_mask(tokens) if causal else None
    ours = random(batch, tokens, heads * width).requires_grad_()
    theirs = ours.detach().clone().requires_grad_()
    out, weights = multi_head_attention(
        ours, layer.in_proj_weight, layer.in_proj_bias, layer.out_proj.weight, layer.out_proj.bias, heads, mask
    )
    forbidden = None if mask is None else ~mask
    expected, seen = layer(theirs, theirs, theirs, attn_mask=forbidden, average_attn_weights=False)
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(weights, seen)
    parameters = list(layer.parameters())
    torch.testing.assert_close(gradients(out, ours, *parameters), gradients(expected, theirs, *parameters))


def test_heads_split_and_join_and_must_divide() -> None:
    x = random(2, 3, 12)
    assert split_heads(x, 4).shape == (2, 4, 3, 3)
    assert torch.equal(join_heads(split_heads(x, 4)), x)
    assert torch.equal(split_heads(x, 4)[:, 1], x[..., 3:6])
    with pytest.raises(ValueError, match="5 heads cannot share 12"):
        split_heads(x, 5)


def test_positions_by_hand() -> None:
    table = sinusoidal_positions(3, 4)
    assert table[0].tolist() == [0, 1, 0, 1]
    assert table[2].tolist() == pytest.approx([math.sin(2), math.cos(2), math.sin(0.02), math.cos(0.02)])
    with pytest.raises(ValueError, match="even number"):
        sinusoidal_positions(3, 5)


@sweep
@given(tokens=st.integers(1, 64), half=st.integers(1, 32), steps=st.integers(-20, 20))
def test_a_step_is_one_fixed_linear_map_wherever_it_starts(tokens: int, half: int, steps: int) -> None:
    start = 20
    table = sinusoidal_positions(tokens + 40, 2 * half)
    here, there = table[start : start + tokens], table[start + steps : start + steps + tokens]
    torch.testing.assert_close(here @ position_shift(steps, 2 * half).T, there, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(table.square().sum(1), torch.full((tokens + 40,), float(half)), rtol=1e-4, atol=1e-4)


def test_raw_products_depend_on_the_distance_alone_and_through_two_matrices_they_do_not() -> None:
    table = sinusoidal_positions(40, 16).double()
    raw, learnt = table @ table.T, table @ random(16, 16) @ table.T
    for distance in (1, 3, 10):
        torch.testing.assert_close(raw.diagonal(distance), raw[0, distance].expand(40 - distance), rtol=1e-5, atol=1e-5)
        assert learnt.diagonal(distance).std() > 1


def test_learned_positions_are_rows_of_the_table_and_end_with_it() -> None:
    x, table = random(2, 3, 4), random(5, 4)
    table.requires_grad_()
    out = learned_positions(x, table)
    torch.testing.assert_close(out - x, table[:3].expand(2, -1, -1))
    (gradient,) = torch.autograd.grad(out.sum(), table)
    assert gradient.sum(1).tolist() == [8, 8, 8, 0, 0]
    with pytest.raises(ValueError, match="knows 5 places, the sequence has 6"):
        learned_positions(random(1, 6, 4), table)


def test_without_positions_attention_does_not_know_the_order() -> None:
    x = random(1, 5, 4)
    order = torch.tensor([3, 1, 4, 0, 2])
    torch.testing.assert_close(attention(x, x, x)[:, order], attention(x[:, order], x[:, order], x[:, order]))


def test_rollout_by_hand() -> None:
    # One block, one head, everybody looks at token 0: half of each token is itself, half is token 0.
    looks_at_first = torch.zeros(1, 1, 2, 2)
    looks_at_first[..., 0] = 1
    assert rollout(looks_at_first).tolist() == [[1, 0], [0.5, 0.5]]
    assert rollout(looks_at_first.expand(2, 3, 2, 2)).tolist() == [[1, 0], [0.75, 0.25]]


@sweep
@given(blocks=sizes, heads=sizes, tokens=sizes)
def test_rollouts_rows_sum_to_one(blocks: int, heads: int, tokens: int) -> None:
    weights = random(blocks, heads, tokens, tokens).softmax(-1)
    torch.testing.assert_close(rollout(weights).sum(-1), torch.ones(tokens, dtype=torch.float64))
