"""The arithmetic of three families of generative models: variational autoencoders, adversarial networks, diffusion.

Kingma and Welling, "Auto-Encoding Variational Bayes", https://arxiv.org/abs/1312.6114
Goodfellow et al., "Generative Adversarial Networks", https://arxiv.org/abs/1406.2661
Gulrajani et al., "Improved Training of Wasserstein GANs", https://arxiv.org/abs/1704.00028
Huang and Belongie, "Arbitrary Style Transfer ... with Adaptive Instance Normalization", https://arxiv.org/abs/1703.06868
Ho et al., "Denoising Diffusion Probabilistic Models", https://arxiv.org/abs/2006.11239
Song et al., "Denoising Diffusion Implicit Models", https://arxiv.org/abs/2010.02502
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

# Variational autoencoders


def kl_to_standard_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) ‖ N(0, 1)) of every dimension, in nats: (mean² + variance - 1 - ln variance) / 2.

    The sum over dimensions is the KL of the diagonal Gaussian (Kingma and Welling, appendix B). It is 0 where mean is 0
    and variance 1: a dimension that says nothing about its picture costs nothing.

    Args:
        mean, log_variance: of one shape.

    Returns:
        That shape, nothing below 0.
    """
    return (mean.square() + log_variance.exp() - 1 - log_variance) / 2


def reparameterise(mean: Tensor, log_variance: Tensor, noise: Tensor) -> Tensor:
    """A sample of N(mean, variance) that gradients reach its parameters through: mean + deviation·noise.

    Kingma and Welling, section 2.4.

    Args:
        mean, log_variance: of one shape.
        noise: that shape, drawn from N(0, 1).
    """
    return mean + (log_variance / 2).exp() * noise


def log_likelihood_of_pixels(logits: Tensor, x: Tensor) -> Tensor:
    """ln p(x) where each pixel is a Bernoulli variable of its own with sigmoid(logit) as its mean, in nats.

    x·logit - ln(1 + exp(logit)), summed over all but the first axis. With grey values between 0 and 1 for x it is still
    what a VAE on MNIST maximises by custom, but no longer the logarithm of a probability.

    Args:
        logits, x: N×..., of one shape; x in 0..1.

    Returns:
        N.
    """
    return (x * logits - torch.logaddexp(logits, torch.zeros_like(logits))).flatten(1).sum(1)


def evidence_lower_bound(logits: Tensor, x: Tensor, mean: Tensor, log_variance: Tensor, beta: float = 1.0) -> Tensor:
    """ELBO of every picture in nats: its log-likelihood at one sample of the code, minus β times the code's KL.

    β = 1 bounds ln p(x) from below; another β is Higgins et al., "beta-VAE" (2017).

    Args:
        logits, x: N×..., the decoder's answer and the picture.
        mean, log_variance: N×D.

    Returns:
        N.
    """
    return log_likelihood_of_pixels(logits, x) - beta * kl_to_standard_normal(mean, log_variance).sum(1)


# Adversarial networks


def best_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """The D that maximises the value for a fixed generator: real / (real + fake) (Goodfellow et al., proposition 1).

    Args:
        real, fake: probability of each outcome, of one shape; where both are 0, D is 1/2: nothing comes there.
    """
    total = real + fake
    return torch.where(total > 0, real / total.clamp_min(torch.finfo(total.dtype).tiny), 0.5)


def adversarial_value(real: Tensor, fake: Tensor, discriminator: Tensor) -> Tensor:
    """E_real[ln D] + E_fake[ln(1 - D)], in nats (Goodfellow et al., equation 1).

    With the best D it is 2·JS(real, fake) - ln 4: -ln 4 = -1.386 where the two agree, 0 where they never meet.

    Args:
        real, fake: probability of each of K outcomes, each adding up to 1.
        discriminator: K, D of each outcome, in 0..1.

    Returns:
        A number.
    """
    return (torch.xlogy(real, discriminator) + torch.xlogy(fake, 1 - discriminator)).sum()


def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, places: Tensor) -> Tensor:
    """Mean of (‖∂critic/∂x‖ - 1)² at points between a real and a fake picture (Gulrajani et al., section 4).

    Args:
        critic: N×... to N, one number per picture that depends on that picture alone: no batch norm.
        real, fake: N×..., of one shape.
        places: N, in 0..1: 1 is the real picture, 0 the fake one.

    Returns:
        A number that gradients pass through, to the critic's weights.
    """
    share = places.view(-1, *[1] * (real.ndim - 1))
    between = (share * real + (1 - share) * fake).detach().requires_grad_()
    [gradient] = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) - 1).square().mean()


