"""What each layer of a drawing reads, and which pixels its values see."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn

import zoo
from apps.classic_networks import draw_network
from from_scratch.convolution import Window, receptive_field
from tests._support.drawn import (
    CONVOLUTIONAL,
    build_empty,
    draw_layers,
    draw_usual,
    every_classic,
)


def test_a_resnet_adds_a_dense_net_stacks_and_an_efficient_net_weighs():
    kinds = {name: [layer["kind"] for layer in draw_usual(name)["layers"]] for name in CONVOLUTIONAL}
    assert kinds["resnet50"].count("sum") == 16
    assert kinds["resnet18"].count("sum") == 8
    assert (kinds["efficientnet_b0"].count("gate"), kinds["efficientnet_b0"].count("sum")) == (16, 9)
    for plain in ("lenet", "alexnet", "vgg16"):
        assert all(layer["reads"] == [i] for i, layer in enumerate(draw_usual(plain)["layers"][1:]))
    for name in CONVOLUTIONAL:
        for index, layer in enumerate(draw_usual(name)["layers"]):
            assert all(0 <= before < index for before in layer["reads"])
            assert bool(layer["reads"]) == (index > 0)


def test_each_dense_layer_reads_all_before_it():
    every = draw_usual("densenet121")["layers"]
    for block, depth in enumerate((6, 12, 24, 16), start=1):
        stacks = [every.index(layer) for layer in every if layer["kind"] == "concatenation"]
        stacks = [i for i in stacks if every[i]["name"].startswith(f"features.denseblock{block}")]
        assert [len(every[i]["reads"]) for i in stacks] == list(range(2, depth + 2))
        for i in stacks:
            parts = [every[before]["shape"][0] for before in every[i]["reads"]]
            assert sum(parts) == every[i]["shape"][0]
            assert parts[1:] == [32] * (len(parts) - 1)


def test_batch_norm_is_booked_where_it_stands():
    """In front of a DenseNet's convolution where others read the same maps without it, else behind what made them."""
    found = draw_layers("densenet121")
    first = found["features.denseblock1.denselayer1.conv1"]
    assert (first["first"], first["then"]) == (["batch norm", "ReLU"], ["batch norm", "ReLU"])
    assert first["norm_parameters"] == 2 * 64 + 2 * 128
    assert found["features.pool0"]["parameters"] == 0
    block = draw_layers("resnet18")["layer1.0.conv1"]
    assert (block["first"], block["then"], block["norm_parameters"]) == ([], ["batch norm", "ReLU"], 128)
    assert draw_layers("resnet18")["layer1.0"]["then"] == ["ReLU"]


def test_fields_of_plain_stacks_follow_the_recursion():
    for name in ("lenet", "alexnet", "vgg16"):
        windows: list[Window] = []
        for layer in draw_usual(name)["layers"][1:]:
            module = build_empty(name).get_submodule(layer["name"])
            if isinstance(module, nn.Linear | nn.AdaptiveAvgPool2d):
                break
            kernel, stride, padding = (v[0] if isinstance(v, tuple) else v for v in sizes(module))
            windows.append(Window(kernel, stride, padding))
            assert layer["field"] == layer["sees"] == receptive_field(windows)


def sizes(module: Any) -> tuple[Any, Any, Any]:
    return module.kernel_size, module.stride, module.padding


def seen(model: nn.Module, path: str, side: int, channels: int) -> int:
    """Pixels of a side that move the middle unit of a layer's map, when every weight is positive and no ReLU shuts."""
    maps: list[Tensor] = []
    model = model.double().eval()
    for parameter in model.parameters():
        parameter.data.abs_().add_(1e-3).div_(parameter[0].numel() if parameter.ndim > 1 else 1)
    with_hook = model.get_submodule(path).register_forward_hook(lambda _, __, value: maps.append(value))
    x = torch.rand(1, channels, side, side, dtype=torch.float64, requires_grad=True)
    model(x)
    with_hook.remove()
    middle = maps[0].shape[2] // 2
    [gradient] = torch.autograd.grad(maps[0][0, 0, middle, middle], x)
    rows = gradient[0].abs().amax((0, 2)).nonzero().flatten()
    assert rows[0] > 0, "the field must lie in the picture"
    assert rows[-1] < side - 1
    return int(rows[-1] - rows[0] + 1)


def test_fields_are_what_gradients_see():
    torch.manual_seed(0)
    assert seen(zoo.create("lenet"), "conv2", 28, 1) == draw_layers("lenet")["conv2"]["field"] == 14
    figures = {layer["name"]: layer["field"] for layer in draw_network("resnet18.cifar10", 128)["layers"]}
    narrow = zoo.create("resnet18", num_classes=10, stem="cifar", width=8)
    for path in ("layer1.1.conv2", "layer2.1.conv1", "layer3.0.conv2"):
        assert seen(narrow, path, 128, 3) == figures[path]
    dense = torchvision.models.DenseNet(8, (6, 12, 2, 2), 8, num_classes=10)  # DenseNet-121's first blocks, narrow
    for path in ("features.denseblock1.denselayer6.conv2", "features.denseblock2.denselayer3.conv2"):
        assert seen(dense, path, 256, 3) == draw_layers("densenet121")[path]["field"]


def test_behind_a_gate_the_windows_are_what_gradients_see_without_it(monkeypatch: pytest.MonkeyPatch):
    from torchvision.ops import SqueezeExcitation

    torch.manual_seed(0)
    path = "features.4.1.block.1.0"
    layer = draw_layers("efficientnet_b0")[path]
    assert layer["field"] < 224 <= layer["sees"]
    monkeypatch.setattr(SqueezeExcitation, "forward", lambda self, x: x)
    assert seen(zoo.create("efficientnet_b0", num_classes=10), path, 224, 3) == layer["field"]


@every_classic
def test_a_value_never_sees_less_than_those_it_is_made_of(name):
    every = draw_usual(name)["layers"]
    for layer in every[1:]:
        assert layer["sees"] >= max(every[before]["sees"] for before in layer["reads"])
        assert layer["aside"] == ("block" in layer["name"] and layer["shape"][1] == 1 and name == "efficientnet_b0")
