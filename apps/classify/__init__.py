"""Classify: what one network answers to a picture, or two side by side, and what each of them really saw."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from apps._gallery.exhibit import Exhibit
from apps._gallery.glossary import explain
from apps._inputs import read_picture
from apps._inputs.upload import PictureFile
from apps._inputs.urls import write_png_url
from apps.classify.answer import Classification
from apps.classify.words import describe_labels, write_remarks
from zoo.upstream import Upstream


def classify_image(picture: PictureFile, network: str, second_network: str | None = None) -> Classification:
    """Show a picture to one network of the zoo, or to two, and return what each of them answers and saw.

    Args:
        picture: a PNG, JPEG, WebP, GIF or BMP file; a drawn digit for networks of digits, a photo for others.
        network: a release that classifies pictures, such as "lenet.mnist", or one version, "lenet.mnist@v2"; or one of
            torchvision's, such as "resnet50.imagenet", which is fetched first where it is not here.
        second_network: another network to compare with it; leave it out for one answer.

    Returns:
        `networks`, for each that was asked its reference, all labels with scores and probabilities in falling order,
        its multiply-adds and the milliseconds of its fastest forward pass so far, the preprocessed picture, test
        accuracy and labels; and `remarks` on doubt and agreement.

    Raises:
        BadInput: the picture cannot be read.
        ZooError: no such network, or it is damaged, cannot be fetched, or does not classify pictures.
    """
    from apps.classify.passes import load_classifier, measure_scores

    image = read_picture(picture)
    results: list[dict[str, Any]] = []
    for reference in filter(None, (network, second_network)):
        model = load_classifier(reference)
        x = model.preprocess(image)[None]  # 1×C×H×W
        scores, milliseconds = measure_scores(model, x)
        probabilities = scores.double().softmax(0)  # positive numbers that add up to 1
        ranking = probabilities.argsort(descending=True, stable=True).tolist()
        results.append(
            {
                "network": model.release.reference,
                "answers": [
                    {"label": model.labels[i], "place": i}
                    | {"score": _shorten(scores[i].item()), "probability": probabilities[i].item()}
                    for i in ranking
                ],
                "macs": model.release.macs,
                "milliseconds": milliseconds,
                "saw": write_png_url(model.preprocess.picture(x[0])),
                "size": [x.shape[2], x.shape[3], x.shape[1]],
                "metric": asdict(model.release.metric)
                | {"title": model.release.config["dataset"]["title"]}
                | {"publisher": "torchvision" if isinstance(model.release, Upstream) else None},
                "knows": describe_labels(model.labels),
            }
        )
    return {"networks": results, "remarks": write_remarks(results)}


def _shorten(value: float) -> float:
    """A float32 number in nine significant digits, which tell any two apart: more is a burden for 1,000 labels."""
    return float(f"{value:.9g}")


EXHIBIT = Exhibit(
    __name__,
    title="Classify",
    claim="A network answers with what it knows, whatever it is shown",
    lead="Shown a cat, LeNet is sure of a 5: digits are all that it knows. "
    f"**Drag a score**, and {explain('softmax')} shares out the 100 % anew.",
    order=10,
    days=("w1d1", "w1d7", "w2d4", "w2d5", "w5d7"),
    functions=(classify_image,),
    fetching=(classify_image,),
    shown=("passes.measure_scores",),
)
