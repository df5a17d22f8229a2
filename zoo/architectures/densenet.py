"""DenseNet: Huang, Liu, van der Maaten and Weinberger, "Densely Connected Convolutional Networks",
https://arxiv.org/abs/1608.06993

torchvision's own, so its ImageNet weights load as they are. It takes pictures of 29 px and more: sizes at 224 px are

    stem                       3×224×224 -> 64×112×112 -> 64×56×56
    denseblock1, transition1   6 layers of 32 maps, then half of all -> 256×56×56 -> 128×28×28
    denseblock2, transition2   12 layers -> 512×28×28 -> 256×14×14
    denseblock3, transition3   24 layers -> 1,024×14×14 -> 512×7×7
    denseblock4                16 layers -> 1,024×7×7
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from zoo import register

if TYPE_CHECKING:
    from torchvision.models import DenseNet


@register
def densenet121(num_classes: int = 1000, in_channels: int = 3) -> DenseNet:
    """DenseNet-121 (table 1): growth rate 32; 7,978,856 parameters with its defaults."""
    from torchvision import models  # not with the file: naming an architecture need not import all of torchvision

    model = models.densenet121(weights=None, num_classes=num_classes)
    if in_channels != 3:
        model.features.conv0 = nn.Conv2d(in_channels, 64, 7, stride=2, padding=3, bias=False)
        nn.init.kaiming_normal_(model.features.conv0.weight)
    return model
