"""VGG: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
https://arxiv.org/abs/1409.1556

torchvision's own, so its ImageNet weights load as they are. It takes pictures of 32 px and more: sizes at 224 px are

    features     3×224×224 -> 64×112×112 -> 128×56×56 -> 256×28×28 -> 512×14×14 -> 512×7×7
    classifier   25,088 -> 4,096 -> 4,096 -> classes, or with `head="pooled"` 512 -> classes
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from torch import nn

from zoo import register

if TYPE_CHECKING:
    from torchvision.models import VGG

Head = Literal["flatten", "pooled"]


def _build_vgg(name: str, num_classes: int, in_channels: int, head: Head, dropout: float) -> VGG:
    """torchvision's VGG of that name, with this many input channels and this head."""
    from torchvision import models  # not with the file: naming an architecture need not import all of torchvision

    if head not in ("flatten", "pooled"):
        raise ValueError(f"A VGG's head is 'flatten' or 'pooled', not {head!r}.")
    # A pooled head needs none of the big matrices, whose drawing takes longer than all else.
    model = models.get_model(name, weights=None, num_classes=num_classes, dropout=dropout, init_weights=False)
    if in_channels != 3:
        model.features[0] = nn.Conv2d(in_channels, 64, 3, padding=1)
    if head == "pooled":
        model.avgpool = nn.AdaptiveAvgPool2d(1)
        model.classifier = nn.Sequential(nn.Linear(512, num_classes))
    for module in model.modules():  # as torchvision does
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0, 0.01)
        if isinstance(module, nn.Conv2d | nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)
    return model


@register
def vgg11(num_classes: int = 1000, in_channels: int = 3, head: Head = "flatten", dropout: float = 0.5) -> VGG:
    """VGG-11 (table 1, A): 132,863,336 parameters with its defaults."""
    return _build_vgg("vgg11", num_classes, in_channels, head, dropout)


@register
def vgg16(num_classes: int = 1000, in_channels: int = 3, head: Head = "flatten", dropout: float = 0.5) -> VGG:
    """VGG-16 (table 1, D): 138,357,544 parameters with its defaults, 15,227,688 with a pooled head."""
    return _build_vgg("vgg16", num_classes, in_channels, head, dropout)
