"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps import _networks
from apps._gallery.exhibit import endpoint, listen
from apps._inputs import BadInput
from apps._inputs.network_menu import network_menu
from apps._inputs.upload import Picture, check_upload
from apps._networks import traces
from apps.attention import compute_attention, disturb_patches, silence_heads
from apps.attention.parts import AttentionLab
from zoo import upstream
from zoo.examples import example_pictures

_UPLOADED = "upload"


_OPENING = "cat"


def layout() -> Sequence[gr.components.Component]:
    networks, others = _networks.transformers(), list(filter(_networks.attends, upstream.CATALOG))
    opening = _opening()
    filled: list[gr.components.Component] = []
    if opening is None:
        gr.Markdown("The zoo holds no vision transformer yet. Make one: `python -m training.vit`.")
    with gr.Row(elem_classes="controls"):
        # A column each, because gradio lets neighbouring fields touch.
        with gr.Column(scale=3, min_width=200):
            network = network_menu("Network", networks, others, opening)
        with gr.Column(scale=2, min_width=140):
            example = gr.Dropdown(_menu(None), value=_OPENING, label="Picture")
        upload = gr.UploadButton(
            "Upload a picture", file_types=["image"], type="filepath", size="md", scale=1, min_width=150
        )
    uploaded = gr.State(None)
    lab = AttentionLab(elem_classes="attention-lab")
    if opening is not None:
        filled.append(lab)

    def upload_picture(network: str, file: str) -> Sequence[Any]:
        check_upload(file)
        return file, gr.Dropdown(_menu(file), value=_UPLOADED), _show(network, _UPLOADED, file)

    def asked(event: gr.EventData, uploaded: str | None, *names: str) -> dict[str, Any]:
        # What the part shows, not what the menus say by now; it names an example or the upload, never a file.
        values: dict[str, Any] = {name: getattr(event, name, None) for name in ("network", *names)}
        picture = getattr(event, "picture", None)
        if picture not in [name for _, name in _menu(uploaded)]:
            raise BadInput("Choose a picture first.")
        _networks.require(values["network"])
        return values | {"picture": _source(picture, uploaded)}

    def switch_heads(uploaded: str | None, event: gr.EventData) -> dict[str, Any]:
        return {"silenced": silence_heads(**asked(event, uploaded, "heads"))}

    def switch_order(uploaded: str | None, event: gr.EventData) -> dict[str, Any]:
        return {"disturbed": disturb_patches(**asked(event, uploaded, "shuffle", "positions"))}

    listen([network.input, example.input], _show, [network, example, uploaded], [lab], public=False)
    listen([upload.upload], upload_picture, [network, upload], [uploaded, example, lab], public=False)
    listen([lab.select], switch_heads, [uploaded], [lab], public=False)
    listen([lab.input], switch_order, [uploaded], [lab], public=False)

    picture = Picture(visible=False, label="picture")
    name, heads = gr.Textbox(visible=False, label="network"), gr.JSON(visible=False, label="heads")
    shuffle = gr.Checkbox(False, visible=False, label="shuffle")
    positions = gr.Checkbox(True, visible=False, label="positions")
    data = gr.JSON(visible=False, label="data")
    endpoint(compute_attention, [picture, name], [data], fetches=True)
    endpoint(silence_heads, [picture, name, heads], [data], fetches=True)
    endpoint(disturb_patches, [picture, name, shuffle, positions], [data], fetches=True)
    return filled


def _opening() -> str | None:
    """The network of the worked example: ours, or else torchvision's if it is on this machine."""
    here: list[_networks.Network] = [*_networks.transformers()]
    here += [model for model in upstream.CATALOG if _networks.attends(model) and model.is_here]
    return here[0].reference if here else None


def _menu(uploaded: str | None) -> list[tuple[str, str]]:
    photos = [(title, name) for title, name in traces.examples() if name in example_pictures()]
    return [*([("your picture", _UPLOADED)] if uploaded else []), *photos]


def _source(example: str, uploaded: str | None) -> str:
    return uploaded or "" if example == _UPLOADED else str(example_pictures().get(example, ""))


def _show(network: str, example: str, uploaded: str | None) -> dict[str, Any]:
    _networks.require(network)
    return {"maps": compute_attention(_source(example, uploaded), network), "picture": example}


def example() -> Sequence[Any]:
    opening = _opening()
    return [_example(opening)] if opening else []


@functools.lru_cache(maxsize=2)
def _example(network: str) -> dict[str, Any]:
    return _show(network, _OPENING, None)
