"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps import _networks
from apps._gallery.exhibit import listen
from apps._inputs import BadInput
from apps._inputs.examples import list_examples
from apps._inputs.network_menu import network_menu
from apps._inputs.upload import check_upload
from apps.attention import compute_attention, disturb_patches, silence_heads
from apps.attention.parts import AttentionLab
from zoo import upstream

UPLOADED = "upload"
"""A picture's name where it is the visitor's own."""
OPENING = "cat"


def layout() -> Sequence[gr.components.Component]:
    networks, others = _networks.transformers(), list(filter(_networks.attends, upstream.CATALOG))
    opening = choose_opening()
    filled: list[gr.components.Component] = []
    if opening is None:
        gr.Markdown("The zoo holds no vision transformer yet. Make one: `python -m training.vit`.")
    with gr.Row(elem_classes="controls"):
        # A column each, because gradio lets neighbouring fields touch.
        with gr.Column(scale=3, min_width=200):
            network = network_menu("Network", networks, others, opening)
        with gr.Column(scale=2, min_width=140):
            example = gr.Dropdown(list_pictures(None), value=OPENING, label="Picture")
        upload = gr.UploadButton(
            "Upload a picture", file_types=["image"], type="filepath", size="md", scale=1, min_width=150
        )
    uploaded = gr.State(None)
    lab = AttentionLab(elem_classes="attention-lab")
    if opening is not None:
        filled.append(lab)

    def upload_picture(network: str, file: str) -> Sequence[Any]:
        check_upload(file)
        return file, gr.Dropdown(list_pictures(file), value=UPLOADED), show_picture(network, UPLOADED, file)

    def read_event(event: gr.EventData, uploaded: str | None, *names: str) -> dict[str, Any]:
        # What the part shows, not what the menus say by now; it names an example or the upload, never a file.
        values: dict[str, Any] = {name: getattr(event, name, None) for name in ("network", *names)}
        picture = getattr(event, "picture", None)
        if picture not in [name for _, name in list_pictures(uploaded)]:
            raise BadInput("Choose a picture first.")
        _networks.check_is_here(values["network"])
        return values | {"picture": find_picture(picture, uploaded)}

    def switch_heads(uploaded: str | None, event: gr.EventData) -> dict[str, Any]:
        return {"silenced": silence_heads(**read_event(event, uploaded, "heads"))}

    def switch_order(uploaded: str | None, event: gr.EventData) -> dict[str, Any]:
        return {"disturbed": disturb_patches(**read_event(event, uploaded, "shuffle", "positions"))}

    listen([network.input, example.input], show_picture, [network, example, uploaded], [lab])
    listen([upload.upload], upload_picture, [network, upload], [uploaded, example, lab])
    listen([lab.select], switch_heads, [uploaded], [lab])
    listen([lab.input], switch_order, [uploaded], [lab])

    return filled


def choose_opening() -> str | None:
    """The network of the worked example: ours, or else torchvision's if it is on this machine."""
    here: list[_networks.Network] = [*_networks.transformers()]
    here += [model for model in upstream.CATALOG if _networks.attends(model) and model.is_here]
    return here[0].reference if here else None


def list_pictures(uploaded: str | None) -> list[tuple[str, str]]:
    return [*([("your picture", UPLOADED)] if uploaded else []), *list_examples("photo")]


def find_picture(example: str, uploaded: str | None) -> str:
    return uploaded or "" if example == UPLOADED else example


def show_picture(network: str, example: str, uploaded: str | None) -> dict[str, Any]:
    _networks.check_is_here(network)
    return {"maps": compute_attention(find_picture(example, uploaded), network), "picture": example}


def example() -> Sequence[Any]:
    opening = choose_opening()
    return [show_example(opening)] if opening else []


@functools.lru_cache(maxsize=2)
def show_example(network: str) -> dict[str, Any]:
    return show_picture(network, OPENING, None)
