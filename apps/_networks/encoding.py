"""A traced picture's maps, and a network's kernels, as one byte per value: for colours, never for a number."""

from __future__ import annotations

import base64
import re
from typing import Any

import numpy as np
from torch import nn

from apps._networks.fields import Axis
from apps._networks.tracing import (
    Layer,
    Trace,
    activation_name,
    conv_windows,
    ends_activated,
    map_before,
    pool_of,
    tensor_inputs,
)
from from_scratch.convolution import Window

BUDGET = 1_050_000
"""Bytes of maps for one picture; base64 makes a third more of them. Layers beyond it send their first channels only."""
LEAST = 8
"""Channels that every layer sends, if it has them; fewer where a network has so many layers that the budget is gone."""
KERNEL_BUDGET = 400_000
"""Bytes of kernels in one answer."""
CLIP = 0.985
"""Quantile of |value| at which colours are at their strongest."""

SHOWN = ("convolution", "pooling", "sum", "linear")


def describe_maps(trace: Trace) -> list[dict[str, Any]]:
    """Every layer that is shown: its name, geometry, receptive fields and quantised maps."""
    layers = [layer for layer in trace.layers.values() if layer.kind in SHOWN]
    counts = _channels([layer.shape for layer in layers])
    last = [layer for layer in layers if layer.kind == "linear"][-1:]
    described = []
    for layer, sent in zip(layers, counts, strict=True):
        values = trace.value(layer.node).detach()[0].reshape(layer.shape).numpy()
        vector = {"values": encode_exactly(values[:sent])} if values[0].size == 1 else {}
        described.append(
            {
                "name": layer.name,
                "label": label(layer, layers),
                "stage": _stage(layer),
                "kind": "scores" if layer in last else layer.kind,
                "shape": list(layer.shape),
                "sent": sent,
                "after": _after(trace, layer),
                "window": _geometry(trace, layer),
                "reads": _depth(trace, layer),
                "rows": _axis(layer.rows),
                "columns": _axis(layer.columns),
                "liveliest": find_liveliest(values[:sent]),
                **vector,
                **quantise(values, sent),
            }
        )
    return described


def quantise(values: np.ndarray, sent: int) -> dict[str, Any]:
    """C×H×W -> its first `sent` channels, one scale for all: value ≈ code · scale / 127 (int8), or / 255 (uint8) where
    nothing is negative. Colours end at the 98.5 % quantile of all channels."""
    scale = _scale(values)
    signed = bool((values < 0).any())
    steps = 127 if signed else 255
    codes = np.clip(np.rint(values[:sent] / scale * steps), -steps if signed else 0, steps)
    return {
        "signed": signed,
        "scale": scale,
        "maps": base64.b64encode(np.ascontiguousarray(codes, np.int8 if signed else np.uint8).tobytes()).decode(),
    }


def encode_exactly(values: np.ndarray) -> str:
    """Base64 of little-endian float32: the numbers that a page writes."""
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode()


def find_liveliest(values: np.ndarray) -> int:
    """C×H×W -> the channel whose values vary most over the places; of a vector, the one with the largest value."""
    return int((values if values[0].size == 1 else values.var(axis=(1, 2))).argmax())


