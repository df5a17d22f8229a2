"""A taught head that comes back from the browser, and what it says of a picture."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from PIL import Image
from torch import Tensor

from apps import _networks
from apps._inputs import BadInput
from apps._inputs.urls import write_png_url
from apps.transfer.backbone import compute_features, describe_backbone, load_backbone
from apps.transfer.lesson import read_names

MAX_NUMBER = 1e6
"""Of a head's weights and biases: what is finite in float32 after 256 products of them too."""


class Head(NamedTuple):
    """A taught head: `weight` is 2×256 and `bias` 2; `axis` (256) and `offset` are those of `find_rest_axis`."""

    names: tuple[str, str]
    weight: Tensor
    bias: Tensor
    axis: Tensor
    offset: float


def read_head(head: object) -> Head:
    """A head that comes back.

    Raises:
        BadInput: it is not one that this backbone's features fit.
    """
    if not isinstance(head, dict) or not head:
        raise BadInput("Teach two classes first: there is no head to classify with.")
    known = describe_backbone()
    if head.get("network") != known.reference:
        raise BadInput(f"This head was not taught on {known.reference}: teach it again.")
    names = head.get("names")
    if not isinstance(names, list) or len(names) != 2:
        raise BadInput("A head has two names: teach it again.")
    weight, bias, axis, offset = (head.get(name) for name in ("weight", "bias", "axis", "offset"))
    width = load_backbone().fc.in_features
    if not _holds_numbers(weight, 2, width) or not _holds_numbers([bias], 1, 2):
        raise BadInput(f"A head has 2 × {width} weights and 2 biases, all of them finite numbers: teach it again.")
    if not _holds_numbers([axis], 1, width) or not _holds_numbers([[offset]], 1, 1):
        raise BadInput(f"A head has an axis of {width} finite numbers and its offset: teach it again.")
    w, b, a = (torch.tensor(values).float() for values in (weight, bias, axis))
    return Head(read_names(*names), w, b, a, float(offset))  # type: ignore[arg-type]


def _holds_numbers(values: Any, rows: int, columns: int) -> bool:
    """Whether it is a list of so many lists of so many numbers, none beyond `MAX_NUMBER`."""
    return (
        isinstance(values, list)
        and len(values) == rows
        and all(isinstance(row, list) and len(row) == columns for row in values)
        and all(type(value) in (int, float) and abs(value) <= MAX_NUMBER for row in values for value in row)
    )


def classify_picture(picture: Image.Image, head: object) -> dict[str, Any]:
    """What a taught head and the backbone's own last layer say of a picture: `apps.transfer.classify_with_head`."""
    names, weight, bias, axis, offset = read_head(head)
    model = load_backbone()
    x = model.preprocess(picture)
    with _networks.TURN, torch.no_grad():
        seen = compute_features(model, x[None])
        own = model.fc(seen)[0]
    scores = (weight @ seen[0] + bias).double()
    answers = scores.softmax(0).tolist()
    probabilities = own.double().softmax(0)
    return {
        "answers": [{"label": name, "probability": p} for name, p in zip(names, answers, strict=True)],
        "place": [(scores[1] - scores[0]).item(), (axis @ seen[0]).item() + offset],
        "network": model.release.reference,
        "words": len(model.labels),
        "says": [
            {"label": model.labels[i], "probability": probabilities[i].item()}
            for i in probabilities.argsort(descending=True, stable=True)[:3].tolist()
        ],
        "saw": write_png_url(model.preprocess.picture(x)),
    }
