"""How far integrated gradients are from adding up: |Σ attributions − (f(x) − f(b))| / |f(x) − f(b)|.

    python -m benchmarks.completeness [--networks resnet18.cifar10 vit.cifar10] [--steps 64] [--pictures 100]

Asked is the network's own answer, from every baseline, for the worked examples and for the first test pictures of
CIFAR-10, where that is on this machine (`TENWEEKS_DATA`, or where torchvision keeps it). Printed for each network and
baseline: median, 95 % quantile and largest error, and the share of pictures that stay within 2 %. With `--compare`,
captum's own rules get as many steps on the same pictures: four times the work. A gradient of the ResNet takes 30 ms on
one thread, so 100 pictures are a quarter of an hour for it, and a third of that for the transformer; what is known so
far is printed on the way.
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from captum.attr import IntegratedGradients
from PIL import Image
from torch import Tensor

import training
import zoo
from apps.attribution.choices import BASELINES
from apps.attribution.integrated import ENOUGH
from apps.attribution.methods import attribute_class, make_baseline
from zoo.examples import example_pictures

RULES = ("riemann_middle", "gausslegendre", "riemann_trapezoid")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--networks", nargs="+", default=["resnet18.cifar10", "vit.cifar10"], help="classifiers")
    parser.add_argument("--steps", type=int, default=64, help="gradients for each picture")
    parser.add_argument("--pictures", type=int, default=100, help="how many of CIFAR-10's test pictures")
    parser.add_argument("--compare", action="store_true", help="captum's own rules as well")
    parser.add_argument("--threads", type=int, default=1, help="torch's threads")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)

    photos = [("examples", Image.open(path).convert("RGB")) for path in example_pictures().values()]
    tests = [("test set", picture) for picture in read_test_pictures(arguments.pictures)]
    errors: dict[tuple[str, str, str, str], list[float]] = {}
    for number, (source, picture) in enumerate([*photos, *tests], 1):
        for network in arguments.networks:
            for kind in BASELINES:
                for rule, error in measure_errors(network, picture, kind, arguments.steps, arguments.compare):
                    errors.setdefault((network, source, kind, rule), []).append(error)
        if number == len(photos) or number % 20 == 0:
            print_errors(errors, arguments.steps)
    print_errors(errors, arguments.steps)


def read_test_pictures(count: int) -> list[Image.Image]:
    """The first test pictures; none, and a sentence, where the data set is not here."""
    root = training.data_folder()
    if not count:
        return []
    if not (root / "cifar-10-batches-py").is_dir():
        print(f"CIFAR-10 is not in {root}, so the worked examples stand alone: set TENWEEKS_DATA to where it is.")
        return []
    images = training.load_dataset("cifar10").test_images[:count]
    return [Image.fromarray(image.permute(1, 2, 0).numpy()) for image in images]


def measure_errors(
    network: str, picture: Image.Image, kind: str, steps: int, compare: bool
) -> Iterator[tuple[str, float]]:
    """The tab's error, then those of captum's rules."""
    model = _load(network)
    x: Tensor = model.preprocess(picture)[None]
    with torch.no_grad():
        target = int(model(x)[0].argmax())
    found = attribute_class(model, x, target, "integrated gradients", steps, kind).completeness
    assert found is not None
    yield "the tab", abs(found["sum"] - found["difference"]) / abs(found["difference"])
    for rule in RULES if compare else ():
        values = IntegratedGradients(model).attribute(
            x,
            make_baseline(x, kind, model.preprocess),
            target,
            n_steps=steps,
            method=rule,
            internal_batch_size=16,
        )
        yield rule, abs(values.double().sum().item() - found["difference"]) / abs(found["difference"])


@functools.cache
def _load(network: str) -> Any:
    """The network, loaded once."""
    return zoo.load(network)


def print_errors(errors: dict[tuple[str, str, str, str], list[float]], steps: int) -> None:
    """Print median, 95 % quantile, largest error and the share within 2 % for each group."""
    print(f"\n{steps} steps{'':33} pictures   median     95 %    worst   ≤ 2 %")
    for (network, source, kind, rule), values in sorted(errors.items()):
        sizes = [100 * float(size) for size in (np.median(values), np.quantile(values, 0.95), max(values))]
        within = 100 * float(np.mean(np.array(values) <= ENOUGH))
        numbers = "".join(f"{size:7.2f} %" for size in sizes)
        print(f"{network:18}{source:10}{kind:9}{rule:18}{len(values):5}{numbers}{within:7.1f} %", flush=True)


if __name__ == "__main__":
    main()
