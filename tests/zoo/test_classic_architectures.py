"""The classic architectures: as large as published, with torchvision's names and shapes, and refusals."""

from __future__ import annotations

import pytest
import torch
import torchvision

import zoo
from from_scratch import complexity


@pytest.mark.parametrize(
    ("name", "arguments", "count"),
    [
        ("alexnet", {}, 61_100_840),
        ("alexnet", {"in_channels": 1}, 61_100_840 - 2 * 64 * 11 * 11),
        ("alexnet", {"head": "pooled"}, 61_100_840 - 58_631_144 + 257 * 1000),
        ("vgg11", {}, 132_863_336),
        ("vgg16", {}, 138_357_544),
        ("vgg16", {"head": "pooled"}, 15_227_688),
        ("vgg16", {"in_channels": 1}, 138_357_544 - 2 * 64 * 9),
        ("densenet121", {}, 7_978_856),
        ("densenet121", {"in_channels": 1, "num_classes": 10}, 7_978_856 - 2 * 64 * 49 - 990 * 1025),
        ("efficientnet_b0", {}, 5_288_548),
        ("efficientnet_b0", {"in_channels": 1}, 5_288_548 - 2 * 32 * 9),
    ],
)
def test_parameters_are_those_published(name, arguments, count):
    with torch.device("meta"):
        assert complexity.parameters(zoo.create(name, **arguments)) == count


@pytest.mark.parametrize("name", ["alexnet", "vgg11", "vgg16", "densenet121", "efficientnet_b0"])
def test_torchvisions_weights_fit(name):
    with torch.device("meta"):
        ours, theirs = zoo.create(name), torchvision.models.get_model(name)
    shapes = {key: value.shape for key, value in ours.state_dict().items()}
    assert shapes == {key: value.shape for key, value in theirs.state_dict().items()}


def test_pictures_of_one_channel_are_taken():
    for name, arguments, side in (
        ("vgg11", {"head": "pooled"}, 32),
        ("densenet121", {}, 32),
        ("efficientnet_b0", {}, 32),
    ):
        torch.manual_seed(0)
        model = zoo.create(name, num_classes=10, in_channels=1, **arguments)
        scores = model(torch.randn(2, 1, side, side))
        assert scores.shape == (2, 10)
        assert scores.std() > 1e-3


@pytest.mark.parametrize("name", ["alexnet", "vgg11"])
def test_an_unknown_head_is_refused(name):
    with pytest.raises(ValueError, match="head is 'flatten' or 'pooled', not 'mean'"):
        zoo.create(name, head="mean")
