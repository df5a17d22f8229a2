"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps import _networks
from apps._gallery.exhibit import listen
from apps._inputs.examples import list_examples
from apps._inputs.network_menu import network_menu
from apps._inputs.picture_menu import ChosenPicture, picture_menu
from apps.attention import compute_attention, disturb_patches, silence_heads
from apps.attention.parts import AttentionLab
from zoo import upstream

OPENING = "cat"


def layout() -> Sequence[gr.components.Component]:
    networks, others = _networks.transformers(), list(filter(_networks.attends, upstream.CATALOG))
    opening = choose_opening()
    filled: list[gr.components.Component] = []
    if opening is None:
        gr.Markdown("The zoo holds no vision transformer yet. Make one: `python -m training.vit`.")
    with gr.Row(elem_id="attention-maps", elem_classes=["controls", "section"]):
        # A column each, because gradio lets neighbouring fields touch.
        with gr.Column(scale=3, min_width=200):
            network = network_menu("Network", networks, others, opening)
        with gr.Column(scale=2, min_width=140):
            picture = picture_menu("Picture", list_examples("photo"), (OPENING,), network)
    lab = AttentionLab(elem_classes="attention-lab")
    if opening is not None:
        filled.append(lab)

    def show(network: str, picture: ChosenPicture) -> dict[str, Any]:
        return show_picture(network, picture, picture.name)

    def read_event(event: gr.EventData, picture: ChosenPicture, *names: str) -> dict[str, Any]:
        # What the part shows, not what the menus say by now; it names an example or the upload, never a file.
        values: dict[str, Any] = {name: getattr(event, name, None) for name in ("network", *names)}
        found = picture.named(getattr(event, "picture", None))
        _networks.check_is_here(values["network"])
        return values | {"picture": found}

    def switch_heads(picture: ChosenPicture, event: gr.EventData) -> dict[str, Any]:
        return {"silenced": silence_heads(**read_event(event, picture, "heads"))}

    def switch_order(picture: ChosenPicture, event: gr.EventData) -> dict[str, Any]:
        return {"disturbed": disturb_patches(**read_event(event, picture, "shuffle", "positions"))}

    listen([network.input, picture.input], show, [network, picture], [lab], refusals=picture)
    listen([lab.select], switch_heads, [picture], [lab], refusals=picture)
    listen([lab.input], switch_order, [picture], [lab], refusals=picture)

    return filled


def choose_opening() -> str | None:
    """The network of the worked example: ours, or else torchvision's if it is on this machine."""
    here: list[_networks.Network] = [*_networks.transformers()]
    here += [model for model in upstream.CATALOG if _networks.attends(model) and model.is_here]
    return here[0].reference if here else None


def show_picture(network: str, picture: str, name: str) -> dict[str, Any]:
    """The attention maps of a picture, under the name by which the page may ask about it again.

    Raises:
        NotHere: the network is upstream's and not on this machine.
    """
    _networks.check_is_here(network)
    return {"maps": compute_attention(picture, network), "picture": name}


def example() -> Sequence[Any]:
    opening = choose_opening()
    return [show_example(opening)] if opening else []


@functools.lru_cache(maxsize=2)
def show_example(network: str) -> dict[str, Any]:
    return show_picture(network, OPENING, OPENING)
