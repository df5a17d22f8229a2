"""Convolution: how many places a window finds and what none of them reads; four ways to make a map smaller."""

from __future__ import annotations

from typing import Any

from apps import _networks
from apps._gallery.exhibit import Exhibit
from apps._gallery.glossary import explain
from apps._inputs import BadInput, read_whole_number
from apps._inputs.upload import PictureFile
from apps._networks.lookup import find_layer


def compute_output_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> dict[str, Any]:
    """How many values a convolution or a pool gives along one axis, with the formula filled in.

    Args:
        size: input pixels.
        kernel: taps of the window.
        stride: pixels from one place of the window to the next.
        padding: pixels added at each end.
        dilation: pixels from one tap to the next.

    Returns:
        `output_size`: how many values come out. `formula`: how they were counted. `window_spans`: pixels from the
        window's first tap to its last, both counted. `unread_at_the_end`: pixels that no window reaches.
    """
    from from_scratch.convolution import output_size

    names = ("input size", "kernel", "stride", "padding", "dilation")
    n, k, s, p, d = map(read_whole_number, names, (size, kernel, stride, padding, dilation))
    try:
        count = output_size(n, k, s, p, d)
    except ValueError as error:
        raise BadInput(str(error)) from error
    last = n + 2 * p - d * (k - 1) - 1
    return {
        "output_size": count,
        "formula": f"floor(({n} + 2·{p} − {d}·({k} − 1) − 1) / {s}) + 1 = floor({last} / {s}) + 1 = {count}",
        "window_spans": d * (k - 1) + 1,
        "unread_at_the_end": last - (count - 1) * s,
    }


def compare_poolings(
    picture: PictureFile, network: str, layer: str, channel: int = 0, window: int = 2, stride: int = 2
) -> dict[str, Any]:
    """Make one map smaller in four ways: its windows' maximum, mean and 2-norm, and their first pixel alone.

    Args:
        picture: a picture's file.
        network: a release with convolutions, like "resnet18.cifar10".
        layer: the path of a layer, like "conv1", or "input" for the picture itself, as numbers from 0 to 1.
        channel: which map, counted from 0; the colour, if the layer is the input.
        window: pixels on the window's side, 1 to 8.
        stride: pixels from one window to the next, 1 to 8.

    Returns:
        `kinds`: a list of "max", "mean", "norm" and "stride", each with its `shape`, `mean` and `largest` value,
        `values` (base64 of little-endian float32), and `shift_change`: ‖pool(moved) − pool(x)‖ / ‖pool(x)‖, where the
        map has moved one pixel to the right.
    """
    import torch

    from apps.convolution import pooling

    trace, release, key = _networks.find_trace(picture, network)
    if layer == "input":
        model: Any = _networks.load(release.reference)
        maps = torch.from_numpy(model.preprocess.picture(trace.x.detach()[0])).permute(2, 0, 1).float() / 255
    else:
        known = find_layer(trace, release, layer)
        maps = trace.value(known.node).detach().reshape(known.shape)
    channel = read_whole_number("channel", channel)
    if not 0 <= channel < len(maps):
        raise BadInput(f"{layer} has no channel {channel}: choose one from 0 to {len(maps) - 1}.")
    kinds = pooling.compare_kinds(
        maps[channel : channel + 1], read_whole_number("window", window), read_whole_number("stride", stride)
    )
    return {"network": release.reference, "key": key, "layer": layer, "channel": channel, "kinds": kinds}


EXHIBIT = Exhibit(
    __name__,
    title="Convolution",
    claim="A window walks, and some pixels are never read",
    lead=f"**Drag the window**: its products with the {explain('kernel')} add up to one number. "
    "**Drag the picture's corner**, or a slider: which pixels does no window read?",
    order=20,
    days=("w2d1", "w2d2"),
    functions=(compute_output_size, compare_poolings),
    fetching=(compare_poolings,),
    shown=("pooling.compare_kinds",),
)
