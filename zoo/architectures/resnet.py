"""Residual networks. He et al., "Deep Residual Learning for Image Recognition", https://arxiv.org/abs/1512.03385

Parameter names are torchvision's, so its ImageNet weights load as they are.
"""

from typing import Literal

from torch import Tensor, nn

from zoo import register


class BasicBlock(nn.Module):
    """Two 3×3 convolutions and a shortcut (figure 5, left)."""

    expansion = 1

    def __init__(self, in_channels: int, channels: int, stride: int = 1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = _make_projection(in_channels, channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))  # N×C_in×H×W -> N×C×H/s×W/s
        x = self.bn2(self.conv2(x))
        x += shortcut
        return self.relu(x)


class Bottleneck(nn.Module):
    """1×1, 3×3, 1×1 and a shortcut (figure 5, right); the stride sits on the 3×3, as in torchvision ("v1.5")."""

    expansion = 4

    def __init__(self, in_channels: int, channels: int, stride: int = 1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, 4 * channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _make_projection(in_channels, 4 * channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))  # N×C_in×H×W -> N×C×H×W
        x = self.relu(self.bn2(self.conv2(x)))  # -> N×C×H/s×W/s
        x = self.bn3(self.conv3(x))  # -> N×4C×H/s×W/s
        x += shortcut
        return self.relu(x)


def _make_projection(in_channels: int, out_channels: int, stride: int) -> nn.Module | None:
    """Shortcut "option B" (section 3.3): a 1×1 convolution only where the shape changes."""
    if stride == 1 and in_channels == out_channels:
        return None
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels))


Stem = Literal["imagenet", "cifar"]
Block = type[BasicBlock] | type[Bottleneck]


def _make_stage(block: Block, width: int, channels: int, depth: int, stride: int) -> tuple[nn.Sequential, int]:
    """`depth` blocks, the first with the stride; returns them and how many channels come out."""
    blocks: list[nn.Module] = []
    for index in range(depth):
        blocks.append(block(width, channels, stride if index == 0 else 1))
        width = channels * block.expansion
    return nn.Sequential(*blocks), width


class ResNet(nn.Module):
    """A stem, four stages of blocks at `width` times 1, 2, 4 and 8 channels, global average pooling, one linear layer.

    `stem="imagenet"` is the paper's 7×7 stride-2 convolution with max pooling, for 224 px;
    `stem="cifar"` is one 3×3 convolution without pooling, for 32 px. The paper's width is 64.
    """

    def __init__(
        self,
        block: Block,
        depths: tuple[int, int, int, int],
        num_classes: int,
        in_channels: int,
        stem: Stem,
        width: int = 64,
    ):
        super().__init__()
        if stem not in ("imagenet", "cifar"):
            raise ValueError(f"A ResNet's stem is 'imagenet' or 'cifar', not {stem!r}.")
        if stem == "imagenet":
            self.conv1 = nn.Conv2d(in_channels, width, 7, stride=2, padding=3, bias=False)
            self.maxpool: nn.Module = nn.MaxPool2d(3, stride=2, padding=1)
        else:
            self.conv1 = nn.Conv2d(in_channels, width, 3, padding=1, bias=False)
            self.maxpool = nn.Identity()
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)

        self.layer1, out = _make_stage(block, width, width, depths[0], stride=1)
        self.layer2, out = _make_stage(block, out, 2 * width, depths[1], stride=2)
        self.layer3, out = _make_stage(block, out, 4 * width, depths[2], stride=2)
        self.layer4, out = _make_stage(block, out, 8 * width, depths[3], stride=2)

        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(out, num_classes)

        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        # Sizes for the CIFAR stem at 32 px and width 64; the ImageNet stem at 224 px gives 56, 28, 14 and 7.
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))  # N×3×32×32 -> N×64×32×32
        x = self.layer1(x)
        x = self.layer2(x)  # -> N×128×16×16
        x = self.layer3(x)  # -> N×256×8×8
        x = self.layer4(x)  # -> N×512×4×4
        return self.fc(self.avgpool(x).flatten(1))  # -> N×classes


@register
def resnet18(num_classes: int = 1000, in_channels: int = 3, stem: Stem = "imagenet", width: int = 64) -> ResNet:
    """ResNet-18 (table 1): 11,689,512 parameters with its defaults, 11,173,962 with the CIFAR stem and ten classes."""
    return ResNet(BasicBlock, (2, 2, 2, 2), num_classes, in_channels, stem, width)


@register
def resnet50(num_classes: int = 1000, in_channels: int = 3, stem: Stem = "imagenet") -> ResNet:
    """ResNet-50 (table 1): 25,557,032 parameters with its defaults."""
    return ResNet(Bottleneck, (3, 4, 6, 3), num_classes, in_channels, stem)
