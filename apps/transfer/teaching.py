"""What the Transfer tab computes: the study's numbers, and a new last layer taught on a visitor's own pictures.

Nothing of a visitor stays here: pictures and the taught layer live in the browser and come with every request.
"""

from __future__ import annotations

import csv
import math
import statistics
import zlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

import zoo
from apps import _networks
from apps._inputs import BadInput, read_picture, read_text
from apps._networks.encoding import picture_url

BACKBONE = "resnet18-8class.cifar10"
MOST = 50
"""Pictures of one class."""
LONGEST_NAME = 30
PENALTY = 1e-3
"""Of the squared length of the new layer's weights, halved, in the loss. From 10⁻⁵ to 0.1, on other pictures (daisies
and sunflowers, 3 to 50 of each), nothing was better by more than chance."""
STEPS = 30
"""Of Newton's, at most."""
SIGNS = (-0.5, 0.5)
"""What the two rows of a head's weights are of the one direction that is learnt."""
_SLICE = 16
"""Pictures in one turn at the processor."""
_LARGEST = 1e6
"""Of a head's numbers: what is finite in float32 after 256 products of them too."""


# ---------------------------------------------------------------------------------------------------- the study


class Trained(NamedTuple):
    """One row of the study: one training, measured."""

    method: str
    augmented: bool
    pictures: int
    seed: int
    accuracy: float


METHODS = ("scratch", "frozen", "fine-tuned")


def table() -> str:
    """The study's `results.csv`, word for word.

    Raises:
        NotHere: nobody has made it yet.
    """
    path = zoo.folder() / "studies" / "transfer" / "results.csv"
    try:
        return path.read_text()
    except OSError:
        raise zoo.NotHere("The study's table is not in this zoo yet. Make it: `python -m training.transfer`.") from None


def read_table(text: str) -> list[Trained]:
    """The rows of `results.csv`.

    Raises:
        DamagedRelease: its columns or its numbers are not what they should be.
    """
    try:
        rows = [
            Trained(
                row["method"], {"yes": True, "no": False}[row["augmented"]], int(row["pictures"]), int(row["seed"]),
                float(row["accuracy"]),
            )
            for row in csv.DictReader(text.splitlines())
        ]  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise zoo.DamagedRelease(f"The study's results.csv is damaged ({error}): restore it.") from error
    if not rows or {row.method for row in rows} - {*METHODS}:
        raise zoo.DamagedRelease("The study's results.csv names no methods that this program knows: restore it.")
    return rows


def compare(rows: Sequence[Trained], pictures: object, augmented: object) -> dict[str, Any]:
    """Each method's accuracies with one number of pictures, and what fine-tuning adds to learning from scratch.

    Raises:
        BadInput: the study has no such number.
    """
    sizes = sorted({row.pictures for row in rows})
    if isinstance(augmented, str | None) or augmented not in (True, False):
        raise BadInput(f"augmented is true or false, not {str(augmented)[:40]!r}.")
    if isinstance(pictures, bool | str | None) or pictures not in sizes:
        listed = f"{', '.join(map(str, sizes[:-1]))} and {sizes[-1]}" if len(sizes) > 1 else str(sizes[0])
        raise BadInput(f"The study has {listed} pictures a class, not {str(pictures)[:40]}.")
    found: dict[str, dict[int, float]] = {method: {} for method in METHODS}
    for row in rows:
        if row.pictures == pictures and row.augmented is bool(augmented):
            found[row.method][row.seed] = row.accuracy
    return {
        "pictures": pictures,
        "augmented": bool(augmented),
        "methods": [
            {"method": method, **describe(list(by_seed.values()))} for method, by_seed in found.items() if by_seed
        ],
        "gain": paired(found["fine-tuned"], found["scratch"]),
    }


def describe(values: list[float]) -> dict[str, Any]:
    """The values, their mean and their standard deviation (with n − 1; None of a single value)."""
    return {
        "accuracies": values,
        "mean": statistics.mean(values),
        "deviation": statistics.stdev(values) if len(values) > 1 else None,
    }


