"""Convolution, pooling and receptive field by hand: torch's values, torch's gradients, and cases worked on paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
import torchvision
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from from_scratch.convolution import (
    Box,
    Window,
    adaptive_avg_pool2d,
    adaptive_bins,
    adaptive_max_pool2d,
    avg_pool2d,
    conv2d_im2col,
    conv2d_loops,
    depthwise_separable,
    global_avg_pool2d,
    lp_pool2d,
    max_pool2d,
    output_size,
    receptive_field,
    receptive_field_box,
    subsample2d,
    unclipped_receptive_field_box,
    visible_indices,
)

sweep = settings(max_examples=60, deadline=None)
both_convolutions = pytest.mark.parametrize("conv2d", [conv2d_loops, conv2d_im2col])


def random(*shape: int) -> Tensor:
    seed = torch.Generator().manual_seed(sum(shape))
    return torch.randn(shape, generator=seed, dtype=torch.float64)


def assert_same(ours: Callable[..., Tensor], theirs: Callable[..., Tensor], *inputs: Tensor | None) -> None:
    """Equal values, and equal gradients of a random weighting of the output with respect to every input."""
    outputs, gradients = [], []
    for function in (ours, theirs):
        copies = [None if value is None else value.clone().requires_grad_() for value in inputs]
        out = function(*copies)
        leaves = [value for value in copies if value is not None]
        gradients.append(torch.autograd.grad(out, leaves, random(*out.shape)))
        outputs.append(out)
    torch.testing.assert_close(outputs[0], outputs[1])
    torch.testing.assert_close(gradients[0], gradients[1])


# ------------------------------------------------------------------------------------------------ output size


def test_output_size_by_hand():
    """ResNet's stem: (224 + 2·3 - 1·(7 - 1) - 1) / 2 = 111.5, rounded down, plus 1, is 112."""
    assert output_size(224, kernel=7, stride=2, padding=3) == 112


@sweep
@given(
    size=st.integers(1, 30),
    kernel=st.integers(1, 7),
    stride=st.integers(1, 5),
    padding=st.integers(0, 5),
    dilation=st.integers(1, 4),
)
def test_output_size_counts_the_places_of_the_window(size, kernel, stride, padding, dilation):
    span = dilation * (kernel - 1) + 1
    places = [start for start in range(0, size + 2 * padding, stride) if start + span <= size + 2 * padding]
    if places:
        assert output_size(size, kernel, stride, padding, dilation) == len(places)
    else:
        with pytest.raises(ValueError, match=f"spans {span} pixels, the padded input {size + 2 * padding}"):
            output_size(size, kernel, stride, padding, dilation)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"size": 0, "kernel": 1}, "input size must be at least 1, not 0"),
        ({"size": 5, "kernel": 0}, "kernel must be at least 1, not 0"),
        ({"size": 5, "kernel": 3, "stride": 0}, "stride must be at least 1, not 0"),
        ({"size": 5, "kernel": 3, "padding": -1}, "padding must be at least 0, not -1"),
        ({"size": 5, "kernel": 3, "dilation": 0}, "dilation must be at least 1, not 0"),
    ],
)
def test_output_size_refuses(arguments, says):
    with pytest.raises(ValueError, match=says):
        output_size(**arguments)


# ------------------------------------------------------------------------------------------------ convolution


