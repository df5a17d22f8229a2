"""A style-based generator that nobody trained, with its classifier, in a zoo of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import zoo
from tests._support.adversarial import RECIPE, write_exhibit
from zoo.preprocessing import Preprocessing

STYLEGAN, GARMENTS = "stylegan.fashionmnist", "lenet.fashionmnist"
CODE, WIDTH = 8, 2
LABELS = [f"garment {number}" for number in range(10)]
MIXING: dict[str, Any] = {
    "classifier": f"{GARMENTS}@v1", "labels": LABELS, "pairs": 1000,
    "crossings": [{"layers": k, "first": k / 6, "second": 1 - k / 6} for k in range(7)],
    "alone": [{"layer": k, "first": 0.1 + k / 10, "second": 0.3} for k in range(1, 7)],
    "truncation": [{"psi": quarter / 4, "same": 0.11 * (quarter + 5)} for quarter in range(-4, 5)],
    "noise": {"same": 0.97, "grey_levels": 0.25},
}  # fmt: skip


def make_styles(root: Path) -> None:
    """Both, with random weights, in `root`; the classifier is in no menu of other tabs."""
    torch.manual_seed(3)
    model: Any = zoo.create("stylegan", width=WIDTH, code=CODE, depth=2).eval()
    judge: Any = zoo.create("lenet").eval()
    with torch.no_grad():
        for style in model.generator.styles:
            style.strength.normal_(std=0.3)
            style.bias.normal_(std=0.3)
        model.generator.to_picture.bias.fill_(-0.3)
        model.generator.mean_w.copy_(model.map(torch.randn(1000, CODE)).mean(0))
        judge.fc3.weight.mul_(30)
        judge.fc3.bias.zero_()
        x = model.generate(torch.randn(300, CODE))
        judge.fc3.bias.copy_(-judge((x - 0.286) / 0.353).mean(0))
    _release(root, model, STYLEGAN, {"width": WIDTH, "code": CODE, "depth": 2}, torch.randn(36, CODE))
    _release(root, judge, GARMENTS, {}, torch.randn(4, 1, 28, 28))


def _release(root: Path, model: Any, name: str, arguments: dict[str, Any], golden: torch.Tensor) -> None:
    is_judge = name == GARMENTS
    exhibit = write_exhibit("logit", collapsed=False) | {"mixing.json": json.dumps(MIXING).encode()}
    zoo.release(
        model,
        name,
        architecture=name.partition(".")[0],
        arguments=arguments,
        task="image-to-image" if is_judge else "unconditional-image-generation",
        labels=LABELS,
        preprocessing=Preprocessing("grey", 28, *(((0.286,), (0.353,)) if is_judge else ((0.0,), (1.0,)))),
        metrics=[zoo.Metric("frechet_distance", 10.0, "fashionmnist", "test", 10_000)],
        golden_inputs=golden,
        history=[{"epoch": 1, "train_loss": 1.0}],
        recipe=RECIPE,
        card="A small network that nobody trained.",
        dataset={"name": "fashionmnist", "title": "fashionmnist", "licence": "none", "source": "none"},
        exhibit={} if is_judge else exhibit,
        dtype="float16" if is_judge else "float32",
        root=root,
    )


@pytest.fixture(scope="module")
def style_zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A zoo that holds such networks alone."""
    folder = tmp_path_factory.mktemp("zoo")
    make_styles(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TENWEEKS_ZOO", str(folder))
        yield folder
