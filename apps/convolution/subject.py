"""What is pooled: the picture as a network sees it, or any map of one of its layers."""

from __future__ import annotations

from typing import Any

from apps import _networks
from apps._inputs import BadInput, read_whole_number
from apps._inputs.urls import write_png_url
from apps._networks import encoding
from apps._networks.lookup import find_layer

BUDGET = 400_000
"""Bytes of one layer's maps; of the layers beyond it the first channels can be chosen."""


def describe_subject(picture: str, network: str, name: object = None, channel: object = None) -> dict[str, Any]:
    """The picture, the layers that have maps, and of the layer `name`, by default the first, all maps and one exactly.

    `values` is base64 of the float32 of `channel`: the one asked for, else the one whose values vary most. The codes of
    the others are for their colours.

    Raises:
        BadInput: the network has no such layer, or its values have no places.
    """
    trace, release, key = _networks.find_trace(picture, network)
    model: Any = _networks.load(release.reference)
    layers = [layer for layer in trace.layers.values() if layer.kind in encoding.SHOWN]
    mapped = [layer for layer in layers if layer.shape[1] * layer.shape[2] > 1]
    chosen = find_layer(trace, release, name) if name else mapped[0]
    if chosen not in mapped:
        raise BadInput(f"{chosen.name} gives one number per channel: choose a layer that gives maps.")
    values = trace.value(chosen.node).detach()[0].numpy()  # C×H×W
    channels, height, width = chosen.shape
    sent = min(channels, max(1, BUDGET // (height * width)))
    shown = encoding.find_liveliest(values[:sent])
    if channel is not None:
        shown = min(max(read_whole_number("channel", channel), 0), sent - 1)
    return {
        "network": release.reference,
        "key": key,
        "input": write_png_url(model.preprocess.picture(trace.x.detach()[0])),
        "layers": [{"name": layer.name, "label": encoding.label(layer, layers)} for layer in mapped],
        "layer": chosen.name,
        "shape": list(chosen.shape),
        "sent": sent,
        "asked": channel,
        "channel": shown,
        "values": encoding.encode_exactly(values[shown]),
        **encoding.quantise(values, sent),
    }
