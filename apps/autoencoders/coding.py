"""From a visitor's digit to its code and back, and what that costs."""

from __future__ import annotations

from typing import Any

import torch
from PIL import Image
from torch import Tensor

from apps._inputs import BadInput
from apps._inputs.urls import write_png_url
from apps.autoencoders.networks import decode, encode, load_autoencoder
from from_scratch.generative import kl_to_standard_normal, log_likelihood_of_pixels

LARGEST = 1e6
"""Of a code's numbers: what stays finite in float32 through every layer."""
MOST_STEPS = 100


def prepare_digit(model: Any, picture: Image.Image) -> Tensor:
    """1×1×28×28 in 0..1, white ink on black.

    Raises:
        BadInput: there is no ink.
    """
    x = model.preprocess(picture)[None]
    if not bool(x.any()):
        raise BadInput("There is nothing on this sheet: draw a digit.")
    return x


def encode_picture(picture: Image.Image, network: object) -> dict[str, Any]:
    """Code, reconstruction and cost of a picture: `apps.autoencoders.encode_digit`."""
    model = load_autoencoder(network)
    x = prepare_digit(model, picture)
    code, log_variance = encode(model, x)
    logits = decode(model, code)
    kl = kl_to_standard_normal(code, log_variance)[0].tolist() if log_variance is not None else []
    deviation = (log_variance / 2).exp()[0].tolist() if log_variance is not None else []
    return {
        "network": model.release.reference,
        "code": code[0].tolist(),
        "deviation": deviation,
        # The likelihood is linear in x, so that greys give the mean over all draws with these greys as probabilities.
        "reconstruction_nats": -log_likelihood_of_pixels(logits, x).item(),
        "kl_nats": kl,
        "saw": write_png_url(model.preprocess.picture(x[0])),
        "reconstruction": write_picture(model, logits),
    }


def write_picture(model: Any, logits: Tensor) -> str:
    """1×1×28×28 logits as a PNG data URL."""
    return write_png_url(model.preprocess.picture(logits[0].sigmoid()))


def read_code(code: object, numbers: int) -> Tensor:
    """A code that came from outside, 1×D.

    Raises:
        BadInput: it has another length, or a number that is not finite or too large.
    """
    if not isinstance(code, list | tuple) or len(code) != numbers:
        raise BadInput(f"A code of this network is a list of {numbers} numbers.")
    for value in code:
        # `not <=` also catches NaN.
        if type(value) not in (int, float) or not abs(value) <= LARGEST:
            raise BadInput(f"The numbers of a code are finite and at most {LARGEST:,.0f}, not {str(value)[:40]}.")
    return torch.tensor([code], dtype=torch.float32)


def decode_numbers(code: object, network: object) -> dict[str, Any]:
    """What a code stands for: `apps.autoencoders.decode_code`."""
    model = load_autoencoder(network)
    numbers = read_code(code, model.release.config["arguments"]["code"])
    picture = write_picture(model, decode(model, numbers))
    return {"network": model.release.reference, "code": numbers[0].tolist(), "picture": picture}


def walk_line(first: Image.Image, second: Image.Image, network: object, steps: object) -> dict[str, Any]:
    """Pictures on the way between two codes: `apps.autoencoders.walk_between`."""
    if not isinstance(steps, int | float) or not 2 <= steps <= MOST_STEPS or steps % 1:
        raise BadInput(f"A walk has a whole number of 2 to {MOST_STEPS} steps, not {str(steps)[:40]}.")
    model = load_autoencoder(network)
    (start, _), (end, _) = (encode(model, prepare_digit(model, picture)) for picture in (first, second))
    places = torch.linspace(0, 1, int(steps))[:, None]
    codes = start + places * (end - start)
    logits = decode(model, codes)
    return {
        "network": model.release.reference,
        "walk": [
            {"code": code.tolist(), "picture": write_picture(model, each[None])}
            for code, each in zip(codes, logits, strict=True)
        ],
    }
