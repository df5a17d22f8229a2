"""The classic convolutional networks at their usual size: as modules without weights, and as they are drawn."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

import zoo
from apps.classic_networks import draw_network
from apps.classic_networks.catalogue import CLASSICS

PUBLISHED = {
    "lenet": (61_706, 5, 16),
    "alexnet": (61_100_840, 8, 195),
    "vgg16": (138_357_544, 16, 212),
    "resnet18": (11_689_512, 18 + 3, 435),
    "resnet50": (25_557_032, 50 + 4, 427),
    "densenet121": (7_978_856, 121, 2071),
    "efficientnet_b0": (5_288_548, 82, 851),
}
"""Parameters, layers with weights (a ResNet's name leaves its projections out), and what the last map sees."""
CONVOLUTIONAL = [name for name, classic in CLASSICS.items() if classic.built is None]
USUAL = {name: CLASSICS[name].sides[0] for name in CONVOLUTIONAL}

every_classic = pytest.mark.parametrize("name", CONVOLUTIONAL)


def build_empty(name: str) -> nn.Module:
    """The network without weights, on torch's meta device."""
    with torch.device("meta"):
        return zoo.create(name).eval()


def find_shape(name: str, side: int | None = None) -> tuple[int, int, int]:
    """Channels, height and width of a picture of that side, by default the usual one."""
    side = side or USUAL[name]
    return CLASSICS[name].channels, side, side


def draw_usual(name: str) -> dict[str, Any]:
    """The drawing at the usual side."""
    return draw_network(name, USUAL[name])


def draw_layers(name: str) -> dict[str, dict[str, Any]]:
    """Its layers by name."""
    return {layer["name"]: layer for layer in draw_usual(name)["layers"]}
