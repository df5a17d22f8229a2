"""Relative positions by hand: how far apart two tokens are, told to attention itself and not to the tokens.

Three ways, each from its paper: queries and keys are rotated (RoPE), scores fall with the distance (ALiBi), or scores
get a learnt number for each range of distances (T5). The positions that are added to the tokens, sines and a learnt
table, are in `attention.py`. Queries and keys are ...×T×d, scores ...×T×T before softmax.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def rotate_positions(x: Tensor, first: int = 0, base: float = 10_000.0) -> Tensor:
    """Turn each pair of numbers of token t by the angle (first + t)·base^(-2i/d), i the number of the pair (RoPE).

    Su et al., "RoFormer", https://arxiv.org/abs/2104.09864, section 3.4.2, equation 34. A product of a rotated query
    and a rotated key depends on the two and on their distance, not on where they stand. Lengths stay as they are.

    Args:
        x: ...×T×d, queries or keys of one head.
        first: position of the first token; with a key-value cache, how many tokens are in it.
        base: the slowest pair turns by nearly 1/base a token.

    Returns:
        ...×T×d.

    Raises:
        ValueError: d is odd.
    """
    tokens, dim = x.shape[-2:]
    if dim % 2:
        raise ValueError(f"Numbers are rotated in pairs: {dim} dimensions must be an even number.")
    position = torch.arange(first, first + tokens, dtype=torch.float64)
    angle = position[:, None] * base ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)  # T×d/2
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    left, right = x[..., 0::2], x[..., 1::2]  # ...×T×d/2 each
    return torch.stack([left * cos - right * sin, left * sin + right * cos], dim=-1).flatten(-2)


def alibi_slopes(heads: int) -> Tensor:
    """One slope a head: 2^(-8/heads), its square, its cube, ... down to 2^-8 (ALiBi).

    Press et al., https://arxiv.org/abs/2108.12409, section 3. Where the number of heads is no power of two, their code
    takes the slopes of the power below and fills up with every second one of the power above.

    Returns:
        float64, `heads` numbers between 0 and 1.
    """
    below = 2 ** int(math.log2(heads))
    slopes = 2.0 ** (-8.0 / below * torch.arange(1, below + 1, dtype=torch.float64))
    between = 2.0 ** (-4.0 / below * torch.arange(1, 2 * below, 2, dtype=torch.float64))
    return torch.cat([slopes, between[: heads - below]])


def alibi_bias(tokens: int, heads: int) -> Tensor:
    """What ALiBi adds to the scores: minus the head's slope for each token of distance. Nothing is learnt.

    The paper is about causal attention, where only the half below the diagonal counts.

    Returns:
        heads×T×T in torch's default type.
    """
    position = torch.arange(tokens, dtype=torch.float64)
    distance = (position[:, None] - position[None, :]).abs()  # T×T
    return (-alibi_slopes(heads)[:, None, None] * distance).to(torch.get_default_dtype())


def relative_buckets(tokens: int, buckets: int = 32, furthest: int = 128, causal: bool = False) -> Tensor:
    """The bucket of each pair of tokens: near distances have one each, far ones share, ever more of them (T5).

    Raffel et al., https://arxiv.org/abs/1910.10683, section 2.1; the exact rule is in their code. Half of the buckets
    are exact; the other half divide the way from there to `furthest` into steps of equal ratio, and all that is beyond
    shares the last. An encoder has half of all buckets for keys to the left and half for keys to the right.

    Args:
        tokens: T.
        buckets: how many there are in all.
        furthest: distance from which on all share one bucket.
        causal: whether nobody looks to the right, so that all buckets are for the left.

    Returns:
        T×T int64: row i, column j says how far key j is from query i.
    """
    position = torch.arange(tokens)
    offset = position[None, :] - position[:, None]  # T×T, positive to the right
    side = buckets if causal else buckets // 2
    distance = (-offset).clamp(min=0) if causal else offset.abs()
    exact = side // 2
    ratio = (distance.clamp(min=exact).double() / exact).log() / math.log(furthest / exact)
    far = exact + (ratio * (side - exact) + 1e-9).long().clamp(max=side - exact - 1)  # a whole number may round down
    bucket = torch.where(distance < exact, distance, far)
    return bucket if causal else bucket + side * (offset > 0)


def relative_bias(table: Tensor, tokens: int, furthest: int = 128, causal: bool = False) -> Tensor:
    """What T5 adds to the scores: the learnt number of each pair's bucket, one for every head.

    Args:
        table: buckets×heads, learnt; in T5 the first layer's, shared by all layers.
        tokens, furthest, causal: as in `relative_buckets`.

    Returns:
        heads×T×T.
    """
    return table[relative_buckets(tokens, table.shape[0], furthest, causal)].permute(2, 0, 1)