@both_convolutions
def test_convolution_by_hand(conv2d):
    """A 2×2 filter on the numbers 1 to 9, with bias 100.

    1 2 3         1 2        top left:   1·1 + 2·2 + 3·4 + 4·5 = 37      top right:    1·2 + 2·3 + 3·5 + 4·6 = 47
    4 5 6   with  3 4        low left:   1·4 + 2·5 + 3·7 + 4·8 = 67      low right:    1·5 + 2·6 + 3·8 + 4·9 = 77
    7 8 9
    The pixel 5 meets all four taps, so the sum of the output changes by 1 + 2 + 3 + 4 = 10 with it; the pixel 1 meets
    only the first. The first tap meets the pixels 1, 2, 4, 5, so its gradient is 12; the bias counts for four outputs.
    """
    x = torch.arange(1.0, 10.0, dtype=torch.float64).reshape(1, 1, 3, 3).requires_grad_()
    weight = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]], dtype=torch.float64, requires_grad=True)
    bias = torch.tensor([100.0], dtype=torch.float64, requires_grad=True)

    out = conv2d(x, weight, bias)
    assert out.tolist() == [[[[137, 147], [167, 177]]]]

    to_x, to_weight, to_bias = torch.autograd.grad(out.sum(), [x, weight, bias])
    assert to_x.tolist() == [[[[1, 3, 2], [4, 10, 6], [3, 7, 4]]]]
    assert to_weight.tolist() == [[[[12, 16], [24, 28]]]]
    assert to_bias.tolist() == [4]


