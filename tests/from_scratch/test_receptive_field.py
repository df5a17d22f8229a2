"""The receptive field by hand: torch's gradients, published figures, and cases worked on paper."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
import torchvision
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from from_scratch.convolution import (
    Box,
    Window,
    receptive_field,
    receptive_field_box,
    unclipped_receptive_field_box,
    visible_indices,
)


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
