"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps._gallery.exhibit import listen
from apps._inputs.examples import list_examples
from apps._inputs.picture_menu import UPLOAD, ChosenPicture, picture_menu
from apps.cyclegan import cycle_picture, describe_translations, describe_translator_life, translate_picture
from apps.cyclegan.parts import CycleBench, OwnKind, TranslationVerdict, TranslatorLife

EXAMPLES = [*list_examples("flower"), *list_examples("photo")]
TITLES = {name: title for title, name in EXAMPLES} | {UPLOAD: "your picture"}
OPENING_PICTURE = "daisy"


def layout() -> Sequence[gr.components.Component]:
    with gr.Column(elem_classes="answer-first"):
        row = gr.Row(elem_id="cyclegan-cycle", elem_classes=["controls", "section"])
        with row, gr.Column(scale=0, min_width=420):
            picture = picture_menu("Picture", EXAMPLES, (OPENING_PICTURE,), camera=True)
        bench = CycleBench(elem_classes="cycle-bench")
    life = TranslatorLife(elem_id="cyclegan-life", elem_classes=["translator-life", "ruled", "section"])
    with gr.Row(elem_id="cyclegan-verdict", elem_classes=["ruled", "section"]):
        with gr.Column(scale=3, min_width=330):
            verdict = TranslationVerdict(elem_classes="translation-verdict")
        with gr.Column(scale=2, min_width=330):
            own = OwnKind(elem_classes="own-kind")
    listen([picture.input], show_picture, [picture], [bench, own], refusals=picture)
    listen([life.select], fetch_frames, [], [life])
    listen([bench.select], fetch_cycle, [picture], [bench], refusals=picture)
    return [bench, life, verdict, own]


def show_picture(picture: ChosenPicture) -> list[dict[str, Any]]:
    """Both cycles of a picture, and what both generators make of it."""
    return [run_both(picture, picture.name), {"own": {"name": TITLES.get(picture.name), **translate_picture(picture)}}]


def fetch_cycle(picture: ChosenPicture, event: gr.EventData) -> dict[str, Any]:
    """The cycle that the page asked for, of the picture that it shows."""
    asked: dict[str, Any] = {name: getattr(event, name, None) for name in ("picture", "kind", "disturbance")}
    shown = picture.named(asked["picture"])
    return {"cycles": [cycle_picture(shown, kind=asked["kind"], disturbance=asked["disturbance"])], **asked}


def fetch_frames() -> dict[str, str]:
    """The frames of the training, which are most of what the tab is made of."""
    return {"pictures": describe_translator_life()["pictures"]}


def run_both(picture: str, name: str) -> dict[str, Any]:
    """Both ways, with bits taken from the middle."""
    from apps.cyclegan.networks import OPENING, describe_translator

    kinds = describe_translator(OPENING).config["labels"]
    return {"cycles": [cycle_picture(picture, kind=kind) for kind in kinds], "picture": name}


def example() -> Sequence[Any]:
    from apps.cyclegan.networks import OPENING, list_translators

    networks = list_translators()
    if not networks or networks[0].name != OPENING:
        missing = {"missing": f"The zoo holds no {OPENING} yet. Make it: python -m training.cyclegan."}
        return [missing] * 4
    return compute_opening(networks[0].reference, networks[0].digest)


@functools.lru_cache(maxsize=2)
def compute_opening(reference: str, digest: str) -> list[dict[str, Any]]:
    """The worked example, kept for every visitor."""
    from apps.cyclegan.cycles import DISTURBANCES, OPENING_STEP
    from apps.cyclegan.flowers import compare_drawn

    verdict = describe_translations()
    bench = {
        **run_both(OPENING_PICTURE, OPENING_PICTURE),
        "disturbances": [{"key": key, "title": each.title} for key, each in DISTURBANCES.items()],
        "rests": OPENING_STEP,
        "tested": {"samples": verdict["samples"], "bits": verdict["smuggling"]},
    }
    life = {name: value for name, value in describe_translator_life().items() if name != "pictures"}
    return [bench, life, verdict, {"rows": compare_drawn(reference, digest)}]
