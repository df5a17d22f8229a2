"""A small ResNet that nobody trained, in a zoo of its own beside a made-up study, so that no test waits for either."""

from __future__ import annotations

import random
from pathlib import Path

import torch

import zoo
from apps.transfer.backbone import BACKBONE
from zoo.preprocessing import Preprocessing

WIDTH = 8
FEATURES = 8 * WIDTH
LABELS = ["airplane", "automobile", "bird", "deer", "frog", "horse", "ship", "truck"]
SIZES = (10, 50, 100, 500)
METHODS = {"scratch": 0.55, "frozen": 0.64, "fine-tuned": 0.66}


def make_backbone(root: Path) -> zoo.Release:
    """The release that the Transfer tab wants, 8 channels wide instead of 32; its batch norms have seen something."""
    torch.manual_seed(0)
    arguments = {"num_classes": len(LABELS), "stem": "cifar", "width": WIDTH}
    model = zoo.create("resnet18", **arguments).train()
    with torch.no_grad():
        for _ in range(20):
            model(torch.randn(16, 3, 32, 32))
    return zoo.release(
        model.eval(),
        BACKBONE,
        architecture="resnet18",
        arguments=arguments,
        task="image-classification",
        labels=LABELS,
        preprocessing=Preprocessing("photo", 32, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)),
        metrics=[zoo.Metric("accuracy", 0.5, "none", "test", 10_000)],
        golden_inputs=torch.randn(1, 3, 32, 32),
        history=[{"epoch": 1, "train_loss": 1.0}],
        recipe={
            "command": "python -m training.none", "seed": 0, "precision": "no", "processes": 1, "epochs": 1,
            "minutes": 0.1, "hardware": "none", "python": "3.11", "packages": {"torch": "2"},
            "data": {"name": "none", "digests": {"test": "sha256:0"}},
        },
        card="A small network that nobody trained.",
        dataset={"name": "none", "title": "None", "licence": "none", "source": "none"},
        root=root,
    )  # fmt: skip


def make_study(root: Path) -> str:
    """A `results.csv` in the study's form and place, its numbers drawn at random; returns its text."""
    noise = random.Random(0)
    lines = ["method,augmented,pictures,seed,accuracy"]
    for seed in range(5):
        for step, size in enumerate(SIZES):
            for augmented in ("no", "yes"):
                for method, start in METHODS.items():
                    accuracy = start + 0.04 * step + 0.01 * (augmented == "yes") + noise.gauss(0, 0.01)
                    lines.append(f"{method},{augmented},{size},{seed},{accuracy:.4f}")
    text = "\n".join([*lines, ""])
    folder = root / "studies" / "transfer"
    folder.mkdir(parents=True)
    (folder / "results.csv").write_text(text)
    return text
