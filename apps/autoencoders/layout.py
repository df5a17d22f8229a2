"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps._gallery.exhibit import listen
from apps._inputs import BadInput, read_picture
from apps._inputs.examples import is_example, list_examples, open_picture
from apps._inputs.paper import SHOWN_SIDE, Paper, PaperPlace, offer_examples, read_paper
from apps._inputs.urls import write_preview_url
from apps.autoencoders import describe_plane, measure_holes
from apps.autoencoders.parts import CodeCosts, DimensionPrices, LatentPlanes


def layout() -> Sequence[gr.components.Component]:
    planes = LatentPlanes(elem_id="autoencoders-planes", elem_classes=["latent-planes", "section"])
    with gr.Row(elem_id="autoencoders-digit", elem_classes=["ruled", "section"]):
        with gr.Column(scale=0, min_width=270), PaperPlace():
            paper = Paper()
        with gr.Column(scale=1, min_width=290):
            costs = CodeCosts(elem_classes="code-costs")
    prices = DimensionPrices(elem_id="autoencoders-dimensions", elem_classes=["dimension-prices", "ruled", "section"])
    listen([paper.input], place_paper, [paper], [paper, planes, costs])
    listen([planes.select], fetch_plane, [], [planes])
    return [planes, paper, costs, prices]


def fetch_plane(event: gr.EventData) -> dict[str, Any]:
    """The plane of another network of the slider."""
    network: Any = getattr(event, "network", None)
    return {"plane": describe_plane(network), "holes": measure_holes(network)}


def place_paper(value: dict[str, Any] | None) -> list[Any]:
    """Where the digit on the sheet lies and what it costs: values of the paper, where a refusal is written, and of
    both parts that show it."""
    from apps.autoencoders.opening import place_digit, weigh_digit

    value = value if isinstance(value, dict) else {}
    source, turn, name = value.get("source"), value.get("turn"), value.get("name")
    if source == "blank":
        return [gr.skip(), {"digit": None}, {"digit": None}]
    try:
        shown = source == "example" and is_example(name, "digit")
        picture = open_picture(name) if shown else read_picture(read_paper(value))
        digit = weigh_digit(picture, f"drawn {name}" if shown else "yours")
    except BadInput as refusal:
        return [{"answers": turn, "problem": str(refusal)}, gr.skip(), gr.skip()]
    answer = gr.skip() if source != "file" else {"answers": turn, "shown": write_preview_url(picture, SHOWN_SIDE)}
    return [answer, {"digit": place_digit(digit)}, {"digit": digit}]


@functools.cache
def open_paper(show: str) -> dict[str, Any]:
    """The sheet with the drawn digits beside it, the one of that name on it."""
    return offer_examples([(title, name, open_picture(name)) for title, name in list_examples("digit")], show)


def example() -> Sequence[Any]:
    from apps.autoencoders.opening import AUTOENCODER, VAE, choose_walk, describe_opening, find_missing

    if missing := find_missing():
        return [{"missing": missing}, open_paper("3"), {"missing": missing}, {"missing": missing}]
    import zoo

    networks = zoo.describe(AUTOENCODER).reference, zoo.describe(VAE).reference
    planes, costs, prices = describe_opening(networks)
    return [planes, open_paper(str(choose_walk(*networks)[1])), costs, prices]
