"""One picture through one network with everything kept: each layer's values, what it sees, and the graph for gradients.

The network is read as a graph by torch.fx, so that it need not be written for this: additions and concatenations are
seen as well as layers. Operations that would overwrite their input get a copy of it, so every recorded value stays what
it was.
"""

from __future__ import annotations

import operator
import threading
import weakref
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

from apps._networks.fields import Axis, gather, join, of_input, slide, whole
from from_scratch.convolution import Window, adaptive_bins

_ACTIVATIONS = (
    nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Hardswish, nn.Hardsigmoid, nn.Sigmoid, nn.Tanh,
)  # fmt: skip
_POINTWISE_MODULES = (*_ACTIVATIONS, nn.BatchNorm2d, nn.Identity, nn.Dropout, nn.Dropout2d)
_ACTIVATION_NAMES = frozenset(
    ("relu", "relu_", "relu6", "leaky_relu", "elu", "gelu", "silu", "hardswish", "hardsigmoid", "sigmoid", "tanh")
)
_POINTWISE_NAMES = _ACTIVATION_NAMES | {"dropout", "stochastic_depth", "contiguous", "clone", "batch_norm", "neg"}
_ADDING = frozenset(("add", "iadd", "add_"))
_MULTIPLYING = frozenset(("mul", "imul", "mul_"))
_JOINING = _ADDING | _MULTIPLYING | {"cat", "concat", "sub", "isub", "sub_", "truediv"}


@dataclass(frozen=True)
class Pool:
    """A pooling window; `bins` instead of `windows` where it adapts to the size."""

    operation: str
    windows: tuple[Window, Window] | None
    bins: tuple[list[tuple[int, int]], list[tuple[int, int]]] | None
    counts_padding: bool = True


@dataclass(frozen=True)
class Layer:
    """One thing that a visitor can look at.

    Attributes:
        name: its module path, like `layer2.0.conv1`.
        kind: convolution, pooling, linear, norm, activation, sum or product; a residual block is the sum at its end.
        node: where it stands in the graph.
        shape: channels, rows, columns; a vector has one row and one column.
        rows, columns: what its units see.
        covers: a linear layer on a flattened map: the map's channels, rows, columns.
    """

    name: str
    kind: str
    node: fx.Node
    shape: tuple[int, int, int]
    rows: Axis
    columns: Axis
    covers: tuple[int, int, int] | None = None


@dataclass
class Trace:
    """A picture's way through a network. `lock` is held while gradients run through its graph.

    `fields` has the rows' and the columns' axis of every recorded value, by the name of its node; `channels_last` names
    those of N×H×W×C, into which a ConvNeXt turns its maps to mix channels.
    """

    model: nn.Module
    graph: fx.Graph
    x: Tensor
    values: dict[str, Tensor]
    layers: dict[str, Layer]
    fields: dict[str, tuple[Axis, Axis]]
    channels_last: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def module(self, node: fx.Node) -> nn.Module | None:
        """The module that a node calls, if it calls one."""
        return self.model.get_submodule(str(node.target)) if node.op == "call_module" else None

    def value(self, node: fx.Node) -> Tensor:
        """What the node gave for this picture, with its batch of one."""
        return self.values[node.name]


def record(model: nn.Module, x: Tensor) -> Trace:
    """Run `model`, in eval mode and its parameters frozen, on one picture of C×H×W.

    Raises:
        ValueError: the network's way depends on the picture, so that it has no fixed graph.
    """
    graph = _graph(model)
    x = x.detach().clone()[None].requires_grad_()
    recorder = _Recorder(model, graph)
    with torch.enable_grad():
        recorder.run(x)
    values = {node.name: value for node, value in recorder.env.items() if isinstance(value, Tensor)}
    trace = Trace(model, graph, x, values, {}, {})
    for node in graph.nodes:
        if node.name in values and (seen := _field(trace, node)):
            trace.fields[node.name] = seen
    trace.layers.update((layer.name, layer) for layer in _layers(trace, graph))
    return trace


def rerun(trace: Trace, instead: Mapping[fx.Node, fx.Node]) -> tuple[Tensor, dict[str, Tensor]]:
    """The traced picture's way once more, with each node of `instead` replaced by the other; the trace stays as it was.

    What comes before the first of them is not computed again. Returns what the network answers, with its batch of one,
    and every value by the name of its node.
    """
    changed: set[fx.Node] = set()
    for node in trace.graph.nodes:
        if node in instead or not changed.isdisjoint(node.all_input_nodes):
            changed.add(node)
    known = {
        node: trace.value(node).detach()
        for node in trace.graph.nodes
        if node not in changed and node.name in trace.values and node.op != "output"
    }
    recorder = _Recorder(trace.model, trace.graph, instead)
    with torch.no_grad():
        answer = recorder.run(initial_env=known)
    return answer, {node.name: value for node, value in recorder.env.items() if isinstance(value, Tensor)}


