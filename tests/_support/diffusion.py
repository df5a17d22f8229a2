"""A diffusion model that nobody trained, in a zoo of its own, with the files that a trained one carries for its tab."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import zoo
from training import _diffusion
from zoo.architectures.ddpm import SAMPLERS
from zoo.examples import drawn_digit
from zoo.preprocessing import Preprocessing

NAME = "ddpm.mnist"
LABELS = [str(digit) for digit in range(10)]


def make_diffusion(root: Path) -> None:
    """`ddpm.mnist` with random weights and made-up figures of quality, in `root`."""
    torch.manual_seed(2)
    arguments = {"widths": [8, 8]}
    model: Any = zoo.create("ddpm", **arguments).eval()
    rows = [
        {"sampler": sampler, "steps": steps, "frechet": 30 / steps + place + 1, "seconds": steps / 100}
        for steps in (5, 10, 100)
        for place, sampler in enumerate(SAMPLERS)
    ]
    steps = {
        "classifier": "lenet.mnist@v1", "classifier_digest": "0" * 64, "samples": 100, "floor": 0.5, "rows": rows,
        "guidances": [{"guidance": 1.0, "frechet": 4.0, "agreement": 0.5}],
    }  # fmt: skip
    digit = Preprocessing("digit", 28, (0.5,), (0.5,))
    zoo.release(
        model,
        NAME,
        architecture="ddpm",
        arguments=arguments,
        task="unconditional-image-generation",
        labels=LABELS,
        preprocessing=digit,
        metrics=[zoo.Metric("frechet_distance", 9.0, "mnist", "test", 10_000)],
        golden_inputs=torch.stack([digit(drawn_digit(3))]),
        history=[{"epoch": 1, "train_loss": 1.0}],
        recipe={
            "command": "python -m training.none", "seed": 0, "precision": "no", "processes": 1, "epochs": 1,
            "minutes": 0.1, "hardware": "none", "python": "3.11", "packages": {"torch": "2"},
            "data": {"name": "mnist", "digests": {"test": "sha256:0"}},
        },
        card="A small network that nobody trained.",
        dataset={"name": "mnist", "title": "MNIST", "licence": "none", "source": "none"},
        exhibit={
            "steps.json": json.dumps(steps).encode(),
            **_diffusion.record_run(model, label=3, sampler="DPM-Solver++", steps=20, guidance=2.0, seed=0),
        },
        weights_file=_diffusion.WEIGHTS,
        files=_diffusion.write_layout(model),
        root=root,
    )  # fmt: skip


@pytest.fixture(scope="module")
def diffusion_zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A zoo that holds it alone."""
    folder = tmp_path_factory.mktemp("zoo")
    make_diffusion(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TENWEEKS_ZOO", str(folder))
        yield folder
