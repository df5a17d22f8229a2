"""Generative adversarial network of linear layers. Goodfellow et al., "Generative Adversarial Networks" (2014),
https://arxiv.org/abs/1406.2661; batch norm in the generator, leaky ReLU and dropout in the discriminator, not maxout
"""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from zoo import register


class GAN(nn.Module):
    """`model(codes)` makes pictures, `model.score(pictures)` says how real they look."""

    def __init__(self, side: int, hidden: Sequence[int], code: int):
        super().__init__()
        self.side, self.code = side, code
        self.generator = nn.Sequential(
            *(layer for widths in pairwise([code, *hidden]) for layer in _activate(*widths)),
            nn.Linear(hidden[-1], side * side),  # N×512 -> N×784
            nn.Sigmoid(),
        )
        self.discriminator = nn.Sequential(
            *(layer for widths in pairwise([side * side, *reversed(hidden)]) for layer in _leak(*widths)),
            nn.Linear(hidden[0], 1),  # N×256 -> N×1
        )

    def generate(self, codes: Tensor) -> Tensor:
        """Codes from N(0, 1), N×code -> pictures in 0..1, N×1×side×side."""
        return self.generator(codes).view(-1, 1, self.side, self.side)  # N×64 -> N×784 -> N×1×28×28

    def score(self, pictures: Tensor) -> Tensor:
        """Pictures in 0..1 -> logits, N: the sigmoid is the probability that the picture is real."""
        return self.discriminator(pictures.flatten(1) * 2 - 1).squeeze(1)  # N×784 -> N

    def forward(self, codes: Tensor) -> Tensor:
        return self.generate(codes)


def _activate(fan_in: int, fan_out: int) -> list[nn.Module]:
    """A layer of the generator."""
    return [nn.Linear(fan_in, fan_out, bias=False), nn.BatchNorm1d(fan_out), nn.ReLU()]


def _leak(fan_in: int, fan_out: int) -> list[nn.Module]:
    """A layer of the discriminator."""
    return [nn.Linear(fan_in, fan_out), nn.LeakyReLU(0.2), nn.Dropout(0.3)]


@register
def gan(side: int = 28, hidden: Sequence[int] = (256, 512), code: int = 64) -> GAN:
    """A generator 64-256-512-784 and a discriminator 784-512-256-1."""
    return GAN(side, hidden, code)
