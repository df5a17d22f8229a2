"""Transformers layer by layer, and the memory of every network's values, against the modules that run."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torchvision
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import zoo
from apps import _networks
from apps.classic_networks import draw_network
from apps.classic_networks.catalogue import CLASSICS, find_drawable

TRANSFORMERS = ("vit_b_16", "vit.cifar10")


def build(name: str) -> tuple[nn.Module, torch.Tensor, dict[str, Any]]:
    """The network without numbers, a picture, and its drawing."""
    known = find_drawable(name)
    with torch.device("meta"):
        model = zoo.create(known.architecture, **dict(known.arguments)).eval()
        picture = torch.empty(1, known.channels, known.usual, known.usual)
    return model, picture, draw_network(name, known.usual)


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_a_transformers_costs_are_those_of_the_module_that_runs(name: str) -> None:
    model, picture, figures = build(name)
    assert figures["parameters"] == sum(p.numel() for p in model.parameters())
    assert figures["parameters"] == sum(layer["parameters"] for layer in figures["layers"])
    with FlopCounterMode(display=False) as counter:
        model(picture)
    assert figures["macs"] == sum(layer["macs"] for layer in figures["layers"]) == counter.get_total_flops() // 2
    assert figures["field"] == figures["size"], "its first attention sees the whole picture"


def test_vit_is_the_published_one() -> None:
    figures = draw_network("vit_b_16", 224)
    meta = torchvision.models.get_model_weights("vit_b_16").IMAGENET1K_V1.meta
    assert figures["parameters"] == meta["num_params"] == 86_567_656
    assert figures["macs"] / 1e9 == pytest.approx(meta["_ops"], abs=0.001)
    kinds = [layer["kind"] for layer in figures["layers"]]
    assert (kinds.count("attention"), kinds.count("sum"), kinds.count("pointwise")) == (12, 24, 48)
    for index, layer in enumerate(figures["layers"]):
        assert all(0 <= before < index for before in layer["reads"])


def test_our_transformers_are_drawn_as_released() -> None:
    for release in _networks.transformers():
        figures = draw_network(release.name, release.config["input_shape"][1])
        assert (figures["parameters"], figures["macs"]) == (release.parameters, release.macs)


@pytest.mark.parametrize("name", [*CLASSICS, "resnet18.cifar10", "vit.cifar10"])
def test_the_memory_of_values_is_what_hooks_see(name: str) -> None:
    model, picture, figures = build(name)
    given: dict[str, int] = {}
    kinds = (nn.Conv2d, nn.Linear, nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d)
    for path, module in model.named_modules():
        if isinstance(module, kinds):
            module.register_forward_hook(lambda _, __, out, path=path: given.update({path: 4 * out.numel()}))
    seen: list[Any] = []
    transforms = hasattr(model, "blocks")
    model(picture, seen=seen) if transforms else model(picture)
    found = {layer["name"]: layer["activations"] for layer in figures["layers"]}
    # A transformer's tokens are the patches and one more, which its patch embedding does not give.
    given |= {"patch_embed.proj": found["patch_embed.proj"]} if transforms else {}
    assert {path: found[path] for path in given if path in found} == {
        p: size for p, size in given.items() if p in found
    }
    assert len(given.keys() & found.keys()) >= figures["weighted"]
    for index, block in enumerate(seen):
        tokens = block.queries.shape[2]
        maps, values = block.weights.numel(), tokens * block.queries.shape[1] * block.queries.shape[3]
        assert found[f"blocks.{index}.attn"] == 4 * (maps + values)
    assert figures["activations"] == sum(found.values())
    assert found["input"] == 0


def test_where_half_of_the_values_are_is_told() -> None:
    figures = draw_network("vgg16", 224)
    sizes = [layer["activations"] for layer in figures["layers"][1:]]
    assert sum(sizes[:3]) < sum(sizes) / 2 <= sum(sizes[:4])
    assert figures["facts"][-1] == "One picture makes 60.4 MB of values, half of them in the first 4 of 22 layers."
