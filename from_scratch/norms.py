"""Layer normalisation by hand, forwards and backwards.

Ba et al., "Layer Normalization", https://arxiv.org/abs/1607.06450, section 3. Every token is normalised over its own D
features, so tokens and pictures never meet; scale and shift, D numbers each, are shared by all tokens.
"""

from __future__ import annotations

import torch
from torch import Tensor


def layer_norm(x: Tensor, scale: Tensor, shift: Tensor, eps: float = 1e-5) -> Tensor:
    """Give each token mean 0 and variance 1 over its features, then scale and shift every feature.

    Args:
        x: ...×D.
        scale, shift: D.
        eps: added to the variance, so that a token of equal numbers becomes 0 and not NaN.

    Returns:
        ...×D, as `torch.nn.functional.layer_norm`: the variance divides by D, not by D - 1.
    """
    normed, _ = _normalise(x, eps)
    return normed * scale + shift


def layer_norm_backward(gradient: Tensor, x: Tensor, scale: Tensor, eps: float = 1e-5) -> tuple[Tensor, Tensor, Tensor]:
    """From the gradient at the output of `layer_norm` to those of its input, its scale and its shift.

    With n = (x - mean)/deviation and g = gradient·scale, a token's own D numbers, the first is
    (g - mean(g) - n·mean(g·n)) / deviation. The two means are what cannot pass: adding a number to all features, or
    multiplying them all by one, does not change the output.

    Args:
        gradient: ...×D, of the loss with respect to the output.
        x: ...×D, what `layer_norm` was given.
        scale: D.
        eps: as in `layer_norm`.

    Returns:
        ...×D for x, D for the scale, D for the shift; the last two are sums over all tokens.
    """
    normed, deviation = _normalise(x, eps)
    inner = gradient * scale
    for_x = (inner - inner.mean(-1, keepdim=True) - normed * (inner * normed).mean(-1, keepdim=True)) / deviation
    features = x.shape[-1]
    return for_x, (gradient * normed).reshape(-1, features).sum(0), gradient.reshape(-1, features).sum(0)


def _normalise(x: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """...×D -> ...×D of mean 0 and variance 1, and the deviation that it was divided by, ...×1."""
    centred = x - x.mean(-1, keepdim=True)
    deviation = torch.sqrt(centred.square().mean(-1, keepdim=True) + eps)
    return centred / deviation, deviation
