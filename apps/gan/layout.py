"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr
from PIL import Image

from apps._gallery.exhibit import listen
from apps._inputs import BadInput
from apps._inputs.paper import Paper, PaperPlace, answer_digit, offer_digits
from apps.gan import compare_nearest, describe_life, sample_generator, score_picture
from apps.gan.game import list_rules
from apps.gan.parts import GanLife, NearestPictures, QualityTable, SaddleGame, SampleScores
from zoo import ZooError


def layout() -> Sequence[gr.components.Component]:
    with gr.Row(elem_id="gan-game", elem_classes="section"):
        with gr.Column(scale=2, min_width=330):
            game = SaddleGame(elem_classes="saddle-game")
        with gr.Column(scale=3, min_width=330):
            life = GanLife(elem_classes="gan-life")
    with gr.Row(elem_id="gan-samples", elem_classes=["ruled", "section"]):
        with gr.Column(scale=0, min_width=270), PaperPlace():
            paper = Paper()
        with gr.Column(scale=1, min_width=290):
            samples = SampleScores(elem_classes="sample-scores")
    table = QualityTable(elem_id="gan-quality", elem_classes=["quality-table", "ruled", "section"])
    nearest = NearestPictures(elem_id="gan-nearest", elem_classes=["nearest-pictures", "section"])
    listen([nearest.select], fetch_nearest, [], [nearest])
    listen([life.select], fetch_life, [], [life])
    listen([samples.select], fetch_samples, [], [samples])
    listen([paper.input], place_paper, [paper], [paper, samples])
    return [game, life, paper, samples, table]


def fetch_life(event: gr.EventData) -> dict[str, Any]:
    """The life of another network of the menu."""
    network: Any = getattr(event, "network", None)
    return {"life": describe_life(network)}


def fetch_nearest(event: gr.EventData) -> dict[str, Any]:
    """The nearest training pictures of the network that is shown, or in one sentence why there are none."""
    network: Any = getattr(event, "network", None)
    try:
        return {"asked": network, **compare_nearest(network)}
    except (BadInput, ZooError) as refusal:
        return {"asked": network, "problem": str(refusal)}


def fetch_samples(event: gr.EventData) -> dict[str, Any]:
    """Samples as the page asked for them, or in one sentence why there are none."""
    asked = {name: getattr(event, name, None) for name in ("network", "seed", "truncation")}
    try:
        return answer_wish(asked)
    except BadInput as refusal:
        return {"asked": asked, "problem": str(refusal)}


def answer_wish(asked: dict[str, Any]) -> dict[str, Any]:
    """What `sample_generator` returns, with the wish and both mean scores; the seed is text, as its digits are many."""
    from apps._networks.generators import describe_generator
    from apps._networks.lives import read_training

    found = sample_generator(asked["network"], asked["seed"], asked["truncation"])
    last = read_training(describe_generator(asked["network"]))["frames"][-1]
    return {"asked": asked, **found, "real_score": last["real_score"], "fake_score": last["fake_score"]}


def place_paper(value: dict[str, Any] | None) -> list[Any]:
    """What every network says of what lies on the sheet: values of the paper and of the part that shows it."""
    from apps._networks.generators import list_generators

    def score(picture: Image.Image, _: str) -> list[Any]:
        return [{"own": {each.reference: score_picture(picture, each.reference) for each in list_generators()}}]

    return answer_digit(value, [{"own": None}], score)


def example() -> Sequence[Any]:
    from apps._networks.generators import OPENING, list_generators
    from apps.gan.networks import compare_quality

    game = {"rules": list_rules(), "rule": "simultaneous", "size": 0.1, "count": 100, "start": [1.0, 0.0]}
    paper = offer_digits("7")
    networks = list_generators()
    if not networks:
        missing = {"missing": f"The zoo holds no {OPENING} yet. Make it: python -m training.gan."}
        return [game, missing, paper, missing, missing]
    opening = networks[0].reference
    life = {
        "networks": [{"network": each.reference, "name": each.name} for each in networks],
        "life": describe_life(opening),
    }
    samples = answer_wish({"network": opening, "seed": "0", "truncation": 4})
    own = place_paper({"source": "example", "name": "7"})[1]
    return [game, life, paper, samples | own, {"rows": compare_quality()}]
