"""Convolution and pooling by hand: every output value is a dot product, or a maximum, or a mean, over one small window.

Tensors are N×C×H×W throughout: N pictures, C channels, H rows, W columns. H' and W' are the height and width of an
output. Everything is built from differentiable steps, so autograd gives the gradients.

What convolution, padding, stride and dilation do to a size is drawn in Dumoulin and Visin, "A guide to convolution
arithmetic for deep learning", https://arxiv.org/abs/1603.07285
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

# ---------------------------------------------------------------------------------------------------- output size


def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """How many places a window finds along one axis:
    floor((size + 2·padding - dilation·(kernel - 1) - 1) / stride) + 1.

    Args:
        size: input pixels along this axis.
        kernel: taps of the window.
        stride: pixels from one place of the window to the next.
        padding: pixels added at each end.
        dilation: pixels from one tap to the next.

    Raises:
        ValueError: an argument is out of range, or the window is larger than the padded input.
    """
    for name, value, least in [
        ("input size", size, 1),
        ("kernel", kernel, 1),
        ("stride", stride, 1),
        ("padding", padding, 0),
        ("dilation", dilation, 1),
    ]:
        if value < least:
            raise ValueError(f"The {name} must be at least {least}, not {value}.")

    span = dilation * (kernel - 1) + 1  # pixels from the first tap to the last, both included
    padded = size + 2 * padding
    if span > padded:
        raise ValueError(
            f"The window spans {span} pixels, the padded input {padded}: add padding or shrink the window."
        )
    return (padded - span) // stride + 1


# ---------------------------------------------------------------------------------------------------- convolution


def conv2d_loops(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    groups: int = 1,
) -> Tensor:
    """Convolution as its definition reads: at each place, filter times patch, summed, plus bias.

    (Strictly a cross-correlation: like every deep-learning library, it does not flip the filter.)

    Args:
        x: N×C×H×W.
        weight: O×(C/groups)×kh×kw, one filter for each of O output channels.
        bias: O values, added to the output channels.
        stride, padding, dilation: see `output_size`.
        groups: the channels are cut into this many groups, and a filter sees only the channels of its own.

    Returns:
        N×O×H'×W', as `torch.nn.functional.conv2d`.

    Raises:
        ValueError: the shapes do not fit together, or no output is left.
    """
    _check_shapes(x, weight, bias, groups)
    filters, depth, kernel_height, kernel_width = weight.shape
    out_height = output_size(x.shape[2], kernel_height, stride, padding, dilation)
    out_width = output_size(x.shape[3], kernel_width, stride, padding, dilation)
    x = F.pad(x, (padding, padding, padding, padding))  # N×C×H×W -> N×C×(H+2p)×(W+2p)

    values = []
    for o in range(filters):
        first = o // (filters // groups) * depth  # the first channel of this filter's group
        for row in range(out_height):
            top = row * stride
            bottom = top + dilation * (kernel_height - 1) + 1
            for column in range(out_width):
                left = column * stride
                right = left + dilation * (kernel_width - 1) + 1
                patch = x[:, first : first + depth, top:bottom:dilation, left:right:dilation]  # N×(C/groups)×kh×kw
                value = (weight[o] * patch).sum(dim=(1, 2, 3))  # -> N
                values.append(value if bias is None else value + bias[o])
    return torch.stack(values, dim=1).reshape(len(x), filters, out_height, out_width)  # N×(O·H'·W') -> N×O×H'×W'


def conv2d_im2col(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    groups: int = 1,
) -> Tensor:
    """The same convolution as one matrix product: filters as rows, patches as columns.

    It copies every pixel up to kh·kw times, and is fast all the same, because matrix products are what processors do
    best (Chellapilla, Puri and Simard, "High performance convolutional neural networks for document processing", 2006).

    Arguments, result and errors are those of `conv2d_loops`.
    """
    _check_shapes(x, weight, bias, groups)
    n, filters, (kernel_height, kernel_width) = len(x), len(weight), weight.shape[2:]
    patches = im2col(x, kernel_height, kernel_width, stride, padding, dilation)  # N×C×kh×kw×H'×W'
    out_height, out_width = patches.shape[4:]

    columns = patches.reshape(n, groups, -1, out_height * out_width)  # -> N×groups×(C/groups·kh·kw)×(H'·W')
    rows = weight.reshape(groups, filters // groups, -1)  # -> groups×(O/groups)×(C/groups·kh·kw)
    out = (rows @ columns).reshape(n, filters, out_height, out_width)  # N×groups×(O/groups)×(H'·W') -> N×O×H'×W'
    return out if bias is None else out + bias[:, None, None]


def im2col(
    x: Tensor, kernel_height: int, kernel_width: int, stride: int, padding: int, dilation: int = 1, fill: float = 0.0
) -> Tensor:
    """Every window's pixels side by side: N×C×H×W -> N×C×kh×kw×H'×W'. The padding holds `fill`."""
    out_height = output_size(x.shape[2], kernel_height, stride, padding, dilation)
    out_width = output_size(x.shape[3], kernel_width, stride, padding, dilation)
    x = F.pad(x, (padding, padding, padding, padding), value=fill)

    # Tap i of the window at place r reads row r·stride + i·dilation; columns likewise.
    rows = dilation * torch.arange(kernel_height)[:, None] + stride * torch.arange(out_height)  # kh×H'
    columns = dilation * torch.arange(kernel_width)[:, None] + stride * torch.arange(out_width)  # kw×W'
    return x[:, :, rows[:, None, :, None], columns[None, :, None, :]]


