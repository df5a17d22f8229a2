"""A small made-up data set in the files in which torchvision keeps MNIST."""

from __future__ import annotations

import struct
from pathlib import Path

import torch
from torch import Tensor

TRAIN, TEST = 40, 30


def make_data(root: Path, name: str = "MNIST") -> dict[str, tuple[Tensor, Tensor]]:
    """Pictures of noise, uint8 N×28×28, and their labels, for "train" and "test", which now also lie under `root`."""
    raw = root / name / "raw"
    raw.mkdir(parents=True)
    dice = torch.Generator().manual_seed(3)
    made = {}
    for split, file, count in (("train", "train", TRAIN), ("test", "t10k", TEST)):
        pictures = torch.randint(0, 256, (count, 28, 28), generator=dice, dtype=torch.uint8)
        labels = (torch.arange(count) * 7 % 10).byte()
        head = struct.pack(">iiii", 0x803, count, 28, 28)
        (raw / f"{file}-images-idx3-ubyte").write_bytes(head + pictures.numpy().tobytes())
        (raw / f"{file}-labels-idx1-ubyte").write_bytes(struct.pack(">ii", 0x801, count) + labels.numpy().tobytes())
        made[split] = pictures, labels
    return made
