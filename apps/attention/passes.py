"""Forward passes of a vision transformer: what its heads look at, and what it answers without some of them.

Ours and torchvision's are read through the same two functions, `run_attention` and `run_disturbed`; neither leaves a
hook behind or changes a weight.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torchvision.models import VisionTransformer as Torchvisions

from apps import _networks


class Attention(NamedTuple):
    """One forward pass: its scores, and the queries (scaled by 1/√d) and keys of all blocks."""

    scores: Tensor  # classes
    queries: Tensor  # L×heads×T×d
    keys: Tensor  # L×heads×T×d


def count_heads(model: Any) -> tuple[int, int]:
    """How many blocks, and heads in each."""
    if isinstance(model, Torchvisions):
        layers: Any = model.encoder.layers
        return len(layers), layers[0].num_heads
    return len(model.blocks), model.blocks[0].attn.heads


def find_patch_side(model: Any) -> int:
    """Pixels on a patch's side."""
    embedding = model.conv_proj if isinstance(model, Torchvisions) else model.patch_embed.proj
    return embedding.stride[0]


def run_attention(model: Any, x: Tensor) -> Attention:
    """One forward pass of a picture, 1×C×H×W, that keeps every block's queries and keys."""
    with _networks.TURN, torch.inference_mode():
        if isinstance(model, Torchvisions):
            return _run_upstream(model, x)
        seen: list[Any] = []
        scores = model(x, seen=seen)[0]
        queries, keys = (torch.cat([getattr(block, name) for block in seen]) for name in ("queries", "keys"))
        return Attention(scores, queries, keys)


def _run_upstream(model: Any, x: Tensor) -> Attention:
    """torchvision's forward pass, block by block; a block asks `nn.MultiheadAttention` for no weights, so the
    projections to queries and keys are made a second time beside it: a sixth more arithmetic."""
    tokens = model.conv_proj(x).flatten(2).transpose(1, 2)  # 1×3×224×224 -> 1×196×D
    tokens = torch.cat([model.class_token, tokens], dim=1) + model.encoder.pos_embedding  # -> 1×197×D
    queries, keys = [], []
    for block in model.encoder.layers:
        attention, dim = block.self_attention, tokens.shape[-1]
        projected = torch.nn.functional.linear(
            block.ln_1(tokens), attention.in_proj_weight[: 2 * dim], attention.in_proj_bias[: 2 * dim]
        )
        q, k = projected.unflatten(-1, (2, block.num_heads, -1)).permute(2, 0, 3, 1, 4)  # each 1×heads×197×d
        queries.append(q * q.shape[-1] ** -0.5)
        keys.append(k)
        tokens = block(tokens)
    return Attention(model.heads(model.encoder.ln(tokens)[:, 0])[0], torch.cat(queries), torch.cat(keys))


def run_disturbed(model: Any, x: Tensor, keep: Tensor | None = None, positions: bool = True) -> Tensor:
    """1×C×H×W -> one score per class, with the heads silent that are 0 in `keep` (blocks×heads), or without
    positions."""
    with _networks.TURN, torch.inference_mode():
        if isinstance(model, Torchvisions):
            return torch.func.functional_call(model, _replace_parameters(model, keep, positions), x)[0]
        return model(x, heads=keep, positions=positions)[0]


def _replace_parameters(model: Any, keep: Tensor | None, positions: bool) -> dict[str, Tensor]:
    """The parameters that differ for one call: a head is silent where the output projection does not read it."""
    changed = {}
    for index, block in enumerate(model.encoder.layers if keep is not None else ()):
        silent = keep[index].repeat_interleave(model.hidden_dim // block.num_heads)  # type: ignore[index]
        name = f"encoder.layers.encoder_layer_{index}.self_attention.out_proj.weight"
        changed[name] = block.self_attention.out_proj.weight * silent
    if not positions:
        changed["encoder.pos_embedding"] = torch.zeros_like(model.encoder.pos_embedding)
    return changed


def shuffle_patches(x: Tensor, patch: int) -> Tensor:
    """1×C×H×W -> the same patches in another order, the same order each time."""
    columns = torch.nn.functional.unfold(x, patch, stride=patch)  # 1×C·patch²×patches
    order = torch.randperm(columns.shape[2], generator=torch.Generator().manual_seed(0))
    size = (x.shape[2], x.shape[3])
    return torch.nn.functional.fold(columns[:, :, order], size, patch, stride=patch)
