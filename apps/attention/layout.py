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
from apps.attention.parts import AttentionExperiments, AttentionMaps
from zoo import upstream

OPENING = "cat"
LOOK = {"block": 2, "head": 0, "patch": 27}
"""The map of the worked example: of all heads of `vit.cifar10` the one in which the cat's left eye, patch 27 (counted
from 1, row by row), looks most at its right eye, patch `OTHER_EYE`. In another network just a place to begin."""
OTHER_EYE = 31
WALK = (27, 12, 15, 31, 46, 54, 51, 34)
"""Patches that the tab shows by itself when it opens: the eye, once around the face, and back."""


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
    maps = AttentionMaps(elem_classes="attention-maps")
    experiments = AttentionExperiments(elem_classes="attention-experiments")
    if opening is not None:
        filled += [maps, experiments]

    def show(network: str, picture: ChosenPicture) -> tuple[dict[str, Any], dict[str, Any]]:
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

    listen([network.input, picture.input], show, [network, picture], [maps, experiments], refusals=picture)
    listen([experiments.select], switch_heads, [picture], [experiments], refusals=picture)
    listen([experiments.input], switch_order, [picture], [experiments], refusals=picture)

    return filled


def choose_opening() -> str | None:
    """The network of the worked example: ours, or else torchvision's if it is on this machine."""
    here: list[_networks.Network] = [*_networks.transformers()]
    here += [model for model in upstream.CATALOG if _networks.attends(model) and model.is_here]
    return here[0].reference if here else None


def show_picture(network: str, picture: str, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What both parts show of a picture, under the name by which the page may ask about it again.

    Raises:
        NotHere: the network is upstream's and not on this machine.
    """
    _networks.check_is_here(network)
    maps = compute_attention(picture, network)
    whole = {key: value for key, value in maps.items() if key not in ("weights", "normalisers")}
    return {"maps": maps}, {"whole": whole, "picture": name}


def example() -> Sequence[Any]:
    opening = choose_opening()
    return show_example(opening) if opening else []


@functools.lru_cache(maxsize=2)
def show_example(network: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The cat, one of its eyes chosen, the blocks before the last without attention, the patches shuffled."""
    maps, experiments = show_picture(network, OPENING, OPENING)
    blocks = list_silent_blocks(maps["maps"]["blocks"])
    heads = [f"{block}.{head}" for block in blocks for head in range(maps["maps"]["heads"])]
    looks = {**LOOK, "walk": WALK, "says": ""}
    hint = ""
    if network.partition("@")[0] == "vit.cifar10":  # what is said of the cat was found in this network
        looks["says"] = "One eye looks at the other"
        hint = "Switch any one of the three blocks on again: the cat is back."
    return maps | {"opening": looks}, experiments | {
        "silenced": silence_heads(OPENING, network, heads),
        "disturbed": disturb_patches(OPENING, network, shuffle=True),
        "hint": hint,
    }


def list_silent_blocks(blocks: int) -> list[int]:
    """Those that are off in the worked example: from the middle up to the last but one, 4, 5 and 6 of 8."""
    return list(range(blocks // 2, blocks - 1))