def paired(first: dict[int, float], second: dict[int, float]) -> dict[str, Any] | None:
    """The mean of first − second over the seeds that both have, with its 95 % confidence interval (Student's t).

    None with fewer than two pairs.
    """
    from scipy.special import stdtrit

    differences = [first[seed] - second[seed] for seed in sorted(first.keys() & second.keys())]
    n = len(differences)
    if n < 2:
        return None
    mean, error = statistics.mean(differences), statistics.stdev(differences) / math.sqrt(n)
    reach = float(stdtrit(n - 1, 0.975)) * error
    return {"mean": mean, "low": mean - reach, "high": mean + reach, "pairs": n}


# ---------------------------------------------------------------------------------------------------- the backbone


def backbone() -> zoo.Release:
    """The network whose features the new layer reads.

    Raises:
        UnknownName: the zoo does not have it.
    """
    return zoo.describe(BACKBONE)


def load() -> Any:
    """The backbone, one copy for all visitors."""
    return _networks.load(BACKBONE)


def features(model: Any, x: Tensor) -> Tensor:
    """N×3×32×32 -> N×256: all of a ResNet but its last layer. The batch norms use what they learnt in training."""
    x = model.maxpool(model.relu(model.bn1(model.conv1(x))))
    for stage in (model.layer1, model.layer2, model.layer3, model.layer4):
        x = stage(x)
    return model.avgpool(x).flatten(1)


def vary(x: Tensor) -> Tensor:
    """N×3×32×32 -> N×4×3×32×32: each picture, its mirror image, and both shifted by up to four pixels.

    A picture's shift comes from its own pixels, so that the same pictures teach the same.
    """
    padded, side = F.pad(x, (4, 4, 4, 4), mode="reflect"), x.shape[-1]
    moved = torch.empty_like(x)
    for index, picture in enumerate(x):
        top, left = divmod(zlib.crc32(picture.numpy().tobytes()) % 81, 9)
        moved[index] = padded[index, :, top : top + side, left : left + side]
    return torch.stack([x, x.flip(-1), moved, moved.flip(-1)], dim=1)


# ---------------------------------------------------------------------------------------------------- a lesson


@dataclass(frozen=True)
class Lesson:
    """Two classes of pictures, as the backbone sees them."""

    names: tuple[str, str]
    counts: tuple[int, int]
    x: Tensor  # N×3×32×32, the first class and then the second


def lesson(first: object, second: object, first_name: object, second_name: object) -> Lesson:
    """Read a visitor's two classes.

    Raises:
        BadInput: names that are missing or the same, too few or too many pictures, or one that cannot be read, by name.
    """
    names = read_names(first_name, second_name)
    classes: list[Any] = [first, second]
    for pictures, name in zip(classes, names, strict=True):
        if not isinstance(pictures, list | tuple):
            raise BadInput(f"The pictures of “{name}” come as a list of files.")
        if not pictures:
            raise BadInput(f"“{name}” has no pictures yet: add at least one.")
        if len(pictures) > MOST:
            raise BadInput(f"“{name}” has {len(pictures)} pictures and at most {MOST} are taken: leave some out.")
    preprocess = load().preprocess
    read = [
        preprocess(read_named(picture, f"picture {number} of “{name}”"))
        for pictures, name in zip(classes, names, strict=True)
        for number, picture in enumerate(pictures, 1)
    ]
    return Lesson(names, (len(classes[0]), len(classes[1])), torch.stack(read))


def read_names(*names: object) -> tuple[str, str]:
    """Two different names, each in one line.

    Raises:
        BadInput: there are not.
    """
    read = []
    for name in names:
        try:
            read.append(" ".join(read_text(name, LONGEST_NAME).split()))
        except BadInput:
            raise BadInput(f"Give both classes a name, of {LONGEST_NAME} characters at most.") from None
    first, second = read
    if first.casefold() == second.casefold():
        raise BadInput(f"Both classes are called “{first}”: give them two names.")
    return first, second


