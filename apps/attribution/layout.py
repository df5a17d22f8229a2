"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps import _networks
from apps._gallery.exhibit import listen
from apps._gallery.job import Line, listen_to_job
from apps._inputs import BadInput
from apps._inputs.examples import list_examples
from apps._inputs.network_menu import network_menu
from apps._inputs.picture_menu import ChosenPicture, picture_menu
from apps._networks.choices import OPENING_PICTURES, choose_default, suits_network
from apps.attribution import attribute_pixels, delete_pixels, randomise_layers
from apps.attribution.choices import OPENING, describe_choices
from apps.attribution.parts import AttributionChecks, AttributionCurves, AttributionLab
from zoo import upstream

FIRST = "vit.cifar10"
"""The network of the worked example."""
WORK = Line(2)
"""Maps, curves and checks may take minutes; they take their turns at the processor one pass at a time."""


def layout() -> Sequence[gr.components.Component]:
    networks, first = _networks.classifiers(), choose_opening()
    if first is None:
        gr.Markdown("The zoo holds no classifier yet. Make one: `python -m training.lenet`.")
    with gr.Column(elem_classes="answer-first"):
        with gr.Row(elem_id="attribution-maps", elem_classes=["controls", "section"]):
            # A column each, because gradio lets neighbouring fields touch.
            with gr.Column(scale=3, min_width=200):
                network = network_menu("Network on the left", networks, upstream.CATALOG, first)
            with gr.Column(scale=3, min_width=200):
                other = network_menu(
                    "Network on the right", networks, upstream.CATALOG, first, optional=True, link="second"
                )
            with gr.Column(scale=2, min_width=120):
                picture = picture_menu("Picture", list_examples(), OPENING_PICTURES, network, suits_network)
        with gr.Row():
            with gr.Column(scale=11, min_width=340):
                lab = AttributionLab(elem_classes="attribution-lab")
            with gr.Column(scale=9, min_width=320):
                AttributionCurves({}, elem_classes="attribution-curves")
    AttributionChecks({}, elem_classes="attribution-checks")

    def show(network: str, second: str, picture: ChosenPicture) -> dict[str, Any]:
        return show_subjects(network, second, picture, picture.name)

    def compute_missing(event: gr.EventData, picture: ChosenPicture) -> dict[str, Any]:
        # What the part shows, not what the menus say by now; it names an example or the upload, never a file.
        sent: Any = functools.partial(getattr, event)
        shown = picture.named(sent("picture", None))
        _networks.check_is_here(sent("network", None))
        chosen = {name: sent(name, None) for name in ("network", "method", "label")}
        if sent("kind", None) == "check":
            return {"check": randomise_layers(shown, **chosen)}
        settings = chosen | {name: sent(name, None) for name in ("steps", "baseline")}
        if sent("kind", None) == "curves":
            return {"curves": delete_pixels(shown, **settings)}
        return {"map": attribute_pixels(shown, **settings)}

    listen([network.input, other.input, picture.input], show, [network, other, picture], [lab], refusals=picture)
    listen_to_job(lab.select, compute_missing, [picture], lab, stop=lab.stop, line=WORK)

    return [lab] if first else []


def choose_opening() -> str | None:
    """The network of the worked example, which stands on both sides: a transformer, or else a CNN of photographs."""
    photos = [release for release in _networks.cnns() if _networks.find_kind(release) == "photo"]
    found = [*_networks.transformers(), *photos, *_networks.classifiers()]
    first = [*(release for release in found if release.name == FIRST), *found]
    return first[0].reference if first else None


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
    network = choose_opening()
    return [compute_opening(network)] if network else []


@functools.lru_cache(maxsize=2)
def compute_opening(network: str) -> dict[str, Any]:
    """The worked example: two methods' maps of one answer, and what deleting by each does to it."""
    picture = choose_default(_networks.describe(network))
    settings = {name: OPENING[name] for name in ("steps", "baseline")}
    maps, curves = [], []
    for method in OPENING["methods"]:
        with contextlib.suppress(BadInput):  # a network without maps: the page asks, and shows the refusal
            maps.append(attribute_pixels(picture, network, method, **settings))
            curves.append(delete_pixels(picture, network, method, **settings))
    return show_subjects(network, network, picture, picture) | {"maps": maps, "curves": curves}