def depthwise_separable(
    x: Tensor,
    depthwise_weight: Tensor,
    pointwise_weight: Tensor,
    depthwise_bias: Tensor | None = None,
    pointwise_bias: Tensor | None = None,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> Tensor:
    """First look around in each channel by itself, then mix the channels at each pixel by itself.

    A k×k convolution costs k²·C·O multiply-adds per output pixel; this costs k²·C + C·O, nearly k² times less
    (Howard et al., "MobileNets", https://arxiv.org/abs/1704.04861, section 3.1).

    Args:
        x: N×C×H×W.
        depthwise_weight: C×1×kh×kw, one filter per channel.
        pointwise_weight: O×C×1×1.
        depthwise_bias, pointwise_bias: C and O values.
        stride, padding, dilation: of the depthwise step.

    Returns:
        N×O×H'×W'.
    """
    channels = x.shape[1]
    x = conv2d_im2col(x, depthwise_weight, depthwise_bias, stride, padding, dilation, groups=channels)  # N×C×H'×W'
    return conv2d_im2col(x, pointwise_weight, pointwise_bias)  # -> N×O×H'×W'


def _check_shapes(x: Tensor, weight: Tensor, bias: Tensor | None, groups: int) -> None:
    """Raise ValueError unless the shapes of a convolution fit together."""
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(f"Input and weight must have 4 dimensions, not {x.ndim} and {weight.ndim}.")
    if groups < 1 or len(weight) % groups:
        raise ValueError(f"{len(weight)} filters cannot be cut into {groups} equal groups.")
    needed = groups * weight.shape[1]
    if x.shape[1] != needed:
        raise ValueError(f"The input has {x.shape[1]} channels, but the weight with {groups} group(s) needs {needed}.")
    if bias is not None and len(bias) != len(weight):
        raise ValueError(f"{len(weight)} filters need {len(weight)} biases, not {len(bias)}.")


# ---------------------------------------------------------------------------------------------------- pooling


def max_pool2d(x: Tensor, kernel: int, stride: int | None = None, padding: int = 0) -> Tensor:
    """The largest value of each window, N×C×H×W -> N×C×H'×W'; padding never wins, because it is -∞.

    The stride is the kernel unless given. The gradient goes to the largest pixel alone, the first one of equals.

    Raises:
        ValueError: no output is left, or the padding is more than half the kernel: a window could hold padding only.
    """
    _check_pool_padding(kernel, padding)
    stride = kernel if stride is None else stride
    windows = im2col(x, kernel, kernel, stride, padding, fill=-torch.inf)  # N×C×k×k×H'×W'
    return windows.flatten(2, 3).max(dim=2).values  # -> N×C×(k·k)×H'×W' -> N×C×H'×W'


def avg_pool2d(x: Tensor, kernel: int, stride: int | None = None, padding: int = 0) -> Tensor:
    """The mean of each window, N×C×H×W -> N×C×H'×W'; padding counts as zeros, as it does by default in torch.

    The stride is the kernel unless given.

    Raises:
        ValueError: no output is left, or the padding is more than half the kernel.
    """
    _check_pool_padding(kernel, padding)
    stride = kernel if stride is None else stride
    windows = im2col(x, kernel, kernel, stride, padding)  # N×C×k×k×H'×W'
    return windows.mean(dim=(2, 3))  # -> N×C×H'×W'


def lp_pool2d(x: Tensor, kernel: int, stride: int | None = None, p: float = 2.0) -> Tensor:
    """The p-norm of each window, (Σ |x|ᵖ)^(1/p), N×C×H×W -> N×C×H'×W'.

    Where nothing is negative it lies between the maximum (p → ∞) and the sum (p = 1), which is k² times the mean;
    divided by k^(2/p) it is the generalised mean, between mean and maximum (Sermanet, Chintala and LeCun,
    https://arxiv.org/abs/1204.3968). The stride is the kernel unless given.

    Raises:
        ValueError: no output is left.
    """
    windows = im2col(x, kernel, kernel, kernel if stride is None else stride, 0)  # N×C×k×k×H'×W'
    return torch.linalg.vector_norm(windows, p, dim=(2, 3))  # -> N×C×H'×W'; at zero its gradient is zero, not 0/0


def subsample2d(x: Tensor, kernel: int, stride: int | None = None) -> Tensor:
    """The first pixel of each window, N×C×H×W -> N×C×H'×W': what a stride alone keeps. The stride is the kernel unless
    given, and the kernel only says how many windows fit.

    Raises:
        ValueError: no output is left.
    """
    return im2col(x, kernel, kernel, kernel if stride is None else stride, 0)[:, :, 0, 0]


def global_avg_pool2d(x: Tensor) -> Tensor:
    """One mean per channel, N×C×H×W -> N×C×1×1 (Lin et al., "Network in Network", https://arxiv.org/abs/1312.4400)."""
    return x.mean(dim=(2, 3), keepdim=True)


def adaptive_avg_pool2d(x: Tensor, out_height: int, out_width: int) -> Tensor:
    """The mean over out_height × out_width bins that cover any input, N×C×H×W -> N×C×H'×W'; see `adaptive_bins`."""
    return _adaptive_pool2d(x, out_height, out_width, lambda cell: cell.mean(dim=(2, 3)))


def adaptive_max_pool2d(x: Tensor, out_height: int, out_width: int) -> Tensor:
    """The maximum over out_height × out_width bins that cover any input, N×C×H×W -> N×C×H'×W'; see `adaptive_bins`."""
    return _adaptive_pool2d(x, out_height, out_width, lambda cell: cell.flatten(2).max(dim=2).values)


def adaptive_bins(size: int, bins: int) -> list[tuple[int, int]]:
    """Where each bin starts and stops: floor(i·size/bins) and ceil((i+1)·size/bins).

    Bins cover every pixel and differ in size by at most one; they overlap unless `bins` divides `size`.

    Raises:
        ValueError: size or bins is less than 1.
    """
    if size < 1 or bins < 1:
        raise ValueError(f"There must be at least one pixel and one bin, not {size} and {bins}.")
    return [(i * size // bins, -(-(i + 1) * size // bins)) for i in range(bins)]  # -(-a // b) rounds up


def _adaptive_pool2d(x: Tensor, out_height: int, out_width: int, pool: Callable[[Tensor], Tensor]) -> Tensor:
    """Pool each bin of `adaptive_bins` by `pool`, N×C×h×w -> N×C."""
    rows, columns = adaptive_bins(x.shape[2], out_height), adaptive_bins(x.shape[3], out_width)
    values = [pool(x[:, :, top:bottom, left:right]) for top, bottom in rows for left, right in columns]  # each N×C
    return torch.stack(values, dim=2).reshape(*x.shape[:2], out_height, out_width)  # N×C×(H'·W') -> N×C×H'×W'


def _check_pool_padding(kernel: int, padding: int) -> None:
    """Raise ValueError where the padding is more than half the kernel."""
    if 2 * padding > kernel:
        raise ValueError(f"The padding of a pool may be at most half its kernel of {kernel}, not {padding}.")


# ---------------------------------------------------------------------------------------------------- receptive field
# Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019,
# https://distill.pub/2019/computing-receptive-fields/


@dataclass(frozen=True)
class Window:
    """What matters of a convolution or a pool to its receptive field; the same along both axes."""

    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1


class Box(NamedTuple):
    """Rows top … bottom - 1 and columns left … right - 1."""

    top: int
    left: int
    bottom: int
    right: int


def receptive_field(layers: Sequence[Window]) -> int:
    """Side, in input pixels, of what one output unit sees: 1 + Σ dilation·(kernel - 1)·(product of earlier strides).

    `layers` run from the input to the unit. Where paths join, as around a residual block, take the path that sees most.
    """
    size, jump = 1, 1  # jump: input pixels between two neighbours at this depth
    for layer in layers:
        size += layer.dilation * (layer.kernel - 1) * jump
        jump *= layer.stride
    return size


def unclipped_receptive_field_box(layers: Sequence[Window], row: int, column: int) -> Box:
    """Where the whole receptive field of one output unit lies; padding has rows and columns below 0 and past the input.

    From the unit back to the input, its first and last pixel follow
    first = first·stride - padding and last = last·stride - padding + dilation·(kernel - 1).
    """

    def trace(index: int) -> tuple[int, int]:
        first = last = index
        for layer in reversed(layers):
            first = first * layer.stride - layer.padding
            last = last * layer.stride - layer.padding + layer.dilation * (layer.kernel - 1)
        return first, last + 1

    (top, bottom), (left, right) = trace(row), trace(column)
    return Box(top, left, bottom, right)


def receptive_field_box(layers: Sequence[Window], row: int, column: int, height: int, width: int) -> Box:
    """The smallest box around the pixels of a height × width input that reach the output unit at (row, column).

    It is `receptive_field` on each side, less what falls on padding: the input's, or that of any layer between.
    A unit that sees nothing but padding has the empty box (0, 0, 0, 0).

    Raises:
        ValueError: the layers leave no output of this input, or none at (row, column).
    """
    rows, columns = visible_indices(layers, row, height), visible_indices(layers, column, width)
    if not rows or not columns:
        return Box(0, 0, 0, 0)
    return Box(rows[0], columns[0], rows[-1] + 1, columns[-1] + 1)


def visible_indices(layers: Sequence[Window], index: int, size: int) -> list[int]:
    """Along one axis of `size` pixels, those that reach output unit `index`, in order.

    Dilation and stride may leave holes between them.

    Raises:
        ValueError: the layers leave no output, or it has no unit `index`.
    """
    sizes = [size]
    for layer in layers:
        sizes.append(output_size(sizes[-1], layer.kernel, layer.stride, layer.padding, layer.dilation))
    if not 0 <= index < sizes[-1]:
        raise ValueError(f"There is no output unit {index}: choose one from 0 to {sizes[-1] - 1}.")

    seen = {index}
    for layer, size in zip(reversed(layers), reversed(sizes[:-1]), strict=True):
        offsets = [tap * layer.dilation - layer.padding for tap in range(layer.kernel)]
        seen = {i * layer.stride + offset for i in seen for offset in offsets}
        seen = {i for i in seen if 0 <= i < size}  # the rest is padding: it carries nothing from the input
    return sorted(seen)
