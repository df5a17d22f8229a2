"""The pairs of samples that lie closest, for a person to say which of them are the same picture.

Arora and Zhang, "Do GANs actually learn the distribution? An empirical study", https://arxiv.org/abs/1706.08224. The
distance is that in the features of the classifier by which the release was measured, not of pixels: of real pictures,
the closest pairs by features are more often of one class (`understand.md`), those by pixels the thinnest and darkest.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import torch
from torch import Tensor

from apps import _networks
from apps._inputs import BadInput, read_seed
from apps._inputs.data_sets import TITLES, read_data_set
from apps._inputs.urls import write_png_url
from apps._networks.generators import compute_features, describe_generator, list_generators, load_generator
from apps._networks.lives import read_quality

PAIRS = 20
"""How many pairs are looked at."""
LEAST, MOST = 2, 1000
STOPS = (5, 10, 20, 50, 100, 200, 500, 1000)
"""How many samples the page offers to draw."""


def find_pairs(network: object, samples: object, seed: object, real: object) -> dict[str, Any]:
    """The closest pairs of samples, or of real pictures: `apps.birthdays.find_closest_pairs`.

    Raises:
        BadInput: the network is of another kind, a number lies outside its limits, or the data set is not here.
        ZooError: there is no such network or classifier, or it is damaged.
    """
    release = describe_generator(network)
    if not isinstance(samples, int) or isinstance(samples, bool) or not LEAST <= samples <= MOST:
        raise BadInput(f"Draw {LEAST} to {MOST:,} samples.")
    return _find_pairs(release.reference, release.digest, samples, read_seed(seed), bool(real))


@functools.lru_cache(maxsize=64)  # an answer weighs 30 kB
def _find_pairs(reference: str, digest: str, samples: int, seed: int, real: bool) -> dict[str, Any]:
    quality = read_quality(describe_generator(reference))
    dice = torch.Generator().manual_seed(seed)
    if real:
        pictures = read_data_set(quality["data"])
        pictures = pictures[torch.randperm(len(pictures), generator=dice)[:samples], None].float() / 255
    else:
        model = load_generator(reference)
        pictures = paint_samples(model, torch.randn(samples, model.code, generator=dice))
    rows, columns, distances = select_closest(compute_features(quality["classifier"], pictures), PAIRS)
    urls = {place: _write_picture(pictures[place]) for place in {*rows, *columns}}
    return {
        "network": reference,
        "data": quality["data"],
        "samples": len(pictures),
        "pairs": [
            {"places": [row, column], "pictures": [urls[row], urls[column]], "distance": distance}
            for row, column, distance in zip(rows, columns, distances, strict=True)
        ],
        "classifier": quality["classifier"],
        "typical": quality["nearest_typical"],
    }


def paint_samples(model: Any, codes: Tensor) -> Tensor:
    """What a generator makes of codes N×D: N×1×28×28 in 0..1."""
    with _networks.TURN, torch.inference_mode():
        return torch.cat([model.generate(part) for part in codes.split(250)])


def select_closest(features: Tensor, count: int) -> tuple[list[int], list[int], list[float]]:
    """The pairs of N×D points whose Euclidean distance is least, closest first: the lower place, the other, how far."""
    every = torch.pdist(features)
    distances, order = every.topk(min(count, len(every)), largest=False)
    rows, columns = torch.triu_indices(len(features), len(features), 1)[:, order]
    return rows.tolist(), columns.tolist(), distances.tolist()


def _write_picture(picture: Tensor) -> str:
    pixels = (picture.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    return write_png_url(pixels)


def offer_sources() -> list[dict[str, Any]]:
    """What the page can draw from: `network` and `real`, as `find_pairs` takes them, and a `name`."""
    generators = list_generators()
    learned: dict[str, str] = {}
    for release in generators:
        learned.setdefault(read_quality(release)["data"], release.reference)
    networks = [{"network": each.reference, "real": False, "name": each.name} for each in generators]
    return networks + [
        {"network": network, "real": True, "name": f"real pictures: {TITLES[data]}"}
        for data, network in learned.items()
        if data in TITLES
    ]
