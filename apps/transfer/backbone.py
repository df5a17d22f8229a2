"""The network that never changes: its features, and what it sees of a picture."""

from __future__ import annotations

from typing import Any

from PIL import Image
from torch import Tensor

import zoo
from apps import _networks
from apps._inputs.urls import write_png_url, write_preview_url

BACKBONE = "resnet18-8class.cifar10"
THUMB_SIDE = 224
"""Longer side, in pixels, of a picture that the browser shows small."""


def describe_backbone() -> zoo.Release:
    """The network whose features the new layer reads.

    Raises:
        UnknownName: the zoo does not have it.
    """
    return zoo.describe(BACKBONE)


def load_backbone() -> Any:
    """The backbone, one copy for all visitors, in evaluation mode and never trained.

    Raises:
        ZooError: the zoo does not have it, or it is damaged.
    """
    return _networks.load(BACKBONE)


def compute_features(model: Any, x: Tensor) -> Tensor:
    """N×3×32×32 -> N×256: all of a ResNet but its last layer. The batch norms use what they learnt in training."""
    x = model.maxpool(model.relu(model.bn1(model.conv1(x))))
    for stage in (model.layer1, model.layer2, model.layer3, model.layer4):
        x = stage(x)
    return model.avgpool(x).flatten(1)


def shrink_picture(picture: Image.Image) -> str:
    """All that the backbone sees of a picture, as a PNG data URL: read again, it gives the same numbers."""
    preprocess = load_backbone().preprocess
    return write_png_url(preprocess.picture(preprocess(picture)))


def describe_picture(picture: Image.Image) -> dict[str, str]:
    """What the browser keeps of a picture: all that the network sees of it, and a larger one to look at."""
    return {"small": shrink_picture(picture), "thumb": write_preview_url(picture, THUMB_SIDE)}