def read_named(picture: Any, otherwise: str) -> Image.Image:
    """`read_picture`, whose refusal says which file it means: its own name, or what it is called `otherwise`.

    Raises:
        BadInput: the picture cannot be read.
    """
    try:
        return read_picture(picture)
    except BadInput as refusal:
        is_file = isinstance(picture, str | Path) and not str(picture).startswith("data:") and str(picture)
        name = Path(picture).name[:60] if is_file else otherwise
        raise BadInput(f"{name}: {refusal}") from None


def teach(lesson: Lesson, augment: object) -> Generator[dict[str, Any]]:
    """Train a linear layer on the frozen backbone's features, and tell how far it is after every piece of work.

    The layer is a logistic regression with an L2 penalty, as Kornblith et al. (2018, https://arxiv.org/abs/1805.08974,
    section 3) measure how well features transfer. The problem is convex, so it has one solution, and with this few
    numbers Newton's method finds it in a dozen steps.

    Yields dicts with `stage`, `done` and `total`: "looking" (pictures through the backbone), "learning" (`losses`),
    "checking" (pictures left out once), and last "taught" with what `apps.transfer.teach_head` returns.

    Raises:
        BadInput: `augment` is neither true nor false.
    """
    if not isinstance(augment, bool):
        raise BadInput(f"augment is true or false, not {str(augment)[:40]!r}.")
    model = load()
    views = vary(lesson.x) if augment else lesson.x[:, None]  # N×V×3×32×32
    seen: list[Tensor] = []
    for part in views.flatten(0, 1).split(_SLICE):
        yield {"stage": "looking", "done": len(seen) * _SLICE // views.shape[1], "total": len(views)}
        with _networks.TURN, torch.no_grad():
            seen.append(features(model, part))
    x = torch.cat(seen).double()  # NV×256
    size = x.norm(dim=1).mean().clamp_min(1e-12)  # one number, so that the penalty means the same for any backbone
    # The solution is a sum of the pictures' features, so it is looked for among those directions, if they are fewer.
    basis = torch.linalg.qr(x.T).Q  # 256×min(NV, 256)
    x = (x @ basis / size).unflatten(0, views.shape[:2])  # N×V×min(NV, 256)
    y = torch.tensor([0] * lesson.counts[0] + [1] * lesson.counts[1])

    losses: list[float] = []
    for loss, found in fit(x.flatten(0, 1), y.repeat_interleave(views.shape[1])):
        losses, weights = [*losses, loss], found
        yield {"stage": "learning", "done": len(losses), "total": STEPS, "losses": losses}

    right, tested = 0, len(x) if min(lesson.counts) > 1 else 0
    for index in range(tested):
        yield {"stage": "checking", "done": index, "total": tested}
        rest = torch.arange(len(x)) != index
        with _networks.TURN:
            *_, (_, without) = fit(x[rest].flatten(0, 1), y[rest].repeat_interleave(views.shape[1]), weights)
        right += int((score(x[index, 0], without) > 0).item() == y[index].item())

    weight, bias = basis @ weights[:-1] / size, weights[-1].item()
    yield {
        "stage": "taught",
        "done": 1,
        "total": 1,
        "head": {
            "network": model.release.reference,
            "names": list(lesson.names),
            "weight": [[float(f"{sign * value:.6g}") for value in weight.tolist()] for sign in SIGNS],
            "bias": [float(f"{sign * bias:.6g}") for sign in SIGNS],
        },
        "pictures": list(lesson.counts),
        "views": x.shape[0] * x.shape[1],
        "losses": losses,
        "left_out": {"right": right, "pictures": tested, **wilson(right, tested)} if tested else None,
    }


def score(x: Tensor, weights: Tensor) -> Tensor:
    """N×D features and D+1 weights, the last the bias -> N: how much more the second class is meant than the first."""
    return x @ weights[:-1] + weights[-1]


def fit(x: Tensor, y: Tensor, start: Tensor | None = None) -> Iterator[tuple[float, Tensor]]:
    """N×D features and N labels, 0 or 1 -> after each of Newton's steps the loss and the D+1 weights.

    Two rows of weights, −w/2 and +w/2, give by softmax what w gives by the sigmoid, so one is looked for. A step that
    does not lower the loss is halved; it ends where the loss no longer falls.
    """
    x = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)  # the bias is the weight of a feature that is always 1
    penalty = torch.full_like(x[0], PENALTY / 2)
    penalty[-1] = 1e-9  # next to nothing, and enough to have a solution where all pictures are of one class
    weights = torch.zeros_like(x[0]) if start is None else start
    target = y.to(x.dtype)

    def loss(weights: Tensor) -> float:
        return (F.binary_cross_entropy_with_logits(x @ weights, target) + (penalty / 2 * weights**2).sum()).item()

    value = loss(weights)
    yield value, weights
    for _ in range(STEPS):
        p = (x @ weights).sigmoid()
        slope = x.T @ (p - target) / len(x) + penalty * weights
        curvature = (x.T * (p * (1 - p) / len(x))) @ x + penalty.diag()
        step = torch.cholesky_solve(slope[:, None], torch.linalg.cholesky(curvature))[:, 0]
        length = 1.0
        while (after := loss(weights - length * step)) > value and length > 1e-4:
            length /= 2
        if value - after < 1e-7:
            return
        value, weights = after, weights - length * step
        yield value, weights


