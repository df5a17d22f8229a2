"""Classify: what one network answers to a picture, or two side by side, and what each of them really saw."""

from __future__ import annotations

import base64
import functools
import io
import time
import weakref
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

import zoo
from apps import _networks
from apps._exhibit import Exhibit, endpoint, listen
from apps._inputs import BadInput, read_picture
from apps._network_menu import network_menu
from apps._picture import Picture
from apps.widgets.paper import Paper, for_paper, read_paper
from apps.widgets.scores import Scores
from zoo import upstream
from zoo.examples import drawn_digit, example_pictures
from zoo.upstream import Upstream

DOUBT = 0.5
"""A best answer below this is called a guess: the other labels together are more probable than it."""
_OPENING = "digit 7"


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


@functools.cache
def _examples() -> dict[str, tuple[str, str | bytes]]:
    """Example pictures by name: what a person calls each, and its file or its bytes."""
    examples: dict[str, tuple[str, str | bytes]] = {}
    for digit in range(10):
        buffer = io.BytesIO()
        drawn_digit(digit).save(buffer, "PNG")
        examples[f"digit {digit}"] = f"a drawn {digit}", buffer.getvalue()
    for name, path in example_pictures().items():
        examples[name] = f"{'an' if name[0] in 'aeiou' else 'a'} {name}", str(path)
    return examples


def _menu() -> list[zoo.Release]:
    """The classifiers, data set by data set and each from light to heavy, the lightest first."""
    releases = _networks.classifiers()
    lightest: dict[str, int] = {}
    for release in releases:
        macs = lightest.get(release.metric.dataset, release.macs)
        lightest[release.metric.dataset] = min(macs, release.macs)
    return sorted(releases, key=lambda r: (lightest[r.metric.dataset], r.metric.dataset, r.macs, r.name))


def _first_two() -> tuple[str | None, str]:
    """The networks of the worked example: the lightest, and the next that learnt from the same data if there is one."""
    menu = _menu()
    second = menu[1].reference if len(menu) > 1 and menu[1].metric.dataset == menu[0].metric.dataset else ""
    return (menu[0].reference if menu else None), second


def layout() -> list[gr.components.Component]:
    menu, (first, second) = _menu(), _first_two()
    with gr.Row():
        with gr.Column(scale=0, min_width=342):
            paper = Paper()
        with gr.Column(scale=1, min_width=290):
            with gr.Row():
                # A column each: side by side in one row, gradio glues fields together.
                with gr.Column(min_width=230):
                    network = network_menu("Network", menu, upstream.CATALOG, first)
                with gr.Column(min_width=230):
                    other = network_menu(
                        "Second network", menu, upstream.CATALOG, second, optional=True, explains=False
                    )
            scores = Scores()
    listen([paper.input, network.input, other.input], _see, [paper, network, other], [paper, scores], public=False)
    endpoint(
        classify_image,
        [
            Picture(visible=False, label="picture"),
            gr.Textbox(visible=False, label="network"),
            gr.Textbox(visible=False, label="second network"),
        ],
        [scores],
        fetches=True,
    )
    return [paper, scores]


def _see(value: dict[str, Any] | None, network: str | None, second: str | None) -> list[Any]:
    """What lies on the paper, shown to the chosen networks; a refusal is written under the paper."""
    value = value if isinstance(value, dict) else {}
    source, turn = value.get("source"), value.get("turn")
    if source == "blank":
        return [gr.skip(), {}]
    for reference in (network, second):
        _networks.require(reference)
    try:
        _, picture = _examples().get(str(value.get("name")), ("", read_paper(value)))
        image = read_picture(picture)
        result = classify_image(image, network or "", second)
    except BadInput as refusal:
        return [{"answers": turn, "problem": str(refusal)}, gr.skip()]
    return [{"answers": turn, "shown": for_paper(image)} if source == "file" else gr.skip(), result]


@functools.lru_cache(maxsize=1)
def _shelf() -> list[dict[str, str]]:
    """The examples as the paper shows them."""
    return [
        {"name": name, "title": title, "picture": for_paper(read_picture(picture))}
        for name, (title, picture) in _examples().items()
    ]


def example() -> list[Any]:
    network, second = _first_two()
    paper: dict[str, Any] = {"examples": _shelf(), "show": _OPENING}
    if network is None:
        return [paper | {"problem": "The zoo holds no classifier yet: train one with python -m training.lenet."}, {}]
    return [paper, classify_image(_examples()[_OPENING][1], network, second)]


EXHIBIT = Exhibit(
    title="Classify",
    claim="A classifier can only answer from its own list",
    lead="**Draw a digit** or choose a photo: the small picture is all that each network saw. Show a cat to a network "
    "of digits, and it still names a digit.",
    order=10,
    days=("w1d1", "w1d7", "w2d4", "w2d5"),
    layout=layout,
    example=example,
    functions=(classify_image,),
    understand=r"""
**From scores to per cent.** The last layer gives one score $z_i$ per label, any number at all. Softmax makes them
positive and lets them share one whole:

$$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$$

The $p_i$ add up to 1 whatever the picture shows, and no label means *none of these*. So the network must divide its
whole trust among what it knows. Adding the same number to all scores changes nothing: only differences count, and a
lead of $\ln 9 \approx 2.2$ over a single rival is already 90 %. A high percentage says that one label is far ahead of
the others; it does not say that the picture belongs to the list at all.

**What it saw.** A network takes pictures of one size, made the way its training pictures were made. For digits the
ink is cut out, scaled to fit 20 of 28 pixels, and moved so that its centre of mass lies in the middle: where and how
large you draw does not matter, how thick and how slanted does. For photos the middle square is cut out and shrunk.
What is lost there, no network can bring back.

**The milliseconds** are one forward pass of one picture, after preprocessing, on a network that has run before, on
the computer that serves this page; a quick pass is made up to five times, and the middle time is told. A multilayer
perceptron looks at all pixels at once and knows nothing of neighbours; a convolution looks at small neighbourhoods,
the same way everywhere, with far fewer weights and more arithmetic for each of them.

**The days** this belongs to: [MLPs and activations](?day=w1d1) · [PyTorch refresher](?day=w1d7) · [classic
CNNs](?day=w2d4) · [modern CNNs](?day=w2d5).
""",
)