def adaptive_instance_norm(x: Tensor, scale: Tensor, shift: Tensor, eps: float = 1e-5) -> Tensor:
    """Take each channel's own mean and deviation away, and give it those of a style (Huang and Belongie, equation 8).

    Args:
        x: N×C×H×W.
        scale, shift: N×C: deviation and mean that the style asks for.
        eps: added to the variance.

    Returns:
        N×C×H×W.
    """
    mean = x.mean((2, 3), keepdim=True)
    variance = (x - mean).square().mean((2, 3), keepdim=True)
    return scale[..., None, None] * (x - mean) / (variance + eps).sqrt() + shift[..., None, None]


# Diffusion; step t runs from 0 to T - 1, and the clean picture is "before step 0".


def linear_betas(steps: int = 1000, first: float = 1e-4, last: float = 0.02) -> Tensor:
    """Variance of the noise that each step adds, evenly spaced (Ho et al., section 4). T, float64."""
    return torch.linspace(first, last, steps, dtype=torch.float64)


def cosine_betas(steps: int = 1000, offset: float = 0.008, most: float = 0.999) -> Tensor:
    """Betas for which ᾱ falls like a squared cosine: slowly at both ends. T, float64.

    Nichol and Dhariwal, "Improved Denoising Diffusion Probabilistic Models", https://arxiv.org/abs/2102.09672, eq. 17.
    """
    times = torch.arange(steps + 1, dtype=torch.float64) / steps
    kept = torch.cos((times + offset) / (1 + offset) * math.pi / 2).square()
    return (1 - kept[1:] / kept[:-1]).clamp_max(most)


def remaining_signal(betas: Tensor) -> Tensor:
    """ᾱ_t = Π(1 - β): the share of the picture's variance that is left after step t. T."""
    return (1 - betas).cumprod(0)


def add_noise(x: Tensor, noise: Tensor, t: int, alphas: Tensor) -> Tensor:
    """x_t in one step: √ᾱ_t·x + √(1 - ᾱ_t)·noise (Ho et al., equation 4).

    Args:
        x: the clean picture, any shape, about -1..1.
        noise: that shape, drawn from N(0, 1).
        alphas: ᾱ of every step, T.
    """
    return alphas[t].sqrt() * x + (1 - alphas[t]).sqrt() * noise


def predict_clean(x_t: Tensor, noise: Tensor, t: int, alphas: Tensor) -> Tensor:
    """The clean picture that `noise` would have made into x_t: `add_noise` solved for x."""
    return (x_t - (1 - alphas[t]).sqrt() * noise) / alphas[t].sqrt()


def posterior(x: Tensor, x_t: Tensor, t: int, betas: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of x_{t-1} where both the clean picture and x_t are known (Ho et al., equations 6 and 7).

    Args:
        x, x_t: of one shape.
        betas: T.

    Returns:
        That shape; a number, 0 at t = 0, where x_{t-1} is the clean picture itself.
    """
    alphas = remaining_signal(betas)
    now, before = alphas[t], alphas[t - 1] if t else torch.ones_like(alphas[0])
    beta = betas[t]
    mean = before.sqrt() * beta / (1 - now) * x + (1 - beta).sqrt() * (1 - before) / (1 - now) * x_t
    return mean, (1 - before) / (1 - now) * beta


def ddim_step(
    x_t: Tensor, noise: Tensor, t: int, before: int, alphas: Tensor, eta: float = 0.0, fresh: Tensor | None = None
) -> Tensor:
    """From step t to the earlier step `before`, which need not be its neighbour (Song et al., equation 12).

    The clean picture that the noise implies is noised again, for the most part with that same noise. η = 0 adds nothing
    new and is deterministic; η = 1 between neighbours has the variance of DDPM's posterior.

    Args:
        x_t: any shape.
        noise: that shape, as a network predicts it from x_t.
        before: a step below t; -1 is the clean picture.
        alphas: ᾱ of every step, T.
        eta: share of fresh noise, 0..1.
        fresh: x_t's shape, drawn from N(0, 1); needed where η is above 0.

    Raises:
        ValueError: `before` is not below t, or η is above 0 without fresh noise.
    """
    if not -1 <= before < t:
        raise ValueError(f"Step {before} does not lie before step {t}.")
    if eta and fresh is None:
        raise ValueError("Above η = 0 a step needs fresh noise.")
    now, earlier = alphas[t], alphas[before] if before >= 0 else torch.ones_like(alphas[0])
    variance = eta**2 * (1 - earlier) / (1 - now) * (1 - now / earlier)
    clean = predict_clean(x_t, noise, t, alphas)
    x = earlier.sqrt() * clean + (1 - earlier - variance).clamp_min(0).sqrt() * noise
    return x if fresh is None else x + variance.sqrt() * fresh
