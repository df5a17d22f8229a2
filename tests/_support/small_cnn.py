"""A narrow ResNet and a multilayer perceptron made on the spot, so that no test waits for a trained one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

import zoo
from tests._support.transformer import LABELS
from zoo.preprocessing import Preprocessing

CNN, MLP = "resnet18.none", "mlp.none"
_RECIPE: dict[str, Any] = {
    "command": "python -m training.none", "seed": 0, "precision": "no", "processes": 1, "epochs": 1,
    "minutes": 0.1, "hardware": "none", "python": "3.11", "packages": {"torch": "2"},
    "data": {"name": "none", "digests": {"test": "sha256:0"}},
}  # fmt: skip


def make_cnn(root: Path) -> zoo.Release:
    """Release `resnet18.none` in `root`: 8 channels wide, random weights, for photographs of 32 px."""
    torch.manual_seed(0)
    arguments = {"num_classes": 10, "stem": "cifar", "width": 8}
    model: Any = zoo.create("resnet18", **arguments)
    with torch.no_grad():
        model.train()(torch.randn(64, 3, 32, 32))  # so that its norms have statistics to lose
        model.fc.weight.mul_(8)
    photo = Preprocessing("photo", 32, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
    return _release(root, CNN, model.eval(), "resnet18", arguments, photo, LABELS, (3, 32, 32))


def make_mlp(root: Path) -> zoo.Release:
    """Release `mlp.none` in `root`: without a convolution, random weights, for digits of 28 px."""
    torch.manual_seed(0)
    arguments: dict[str, Any] = {"hidden": [16, 8]}
    digit = Preprocessing("digit", 28, (0.13,), (0.31,))
    labels = [str(digit) for digit in range(10)]
    return _release(root, MLP, zoo.create("mlp", **arguments).eval(), "mlp", arguments, digit, labels, (1, 28, 28))


def _release(
    root: Path, name: str, model: Any, architecture: str, arguments: dict[str, Any],
    preprocessing: Preprocessing, labels: list[str], size: tuple[int, int, int],
) -> zoo.Release:  # fmt: skip
    return zoo.release(
        model,
        name,
        architecture=architecture,
        arguments=arguments,
        task="image-classification",
        labels=labels,
        preprocessing=preprocessing,
        metrics=[zoo.Metric("accuracy", 0.5, "none", "test", 10_000)],
        golden_inputs=torch.randn(1, *size),
        history=[{"epoch": 1, "train_loss": 1.0}],
        recipe=_RECIPE,
        card="A small network that nobody trained.",
        dataset={"name": "none", "title": "None", "licence": "none", "source": "none"},
        root=root,
    )
