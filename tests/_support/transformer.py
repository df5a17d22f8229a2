"""A small vision transformer made on the spot, in a zoo of its own, so that no test waits for a trained one."""

from __future__ import annotations

from pathlib import Path

import torch

import zoo
from zoo.preprocessing import Preprocessing

NAME = "vit.none"
BLOCKS, HEADS, WHOLE = 3, 4, 0.8
LABELS = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def make_transformer(root: Path, heads_csv: bool = True) -> zoo.Release:
    """Release `vit.none` in `root`: 3 blocks of 4 heads with random weights, large enough that heads differ."""
    torch.manual_seed(0)
    arguments = {"dim": 48, "depth": BLOCKS, "heads": HEADS, "hidden": 96}
    model = zoo.create("vit", **arguments)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim == 2 or name == "pos_embed":
                parameter.mul_(12)
    rows = [f"block,head,accuracy,lost\n,,{WHOLE},0\n"]
    for block in range(BLOCKS):
        for head in (None, *range(HEADS)):
            lost = 0.001 * (10 * block + 1 + (20 if head is None else head))
            rows.append(f"{block},{'' if head is None else head},{WHOLE - lost:.4f},{lost:.4f}\n")
    return zoo.release(
        model,
        NAME,
        architecture="vit",
        arguments=arguments,
        task="image-classification",
        labels=LABELS,
        preprocessing=Preprocessing("photo", 32, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)),
        metrics=[zoo.Metric("accuracy", WHOLE, "none", "test", 10_000)],
        golden_inputs=torch.randn(1, 3, 32, 32),
        history=[{"epoch": 1, "train_loss": 1.0}],
        recipe={
            "command": "python -m training.none", "seed": 0, "precision": "no", "processes": 1, "epochs": 1,
            "minutes": 0.1, "hardware": "none", "python": "3.11", "packages": {"torch": "2"},
            "data": {"name": "none", "digests": {"test": "sha256:0"}},
        },
        card="A small network that nobody trained.",
        dataset={"name": "none", "title": "None", "licence": "none", "source": "none"},
        exhibit={"heads.csv": "".join(rows).encode()} if heads_csv else None,
        root=root,
    )  # fmt: skip
