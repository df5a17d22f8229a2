"""Feature maps: the maps are the network's, every sum adds up, and every receptive field is what gradients say."""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor, nn

import zoo
from apps import _fields, _maps, _networks, _sums, _traces, _tracing
from apps._inputs import BadInput
from apps.feature_maps import (
    EXHIBIT,
    compute_feature_maps,
    compute_output_size,
    describe_filters,
    locate_receptive_field,
)
from from_scratch.convolution import Window, output_size, receptive_field, receptive_field_box

CNNS = [release.reference for release in _networks.cnns()]


class Everything(nn.Module):
    """What the zoo's networks do not have: dilation, groups, "same" padding, functions, a branch, and a gate."""

    def __init__(self):
        super().__init__()
        self.wide = nn.Conv2d(3, 8, (3, 5), stride=2, padding=(1, 2), dilation=(2, 1))
        self.same = nn.Conv2d(8, 8, 4, padding="same", groups=4)
        self.mirrored = nn.Conv2d(8, 6, 3, padding=1, padding_mode="reflect")
        self.gate = nn.Conv2d(14, 14, 1)
        self.norm = nn.BatchNorm2d(14, affine=False)
        self.head = nn.Linear(14 * 9, 5, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.wide(x), inplace=True)
        x = F.avg_pool2d(x, 3, stride=1, padding=1)
        x = torch.cat([self.same(x), self.mirrored(x)], 1)
        x = x * torch.sigmoid(self.gate(F.adaptive_avg_pool2d(x, 1)))
        x = F.max_pool2d(self.norm(x), 2, ceil_mode=True)
        return self.head(torch.flatten(F.adaptive_avg_pool2d(x, 3), 1))


def randomise(model: nn.Module, positive: bool = False) -> nn.Module:
    """Float64, in eval mode, frozen; every weight and statistic random. If positive, no ReLU ever shuts."""
    generator = torch.Generator().manual_seed(0)
    model = model.double().eval().requires_grad_(False)
    for name, values in [*model.named_parameters(), *model.named_buffers()]:
        if values.is_floating_point():
            fan = max(1, values[0].numel()) ** 0.5 if values.ndim > 1 else 1.0
            values.copy_(torch.randn(values.shape, generator=generator, dtype=values.dtype) / fan)
            if positive or "var" in name:
                values.abs_().add_(0.1 / fan)
            if positive and "mean" in name:
                values.zero_()
    return model


def traced(name: str, positive: bool = False) -> _tracing.Trace:
    build, shape = {
        "lenet": (lambda: zoo.create("lenet"), (1, 28, 28)),
        "cifar": (lambda: zoo.create("resnet18", num_classes=10, stem="cifar"), (3, 32, 32)),
        "imagenet": (lambda: zoo.create("resnet18", num_classes=10), (3, 96, 80)),
        "bottleneck": (lambda: zoo.create("resnet50", num_classes=10, stem="cifar"), (3, 16, 16)),
        "everything": (Everything, (3, 22, 17)),
    }[name]
    torch.manual_seed(1)
    x = torch.randn(shape, dtype=torch.float64)
    return _tracing.record(randomise(build(), positive), x.abs() if positive else x)


def a_unit(layer: _tracing.Layer, seed: int) -> tuple[int, int, int]:
    draw = np.random.default_rng(seed)
    channel, row, column = (int(draw.integers(count)) for count in layer.shape)
    return channel, row, column


