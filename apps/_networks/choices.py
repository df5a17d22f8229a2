"""Which network a tab opens on, and which worked examples suit it; the menus of both, wired by each tab's layout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import gradio as gr

from apps import _networks
from apps._inputs.examples import is_example, list_examples
from apps._inputs.network_menu import NetworkMenu, network_menu
from apps._inputs.picture_menu import PictureMenu, picture_menu
from apps._networks import Network
from zoo import Release, upstream

OPENING_PICTURES = ("cat", "7")
"""The worked examples on which tabs open: the first that suits the network."""


class Choices(NamedTuple):
    """The menus of a tab."""

    network: NetworkMenu
    picture: PictureMenu


def place_choices(networks: Sequence[Release], section: str | None = None) -> Choices:
    """The menus in a row, on the network and the picture that a tab opens with; `section` is the row's elem_id."""
    opening = choose_opening(networks)
    with gr.Row(elem_id=section, elem_classes=["controls", "section"] if section else "controls"):
        # A column each, because gradio lets neighbouring fields touch.
        with gr.Column(scale=3, min_width=200):
            convolutional = [model for model in upstream.CATALOG if model.convolutional]
            network = network_menu("Network", networks, convolutional, opening.reference)
        with gr.Column(scale=2, min_width=140):
            picture = picture_menu("Picture", list_examples(), OPENING_PICTURES, network, suits_network)
    return Choices(network, picture)


def choose_opening(networks: Sequence[Release]) -> Release:
    """A network of photographs if there is one: they have more to show than digits."""
    photos = [release for release in networks if _networks.find_kind(release) == "photo"]
    return (photos or list(networks))[0]


def choose_default(network: Network) -> str:
    """The worked example that a network opens with."""
    return next(name for name in OPENING_PICTURES if is_example(name, _networks.find_kind(network)))


def suits_network(example: str, reference: str) -> bool:
    """Whether a worked example is of the kind of pictures that a network was trained on."""
    return is_example(example, _networks.find_kind(_networks.describe(reference)))