@both_convolutions
@sweep
@given(data=st.data())
def test_convolution_is_torchs(conv2d, data):
    def draw(low: int, high: int) -> int:
        return data.draw(st.integers(low, high))

    n, groups = draw(1, 2), draw(1, 3)
    channels, filters = groups * draw(1, 2), groups * draw(1, 2)
    stride, padding, dilation = draw(1, 3), draw(0, 3), draw(1, 3)
    kernel = draw(1, 3), draw(1, 3)
    least = [max(1, dilation * (k - 1) + 1 - 2 * padding) for k in kernel]
    height, width = (draw(low, low + 4) for low in least)

    assert_same(
        lambda x, weight, bias: conv2d(x, weight, bias, stride, padding, dilation, groups),
        lambda x, weight, bias: F.conv2d(x, weight, bias, stride, padding, dilation, groups),
        random(n, channels, height, width),
        random(filters, channels // groups, *kernel),
        data.draw(st.sampled_from([None, random(filters)])),
    )


@both_convolutions
@pytest.mark.parametrize(
    ("x", "weight", "groups", "says"),
    [
        ((1, 3, 5, 5), (4, 2, 3, 3), 1, r"input has 3 channels, but the weight with 1 group\(s\) needs 2"),
        ((1, 4, 5, 5), (4, 4, 3, 3), 2, r"input has 4 channels, but the weight with 2 group\(s\) needs 8"),
        ((1, 6, 5, 5), (4, 2, 3, 3), 3, "4 filters cannot be cut into 3 equal groups"),
        ((1, 6, 5, 5), (4, 2, 3, 3), 0, "4 filters cannot be cut into 0 equal groups"),
        ((3, 5, 5), (4, 3, 3, 3), 1, "must have 4 dimensions, not 3 and 4"),
        ((1, 3, 2, 5), (4, 3, 3, 3), 1, "spans 3 pixels, the padded input 2"),
    ],
)
def test_convolution_refuses(conv2d, x, weight, groups, says):
    with pytest.raises(ValueError, match=says):
        conv2d(random(*x), random(*weight), groups=groups)


@both_convolutions
def test_convolution_refuses_a_bias_that_would_broadcast(conv2d):
    with pytest.raises(ValueError, match="4 filters need 4 biases, not 1"):
        conv2d(random(1, 3, 5, 5), random(4, 3, 3, 3), random(1))


@sweep
@given(
    channels=st.integers(1, 3),
    filters=st.integers(1, 3),
    kernel=st.integers(1, 3),
    stride=st.integers(1, 2),
    padding=st.integers(0, 2),
    dilation=st.integers(1, 2),
    with_bias=st.booleans(),
)
def test_depthwise_separable_is_two_convolutions(channels, filters, kernel, stride, padding, dilation, with_bias):
    def ours(x, depthwise, pointwise, depthwise_bias, pointwise_bias):
        return depthwise_separable(x, depthwise, pointwise, depthwise_bias, pointwise_bias, stride, padding, dilation)

    def theirs(x, depthwise, pointwise, depthwise_bias, pointwise_bias):
        x = F.conv2d(x, depthwise, depthwise_bias, stride, padding, dilation, groups=channels)
        return F.conv2d(x, pointwise, pointwise_bias)

    assert_same(
        ours,
        theirs,
        random(2, channels, 7, 6),
        random(channels, 1, kernel, kernel),
        random(filters, channels, 1, 1),
        random(channels) if with_bias else None,
        random(filters) if with_bias else None,
    )


def test_depthwise_separable_is_a_convolution_with_few_degrees_of_freedom():
    """Its filter for output o and channel c is the channel's one filter, scaled: pointwise[o, c] · depthwise[c]."""
    x, depthwise, pointwise = random(2, 3, 6, 6), random(3, 1, 3, 3), random(4, 3, 1, 1)
    dense = pointwise * depthwise.transpose(0, 1)  # 4×3×1×1 · 1×3×3×3 -> 4×3×3×3
    torch.testing.assert_close(depthwise_separable(x, depthwise, pointwise, padding=1), F.conv2d(x, dense, padding=1))


# ------------------------------------------------------------------------------------------------ pooling


def test_pooling_by_hand():
    """2×2 windows of   1 5 2 0   have the maxima 6 and 9 and the means (1+5+3+6)/4 = 3.75 and (2+0+9+1)/4 = 3;
    3 6 9 1   the gradient of the maxima reaches 6 and 9 alone, that of the means every pixel by 1/4.
    """
    x = torch.tensor([[[[1.0, 5, 2, 0], [3, 6, 9, 1]]]], requires_grad=True)
    largest, mean = max_pool2d(x, 2), avg_pool2d(x, 2)
    assert largest.tolist() == [[[[6, 9]]]]
    assert mean.tolist() == [[[[3.75, 3]]]]
    assert torch.autograd.grad(largest.sum(), x)[0].tolist() == [[[[0, 0, 0, 0], [0, 1, 1, 0]]]]
    assert torch.autograd.grad(mean.sum(), x)[0].tolist() == [[[[0.25] * 4, [0.25] * 4]]]
    assert global_avg_pool2d(x).tolist() == [[[[27 / 8]]]]


@pytest.mark.parametrize(("ours", "theirs"), [(max_pool2d, F.max_pool2d), (avg_pool2d, F.avg_pool2d)])
@sweep
@given(
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    kernel=st.integers(1, 4),
    stride=st.none() | st.integers(1, 4),
    padding=st.integers(0, 2),
)
def test_pooling_is_torchs(ours, theirs, height, width, kernel, stride, padding):
    assume(2 * padding <= kernel <= min(height, width) + 2 * padding)
    assert_same(
        lambda x: ours(x, kernel, stride, padding),
        lambda x: theirs(x, kernel, stride, padding),
        random(2, 3, height, width),
    )


def test_lp_pooling_and_a_stride_alone_by_hand():
    """The window 3 4 / 0 0 has the norm √(9 + 16) = 5; of its four pixels a stride of 2 keeps the 3."""
    x = torch.tensor([[[[3.0, 4, 1, 1], [0, 0, 1, -1]]]], requires_grad=True)
    norm = lp_pool2d(x, 2)
    assert norm.tolist() == [[[[5, 2]]]]
    assert torch.autograd.grad(norm.sum(), x)[0].tolist()[0][0][0][:2] == pytest.approx([0.6, 0.8])
    assert subsample2d(x, 2).tolist() == [[[[3, 1]]]]
    assert lp_pool2d(x.abs(), 2, p=1).tolist() == [[[[7, 4]]]]
    assert lp_pool2d(x, 2, p=torch.inf).tolist() == [[[[4, 1]]]]


@sweep
@given(
    height=st.integers(1, 9), width=st.integers(1, 9), kernel=st.integers(1, 4), stride=st.none() | st.integers(1, 4)
)
def test_lp_pooling_and_a_stride_alone_are_torchs(height, width, kernel, stride):
    assume(kernel <= min(height, width))
    x = random(2, 3, height, width)
    assert_same(lambda x: lp_pool2d(x, kernel, stride), lambda x: F.lp_pool2d(x, 2.0, kernel, stride), x)
    assert_same(lambda x: lp_pool2d(x, kernel, stride, 4), lambda x: F.lp_pool2d(x, 4.0, kernel, stride), x)
    # As many as windows fit, and of each the pixel that a pool of one pixel takes.
    rows, columns = max_pool2d(x, kernel, stride).shape[2:]
    step = kernel if stride is None else stride
    assert_same(lambda x: subsample2d(x, kernel, stride), lambda x: F.max_pool2d(x, 1, step)[:, :, :rows, :columns], x)


def test_lp_pooling_of_nothing_has_no_gradient():
    x = torch.zeros(1, 1, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.grad(lp_pool2d(x, 2).sum(), x)[0].abs().sum() == 0


def test_of_equal_pixels_the_first_gets_the_gradient():
    """Half of all pixels are 0 after a ReLU, so windows of equals are the rule."""
    x = random(2, 3, 8, 8).relu().round()
    assert_same(lambda x: max_pool2d(x, 3, 2, 1), lambda x: F.max_pool2d(x, 3, 2, 1), x)
    assert_same(lambda x: adaptive_max_pool2d(x, 3, 3), lambda x: F.adaptive_max_pool2d(x, (3, 3)), x)


@pytest.mark.parametrize("pool", [max_pool2d, avg_pool2d])
def test_pooling_refuses(pool):
    with pytest.raises(ValueError, match="at most half its kernel of 3, not 2"):
        pool(random(1, 1, 8, 8), 3, padding=2)
    with pytest.raises(ValueError, match="stride must be at least 1, not 0"):
        pool(random(1, 1, 8, 8), 2, stride=0)
    with pytest.raises(ValueError, match="spans 3 pixels, the padded input 2"):
        pool(random(1, 1, 2, 2), 3)


def test_adaptive_bins_by_hand():
    """Three bins of five pixels start at 0, 5/3 and 10/3, rounded down, and stop at 5/3, 10/3 and 5, rounded up."""
    assert adaptive_bins(5, 3) == [(0, 2), (1, 4), (3, 5)]
    x = torch.tensor([[[[1.0, 2, 3, 4, 5]]]])
    assert adaptive_avg_pool2d(x, 1, 3).tolist() == [[[[1.5, 3, 4.5]]]]
    assert adaptive_max_pool2d(x, 1, 3).tolist() == [[[[2, 4, 5]]]]
    with pytest.raises(ValueError, match="at least one pixel and one bin, not 5 and 0"):
        adaptive_bins(5, 0)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(adaptive_avg_pool2d, F.adaptive_avg_pool2d), (adaptive_max_pool2d, F.adaptive_max_pool2d)],
)
@sweep
@given(size=st.tuples(st.integers(1, 9), st.integers(1, 9)), out=st.tuples(st.integers(1, 6), st.integers(1, 6)))
def test_adaptive_pooling_is_torchs(ours, theirs, size, out):
    assert_same(lambda x: ours(x, *out), lambda x: theirs(x, out), random(2, 3, *size))


