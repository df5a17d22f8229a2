"""A lesson: a visitor's two classes, and the one layer that is taught to tell them apart.

Nothing of a visitor stays here: pictures and the taught layer live in the browser and come with every request.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from apps import _networks
from apps._gallery.job import report_progress
from apps._inputs import BadInput, read_picture, read_text
from apps._networks.shares import estimate_share
from apps.transfer.backbone import compute_features, load_backbone

MAX_PICTURES = 50
"""Of one class."""
MAX_NAME = 30
"""Characters of a class's name."""
PENALTY = 1e-3
"""Of the squared length of the new layer's weights, halved, in the loss. From 10⁻⁵ to 0.1, on other pictures (daisies
and sunflowers, 3 to 50 of each), nothing was better by more than chance."""
STEPS = 30
"""Of Newton's, at most."""
SIGNS = (-0.5, 0.5)
"""What the two rows of a head's weights are of the one direction that is learnt."""
SLICE = 16
"""Pictures in one turn at the processor."""
STAGES = {"looking": (0, 0.6), "learning": (0.6, 0.05), "checking": (0.65, 0.35)}
"""Where each begins on the way from 0 to 1, and how long it is."""


@dataclass(frozen=True)
class Lesson:
    """Two classes of pictures, as the backbone sees them."""

    names: tuple[str, str]
    counts: tuple[int, int]
    x: Tensor  # N×3×32×32, the first class and then the second


