"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps import _networks
from apps._gallery.exhibit import listen
from apps._inputs.picture_menu import ChosenPicture
from apps._networks import choices
from apps.convolution.parts import ConvolutionCalculator, PoolingKinds


def layout() -> Sequence[gr.components.Component]:
    opening = {"size": 8, "kernel": 3, "stride": 2, "padding": 0, "dilation": 1}
    ConvolutionCalculator(opening, elem_id="convolution-calculator", elem_classes="section")
    networks = _networks.cnns()
    with gr.Row(elem_id="convolution-poolings", elem_classes=["ruled", "section"]):
        gr.Markdown(
            "### Four ways to make a map smaller\n\nEach window becomes one number: its largest value, its mean, the"
            " root of its summed squares, or its first pixel alone. **Move the map by one pixel**: how much does each"
            " change?",
            elem_classes="reading",
        )
        if not networks:
            gr.Markdown("The zoo holds no convolutional network yet. Make one: `python -m training.lenet`.")
            return []
        with gr.Column(scale=2, min_width=320):
            network, picture = choices.place_choices(networks)
    kinds = PoolingKinds(elem_classes="pooling-kinds")

    def show(network: str, picture: ChosenPicture) -> dict[str, Any]:
        return show_picture(network, picture, picture.name)

    def choose_layer(picture: ChosenPicture, event: gr.EventData) -> dict[str, Any]:
        # What the part shows, not what the menus say by now; it names an example or the upload, never a file.
        names = ("network", "picture", "layer", "channel")
        network, name, layer, channel = (getattr(event, name, None) for name in names)
        return show_picture(network, picture.named(name), name, layer, channel)  # type: ignore[arg-type]

    listen([network.input, picture.input], show, [network, picture], [kinds], refusals=picture)
    listen([kinds.select], choose_layer, [picture], [kinds], refusals=picture)
    return [kinds]


def show_picture(
    network: str, picture: str, name: str, layer: str | None = None, channel: int | None = None
) -> dict[str, Any]:
    """A picture and one map of a layer, the first by default, with the settings' limits.

    Raises:
        NotHere: the network is upstream's and not on this machine.
    """
    from apps.convolution import pooling, subject

    _networks.check_is_here(network)
    shown = subject.describe_subject(picture, network, layer, channel)
    return shown | {"picture": name, "largest": pooling.LARGEST}


def example() -> Sequence[Any]:
    """The first convolution of the network that the menu shows, on its picture."""
    networks = _networks.cnns()
    return [_pool_first_layer(choices.choose_opening(networks).reference)] if networks else []


@functools.lru_cache(maxsize=2)
def _pool_first_layer(network: str) -> dict[str, Any]:
    picture = choices.choose_default(_networks.describe_cnn(network))
    return show_picture(network, picture, picture)