def test_global_pooling_is_torchs():
    assert_same(global_avg_pool2d, lambda x: F.adaptive_avg_pool2d(x, 1), random(2, 3, 5, 4))


# ------------------------------------------------------------------------------------------------ receptive field


def test_receptive_field_by_hand():
    """LeNet's conv1 (5×5, padding 2), pool1 (2×2, stride 2), conv2 (5×5), on 28×28.

    Side: 1 + 4·1 + 1·1 + 4·2 = 14. The unit at (0, 0) of conv2 sees rows 0 … 4 of pool1, so rows 0 … 9 of conv1, so
    rows -2 … 11 of the input; the two above the picture are padding. The unit at (9, 3): rows 9 … 13, 18 … 27, 16 … 29
    and columns 3 … 7, 6 … 15, 4 … 17.
    """
    layers = [Window(5, padding=2), Window(2, stride=2), Window(5)]
    assert receptive_field(layers) == 14
    assert unclipped_receptive_field_box(layers, 0, 0) == Box(-2, -2, 12, 12)
    assert receptive_field_box(layers, 0, 0, 28, 28) == Box(0, 0, 12, 12)
    assert unclipped_receptive_field_box(layers, 9, 3) == Box(16, 4, 30, 18)
    assert receptive_field_box(layers, 9, 3, 28, 28) == Box(16, 4, 28, 18)


