"""Feature maps: every layer of a network on one picture, and the small sum behind each of their numbers."""

from __future__ import annotations

from typing import Any

from apps import _networks
from apps._gallery.exhibit import Exhibit
from apps._gallery.glossary import explain
from apps._inputs import BadInput, read_whole_number
from apps._inputs.upload import PictureFile
from apps._inputs.urls import write_png_url
from apps._networks.lookup import find_layer, suggest


def compute_feature_maps(picture: PictureFile, network: str) -> dict[str, Any]:
    """Run a convolutional network on a picture and return every layer's maps.

    Args:
        picture: a picture's file.
        network: a release with convolutions, like "resnet18.cifar10" or "lenet.mnist@v2", or one of torchvision's,
            like "resnet50.imagenet", which is fetched first where it is not here.

    Returns:
        `input`: what the network saw, a PNG as a data URL, and `size`, its [rows, columns].
        `layers`: a list in the order of computing; each has `name`, `kind`, `shape` [channels, rows, columns], its
        `window`, what its units see of the input (`rows` and `columns`: unit i sees `size` pixels from
        `start` + i · `jump`, of which `first`[i] to `last`[i] lie in the picture), `liveliest`, the channel that
        varies most, and for colours `maps`: base64 of the first `sent` channels, int8 with value ≈ code · `scale` / 127
        where `signed`, else uint8 with / 255. A layer without places has its `values` too: base64 of little-endian
        float32. `locate_receptive_field` gives the numbers of any map.
    """
    from apps._networks import encoding

    trace, release, key = _networks.find_trace(picture, network)
    model: Any = _networks.load(release.reference)
    return {
        "network": release.reference,
        "key": key,
        "size": list(trace.x.shape[2:]),
        "input": write_png_url(model.preprocess.picture(trace.x.detach()[0])),
        "labels": list(model.labels),
        "layers": encoding.describe_maps(trace),
    }


def locate_receptive_field(
    picture: PictureFile, network: str, layer: str, channel: int = 0, row: int = 0, column: int = 0
) -> dict[str, Any]:
    """Explain one number of a feature map: which pixels it sees, which of them move it, and the sum that it is.

    Args:
        picture: a picture's file.
        network: a release with convolutions, like "resnet18.cifar10".
        layer: the path of a layer or of a residual block, like "layer2.0.conv1" or "layer2.0".
        channel: which map, counted from 0.
        row: row in the map, counted from 0.
        column: column in the map, counted from 0.

    Returns:
        `value`: what the map holds there, `map`: base64 of all its numbers, rows × columns of little-endian float32,
        and the layer's `shape` [channels, rows, columns].
        `theoretical`: the receptive field by arithmetic. `size` [rows, columns] counts padding; `rows` and `columns`
        are the first and the last pixel that lie in the picture, `unclipped_rows` and `unclipped_columns` all of it.
        `effective`: |∂ value / ∂ input| summed over colours. `values` is base64 of rows × columns uint8, strongest 255.
        `arithmetic`: by `kind`. For `products`, `patch` and `kernel` are base64 of little-endian float32 of `shape`
        [input channels, rows, columns]; `sums` adds their products up per input channel, `strongest` lists three of
        these in full, and all `count` products and the `bias` make `total`. `window`, `terms`, `norm` and
        `activation` are for the other layers.
        `then`: what batch norm and activation make of the value next.
    """
    from apps._networks import encoding
    from apps.feature_maps import sums

    trace, release, key = _networks.find_trace(picture, network)
    known = find_layer(trace, release, layer)
    place = read_whole_number("channel", channel), read_whole_number("row", row), read_whole_number("column", column)
    for name, index, count in zip(("channel", "row", "column"), place, known.shape, strict=True):
        if not 0 <= index < count:
            raise BadInput(f"{layer} has no {name} {index}: choose one from 0 to {count - 1}.")
    channel, row, column = place
    values = trace.value(known.node).detach().reshape(known.shape)
    return {
        "key": key,
        "layer": layer,
        "kind": known.kind,
        "shape": list(known.shape),
        "channel": channel,
        "row": row,
        "column": column,
        "value": float(values[place]),
        "map": encoding.encode_exactly(values[channel].numpy()),
        "theoretical": {
            "size": [known.rows.size, known.columns.size],
            "rows": list(known.rows.seen[row]),
            "columns": list(known.columns.seen[column]),
            "unclipped_rows": list(known.rows.span(row)),
            "unclipped_columns": list(known.columns.span(column)),
        },
        "effective": sums.compute_effective_field(trace, known, *place),
        "arithmetic": sums.explain_unit(trace, known, *place),
        "then": sums.follow_unit(trace, known, *place),
    }


