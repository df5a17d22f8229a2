"""A vision transformer read layer by layer, from its modules' shapes; no picture runs through it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from apps.classic_networks.reading import DrawnLayer

if TYPE_CHECKING:
    from torch import nn


def read_transformer(model: nn.Module) -> list[DrawnLayer]:
    """The patches, then of each block attention and MLP with their sums, then the head on the class token.

    `model` is made by `zoo.create("vit")` or another of that family (https://arxiv.org/abs/2010.11929, section 3.1).
    """
    from apps._networks.fields import of_input, slide, whole
    from from_scratch.convolution import Window

    net: Any = model
    embedding, side = net.patch_embed.proj, net.grid * net.patch_embed.proj.kernel_size[0]
    grid, tokens, dim = net.grid, net.grid**2 + 1, embedding.out_channels
    pixels = of_input(side)
    patch = slide(pixels, Window(embedding.kernel_size[0], embedding.stride[0], 0), grid)
    everywhere = whole(patch)
    rows = [DrawnLayer("input", "input", "the picture", [], (embedding.in_channels, side, side), pixels)]

    def add(name: str, kind: str, what: str, reads: list[int], width: int, **more: Any) -> int:
        settings = {"shape": (width, grid, grid), "tokens": tokens, "local": everywhere, "sees": side} | more
        rows.append(DrawnLayer(name, kind, what, reads, **settings))
        return len(rows) - 1

    def add_linear(name: str, layer: Any, reads: int, norm: Any = None, **more: Any) -> int:
        before = {"first": ("layer norm",), "norm_parameters": count_parameters(norm)} if norm is not None else {}
        return add(
            name, "pointwise", "linear layer for each token", [reads], layer.out_features,
            window=f"{layer.in_features:,} to {layer.out_features:,}", weighted=True,
            parameters=count_parameters(layer) + count_parameters(norm), macs=tokens * layer.weight.numel(),
            **before, **more,
        )  # fmt: skip

    size = embedding.kernel_size[0]
    at = add(
        "patch_embed.proj", "convolution", f"{size}×{size} convolution", [0], dim, then=("class token", "positions"),
        window=f"{size} × {size}, stride {size}", local=patch, sees=size, weighted=True,
        macs=grid**2 * embedding.weight.numel(),
        parameters=count_parameters(embedding) + net.cls_token.numel() + net.pos_embed.numel(),
    )  # fmt: skip
    for index, block in enumerate(net.blocks):
        name, before = f"blocks.{index}", at
        attend = functools.partial(add, f"{name}.attn", "attention", f"attention of {block.attn.heads} heads")
        at = add_linear(f"{name}.attn.qkv", block.attn.qkv, at, block.norm1)
        at = attend(
            [at], dim, window=f"{tokens} × {tokens} weights a head", macs=2 * tokens**2 * dim,
            maps=block.attn.heads * tokens**2,
        )  # fmt: skip
        at = add_linear(f"{name}.attn.proj", block.attn.proj, at)
        between = at = add(f"{name}.sum", "sum", "sum of 2 paths", [before, at], dim)
        at = add_linear(f"{name}.mlp.fc1", block.mlp.fc1, at, block.norm2, then=("GELU",))
        at = add_linear(f"{name}.mlp.fc2", block.mlp.fc2, at)
        at = add(f"{name}.mlp.sum", "sum", "sum of 2 paths", [between, at], dim)
    head = net.head
    add(
        "head", "linear", "linear layer on the class token", [at], head.out_features, shape=(head.out_features, 1, 1),
        tokens=0, first=("layer norm",), window=f"{head.in_features:,} to {head.out_features:,}", weighted=True,
        parameters=count_parameters(head) + count_parameters(net.norm), norm_parameters=count_parameters(net.norm),
        macs=head.weight.numel(),
    )  # fmt: skip
    return rows


def count_parameters(module: nn.Module | None) -> int:
    """Of a module with all that it holds; 0 where there is none."""
    return sum(parameter.numel() for parameter in module.parameters()) if module is not None else 0
