"""Styles of two samples in one picture, and one channel of it through its normalisation."""

from __future__ import annotations

import math
from typing import Any, TypeGuard

import numpy as np
import torch
from torch import Tensor

from apps import _networks
from apps._inputs import BadInput, read_seed
from apps._inputs.urls import write_png_url
from apps.stylegan.networks import JUDGE, load_stylegan, round_greys
from from_scratch.generative import adaptive_instance_norm


def draw_code(model: Any, seed: object) -> Tensor:
    """Numbers from N(0, 1), 1×code: always the same for a seed.

    Raises:
        BadInput: it is no seed.
    """
    return torch.randn(1, model.code, generator=torch.Generator().manual_seed(read_seed(seed)))


def describe_style(seed: object, network: object) -> dict[str, Any]:
    """A code and its style: `apps.stylegan.draw_style`."""
    model = load_stylegan(network)
    code = draw_code(model, seed)
    with _networks.TURN, torch.inference_mode():
        w = model.map(code)
    return {"network": model.release.reference, "code": code[0].tolist(), "w": w[0].tolist()}


def choose_styles(model: Any, first: object, second: object, layers: object, psi: object) -> Tensor:
    """w of each layer, 1×6×code: of the second sample in those of `layers`, which count from 1, else of the first.

    Raises:
        BadInput: no such seed, layer or ψ.
    """
    one, other = draw_code(model, first), draw_code(model, second)
    if not isinstance(layers, list) or any(not is_whole(each, 1, model.LAYERS) for each in layers):
        raise BadInput(f"Layers are a list of whole numbers from 1 to {model.LAYERS}.")
    if isinstance(psi, bool) or not isinstance(psi, int | float) or not -1 <= psi <= 1:
        raise BadInput("ψ is a number from -1 to 1.")
    with _networks.TURN, torch.inference_mode():
        w, other_w = (model.truncate(model.map(code), psi) for code in (one, other))
    from_second = torch.tensor([layer in layers for layer in range(1, model.LAYERS + 1)])
    return torch.where(from_second[:, None], other_w, w)[None]


def mix_samples(first: object, second: object, layers: object, psi: object, network: object) -> dict[str, Any]:
    """A mix, its samples, and what they are to a classifier: `apps.stylegan.mix_styles`.

    Raises:
        BadInput: no such seed, layer or ψ, or another kind of network.
        ZooError: there is no such network, or it is damaged.
    """
    model = load_stylegan(network)
    every = list(range(1, model.LAYERS + 1))
    styles = torch.cat([choose_styles(model, first, second, which, psi) for which in (layers, [], every)])
    judge: Any = _networks.load(JUDGE)
    with _networks.TURN, torch.inference_mode():
        pictures = [round_greys(picture) for picture in model.synthesise(styles)]
        probabilities = judge(normalise_greys(judge, pictures)).double().softmax(1)
    seen = [
        {"label": judge.labels[int(each.argmax())], "probability": float(each.max()), "picture": write_png_url(picture)}
        for each, picture in zip(probabilities, pictures, strict=True)
    ]
    return {
        "network": model.release.reference,
        "classifier": judge.release.reference,
        **seen[0],
        "first": seen[1],
        "second": seen[2],
    }


def normalise_greys(judge: Any, pictures: list[np.ndarray]) -> Tensor:
    """uint8 H×W×1 each, as they are (nothing is centred) -> float32 N×1×H×W, as a classifier takes them."""
    greys = torch.stack([torch.from_numpy(picture[..., 0]) for picture in pictures])[:, None] / 255
    return (greys - judge.preprocess.mean[0]) / judge.preprocess.std[0]


def follow_channel(
    first: object, second: object, layers: object, layer: object, channel: object, psi: object, network: object
) -> dict[str, Any]:
    """One channel before and after its style: `apps.stylegan.normalise_channel`.

    Raises:
        BadInput: no such seed, layer, channel or ψ, or another kind of network.
        ZooError: there is no such network, or it is damaged.
    """
    model = load_stylegan(network)
    styles = choose_styles(model, first, second, layers, psi)
    if not is_whole(layer, 1, model.LAYERS):
        raise BadInput(f"A layer is a whole number from 1 to {model.LAYERS}.")
    generator = model.generator
    count = len(generator.styles[layer - 1].bias)
    if not is_whole(channel, 0, count - 1):
        raise BadInput(f"Layer {layer} has the channels 0 to {count - 1}.")
    with _networks.TURN, torch.inference_mode():
        x = generator.constant
        for index in range(layer):
            style, w = generator.styles[index], styles[:, index]
            x = generator.convolutions[index](x) + style.strength.view(-1, 1, 1) * style.noise
            x = torch.nn.functional.leaky_relu(x + style.bias.view(-1, 1, 1), 0.2)
            scale, shift = style.affine(w).chunk(2, dim=1)
            before, x = x, adaptive_instance_norm(x, 1 + scale, shift)
    values = before[0, channel].double()
    return {
        "network": model.release.reference,
        "before": values.flatten().tolist(),
        "mean": float(values.mean()),
        "deviation": math.sqrt(float(values.var(correction=0)) + 1e-5),
        "scale": 1 + float(scale[0, channel]),
        "shift": float(shift[0, channel]),
        "after": x[0, channel].flatten().tolist(),
    }


def is_whole(value: object, low: int, high: int) -> TypeGuard[int]:
    """Whether it is a whole number within both."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
