"""Convolutional generative adversarial network. Radford et al., "Unsupervised Representation Learning with Deep
Convolutional Generative Adversarial Networks" (2015), https://arxiv.org/abs/1511.06434

Strided convolutions both ways and batch norm in the generator, as there; none in the discriminator, so that a picture's
score depends on that picture alone, and it can be a Wasserstein critic too (Gulrajani et al., section 4).
"""

from torch import Tensor, nn

from zoo import register


class DCGAN(nn.Module):
    """`model(codes)` makes pictures, `model.score(pictures)` says how real they look."""

    def __init__(self, channels: int, width: int, code: int):
        super().__init__()
        self.code = code
        self.generator = nn.Sequential(
            nn.Linear(code, 4 * width * 9, bias=False),  # N×64 -> N×1152
            nn.Unflatten(1, (4 * width, 3, 3)),  # -> N×128×3×3
            nn.BatchNorm2d(4 * width),
            nn.ReLU(),
            nn.ConvTranspose2d(4 * width, 2 * width, 3, 2, bias=False),  # -> N×64×7×7
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
            nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False),  # -> N×32×14×14
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.ConvTranspose2d(width, channels, 4, 2, 1),  # -> N×1×28×28
            nn.Tanh(),
        )
        self.discriminator = nn.Sequential(
            nn.Conv2d(channels, width, 4, 2, 1),  # N×1×28×28 -> N×32×14×14
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 4, 2, 1),  # -> N×64×7×7
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 4 * width, 3, 2),  # -> N×128×3×3
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(4 * width * 9, 1),  # -> N×1
        )

    def generate(self, codes: Tensor) -> Tensor:
        """Codes from N(0, 1), N×code -> pictures in 0..1, N×C×28×28."""
        return (self.generator(codes) + 1) / 2

    def score(self, pictures: Tensor) -> Tensor:
        """Pictures in 0..1, N×C×28×28 -> N: logits of "real", or a critic's scores, as it was trained."""
        return self.discriminator(pictures * 2 - 1).squeeze(1)

    def forward(self, codes: Tensor) -> Tensor:
        return self.generate(codes)


@register
def dcgan(channels: int = 1, width: int = 32, code: int = 64) -> DCGAN:
    """For 28×28 pictures: 128 maps of 3×3, 64 of 7×7, 32 of 14×14, and the same way back."""
    return DCGAN(channels, width, code)
