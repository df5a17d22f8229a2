"""Memorisation: the exact denoiser of a few dots only ever gives those dots back."""

from __future__ import annotations

from typing import Any

from apps._gallery.exhibit import Exhibit
from apps._gallery.glossary import explain


def denoise_dots(
    dots: list[list[float]], blur: float = 0.0, samples: int = 200, steps: int = 100, seed: int = 0
) -> dict[str, Any]:
    """Sample with the exact denoiser of a few points of a plane, which are the whole training set.

    Args:
        dots: 1 to 40 points [x, y] from −4 to 4.
        blur: deviation of a Gaussian around every dot, 0 to 2; at 0 the denoiser is perfect.
        samples: how many start from noise, 1 to 2,000.
        steps: of DDIM, 1 to 1,000; towards the end they are shorter.
        seed: of the noise they start from.

    Returns:
        `ends`: where each ends. `copies`: how many end within 0.01 of a dot. `shares`: how many end nearest to each.
    """
    from apps.memorisation.dots import sample_dots

    return sample_dots(dots, blur, samples, steps, seed)


EXHIBIT = Exhibit(
    __name__,
    title="Memorisation",
    claim="A perfect denoiser only returns its training data",
    lead=f"**Draw dots**: they are all the data there is, and their perfect {explain('denoiser')} can be written down. "
    "Two hundred samples follow it out of pure noise: only your own dots return.",
    order=50,
    days=("w6d6",),
    functions=(denoise_dots,),
    shown=("dots.denoise_exactly", "dots.sample_dots"),
)
