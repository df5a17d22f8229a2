"""What a unit sees: receptive fields by arithmetic are where gradients are, and those of from_scratch."""

from __future__ import annotations

import base64
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor

from apps._networks import fields, tracing
from apps.feature_maps import sums
from from_scratch.convolution import Window, output_size, receptive_field, receptive_field_box
from tests._support.traced import MODELS, a_unit, traced


def support(trace: tracing.Trace, layer: tracing.Layer, unit: tuple[int, int, int]) -> tuple[Tensor, Tensor]:
    """Rows and columns of the input where the gradient of one unit is not zero."""
    value = trace.value(layer.node).reshape(layer.shape)[unit]
    (gradient,) = torch.autograd.grad(value, trace.x, retain_graph=True)
    reached = gradient[0].abs().sum(0) > 0
    return reached.any(1).nonzero().flatten(), reached.any(0).nonzero().flatten()


@pytest.mark.parametrize("name", ["cifar", "bottleneck"])
def test_theoretical_field_is_exactly_where_the_gradient_of_positive_weights_is(name, sweep):
    trace = traced(name, positive=True)
    layers = list(trace.layers.values())
    for seed in sweep.choose(len(layers), 6):
        layer = layers[seed]
        unit = a_unit(layer, seed)
        rows, columns = support(trace, layer, unit)
        assert layer.rows.seen[unit[1]] == (int(rows[0]), int(rows[-1])), layer.name
        assert layer.columns.seen[unit[2]] == (int(columns[0]), int(columns[-1])), layer.name


@pytest.mark.parametrize("name", MODELS)
def test_no_gradient_lies_outside_the_theoretical_field(name, sweep):
    trace = traced(name)
    layers = list(trace.layers.values())
    for seed in sweep.choose(len(layers), 4):
        layer = layers[seed]
        unit = a_unit(layer, seed)
        for axis, index, reached in zip(
            (layer.rows, layer.columns), unit[1:], support(trace, layer, unit), strict=True
        ):
            first, last = axis.seen[index]
            assert all(first <= int(place) <= last for place in reached), layer.name
            whole_first, whole_last = axis.span(index)
            assert whole_first <= first, layer.name
            assert last <= whole_last, layer.name


def test_fields_of_a_chain_are_those_of_from_scratch():
    trace = traced("lenet")
    chain = {
        "conv1": [Window(5, padding=2)],
        "pool1": [Window(5, padding=2), Window(2, 2)],
        "conv2": [Window(5, padding=2), Window(2, 2), Window(5)],
        "pool2": [Window(5, padding=2), Window(2, 2), Window(5), Window(2, 2)],
    }
    for name, windows in chain.items():
        layer = trace.layers[name]
        assert layer.rows.size == layer.columns.size == receptive_field(windows)
        for row in range(layer.shape[1]):
            box = receptive_field_box(windows, row, row, 28, 28)
            assert layer.rows.seen[row] == (box.top, box.bottom - 1)


@pytest.mark.parametrize("seed", range(20))
def test_fields_of_random_chains_are_those_of_from_scratch(seed):
    draw, size = np.random.default_rng(seed), 40
    windows: list[Window] = []
    axis = fields.of_input(size)
    while len(windows) < 5:
        kernel, stride, dilation = (int(draw.integers(1, most)) for most in (5, 4, 3))
        window = Window(kernel, stride, int(draw.integers(0, kernel)), dilation)
        length = len(axis.seen)
        if dilation * (kernel - 1) + 1 > length + 2 * window.padding:
            break
        axis = fields.slide(axis, window, output_size(length, kernel, stride, window.padding, dilation))
        windows.append(window)
    assert windows
    assert axis.size == receptive_field(windows)
    for index in range(len(axis.seen)):
        box = receptive_field_box(windows, index, index, size, size)
        assert axis.seen[index] == ((box.top, box.bottom - 1) if box.bottom > box.top else (0, -1))


def test_resnet18_sees_435_pixels_with_its_imagenet_stem():
    trace = traced("imagenet")
    assert trace.layers["layer4.1"].rows.size == trace.layers["layer4.1"].columns.size == 435
    sizes = [layer.rows.size for name, layer in trace.layers.items() if name.startswith("layer") and name[-2] == "."]
    assert all(before <= after for before, after in pairwise(sizes))
    assert trace.layers["layer1.0"].rows.size == 27  # the longer of its two paths


def test_effective_field_is_the_gradient():
    trace = traced("cifar")
    layer, unit = trace.layers["layer3.0.conv1"], (3, 2, 5)
    found = sums.compute_effective_field(trace, layer, *unit)
    (gradient,) = torch.autograd.grad(trace.value(layer.node)[0][unit], trace.x, retain_graph=True)
    strength = gradient[0].abs().sum(0).numpy()
    codes = np.frombuffer(base64.b64decode(found["values"]), np.uint8).reshape(found["shape"])
    np.testing.assert_allclose(codes / 255, strength / strength.max(), atol=0.5 / 255 + 1e-9)
    strongest = np.sort(strength, axis=None)[::-1]
    count = found["pixels_that_hold_90_percent"]
    assert strongest[:count].sum() >= 0.9 * strength.sum() * (1 - 1e-8) > strongest[: count - 1].sum() * (1 - 1e-6)
    assert 0 < found["share_of_central_quarter"] <= 1


def test_a_shut_relu_has_no_effective_field():
    trace = traced("lenet")
    layer = trace.layers["relu1"]
    unit = tuple(int(i) for i in (trace.value(layer.node)[0] == 0).nonzero()[0])
    found = sums.compute_effective_field(trace, layer, *unit)
    assert found["peak"] == found["pixels_that_hold_90_percent"] == found["share_of_central_quarter"] == 0
