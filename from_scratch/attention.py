"""Attention by hand: compare, soften, average. Masks, several heads, and the two ways to say where a token stands.

Vaswani et al., "Attention Is All You Need", https://arxiv.org/abs/1706.03762. Tensors are N×T×D: N sequences of T
tokens of D numbers; for a picture the tokens are its patches. Masks are boolean, true where a token may be looked at.
Everything is built from differentiable steps, so autograd gives the gradients.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

# ------------------------------------------------------------------------------------------------------ attention


def attention_weights(queries: Tensor, keys: Tensor, mask: Tensor | None = None) -> Tensor:
    """Where each token looks: softmax(QKᵀ / √d), equation 1 without its V.

    Sums of d products of independent numbers of variance 1 have a variance of d; divided by √d they begin where softmax
    still has a gradient (section 3.2.1, footnote 4). Training can make queries and keys large all the same.

    Args:
        queries: ...×T×d.
        keys: ...×S×d.
        mask: boolean, broadcast to ...×T×S; false entries get a weight of exactly zero.

    Returns:
        ...×T×S, rows sum to one; a row that may look nowhere is all zero.
    """
    scores = queries @ keys.transpose(-2, -1) / math.sqrt(queries.shape[-1])  # ...×T×S
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    highest = scores.amax(-1, keepdim=True)  # subtracted, so that exp cannot overflow; it cancels in the quotient
    exponentials = (scores - highest.nan_to_num(neginf=0.0)).exp()
    return exponentials / exponentials.sum(-1, keepdim=True).clamp(min=torch.finfo(scores.dtype).tiny)


def attention(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None) -> Tensor:
    """Scaled dot-product attention (equation 1): each token's weighted average of the values.

    Args:
        queries: ...×T×d.
        keys: ...×S×d.
        values: ...×S×D.
        mask: boolean, broadcast to ...×T×S.

    Returns:
        ...×T×D, as `torch.nn.functional.scaled_dot_product_attention`.
    """
    return attention_weights(queries, keys, mask) @ values


# ---------------------------------------------------------------------------------------------------------- masks


def causal_mask(tokens: int) -> Tensor:
    """T×T: token i may look at tokens 0 to i, so that it cannot copy what it is asked to predict (section 3.2.3)."""
    position = torch.arange(tokens)
    return position[:, None] >= position[None, :]


def padding_mask(lengths: Tensor, tokens: int) -> Tensor:
    """N×1×T: nobody looks at what only fills a shorter sequence up; `lengths` are N numbers of real tokens.

    Raises:
        ValueError: a length is below one or above `tokens`.
    """
    if bool((lengths < 1).any()) or bool((lengths > tokens).any()):
        raise ValueError(f"Lengths must lie between 1 and {tokens}.")
    return (torch.arange(tokens) < lengths[:, None]).unsqueeze(1)


# ---------------------------------------------------------------------------------------------------------- heads


def split_heads(x: Tensor, heads: int) -> Tensor:
    """N×T×D -> N×heads×T×D/heads: each head gets a slice of its own. Raises ValueError if heads do not divide D."""
    count, tokens, dim = x.shape
    if heads < 1 or dim % heads:
        raise ValueError(f"{heads} heads cannot share {dim} dimensions: choose a divisor.")
    return x.reshape(count, tokens, heads, dim // heads).transpose(1, 2)


def join_heads(x: Tensor) -> Tensor:
    """N×heads×T×d -> N×T×heads·d, undoing `split_heads`."""
    count, heads, tokens, dim = x.shape
    return x.transpose(1, 2).reshape(count, tokens, heads * dim)


def multi_head_attention(
    x: Tensor,
    in_weight: Tensor,
    in_bias: Tensor,
    out_weight: Tensor,
    out_bias: Tensor,
    heads: int,
    mask: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Multi-head self-attention (section 3.2.2), with the parameters of `torch.nn.MultiheadAttention`.

    4·D² weights and 4·D biases; 4·T·D² multiply-adds for the projections and 2·T²·D for the two products.

    Args:
        x: N×T×D.
        in_weight, in_bias: 3D×D and 3D, the projections to queries, keys and values above each other.
        out_weight, out_bias: D×D and D.
        heads: a divisor of D.
        mask: boolean, broadcast to N×heads×T×T.

    Returns:
        N×T×D, and the weights, N×heads×T×T.
    """
    projected = x @ in_weight.T + in_bias  # N×T×3D
    queries, keys, values = (split_heads(part, heads) for part in projected.chunk(3, dim=-1))
    weights = attention_weights(queries, keys, mask)
    return join_heads(weights @ values) @ out_weight.T + out_bias, weights


# ------------------------------------------------------------------------------------------------------ positions


def sinusoidal_positions(tokens: int, dim: int, base: float = 10_000.0) -> Tensor:
    """T×D: sines and cosines of falling frequency, side by side (section 3.5). Every row has a squared norm of D/2.

    The product of two rows depends on their distance alone; that of W_q·row and W_k·row, which attention takes, does
    not, unless the two matrices happen to fit. `positions.rotate_positions` is made so that it does.

    Raises:
        ValueError: D is odd.
    """
    if dim % 2:
        raise ValueError(f"Sines and cosines come in pairs: {dim} dimensions must be an even number.")
    frequency = base ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)  # D/2
    angle = torch.arange(tokens, dtype=torch.float64)[:, None] * frequency  # T×D/2
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1).to(torch.get_default_dtype())


def position_shift(steps: int, dim: int, base: float = 10_000.0) -> Tensor:
    """D×D, the one matrix M with PE(p + steps) = M·PE(p) for every p: a rotation of each pair by its own angle.

    sin(a + b) = sin a · cos b + cos a · sin b, and cos(a + b) = cos a · cos b - sin a · sin b; so a head can look
    "three to the left" with one linear map, wherever it stands.
    """
    angle = steps * base ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)
    pairs = [torch.stack([torch.stack([a.cos(), a.sin()]), torch.stack([-a.sin(), a.cos()])]) for a in angle]
    return torch.block_diag(*pairs).to(torch.get_default_dtype())


def learned_positions(x: Tensor, table: Tensor) -> Tensor:
    """N×T×D -> N×T×D: row t of a trained table is added to token t, as in ViT and BERT; it ends where the table ends.

    Raises:
        ValueError: there are more tokens than rows.
    """
    if x.shape[1] > table.shape[0]:
        raise ValueError(f"The table knows {table.shape[0]} places, the sequence has {x.shape[1]}.")
    return x + table[: x.shape[1]]


# -------------------------------------------------------------------------------------------------------- rollout


def rollout(weights: Tensor) -> Tensor:
    """How much of each input token reaches each output token, through all blocks and around them by the shortcuts.

    Per block the heads' mean and the identity, half each; the product over the blocks (Abnar and Zuidema 2020,
    https://arxiv.org/abs/2005.00928, section 3).

    Args:
        weights: L×heads×T×T, block by block from the input.

    Returns:
        T×T, rows sum to one.
    """
    tokens = weights.shape[-1]
    mixed = 0.5 * weights.mean(1) + 0.5 * torch.eye(tokens, dtype=weights.dtype)  # L×T×T
    reached = torch.eye(tokens, dtype=weights.dtype)
    for block in mixed:
        reached = block @ reached
    return reached