def describe_kernels(weight: np.ndarray, channel: int) -> dict[str, Any]:
    """Kernels O×C×kh×kw of as many output channels around `channel` as fit, quantised like maps."""
    filters = weight.shape[0]
    count = min(filters, max(1, KERNEL_BUDGET // int(np.prod(weight.shape[1:]))))
    first = min(channel // count * count, filters - count)
    scale = _scale(weight)
    codes = np.clip(np.rint(weight[first : first + count] / scale * 127), -127, 127).astype(np.int8)
    return {
        "shape": list(weight.shape),
        "first": first,
        "count": count,
        "scale": scale,
        "kernels": base64.b64encode(codes.tobytes()).decode(),
    }


def _scale(values: np.ndarray) -> float:
    """What the strongest colour stands for; a vector, like the scores, is never clipped."""
    size = np.abs(values)
    clip = 1.0 if values[0].size == 1 else CLIP
    return float(np.quantile(size, clip)) or float(size.max()) or 1.0


def _channels(shapes: list[tuple[int, int, int]]) -> list[int]:
    """How many channels each layer sends: an even share for all, then less for the small layers, then for the large."""
    fair = _share([int(np.prod(shape)) for shape in shapes], BUDGET)
    for least in range(LEAST, 0, -1):
        for share in (fair, fair // 2, fair // 3, fair // 4):
            counts = [min(channels, max(least, share // (height * width))) for channels, height, width in shapes]
            if sum(count * height * width for count, (_, height, width) in zip(counts, shapes, strict=True)) <= BUDGET:
                return counts
    return counts


def _share(sizes: list[int], budget: int) -> int:
    """The most that one layer may have so that all fit into the budget, small layers taking what they need."""
    left = budget
    for index, size in enumerate(sorted(sizes)):
        fair = left // (len(sizes) - index)
        if size > fair:
            return fair
        left -= size
    return max(sizes, default=1)


def _axis(axis: Axis) -> dict[str, Any]:
    return {
        "start": axis.start,
        "jump": axis.jump,
        "size": axis.size,
        "first": [first for first, _ in axis.seen],
        "last": [last for _, last in axis.seen],
    }


def _geometry(trace: Trace, layer: Layer) -> dict[str, Any] | None:
    """Kernel, stride, padding and dilation, as [rows, columns]."""
    module, pool = trace.module(layer.node), pool_of(trace, layer.node)
    windows: tuple[Window, Window] | None = None
    extra: dict[str, Any] = {}
    if isinstance(module, nn.Conv2d):
        windows, extra = conv_windows(module), {"groups": module.groups, "bias": module.bias is not None}
    elif layer.covers:
        return {"kernel": list(layer.covers[1:]), "stride": [1, 1], "padding": [0, 0], "dilation": [1, 1], "groups": 1}
    elif pool:
        extra = {"operation": pool.operation}
        if pool.bins:
            height, width = trace.value(tensor_inputs(trace, layer.node)[0]).shape[2:]
            return extra | {"adaptive": True, "from": [height, width]}
        windows = pool.windows
    if windows is None:
        return None
    names = ("kernel", "stride", "padding", "dilation")
    return {name: [getattr(windows[0], name), getattr(windows[1], name)] for name in names} | extra


def _depth(trace: Trace, layer: Layer) -> int:
    """Channels of what the layer reads."""
    source = map_before(trace, layer.node) if layer.covers else tensor_inputs(trace, layer.node)[0]
    return int(trace.value(source).shape[1])


def _stage(layer: Layer) -> str:
    """What stands below a run of bars: `layer2`, or `stage 3` for torchvision's numbered `features.2`."""
    path = layer.name.partition(":")[0].split(".")
    numbered = path[0] == "features" and len(path) > 1 and path[1].isdigit()
    return f"stage {int(path[1]) + 1}" if numbered else path[0]


def _after(trace: Trace, layer: Layer) -> str | None:
    """The activation through which a residual block's sum goes before it leaves the block."""
    return activation_name(trace, layer.node) if layer.kind == "sum" and ends_activated(layer.node) else None


def label(layer: Layer, layers: list[Layer]) -> str:
    """`layer2.0.conv1` as "layer 2 · block 1 · conv 1", `features.2.1.block.0.0` as "stage 3 · block 2 · part 1 ·
    convolution"; `layers` are those among which it must be told apart."""
    path = layer.name.partition(":")[0].split(".")
    parts = [re.sub(r"(?<=[a-z])_?(?=\d+$)", " ", part).replace("_", " ") for part in path]
    dropped = set()
    for index, part in enumerate(path):
        if not part.isdigit():
            continue
        before = path[index - 1] if index else ""
        if before == "features" or (before == "block" and index < len(path) - 1):
            dropped.add(index - 1)
            parts[index] = f"{'stage' if before == 'features' else 'part'} {int(part) + 1}"
        elif layer.kind == "sum" or index < len(path) - 1:
            parts[index] = f"block {int(part) + 1}"
        else:
            folder = layer.name.rpartition(".")[0]
            alike = [other for other in layers if other.name.rpartition(".")[0] == folder and other.kind == layer.kind]
            parts[index] = layer.kind if len(alike) == 1 else f"{layer.kind} {part}"
            if before == "block":
                dropped.add(index - 1)
    parts = [part for index, part in enumerate(parts) if index not in dropped]
    return " · ".join([*parts, "output"] if layer.kind == "sum" else parts)
