"""AlexNet in one tower: Krizhevsky, "One weird trick for parallelizing convolutional neural networks",
https://arxiv.org/abs/1404.5997, after the two towers of Krizhevsky, Sutskever and Hinton, NIPS 2012.

torchvision's own, so its ImageNet weights load as they are. It takes pictures of 63 px and more: sizes at 224 px are

    features     3×224×224 -> 64×55×55 -> 192×27×27 -> 384×13×13 -> 256×13×13 -> 256×6×6
    classifier   9,216 -> 4,096 -> 4,096 -> classes, or with `head="pooled"` 256 -> classes
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from torch import nn

from zoo import register

if TYPE_CHECKING:
    from torchvision.models import AlexNet

Head = Literal["flatten", "pooled"]


@register
def alexnet(num_classes: int = 1000, in_channels: int = 3, head: Head = "flatten", dropout: float = 0.5) -> AlexNet:
    """AlexNet: 61,100,840 parameters with its defaults, 58,631,144 of them in three linear layers."""
    from torchvision import models  # not with the file: naming an architecture need not import all of torchvision

    if head not in ("flatten", "pooled"):
        raise ValueError(f"An AlexNet's head is 'flatten' or 'pooled', not {head!r}.")
    model = models.alexnet(weights=None, num_classes=num_classes, dropout=dropout)
    if in_channels != 3:
        model.features[0] = nn.Conv2d(in_channels, 64, 11, stride=4, padding=2)
    if head == "pooled":
        model.avgpool = nn.AdaptiveAvgPool2d(1)
        model.classifier = nn.Sequential(nn.Linear(256, num_classes))
    return model