def floats(text: str, shape: list[int]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f4").reshape(shape).astype(np.float64)


MODELS = ("lenet", "cifar", "imagenet", "everything")


# ---------------------------------------------------------------------------------------------------- values


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("name", [*MODELS, "bottleneck"])
def test_recorded_values_are_those_of_a_plain_forward_pass(name):
    trace = traced(name)
    outputs: dict[str, list[Tensor]] = {}
    for path, module in trace.model.named_modules():
        if not list(module.children()):
            module.register_forward_hook(lambda _, __, y, path=path: outputs.setdefault(path, []).append(y.clone()))
    with torch.no_grad():
        scores = trace.model(trace.x.detach())
    last = next(reversed(trace.values.values()))
    torch.testing.assert_close(last.detach(), scores, rtol=0, atol=0)
    compared = 0
    for path, values in outputs.items():
        nodes = [node for node in trace.layers.values() if str(node.node.target) == path]
        for layer, value in zip(nodes, values, strict=False):
            torch.testing.assert_close(trace.value(layer.node).detach(), value, rtol=0, atol=0)
            compared += 1
    assert compared >= 5


@pytest.mark.parametrize("name", MODELS)
def test_each_kind_of_sum_makes_the_value_of_the_map(name):
    trace, kinds = traced(name), set()
    for seed, layer in enumerate(trace.layers.values()):
        unit = a_unit(layer, seed)
        value = float(trace.value(layer.node).detach().reshape(layer.shape)[unit])
        made = _sums.explain(trace, layer, *unit)
        assert made["total"] == pytest.approx(value, rel=1e-9, abs=1e-9), (layer.name, made)
        if made["kind"] == "products":
            products = floats(made["patch"], made["shape"]) * floats(made["kernel"], made["shape"])
            assert products.size == made["count"]
            assert products.sum() + (made["bias"] or 0) == pytest.approx(value, rel=1e-4, abs=1e-4)
            np.testing.assert_allclose(products.sum((1, 2)), made["sums"], rtol=1e-4, atol=1e-4)
        if made["kind"] == "window" and made["operation"] == "max":
            row, column = made["winner"]
            assert made["window"][row][column] == max(v for line in made["window"] for v in line if v is not None)
        kinds.add(made["kind"])
        for step in _sums.follow(trace, layer, *unit):
            assert np.isfinite(step["total"])
    assert {"products", "window"} <= kinds
    if name in ("cifar", "imagenet"):
        assert kinds == {"products", "window", "terms", "norm", "activation"}


def test_batch_norm_and_relu_after_a_convolution_lead_to_the_next_layers_input():
    trace = traced("cifar")
    layer = trace.layers["layer2.0.conv1"]
    norm, relu = _sums.follow(trace, layer, 5, 3, 4)
    assert norm["total"] == pytest.approx(trace.values["layer2_0_bn1"][0, 5, 3, 4].item())
    assert relu["input"] == pytest.approx(norm["total"])
    assert relu["total"] == max(0.0, relu["input"])
    # The second convolution of the block ends in the sum: only the norm is its own.
    assert [step["kind"] for step in _sums.follow(trace, trace.layers["layer2.0.conv2"], 5, 3, 4)] == ["norm"]


def test_a_sum_worked_by_hand():
    conv = nn.Conv2d(1, 1, 2).requires_grad_(False)
    conv.weight.copy_(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    conv.bias.fill_(10.0)  # type: ignore[union-attr]
    model = nn.Sequential(conv, nn.Flatten(), nn.Linear(4, 1)).eval().requires_grad_(False)
    trace = _tracing.record(model, torch.arange(9.0).reshape(1, 3, 3))
    found = _sums.explain(trace, trace.layers["0"], 0, 1, 1)  # over 4 5 / 7 8
    assert found["strongest"][0]["products"] == [[4, 10], [21, 32]]
    assert found["sums"] == [67]
    assert found["total"] == found["value"] == 77


# ---------------------------------------------------------------------------------------------------- what units see


def support(trace: _tracing.Trace, layer: _tracing.Layer, unit: tuple[int, int, int]) -> tuple[Tensor, Tensor]:
    """Rows and columns of the input where the gradient of one unit is not zero."""
    value = trace.value(layer.node).reshape(layer.shape)[unit]
    (gradient,) = torch.autograd.grad(value, trace.x, retain_graph=True)
    reached = gradient[0].abs().sum(0) > 0
    return reached.any(1).nonzero().flatten(), reached.any(0).nonzero().flatten()


@pytest.mark.parametrize("name", ["cifar", "bottleneck"])
def test_theoretical_field_is_exactly_where_the_gradient_of_positive_weights_is(name):
    trace = traced(name, positive=True)
    for seed, layer in enumerate(trace.layers.values()):
        unit = a_unit(layer, seed)
        rows, columns = support(trace, layer, unit)
        assert layer.rows.seen[unit[1]] == (int(rows[0]), int(rows[-1])), layer.name
        assert layer.columns.seen[unit[2]] == (int(columns[0]), int(columns[-1])), layer.name


@pytest.mark.parametrize("name", MODELS)
def test_no_gradient_lies_outside_the_theoretical_field(name):
    trace = traced(name)
    for seed, layer in enumerate(trace.layers.values()):
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
    axis = _fields.of_input(size)
    while len(windows) < 5:
        kernel, stride, dilation = (int(draw.integers(1, most)) for most in (5, 4, 3))
        window = Window(kernel, stride, int(draw.integers(0, kernel)), dilation)
        length = len(axis.seen)
        if dilation * (kernel - 1) + 1 > length + 2 * window.padding:
            break
        axis = _fields.slide(axis, window, output_size(length, kernel, stride, window.padding, dilation))
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
    found = _sums.effective_field(trace, layer, *unit)
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
    found = _sums.effective_field(trace, layer, *unit)
    assert found["peak"] == found["pixels_that_hold_90_percent"] == found["share_of_central_quarter"] == 0


def test_reading_a_network_disturbs_no_other_thread():
    model = zoo.create("lenet").eval().requires_grad_(False)
    x = torch.randn(1, 1, 28, 28)
    expected, done = model(x), threading.Event()
    wrong: list[str] = []

    def compute() -> None:
        while not done.is_set():
            try:
                if not torch.equal(model(x), expected):
                    wrong.append("another answer")
            except Exception as error:
                wrong.append(repr(error))
            time.sleep(0.0005)

    thread = threading.Thread(target=compute)
    thread.start()
    try:
        for _ in range(20):
            _tracing._GRAPHS.clear()
            assert torch.equal(next(reversed(_tracing.record(model, x[0]).values.values())), expected)
    finally:
        done.set()
        thread.join()
    assert wrong == []


def test_a_network_whose_way_depends_on_the_picture_is_refused():
    class Fickle(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x if x.sum() > 0 else -x

    with pytest.raises(ValueError, match="no fixed graph"):
        _tracing.record(Fickle().eval(), torch.ones(1, 4, 4))


# ---------------------------------------------------------------------------------------------------- what is sent


@given(st.integers(0, 2**32 - 1), st.booleans(), st.integers(1, 6), st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_quantised_maps_are_off_by_half_a_step_at_most(seed, signed, channels, side):
    values = np.random.default_rng(seed).normal(size=(channels, side, side)) * 10
    values = values if signed else np.abs(values)
    sent = _maps.quantise(values, channels)
    steps = 127 if sent["signed"] else 255
    codes = np.frombuffer(base64.b64decode(sent["maps"]), np.int8 if sent["signed"] else np.uint8)
    decoded = codes.reshape(values.shape) * sent["scale"] / steps
    clipped = np.clip(values, -sent["scale"], sent["scale"])
    assert np.abs(decoded - clipped).max() <= sent["scale"] / steps / 2 * (1 + 1e-9)
    assert sent["signed"] == bool((values < 0).any())
    if side == 1:
        assert sent["scale"] == np.abs(values).max()  # the scores are never clipped


def test_maps_of_zeros_are_sent():
    sent = _maps.quantise(np.zeros((2, 3, 3)), 2)
    assert sent["scale"] > 0
    assert set(base64.b64decode(sent["maps"])) == {0}


def test_a_large_network_sends_its_first_channels_within_the_budget():
    model = zoo.create("resnet18", num_classes=10).eval().requires_grad_(False)
    described = _maps.describe_maps(_tracing.record(model, torch.randn(3, 224, 224)))
    assert len(json.dumps(described)) < 1_650_000
    assert all(layer["sent"] >= min(8, layer["shape"][0]) for layer in described)
    assert described[0]["sent"] < described[0]["shape"][0]
    assert described[-1]["sent"] == 10
    assert described[-1]["kind"] == "scores"


@pytest.mark.parametrize("network", CNNS)
def test_maps_of_every_release(network):
    release = zoo.describe(network)
    picture = next(name for _, name in _traces.examples() if _traces.suits(name, release))
    maps = compute_feature_maps(picture, network)
    assert len(json.dumps(maps)) < 1_500_000
    assert maps["network"] == release.reference
    assert maps["input"].startswith("data:image/png;base64,")
    trace, _, _ = _traces.trace(picture, network)
    shown = [layer for layer in trace.layers.values() if layer.kind in _maps.SHOWN]
    assert [layer["name"] for layer in maps["layers"]] == [layer.name for layer in shown]
    assert len({layer["label"] for layer in maps["layers"]}) == len(shown)
    assert {"convolution", "scores"} <= {layer["kind"] for layer in maps["layers"]}
    for layer in maps["layers"]:
        _, height, width = layer["shape"]
        assert len(base64.b64decode(layer["maps"])) == layer["sent"] * height * width
        assert len(layer["rows"]["first"]) == height
        assert len(layer["columns"]["last"]) == width
    assert maps["layers"][-1]["shape"] == [len(maps["labels"]), 1, 1]


@pytest.mark.parametrize("network", CNNS)
def test_products_of_every_release_add_up(network):
    release = zoo.describe(network)
    picture = next(name for _, name in _traces.examples() if _traces.suits(name, release))
    trace, _, key = _traces.trace(picture, network)
    for seed, layer in enumerate(trace.layers.values()):
        unit = a_unit(layer, seed)
        found = locate_receptive_field(picture, network, layer.name, *unit)
        assert found["key"] == key
        assert found["arithmetic"]["total"] == pytest.approx(found["value"], rel=1e-3, abs=1e-4), layer.name
        (top, bottom), (left, right) = found["theoretical"]["rows"], found["theoretical"]["columns"]
        assert 0 <= top <= bottom < trace.x.shape[2]
        assert 0 <= left <= right < trace.x.shape[3]
        json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("network", CNNS)
def test_filters_of_every_release(network):
    model = _networks.load(network)
    for name, module in model.named_modules():
        if not isinstance(module, nn.Conv2d | nn.Linear):
            continue
        channel = len(module.weight) - 1
        found = describe_filters(network, name, channel)
        assert found["first"] <= channel < found["first"] + found["count"]
        codes = np.frombuffer(base64.b64decode(found["kernels"]), np.int8).reshape(found["count"], *found["shape"][1:])
        weight = module.weight.detach().numpy()[channel].reshape(found["shape"][1:])
        clipped = np.clip(weight, -found["scale"], found["scale"])
        decoded = codes[channel - found["first"]] * found["scale"] / 127
        np.testing.assert_allclose(decoded, clipped, atol=found["scale"] / 127)


def test_the_worked_example_is_explained():
    view, unit = EXHIBIT.example()
    assert view["unit"] == unit
    assert view["unit"]["key"] == view["maps"]["key"]
    assert unit["arithmetic"]["total"] == pytest.approx(unit["value"], rel=1e-4)
    assert unit["effective"]["peak"] > 0


# ---------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"layer": "conv9"}, "has no layer 'conv9'; did you mean 'conv"),
        ({"layer": None}, "has no layer"),
        ({"layer": ["conv1"]}, "has no layer"),
        ({"channel": 10_000}, "has no channel 10000: choose one from 0 to"),
        ({"channel": -1}, "has no channel -1"),
        ({"row": 999}, "has no row 999"),
        ({"column": 999}, "has no column 999"),
        ({"row": 1.5}, "row must be a whole number"),
        ({"row": "1"}, "row must be a whole number"),
        ({"row": float("nan")}, "row must be a whole number"),
        ({"row": float("inf")}, "row must be a whole number"),
        ({"column": True}, "column must be a whole number"),
        ({"channel": None}, "channel must be a whole number"),
        ({"picture": None}, "picture"),
        ({"picture": ""}, "picture"),
        ({"picture": "²"}, "cannot be found"),
        ({"picture": "/nowhere/at-all.png"}, "cannot be found"),
        ({"picture": b"no picture"}, "."),
        ({"network": None}, "Choose a network"),
    ],
)
def test_what_does_not_exist_is_refused_in_one_sentence(change, sentence):
    asked = {"picture": "7", "network": CNNS[0], "layer": "conv1", "channel": 0, "row": 0, "column": 0} | change
    with pytest.raises(BadInput) as refusal:
        locate_receptive_field(**asked)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_network_without_convolutions_is_refused():
    others = [r.reference for r in _networks.classifiers() if r.reference not in CNNS]
    for network in others:
        with pytest.raises(BadInput, match="no convolutions"):
            compute_feature_maps("7", network)
    with pytest.raises(zoo.ZooError):
        compute_feature_maps("7", "no.such")


def test_filters_that_do_not_exist_are_refused():
    with pytest.raises(BadInput, match="no filters called 'conv11'; did you mean 'conv"):
        describe_filters(CNNS[0], "conv11", 0)
    with pytest.raises(BadInput, match="has no channel"):
        describe_filters(CNNS[0], "conv1", 64_000)


# ---------------------------------------------------------------------------------------------------- kept traces


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(tmp_path):
    path = tmp_path / "picture.png"
    Image.new("RGB", (40, 40), "red").save(path)
    first, _, key = _traces.trace(str(path), CNNS[0])
    assert _traces.trace(str(path), CNNS[0])[0] is first
    Image.new("RGB", (40, 40), "blue").save(path)
    os.utime(path, ns=(1, 1))
    second, _, other = _traces.trace(str(path), CNNS[0])
    assert second is not first
    assert other != key


def test_few_traces_are_kept():
    for digit in "0123456789":
        _traces.trace(digit, CNNS[0])
    assert len(_traces._TRACES) == _traces.KEPT
    assert len(_traces._READ) <= 2


def test_clicks_at_the_same_time_find_the_same():
    network = CNNS[-1]
    expected = locate_receptive_field("cat", network, "conv1", 1, 2, 3)
    answers: list[object] = []
    threads = [
        threading.Thread(target=lambda: answers.append(locate_receptive_field("cat", network, "conv1", 1, 2, 3)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected] * 6


# ---------------------------------------------------------------------------------------------------- calculator


@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 5), st.integers(0, 5), st.integers(1, 4))
@settings(max_examples=200, deadline=None)
def test_output_size_is_torchs(size, kernel, stride, padding, dilation):
    line, window = torch.empty(1, 1, size, device="meta"), torch.empty(1, 1, kernel, device="meta")
    try:
        expected = F.conv1d(line, window, stride=stride, padding=padding, dilation=dilation).shape[-1]
    except RuntimeError:
        with pytest.raises(BadInput, match="window spans"):
            compute_output_size(size, kernel, stride, padding, dilation)
        return
    found = compute_output_size(size, kernel, stride, padding, dilation)
    assert found["output_size"] == expected
    read = (expected - 1) * stride + found["window_spans"]
    assert found["unread_at_the_end"] == size + 2 * padding - read >= 0
    assert found["formula"].endswith(f"= {expected}")


def test_output_size_refuses_what_is_no_size():
    for wrong in ((0, 1, 1, 0, 1), (5, 3, 0, 0, 1), (5, 3, 1, -1, 1), (5, 2.5, 1, 0, 1), (5, "3", 1, 0, 1)):
        with pytest.raises(BadInput):
            compute_output_size(*wrong)
