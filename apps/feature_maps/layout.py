"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from apps import _networks
from apps._gallery.exhibit import endpoint, listen
from apps._inputs import BadInput, read_whole_number
from apps._inputs.network_menu import network_menu
from apps._inputs.upload import Picture, check_upload
from apps._networks import traces
from apps.feature_maps import (
    classics,
    compare_poolings,
    compute_feature_maps,
    compute_output_size,
    describe_filters,
    find_exciting_pictures,
    locate_receptive_field,
    switch_shortcuts,
)
from apps.feature_maps.parts import (
    ConvolutionCalculator,
    ExcitingPictures,
    FeatureMaps,
    PoolingKinds,
    ShortcutSwitch,
    UnitSum,
)
from zoo import Release, upstream

if TYPE_CHECKING:
    from apps._networks import Network


_UPLOADED = "upload"


_PATIENCE_SECONDS = 0.5


"""How long one part of a search for exciting pictures takes."""


def layout() -> Sequence[gr.components.Component]:
    networks = _networks.cnns()
    if networks:
        filled = _explorer(networks)
    else:
        gr.Markdown("The zoo holds no convolutional network yet. Make one: `python -m training.lenet`.")
        filled = []
    gr.Markdown(
        "### How many places does a window find?\n\nMove the sliders, then let the window walk.",
        elem_classes=["reading", "ruled"],
    )
    ConvolutionCalculator({"size": 7, "kernel": 3, "stride": 2, "padding": 1, "dilation": 1})
    settings = [
        gr.Number(7, visible=False, precision=0, label=name)
        for name in ("size", "kernel", "stride", "padding", "dilation")
    ]
    endpoint(compute_output_size, settings, [gr.JSON(visible=False, label="output size")])
    return [*filled, classics.lay_out()]


def _explorer(networks: list[Release]) -> list[gr.components.Component]:
    opening = _opening(networks)
    with gr.Row(elem_classes="controls"):
        # A column each, because gradio lets neighbouring fields touch.
        with gr.Column(scale=3, min_width=200):
            convolutional = [model for model in upstream.CATALOG if model.convolutional]
            network = network_menu("Network", networks, convolutional, opening.reference)
        with gr.Column(scale=2, min_width=140):
            example = gr.Dropdown(_menu(None), value=_default(opening), label="Picture")
        upload = gr.UploadButton(
            "Upload a picture", file_types=["image"], type="filepath", size="md", scale=1, min_width=150
        )
    uploaded, uploads = gr.State(None), gr.State([])
    view = FeatureMaps(elem_classes="feature-maps")
    sums = UnitSum(elem_classes="unit-sum")
    shortcuts = ShortcutSwitch(elem_classes="shortcut-switch")
    PoolingKinds({"window": 2, "stride": 2}, elem_classes="pooling-kinds")
    exciting = ExcitingPictures(elem_classes="exciting-pictures")

    def choose_network(network: str, example: str, uploaded: str | None) -> Sequence[Any]:
        release = traces.cnn(network)
        if example != _UPLOADED and not traces.suits(example, release):
            example = _default(release)
        return example, *_show(network, example, uploaded)

    def upload_picture(network: str, file: str, uploads: list[str]) -> Sequence[Any]:
        from apps.feature_maps import exciting

        check_upload(file)
        shown = _show(network, _UPLOADED, file)
        return file, [*uploads, file][-exciting.OWN :], gr.Dropdown(_menu(file), value=_UPLOADED), *shown

    def choose_unit(uploaded: str | None, event: gr.EventData) -> Sequence[Any]:
        # What the part shows, not what the menus say by now; it names an example or the upload, never a file.
        names = ("network", "layer", "channel", "row", "column")
        asked: dict[str, Any] = {name: getattr(event, name, None) for name in names}
        picture = getattr(event, "picture", None)
        if picture not in [name for _, name in _menu(uploaded)]:
            raise BadInput("Choose a picture first.")
        _networks.require(asked["network"])
        found = locate_receptive_field(_source(picture, uploaded), **asked)
        answer: dict[str, Any] = {"unit": {name: found[name] for name in found if name not in ("arithmetic", "then")}}
        if getattr(event, "filters", False):
            answer["filters"] = describe_filters(asked["network"], asked["layer"], asked["channel"])
        return answer, found

    def switch_blocks(uploaded: str | None, event: gr.EventData) -> dict[str, Any]:
        picture, network = getattr(event, "picture", None), getattr(event, "network", None)
        if picture not in [name for _, name in _menu(uploaded)]:
            raise BadInput("Choose a picture first.")
        _networks.require(network)
        switched = switch_shortcuts(_source(picture, uploaded), network, getattr(event, "blocks", None))  # type: ignore[arg-type]
        return {"switched": switched, "picture": picture}

    def search_pictures(uploads: list[str], event: gr.EventData) -> dict[str, Any]:
        from apps.feature_maps import exciting

        network, layer, channel = (getattr(event, name, None) for name in ("network", "layer", "channel"))
        _networks.require(network)
        uploads = [file for file in uploads if Path(file).is_file()]
        # A part of the search: the page shows what it found and asks for the next one as long as anybody looks.
        known = getattr(event, "known", None)
        return exciting.find(
            traces.cnn(network),
            layer,
            read_whole_number("channel", channel),
            uploads,
            _PATIENCE_SECONDS,
            known if isinstance(known, list) else (),
        )

    listen([network.input], choose_network, [network, example, uploaded], [example, view, shortcuts], public=False)
    listen([example.input], _show, [network, example, uploaded], [view, shortcuts], public=False)
    listen(
        [upload.upload],
        upload_picture,
        [network, upload, uploads],
        [uploaded, uploads, example, view, shortcuts],
        public=False,
    )
    listen([view.select], choose_unit, [uploaded], [view, sums], public=False)
    listen([shortcuts.select], switch_blocks, [uploaded], [shortcuts], public=False)
    # Beside the clicks and not before them: it takes its turn at the processor a few pictures at a time.
    listen([exciting.select], search_pictures, [uploads], [exciting], public=False, fetches=True)

    picture = Picture(visible=False, label="picture")
    name, layer = gr.Textbox(visible=False, label="network"), gr.Textbox(visible=False, label="layer")
    channel, row, column = (
        gr.Number(0, visible=False, precision=0, label=name) for name in ("channel", "row", "column")
    )
    data = gr.JSON(visible=False, label="data")
    endpoint(compute_feature_maps, [picture, name], [data], fetches=True)
    endpoint(locate_receptive_field, [picture, name, layer, channel, row, column], [data], fetches=True)
    endpoint(describe_filters, [name, layer, channel], [data], fetches=True)
    blocks = gr.JSON(visible=False, label="blocks")
    window, stride = (gr.Number(2, visible=False, precision=0, label=name) for name in ("window", "stride"))
    endpoint(switch_shortcuts, [picture, name, blocks], [data], fetches=True)
    endpoint(compare_poolings, [picture, name, layer, channel, window, stride], [data], fetches=True)
    endpoint(find_exciting_pictures, [name, layer, channel, picture], [data], fetches=True)
    return [view, sums, shortcuts]


