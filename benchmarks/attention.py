"""What the *Attention* tab costs: each handler over one forward pass that stores nothing, of the same network.

    python -m benchmarks.attention [--network vit.cifar10] [--root zoo] [--rounds 60]

A forward pass under `inference_mode` and the handlers take turns, so that all meet the same state of the machine.
Printed: for each handler the median and the quartiles of its ratios. "again" is a picture that is open already, as
after a change of network or of heads; "new" is one that has to be read and scaled down first.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from PIL import Image

import zoo
from apps.attention import compute_attention, disturb_patches, silence_heads
from benchmarks._timing import time_call
from zoo.examples import example_pictures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--network", default="vit.cifar10", help="a vision transformer")
    parser.add_argument("--root", type=Path, default=None, help="another zoo's folder than the repository's own")
    parser.add_argument("--rounds", type=int, default=60, help="forward passes, and calls of each handler")
    parser.add_argument("--threads", type=int, default=None, help="torch's threads; its own choice if not given")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    if arguments.root:
        os.environ["TENWEEKS_ZOO"] = str(arguments.root)

    picture, network = str(example_pictures()["cat"]), arguments.network
    model: Any = zoo.load(network)
    x = model.preprocess(Image.open(picture))[None]
    folder = Path(tempfile.mkdtemp())
    copies = [str(shutil.copy(picture, folder / f"{number}.png")) for number in range(arguments.rounds + 1)]

    def forward() -> None:
        with torch.inference_mode():
            model(x)

    handlers: dict[str, Callable[[], object]] = {
        "compute_attention, again": lambda: compute_attention(picture, network),
        "compute_attention, new": lambda: compute_attention(copies.pop(), network),
        "silence_heads": lambda: silence_heads(picture, network, ["0.0"]),
        "disturb_patches": lambda: disturb_patches(picture, network, True, False),
    }
    for run in (forward, *handlers.values()):
        run()
    bare: list[float] = []
    ratios: dict[str, list[float]] = {name: [] for name in handlers}
    for _ in range(arguments.rounds):
        for name, run in handlers.items():
            silence_heads(picture, network, [])  # so that the picture is open, and the whole network's answer known
            bare.append(time_call(forward))
            ratios[name].append(time_call(run) / bare[-1])
    print(f"{network}, {arguments.rounds} rounds, {torch.get_num_threads()} thread(s)")
    shutil.rmtree(folder)
    print(f"bare forward pass {statistics.median(bare):8.2f} ms median")
    for name, values in ratios.items():
        low, middle, high = statistics.quantiles(values, n=4)
        print(f"{name:<16}{middle:10.2f} × forward, median; quartiles {low:.2f} – {high:.2f}")


if __name__ == "__main__":
    main()