def wilson(right: int, of: int) -> dict[str, float]:
    """The 95 % interval of a proportion (Wilson, 1927), as `low` and `high`."""
    z, share = 1.959964, right / of
    middle, reach = share + z * z / (2 * of), z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return {"low": max(0.0, (middle - reach) / (1 + z * z / of)), "high": min(1.0, (middle + reach) / (1 + z * z / of))}


# ---------------------------------------------------------------------------------------------------- an answer


def read_head(head: object) -> tuple[tuple[str, str], Tensor, Tensor]:
    """A head that comes back: its names, weights (2×256) and biases (2).

    Raises:
        BadInput: it is not one that this backbone's features fit.
    """
    if not isinstance(head, dict) or not head:
        raise BadInput("Teach two classes first: there is no head to classify with.")
    known = backbone()
    if head.get("network") != known.reference:
        raise BadInput(f"This head was not taught on {known.reference}: teach it again.")
    names = head.get("names")
    if not isinstance(names, list) or len(names) != 2:
        raise BadInput("A head has two names: teach it again.")
    weight, bias = head.get("weight"), head.get("bias")
    width = load().fc.in_features
    if not _is_matrix(weight, 2, width) or not _is_matrix([bias], 1, 2):
        raise BadInput(f"A head has 2 × {width} weights and 2 biases, all of them finite numbers: teach it again.")
    return read_names(*names), torch.tensor(weight).float(), torch.tensor(bias).float()


def _is_matrix(values: Any, rows: int, columns: int) -> bool:
    return (
        isinstance(values, list)
        and len(values) == rows
        and all(isinstance(row, list) and len(row) == columns for row in values)
        and all(type(value) in (int, float) and abs(value) <= _LARGEST for row in values for value in row)
    )


def classify(picture: Image.Image, head: object) -> dict[str, Any]:
    """What a taught head and the backbone's own last layer say of a picture: `apps.transfer.classify_with_head`."""
    names, weight, bias = read_head(head)
    model = load()
    x = model.preprocess(picture)
    with _networks.TURN, torch.no_grad():
        seen = features(model, x[None])
        own = model.fc(seen)[0]
    answers = (weight @ seen[0] + bias).double().softmax(0).tolist()
    probabilities = own.double().softmax(0)
    return {
        "answers": [{"label": name, "probability": p} for name, p in zip(names, answers, strict=True)],
        "network": model.release.reference,
        "words": len(model.labels),
        "says": [
            {"label": model.labels[i], "probability": probabilities[i].item()}
            for i in probabilities.argsort(descending=True, stable=True)[:3].tolist()
        ],
        "saw": picture_url(model.preprocess.picture(x)),
    }


def shrink(picture: Image.Image) -> str:
    """All that the backbone sees of a picture, as a PNG data URL: read again, it gives the same numbers."""
    preprocess = load().preprocess
    return picture_url(preprocess.picture(preprocess(picture)))