def read_lesson(first: object, second: object, first_name: object, second_name: object) -> Lesson:
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
        if len(pictures) > MAX_PICTURES:
            raise BadInput(
                f"“{name}” has {len(pictures)} pictures and at most {MAX_PICTURES} are taken: leave some out."
            )
    preprocess = load_backbone().preprocess
    read = [
        preprocess(read_named_picture(picture, f"picture {number} of “{name}”"))
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
            read.append(" ".join(read_text(name, MAX_NAME).split()))
        except BadInput:
            raise BadInput(f"Give both classes a name, of {MAX_NAME} characters at most.") from None
    first, second = read
    if first.casefold() == second.casefold():
        raise BadInput(f"Both classes are called “{first}”: give them two names.")
    return first, second


def read_named_picture(picture: Any, otherwise: str) -> Image.Image:
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


def make_versions(x: Tensor) -> Tensor:
    """N×3×32×32 -> N×4×3×32×32: each picture, its mirror image, and both shifted by up to four pixels.

    A picture's shift comes from its own pixels, so that the same pictures teach the same.
    """
    padded, side = F.pad(x, (4, 4, 4, 4), mode="reflect"), x.shape[-1]
    moved = torch.empty_like(x)
    for index, picture in enumerate(x):
        top, left = divmod(zlib.crc32(picture.numpy().tobytes()) % 81, 9)
        moved[index] = padded[index, :, top : top + side, left : left + side]
    return torch.stack([x, x.flip(-1), moved, moved.flip(-1)], dim=1)


def teach_lesson(lesson: Lesson, augment: object) -> dict[str, Any]:
    """Train a linear layer on the frozen backbone's features; returns what `apps.transfer.teach_head` returns.

    The layer is a logistic regression with an L2 penalty, as Kornblith et al. (2018, https://arxiv.org/abs/1805.08974,
    section 3) measure how well features transfer. The problem is convex, so it has one solution, and with this few
    numbers Newton's method finds it in a dozen steps.

    `scores` are of each picture after each step, how much more the second class is meant than the first, so that the
    boundary lies at 0; `rest` is where it lies along `find_rest_axis`.

    As a job it reports after every piece of work its `stage`, "looking" (pictures through the backbone), "learning"
    (with the `losses`) or "checking" (pictures left out once), and `count` of `total` in it.

    Raises:
        BadInput: `augment` is neither true nor false.
    """
    if not isinstance(augment, bool):
        raise BadInput(f"augment is true or false, not {str(augment)[:40]!r}.")
    model = load_backbone()
    views = make_versions(lesson.x) if augment else lesson.x[:, None]  # N×V×3×32×32
    seen: list[Tensor] = []
    for part in views.flatten(0, 1).split(SLICE):
        _report_stage("looking", len(seen) * SLICE // views.shape[1], len(views))
        with _networks.TURN, torch.no_grad():
            seen.append(compute_features(model, part))
    x = torch.cat(seen).double()  # NV×256
    size = x.norm(dim=1).mean().clamp_min(1e-12)  # one number, so that the penalty means the same for any backbone
    # The solution is a sum of the pictures' features, so it is looked for among those directions, if they are fewer.
    basis = torch.linalg.qr(x.T).Q  # 256×min(NV, 256)
    x = (x @ basis / size).unflatten(0, views.shape[:2])  # N×V×min(NV, 256)
    y = torch.tensor([0] * lesson.counts[0] + [1] * lesson.counts[1])

    losses: list[float] = []
    scores: list[list[float]] = []
    for loss, found in fit_layer(x.flatten(0, 1), y.repeat_interleave(views.shape[1])):
        losses, weights = [*losses, loss], found
        scores.append(round_digits(score_second_class(x[:, 0], weights)))
        _report_stage("learning", len(losses), STEPS + 1, losses=losses)

    right, tested = 0, len(x) if min(lesson.counts) > 1 else 0
    for index in range(tested):
        _report_stage("checking", index, tested)
        rest = torch.arange(len(x)) != index
        with _networks.TURN:
            *_, (_, without) = fit_layer(x[rest].flatten(0, 1), y[rest].repeat_interleave(views.shape[1]), weights)
        right += int((score_second_class(x[index, 0], without) > 0).item() == y[index].item())

    axis, offset = find_rest_axis(x[:, 0], weights[:-1])
    return {
        "head": {
            "network": model.release.reference,
            "names": list(lesson.names),
            "weight": [round_digits(sign * (basis @ weights[:-1] / size)) for sign in SIGNS],
            "bias": round_digits(weights[-1] * torch.tensor(SIGNS)),
            "axis": round_digits(basis @ axis / size),
            "offset": round_digits(offset[None])[0],
        },
        "scores": scores,
        "rest": round_digits(x[:, 0] @ axis + offset),
        "pictures": list(lesson.counts),
        "views": x.shape[0] * x.shape[1],
        "losses": losses,
        "left_out": {"right": right, "pictures": tested, **estimate_share(right, tested)} if tested else None,
    }


def round_digits(values: Tensor) -> list[float]:
    """N numbers as they travel, with six digits that mean something."""
    return [float(f"{value:.6g}") for value in values.tolist()]


def find_rest_axis(x: Tensor, direction: Tensor) -> tuple[Tensor, Tensor]:
    """N×D features and the direction that a layer reads -> D and a number: along what else the features differ most.

    The direction is taken out of the features, and of what is left it is the first principal component, at right
    angles to the direction. A picture's place along it is the sum of both times its features, so that the mean is 0.
    Where nothing is left all are 0. Of the two signs it has the one with which its largest number is positive.
    """
    along = direction / direction.norm().clamp_min(1e-12)
    rest = x - x.mean(0)
    rest = rest - (rest @ along)[:, None] * along
    _, size, axes = torch.linalg.svd(rest, full_matrices=False)
    if size[0] <= 1e-9 * x.norm():
        return torch.zeros_like(direction), x.new_zeros(())
    axis = axes[0] * axes[0][axes[0].abs().argmax()].sign()
    return axis, -(x.mean(0) @ axis)


def _report_stage(stage: str, count: int, total: int, **more: Any) -> None:
    """Report how far a lesson is: it has done `count` of `total` in this stage."""
    start, share = STAGES[stage]
    report_progress(start + share * count / total, stage=stage, count=count, total=total, **more)


def score_second_class(x: Tensor, weights: Tensor) -> Tensor:
    """N×D features and D+1 weights, the last the bias -> N: how much more the second class is meant than the first."""
    return x @ weights[:-1] + weights[-1]


def fit_layer(x: Tensor, y: Tensor, start: Tensor | None = None) -> Iterator[tuple[float, Tensor]]:
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
