"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from apps import _networks
from apps._gallery.exhibit import listen
from apps._inputs import read_whole_number
from apps._inputs.picture_menu import ChosenPicture
from apps._networks import choices
from apps.feature_maps import (
    compute_feature_maps,
    describe_filters,
    locate_receptive_field,
)
from apps.feature_maps.parts import ExcitingPictures, FeatureMaps, LayerStrip, MapsAndSum, UnitSum

_PATIENCE_SECONDS = 0.5
"""How long one part of a search for exciting pictures takes."""


def layout() -> Sequence[gr.components.Component]:
    networks = _networks.cnns()
    if not networks:
        gr.Markdown("The zoo holds no convolutional network yet. Make one: `python -m training.lenet`.")
        return []
    uploads = gr.State([])
    with gr.Column(elem_classes="answer-first"):
        network, picture = choices.place_choices(networks, "feature-maps-explorer")
        with MapsAndSum(elem_classes="maps-and-sum"):
            LayerStrip(elem_classes="layer-strip")
            view = FeatureMaps(elem_classes="feature-maps")
            sums = UnitSum(elem_classes="unit-sum")
    exciting = ExcitingPictures(elem_id="feature-maps-exciting", elem_classes=["exciting-pictures", "section"])

    def show(network: str, picture: ChosenPicture, uploads: list[str]) -> Sequence[Any]:
        return keep_upload(uploads, picture.upload), show_picture(network, picture, picture.name)

    def choose_unit(picture: ChosenPicture, event: gr.EventData) -> Sequence[Any]:
        # What the part shows, not what the menus say by now; it names an example or the upload, never a file.
        names = ("network", "layer", "channel", "row", "column")
        asked: dict[str, Any] = {name: getattr(event, name, None) for name in names}
        shown = picture.named(getattr(event, "picture", None))
        _networks.check_is_here(asked["network"])
        found = locate_receptive_field(shown, **asked)
        answer: dict[str, Any] = {"unit": _leave_out(found, "arithmetic", "then")}
        if getattr(event, "filters", False):
            answer["filters"] = describe_filters(asked["network"], asked["layer"], asked["channel"])
        return answer, _leave_out(found, "map")

    def search_pictures(uploads: list[str], event: gr.EventData) -> dict[str, Any]:
        from apps.feature_maps import exciting

        network, layer, channel = (getattr(event, name, None) for name in ("network", "layer", "channel"))
        _networks.check_is_here(network)
        uploads = [file for file in uploads if Path(file).is_file()]
        # A part of the search: the page shows what it found and asks for the next one as long as anybody looks.
        known = getattr(event, "known", None)
        return exciting.find_pictures(
            _networks.describe_cnn(network),
            layer,
            read_whole_number("channel", channel),
            uploads,
            _PATIENCE_SECONDS,
            known if isinstance(known, list) else (),
        )

    chosen = [network, picture, uploads]
    listen([network.input, picture.input], show, chosen, [uploads, view], refusals=picture)
    listen([view.select], choose_unit, [picture], [view, sums], refusals=picture)
    # Beside the clicks and not before them: it takes its turn at the processor a few pictures at a time.
    listen([exciting.select], search_pictures, [uploads], [exciting], fetches=True, refusals=picture)

    return [view, sums]


def keep_upload(uploads: list[str], upload: str) -> list[str]:
    """The visitor's last pictures, of which those that are still here compete; none once the picture is put away."""
    from apps.feature_maps import exciting

    return [*(file for file in uploads if file != upload), upload][-exciting.OWN :] if upload else []


def show_picture(network: str, picture: str, name: str) -> dict[str, Any]:
    """Every layer's maps of a picture, under the name by which the page may ask about it again.

    Raises:
        NotHere: the network is upstream's and not on this machine.
    """
    _networks.check_is_here(network)
    return {"maps": compute_feature_maps(picture, network), "picture": name}


def example() -> Sequence[Any]:
    """The first convolution on the picture that the menus show: its liveliest map, explained at its strongest value."""
    networks = _networks.cnns()
    return _explain_strongest(choices.choose_opening(networks).reference) if networks else []


@functools.lru_cache(maxsize=2)
def _explain_strongest(network: str) -> Sequence[Any]:
    from apps._networks import encoding

    picture = choices.choose_default(_networks.describe_cnn(network))
    trace, _, _ = _networks.find_trace(picture, network)
    layer = next(layer for layer in trace.layers.values() if layer.kind == "convolution")
    values = trace.value(layer.node).detach()[0]
    # Two pixels from the border, where no padding is seen.
    channel = encoding.find_liveliest(values.numpy())
    inner = values[channel, 2:-2, 2:-2].abs()
    row, column = divmod(int(inner.argmax()), inner.shape[1])
    found = locate_receptive_field(picture, network, layer.name, channel, row + 2, column + 2)
    return show_picture(network, picture, picture) | {"unit": found}, _leave_out(found, "map")


def _leave_out(found: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: found[name] for name in found if name not in names}
