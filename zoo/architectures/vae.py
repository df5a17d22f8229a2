"""Variational autoencoder. Kingma and Welling, "Auto-Encoding Variational Bayes" (2013),
https://arxiv.org/abs/1312.6114; ReLU instead of tanh
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from from_scratch.generative import reparameterise
from zoo import register


class VAE(nn.Module):
    """Pixels in 0..1 to a Gaussian over codes, and a code back to logits: `model(x).sigmoid()` is the reconstruction,
    of the Gaussian's mean in `eval` and of a sample in training."""

    def __init__(self, side: int, hidden: Sequence[int], code: int):
        super().__init__()
        self.side = side
        self.encoder = _stack([side * side, *hidden, 2 * code])
        self.decoder = _stack([code, *reversed(hidden), side * side])

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z|x)."""
        mean, log_variance = self.encoder(x.flatten(1)).chunk(2, dim=1)  # N×784 -> N×2·code -> twice N×code
        return mean, log_variance

    def decode(self, code: Tensor) -> Tensor:
        """Logits: ln p/(1 - p) of the probability that a pixel is white."""
        return self.decoder(code).view(-1, 1, self.side, self.side)  # N×code -> N×784 -> N×1×28×28

    def forward(self, x: Tensor) -> Tensor:
        mean, log_variance = self.encode(x)
        code = reparameterise(mean, log_variance, torch.randn_like(mean)) if self.training else mean
        return self.decode(code)


def _stack(widths: Sequence[int]) -> nn.Sequential:
    """Linear layers of these widths, ReLU between them."""
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(widths):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


@register
def vae(side: int = 28, hidden: Sequence[int] = (512, 256), code: int = 2) -> VAE:
    """Fully connected ReLU layers: 784-512-256, two numbers for each of the code's, then 256-512-784."""
    return VAE(side, hidden, code)
