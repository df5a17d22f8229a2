"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr
from PIL import Image

from apps._gallery.exhibit import listen
from apps._inputs.paper import Paper, PaperPlace, answer_digit, offer_digits
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
    """Where the digit on the sheet lies and what it costs: values of the paper and of both parts that show it."""
    from apps.autoencoders.opening import place_digit, weigh_digit

    def weigh(picture: Image.Image, name: str) -> list[Any]:
        digit = weigh_digit(picture, f"drawn {name}" if name else "yours")
        return [{"digit": place_digit(digit)}, {"digit": digit}]

    return answer_digit(value, [{"digit": None}] * 2, weigh)


def example() -> Sequence[Any]:
    from apps.autoencoders.opening import AUTOENCODER, VAE, choose_walk, describe_opening, find_missing

    if missing := find_missing():
        return [{"missing": missing}, offer_digits("3"), {"missing": missing}, {"missing": missing}]
    import zoo

    networks = zoo.describe(AUTOENCODER).reference, zoo.describe(VAE).reference
    planes, costs, prices = describe_opening(networks)
    return [planes, offer_digits(str(choose_walk(*networks)[1])), costs, prices]
