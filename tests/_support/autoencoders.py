"""Autoencoders that nobody trained, in a zoo of their own, with the files that a trained one carries for its tab."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save
from torch import Tensor

import zoo
from zoo.examples import drawn_digit
from zoo.preprocessing import Preprocessing

AUTOENCODER, VAE, JUDGE = "autoencoder.mnist", "vae.mnist", "lenet.mnist"
BETAS = {AUTOENCODER: 0.0, "vae-beta0_25.mnist": 0.25, VAE: 1.0, "vae-beta4.mnist": 4.0, "vae-32d.mnist": 1.0}
POINTS = 400
LABELS = [str(digit) for digit in range(10)]
_DIGIT = Preprocessing("digit", 28, (0.0,), (1.0,))
_RECIPE: dict[str, Any] = {
    "command": "python -m training.none", "seed": 0, "precision": "no", "processes": 1, "epochs": 1,
    "minutes": 0.1, "hardware": "none", "python": "3.11", "packages": {"torch": "2"},
    "data": {"name": "mnist", "digests": {"test": "sha256:0"}},
}  # fmt: skip


def make_autoencoders(root: Path, hidden: tuple[int, ...] = (16, 12), points: int = POINTS) -> None:
    """Every release that the tab shows, with random weights, in `root`."""
    for name, beta in BETAS.items():
        make_autoencoder(root, name, beta, hidden, points)


def make_judge(root: Path) -> None:
    """A LeNet with random weights, as far as the tab's holes need one; no classifier in the menus of other tabs."""
    torch.manual_seed(5)
    model: Any = zoo.create("lenet")
    with torch.no_grad():
        model.fc3.weight.mul_(200)  # so that it is sure of some pictures
    digit = Preprocessing("digit", 28, (0.13,), (0.31,))
    _release(root, JUDGE, model.eval(), "lenet", {}, "image-to-image", digit, {}, "float32")


def make_autoencoder(root: Path, name: str, beta: float, hidden: tuple[int, ...], points: int) -> None:
    torch.manual_seed(len(name))
    numbers = 32 if "32d" in name else 2
    family, arguments = name.split(".")[0].split("-")[0], {"hidden": [*hidden], "code": numbers}
    model: Any = zoo.create(family, **arguments).eval()
    with torch.no_grad():
        for layer in model.decoder[::2]:
            layer.weight.mul_(6)  # so that codes that differ look different
    codes = torch.randn(points, numbers) * torch.linspace(1, 3, numbers) + 0.5
    files = write_exhibit(beta, codes, torch.arange(points) % 10)
    _release(root, name, model, family, arguments, "image-to-image", _DIGIT, files, "float16")


def write_exhibit(beta: float, codes: Tensor, labels: Tensor) -> dict[str, bytes]:
    """`nats.json` with figures that differ, and `codes.safetensors` where there are two numbers."""
    numbers = codes.shape[1]
    kl = [0.0 if not beta else round(3 / (1 + at + beta) if at < 20 else 0.001 * at, 4) for at in range(numbers)]
    classes = [
        {
            "label": label,
            "count": POINTS // 10,
            "reconstruction": 90.5 + 3 * at + beta,
            "kl": round(sum(kl) + at / 10, 3),
        }
        for at, label in enumerate(LABELS)
    ]
    files = {"nats.json": json.dumps({"beta": beta, "dimensions": kl, "classes": classes}).encode()}
    if numbers == 2:
        deviation = torch.full_like(codes, 0.3)
        files["codes.safetensors"] = save(
            {"mean": codes.half(), "deviation": deviation.half(), "labels": labels.to(torch.uint8)}
        )
    return files


def _release(
    root: Path, name: str, model: Any, family: str, arguments: dict[str, Any], task: str,
    preprocessing: Preprocessing, exhibit: dict[str, bytes], dtype: Any,
) -> zoo.Release:  # fmt: skip
    return zoo.release(
        model,
        name,
        architecture=family,
        arguments=arguments,
        task=task,
        labels=LABELS,
        preprocessing=preprocessing,
        metrics=[zoo.Metric("negative_elbo_nats", 150.0, "mnist", "test", 10_000)],
        golden_inputs=torch.stack([preprocessing(drawn_digit(3))]),
        history=[{"epoch": 1, "train_loss": 1.0}],
        recipe=_RECIPE,
        card="A small network that nobody trained.",
        dataset={"name": "mnist", "title": "MNIST", "licence": "none", "source": "none"},
        exhibit=exhibit,
        dtype=dtype,
        root=root,
    )


@pytest.fixture(scope="module")
def code_zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A zoo that holds such networks and a judge alone."""
    folder = tmp_path_factory.mktemp("zoo")
    make_autoencoders(folder)
    make_judge(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TENWEEKS_ZOO", str(folder))
        yield folder
