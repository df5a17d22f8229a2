"""Which network a tab opens on, and which worked examples suit it; the menus of both, wired by each tab's layout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import gradio as gr

from apps import _networks
from apps._inputs import BadInput
from apps._inputs.examples import is_example, list_examples
from apps._inputs.network_menu import NetworkMenu, network_menu
from apps._inputs.upload import check_upload
from apps._networks import Network
from zoo import Release, upstream

UPLOADED = "upload"
"""What the visitor's own picture is called in a menu of pictures."""


class Choices(NamedTuple):
    """The menus of a tab: network, worked example, upload, and the file that was uploaded last."""

    network: NetworkMenu
    example: gr.Dropdown
    upload: gr.UploadButton
    uploaded: gr.State

    def take_upload(self, file: str) -> gr.Dropdown:
        """The menu of pictures with the uploaded one chosen.

        Raises:
            BadInput: the path is not that of an upload.
        """
        return gr.Dropdown(list_pictures(check_upload(file)), value=UPLOADED)


def place_choices(networks: Sequence[Release]) -> Choices:
    """The menus in a row, on the network and the picture that a tab opens with."""
    opening = choose_opening(networks)
    with gr.Row(elem_classes="controls"):
        # A column each, because gradio lets neighbouring fields touch.
        with gr.Column(scale=3, min_width=200):
            convolutional = [model for model in upstream.CATALOG if model.convolutional]
            network = network_menu("Network", networks, convolutional, opening.reference)
        with gr.Column(scale=2, min_width=140):
            example = gr.Dropdown(list_pictures(None), value=choose_default(opening), label="Picture")
        upload = gr.UploadButton(
            "Upload a picture", file_types=["image"], type="filepath", size="md", scale=1, min_width=150
        )
    return Choices(network, example, upload, gr.State(None))


def choose_opening(networks: Sequence[Release]) -> Release:
    """A network of photographs if there is one: they have more to show than digits."""
    photos = [release for release in networks if _networks.find_kind(release) == "photo"]
    return (photos or list(networks))[0]


def choose_default(network: Network) -> str:
    """The worked example that a network opens with."""
    names = [name for _, name in list_examples(_networks.find_kind(network))]
    return "7" if "7" in names else names[0]


def choose_suiting(network: str, example: str) -> str:
    """The same picture if it is of the network's kind or the visitor's own, else the network's default."""
    release = _networks.describe_cnn(network)
    return (
        example if example == UPLOADED or is_example(example, _networks.find_kind(release)) else choose_default(release)
    )


def list_pictures(uploaded: str | None) -> list[tuple[str, str]]:
    """(what the menu shows, name) of every picture that can be chosen."""
    return [*([("your picture", UPLOADED)] if uploaded else []), *list_examples()]


def find_picture(name: object, uploaded: str | None) -> str:
    """The file or the worked example behind a name of the menu; what a browser names is checked here.

    Raises:
        BadInput: the menu has no such picture.
    """
    if name not in [known for _, known in list_pictures(uploaded)]:
        raise BadInput("Choose a picture first.")
    return uploaded or "" if name == UPLOADED else str(name)
