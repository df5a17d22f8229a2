"""Style-based generative adversarial network. Karras et al., "A Style-Based Generator Architecture for Generative
Adversarial Networks" (2018), https://arxiv.org/abs/1812.04948

Small: three sizes, 7, 14 and 28 pixels, with two styles each; leaky ReLU and strided convolutions in the discriminator.
"""

import torch
from torch import Tensor, nn

from zoo import register


class StyleLayer(nn.Module):
    """Noise of a learnt strength on every pixel, leaky ReLU, and each channel's mean and deviation from the style."""

    noise: Tensor

    def __init__(self, channels: int, style: int, side: int):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))
        self.strength = nn.Parameter(torch.zeros(channels))
        self.affine = nn.Linear(style, 2 * channels)
        nn.init.normal_(self.affine.weight, std=style**-0.5)
        nn.init.zeros_(self.affine.bias)
        self.register_buffer("noise", torch.randn(1, 1, side, side))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        noise = torch.randn_like(x[:, :1]) if self.training else self.noise  # N×1×H×W, or 1×1×H×W
        x = x + self.strength.view(-1, 1, 1) * noise + self.bias.view(-1, 1, 1)
        scale, shift = self.affine(w).chunk(2, dim=1)  # N×style -> N×C, twice
        # `from_scratch.generative.adaptive_instance_norm`, in half the time.
        normal = nn.functional.instance_norm(nn.functional.leaky_relu(x, 0.2))
        return torch.addcmul(shift[..., None, None], 1 + scale[..., None, None], normal)


class Generator(nn.Module):
    """A code to a style by `mapping`, and a style for each layer to a picture, from one learnt constant."""

    mean_w: Tensor

    def __init__(self, channels: int, width: int, code: int, depth: int):
        super().__init__()
        self.mapping = nn.Sequential(
            *(layer for _ in range(depth) for layer in (nn.Linear(code, code), nn.LeakyReLU(0.2)))
        )
        for layer in (layer for layer in self.mapping if isinstance(layer, nn.Linear)):
            # So that w differs from code to code as the code does; by default each layer would halve that.
            nn.init.kaiming_normal_(layer.weight, a=0.2)
            nn.init.zeros_(layer.bias)
        self.constant = nn.Parameter(torch.randn(1, 4 * width, 7, 7))
        self.convolutions = nn.ModuleList(
            [
                nn.Identity(),  # N×64×7×7
                nn.Conv2d(4 * width, 4 * width, 3, padding=1, bias=False),
                nn.ConvTranspose2d(4 * width, 2 * width, 4, 2, 1, bias=False),  # -> N×32×14×14
                nn.Conv2d(2 * width, 2 * width, 3, padding=1, bias=False),
                nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False),  # -> N×16×28×28
                nn.Conv2d(width, width, 3, padding=1, bias=False),
            ]
        )
        shapes = [(4 * width, 7), (4 * width, 7), (2 * width, 14), (2 * width, 14), (width, 28), (width, 28)]
        self.styles = nn.ModuleList(StyleLayer(maps, code, side) for maps, side in shapes)
        self.to_picture = nn.Conv2d(width, channels, 1)  # -> N×1×28×28
        self.register_buffer("mean_w", torch.zeros(code))

    def synthesise(self, w: Tensor) -> Tensor:
        x = self.constant.expand(len(w), -1, -1, -1)
        for layer, (convolution, style) in enumerate(zip(self.convolutions, self.styles, strict=True)):
            x = style(convolution(x), w[:, layer])
        return (self.to_picture(x).tanh() + 1) / 2


class StyleGAN(nn.Module):
    """`model(codes)` makes pictures, `model.score(pictures)` says how real they look.

    In between: `model.map(codes)` gives w, `model.truncate(w, psi)` moves it towards the mean, `model.synthesise(w)`
    takes one w for all layers or one for each. Noise is drawn anew in training and is the same always in `eval`.
    """

    LAYERS = 6
    """Styles of a picture: two coarse (7 pixels), two middle (14), two fine (28)."""

    def __init__(self, channels: int, width: int, code: int, depth: int):
        super().__init__()
        self.code = code
        self.generator = Generator(channels, width, code, depth)
        self.discriminator = nn.Sequential(
            nn.Conv2d(channels, 2 * width, 4, 2, 1),  # N×1×28×28 -> N×32×14×14
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 4 * width, 4, 2, 1),  # -> N×64×7×7
            nn.LeakyReLU(0.2),
            nn.Conv2d(4 * width, 8 * width, 3, 2),  # -> N×128×3×3
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(8 * width * 9, 1),  # -> N×1
        )

    def map(self, codes: Tensor) -> Tensor:
        """Codes from N(0, 1), N×code, each brought to length √code -> w, N×code."""
        return self.generator.mapping(codes * (codes.square().mean(1, keepdim=True) + 1e-8).rsqrt())

    def truncate(self, w: Tensor, psi: float) -> Tensor:
        """Move w towards the mean w: psi 1 leaves it, 0 gives the mean picture, below 0 the opposite."""
        return self.generator.mean_w + psi * (w - self.generator.mean_w)

    def synthesise(self, w: Tensor) -> Tensor:
        """w for all layers, N×code, or for each, N×6×code, coarse ones first -> pictures in 0..1, N×C×28×28."""
        return self.generator.synthesise(w if w.ndim == 3 else w[:, None].expand(-1, self.LAYERS, -1))

    def generate(self, codes: Tensor) -> Tensor:
        """Codes from N(0, 1), N×code -> pictures in 0..1, N×C×28×28."""
        return self.synthesise(self.map(codes))

    def score(self, pictures: Tensor) -> Tensor:
        """Pictures in 0..1, N×C×28×28 -> logits, N: the sigmoid is the probability that the picture is real."""
        return self.discriminator(pictures * 2 - 1).squeeze(1)

    def forward(self, codes: Tensor) -> Tensor:
        return self.generate(codes)


@register
def stylegan(channels: int = 1, width: int = 16, code: int = 64, depth: int = 4) -> StyleGAN:
    """For 28×28 pictures: four linear layers lead from a code to w, six styles from w to the picture."""
    return StyleGAN(channels, width, code, depth)
