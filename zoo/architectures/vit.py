"""Vision transformer: Dosovitskiy et al. 2020, https://arxiv.org/abs/2010.11929; sizes of DeiT, https://arxiv.org/abs/2012.12877.

A picture is cut into patches, each becomes a token, and a learned class token gathers what the head reads.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from zoo._registry import register


class Attended(NamedTuple):
    """What one block's attention computed: queries (scaled by 1/√(D/heads)), keys, and their softmaxed products."""

    queries: Tensor  # N×heads×T×D/heads
    keys: Tensor  # N×heads×T×D/heads
    weights: Tensor  # N×heads×T×T: row i says where token i looks, and sums to one


class PatchEmbedding(nn.Module):
    """One linear map of each patch's pixels, written as a convolution whose stride is its kernel (section 3.1)."""

    def __init__(self, in_channels: int, patch_size: int, dim: int):
        super().__init__()
        self.proj = nn.Conv2d(in_channels, dim, patch_size, stride=patch_size)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj(x).flatten(2).transpose(1, 2)  # N×C×H×W -> N×D×h×w -> N×hw×D


class Attention(nn.Module):
    """Multi-head self-attention (https://arxiv.org/abs/1706.03762, section 3.2).

    Written out, because the weights are what the gallery shows; for this few tokens a processor trains it five times
    faster than torch's fused kernel.
    """

    def __init__(self, dim: int, heads: int):
        super().__init__()
        if dim % heads:
            raise ValueError(f"{heads} heads cannot share {dim} dimensions: choose a divisor.")
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor, keep: Tensor | None = None, seen: list[Attended] | None = None) -> Tensor:
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # each N×heads×T×D/heads
        q = q * q.shape[-1] ** -0.5
        weights = (q @ k.transpose(-2, -1)).softmax(-1)  # -> N×heads×T×T
        if seen is not None:
            seen.append(Attended(q, k, weights))
        heads = weights.to(v.dtype) @ v  # -> N×heads×T×D/heads
        if keep is not None:
            heads = heads * keep.view(1, -1, 1, 1)
        return self.proj(heads.transpose(1, 2).flatten(2))  # -> N×T×D


class MLP(nn.Module):
    """Two linear layers with a GELU between them, applied to each token alone."""

    def __init__(self, dim: int, hidden: int):
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.act = nn.GELU()
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.act(self.fc1(x)))  # N×T×D -> N×T×hidden -> N×T×D


class Block(nn.Module):
    """Attention, then an MLP, each behind a layer norm and beside a shortcut (equations 2 and 3)."""

    def __init__(self, dim: int, heads: int, hidden: int):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = Attention(dim, heads)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = MLP(dim, hidden)

    def forward(self, x: Tensor, keep: Tensor | None = None, seen: list[Attended] | None = None) -> Tensor:
        x = x + self.attn(self.norm1(x), keep, seen)
        return x + self.mlp(self.norm2(x))


class VisionTransformer(nn.Module):
    """Patches, a class token, learned positions, `depth` blocks, a layer norm, and a linear head on the class token."""

    def __init__(
        self, image_size: int, patch_size: int, dim: int, depth: int, heads: int, hidden: int,
        num_classes: int, in_channels: int,
    ):  # fmt: skip
        super().__init__()
        if image_size % patch_size:
            raise ValueError(f"Patches of {patch_size} px do not tile {image_size} px: choose a divisor.")
        self.grid = image_size // patch_size
        self.patch_embed = PatchEmbedding(in_channels, patch_size, dim)
        self.cls_token = nn.Parameter(torch.empty(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.empty(1, self.grid**2 + 1, dim))
        self.blocks = nn.ModuleList(Block(dim, heads, hidden) for _ in range(depth))
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.head = nn.Linear(dim, num_classes)

        for parameter in (self.cls_token, self.pos_embed):
            nn.init.trunc_normal_(parameter, std=0.02)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)

    def embed(self, x: Tensor, patches: Tensor | None = None, positions: bool = True) -> Tensor:
        """N×C×H×W -> N×T×D: the class token first, then the patches row by row, each with its position added.

        `patches`, N×K int64, chooses patches by index; the others are left out (https://arxiv.org/abs/2208.07220).
        """
        places = self.pos_embed if positions else torch.zeros_like(self.pos_embed)
        token, tokens = self.cls_token + places[:, :1], self.patch_embed(x) + places[:, 1:]  # 1×1×D, N×hw×D
        if patches is not None:
            tokens = tokens.gather(1, patches.unsqueeze(-1).expand(-1, -1, tokens.shape[-1]))  # -> N×K×D
        return torch.cat([token.expand(len(x), -1, -1), tokens], dim=1)

    def forward(
        self,
        x: Tensor,
        patches: Tensor | None = None,
        *,
        positions: bool = True,
        heads: Tensor | None = None,
        seen: list[Attended] | None = None,
    ) -> Tensor:
        """N×C×H×W -> N×classes.

        `patches` and `positions` as in `embed`; `heads`, blocks×heads of 0 and 1, silences those at 0; a list given as
        `seen` receives each block's attention.
        """
        x = self.embed(x, patches, positions)  # -> N×T×D with T = 1 + (H / patch)²
        for index, block in enumerate(self.blocks):
            x = block(x, None if heads is None else heads[index], seen)
        return self.head(self.norm(x[:, 0]))  # -> N×classes


@register
def vit(
    num_classes: int = 10,
    in_channels: int = 3,
    image_size: int = 32,
    patch_size: int = 4,
    dim: int = 192,
    depth: int = 8,
    heads: int = 6,
    hidden: int = 384,
) -> VisionTransformer:
    """A small one for 32 px: 64 patches of 4 px and a class token; 2,400,586 parameters with its defaults."""
    return VisionTransformer(image_size, patch_size, dim, depth, heads, hidden, num_classes, in_channels)


@register
def deit_tiny(num_classes: int = 1000, in_channels: int = 3, image_size: int = 224) -> VisionTransformer:
    """DeiT-tiny/16 (table 1): 192 wide, 12 blocks, 3 heads; 5,717,416 parameters with its defaults."""
    return VisionTransformer(image_size, 16, 192, 12, 3, 768, num_classes, in_channels)
