"""How good a generator is: Fréchet distance, precision, recall and coverage, in the features of a zoo's classifier.

Pictures come in as uint8 N×C×H×W, whatever made them; numbers go out. 10,000 samples against the 10,000 test pictures.

`measure_quality` gives what a release keeps as `exhibit/quality.json`:

    {"classifier": "lenet.mnist@v2", "classifier_digest": "<sha256>", "features": 84,
     "data": "mnist", "split": "test", "samples": 10000, "neighbours": 3,
     "frechet": 1.23,                   of the samples (seed 0) to the test pictures
     "frechet_by_seed": [1.23, 1.21, 1.25],      the same generator, a draw of 10,000 codes each
     "frechet_floor": 0.12,             between two halves of the test pictures, 5,000 each
     "frechet_of_training": 0.05,       10,000 training pictures in the samples' place: what a perfect copyist gets
     "precision": 0.9, "recall": 0.8,   Kynkäänniemi et al. 2019, k = 3
     "precision_of_training": 0.95, "recall_of_training": 0.95,
     "entropy": 0.995,                  of the classes' shares, as a share of that of uniform ones
     "classes": [{"label": "0", "share": 0.1, "real_share": 0.098}, ...],
     "nearest": [{"sample": 0, "train": 31415, "distance": 2.1}, ...],     the golden codes' pictures: index of the
                                        nearest training picture in feature space, and how far it is
     "nearest_typical": 2.3}            median of that distance for 1,000 test pictures: copies would be nearer

Heusel et al., "GANs Trained by a Two Time-Scale Update Rule ...", https://arxiv.org/abs/1706.08500
Kynkäänniemi et al., "Improved Precision and Recall Metric ...", https://arxiv.org/abs/1904.06991
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.linalg import eigvals
from torch import Tensor, nn

import zoo
from training._data import Dataset

NEIGHBOURS = 3
"""How many neighbours a sphere of precision and recall reaches over."""
CLASSIFIERS = {"mnist": "lenet.mnist", "fashionmnist": "lenet.fashionmnist"}
"""In whose features a data set's generators are measured."""


class Judge:
    """A classifier of the zoo: the numbers before its last layer are the features, its answer is the class."""

    def __init__(self, model: Any, data: Dataset):
        self.release: zoo.Release = model.release
        self.labels: list[str] = model.labels
        self.features = 0
        self._model, self._data = model, data
        self._seen: list[Tensor] = []
        last = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
        self.features = last.in_features
        last.register_forward_pre_hook(lambda _, inputs: self._seen.append(inputs[0]))

    @torch.inference_mode()
    def look_at(self, pictures: Tensor, batch_size: int = 1000) -> tuple[Tensor, Tensor]:
        """uint8 N×C×H×W, as they are (nothing is centred) -> features, float32 N×D, and classes, int64 N."""
        self._seen.clear()
        answers = [self._model(self._data.normalise(batch)).argmax(-1) for batch in pictures.cpu().split(batch_size)]
        return torch.cat(self._seen), torch.cat(answers)

    def measure_shares(self, pictures: Tensor) -> list[float]:
        """The share of each class among pictures, uint8 N×C×H×W, in the order of `labels`."""
        return _measure_shares(self.look_at(pictures)[1], len(self.labels)).tolist()


def load_judge(data: Dataset, root: Path | None = None) -> Judge:
    """The classifier of a data set, from the zoo in `root` if it is there, from the usual one otherwise.

    Generated patterns, the data of a smoke run, are judged by that of MNIST, which the repository carries.

    Raises:
        SystemExit: no zoo has it.
    """
    name = CLASSIFIERS["mnist" if data.name.endswith("-smoke") else data.name]
    for place in (root, None):
        if name in zoo.names(place):
            return Judge(zoo.load(name, place), data)
    raise SystemExit(f"Generators of {data.name} are measured with {name}, which no zoo here has: train it first.")


