"""Deleting pixels in the order of a map: the probability falls fast where the map ranks first what the class needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from apps._gallery.job import report_progress
from apps._networks.answers import compute_scores
from apps._networks.subject import Subject
from apps.attribution.choices import PARTS
from apps.attribution.maps import Progress, Store, count_batch

ORDERS = 5
"""Random orders that a map is compared with."""
ENOUGH = 0.05
"""A class that is less probable than this has nothing to lose, and no verdict is given."""


class DeletionCurves(NamedTuple):
    """The class's probability while the pixels go; each curve has a point for each of `counts`.

    Attributes:
        counts: how many pixels have gone.
        deletion: by the map, from the picture towards the baseline.
        insertion: by the map, from the baseline towards the picture.
        random: the same as `deletion` in random orders, `ORDERS` × points.
        order: the first random order, pixels as indices row by row.
    """

    counts: list[int]
    deletion: np.ndarray
    insertion: np.ndarray
    random: np.ndarray
    order: np.ndarray


def rank_pixels(values: np.ndarray) -> np.ndarray:
    """A map, H×W -> its pixels as indices row by row, largest value first; of equal ones the upper left comes first.

    The values are compared as float32, in which the map travels, so that the browser finds the same order.
    """
    return np.argsort(-values.astype(np.float32).ravel(), kind="stable")


def compute_curves(
    model: nn.Module,
    x: Tensor,
    start: Tensor,
    target: int,
    order: np.ndarray,
    parts: int = PARTS,
    seed: int = 0,
    progress: Progress = report_progress,
    random: np.ndarray | None = None,
) -> DeletionCurves:
    """Deletion and insertion (https://arxiv.org/abs/1806.07421, section 4.1), and deletion in random orders.

    `x` and the baseline `start` are 1×C×H×W. Inserting in a random order is deleting in the reverse, which is as
    random, so the random curves read backwards serve insertion too. They are the same for every map: who has them
    hands them in as `random`.
    """
    counts = [round(order.size * part / parts) for part in range(parts + 1)]
    generator = np.random.default_rng(seed)
    orders = [generator.permutation(order.size) for _ in range(ORDERS)]
    ways = [(x, start, order), (start, x, order)]
    if random is None:
        ways += [(x, start, each) for each in orders]
    pictures = (replace_pixels(*way[:2], way[2][:count]) for way in ways for count in counts)
    found = compute_probabilities(model, pictures, len(ways) * len(counts), 4 * count_batch(x), target, progress)
    curves = np.array(found).reshape(len(ways), len(counts))
    return DeletionCurves(counts, curves[0], curves[1], curves[2:] if random is None else random, orders[0])


RANDOM = Store[np.ndarray](256)
"""Curves of random orders, 840 bytes each."""


def find_curves(subject: Subject, start: Tensor, target: int, baseline: str, order: np.ndarray) -> DeletionCurves:
    """The same of a subject; a second map of the class, from the same baseline, pays for no random orders."""
    place = (subject.key, target, baseline)
    curves = compute_curves(subject.model, subject.x, start, target, order, random=RANDOM.find(place))
    RANDOM.put(place, curves.random)
    return curves


def replace_pixels(x: Tensor, other: Tensor, pixels: np.ndarray) -> Tensor:
    """`x`, 1×C×H×W, with all channels of some pixels, indices row by row, taken from `other`."""
    changed = x.flatten(2).clone()
    changed[:, :, pixels] = other.flatten(2)[:, :, pixels]
    return changed.view_as(x)


def compute_probabilities(
    model: nn.Module, pictures: Iterator[Tensor], count: int, batch: int, target: int, progress: Progress
) -> list[float]:
    """The class's probability in each of `count` pictures, 1×C×H×W, made and answered `batch` at a time."""
    found: list[float] = []
    while len(found) < count:
        some = torch.cat([next(pictures) for _ in range(min(batch, count - len(found)))])
        found += compute_scores(model, some).double().softmax(1)[:, target].tolist()
        progress(len(found) / count)
    return found


def measure_area(counts: Sequence[int], curve: np.ndarray) -> float:
    """The area under a curve over the share of pixels, from 0 to 1, by trapezia."""
    return float(np.trapezoid(curve, np.array(counts) / counts[-1]))


def describe_curves(curves: DeletionCurves) -> dict[str, Any]:
    """What the browser and API clients get of them, with areas and a verdict for each way."""
    random = [measure_area(curves.counts, curve) for curve in curves.random]
    areas = {way: measure_area(curves.counts, getattr(curves, way)) for way in ("deletion", "insertion")}
    return {
        "counts": curves.counts,
        "deletion": curves.deletion.tolist(),
        "insertion": curves.insertion.tolist(),
        "random": curves.random.tolist(),
        "areas": areas | {"random": random, "random_mean": float(np.mean(random)), "random_std": float(np.std(random))},
        "verdicts": {way: write_verdict(way, area, random, curves.deletion[0]) for way, area in areas.items()},
    }


def write_verdict(way: str, area: float, random: Sequence[float], whole: float) -> str:
    """What the area by the map says beside those of random orders; a good map's is small in deletion, else large.

    `whole` is the class's probability in the whole picture.
    """
    if whole < ENOUGH:
        return f"No verdict: in the whole picture the class has {100 * whole:.1f} %, so there is nothing to lose."
    gains = [each - area if way == "deletion" else area - each for each in random]
    deletes = way == "deletion"
    numbers = f"area {area:.2f}, random {min(random):.2f} to {max(random):.2f}"
    event, change = ("go", "falls") if deletes else ("come", "rises")
    begin, orders = f"as its first pixels {event}, the probability {change}", f"{len(random)} random orders"
    if min(gains) > 0:
        return f"Better than random: {begin} sooner than in each of {orders} ({numbers})."
    if max(gains) < 0:
        return (
            f"Worse than random: {begin} later than in each of {orders}. Either the map misses what counts, or "
            f"scattered pixels weigh more than whole patches ({numbers})."
        )
    return (
        f"No better than random: {begin} no sooner than in some of {orders}, so by this test the map does not tell "
        f"which pixels count ({numbers})."
    )
