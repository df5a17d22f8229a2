"""The linear VAE, whose best weights are known in closed form, on 8 × 8 pixels of a photograph.

Lucas et al., "Don't Blame the ELBO!", 2019, https://arxiv.org/abs/1911.02469: p(x|z) = N(Wz + μ, σ²) and
q(z|x) = N(V(x - μ), D) with a diagonal D. The bound is highest where W spans the principal components of probabilistic
PCA (Tipping and Bishop, 1999). A price β of the KL is a price βσ² of a nat against a squared error, so it acts as that
noise does: with s = βσ² the component of eigenvalue λ has w² = λ - s, and none where λ ≤ s. Then q has the mean
(1 - s/λ)·w⁻¹·(u·x) and the variance s/λ, so its mean KL is ln(λ/s)/2, what is drawn again of u·x is 1 - s/λ of it, and
the error that a living component leaves is s.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from apps._inputs import BadInput, read_picture
from zoo.examples import example_pictures

SIDE = 8
"""Pixels of a patch."""
PHOTO = "cat"
_BOX = (40, 0, 184, 144)
"""Left, top, right and bottom in pixels of the part that the page draws again: the cat's face, 18 × 18 patches."""
LOWEST, HIGHEST = 1e-9, 1e3
"""Of a price: far below the smallest eigenvalue and far above the largest."""


def price_dimensions(price: object) -> dict[str, Any]:
    """Which dimensions of a linear VAE live at this βσ²: `apps.autoencoders.solve_linear_vae`."""
    if not isinstance(price, int | float) or not LOWEST <= price <= HIGHEST:
        raise BadInput(f"The price is a number from {LOWEST:g} to {HIGHEST:g}, not {str(price)[:40]}.")
    values = find_components()[1]
    kl = np.log(np.maximum(values / price, 1)) / 2
    return {
        "price": price,
        "eigenvalues": values.tolist(),
        "kl_nats": kl.tolist(),
        "living": int((values > price).sum()),
        "error": float(np.minimum(values, price).sum()),
    }


@functools.cache
def find_components() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (64), eigenvalues (64, largest first) and eigenvectors (64×64, a row each) of all patches of the photograph.

    Patches lie side by side, as they are drawn; pixels run from 0 to 1.
    """
    patches = cut_patches(read_grey())
    mean = patches.mean(0)
    values, vectors = np.linalg.eigh(np.cov(patches.T, bias=True))
    return mean, np.maximum(values[::-1], 0), vectors.T[::-1]


def read_grey() -> np.ndarray:
    """The photograph in grey and half as large, H×W in 0..1."""
    return np.asarray(read_picture(example_pictures()[PHOTO]).convert("L").reduce(2), dtype=np.float64) / 255


def cut_patches(grey: np.ndarray) -> np.ndarray:
    """H×W -> N×64, row by row; what does not fill a patch is left out."""
    rows, columns = (length // SIDE for length in grey.shape)
    whole = grey[: rows * SIDE, : columns * SIDE]
    return whole.reshape(rows, SIDE, columns, SIDE).swapaxes(1, 2).reshape(-1, SIDE * SIDE)


def describe_linear() -> dict[str, Any]:
    """What the page needs to draw the photograph again by itself at any price."""
    from apps.autoencoders.planes import write_base64

    mean, values, vectors = find_components()
    left, top, right, bottom = _BOX
    face = np.rint(read_grey()[top:bottom, left:right] * 255).astype(np.uint8)
    return {
        "side": SIDE,
        "mean": write_base64(mean.astype("<f4")),
        "eigenvalues": values.tolist(),
        "vectors": write_base64(vectors.astype("<f4")),
        "picture": {"width": right - left, "height": bottom - top, "pixels": write_base64(face)},
        "price": round_price(math.sqrt(values[0] * values[-1])),
    }


def round_price(price: float) -> float:
    """To a twentieth of a power of ten, the step of the page's slider."""
    return 10 ** (round(20 * math.log10(price)) / 20)
