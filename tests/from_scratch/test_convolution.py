"""Output size and convolution by hand: torch's values, torch's gradients, and cases worked on paper."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from from_scratch.convolution import conv2d_im2col, conv2d_loops, depthwise_separable, output_size
from tests._support.by_hand import assert_same, few_examples, make_random

both_convolutions = pytest.mark.parametrize("conv2d", [conv2d_loops, conv2d_im2col])


def test_output_size_by_hand():
    """ResNet's stem: (224 + 2·3 - 1·(7 - 1) - 1) / 2 = 111.5, rounded down, plus 1, is 112."""
    assert output_size(224, kernel=7, stride=2, padding=3) == 112


@few_examples
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
@few_examples
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
        make_random(n, channels, height, width),
        make_random(filters, channels // groups, *kernel),
        data.draw(st.sampled_from([None, make_random(filters)])),
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
        conv2d(make_random(*x), make_random(*weight), groups=groups)


@both_convolutions
def test_convolution_refuses_a_bias_that_would_broadcast(conv2d):
    with pytest.raises(ValueError, match="4 filters need 4 biases, not 1"):
        conv2d(make_random(1, 3, 5, 5), make_random(4, 3, 3, 3), make_random(1))


@few_examples
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
        make_random(2, channels, 7, 6),
        make_random(channels, 1, kernel, kernel),
        make_random(filters, channels, 1, 1),
        make_random(channels) if with_bias else None,
        make_random(filters) if with_bias else None,
    )


def test_depthwise_separable_is_a_convolution_with_few_degrees_of_freedom():
    """Its filter for output o and channel c is the channel's one filter, scaled: pointwise[o, c] · depthwise[c]."""
    x, depthwise, pointwise = make_random(2, 3, 6, 6), make_random(3, 1, 3, 3), make_random(4, 3, 1, 1)
    dense = pointwise * depthwise.transpose(0, 1)  # 4×3×1×1 · 1×3×3×3 -> 4×3×3×3
    torch.testing.assert_close(depthwise_separable(x, depthwise, pointwise, padding=1), F.conv2d(x, dense, padding=1))
