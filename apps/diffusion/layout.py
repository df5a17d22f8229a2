"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps._gallery.exhibit import listen
from apps._gallery.job import Line, listen_to_job
from apps._inputs import BadInput, read_picture
from apps._inputs.examples import is_example, list_examples, open_picture
from apps._inputs.paper import SHOWN_SIDE, Paper, PaperPlace, offer_examples, read_paper
from apps._inputs.urls import write_preview_url
from apps.diffusion.networks import list_networks, read_opening, read_steps
from apps.diffusion.parts import DiffusionLab, PerfectDenoiser, StepsPlot

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
    dots = PerfectDenoiser(elem_id="diffusion-dots", elem_classes=["perfect-denoiser", "ruled", "section"])
    listen([paper.input], take_drawing, [paper], [paper, lab])
    listen_to_job(lab.select, sample, [], lab, stop=lab.stop, line=RUNS)
    return [lab, paper, plot, dots]


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
    """What lies on the sheet, as the strips will send it back; a refusal is written under the sheet."""
    value = value if isinstance(value, dict) else {}
    source, turn, name = value.get("source"), value.get("turn"), value.get("name")
    if source == "blank":
        return [gr.skip(), {"drawing": None}]
    try:
        shown = source == "example" and is_example(name, "digit")
        picture = open_picture(name) if shown else read_picture(read_paper(value))
    except BadInput as refusal:
        return [{"answers": turn, "problem": str(refusal)}, gr.skip()]
    answer = gr.skip() if source != "file" else {"answers": turn, "shown": write_preview_url(picture, SHOWN_SIDE)}
    return [answer, {"drawing": {"picture": write_preview_url(picture, 280)}}]


@functools.cache
def open_paper() -> dict[str, Any]:
    """The sheet with the drawn digits beside it."""
    return offer_examples([(title, name, open_picture(name)) for title, name in list_examples("digit")], "7")


def example() -> Sequence[Any]:
    from apps.diffusion.dots import MAX_DOTS, NEAR
    from apps.diffusion.sampling import MAX_GUIDANCE, MAX_SEED
    from zoo.architectures.ddpm import SAMPLERS, SCHEDULE, STEPS

    schedule = {
        "levels": SCHEDULE["num_train_timesteps"],
        "first": SCHEDULE["beta_start"],
        "last": SCHEDULE["beta_end"],
    }
    dots = {"schedule": schedule, "dots": OPENING_DOTS, "near": NEAR, "most": MAX_DOTS}
    networks = list_networks()
    if not networks:
        missing = {"missing": "The zoo holds no diffusion model yet. Make one: python -m training.ddpm."}
        return [missing, open_paper(), {}, dots]
    lab = {
        "run": read_opening(networks[0]),
        "networks": [{"network": each.reference, "labels": each.config["labels"]} for each in networks],
        "samplers": SAMPLERS,
        "steps": STEPS,
        "guidance": MAX_GUIDANCE,
        "seed": MAX_SEED,
        "schedule": schedule,
    }
    return [lab, open_paper(), {"tables": {each.reference: read_steps(each) for each in networks}}, dots]


OPENING_DOTS = [[-1.6, 0.9], [-0.5, -1.2], [0.2, 1.3], [1.1, -0.3], [1.9, 1.0]]
"""The five dots that the perfect denoiser knows at first."""
