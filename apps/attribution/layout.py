"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps import _networks
from apps._gallery.exhibit import listen
from apps._gallery.job import Line, listen_to_job
from apps._inputs import BadInput
from apps._inputs.examples import is_example, list_examples
from apps._inputs.network_menu import network_menu
from apps._inputs.upload import check_upload
from apps.attribution import attribute_pixels, randomise_layers
from apps.attribution.choices import OPENING, describe_choices
from apps.attribution.parts import AttributionLab
from zoo import upstream

UPLOADED = "upload"
"""A picture's name where it is the visitor's own."""
FIRST, SECOND = "resnet18.cifar10", "vit.cifar10"
"""The networks of the worked example."""
WORK = Line(2)
"""Maps and checks may take minutes; they take their turns at the processor one pass at a time."""


def layout() -> Sequence[gr.components.Component]:
    networks, (first, second) = _networks.classifiers(), choose_opening()
    if first is None:
        gr.Markdown("The zoo holds no classifier yet. Make one: `python -m training.lenet`.")
    with gr.Row(elem_classes="controls"):
        # A column each, because gradio lets neighbouring fields touch.
        with gr.Column(scale=3, min_width=200):
            network = network_menu("Network on the left", networks, upstream.CATALOG, first)
        with gr.Column(scale=3, min_width=200):
            other = network_menu(
                "Network on the right", networks, upstream.CATALOG, second, optional=True, explains=False, link="second"
            )
        with gr.Column(scale=2, min_width=120):
            example = gr.Dropdown(list_pictures(None), value=choose_example(first), label="Picture")
        upload = gr.UploadButton(
            "Upload a picture", file_types=["image"], type="filepath", size="md", scale=1, min_width=150
        )
    uploaded = gr.State(None)
    lab = AttributionLab(elem_classes="attribution-lab")

    def choose_network(network: str, second: str, example: str, uploaded: str | None) -> Sequence[Any]:
        if example != UPLOADED and network:
            kind = _networks.find_kind(_networks.describe(network))
            example = example if is_example(example, kind) else choose_example(network)
        return example, show_subjects(network, second, example, uploaded)

    def upload_picture(network: str, second: str, file: str) -> Sequence[Any]:
        check_upload(file)
        menu = gr.Dropdown(list_pictures(file), value=UPLOADED)
        return file, menu, show_subjects(network, second, UPLOADED, file)

    def compute_map(event: gr.EventData, uploaded: str | None) -> dict[str, Any]:
        # What the part shows, not what the menus say by now; it names an example or the upload, never a file.
        sent: Any = functools.partial(getattr, event)
        picture = find_picture(sent("picture", None), uploaded)
        _networks.check_is_here(sent("network", None))
        chosen = {name: sent(name, None) for name in ("network", "method", "label")}
        if sent("kind", None) == "check":
            return {"check": randomise_layers(picture, **chosen)}
        settings = {name: sent(name, None) for name in ("steps", "baseline")}
        return {"map": attribute_pixels(picture, **chosen, **settings)}

    chosen = [network, other, example, uploaded]
    listen([network.input, other.input], choose_network, chosen, [example, lab])
    listen([example.input], show_subjects, chosen, [lab])
    listen([upload.upload], upload_picture, [network, other, upload], [uploaded, example, lab])
    listen_to_job(lab.select, compute_map, [uploaded], lab, stop=lab.stop, line=WORK)

    return [lab] if first else []


def choose_opening() -> tuple[str | None, str]:
    """The two networks of the worked example: a convolutional one and a transformer, where they are here."""
    photos = [release for release in _networks.cnns() if _networks.find_kind(release) == "photo"]
    first = [*(r for r in photos if r.name == FIRST), *photos, *_networks.classifiers()]
    transformers = _networks.transformers()
    second = [r for r in (*(t for t in transformers if t.name == SECOND), *transformers) if r not in first[:1]]
    return (first[0].reference if first else None), (second[0].reference if second else "")


def choose_example(network: str | None) -> str:
    """The worked example of the kind that a network was trained on."""
    return "7" if network and _networks.find_kind(_networks.describe(network)) == "digit" else "cat"


def list_pictures(uploaded: str | None) -> list[tuple[str, str]]:
    """(what the menu shows, name) of the visitor's own picture, if there is one, and of the worked examples."""
    return [*([("your picture", UPLOADED)] if uploaded else []), *list_examples()]


def find_picture(name: object, uploaded: str | None) -> str:
    """The file of the visitor's own picture, or the name of a worked example.

    Raises:
        BadInput: none was chosen.
    """
    picture = uploaded if name == UPLOADED else name if is_example(name) else None
    if not picture:
        raise BadInput("Choose a picture first.")
    return str(picture)


def show_subjects(network: str, second: str, example: str, uploaded: str | None) -> dict[str, Any]:
    """What the networks see and answer; the maps are asked for by the part, which keeps those that it had."""
    from apps._networks.answers import rank_answers
    from apps._networks.subject import find_subject

    picture = find_picture(example, uploaded)
    subjects = []
    for reference in (network, *filter(None, [second])):
        _networks.check_is_here(reference)
        subject = find_subject(picture, _networks.describe_classifier(reference))
        subjects.append(
            {
                "network": subject.network.reference,
                "key": subject.key,
                "size": list(subject.x.shape[2:]),
                "input": subject.picture,
                "labels": subject.model.labels,
                "answers": rank_answers(subject.model.labels, subject.scores, int(subject.scores.argmax())),
            }
        )
    return {"subjects": subjects, "picture": example, "choices": describe_choices()}


def example() -> Sequence[Any]:
    first, second = choose_opening()
    return [compute_opening(first, second)] if first else []


@functools.lru_cache(maxsize=2)
def compute_opening(first: str, second: str) -> dict[str, Any]:
    """The worked example: both networks' maps, and what is left of the first one's when it forgets."""
    picture, method = choose_example(first), OPENING["method"]
    maps = [attribute_pixels(picture, network, method) for network in filter(None, (first, second))]
    check = randomise_layers(picture, first, method)
    return show_subjects(first, second, picture, None) | {"maps": maps, "checks": [check]}
