"""The drawings' figures: shapes, costs and sentences are those that others count too."""

from __future__ import annotations

import pytest
import torch
import torchvision
from torch.utils.flop_counter import FlopCounterMode

from apps import _networks
from apps.classic_networks import draw_network
from apps.classic_networks.catalogue import CLASSICS
from apps.classic_networks.drawing import describe_opening
from from_scratch import complexity
from tests._support.drawn import (
    CONVOLUTIONAL,
    PUBLISHED,
    build_empty,
    draw_layers,
    draw_usual,
    every_classic,
    find_shape,
)


@every_classic
def test_the_totals_are_those_that_others_count(name):
    figures = draw_usual(name)
    assert (figures["parameters"], figures["weighted"], figures["field"]) == PUBLISHED[name]
    model = build_empty(name)
    assert figures["parameters"] == sum(layer["parameters"] for layer in figures["layers"])
    assert figures["parameters"] == sum(p.numel() for p in model.parameters())
    with FlopCounterMode(display=False) as counter:
        model(torch.empty(1, *find_shape(name), device="meta"))
    assert figures["macs"] == sum(layer["macs"] for layer in figures["layers"]) == counter.get_total_flops() // 2
    if name != "lenet":
        weights = torchvision.models.get_model_weights(name).IMAGENET1K_V1
        assert figures["parameters"] == weights.meta["num_params"]
        assert figures["macs"] / 1e9 == pytest.approx(weights.meta["_ops"], rel=0.01)


@every_classic
def test_every_layer_costs_and_gives_what_it_does_when_it_runs(name):
    found = draw_layers(name)
    assert len(found) == len(draw_usual(name)["layers"]), "no name stands twice"
    compared = 0
    for cost in complexity.layer_costs(build_empty(name), find_shape(name)):
        layer = found.get(cost.name)
        if layer is None or cost.kind not in ("Conv2d", "Linear", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d"):
            continue
        assert layer["macs"] == cost.macs
        assert layer["parameters"] - layer["norm_parameters"] == cost.parameters
        assert layer["shape"] == list((*cost.output_shape[1:], 1, 1)[:3])
        compared += 1
    assert compared >= PUBLISHED[name][1]


@pytest.mark.parametrize("side", [64, 225, 512])
def test_the_side_changes_the_work_and_never_the_parameters(side):
    for name in ("vgg16", "resnet50", "efficientnet_b0"):
        figures = draw_network(name, side)
        assert figures["parameters"] == PUBLISHED[name][0]
        assert figures["field"] == PUBLISHED[name][2]
        assert figures["macs"] == complexity.macs(build_empty(name), find_shape(name, side))
        assert figures["layers"][0]["shape"] == [3, side, side]


def test_what_our_releases_are_is_drawn_too():
    for release in _networks.cnns():
        figures = draw_network(release.name, release.config["input_shape"][1])
        assert (figures["parameters"], figures["macs"]) == (release.parameters, release.macs)
    names = [each["name"] for each in describe_opening()["networks"]]
    assert names[: len(CLASSICS)] == list(CLASSICS)
    assert "resnet18.cifar10" in names
    assert "lenet.mnist" not in names, "it is LeNet-5 itself"


def test_the_sentences_say_what_the_numbers_say():
    vgg = complexity.layer_costs(build_empty("vgg16"), (3, 224, 224))
    linear = [cost for cost in vgg if cost.kind == "Linear"]
    kept = sum(cost.parameters for cost in linear) / PUBLISHED["vgg16"][0]
    done = sum(cost.macs for cost in linear) / sum(cost.macs for cost in vgg)
    assert draw_usual("vgg16")["facts"][0] == (
        f"{100 * kept:.0f} % of the parameters sit in 3 linear layers, which do {100 * done:.1f} % of the work."
    )
    middle = sum(c.macs for c in vgg if c.output_shape[-1] == 56 and c.kind == "Conv2d") / sum(c.macs for c in vgg)
    assert f"56 × 56: {100 * middle:.0f} % of the work" in draw_usual("vgg16")["facts"][1]

    projections = sum(p.numel() for n, p in build_empty("resnet50").named_parameters() if "downsample" in n)
    assert draw_usual("resnet50")["facts"][0] == (
        "16 shortcuts end in a sum, which has no parameters; the 4 convolutions that stand on one, where the shape "
        f"changes, hold {100 * projections / PUBLISHED['resnet50'][0]:.0f} % of all."
    )
    assert draw_usual("efficientnet_b0")["facts"][1] == "9 shortcuts end in a sum, which has no parameters."
    assert "up to 25 paths and 1,024 channels" in draw_usual("densenet121")["facts"][0]
    for name in CONVOLUTIONAL:
        assert len(draw_usual(name)["facts"]) == 3
