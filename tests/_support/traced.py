"""Networks with random weights, traced on a random picture: what the tests of *Feature maps* look into."""

from __future__ import annotations

import base64

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import zoo
from apps._networks import tracing


class Everything(nn.Module):
    """What the zoo's networks do not have: dilation, groups, "same" padding, functions, a branch, and a gate."""

    def __init__(self):
        super().__init__()
        self.wide = nn.Conv2d(3, 8, (3, 5), stride=2, padding=(1, 2), dilation=(2, 1))
        self.same = nn.Conv2d(8, 8, 4, padding="same", groups=4)
        self.mirrored = nn.Conv2d(8, 6, 3, padding=1, padding_mode="reflect")
        self.gate = nn.Conv2d(14, 14, 1)
        self.norm = nn.BatchNorm2d(14, affine=False)
        self.head = nn.Linear(14 * 9, 5, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.wide(x), inplace=True)
        x = F.avg_pool2d(x, 3, stride=1, padding=1)
        x = torch.cat([self.same(x), self.mirrored(x)], 1)
        x = x * torch.sigmoid(self.gate(F.adaptive_avg_pool2d(x, 1)))
        x = F.max_pool2d(self.norm(x), 2, ceil_mode=True)
        return self.head(torch.flatten(F.adaptive_avg_pool2d(x, 3), 1))


def randomise(model: nn.Module, positive: bool = False) -> nn.Module:
    """Float64, in eval mode, frozen; every weight and statistic random. If positive, no ReLU ever shuts."""
    generator = torch.Generator().manual_seed(0)
    model = model.double().eval().requires_grad_(False)
    for name, values in [*model.named_parameters(), *model.named_buffers()]:
        if values.is_floating_point():
            fan = max(1, values[0].numel()) ** 0.5 if values.ndim > 1 else 1.0
            values.copy_(torch.randn(values.shape, generator=generator, dtype=values.dtype) / fan)
            if positive or "var" in name:
                values.abs_().add_(0.1 / fan)
            if positive and "mean" in name:
                values.zero_()
    return model


def traced(name: str, positive: bool = False) -> tracing.Trace:
    build, shape = {
        "lenet": (lambda: zoo.create("lenet"), (1, 28, 28)),
        "cifar": (lambda: zoo.create("resnet18", num_classes=10, stem="cifar"), (3, 32, 32)),
        "imagenet": (lambda: zoo.create("resnet18", num_classes=10), (3, 96, 80)),
        "bottleneck": (lambda: zoo.create("resnet50", num_classes=10, stem="cifar"), (3, 16, 16)),
        "everything": (Everything, (3, 22, 17)),
    }[name]
    torch.manual_seed(1)
    x = torch.randn(shape, dtype=torch.float64)
    return tracing.record(randomise(build(), positive), x.abs() if positive else x)


def a_unit(layer: tracing.Layer, seed: int) -> tuple[int, int, int]:
    draw = np.random.default_rng(seed)
    channel, row, column = (int(draw.integers(count)) for count in layer.shape)
    return channel, row, column


def floats(text: str, shape: list[int]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f4").reshape(shape).astype(np.float64)


MODELS = ("lenet", "cifar", "imagenet", "everything")
