"""How much of a network's code space stands for digits, in the eyes of a classifier."""

from __future__ import annotations

import functools
from typing import Any

import torch
from torch import Tensor

import zoo
from apps import _networks
from apps.autoencoders.networks import decode, describe_autoencoder
from apps.autoencoders.planes import read_codes

JUDGE = "lenet.mnist"
CODES = 1000
LEVEL = 0.9
"""Probability from which on the judge is called sure."""


def count_sure_codes(network: object) -> dict[str, Any]:
    """Random codes that are digits: `apps.autoencoders.measure_holes`."""
    release = describe_autoencoder(network)
    return _count(release.reference, release.digest, zoo.describe(JUDGE).digest)


@functools.lru_cache(maxsize=16)
def _count(reference: str, digest: str, judge_digest: str) -> dict[str, Any]:
    drawn = draw_codes(read_codes(zoo.describe(reference))["mean"])
    sure = int((judge_codes(_networks.load(reference), drawn).amax(1) >= LEVEL).sum())
    judge = zoo.describe(JUDGE).reference
    return {"network": reference, "judge": judge, "level": LEVEL, "codes": CODES, "sure": sure}


def judge_codes(model: Any, codes: Tensor) -> Tensor:
    """The judge's probability of each class for the picture of each code: N×D -> N×10."""
    judge: Any = _networks.load(JUDGE)
    x = decode(model, codes).sigmoid()
    mean, deviation = judge.preprocess.mean[0], judge.preprocess.std[0]
    with _networks.TURN, torch.inference_mode():
        return judge((x - mean) / deviation).softmax(1)


def draw_codes(codes: Tensor) -> Tensor:
    """CODES×D from the Gaussian with the mean and the covariance of these codes, N×D (seed 0)."""
    values = codes.double()
    noise = torch.randn(CODES, codes.shape[1], generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return (values.mean(0) + noise @ torch.linalg.cholesky(values.T.cov()).T).float()
