"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps._gallery.exhibit import listen
from apps._gallery.job import Line, listen_to_job
from apps._inputs import BadInput, read_picture
from apps._inputs.paper import Paper, PaperPlace, answer_digit, offer_digits
from apps._inputs.urls import write_preview_url
from apps.diffusion.networks import list_networks, read_opening, read_steps
from apps.diffusion.parts import DiffusionLab, StepsPlot

RUNS = Line(2)
"""Runs take their turns at the processor one pass at a time."""
MAX_DRAWING = 200_000
"""Characters of a drawing that a page was given back."""


def layout() -> Sequence[gr.components.Component]:
    lab = DiffusionLab(elem_id="diffusion-strips", elem_classes=["diffusion-lab", "section"])
    with gr.Row(elem_id="diffusion-drawing", elem_classes=["ruled", "section"]):
        with gr.Column(scale=0, min_width=270), PaperPlace():
            paper = Paper()
        with gr.Column(scale=1, min_width=290):
            plot = StepsPlot(elem_classes="steps-plot")
    listen([paper.input], take_drawing, [paper], [paper, lab])
    listen_to_job(lab.select, sample, [], lab, stop=lab.stop, line=RUNS)
    return [lab, paper, plot]


def sample(event: gr.EventData) -> dict[str, Any]:
    """The run that the page asks for."""
    from apps.diffusion import sampling

    sent: Any = functools.partial(getattr, event)
    names = ("network", "label", "sampler", "steps", "guidance", "seed")
    wish = sampling.read_wish(*(sent(name, None) for name in names))
    if sent("kind", "") == "branch":
        where = (sent(name, None) for name in ("at", "picture", "branch_sampler", "branch_seed"))
        return {"run": sampling.branch(wish, *where)}
    if sent("kind", "") == "drawing":
        picture: Any = sent("picture", None)
        if not isinstance(picture, str) or not picture.startswith("data:") or len(picture) > MAX_DRAWING:
            raise BadInput("The drawing did not arrive whole: draw it again.")
        return {"run": sampling.redraw(wish, read_picture(picture), sent("level", None))}
    return {"run": sampling.run(wish, sampling.draw_noise(wish))}


def take_drawing(value: dict[str, Any] | None) -> list[Any]:
    """What lies on the sheet, as the strips will send it back: values of the paper and of the strips."""
    return answer_digit(
        value, [{"drawing": None}], lambda picture, _: [{"drawing": {"picture": write_preview_url(picture, 280)}}]
    )


def example() -> Sequence[Any]:
    from apps.diffusion.sampling import MAX_GUIDANCE
    from zoo.architectures.ddpm import SAMPLERS, SCHEDULE, STEPS

    networks = list_networks()
    if not networks:
        missing = {"missing": "The zoo holds no diffusion model yet. Make one: python -m training.ddpm."}
        return [missing, offer_digits("7"), missing]
    lab = {
        "run": read_opening(networks[0]),
        "networks": [{"network": each.reference, "labels": each.config["labels"]} for each in networks],
        "samplers": SAMPLERS,
        "steps": STEPS,
        "guidance": MAX_GUIDANCE,
        "schedule": {
            "levels": SCHEDULE["num_train_timesteps"],
            "first": SCHEDULE["beta_start"],
            "last": SCHEDULE["beta_end"],
        },
    }
    return [lab, offer_digits("7"), {"tables": {each.reference: read_steps(each) for each in networks}}]