def describe_filters(network: str, layer: str, channel: int = 0) -> dict[str, Any]:
    """The kernels of a layer's filters, those around one output channel where not all fit.

    Args:
        network: a release with convolutions, like "resnet18.cifar10".
        layer: the path of a convolution or a linear layer, like "layer2.0.conv1".
        channel: an output channel, counted from 0.

    Returns:
        `shape` [output channels, input channels, rows, columns] of them all; `kernels` is base64 of int8, value =
        code · `scale` / 127, for the `count` output channels from `first` on.
    """
    from torch import nn

    from apps._networks import encoding

    release = _networks.describe_cnn(network)
    modules = dict(_networks.load(release.reference).named_modules())
    module = modules.get(str(layer))
    if not isinstance(module, nn.Conv2d | nn.Linear):
        filtered = [name for name, part in modules.items() if isinstance(part, nn.Conv2d | nn.Linear)]
        raise BadInput(f"{release.name} has no filters called {layer!r}{suggest(layer, filtered)}")
    weight = module.weight.detach()
    weight = weight if weight.ndim == 4 else weight[:, :, None, None]  # O×C -> O×C×1×1
    channel = read_whole_number("channel", channel)
    if not 0 <= channel < len(weight):
        raise BadInput(f"{layer} has no channel {channel}: choose one from 0 to {len(weight) - 1}.")
    return {"network": release.reference, "layer": layer} | encoding.describe_kernels(weight.numpy(), channel)


def find_exciting_pictures(
    network: str, layer: str, channel: int = 0, picture: PictureFile | None = None
) -> dict[str, Any]:
    """Find the nine pictures that excite a channel most: among generated ones, crops of photographs, and your own.

    Args:
        network: a release with convolutions, like "resnet18.cifar10".
        layer: the path of a convolution, a pooling, a residual block or a linear layer, like "layer2.0.conv1".
        channel: which map, counted from 0.
        picture: a picture's file that competes with ours and is kept nowhere, or nothing.

    Returns:
        `nine`: from the strongest on, each with its `value`, the map's `row` and `column` where it stands, the first
        and last of the picture's `rows` and `columns` that this unit sees, `number`, `title`, `picture`, a PNG as a
        data URL, and `own`: whether it is yours. `total`: how many pictures of ours competed.
    """
    from apps.feature_maps import exciting

    own = [picture] if picture else []
    return exciting.find_pictures(_networks.describe_cnn(network), layer, read_whole_number("channel", channel), own)


EXHIBIT = Exhibit(
    __name__,
    title="Feature maps",
    claim="Every number in a feature map is a small sum",
    lead="**Choose a pixel**: you see what it looks at, and the sum that it is. "
    f"**Drag along the layers**: its {explain('receptive field')} grows.",
    order=22,
    days=("w2d1", "w2d3", "w2d6", "w2d7"),
    functions=(
        compute_feature_maps,
        locate_receptive_field,
        describe_filters,
        find_exciting_pictures,
    ),
    fetching=(compute_feature_maps, locate_receptive_field, describe_filters, find_exciting_pictures),
    shown=("sums.explain_unit", "sums.compute_effective_field"),
)