def test_padding_between_layers_hides_pixels_too():
    """Of 4 pixels the first layer reads only 0 and 2. The second, at its last place, reads that pair and one padding.

    Clipping at the input alone would claim rows 0 … 3; row 3 is read by nobody.
    """
    layers = [Window(1, stride=2), Window(3, padding=1)]
    assert unclipped_receptive_field_box(layers, 1, 1) == Box(0, 0, 5, 5)
    assert receptive_field_box(layers, 1, 1, 4, 4) == Box(0, 0, 3, 3)
    assert visible_indices(layers, 1, 4) == [0, 2]


def window(layer: Any) -> Window:
    """The settings of a square torch layer; those of pools are numbers, those of convolutions pairs."""
    numbers = [layer.kernel_size, layer.stride, layer.padding, layer.dilation]
    return Window(*(number[0] if isinstance(number, tuple) else number for number in numbers))


def resnet_path(model: Any) -> list[Window]:
    """Through every block's convolutions, past the shortcuts."""
    blocks = [block for stage in (model.layer1, model.layer2, model.layer3, model.layer4) for block in stage]
    inside = [layer for block in blocks for layer in block.children() if isinstance(layer, nn.Conv2d)]
    return [window(layer) for layer in (model.conv1, model.maxpool, *inside)]


def vgg_path(model: Any) -> list[Window]:
    return [window(layer) for layer in model.features if isinstance(layer, nn.Conv2d | nn.MaxPool2d)]


@pytest.mark.parametrize(
    ("name", "path", "side"),
    [("vgg16", vgg_path, 212), ("resnet18", resnet_path, 435), ("resnet50", resnet_path, 427)],
)
def test_known_networks(name, path, side):
    """The same layers along one axis, all weights positive: a unit's gradient spans its receptive field."""
    with torch.device("meta"):
        layers = path(torchvision.models.get_model(name, weights=None))
    assert receptive_field(layers) == side

    size = 1024
    signal = torch.ones(1, 1, size, dtype=torch.float64, requires_grad=True)
    out = signal
    for layer in layers:
        mean = torch.full((1, 1, layer.kernel), 1 / layer.kernel, dtype=torch.float64)
        out = F.conv1d(out, mean, None, layer.stride, layer.padding, layer.dilation)
    unit = out.shape[-1] // 2
    out[0, 0, unit].backward()
    assert signal.grad is not None
    seen = signal.grad[0, 0].nonzero().flatten().tolist()
    assert seen == visible_indices(layers, unit, size)
    assert seen[-1] - seen[0] + 1 == side


