"""Pictures out of a generator, and what its opponent says of them and of a visitor's own."""

from __future__ import annotations

import math
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from apps import _networks
from apps._inputs import BadInput, read_number, read_seed
from apps._inputs.urls import write_png_url
from apps._networks.generators import load_generator
from apps._networks.lives import read_training

LEAST_TRUNCATION, MOST_TRUNCATION = 0.1, 4.0
MOST_SAMPLES = 200


def draw_codes(count: int, size: int, seed: int, truncation: float) -> Tensor:
    """Codes from N(0, 1) cut off at ±truncation, count×size: another truncation moves the codes of a seed smoothly.

    The distribution function of what is left is inverted, so that no number has to be drawn again as in Brock et al.,
    "Large Scale GAN Training for High Fidelity Natural Image Synthesis", https://arxiv.org/abs/1809.11096.
    """
    even = torch.rand(count, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 2 - 1
    return (math.sqrt(2) * torch.erfinv(even * math.erf(truncation / math.sqrt(2)))).float()


def draw_samples(network: object, seed: object, truncation: object, count: object) -> dict[str, Any]:
    """Samples with their scores: `apps.gan.sample_generator`.

    Raises:
        BadInput: the network is of another kind, or a number lies outside its limits.
        ZooError: there is no such network, or it is damaged.
    """
    model = load_generator(network)
    start, cut = read_seed(seed), read_number("truncation", truncation, LEAST_TRUNCATION, MOST_TRUNCATION)
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST_SAMPLES:
        raise BadInput(f"Ask for 1 to {MOST_SAMPLES} samples.")
    with _networks.TURN, torch.inference_mode():
        pictures = model.generate(draw_codes(count, model.code, start, cut))
        scores = model.score(pictures)
    shown = [write_png_url(model.preprocess.picture(picture)) for picture in pictures]
    found = zip(shown, scores.tolist(), strict=True)
    return {
        "network": model.release.reference,
        "scores": read_training(model.release)["scores"],
        "samples": [{"picture": picture, "score": score} for picture, score in found],
    }


def judge_picture(picture: Image.Image, network: object) -> dict[str, Any]:
    """What the opponent says of one picture: `apps.gan.score_picture`.

    Raises:
        BadInput: there is nothing on the picture, or the network is of another kind.
        ZooError: there is no such network, or it is damaged.
    """
    model = load_generator(network)
    x = model.preprocess(picture)[None]
    if not bool(x.any()):
        raise BadInput("There is nothing on this sheet: draw something.")
    with _networks.TURN, torch.inference_mode():
        score = float(model.score(x)[0])
    training = read_training(model.release)
    last = training["frames"][-1]
    return {
        "network": model.release.reference,
        "scores": training["scores"],
        "score": score,
        "probability": 1 / (1 + math.exp(-max(-700.0, score))) if training["scores"] == "logit" else None,
        "real_score": last["real_score"],
        "fake_score": last["fake_score"],
        "saw": write_png_url(model.preprocess.picture(x[0])),
    }
