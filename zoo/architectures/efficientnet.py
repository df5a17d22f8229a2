"""EfficientNet: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
https://arxiv.org/abs/1905.11946

torchvision's own, so its ImageNet weights load as they are. Sizes at 224 px are

    features.0          3×224×224 -> 32×112×112
    features.1 to .7    16 inverted bottlenecks: 1×1 up, depthwise, squeeze-and-excitation, 1×1 down
                        -> 16×112×112 -> 24×56×56 -> 40×28×28 -> 80×14×14 -> 112×14×14 -> 192×7×7 -> 320×7×7
    features.8          -> 1,280×7×7
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from zoo import register

if TYPE_CHECKING:
    from torchvision.models import EfficientNet


@register
def efficientnet_b0(
    num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.2, stochastic_depth: float = 0.2
) -> EfficientNet:
    """EfficientNet-B0 (table 1): 5,288,548 parameters with its defaults.

    In training the last block is left out with probability `stochastic_depth`, earlier ones with less.
    """
    from torchvision import models  # not with the file: naming an architecture need not import all of torchvision

    model = models.efficientnet_b0(
        weights=None, num_classes=num_classes, dropout=dropout, stochastic_depth_prob=stochastic_depth
    )
    if in_channels != 3:
        first = nn.Conv2d(in_channels, 32, 3, stride=2, padding=1, bias=False)
        nn.init.kaiming_normal_(first.weight, mode="fan_out")
        model.features[0][0] = first
    return model