def _opening(networks: list[Release]) -> Release:
    """A network of photographs if there is one: they have more to show than digits."""
    photos = [release for release in networks if traces.kind(release) == "photo"]
    return (photos or networks)[0]


def _default(release: Network) -> str:
    names = [name for _, name in traces.examples() if traces.suits(name, release)]
    return "7" if "7" in names else names[0]


def _menu(uploaded: str | None) -> list[tuple[str, str]]:
    return [*([("your picture", _UPLOADED)] if uploaded else []), *traces.examples()]


def _source(example: str, uploaded: str | None) -> str:
    return uploaded or "" if example == _UPLOADED else example


def _show(network: str, example: str, uploaded: str | None) -> Sequence[dict[str, Any]]:
    _networks.require(network)
    picture = _source(example, uploaded)
    maps = compute_feature_maps(picture, network)
    return {"maps": maps, "picture": example}, {"picture": example} | _shortcuts_of(picture, network, [])


def _shortcuts_of(picture: str, network: str, blocks: list[str]) -> dict[str, Any]:
    from apps.feature_maps import shortcuts

    residual = shortcuts.find_blocks(traces.trace(picture, network)[0])
    return {"switched": switch_shortcuts(picture, network, blocks) if residual else None}


def example() -> Sequence[Any]:
    """The first convolution on the picture that the menus show: its liveliest map, explained at its strongest value."""
    networks = _networks.cnns()
    return [*(_example(_opening(networks).reference) if networks else []), classics.opening()]


@functools.lru_cache(maxsize=2)
def _example(network: str) -> Sequence[Any]:
    release = traces.cnn(network)
    trace, _, _ = traces.trace(_default(release), network)
    layer = next(layer for layer in trace.layers.values() if layer.kind == "convolution")
    values = trace.value(layer.node).detach()[0]
    # Two pixels from the border, where no padding is seen.
    channel = int(values.var(dim=(1, 2)).argmax())
    inner = values[channel, 2:-2, 2:-2].abs()
    row, column = divmod(int(inner.argmax()), inner.shape[1])
    found = locate_receptive_field(_default(release), network, layer.name, channel, row + 2, column + 2)
    maps, shortcuts = _show(network, _default(release), None)
    # One of the first shortcuts is cut, where much still depends on it.
    if shortcuts["switched"]:
        blocks = [block["name"] for block in shortcuts["switched"]["blocks"][:2]]
        shortcuts = shortcuts | _shortcuts_of(_default(release), network, blocks[-1:])
    return maps | {"unit": found}, found, shortcuts
