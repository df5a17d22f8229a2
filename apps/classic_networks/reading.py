"""A network read layer by layer, from shapes alone: what each layer does, costs and sees.

The network is on the meta device, where tensors have a shape and no numbers, and recorded as a graph by
`apps._networks.tracing`; no weight is allocated and no picture runs through it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import fx

    from apps._networks.fields import Axis
    from apps._networks.tracing import Trace
    from from_scratch.convolution import Window


@dataclass
class DrawnLayer:
    """One column of the drawing: a layer with whatever follows it value by value, or a place where paths meet.

    Of a transformer, `shape` is the grid of its patches; `tokens` are one more, and `maps` the numbers of attention.
    """

    name: str
    kind: str
    what: str
    reads: list[int]
    shape: tuple[int, int, int]
    local: Axis
    window: str = ""
    first: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    parameters: int = 0
    norm_parameters: int = 0
    macs: int = 0
    weighted: bool = False
    adaptive: bool = False
    aside: bool = False
    sees: int = 1
    tokens: int = 0
    maps: int = 0

    @property
    def activations(self) -> int:
        """Bytes of the values that it gives for one picture, float32, each once: with attention, its maps too.

        Batch norm and activation work in place, as folded layers do: a framework that keeps their inputs for the way
        back needs more. The picture itself is not counted.
        """
        channels, height, width = self.shape
        return 4 * (channels * (self.tokens or height * width) + self.maps) if self.reads else 0


def read_layers(trace: Trace) -> list[DrawnLayer]:
    """The graph's nodes, those that work value by value folded into the layer whose values they take."""
    from apps._networks.fields import of_input
    from apps._networks.tracing import tensor_inputs

    rows: list[DrawnLayer] = []
    row_of: dict[str, int] = {}
    waiting: dict[str, list[fx.Node]] = {}  # steps on values that others read as they were: part of what comes next
    for node in next(iter(trace.layers.values())).node.graph.nodes:
        if node.name not in trace.fields or node.op == "output":
            continue
        if node.op == "placeholder":
            shape = _shape_of(trace, node)
            rows.append(DrawnLayer("input", "input", "the picture", [], shape, of_input(shape[1])))
            row_of[node.name] = 0
            continue
        reads = [row_of[n.name] for n in tensor_inputs(trace, node) if n.name in row_of]
        made = _read_layer(trace, node, rows, reads)
        if made is None:
            [before] = [n for n in tensor_inputs(trace, node) if n.name in row_of]
            word = _name_step(trace, node)
            row_of[node.name] = reads[0]
            if before.name in waiting or len(before.users) > 1:
                waiting[node.name] = [*waiting.get(before.name, []), node]
            else:
                row = rows[reads[0]]
                row.then = (*row.then, word) if word else row.then
                _book_parameters(trace, node, row)
            continue
        for before in tensor_inputs(trace, node):
            for step in waiting.get(before.name, []):
                made.first = (*made.first, word) if (word := _name_step(trace, step)) else made.first
                _book_parameters(trace, step, made)
        _book_parameters(trace, node, made)
        made.sees = trace.fields[node.name][0].size
        rows.append(made)
        row_of[node.name] = len(rows) - 1
    return rows


def _book_parameters(trace: Trace, node: fx.Node, row: DrawnLayer) -> None:
    """Book a node's parameters to the row that it belongs to."""
    from torch import nn

    module = trace.module(node)
    if module is not None:
        count = sum(p.numel() for p in module.parameters())
        row.parameters += count
        row.norm_parameters += count if isinstance(module, nn.BatchNorm2d) else 0


