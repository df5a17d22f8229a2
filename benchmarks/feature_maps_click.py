"""What a click in *Feature maps* costs: the whole handler over one bare forward pass of the same network.

    python -m benchmarks.feature_maps_click [--network resnet18.cifar10] [--pairs 60]

A forward pass under `inference_mode` and a click take turns, so that both meet the same state of the machine. The
clicks are spread over the layers that the tab shows, each at a random unit. Printed: the ratio's median and quartiles.
"""

from __future__ import annotations

import argparse
import random
import statistics

import torch
from PIL import Image

import zoo
from apps.feature_maps import compute_feature_maps, locate_receptive_field
from benchmarks._timing import time_call
from zoo.examples import example_pictures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--network", default="resnet18.cifar10", help="a release with convolutions")
    parser.add_argument("--pairs", type=int, default=60, help="clicks, and forward passes between them")
    parser.add_argument("--threads", type=int, default=None, help="torch's threads; its own choice if not given")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)

    release = zoo.describe(arguments.network)
    model = zoo.load(release.reference)
    photo = example_pictures()["cat"]
    picture = str(photo)
    x = model.preprocess(Image.open(photo))[None]
    layers = compute_feature_maps(picture, release.reference)["layers"]
    draw = random.Random(0)
    units = [layers[index * len(layers) // arguments.pairs] for index in range(arguments.pairs)]
    draw.shuffle(units)

    def forward() -> None:
        with torch.inference_mode():
            model(x)

    def click(index: int) -> None:
        layer = units[index]
        channel, row, column = (draw.randrange(count) for count in layer["shape"])
        locate_receptive_field(picture, release.reference, layer["name"], channel, row, column)

    for index in range(5):
        forward()
        click(index)
    passes, clicks = [], []
    for index in range(arguments.pairs):
        passes.append(time_call(forward))
        clicks.append(time_call(lambda index=index: click(index)))  # type: ignore[misc]

    ratios = sorted(c / p for c, p in zip(clicks, passes, strict=True))
    low, middle, high = statistics.quantiles(ratios, n=4)
    print(
        f"{release.reference}, {arguments.pairs} pairs over {len(layers)} layers, {torch.get_num_threads()} thread(s)"
    )
    print(f"bare forward pass   {statistics.median(passes):8.2f} ms median")
    print(f"click, whole handler{statistics.median(clicks):8.2f} ms median")
    print(f"click / forward     {middle:8.2f}    median; quartiles {low:.2f} – {high:.2f}, largest {ratios[-1]:.2f}")


if __name__ == "__main__":
    main()
