"""Residual blocks with their shortcuts cut: what the network answers then, and what becomes of the maps behind.

No network is written for this. The graph of a traced picture is run again with a block's sum replaced by the branch
alone, so the shared model keeps no switch, no hook and no changed weight.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor, fx

from apps import _networks
from apps._inputs import BadInput
from apps._networks.encoding import label
from apps._networks.tracing import Layer, Trace, convolutions_before, ends_activated, rerun, tensor_inputs


@dataclass(frozen=True)
class Block:
    """A residual block: `joint` adds what the `branch` computed to what the `shortcut` carried past it."""

    layer: Layer
    joint: fx.Node
    branch: fx.Node
    shortcut: fx.Node


def find_blocks(trace: Trace) -> dict[str, Block]:
    """Every residual block of a traced network, by its path, from the picture on."""
    before = convolutions_before(trace)
    blocks: dict[str, Block] = {}
    for layer in trace.layers.values():
        if layer.kind != "sum":
            continue
        joint = tensor_inputs(trace, layer.node)[0] if ends_activated(layer.node) else layer.node
        ways = tensor_inputs(trace, joint)
        if len(ways) == 2:
            # The shortcut is the way with fewer convolutions on it: none, or the one that fits the shape.
            branch, shortcut = sorted(ways, key=lambda way: -len(before[way]))
            blocks[layer.name] = Block(layer, joint, branch, shortcut)
    return blocks


def cut_shortcuts(trace: Trace, blocks: dict[str, Block], off: list[str]) -> tuple[Tensor, dict[str, Tensor]]:
    """The scores, 1×classes, and every value by the name of its node, with these blocks' shortcuts cut."""
    with _networks.TURN:
        return rerun(trace, {blocks[name].joint: blocks[name].branch for name in off})


def describe_blocks(trace: Trace, blocks: dict[str, Block], values: dict[str, Tensor]) -> list[dict[str, Any]]:
    """What became of each block's output: how far it moved, and how strong it is at each place before and after."""
    layers = [block.layer for block in blocks.values()]
    described = []
    for name, block in blocks.items():
        node = block.layer.node
        before, after = trace.value(node).detach()[0], values[node.name].detach()[0]  # C×H×W
        strengths = [value.abs().mean(0).numpy() for value in (before, after)]  # -> H×W
        scale = max(float(strength.max()) for strength in strengths) or 1.0
        norm = float(before.norm())
        described.append(
            {
                "name": name,
                "label": label(block.layer, layers).removesuffix(" · output"),
                "shape": list(block.layer.shape),
                "change": float((after - before).norm()) / norm if norm else 0.0,
                "scale": scale,
                "before": _encode_strength(strengths[0], scale),
                "after": _encode_strength(strengths[1], scale),
            }
        )
    return described


def _encode_strength(strength: np.ndarray, scale: float) -> str:
    return base64.b64encode(np.rint(strength / scale * 255).astype(np.uint8).tobytes()).decode()


def read_blocks(names: object, blocks: dict[str, Block], network: str) -> list[str]:
    """The named blocks, each once and in the network's order.

    Raises:
        BadInput: the network has no shortcuts, it is not a list of names, or there is no such block.
    """
    if not blocks:
        raise BadInput(f"{network} has no shortcuts to switch off: choose a residual network.")
    if not isinstance(names, list | tuple):
        raise BadInput(f'Name the blocks as a list, like ["{next(iter(blocks))}"]; an empty list is none.')
    for name in names:
        if not isinstance(name, str) or name not in blocks:
            known = list(blocks)
            raise BadInput(
                f"{network} has no residual block {str(name)[:40]!r}: choose from {known[0]} to {known[-1]}."
            )
    return [name for name in blocks if name in names]
