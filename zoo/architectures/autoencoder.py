"""Autoencoder. Hinton and Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks" (2006),
https://doi.org/10.1126/science.1127647; ReLU instead of stacked Boltzmann machines, trained in one piece
"""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from zoo import register


class Autoencoder(nn.Module):
    """Pixels in 0..1 to a code of few numbers, and back to logits: `model(x).sigmoid()` is the reconstruction."""

    def __init__(self, side: int, hidden: Sequence[int], code: int):
        super().__init__()
        self.side = side
        self.encoder = _stack([side * side, *hidden, code])
        self.decoder = _stack([code, *reversed(hidden), side * side])

    def encode(self, x: Tensor) -> Tensor:
        return self.encoder(x.flatten(1))  # N×1×28×28 -> N×784 -> N×code

    def decode(self, code: Tensor) -> Tensor:
        """Logits: ln p/(1 - p) of the probability that a pixel is white."""
        return self.decoder(code).view(-1, 1, self.side, self.side)  # N×code -> N×784 -> N×1×28×28

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x))


def _stack(widths: Sequence[int]) -> nn.Sequential:
    """Linear layers of these widths, ReLU between them."""
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(widths):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


@register
def autoencoder(side: int = 28, hidden: Sequence[int] = (512, 256), code: int = 2) -> Autoencoder:
    """Fully connected ReLU layers: 784-512-256-2-256-512-784 with its defaults."""
    return Autoencoder(side, hidden, code)