def test_where_resnet50_strides():
    """A 3×3 convolution sees twice as far after a stride of 2 as before it, so it matters where in a stage that stands.

    In the paper (He et al. 2015) it is the first 1×1 of the stages 2 to 4; in TF-Slim, whence Araujo et al. have
    their figure, the last 3×3 of the stages 1 to 3. Both see 483 pixels. torchvision strides in the first 3×3, which
    itself does not profit: 2·(4 + 8 + 16) = 56 pixels less, 427.
    """
    stem, block = [Window(7, 2, 3), Window(3, 2, 1)], [Window(1), Window(3, 1, 1), Window(1)]
    first_strides = [Window(1, 2), Window(3, 1, 1), Window(1)]
    last_strides = [Window(1), Window(3, 2, 1), Window(1)]

    paper = stem + block * 3
    for blocks in (4, 6, 3):
        paper += first_strides + block * (blocks - 1)
    slim = list(stem)
    for blocks in (3, 4, 6):
        slim += block * (blocks - 1) + last_strides
    slim += block * 3

    assert receptive_field(paper) == receptive_field(slim) == 483


windows = st.builds(
    Window, kernel=st.integers(1, 4), stride=st.integers(1, 3), padding=st.integers(0, 2), dilation=st.integers(1, 3)
)


@settings(max_examples=150, deadline=None)
@given(
    layers=st.lists(windows, min_size=1, max_size=3),
    height=st.integers(4, 16),
    width=st.integers(4, 16),
    data=st.data(),
)
def test_box_is_where_the_gradient_is(layers, height, width, data):
    """With positive weights nothing cancels: a pixel has a gradient exactly if the output unit sees it."""
    x = torch.ones(1, 1, height, width, dtype=torch.float64, requires_grad=True)
    out = x
    for layer in layers:
        span = layer.dilation * (layer.kernel - 1) + 1
        assume(span <= min(out.shape[2:]) + 2 * layer.padding)
        ones = torch.ones(1, 1, layer.kernel, layer.kernel, dtype=torch.float64)
        out = F.conv2d(out, ones, None, layer.stride, layer.padding, layer.dilation)
    row = data.draw(st.integers(0, out.shape[2] - 1))
    column = data.draw(st.integers(0, out.shape[3] - 1))

    (gradient,) = torch.autograd.grad(out[0, 0, row, column], x)
    seen = gradient[0, 0] > 0
    rows, columns = visible_indices(layers, row, height), visible_indices(layers, column, width)
    expected = torch.zeros(height, width, dtype=torch.bool)
    expected[torch.tensor(rows, dtype=torch.long)[:, None], torch.tensor(columns, dtype=torch.long)] = True
    assert torch.equal(seen, expected)

    box = receptive_field_box(layers, row, column, height, width)
    inside = seen.nonzero()
    if len(inside):
        (top, left), (bottom, right) = inside.amin(dim=0).tolist(), inside.amax(dim=0).tolist()
        assert box == (top, left, bottom + 1, right + 1)
    else:
        assert box == (0, 0, 0, 0)

    whole = unclipped_receptive_field_box(layers, row, column)
    assert whole.bottom - whole.top == whole.right - whole.left == receptive_field(layers)
    if len(inside):
        assert whole.top <= box.top
        assert whole.left <= box.left
        assert box.bottom <= whole.bottom
        assert box.right <= whole.right
    deep = receptive_field_box(layers, 50, 50, 2000, 2000)  # a unit far from every edge sees all of its field
    assert deep == unclipped_receptive_field_box(layers, 50, 50)


def test_a_unit_that_sees_only_padding():
    assert receptive_field_box([Window(1, padding=1)], 0, 0, 3, 3) == Box(0, 0, 0, 0)
    assert receptive_field_box([Window(1, padding=1)], 1, 3, 3, 3) == Box(0, 2, 1, 3)


@pytest.mark.parametrize(("row", "column"), [(-1, 0), (0, 6), (6, 0)])
def test_a_unit_that_does_not_exist(row, column):
    with pytest.raises(ValueError, match="choose one from 0 to 5"):
        receptive_field_box([Window(3)], row, column, 8, 8)


def test_no_layers_see_one_pixel():
    assert receptive_field([]) == 1
    assert receptive_field_box([], 2, 3, 8, 8) == Box(2, 3, 3, 4)
