"""StyleGAN: a code enters a generator at every layer, so that coarse and fine can come from two codes."""

from __future__ import annotations

from typing import Any

from apps._gallery.exhibit import Exhibit
from apps._gallery.glossary import explain


def draw_style(seed: int = 0, network: str = "stylegan.fashionmnist") -> dict[str, Any]:
    """Draw a code, and map it to the style w that a style-based generator makes its picture of.

    Args:
        seed: from 0 to 2⁶³ − 1; the same seed gives the same code.
        network: a style-based network of the zoo.

    Returns:
        `code`: numbers from N(0, 1); `w`: as many numbers, what the mapping network makes of them.
    """
    from apps.stylegan.mixing import describe_style

    return describe_style(seed, network)


def mix_styles(
    first: int, second: int, layers: list[int], psi: float = 1.0, network: str = "stylegan.fashionmnist"
) -> dict[str, Any]:
    """Draw a picture whose layers take the style of one sample or of another.

    Args:
        first: seed of the one sample.
        second: seed of the other, both from 0 to 2⁶³ − 1.
        layers: those that take the style of the second, from 1, the coarsest, to 6; none or all of them are the
            samples themselves.
        psi: truncation ψ, from -1 to 1: 1 leaves both styles, 0 makes them the mean style, below 0 its other side.
        network: a style-based network of the zoo.

    Returns:
        `picture`: a PNG data URL; of the mix, and under `first` and `second` of both samples at that ψ, the `label`
        that `classifier` gives it, and its `probability`.
    """
    from apps.stylegan.mixing import mix_samples

    return mix_samples(first, second, layers, psi, network)


def normalise_channel(
    first: int,
    second: int,
    layers: list[int],
    layer: int,
    channel: int,
    psi: float = 1.0,
    network: str = "stylegan.fashionmnist",
) -> dict[str, Any]:
    """Follow one channel of a layer through adaptive instance normalisation, number by number.

    Args:
        first: seed of the one sample.
        second: seed of the other, both from 0 to 2⁶³ − 1.
        layers: those that take the style of the second, from 1 to 6.
        layer: which layer to look into, from 1 to 6.
        channel: which of its channels, from 0 on.
        psi: truncation ψ, from -1 to 1.
        network: a style-based network of the zoo.

    Returns:
        `before`: the channel's map, row by row, with its `mean` and `deviation`; `scale` and `shift` that the style
        asks for; `after`: scale · (before − mean) / deviation + shift.
    """
    from apps.stylegan.mixing import follow_channel

    return follow_channel(first, second, layers, layer, channel, psi, network)


def measure_styles(network: str = "stylegan.fashionmnist") -> dict[str, Any]:
    """Say what each layer decides: how often a classifier gives a mix the class of one of its two samples.

    Args:
        network: a style-based network of the zoo.

    Returns:
        Shares of `pairs` pairs of samples, to which `classifier` gives different classes. `crossings`: where so many
        `layers`, coarse ones first, have the style of the first sample and the others that of the second, how many
        mixes get the class of the `first`, and of the `second`. `alone`: the same where one `layer` alone has that of
        the second. `truncation`: how many of the first samples keep their class at a `psi`. `noise`: how many keep it
        without noise, and by how many of 255 grey levels a pixel moves.
    """
    from apps.stylegan.networks import read_mixing

    return read_mixing(network)


EXHIBIT = Exhibit(
    __name__,
    title="StyleGAN",
    claim="Coarse styles decide what it is, fine ones how it looks",
    lead=f"**Drag the crossing**: layers before it take the {explain('style')} of the picture at the left, layers "
    f"from it on that of the picture above. **Drag ψ** to 0, and every {explain('code')} draws the same garment.",
    order=32,
    days=("w6d5",),
    functions=(draw_style, mix_styles, normalise_channel, measure_styles),
    shown=("mixing.choose_styles", "mixing.follow_channel"),
)
