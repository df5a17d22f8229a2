"""The arithmetic behind one unit of a traced network, step by step, and the gradient of that unit in the input."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

from apps._networks.fields import Axis
from apps._networks.tracing import (
    Layer,
    Trace,
    activation_name,
    conv_windows,
    ends_activated,
    map_before,
    operation,
    pool_of,
    tensor_inputs,
)
from from_scratch.convolution import Window


def explain_unit(trace: Trace, layer: Layer, channel: int, row: int, column: int) -> dict[str, Any]:
    """How the value of one unit comes about, by `kind`: `products`, a `window`, `terms`, or a formula."""
    place = channel, row, column
    match layer.kind:
        case "convolution":
            return _explain_convolution(trace, layer.node, *place)
        case "linear":
            return _explain_linear(trace, layer, channel)
        case "pooling":
            return _explain_pooling(trace, layer.node, *place)
        case "sum" | "product":
            return _explain_join(trace, layer, *place)
        case "norm":
            return _explain_norm(trace, layer.node, *place)
        case _:
            return _explain_activation(trace, layer.node, *place)


def follow_unit(trace: Trace, layer: Layer, channel: int, row: int, column: int) -> list[dict[str, Any]]:
    """What batch norm and activation make of the value right after it, as long as nothing else reads it."""
    steps: list[dict[str, Any]] = []
    node = layer.node
    while len(node.users) == 1:
        node = next(iter(node.users))
        if isinstance(trace.module(node), nn.BatchNorm2d):
            steps.append(_explain_norm(trace, node, channel, row, column))
        elif any(known.node is node and known.kind == "activation" for known in trace.layers.values()):
            steps.append(_explain_activation(trace, node, channel, row, column))
        else:
            break
    return steps


def compute_effective_field(trace: Trace, layer: Layer, channel: int, row: int, column: int) -> dict[str, Any]:
    """|∂ value / ∂ input|, summed over the input's channels: what really moves this unit on this picture.

    Luo et al., "Understanding the Effective Receptive Field in Deep Convolutional Neural Networks",
    https://arxiv.org/abs/1701.04128
    """
    with trace.lock:
        (gradient,) = torch.autograd.grad(
            _read_unit(trace.value(layer.node), channel, row, column), trace.x, retain_graph=True
        )
    strength = gradient[0].abs().sum(0).double().numpy()  # C×H×W -> H×W
    total, peak = float(strength.sum()), float(strength.max())
    found: dict[str, Any] = {
        "shape": list(strength.shape),
        "values": _encode((strength / (peak or 1) * 255).round().astype(np.uint8)),
        "peak": peak,
        "pixels_that_hold_90_percent": 0,
        "share_of_central_quarter": 0.0,
    }
    if total > 0:
        shares = np.cumsum(np.sort(strength, axis=None)[::-1]) / total
        found["pixels_that_hold_90_percent"] = int(np.searchsorted(shares, 0.9 - 1e-9)) + 1
        middle = strength[_find_middle(layer.rows, row), _find_middle(layer.columns, column)]
        found["share_of_central_quarter"] = float(middle.sum()) / total
    return found


def _find_middle(axis: Axis, index: int) -> slice:
    """The middle half of what a unit sees along one axis, within the input."""
    first, last = axis.seen[index]
    quarter = (last - first + 1) / 4
    return slice(round(first + quarter), max(round(last + 1 - quarter), round(first + quarter) + 1))


def _read_unit(value: Tensor, channel: int, row: int, column: int) -> Tensor:
    """One unit; a vector or a map of one row or column is spread over all places, as adding does."""
    if value.ndim == 3:  # a constant of C×1×1
        value = value[None]
    if value.ndim == 2:
        return value[0, channel if value.shape[1] > 1 else 0]
    _, channels, height, width = value.shape
    return value[0, channel if channels > 1 else 0, row if height > 1 else 0, column if width > 1 else 0]


def _read_number(trace: Trace, node: fx.Node, channel: int, row: int, column: int) -> float:
    return float(_read_unit(trace.value(node).detach(), channel, row, column))


def _encode(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


# ---------------------------------------------------------------------------------------------------- products


def _explain_convolution(trace: Trace, node: fx.Node, channel: int, row: int, column: int) -> dict[str, Any]:
    conv = trace.module(node)
    assert isinstance(conv, nn.Conv2d)
    before = tensor_inputs(trace, node)[0]
    x = trace.value(before).detach()[0]  # C×H×W
    windows = conv_windows(conv)
    if conv.padding_mode != "zeros":
        x = F.pad(x[None], conv._reversed_padding_repeated_twice, mode=conv.padding_mode)[0]
        windows = tuple(Window(w.kernel, w.stride, 0, w.dilation) for w in windows)  # type: ignore[assignment]
    kernel = conv.weight.detach()[channel]  # (C/groups)×kh×kw
    depth = kernel.shape[0]
    first = channel // (conv.out_channels // conv.groups) * depth
    patch = _cut_window(x[first : first + depth].numpy(), windows, row, column, 0.0)
    bias = None if conv.bias is None else float(conv.bias[channel])
    return _sum_products(patch, kernel.numpy(), bias, _read_number(trace, node, channel, row, column)) | {
        "reads": _name_source(trace, before),
        "reads_shape": list(trace.value(before).shape[1:]),
        "first_input_channel": first,
        "rows": _list_taps(windows[0], row),
        "columns": _list_taps(windows[1], column),
    }


def _explain_linear(trace: Trace, layer: Layer, channel: int) -> dict[str, Any]:
    """A linear layer on a flattened map is a convolution whose kernel covers the whole map."""
    linear, covers = trace.module(layer.node), layer.covers
    assert isinstance(linear, nn.Linear)
    assert covers is not None
    before = map_before(trace, layer.node)
    patch = tensor_inputs(trace, layer.node)[0]
    bias = None if linear.bias is None else float(linear.bias[channel])
    return _sum_products(
        trace.value(patch).detach()[0].reshape(covers).numpy(),
        linear.weight.detach()[channel].reshape(covers).numpy(),
        bias,
        _read_number(trace, layer.node, channel, 0, 0),
    ) | {
        "reads": _name_source(trace, before),
        "reads_shape": list(covers),
        "first_input_channel": 0,
        "rows": list(range(covers[1])),
        "columns": list(range(covers[2])),
    }


def _sum_products(patch: np.ndarray, kernel: np.ndarray, bias: float | None, value: float) -> dict[str, Any]:
    products = patch.astype(np.float64) * kernel.astype(np.float64)  # C×kh×kw
    sums = products.sum(axis=(1, 2))
    total = float(sums.sum()) + (bias or 0.0)
    strongest = np.argsort(-np.abs(sums), kind="stable")[:3]
    return {
        "kind": "products",
        "shape": list(products.shape),
        "count": products.size,
        "patch": _encode(patch.astype("<f4")),
        "kernel": _encode(kernel.astype("<f4")),
        "sums": np.round(sums, 7).tolist(),
        "bias": bias,
        "total": total,
        "value": value,
        "difference": total - value,
        "strongest": [
            {
                "input_channel": int(c),
                "patch": np.round(patch[c].astype(np.float64), 6).tolist(),
                "kernel": np.round(kernel[c].astype(np.float64), 6).tolist(),
                "products": np.round(products[c], 6).tolist(),
                "sum": round(float(sums[c]), 7),
            }
            for c in strongest
        ],
    }


def _list_taps(window: Window, index: int) -> list[int]:
    """The rows, or columns, of its input that a window at `index` reads; outside the input is padding."""
    return [index * window.stride - window.padding + tap * window.dilation for tap in range(window.kernel)]


def _cut_window(x: np.ndarray, windows: tuple[Window, Window], row: int, column: int, fill: float) -> np.ndarray:
    """C×H×W -> C×kh×kw, with `fill` where the window lies outside."""
    _, height, width = x.shape
    rows, columns = np.array(_list_taps(windows[0], row)), np.array(_list_taps(windows[1], column))
    inside = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
    taken = x[:, rows.clip(0, height - 1)[:, None], columns.clip(0, width - 1)]
    return taken if inside.all() else np.where(inside, taken, fill)


# ---------------------------------------------------------------------------------------------------- the other kinds


def _explain_pooling(trace: Trace, node: fx.Node, channel: int, row: int, column: int) -> dict[str, Any]:
    pool, before = pool_of(trace, node), tensor_inputs(trace, node)[0]
    assert pool is not None
    x = trace.value(before).detach()[0, channel : channel + 1].numpy()
    if pool.windows:
        cells = _cut_window(x.astype(np.float64), pool.windows, row, column, np.nan)[0]
        rows, columns = _list_taps(pool.windows[0], row), _list_taps(pool.windows[1], column)
    else:
        assert pool.bins is not None
        (top, bottom), (left, right) = pool.bins[0][row], pool.bins[1][column]
        cells = x[0, top:bottom, left:right].astype(np.float64)
        rows, columns = list(range(top, bottom)), list(range(left, right))
    if pool.operation == "max":
        total = float(np.nanmax(cells))
        winner = [int(i) for i in np.unravel_index(np.nanargmax(cells), cells.shape)]
    else:
        # Zeros of the padding count in the mean, unless the layer says that they do not.
        total = float(np.nansum(cells) / cells.size) if pool.counts_padding else float(np.nanmean(cells))
        winner = None
    value = _read_number(trace, node, channel, row, column)
    return {
        "kind": "window",
        "operation": pool.operation,
        "shape": list(cells.shape),
        "count": cells.size,
        "window": [[None if np.isnan(v) else round(float(v), 6) for v in line] for line in cells],
        "winner": winner,
        "reads": _name_source(trace, before),
        "reads_shape": list(trace.value(before).shape[1:]),
        "rows": rows,
        "columns": columns,
        "total": total,
        "value": value,
        "difference": total - value,
    }


def _explain_join(trace: Trace, layer: Layer, channel: int, row: int, column: int) -> dict[str, Any]:
    node = layer.node
    active = ends_activated(node)
    joint = tensor_inputs(trace, node)[0] if active else node
    sources = tensor_inputs(trace, joint)
    terms = [_read_number(trace, source, channel, row, column) for source in sources]
    total = float(np.sum(terms)) if layer.kind == "sum" else float(np.prod(terms))
    before = total
    if active:
        total = float(_apply_module(trace, node, torch.tensor(total, dtype=trace.value(node).dtype)))
    value = _read_number(trace, node, channel, row, column)
    return {
        "kind": "terms",
        "operation": layer.kind,
        "terms": [{"name": _name_source(trace, s), "value": t} for s, t in zip(sources, terms, strict=True)],
        "joined": before,
        "activation": activation_name(trace, node) if active else None,
        "count": len(terms),
        "total": total,
        "value": value,
        "difference": total - value,
    }


def _explain_norm(trace: Trace, node: fx.Node, channel: int, row: int, column: int) -> dict[str, Any]:
    norm = trace.module(node)
    assert isinstance(norm, nn.BatchNorm2d)
    mean, variance, scale, shift = (
        default if values is None else float(values[channel])
        for values, default in ((norm.running_mean, 0.0), (norm.running_var, 1.0), (norm.weight, 1.0), (norm.bias, 0.0))
    )
    given = _read_number(trace, tensor_inputs(trace, node)[0], channel, row, column)
    return {
        "kind": "norm",
        "input": given,
        "mean": mean,
        "deviation": float(np.sqrt(variance + norm.eps)),
        "scale": scale,
        "shift": shift,
        "total": (given - mean) / float(np.sqrt(variance + norm.eps)) * scale + shift,
    }


def _explain_activation(trace: Trace, node: fx.Node, channel: int, row: int, column: int) -> dict[str, Any]:
    before = tensor_inputs(trace, node)[0]
    return {
        "kind": "activation",
        "function": activation_name(trace, node),
        "input": _read_number(trace, before, channel, row, column),
        "total": _read_number(trace, node, channel, row, column),
    }


def _apply_module(trace: Trace, node: fx.Node, value: Tensor) -> Tensor:
    module = trace.module(node)
    if module is not None:
        return module(value)
    function: Any = node.target if node.op == "call_function" else getattr(torch, operation(node).rstrip("_"))
    return function(value)


def _name_source(trace: Trace, node: fx.Node) -> str:
    """What a visitor calls the source of some numbers: a layer's name, or the input."""
    if node.op == "placeholder":
        return "input"
    for layer in trace.layers.values():
        if layer.node is node:
            return layer.name
    module = trace.module(node)
    if isinstance(module, nn.Identity | nn.Dropout):
        return _name_source(trace, tensor_inputs(trace, node)[0])
    return str(node.target) if module is not None else node.name
