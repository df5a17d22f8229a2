"""The numbers in a feature map: they are the network's own, and every sum behind them adds up."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import zoo
from apps._networks import tracing
from apps.feature_maps import sums
from tests._support.traced import MODELS, a_unit, floats, traced


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
        made = sums.explain_unit(trace, layer, *unit)
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
        for step in sums.follow_unit(trace, layer, *unit):
            assert np.isfinite(step["total"])
    assert {"products", "window"} <= kinds
    if name in ("cifar", "imagenet"):
        assert kinds == {"products", "window", "terms", "norm", "activation"}


def test_batch_norm_and_relu_after_a_convolution_lead_to_the_next_layers_input():
    trace = traced("cifar")
    layer = trace.layers["layer2.0.conv1"]
    norm, relu = sums.follow_unit(trace, layer, 5, 3, 4)
    assert norm["total"] == pytest.approx(trace.values["layer2_0_bn1"][0, 5, 3, 4].item())
    assert relu["input"] == pytest.approx(norm["total"])
    assert relu["total"] == max(0.0, relu["input"])
    # The second convolution of the block ends in the sum: only the norm is its own.
    assert [step["kind"] for step in sums.follow_unit(trace, trace.layers["layer2.0.conv2"], 5, 3, 4)] == ["norm"]


def test_a_sum_worked_by_hand():
    conv = nn.Conv2d(1, 1, 2).requires_grad_(False)
    conv.weight.copy_(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    conv.bias.fill_(10.0)  # type: ignore[union-attr]
    model = nn.Sequential(conv, nn.Flatten(), nn.Linear(4, 1)).eval().requires_grad_(False)
    trace = tracing.record(model, torch.arange(9.0).reshape(1, 3, 3))
    found = sums.explain_unit(trace, trace.layers["0"], 0, 1, 1)  # over 4 5 / 7 8
    assert found["strongest"][0]["products"] == [[4, 10], [21, 32]]
    assert found["sums"] == [67]
    assert found["total"] == found["value"] == 77


# ---------------------------------------------------------------------------------------------------- the graph


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
            tracing._GRAPHS.clear()
            assert torch.equal(next(reversed(tracing.record(model, x[0]).values.values())), expected)
    finally:
        done.set()
        thread.join()
    assert wrong == []


def test_a_network_whose_way_depends_on_the_picture_is_refused():
    class Fickle(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x if x.sum() > 0 else -x

    with pytest.raises(ValueError, match="no fixed graph"):
        tracing.record(Fickle().eval(), torch.ones(1, 4, 4))
