"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import functools
import io
from typing import Any

import gradio as gr

import zoo
from apps import _networks
from apps._gallery.exhibit import endpoint, listen
from apps._inputs import BadInput, read_picture
from apps._inputs.network_menu import network_menu
from apps._inputs.paper import Paper, for_paper, read_paper
from apps._inputs.upload import Picture
from apps.classify import classify_image
from apps.classify.parts import Scores
from zoo import upstream
from zoo.examples import drawn_digit, example_pictures

_OPENING = "digit 7"


@functools.cache
def _examples() -> dict[str, tuple[str, str | bytes]]:
    """Example pictures by name: what a person calls each, and its file or its bytes."""
    examples: dict[str, tuple[str, str | bytes]] = {}
    for digit in range(10):
        buffer = io.BytesIO()
        drawn_digit(digit).save(buffer, "PNG")
        examples[f"digit {digit}"] = f"a drawn {digit}", buffer.getvalue()
    for name, path in example_pictures().items():
        examples[name] = f"{'an' if name[0] in 'aeiou' else 'a'} {name}", str(path)
    return examples


def _menu() -> list[zoo.Release]:
    """The classifiers, data set by data set and each from light to heavy, the lightest first."""
    releases = _networks.classifiers()
    lightest: dict[str, int] = {}
    for release in releases:
        macs = lightest.get(release.metric.dataset, release.macs)
        lightest[release.metric.dataset] = min(macs, release.macs)
    return sorted(releases, key=lambda r: (lightest[r.metric.dataset], r.metric.dataset, r.macs, r.name))


def _first_two() -> tuple[str | None, str]:
    """The networks of the worked example: the lightest, and the next that learnt from the same data if there is one."""
    menu = _menu()
    second = menu[1].reference if len(menu) > 1 and menu[1].metric.dataset == menu[0].metric.dataset else ""
    return (menu[0].reference if menu else None), second


def layout() -> list[gr.components.Component]:
    menu, (first, second) = _menu(), _first_two()
    with gr.Row():
        with gr.Column(scale=0, min_width=342):
            paper = Paper()
        with gr.Column(scale=1, min_width=290):
            with gr.Row():
                # A column each: side by side in one row, gradio glues fields together.
                with gr.Column(min_width=230):
                    network = network_menu("Network", menu, upstream.CATALOG, first)
                with gr.Column(min_width=230):
                    other = network_menu(
                        "Second network", menu, upstream.CATALOG, second, optional=True, explains=False
                    )
            scores = Scores()
    listen([paper.input, network.input, other.input], _see, [paper, network, other], [paper, scores], public=False)
    endpoint(
        classify_image,
        [
            Picture(visible=False, label="picture"),
            gr.Textbox(visible=False, label="network"),
            gr.Textbox(visible=False, label="second network"),
        ],
        [scores],
        fetches=True,
    )
    return [paper, scores]


def _see(value: dict[str, Any] | None, network: str | None, second: str | None) -> list[Any]:
    """What lies on the paper, shown to the chosen networks; a refusal is written under the paper."""
    value = value if isinstance(value, dict) else {}
    source, turn = value.get("source"), value.get("turn")
    if source == "blank":
        return [gr.skip(), {}]
    for reference in (network, second):
        _networks.require(reference)
    try:
        _, picture = _examples().get(str(value.get("name")), ("", read_paper(value)))
        image = read_picture(picture)
        result = classify_image(image, network or "", second)
    except BadInput as refusal:
        return [{"answers": turn, "problem": str(refusal)}, gr.skip()]
    return [{"answers": turn, "shown": for_paper(image)} if source == "file" else gr.skip(), result]


@functools.lru_cache(maxsize=1)
def _shelf() -> list[dict[str, str]]:
    """The examples as the paper shows them."""
    return [
        {"name": name, "title": title, "picture": for_paper(read_picture(picture))}
        for name, (title, picture) in _examples().items()
    ]


def example() -> list[Any]:
    network, second = _first_two()
    paper: dict[str, Any] = {"examples": _shelf(), "show": _OPENING}
    if network is None:
        return [paper | {"problem": "The zoo holds no classifier yet: train one with python -m training.lenet."}, {}]
    return [paper, classify_image(_examples()[_OPENING][1], network, second)]
