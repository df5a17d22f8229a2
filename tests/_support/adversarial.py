"""Adversarial networks that nobody trained, in a zoo of their own, with the files that a trained one carries."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import zoo
from tests._support.autoencoders import make_judge
from zoo.preprocessing import Preprocessing

GAN, COLLAPSED, CRITIC = "gan.mnist", "gan-collapsed.mnist", "wgan.fashionmnist"
STEPS = [0, 1, 2, 3, 4, 6, 8, 11, 16, 23, 32]
GRID, COLUMNS, SIDE, CODE = 6, 8, 28, 8
RECIPE: dict[str, Any] = {
    "command": "python -m training.none", "seed": 0, "precision": "no", "processes": 1, "epochs": 1,
    "minutes": 0.1, "hardware": "none", "python": "3.11", "packages": {"torch": "2"},
    "data": {"name": "mnist", "digests": {"test": "sha256:0"}},
}  # fmt: skip


def make_gans(root: Path) -> None:
    """Every kind of release that the tab shows, with random weights, in `root`."""
    for name, scores in ((GAN, "logit"), (COLLAPSED, "logit"), (CRITIC, "critic")):
        make_gan(root, name, scores)


def make_gan(root: Path, name: str, scores: str) -> None:
    torch.manual_seed(len(name))
    data = name.split(".")[1]
    family = "gan" if scores == "logit" else "dcgan"
    arguments: dict[str, Any] = {"hidden": [16, 12], "code": CODE} if family == "gan" else {"width": 2, "code": CODE}
    model: Any = zoo.create(family, **arguments).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3)  # so that pictures and scores differ
    zoo.release(
        model,
        name,
        architecture=family,
        arguments=arguments,
        task="unconditional-image-generation",
        labels=[str(digit) for digit in range(10)] if data == "mnist" else [f"garment {i}" for i in range(10)],
        preprocessing=Preprocessing("digit" if data == "mnist" else "grey", SIDE, (0.0,), (1.0,)),
        metrics=[zoo.Metric("frechet_distance", 10.0, data, "test", 10_000)],
        golden_inputs=torch.randn(GRID**2, CODE, generator=torch.Generator().manual_seed(0)),
        history=[{"epoch": 1, "train_loss": 1.0}],
        recipe=RECIPE,
        card="A small network that nobody trained.",
        dataset={"name": data, "title": data, "licence": "none", "source": "none"},
        exhibit=write_exhibit(scores, collapsed=name == COLLAPSED),
        dtype="float32",
        root=root,
    )


def write_exhibit(scores: str, collapsed: bool) -> dict[str, bytes]:
    """Frames whose k-th is grey of level 10·k throughout, a training and a quality whose figures differ."""
    rows = -(-len(STEPS) // COLUMNS)
    sheet = np.zeros((rows * GRID * SIDE, COLUMNS * GRID * SIDE), np.uint8)
    for index in range(len(STEPS)):
        top, left = index // COLUMNS * GRID * SIDE, index % COLUMNS * GRID * SIDE
        sheet[top : top + GRID * SIDE, left : left + GRID * SIDE] = 10 * index
    buffer = io.BytesIO()
    Image.fromarray(sheet).save(buffer, "WEBP", lossless=True)
    labels = [str(digit) for digit in range(10)]
    frames = [
        {
            "step": step,
            "generator_loss": None if not step else 0.7 + 0.05 * index,
            "discriminator_loss": None if not step else 1.4 - 0.02 * index,
            "real_score": 0.1 * index,
            "fake_score": -0.2 * index,
            "gradient_norm": 0.3 + 0.01 * index,
            "shares": [1.0] + [0.0] * 9 if collapsed else [0.1 + 0.009 * index] + [0.1 - 0.001 * index] * 9,
        }
        for index, step in enumerate(STEPS)
    ]
    training = {
        "columns": COLUMNS, "side": SIDE, "grid": GRID, "channels": 1,
        "round": {"discriminator": 1, "generator": 10 if collapsed else 1},
        "losses": {"generator": "-ln D(fake), in nats", "discriminator": "cross-entropy, in nats"},
        "scores": scores, "average": 0.0 if collapsed else 0.999,
        "classifier": "lenet.mnist@v1", "labels": labels, "frames": frames,
    }  # fmt: skip
    quality = {
        "classifier": "lenet.mnist@v1", "classifier_digest": "0" * 64, "features": 84, "data": "mnist",
        "split": "test", "samples": 10_000, "neighbours": 3, "frechet": 12.5, "frechet_by_seed": [12.5, 12.25, 13.0],
        "frechet_floor": 0.5, "frechet_of_training": 0.25, "precision": 0.75, "recall": 0.5,
        "precision_of_training": 0.9, "recall_of_training": 0.9, "entropy": 0.875,
        "classes": [{"label": label, "share": 0.01 if label == "5" else 0.11, "real_share": 0.1} for label in labels],
        "nearest": [{"sample": i, "train": i * 7 % 40, "distance": 1 + i * 5 % 36 / 10} for i in range(36)],
        "nearest_typical": 2.5,
    }  # fmt: skip
    return {
        "frames.webp": buffer.getvalue(),
        "training.json": json.dumps(training).encode(),
        "quality.json": json.dumps(quality).encode(),
    }


@pytest.fixture(scope="module")
def gan_zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A zoo that holds such networks, and the classifier in whose features they were measured, alone."""
    folder = tmp_path_factory.mktemp("zoo")
    make_gans(folder)
    make_judge(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TENWEEKS_ZOO", str(folder))
        yield folder
