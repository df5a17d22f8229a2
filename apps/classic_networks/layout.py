"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps import _networks
from apps._gallery.exhibit import listen
from apps._inputs import BadInput
from apps._inputs.picture_menu import ChosenPicture
from apps._networks import choices
from apps.classic_networks import draw_network, switch_shortcuts
from apps.classic_networks.parts import NetworkDrawing, ShortcutSwitch


def layout() -> Sequence[gr.components.Component]:
    drawing = place_drawing()
    networks = _networks.cnns()
    return [drawing, *([_place_shortcuts()] if networks else [])]


def place_drawing() -> NetworkDrawing:
    """Networks layer by layer, wired; `drawing.describe_opening` fills it."""
    drawing = NetworkDrawing(elem_id="classic-networks-layers", elem_classes=["network-drawing", "section"])

    def choose_networks(event: gr.EventData) -> dict[str, Any]:
        asked: Any = getattr(event, "networks", None)
        if not isinstance(asked, list) or not 0 < len(asked) <= 2:
            raise BadInput("Choose one or two networks.")
        return {"drawings": [draw_network(*pair) for pair in asked if isinstance(pair, list) and len(pair) == 2]}

    listen([drawing.select], choose_networks, [], [drawing])
    return drawing


def _place_shortcuts() -> ShortcutSwitch:
    gr.Markdown(
        "### Switch shortcuts off\n\nA residual block adds what it computed to what came in. Without its shortcut, only"
        " what it computed goes on: **which blocks can the answer do without?**",
        elem_id="classic-networks-shortcuts",
        elem_classes=["reading", "ruled", "section"],
    )
    network, picture = choices.place_choices(_networks.cnns())
    shortcuts = ShortcutSwitch(elem_classes="shortcut-switch")

    def show(network: str, picture: ChosenPicture) -> dict[str, Any]:
        return show_picture(network, picture, picture.name)

    def switch_blocks(picture: ChosenPicture, event: gr.EventData) -> dict[str, Any]:
        # What the part shows, not what the menus say by now; it names an example or the upload, never a file.
        name, network, blocks = (getattr(event, name, None) for name in ("picture", "network", "blocks"))
        shown = picture.named(name)
        _networks.check_is_here(network)
        return {"switched": switch_shortcuts(shown, network, blocks), "picture": name}  # type: ignore[arg-type]

    listen([network.input, picture.input], show, [network, picture], [shortcuts], refusals=picture)
    listen([shortcuts.select], switch_blocks, [picture], [shortcuts], refusals=picture)
    return shortcuts


def show_picture(network: str, picture: str, name: str) -> dict[str, Any]:
    """A picture before a network with all shortcuts on; `switched` is None where it has none.

    Raises:
        NotHere: the network is upstream's and not on this machine.
    """
    from apps.classic_networks import shortcuts

    _networks.check_is_here(network)
    residual = shortcuts.find_blocks(_networks.find_trace(picture, network)[0])
    return {"switched": switch_shortcuts(picture, network, []) if residual else None, "picture": name}


def example() -> Sequence[Any]:
    """Two networks drawn, and one of the first shortcuts of ours cut, where much still depends on it."""
    from apps.classic_networks import drawing

    networks = _networks.cnns()
    return [
        drawing.describe_opening(),
        *([_cut_early(choices.choose_opening(networks).reference)] if networks else []),
    ]


@functools.lru_cache(maxsize=2)
def _cut_early(network: str) -> dict[str, Any]:
    picture = choices.choose_default(_networks.describe_cnn(network))
    shown = show_picture(network, picture, picture)
    if shown["switched"]:
        blocks = [block["name"] for block in shown["switched"]["blocks"][:2]]
        shown = shown | {"switched": switch_shortcuts(picture, network, blocks[-1:])}
    return shown
