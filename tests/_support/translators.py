"""A translator between two kinds of picture that nobody trained, with the files that a trained one carries."""

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
from tests._support.adversarial import RECIPE
from zoo.preprocessing import Preprocessing

TRANSLATOR = "cyclegan.daisy2sunflower"
FRAMES = [0, 1, 2, 3, 4, 6, 8, 11, 16, 23, 32]
GRID, COLUMNS, SIDE, ROWS = 6, 8, 64, 4
SAMPLES = 80


def make_translator(root: Path) -> None:
    """A release with random weights, in `root`."""
    torch.manual_seed(0)
    arguments = {"width": 2, "blocks": 1}
    model = zoo.create("cyclegan", **arguments).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(2)  # so that colours differ
    preprocessing = Preprocessing("photo", SIDE, (0.0,) * 3, (1.0,) * 3)
    zoo.release(
        model,
        TRANSLATOR,
        architecture="cyclegan",
        arguments=arguments,
        task="image-to-image",
        labels=["daisy", "sunflower"],
        preprocessing=preprocessing,
        metrics=[zoo.Metric("translated", 0.75, "daisy2sunflower", "test", SAMPLES)],
        golden_inputs=torch.rand(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0)),
        history=[{"epoch": 1, "train_loss": 1.0}],
        recipe=RECIPE,
        card="A small network that nobody trained.",
        dataset={"name": "daisy2sunflower", "title": "daisy2sunflower", "licence": "none", "source": "none"},
        exhibit=write_exhibit(),
        dtype="float32",
        root=root,
    )


def write_exhibit() -> dict[str, bytes]:
    """Frames whose k-th is grey of level 10·k throughout, and figures that differ."""
    wide, high = GRID * SIDE, ROWS * SIDE
    sheet = np.zeros((-(-len(FRAMES) // COLUMNS) * high, COLUMNS * wide), np.uint8)
    for index in range(len(FRAMES)):
        top, left = index // COLUMNS * high, index % COLUMNS * wide
        sheet[top : top + high, left : left + wide] = 10 * index
    buffer = io.BytesIO()
    Image.fromarray(sheet).convert("RGB").save(buffer, "WEBP", lossless=True)
    names = ("generator_loss", "discriminator_loss", "cycle_loss", "identity_loss")
    frames = [
        {"step": step, **{name: None if not step else 0.4 / (index + at) for at, name in enumerate(names)}}
        for index, step in enumerate(FRAMES)
    ]
    training = {
        "columns": COLUMNS, "side": SIDE, "grid": GRID, "channels": 3, "round": {"discriminator": 1, "generator": 1},
        "losses": {"generator": "squared distance from 1", "discriminator": "squared distance from 1 and 0"},
        "average": 0.999, "frames": frames,
    }  # fmt: skip
    even = np.linspace(0.0125, 0.9875, SAMPLES)
    quality: dict[str, Any] = {
        "data": "daisy2sunflower", "split": "test", "samples": SAMPLES, "classifier_accuracy": 0.9375,
        "a_to_b": {"taken_for_b": 0.75, "untranslated": 0.05, "probabilities": (even**0.5).tolist(),
                   "cycle_error": 0.06},
        "b_to_a": {"taken_for_a": 0.5, "untranslated": 0.1, "probabilities": even.tolist(), "cycle_error": 0.08},
        "smuggling": [{"bits": bits, "cycle_error": 0.06 + 0.02 * (8 - bits)} for bits in (8, 6, 5, 4, 3, 2)],
    }  # fmt: skip
    return {
        "frames.webp": buffer.getvalue(),
        "training.json": json.dumps(training).encode(),
        "quality.json": json.dumps(quality).encode(),
    }


@pytest.fixture(scope="module")
def translator_zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A zoo that holds such a network alone."""
    folder = tmp_path_factory.mktemp("zoo")
    make_translator(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TENWEEKS_ZOO", str(folder))
        yield folder
