"""Translation between two kinds of picture without pairs. Zhu et al., "Unpaired Image-to-Image Translation using
Cycle-Consistent Adversarial Networks" (2017), https://arxiv.org/abs/1703.10593

Small, for 64×64: four residual blocks instead of nine; a nearest-neighbour enlargement and a convolution instead of a
transposed one (Odena et al., "Deconvolution and Checkerboard Artifacts"); patches of 34 pixels instead of 70.
"""

from torch import Tensor, nn

from zoo import register


class ResidualBlock(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.layers = nn.Sequential(
            *_convolve(channels, channels, 3), nn.ReLU(), *_convolve(channels, channels, 3)
        )  # N×C×H×W, as it came

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class CycleGAN(nn.Module):
    """`model(pictures)` turns pictures of kind A into B, and `model.translate_back` those of B into A.

    Pictures are N×3×64×64 in 0..1 everywhere; `score_a` and `score_b` say of each patch how real it looks.
    """

    def __init__(self, width: int, blocks: int):
        super().__init__()
        self.generator_ab = _make_generator(width, blocks)
        self.generator_ba = _make_generator(width, blocks)
        self.discriminator_a = _make_discriminator(width)
        self.discriminator_b = _make_discriminator(width)

    def translate(self, pictures: Tensor) -> Tensor:
        """A to B."""
        return (self.generator_ab(pictures * 2 - 1) + 1) / 2

    def translate_back(self, pictures: Tensor) -> Tensor:
        """B to A."""
        return (self.generator_ba(pictures * 2 - 1) + 1) / 2

    def score_a(self, pictures: Tensor) -> Tensor:
        """How much each of 7×7 patches looks like a real A: trained towards 1 for real, 0 for made. N×7×7."""
        return self.discriminator_a(pictures * 2 - 1).squeeze(1)

    def score_b(self, pictures: Tensor) -> Tensor:
        """The same for B."""
        return self.discriminator_b(pictures * 2 - 1).squeeze(1)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.translate(pictures)


def _convolve(fan_in: int, fan_out: int, size: int, stride: int = 1) -> list[nn.Module]:
    """A convolution over mirrored edges, then instance norm, which has a bias of its own."""
    padding = size // 2
    return [
        nn.Conv2d(fan_in, fan_out, size, stride, padding, bias=False, padding_mode="reflect"),
        nn.InstanceNorm2d(fan_out, affine=True),
    ]


def _make_generator(width: int, blocks: int) -> nn.Sequential:
    return nn.Sequential(
        *_convolve(3, width, 7), nn.ReLU(),  # N×3×64×64 -> N×16×64×64
        *_convolve(width, 2 * width, 3, 2), nn.ReLU(),  # -> N×32×32×32
        *_convolve(2 * width, 4 * width, 3, 2), nn.ReLU(),  # -> N×64×16×16
        *(ResidualBlock(4 * width) for _ in range(blocks)),
        nn.Upsample(scale_factor=2), *_convolve(4 * width, 2 * width, 3), nn.ReLU(),  # -> N×32×32×32
        nn.Upsample(scale_factor=2), *_convolve(2 * width, width, 3), nn.ReLU(),  # -> N×16×64×64
        nn.Conv2d(width, 3, 7, padding=3, padding_mode="reflect"), nn.Tanh(),  # -> N×3×64×64
    )  # fmt: skip


def _make_discriminator(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 2 * width, 4, 2, 1), nn.LeakyReLU(0.2),  # N×3×64×64 -> N×32×32×32
        nn.Conv2d(2 * width, 4 * width, 4, 2, 1, bias=False),  # -> N×64×16×16
        nn.InstanceNorm2d(4 * width, affine=True), nn.LeakyReLU(0.2),
        nn.Conv2d(4 * width, 8 * width, 4, 2, 1, bias=False),  # -> N×128×8×8
        nn.InstanceNorm2d(8 * width, affine=True), nn.LeakyReLU(0.2),
        nn.Conv2d(8 * width, 1, 4, 1, 1),  # -> N×1×7×7
    )  # fmt: skip


@register
def cyclegan(width: int = 16, blocks: int = 4) -> CycleGAN:
    """Two generators and two discriminators of patches, for 64×64 in colour."""
    return CycleGAN(width, blocks)
