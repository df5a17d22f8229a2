"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import functools
from typing import Any

import gradio as gr

from apps import _networks
from apps._gallery.exhibit import listen
from apps._inputs import BadInput, read_picture
from apps._inputs.network_menu import network_menu
from apps._inputs.paper import SHOWN_SIDE, Paper, offer_examples, read_paper
from apps._inputs.urls import write_preview_url
from apps.classify import classify_image
from apps.classify.opening import FACE, choose_networks, is_offered, list_networks, list_shelf, open_offered
from apps.classify.parts import Scores
from zoo import upstream


def layout() -> list[gr.components.Component]:
    menu, (first, second) = list_networks(), choose_networks()
    with gr.Row():
        with gr.Column(scale=0, min_width=342):
            paper = Paper()
        with gr.Column(scale=1, min_width=290, elem_classes="answer-first"):
            with gr.Row(elem_classes="controls"):
                # A column each: side by side in one row, gradio glues fields together.
                with gr.Column(min_width=230):
                    network = network_menu("Network", menu, upstream.CATALOG, first)
                with gr.Column(min_width=230):
                    other = network_menu("Second network", menu, upstream.CATALOG, second, optional=True, link="second")
            scores = Scores()
    listen(
        [paper.input, network.input, other.input],
        classify_paper,
        [paper, network, other],
        [paper, scores],
    )
    return [paper, scores]


def classify_paper(value: dict[str, Any] | None, network: str | None, second: str | None) -> list[Any]:
    """Show the chosen networks what lies on the paper: values of the paper, where a refusal is written, and of scores.

    Raises:
        NotHere: a chosen network of upstream's is not on this machine any more.
    """
    value = value if isinstance(value, dict) else {}
    source, turn = value.get("source"), value.get("turn")
    if source == "blank":
        return [gr.skip(), {}]
    for reference in (network, second):
        _networks.check_is_here(reference)
    try:
        name = value.get("name")
        image = open_offered(name) if is_offered(name) else read_picture(read_paper(value))
        result = classify_image(image, network or "", second)
    except BadInput as refusal:
        return [{"answers": turn, "problem": str(refusal)}, gr.skip()]
    if source != "file":
        return [gr.skip(), result]
    return [{"answers": turn, "shown": write_preview_url(image, SHOWN_SIDE)}, result]


@functools.lru_cache(maxsize=1)
def _opening_paper() -> dict[str, Any]:
    return offer_examples([(title, name, open_offered(name)) for title, name in list_shelf()], FACE)


def example() -> list[Any]:
    network, second = choose_networks()
    if network is None:
        problem = "The zoo holds no classifier yet: train one with python -m training.lenet."
        return [_opening_paper() | {"problem": problem}, {}]
    return [_opening_paper(), classify_image(open_offered(FACE), network, second)]