def peaks(model: nn.Module, x: Tensor, names: Collection[str]) -> dict[str, tuple[Tensor, Tensor]]:
    """Run N pictures, N×C×H×W, and keep of each value named in `names` only its largest number per channel.

    Returns:
        By name the numbers, N×channels, and where each stands in its map, row · columns + column.
    """
    found: dict[str, tuple[Tensor, Tensor]] = {}

    class Peaks(fx.Interpreter):
        def run_node(self, n: fx.Node) -> Any:
            value = super().run_node(n)
            if n.name in names:
                found[n.name] = tuple(value.flatten(2).max(2)) if value.ndim == 4 else (value, torch.zeros_like(value))
            return value

    with torch.inference_mode():
        Peaks(model, graph=_graph(model)).run(x)
    return found


class _Recorder(fx.Interpreter):
    def __init__(self, model: nn.Module, graph: fx.Graph, instead: Mapping[fx.Node, fx.Node] | None = None):
        super().__init__(model, garbage_collect_values=False, graph=graph)
        self.instead = instead or {}

    def run_node(self, n: fx.Node) -> Any:
        if n in self.instead:
            return self.env[self.instead[n]]
        args, kwargs = self.fetch_args_kwargs_from_env(n)
        module = self.fetch_attr(str(n.target)) if n.op == "call_module" else None
        name = operation(n)
        overwrites = (
            getattr(module, "inplace", False)
            or kwargs.get("inplace")
            or (n.op == "call_method" and name.endswith("_"))
            or (n.op == "call_function" and getattr(operator, name, None) is n.target and name.startswith("i"))
        )
        if overwrites and args and isinstance(args[0], Tensor):
            args = (args[0].clone(), *args[1:])
        return getattr(self, n.op)(n.target, args, kwargs)


