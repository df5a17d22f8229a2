"""What cannot be drawn is refused in a sentence, and left out of the tab."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import zoo
from apps._inputs import BadInput
from apps.classic_networks import draw_network, drawing
from apps.classic_networks.catalogue import CLASSICS
from apps.classic_networks.drawing import describe_opening
from tests._support.drawn import (
    build_empty,
    every_classic,
    find_shape,
)


@every_classic
def test_the_bounds_are_the_networks_own(name):
    _, least, most = CLASSICS[name].sides
    model = build_empty(name)
    for side, right in ((least - 1, False), (least, True), (most, True)):
        if right:
            assert draw_network(name, side)["size"] == side
            assert model(torch.empty(1, *find_shape(name, side), device="meta")).shape[1] in (10, 1000)
        else:
            with pytest.raises(BadInput, match=rf"a side of {least} to {most} px, not {side}\."):
                draw_network(name, side)
            if side:
                with pytest.raises(RuntimeError):
                    model(torch.empty(1, *find_shape(name, side), device="meta"))


@pytest.mark.parametrize(
    ("name", "side", "sentence"),
    [
        ("resnet5", 224, "There is no drawing of 'resnet5'; did you mean 'resnet50'?"),
        ("", 224, "There is no drawing of ''; did you mean"),
        (None, 224, "There is no drawing of None; did you mean"),
        ("mlp", 28, "There is no drawing of 'mlp'; did you mean"),
        ("vit_b_16", 256, "ViT-B/16 is drawn for pictures with a side of 224 px, not 256."),
        ("alexnet", 62, "AlexNet is drawn for pictures with a side of 63 to 1024 px, not 62."),
        ("lenet", 32, "LeNet-5 is drawn for pictures with a side of 28 to 31 px, not 32."),
        ("vgg16", 1025, "VGG-16 is drawn for pictures with a side of 32 to 1024 px, not 1025."),
        ("vgg16", -224, "VGG-16 is drawn for pictures with a side of 32 to 1024 px, not -224."),
        ("vgg16", 224.5, "The side must be a whole number of pixels, not 224.5."),
        ("vgg16", "224", "The side must be a whole number of pixels, not '224'."),
        ("vgg16", True, "The side must be a whole number of pixels, not True."),
        ("vgg16", None, "The side must be a whole number of pixels, not None."),
        ("vgg16", float("nan"), "The side must be a whole number of pixels, not nan."),
        ("vgg16", float("inf"), "The side must be a whole number of pixels, not inf."),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(name, side, sentence):
    with pytest.raises(BadInput) as refusal:
        draw_network(name, side)
    assert str(refusal.value).startswith(sentence)
    assert str(refusal.value).count(".") - str(refusal.value).count(".cifar10") - str(refusal.value).count("4.5") <= 1


def test_a_whole_number_may_come_as_a_float_and_a_release_with_its_version():
    assert draw_network("vgg16", 224.0) is draw_network("vgg16", 224)  # type: ignore[arg-type]
    assert draw_network("resnet18.cifar10@v1", 32)["architecture"] == "resnet18.cifar10"


class Rivals(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return torch.maximum(self.left(x), self.right(x))


def test_a_network_with_an_unknown_join_is_refused_and_left_out(monkeypatch: pytest.MonkeyPatch):
    listed = describe_opening()["networks"]
    create = zoo.create
    monkeypatch.setattr(zoo, "create", lambda name, **given: Rivals() if "stem" in given else create(name, **given))
    drawing.draw.cache_clear()
    with pytest.raises(
        BadInput, match=r"^resnet18\.cifar10 cannot be drawn layer by layer: .* maximum is, where 2 paths"
    ):
        draw_network("resnet18.cifar10", 32)
    left = [each["name"] for each in describe_opening()["networks"]]
    assert "resnet18.cifar10" not in left
    assert left[: len(CLASSICS)] == [each["name"] for each in listed[: len(CLASSICS)]]
    drawing.draw.cache_clear()
