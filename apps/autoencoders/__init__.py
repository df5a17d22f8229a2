"""Autoencoders: two numbers for a digit, the holes between codes, and what a variational autoencoder pays."""

from __future__ import annotations

from typing import Any

from apps._gallery.exhibit import Exhibit
from apps._gallery.glossary import explain
from apps._inputs import read_picture
from apps._inputs.upload import PictureFile


def encode_digit(picture: PictureFile, network: str = "vae.mnist") -> dict[str, Any]:
    """Encode a handwritten digit, decode its code, and count what that costs in nats.

    Args:
        picture: a picture's file with one digit in it.
        network: an autoencoder or a VAE of the zoo, like `autoencoder.mnist` or `vae-32d.mnist`.

    Returns:
        `code`: its numbers; of a VAE, the means of the Gaussian q(z|x), whose standard deviations are `deviation`
        (none for an autoencoder). `reconstruction_nats`: the mean of -ln p(x|z) over black-and-white draws of the
        picture, at that code. `kl_nats`: KL(q(z|x) ‖ N(0, 1)) of each number (none for an autoencoder). `saw` and
        `reconstruction`: 28 × 28 pixels as PNG data URLs.
    """
    from apps.autoencoders.coding import encode_picture

    return encode_picture(read_picture(picture), network)


def decode_code(code: list[float], network: str = "vae.mnist") -> dict[str, Any]:
    """Decode any code into a picture.

    Args:
        code: as many finite numbers as the network has in its middle, two for most, none beyond a million.
        network: an autoencoder or a VAE of the zoo.

    Returns:
        `picture`: the probability that each of the 28 × 28 pixels is white, as a PNG data URL.
    """
    from apps.autoencoders.coding import decode_numbers

    return decode_numbers(code, network)


def walk_between(
    first_picture: PictureFile, second_picture: PictureFile, network: str = "vae.mnist", steps: int = 9
) -> dict[str, Any]:
    """Walk in a straight line from one digit's code to another's and decode on the way.

    Args:
        first_picture: a picture's file with a digit, where the walk begins.
        second_picture: the same, where it ends.
        network: an autoencoder or a VAE of the zoo.
        steps: how many places are decoded, both ends included, from 2 to 100.

    Returns:
        `walk`: of each place its `code` and its `picture`, a PNG data URL.
    """
    from apps.autoencoders.coding import walk_line

    return walk_line(read_picture(first_picture), read_picture(second_picture), network, steps)


def measure_holes(network: str = "vae.mnist") -> dict[str, Any]:
    """Count how many codes drawn at random are digits, in the eyes of `lenet.mnist`.

    Args:
        network: an autoencoder or a VAE of the zoo that has the codes of its test digits, so with few numbers.

    Returns:
        `codes`: how many were drawn, from the Gaussian with the mean and covariance of the codes of all test digits
        (seed 0). `sure`: of how many decoded pictures the `judge` is at least as sure as `level` that it is some digit.
    """
    from apps.autoencoders.holes import count_sure_codes

    return count_sure_codes(network)


def describe_plane(network: str = "vae.mnist") -> dict[str, Any]:
    """Describe the plane of two-number codes of a network: where the test digits lie, and the decoder.

    Args:
        network: an autoencoder or a VAE of the zoo with two numbers in its middle.

    Returns:
        `codes`: float16, little-endian, N×2, in base64; `labels`: a byte each, in base64. `low` and `high`: the ends of
        both axes, with 992 of 1,000 codes between them. `widths`: of the decoder's layers, with ReLU between them.
        `weights`: float16 in base64, layer by layer, the matrix (out×in) and then its biases; `beta`: the price of a
        nat of KL, 0 for an autoencoder.
    """
    from apps.autoencoders.planes import write_plane

    return write_plane(network)


def solve_linear_vae(price: float) -> dict[str, Any]:
    """Solve the linear VAE on 8 × 8 pixels of a photograph exactly: which of its dimensions are worth their price.

    Args:
        price: β·σ², what a nat costs times the variance of the noise on a pixel (pixels run from 0 to 1), above 0.

    Returns:
        `eigenvalues`: of the pixels' covariance, largest first. `kl_nats`: what each dimension says on the average,
        ln(eigenvalue / price) / 2, or 0 where it is dead. `living`: how many are not. `error`: the squared error that
        the best linear VAE leaves in all 64 pixels, on the average.
    """
    from apps.autoencoders.linear import price_dimensions

    return price_dimensions(price)


EXHIBIT = Exhibit(
    __name__,
    title="Autoencoders",
    claim="A code that costs nothing leaves holes",
    lead="**Move over a plane**: each of its points is two numbers, which a network draws as a digit. The "
    f"{explain('VAE')} pays for what its codes say, the {explain('autoencoder')} does not.",
    order=10,
    days=("w6d1", "w6d2"),
    functions=(encode_digit, decode_code, walk_between, measure_holes, describe_plane, solve_linear_vae),
    shown=("coding.encode_picture", "holes.count_sure_codes", "linear.price_dimensions"),
)
