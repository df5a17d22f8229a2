"""What a network costs: parameters to keep, and multiply-adds (MACs) to run it on one example.

Nearly all arithmetic of a network is dot products, and a dot product of length L is L multiply-adds. So the cost of a
convolution, a linear layer or a matrix product is the number of values that it puts out, times the length of the dot
product behind each. Bias, normalisation, activation, pooling and softmax are counted as 0, as is the custom: they grow
with the number of values alone. One MAC is two floating-point operations; papers often write "FLOPs" and mean MACs.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

# ---------------------------------------------------------------------------------------------------- on paper


def conv2d_parameters(in_channels: int, out_channels: int, kernel: int, groups: int = 1, bias: bool = True) -> int:
    """out_channels filters of (in_channels/groups)×kernel×kernel, and a bias each."""
    return out_channels * (in_channels // groups) * kernel * kernel + (out_channels if bias else 0)


def conv2d_macs(
    in_channels: int, out_channels: int, kernel: int, out_height: int, out_width: int, groups: int = 1
) -> int:
    """A dot product of length (in_channels/groups)·kernel² for each of out_channels·out_height·out_width values."""
    return out_channels * out_height * out_width * (in_channels // groups) * kernel * kernel


def linear_parameters(in_features: int, out_features: int, bias: bool = True) -> int:
    """An out_features×in_features matrix, and a bias for each output."""
    return out_features * in_features + (out_features if bias else 0)


def linear_macs(in_features: int, out_features: int, positions: int = 1) -> int:
    """A dot product of length in_features for each output, at every position (every token of a sequence, say)."""
    return positions * out_features * in_features


def norm_parameters(channels: int) -> int:
    """A scale and a shift per channel; running averages are buffers, not parameters."""
    return 2 * channels


def attention_parameters(width: int) -> int:
    """Query, key, value and output projections: 4·width² + 4·width, however many heads.

    Vaswani et al., "Attention Is All You Need", https://arxiv.org/abs/1706.03762, section 3.2.2.
    """
    return 4 * linear_parameters(width, width)


def attention_macs(tokens: int, width: int) -> int:
    """For n tokens of width d: four projections, 4·n·d², and two products of all tokens with all tokens, 2·n²·d."""
    projections = 4 * linear_macs(width, width, positions=tokens)
    scores = tokens * tokens * width  # every query times every key: n×n values of length d, cut into heads or not
    mixing = tokens * width * tokens  # for every token the weighted mean of all values: n×d values of length n
    return projections + scores + mixing


def key_value_cache_bytes(layers: int, heads: int, head_width: int, tokens: int, bytes_each: int = 2) -> int:
    """Keys and values of all past tokens, kept while a decoder writes; `heads` counts those of keys, not of queries.

    With fewer of them than queries (https://arxiv.org/abs/2305.13245) the cache shrinks in proportion.
    """
    return 2 * layers * heads * head_width * tokens * bytes_each


# ---------------------------------------------------------------------------------------------------- of any model


@dataclass(frozen=True)
class LayerCost:
    """One call of one layer; shapes include a batch of one."""

    name: str  # as in `model.named_modules()`; "" is the model itself
    kind: str  # its class
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    parameters: int
    macs: int


def parameters(model: nn.Module) -> int:
    """How many numbers training adjusts; a parameter that is shared counts once."""
    return sum(p.numel() for p in model.parameters())


def macs(model: nn.Module, input_shape: Sequence[int]) -> int:
    """Multiply-adds of one forward pass on one example of `input_shape`, such as (3, 224, 224)."""
    return sum(cost.macs for cost in layer_costs(model, input_shape))


def layer_costs(model: nn.Module, input_shape: Sequence[int]) -> list[LayerCost]:
    """Every layer's cost, in the order in which they start, for one example of `input_shape`, such as (3, 224, 224).

    The model runs once in evaluation mode on the meta device, where tensors have a shape and no numbers: it takes
    no memory and little time, and `model` itself is neither run nor changed.

    There is a row for every call of a layer without sublayers, and for every other module that has parameters or
    arithmetic of its own (a class token, the products of an attention). A parameter belongs to the innermost module
    around it that runs: attention's output projection, which is never called as a layer, belongs to the attention.
    So the rows add up to exactly `parameters(model)`; a layer that is called twice shows its parameters the first time.

    Raises:
        ValueError: the model does not run on an example of this shape, or its path depends on the numbers themselves.
    """
    twin = _copy_to_meta(model).eval()
    dtype = next((p.dtype for p in twin.parameters() if p.is_floating_point()), torch.get_default_dtype())
    calls: list[_Call] = []
    running: list[_Call] = []  # the innermost last

    def note_start(name: str, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        running.append(_Call(name, module, _find_shape([args, kwargs])))
        calls.append(running[-1])

    def note_end(output: Any) -> None:
        running.pop().output_shape = _find_shape(output)

    for name, module in twin.named_modules():
        module.register_forward_pre_hook(lambda m, a, k, name=name: note_start(name, m, a, k), with_kwargs=True)
        module.register_forward_hook(lambda m, a, output: note_end(output))

    try:
        with torch.no_grad(), _CountDotProducts(running):
            twin(torch.empty(1, *input_shape, dtype=dtype, device="meta"))
    except (RuntimeError, AssertionError) as error:
        shape = "×".join(map(str, input_shape))
        raise ValueError(f"{type(model).__name__} could not run on an example of {shape}: {error}") from error

    _assign_parameters(twin, calls)
    return [
        LayerCost(
            call.name, type(call.module).__name__, call.input_shape, call.output_shape, call.parameters, call.macs
        )
        for call in calls
        if call.parameters or call.macs or not any(call.module.children())
    ]


@dataclass
class _Call:
    name: str
    module: nn.Module
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...] = ()
    parameters: int = 0
    macs: int = 0


class _CountDotProducts(TorchDispatchMode):
    """Adds the dot products of each basic operation that torch carries out to the innermost running module.

    All layers come down to these few: attention to addmm and bmm, an LSTM to addmm, einsum to bmm.
    """

    def __init__(self, running: list[_Call]):
        super().__init__()
        self.running = running

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        aten, operation = torch.ops.aten, func.overloadpacket
        if operation in (aten.mm, aten.bmm, aten.mv, aten.dot):
            self.running[-1].macs += out.numel() * args[0].shape[-1]
        elif operation in (aten.addmm, aten.baddbmm, aten.addmv):  # args[0] is what is added
            self.running[-1].macs += out.numel() * args[1].shape[-1]
        elif operation is aten.convolution:
            x, weight, transposed = args[0], args[1], args[6]
            # A transposed convolution is the same run backwards: each *input* value meets one filter.
            values = x.numel() if transposed else out.numel()
            self.running[-1].macs += values * weight[0].numel()
        return out


def _copy_to_meta(model: nn.Module) -> nn.Module:
    """A copy of the model whose tensors have a shape and no numbers; no tensor of the model is copied."""
    shapes: dict[int, Any] = {}
    for p in model.parameters():
        shapes[id(p)] = nn.Parameter(torch.empty_like(p, device="meta"), requires_grad=p.requires_grad)
    for b in model.buffers():
        shapes[id(b)] = torch.empty_like(b, device="meta")
    return copy.deepcopy(model, shapes)


def _assign_parameters(model: nn.Module, calls: list[_Call]) -> None:
    """Add each parameter's count to the first call of the innermost module around it that runs."""
    first_call: dict[str, _Call] = {}
    for call in calls:
        first_call.setdefault(call.name, call)
    for path, parameter in model.named_parameters():
        owner = path.rpartition(".")[0]
        while owner not in first_call:
            owner = owner.rpartition(".")[0]
        first_call[owner].parameters += parameter.numel()


def _find_shape(value: Any) -> tuple[int, ...]:
    """Shape of the first tensor in a possibly nested value; () where there is none."""
    if isinstance(value, Tensor):
        return tuple(value.shape)
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return next((shape for part in parts if (shape := _find_shape(part))), ())
