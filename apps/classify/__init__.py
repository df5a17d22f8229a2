"""Classify: what one network answers to a picture, or two side by side, and what each of them really saw."""

from __future__ import annotations

import base64
import io
import time
import weakref
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image

import zoo
from apps import _networks
from apps._gallery.exhibit import Exhibit
from apps._inputs import read_picture
from zoo import upstream
from zoo.upstream import Upstream

DOUBT = 0.5


"""A best answer below this is called a guess: the other labels together are more probable than it."""


def classify_image(
    picture: str | Path | bytes | Image.Image, network: str, second_network: str | None = None
) -> dict[str, Any]:
    """Show a picture to one network of the zoo, or to two, and return what each of them answers and saw.

    Args:
        picture: a PNG, JPEG, WebP, GIF or BMP file; a drawn digit for networks of digits, a photo for others.
        network: a release that classifies pictures, such as "lenet.mnist", or one version, "lenet.mnist@v1"; or one of
            torchvision's, such as "resnet50.imagenet", which is fetched first where it is not here.
        second_network: another network to compare with it; leave it out for one answer.

    Returns:
        `networks`, for each that was asked its reference, all labels with probabilities in falling order, milliseconds
        of one forward pass, the preprocessed picture, test accuracy and labels; and `remarks` on doubt and agreement.

    Raises:
        BadInput: the picture cannot be read.
        ZooError: no such network, or it is damaged, cannot be fetched, or does not classify pictures.
    """
    import torch

    image = read_picture(picture)
    results: list[dict[str, Any]] = []
    for reference in filter(None, (network, second_network)):
        model = _load(reference)
        x = model.preprocess(image)[None]  # 1×C×H×W
        times: list[float] = []
        with _networks.TURN, torch.inference_mode():
            while not times or (len(times) < 5 and sum(times) < 10):  # a quick pass is soon disturbed: take the middle
                start = time.perf_counter()
                scores = model(x)[0]  # one number per label
                times.append(1000 * (time.perf_counter() - start))
        probabilities = scores.double().softmax(0)  # positive numbers that add up to 1
        ranking = probabilities.argsort(descending=True, stable=True).tolist()
        results.append(
            {
                "network": model.release.reference,
                "answers": [{"label": model.labels[i], "probability": probabilities[i].item()} for i in ranking],
                "milliseconds": median(times),
                "saw": _data_url(model.preprocess.picture(x[0])),
                "size": [x.shape[2], x.shape[3], x.shape[1]],
                "metric": asdict(model.release.metric)
                | {"title": model.release.config["dataset"]["title"]}
                | {"publisher": "torchvision" if isinstance(model.release, Upstream) else None},
                "knows": _knows(model.labels),
            }
        )
    return {"networks": results, "remarks": _remarks(results)}


def _load(reference: str) -> Any:
    network = _networks.describe(reference)
    known = [*(release.name for release in _networks.classifiers()), *upstream.names()]
    if network.name not in known:
        raise zoo.ZooError(f"{network.reference} does not classify pictures; these do: {', '.join(known)}.")
    model: Any = _networks.load(network.reference)
    _warm(model)
    return model


_WARM: weakref.WeakSet[Any] = weakref.WeakSet()


def _warm(model: Any) -> None:
    """One pass that nobody waits for a second time: the first of a network also allocates and picks its kernels."""
    import torch

    with _networks.TURN, torch.inference_mode():
        if model not in _WARM:
            model(model.preprocess(Image.new("L", (1, 1)))[None])
            _WARM.add(model)


def _data_url(pixels: np.ndarray) -> str:
    """uint8 H×W×C, with one channel or three -> a PNG as a data URL."""
    buffer = io.BytesIO()
    Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _knows(labels: Sequence[str]) -> str:
    if len(labels) > 20:
        return f"It can only answer with one of {len(labels):,} labels, from {labels[0]} to {labels[-1]}."
    return f"It can only answer {', '.join(labels[:-1])} or {labels[-1]}."


def _remarks(results: Sequence[dict[str, Any]]) -> list[str]:
    """How the networks agree, then which of them guess."""
    names = [result["network"].partition("@")[0] for result in results]
    if len(set(names)) < len(names):
        names = [result["network"] for result in results]
    best = [result["answers"][0] for result in results]
    lists = [{answer["label"] for answer in result["answers"]} for result in results]
    remarks = []
    if len(results) == 2:
        if lists[0] != lists[1]:
            remarks.append("They choose from different lists, so they cannot agree.")
        elif best[0]["label"] == best[1]["label"]:
            remarks.append(f"Both say {best[0]['label']}.")
        else:
            remarks.append(f"They disagree: {names[0]} says {best[0]['label']}, {names[1]} says {best[1]['label']}.")
    for name, answer in zip(names, best, strict=True):
        if answer["probability"] < DOUBT:
            percent = f"{answer['probability']:.{0 if answer['probability'] >= 0.01 else 1}%}".replace("%", " %")
            remarks.append(f"{name} guesses: it gives its best answer only {percent}.")
    return remarks


EXHIBIT = Exhibit(
    __name__,
    title="Classify",
    claim="A classifier can only answer from its own list",
    lead="**Draw a digit** or choose a photo: the small picture is all that each network saw. Show a cat to a network "
    "of digits, and it still names a digit.",
    order=10,
    days=("w1d1", "w1d7", "w2d4", "w2d5"),
    functions=(classify_image,),
)