class _Tracer(fx.Tracer):
    """torch.fx reads a network by replacing `nn.Module.__call__` for everybody; other threads must not notice."""

    def __init__(self) -> None:
        super().__init__()
        self.thread = threading.get_ident()

    def call_module(self, m: nn.Module, forward: Any, args: Any, kwargs: Any) -> Any:
        if threading.get_ident() != self.thread:
            return forward(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        if threading.get_ident() != self.thread:
            return attr_val
        return super().getattr(attr, attr_val, parameter_proxy_cache)


_GRAPHS: weakref.WeakKeyDictionary[nn.Module, fx.Graph] = weakref.WeakKeyDictionary()


def _graph(model: nn.Module) -> fx.Graph:
    if model not in _GRAPHS:
        try:
            _GRAPHS[model] = _Tracer().trace(model)
        except Exception as error:
            raise ValueError(f"This network has no fixed graph to follow: {error}") from error
    return _GRAPHS[model]


def convolutions_before(trace: Trace) -> dict[fx.Node, set[fx.Node]]:
    """The convolutions that lie on any way from the picture to each node."""
    found: dict[fx.Node, set[fx.Node]] = {}
    for node in trace.graph.nodes:
        found[node] = set().union(*(found[n] for n in node.all_input_nodes))
        if isinstance(trace.module(node), nn.Conv2d):
            found[node].add(node)
    return found


def operation(node: fx.Node) -> str:
    """The bare name of what a function or method node calls; "" for others."""
    if node.op == "call_method":
        return str(node.target)
    if node.op == "call_function":
        return str(getattr(node.target, "__name__", node.target))
    return ""


def activation_name(trace: Trace, node: fx.Node) -> str:
    """What a person calls an activation: `ReLU`, or the function's name."""
    module = trace.module(node)
    return type(module).__name__ if module is not None else operation(node).rstrip("_")


def ends_activated(node: fx.Node) -> bool:
    """Whether the last value of a block is its activation instead of the sum or product itself."""
    return operation(node) not in _ADDING | _MULTIPLYING


def tensor_inputs(trace: Trace, node: fx.Node) -> list[fx.Node]:
    """The recorded values that a node reads, in order; x + x lists x twice."""
    found: list[fx.Node] = []

    def keep(n: fx.Node) -> fx.Node:
        found.append(n)
        return n

    fx.node.map_arg((node.args, node.kwargs), keep)
    return [n for n in found if n.name in trace.values]


# ---------------------------------------------------------------------------------------------------- what units see


def conv_windows(conv: nn.Conv2d) -> tuple[Window, Window]:
    """Rows' and columns' window of a convolution, whichever way its padding was stated."""
    if isinstance(conv.padding, str):
        left, _, top, _ = conv._reversed_padding_repeated_twice
    else:
        top, left = conv.padding
    (kh, kw), (sh, sw), (dh, dw) = conv.kernel_size, conv.stride, conv.dilation
    return Window(kh, sh, int(top), dh), Window(kw, sw, int(left), dw)


def pool_of(trace: Trace, node: fx.Node) -> Pool | None:
    """The pooling that a node does, module or function, or None."""
    module = trace.module(node)
    match module:
        case nn.MaxPool2d():
            return Pool("max", _windows(module.kernel_size, module.stride, module.padding, module.dilation), None)
        case nn.AvgPool2d():
            windows = _windows(module.kernel_size, module.stride, module.padding)
            return Pool("mean", windows, None, module.count_include_pad)
        case nn.AdaptiveAvgPool2d() | nn.AdaptiveMaxPool2d():
            return _adaptive(trace, node, "mean" if isinstance(module, nn.AdaptiveAvgPool2d) else "max")
    if node.op == "call_function":
        for function, kind in ((F.max_pool2d, "max"), (F.avg_pool2d, "mean")):
            if node.target is function:
                names = ("input", "kernel_size", "stride", "padding", "dilation" if kind == "max" else "ceil_mode")
                given: dict[str, Any] = dict(zip(names, node.args, strict=False)) | node.kwargs
                windows = _windows(
                    given["kernel_size"], given.get("stride"), given.get("padding", 0), given.get("dilation", 1)
                )
                return Pool(kind, windows, None, given.get("count_include_pad", True))
        if node.target is F.adaptive_avg_pool2d:
            return _adaptive(trace, node, "mean")
        if node.target is F.adaptive_max_pool2d:
            return _adaptive(trace, node, "max")
    return None


def _windows(kernel: Any, stride: Any, padding: Any, dilation: Any = 1) -> tuple[Window, Window]:
    stride = kernel if stride in (None, ()) else stride
    rows, columns = zip(*(_pair(value) for value in (kernel, stride, padding, dilation)), strict=True)
    return Window(*rows), Window(*columns)


def _pair(value: Any) -> tuple[int, int]:
    first, *rest = value if isinstance(value, Sequence) else (value,)
    return first, rest[0] if rest else first


def _adaptive(trace: Trace, node: fx.Node, operation: str) -> Pool:
    before, after = trace.value(tensor_inputs(trace, node)[0]), trace.value(node)
    rows, columns = (adaptive_bins(before.shape[axis], after.shape[axis]) for axis in (-2, -1))
    return Pool(operation, None, (rows, columns))


def _field(trace: Trace, node: fx.Node) -> tuple[Axis, Axis] | None:
    """Rows' and columns' axis; None for a constant of the network, which sees nothing."""
    shape = trace.value(node).shape
    if node.op == "placeholder":
        return of_input(shape[-2]), of_input(shape[-1])
    before = [trace.fields[n.name] for n in tensor_inputs(trace, node) if n.name in trace.fields]
    if not before:
        return None
    first, rest = before[0], before[1:]
    turned = _find_channels_last(trace, node)
    if turned is not None:
        if turned:
            trace.channels_last.add(node.name)
        return first
    module, pool, name = trace.module(node), pool_of(trace, node), operation(node)
    if len(shape) == 4:
        windows = conv_windows(module) if isinstance(module, nn.Conv2d) else pool.windows if pool else None
        if windows:
            return slide(first[0], windows[0], shape[2]), slide(first[1], windows[1], shape[3])
        if pool and pool.bins:
            return gather(first[0], pool.bins[0]), gather(first[1], pool.bins[1])
        if isinstance(module, _POINTWISE_MODULES) or name in _POINTWISE_NAMES or (name in _JOINING and not rest):
            return first
        if name in _JOINING:
            return join([rows for rows, _ in before]), join([columns for _, columns in before])
    # Anything else may look anywhere: the whole of what came before it is a safe answer, and exact for flattening.
    rows, columns = (whole(join([pair[axis] for pair in before])) for axis in (0, 1))
    if len(shape) == 4:
        rows, columns = (Axis(a.start, 0, a.size, a.seen * n) for a, n in ((rows, shape[2]), (columns, shape[3])))
    return rows, columns


def _find_channels_last(trace: Trace, node: fx.Node) -> bool | None:
    """Whether the channels are last after an operation that moves them there or back, or works on each place alone
    while they are; None for any other."""
    last = any(n.name in trace.channels_last for n in tensor_inputs(trace, node))
    module, name = trace.module(node), operation(node)
    if name == "permute":
        given: Any = node.kwargs.get("dims", node.args[1:])
        dims = tuple(given[0] if isinstance(given[0], Sequence) else given)
        return {(False, (0, 2, 3, 1)): True, (True, (0, 3, 1, 2)): False}.get((last, dims))
    if not last:
        return None
    channels = trace.value(tensor_inputs(trace, node)[0]).shape[-1]
    normalises = isinstance(module, nn.LayerNorm) or name == "layer_norm"
    over: Any = module.normalized_shape if isinstance(module, nn.LayerNorm) else (*node.args, ())[1]
    pointwise = isinstance(module, (nn.Linear, *_POINTWISE_MODULES)) or name in _POINTWISE_NAMES
    return True if pointwise or (normalises and tuple(over) == (channels,)) else None


# ---------------------------------------------------------------------------------------------------- what can be shown


def _layers(trace: Trace, graph: fx.Graph) -> list[Layer]:
    """In the order in which they are computed; a residual block under its own path, as the last value that it gives."""
    blocks = _block_ends(trace, graph)
    layers: list[Layer] = []
    names: dict[str, int] = {}
    for node in graph.nodes:
        if node.op in ("placeholder", "output") or node.name not in trace.fields:
            continue
        value = trace.value(node)
        if value.ndim not in (2, 4) or node.name in trace.channels_last:
            continue
        module, covers = trace.module(node), None
        name = blocks.get(node) or (str(node.target) if module is not None else node.name)
        kind = "" if isinstance(module, nn.Identity) else _kind(trace, node)
        if node in blocks:
            kind = "product" if operation(node) in _MULTIPLYING else "sum"
        if kind == "linear":
            covers = _covered(trace, node)
        if not kind or (kind in ("sum", "product") and node not in blocks):
            continue
        names[name] = names.get(name, 0) + 1
        if names[name] > 1:
            name = f"{name}:{names[name]}"  # a module that is used again, as the ReLU of a residual block is
        channels, height, width = (*value.shape[1:], 1, 1)[:3]
        rows, columns = trace.fields[node.name]
        layers.append(Layer(name, kind, node, (channels, height, width), rows, columns, covers))
    return layers


def _kind(trace: Trace, node: fx.Node) -> str:
    module, name = trace.module(node), operation(node)
    if isinstance(module, nn.Conv2d):
        return "convolution"
    if isinstance(module, nn.Linear):
        return "linear" if trace.value(node).ndim == 2 else ""
    if isinstance(module, nn.BatchNorm2d):
        return "norm"
    if pool_of(trace, node):
        return "pooling"
    if isinstance(module, _ACTIVATIONS) or name in _ACTIVATION_NAMES:
        return "activation"
    return ""


def _block_ends(trace: Trace, graph: fx.Graph) -> dict[fx.Node, str]:
    """The sum at the end of each residual block, after its activation, by the path of the block's module."""
    ends: dict[fx.Node, str] = {}
    for node in graph.nodes:
        paths = [n for n in tensor_inputs(trace, node) if n.name in trace.fields]  # a constant is none
        if operation(node) not in _ADDING | _MULTIPLYING or len(paths) < 2:
            continue
        if trace.value(node).ndim != 4:
            continue
        end = node
        if operation(node) in _ADDING and len(node.users) == 1:
            after = next(iter(node.users))
            if after.name in trace.values and _kind(trace, after) == "activation":
                end = after
        path = [str(key) for key in node.meta.get("nn_module_stack") or {}]
        ends[end] = path[-1] if path and path[-1] else node.name
    return ends


def _covered(trace: Trace, node: fx.Node) -> tuple[int, int, int]:
    """The map under a linear layer: C×H×W before flattening, or a vector as C×1×1."""
    source = map_before(trace, node)
    return tuple((*trace.value(source).shape[1:], 1, 1)[:3])


def map_before(trace: Trace, node: fx.Node) -> fx.Node:
    """What a layer reads: past flattening and dropout, which change no number in eval mode."""
    source = tensor_inputs(trace, node)[0]
    while source.op != "placeholder":
        flattens = operation(source) in ("flatten", "view", "reshape") or isinstance(trace.module(source), nn.Flatten)
        silent = operation(source) == "dropout" or isinstance(trace.module(source), (nn.Dropout, nn.Identity))
        if not (flattens or silent):
            break
        source = tensor_inputs(trace, source)[0]
    return source
