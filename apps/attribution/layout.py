"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps import _networks
from apps._gallery.exhibit import listen
from apps._gallery.job import Line, listen_to_job
from apps._inputs.examples import list_examples
from apps._inputs.network_menu import network_menu
from apps._inputs.picture_menu import ChosenPicture, picture_menu
from apps._networks.choices import OPENING_PICTURES, choose_default, suits_network
from apps.attribution import attribute_pixels, randomise_layers
from apps.attribution.choices import OPENING, describe_choices
from apps.attribution.parts import AttributionLab
from zoo import upstream

FIRST, SECOND = "resnet18.cifar10", "vit.cifar10"
"""The networks of the worked example."""
WORK = Line(2)
"""Maps and checks may take minutes; they take their turns at the processor one pass at a time."""


def layout() -> Sequence[gr.components.Component]:
    networks, (first, second) = _networks.classifiers(), choose_opening()
    if first is None:
        gr.Markdown("The zoo holds no classifier yet. Make one: `python -m training.lenet`.")
    with gr.Row(elem_id="attribution-maps", elem_classes=["controls", "section"]):
        # A column each, because gradio lets neighbouring fields touch.
        with gr.Column(scale=3, min_width=200):
            network = network_menu("Network on the left", networks, upstream.CATALOG, first)
        with gr.Column(scale=3, min_width=200):
            other = network_menu(
                "Network on the right", networks, upstream.CATALOG, second, optional=True, link="second"
            )
        with gr.Column(scale=2, min_width=120):
            picture = picture_menu("Picture", list_examples(), OPENING_PICTURES, network, suits_network)
    lab = AttributionLab(elem_classes="attribution-lab")

    def show(network: str, second: str, picture: ChosenPicture) -> dict[str, Any]:
        return show_subjects(network, second, picture, picture.name)

    def compute_map(event: gr.EventData, picture: ChosenPicture) -> dict[str, Any]:
        # What the part shows, not what the menus say by now; it names an example or the upload, never a file.
        sent: Any = functools.partial(getattr, event)
        shown = picture.named(sent("picture", None))
        _networks.check_is_here(sent("network", None))
        chosen = {name: sent(name, None) for name in ("network", "method", "label")}
        if sent("kind", None) == "check":
            return {"check": randomise_layers(shown, **chosen)}
        settings = {name: sent(name, None) for name in ("steps", "baseline")}
        return {"map": attribute_pixels(shown, **chosen, **settings)}

    listen([network.input, other.input, picture.input], show, [network, other, picture], [lab], refusals=picture)
    listen_to_job(lab.select, compute_map, [picture], lab, stop=lab.stop, line=WORK)

    return [lab] if first else []


def choose_opening() -> tuple[str | None, str]:
    """The two networks of the worked example: a convolutional one and a transformer, where they are here."""
    photos = [release for release in _networks.cnns() if _networks.find_kind(release) == "photo"]
    first = [*(r for r in photos if r.name == FIRST), *photos, *_networks.classifiers()]
    transformers = _networks.transformers()
    second = [r for r in (*(t for t in transformers if t.name == SECOND), *transformers) if r not in first[:1]]
    return (first[0].reference if first else None), (second[0].reference if second else "")


def show_subjects(network: str, second: str, picture: str, name: str) -> dict[str, Any]:
    """What the networks see and answer of a picture, under the name by which the page may ask about it again.

    The maps are asked for by the part, which keeps those that it had.
    """
    from apps._networks.answers import rank_answers
    from apps._networks.subject import find_subject

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
    return {"subjects": subjects, "picture": name, "choices": describe_choices()}


def example() -> Sequence[Any]:
    first, second = choose_opening()
    return [compute_opening(first, second)] if first else []


@functools.lru_cache(maxsize=2)
def compute_opening(first: str, second: str) -> dict[str, Any]:
    """The worked example: both networks' maps, and what is left of the first one's when it forgets."""
    picture, method = choose_default(_networks.describe(first)), OPENING["method"]
    maps = [attribute_pixels(picture, network, method) for network in filter(None, (first, second))]
    check = randomise_layers(picture, first, method)
    return show_subjects(first, second, picture, picture) | {"maps": maps, "checks": [check]}