def measure_quality(draws: Sequence[Tensor], data: Dataset, judge: Judge, golden: Tensor) -> dict[str, Any]:
    """All figures of a generator, as the head of this file lists them.

    Args:
        draws: samples of one seed each, uint8 N×C×H×W, N the number of test pictures.
        golden: pictures whose nearest training pictures are looked for, uint8 M×C×H×W.

    Raises:
        ValueError: a draw has another number of pictures than the test set.
    """
    count = len(data.test_images)
    if any(len(draw) != count for draw in draws):
        raise ValueError(f"A draw is compared with {count:,} test pictures: make as many.")
    real, real_classes = judge.look_at(data.test_images)
    seen = [judge.look_at(draw) for draw in draws]
    fake, fake_classes = seen[0]
    dice = torch.Generator().manual_seed(0)
    halves = torch.randperm(count, generator=dice).chunk(2)
    training = judge.look_at(data.train_images)[0]
    copies = training[torch.randperm(len(training), generator=dice)[:count]]
    precision, recall = measure_precision_and_recall(real, fake)
    precision_of_training, recall_of_training = measure_precision_and_recall(real, copies)
    distances = [measure_frechet_distance(real, features) for features, _ in seen]
    shares, real_shares = (_measure_shares(each, len(judge.labels)) for each in (fake_classes, real_classes))
    nearest, indices = _find_nearest(judge.look_at(golden)[0], training)
    return {
        "classifier": judge.release.reference,
        "classifier_digest": judge.release.digest,
        "features": judge.features,
        "data": data.name,
        "split": "test",
        "samples": count,
        "neighbours": NEIGHBOURS,
        "frechet": distances[0],
        "frechet_by_seed": distances,
        "frechet_floor": measure_frechet_distance(real[halves[0]], real[halves[1]]),
        "frechet_of_training": measure_frechet_distance(real, copies),
        "precision": precision,
        "recall": recall,
        "precision_of_training": precision_of_training,
        "recall_of_training": recall_of_training,
        "entropy": measure_entropy(shares),
        "classes": [
            {"label": label, "share": float(share), "real_share": float(real_share)}
            for label, share, real_share in zip(judge.labels, shares, real_shares, strict=True)
        ],
        "nearest": [
            {"sample": sample, "train": int(index), "distance": float(distance)}
            for sample, (index, distance) in enumerate(zip(indices, nearest, strict=True))
        ],
        "nearest_typical": float(_find_nearest(real[:1000], training)[0].median()),
    }


def measure_frechet_distance(first: Tensor, second: Tensor) -> float:
    """‖m₁ - m₂‖² + tr(C₁ + C₂ - 2(C₁C₂)^½) of two sets of features, N×D and M×D: how far two Gaussians are apart.

    Heusel et al., equation 6. 0 for sets of one mean and covariance; it has the square of a feature's unit.
    """
    (m1, c1), (m2, c2) = (
        (features.mean(0), np.atleast_2d(np.cov(features, rowvar=False)))
        for features in (first.double().numpy(), second.double().numpy())
    )
    # The product's eigenvalues are real and not negative; rounding can make them slightly so.
    roots = np.sqrt(np.clip(eigvals(c1 @ c2).real, 0, None))
    return max(float(np.square(m1 - m2).sum() + np.trace(c1) + np.trace(c2) - 2 * roots.sum()), 0.0)


def measure_precision_and_recall(real: Tensor, fake: Tensor, neighbours: int = NEIGHBOURS) -> tuple[float, float]:
    """The share of fakes that lie among the real, and of the real that lie among the fakes (Kynkäänniemi et al.).

    A point lies among others where one of them is as near to it as to its own `neighbours`th neighbour.

    Args:
        real, fake: features, N×D and M×D.
    """
    return _measure_share_among(real, fake, neighbours), _measure_share_among(fake, real, neighbours)


def _measure_share_among(others: Tensor, points: Tensor, neighbours: int, rows: int = 1000) -> float:
    """The share of points that lie in the sphere of one of the others."""
    radii = torch.cat(
        [torch.cdist(part, others).kthvalue(neighbours + 1).values for part in others.split(rows)]  # its own is 0
    )
    inside = [(torch.cdist(part, others) <= radii).any(1) for part in points.split(rows)]
    return float(torch.cat(inside).double().mean())


def _find_nearest(points: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """Distance from each point to the nearest of the others, and its index."""
    distances, indices = zip(*(torch.cdist(part, others).min(1) for part in points.split(100)), strict=True)
    return torch.cat(distances), torch.cat(indices)


def _measure_shares(classes: Tensor, count: int) -> Tensor:
    """The share of each of `count` classes, float64."""
    return torch.bincount(classes, minlength=count).double() / len(classes)


def measure_entropy(shares: Tensor) -> float:
    """-Σ p ln p of shares that add up to 1, over that of uniform ones, ln K: 1 uniform, 0 all in one class."""
    return float(torch.special.entr(shares.double()).sum() / np.log(len(shares)))


def write_quality(quality: dict[str, Any]) -> bytes:
    """`quality.json`, numbers to five digits."""
    return (json.dumps(round_numbers(quality), indent=1) + "\n").encode()


def round_numbers(value: Any, digits: int = 5) -> Any:
    """The same lists and dictionaries with each float to so many digits, and null for one that is not finite."""
    match value:
        case float():
            return float(f"{value:.{digits}g}") if np.isfinite(value) else None
        case dict():
            return {key: round_numbers(each, digits) for key, each in value.items()}
        case list() | tuple():
            return [round_numbers(each, digits) for each in value]
    return value