def _read_layer(trace: Trace, node: fx.Node, rows: list[DrawnLayer], reads: list[int]) -> DrawnLayer | None:
    """A row of its own for what has a window or mixes channels, and where paths meet; None for all else."""
    from torch import nn

    from apps._networks.fields import gather, join, slide, whole
    from apps._networks.tracing import conv_windows, operation, pool_of

    value, module, pool = trace.value(node), trace.module(node), pool_of(trace, node)
    shape = _shape_of(trace, node)
    before = [rows[index].local for index in reads]
    path = str(node.target) if module is not None else _module_path(node)
    row = functools.partial(DrawnLayer, path, reads=reads, shape=shape)
    # The multiply-adds of a layer are its outputs times the length of the dot product behind each.
    if isinstance(module, nn.Conv2d):
        window, _ = conv_windows(module)
        depthwise = module.groups == module.in_channels > 1
        kernel = "{}×{}".format(*module.kernel_size)
        return row(
            kind="depthwise" if depthwise else "convolution",
            what=f"{kernel} depthwise convolution" if depthwise else f"{kernel} convolution",
            local=slide(before[0], window, shape[1]),
            window=_name_window(window) + (f", {module.groups} groups" if module.groups > 1 and not depthwise else ""),
            macs=value.numel() * module.weight[0].numel(),
            weighted=True,
        )
    if isinstance(module, nn.Linear):
        return row(
            kind="linear",
            what="linear layer",
            local=whole(before[0]),
            window=f"{module.in_features:,} to {module.out_features:,}",
            macs=value.numel() * module.in_features,
            weighted=True,
        )
    if pool is not None and pool.windows:
        window = pool.windows[0]
        what = f"{window.kernel}×{window.kernel} {pool.operation} pooling"
        return row(kind="pooling", what=what, local=slide(before[0], window, shape[1]), window=_name_window(window))
    if pool is not None and pool.bins:
        return row(
            kind="pooling",
            what=f"{'global' if shape[1] == 1 else 'adaptive'} {pool.operation} pooling",
            local=gather(before[0], pool.bins[0]),
            window=f"{len(before[0].seen)} × {len(before[0].seen)} to {shape[1]} × {shape[2]}",
            adaptive=True,
        )
    if len(set(reads)) < 2:
        return None
    match operation(node).strip("_"):
        case "add" | "iadd":
            return row(kind="sum", what=f"sum of {len(reads)} paths", local=join(before))
        case "cat" | "concat":
            return row(kind="concatenation", what=f"concatenation of {len(reads)} paths", local=join(before))
        case "mul" | "imul":
            gated, gate = min(reads), max(reads)  # the map is there before the gate that is made of it
            while gate > gated:
                rows[gate].aside = True
                gate = rows[gate].reads[0]
            return row(kind="gate", what="gate: every channel times its weight", local=rows[gated].local)
    raise ValueError(f"nobody has said what {operation(node)} is, where {len(reads)} paths meet.")


def _shape_of(trace: Trace, node: fx.Node) -> tuple[int, int, int]:
    channels, height, width = (*trace.value(node).shape[1:], 1, 1)[:3]
    return channels, height, width


def _module_path(node: fx.Node) -> str:
    """The module around a function: its block's path, or the node's own name at the top."""
    path = [str(key) for key in node.meta.get("nn_module_stack") or {}]
    return path[-1] if path and path[-1] else node.name


def _name_window(window: Window) -> str:
    text = f"{window.kernel} × {window.kernel}, stride {window.stride}"
    return f"{text}, padding {window.padding}" if window.padding else text


def _name_step(trace: Trace, node: fx.Node) -> str:
    """What a person calls a step that works value by value; "" for what changes nothing, like dropout or flattening."""
    from torch import nn

    from apps._networks.tracing import activation_name

    if isinstance(trace.module(node), nn.BatchNorm2d):
        return "batch norm"
    name = activation_name(trace, node)
    words = {"relu": "ReLU", "silu": "SiLU", "sigmoid": "sigmoid"}
    return words.get(name.lower(), "")


def find_last_map(rows: list[DrawnLayer]) -> DrawnLayer:
    """The last row before values are averaged over the whole picture, or flattened."""
    return next(row for row in reversed(rows) if row.kind != "linear" and not row.adaptive)
