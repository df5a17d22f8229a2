"""Feature maps: every layer of a network on one picture, and the small sum behind each of their numbers."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.utils import is_in_or_equal

from apps import _classics, _networks, _traces
from apps._classics import draw_network
from apps._exhibit import Exhibit, endpoint, listen
from apps._inputs import BadInput
from apps._network_menu import network_menu
from apps._picture import Picture
from apps.widgets.convolution_calculator import ConvolutionCalculator
from apps.widgets.exciting_pictures import ExcitingPictures
from apps.widgets.feature_maps import FeatureMaps
from apps.widgets.pooling_kinds import PoolingKinds
from apps.widgets.shortcut_switch import ShortcutSwitch
from apps.widgets.unit_sum import UnitSum
from zoo import Release, upstream

if TYPE_CHECKING:
    from apps._networks import Network
    from apps._tracing import Layer, Trace


def compute_feature_maps(picture: str, network: str) -> dict[str, Any]:
    """Run a convolutional network on a picture and return every layer's maps.

    Args:
        picture: a picture's file.
        network: a release with convolutions, like "resnet18.cifar10" or "lenet.mnist@v1", or one of torchvision's,
            like "resnet50.imagenet", which is fetched first where it is not here.

    Returns:
        `input`: what the network saw, a PNG as a data URL, and `size`, its [rows, columns].
        `layers`: a list in the order of computing; each has `name`, `kind`, `shape` [channels, rows, columns], its
        `window`, what its units see of the input (`rows` and `columns`: unit i sees `size` pixels from
        `start` + i · `jump`, of which `first`[i] to `last`[i] lie in the picture), and `maps`: base64 of the
        first `sent` channels, int8 with value = code · `scale` / 127 where `signed`, else uint8 with / 255. Of the
        codes ±127, or 255, in their order, `beyond` has a byte b each: |value| = `scale` · 2^(b / 40).
    """
    from apps import _maps

    trace, release, key = _traces.trace(picture, network)
    model: Any = _networks.load(release.reference)
    return {
        "network": release.reference,
        "key": key,
        "size": list(trace.x.shape[2:]),
        "input": _maps.picture_url(model.preprocess.picture(trace.x.detach()[0])),
        "labels": list(model.labels),
        "layers": _maps.describe_maps(trace),
    }


def locate_receptive_field(
    picture: str, network: str, layer: str, channel: int, row: int, column: int
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
        `value`: what the map holds, and the layer's `shape` [channels, rows, columns].
        `theoretical`: the receptive field by arithmetic. `size` [rows, columns] counts padding; `rows` and `columns`
        are the first and the last pixel that lie in the picture, `unclipped_rows` and `unclipped_columns` all of it.
        `effective`: |∂ value / ∂ input| summed over colours. `values` is base64 of rows × columns uint8, strongest 255.
        `arithmetic`: by `kind`. For `products`, `patch` and `kernel` are base64 of little-endian float32 of `shape`
        [input channels, rows, columns]; `sums` adds their products up per input channel, `strongest` lists three of
        these in full, and all `count` products and the `bias` make `total`. `window`, `terms`, `norm` and
        `activation` are for the other layers.
        `then`: what batch norm and activation make of the value next.
    """
    from apps import _sums

    trace, release, key = _traces.trace(picture, network)
    known = _layer(trace, release, layer)
    place = _whole("channel", channel), _whole("row", row), _whole("column", column)
    for name, index, count in zip(("channel", "row", "column"), place, known.shape, strict=True):
        if not 0 <= index < count:
            raise BadInput(f"{layer} has no {name} {index}: choose one from 0 to {count - 1}.")
    channel, row, column = place
    return {
        "key": key,
        "layer": layer,
        "kind": known.kind,
        "shape": list(known.shape),
        "channel": channel,
        "row": row,
        "column": column,
        "value": float(trace.value(known.node).detach().reshape(known.shape)[place]),
        "theoretical": {
            "size": [known.rows.size, known.columns.size],
            "rows": list(known.rows.seen[row]),
            "columns": list(known.columns.seen[column]),
            "unclipped_rows": list(known.rows.span(row)),
            "unclipped_columns": list(known.columns.span(column)),
        },
        "effective": _sums.effective_field(trace, known, *place),
        "arithmetic": _sums.explain(trace, known, *place),
        "then": _sums.follow(trace, known, *place),
    }


def describe_filters(network: str, layer: str, channel: int) -> dict[str, Any]:
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

    from apps import _maps

    release = _traces.cnn(network)
    modules = dict(_networks.load(release.reference).named_modules())
    module = modules.get(str(layer))
    if not isinstance(module, nn.Conv2d | nn.Linear):
        filtered = [name for name, part in modules.items() if isinstance(part, nn.Conv2d | nn.Linear)]
        raise BadInput(f"{release.name} has no filters called {layer!r}{_near(layer, filtered)}")
    weight = module.weight.detach()
    weight = weight if weight.ndim == 4 else weight[:, :, None, None]  # O×C -> O×C×1×1
    channel = _whole("channel", channel)
    if not 0 <= channel < len(weight):
        raise BadInput(f"{layer} has no channel {channel}: choose one from 0 to {len(weight) - 1}.")
    return {"network": release.reference, "layer": layer} | _maps.describe_kernels(weight.numpy(), channel)


def switch_shortcuts(picture: str, network: str, blocks: list[str]) -> dict[str, Any]:
    """Cut the shortcuts of residual blocks, so that only what the block computed goes on, and compare the answers.

    Args:
        picture: a picture's file.
        network: a network with residual blocks, like "resnet18.cifar10".
        blocks: whose shortcuts are cut, like ["layer1.1", "layer2.0"]; an empty list cuts none.

    Returns:
        `answers`: the five most probable labels before and after, in falling order after, each with both
        probabilities (`before`, `after`) and both scores before softmax (`score_before`, `score_after`).
        `blocks`: every block in order, with its `shape` [channels, rows, columns], its `change` ‖after − before‖ /
        ‖before‖, and `before` and `after`, base64 of rows × columns uint8: the mean of |value| over the channels of
        its output, value = code · `scale` / 255. `off`: those that were cut.
    """
    from apps import _shortcuts

    trace, release, key = _traces.trace(picture, network)
    known = _shortcuts.find_blocks(trace)
    off = _shortcuts.chosen(blocks, known, release.name)
    before, _ = _shortcuts.cut(trace, known, [])
    after, values = _shortcuts.cut(trace, known, off)
    labels: Any = _networks.load(release.reference).labels
    return {
        "network": release.reference,
        "key": key,
        "off": off,
        "answers": _shortcuts.compare(labels, before[0], after[0]),
        "blocks": _shortcuts.describe(trace, known, values),
    }


def compare_poolings(picture: str, network: str, layer: str, channel: int, window: int, stride: int) -> dict[str, Any]:
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

    from apps import _pooling

    trace, release, key = _traces.trace(picture, network)
    if layer == "input":
        model: Any = _networks.load(release.reference)
        maps = torch.from_numpy(model.preprocess.picture(trace.x.detach()[0])).permute(2, 0, 1).float() / 255
    else:
        known = _layer(trace, release, layer)
        maps = trace.value(known.node).detach().reshape(known.shape)
    channel = _whole("channel", channel)
    if not 0 <= channel < len(maps):
        raise BadInput(f"{layer} has no channel {channel}: choose one from 0 to {len(maps) - 1}.")
    kinds = _pooling.compare(maps[channel : channel + 1], _whole("window", window), _whole("stride", stride))
    return {"network": release.reference, "key": key, "layer": layer, "channel": channel, "kinds": kinds}


def find_exciting_pictures(
    network: str, layer: str, channel: int, picture: str | Sequence[str] | None
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
    from apps import _exciting

    own = [picture] if isinstance(picture, str) and picture else list(picture or ())
    return _exciting.find(_traces.cnn(network), layer, _whole("channel", channel), own)


def compute_output_size(size: int, kernel: int, stride: int, padding: int, dilation: int) -> dict[str, Any]:
    """How many values a convolution or a pool gives along one axis, with the formula filled in.

    Args:
        size: input pixels.
        kernel: taps of the window.
        stride: pixels from one place of the window to the next.
        padding: pixels added at each end.
        dilation: pixels from one tap to the next.
    """
    from from_scratch.convolution import output_size

    names = ("input size", "kernel", "stride", "padding", "dilation")
    n, k, s, p, d = map(_whole, names, (size, kernel, stride, padding, dilation))
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


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, float) and value.is_integer())):
        raise BadInput(f"The {name} must be a whole number, not {value!r}.")
    return int(value)


def _near(name: object, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(str(name), list(known), n=1, cutoff=0.0)
    return f"; did you mean {close[0]!r}?" if close else "."


def _layer(trace: Trace, release: Network, name: str) -> Layer:
    if not isinstance(name, str) or name not in trace.layers:
        raise BadInput(f"{release.name} has no layer {name!r}{_near(name, trace.layers)}")
    return trace.layers[name]


# ---------------------------------------------------------------------------------------------------- layout

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
    return [*filled, _classics.lay_out()]


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
        release = _traces.cnn(network)
        if example != _UPLOADED and not _traces.suits(example, release):
            example = _default(release)
        return example, *_show(network, example, uploaded)

    def upload_picture(network: str, file: str, uploads: list[str]) -> Sequence[Any]:
        from apps import _exciting

        # As in `apps._picture`: a path counts as an upload only where uploads are.
        if not is_in_or_equal(file, upload.GRADIO_CACHE):
            raise BadInput("The uploaded file cannot be found: upload the picture again.")
        shown = _show(network, _UPLOADED, file)
        return file, [*uploads, file][-_exciting.OWN :], gr.Dropdown(_menu(file), value=_UPLOADED), *shown

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
        from apps import _exciting

        network, layer, channel = (getattr(event, name, None) for name in ("network", "layer", "channel"))
        _networks.require(network)
        uploads = [file for file in uploads if Path(file).is_file()]
        # A part of the search: the page shows what it found and asks for the next one as long as anybody looks.
        known = getattr(event, "known", None)
        return _exciting.find(
            _traces.cnn(network),  # type: ignore[arg-type]
            layer,
            _whole("channel", channel),
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
    photos = [release for release in networks if _traces.kind(release) == "photo"]
    return (photos or networks)[0]


def _default(release: Network) -> str:
    names = [name for _, name in _traces.examples() if _traces.suits(name, release)]
    return "7" if "7" in names else names[0]


def _menu(uploaded: str | None) -> list[tuple[str, str]]:
    return [*([("your picture", _UPLOADED)] if uploaded else []), *_traces.examples()]


def _source(example: str, uploaded: str | None) -> str:
    return uploaded or "" if example == _UPLOADED else example


def _show(network: str, example: str, uploaded: str | None) -> Sequence[dict[str, Any]]:
    _networks.require(network)
    picture = _source(example, uploaded)
    maps = compute_feature_maps(picture, network)
    return {"maps": maps, "picture": example}, {"picture": example} | _shortcuts_of(picture, network, [])


def _shortcuts_of(picture: str, network: str, blocks: list[str]) -> dict[str, Any]:
    from apps import _shortcuts

    residual = _shortcuts.find_blocks(_traces.trace(picture, network)[0])
    return {"switched": switch_shortcuts(picture, network, blocks) if residual else None}


def example() -> Sequence[Any]:
    """The first convolution on the picture that the menus show: its liveliest map, explained at its strongest value."""
    networks = _networks.cnns()
    return [*(_example(_opening(networks).reference) if networks else []), _classics.opening()]


@functools.lru_cache(maxsize=2)
def _example(network: str) -> Sequence[Any]:
    release = _traces.cnn(network)
    trace, _, _ = _traces.trace(_default(release), network)
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


UNDERSTAND = r"""
**One number.** A convolution lays a kernel $w$ over a patch of every input channel, multiplies, adds all products and
a bias:

$$y_{o,i,j} = b_o + \sum_{c}\sum_{u=0}^{k-1}\sum_{v=0}^{k-1} w_{o,c,u,v}\; x_{c,\; i s - p + u d,\; j s - p + v d}$$

with stride $s$, padding $p$ and dilation $d$; outside the picture $x$ is zero. The list above is this sum, channel by
channel. The two totals differ in the last digits because the network adds in 32-bit floats and in another order. A
linear layer on a flattened map is the same sum with a kernel as large as the map.

**Output size (Monday's question).** Padding lengthens the line to $n + 2p$, dilation stretches the kernel to
$d(k-1)+1$, and the stride visits every $s$-th of the places that are left:

$$n_\text{out} = \left\lfloor \frac{n + 2p - d(k-1) - 1}{s} \right\rfloor + 1$$

**Why global pooling? (Tuesday's question)** One mean per channel turns a map of any size into one vector: no weights,
no fixed input size, and an answer that hardly cares where in the picture the evidence was. Click a value of
`avgpool`: every cell of its map has a say, and an equal one.

**Receptive field (Wednesday's question).** Walk from the picture to the unit and keep two numbers, the jump $j$
between neighbours and the size $r$ of what one of them sees:

$$r_l = r_{l-1} + d_l (k_l - 1)\, j_{l-1}, \qquad j_l = j_{l-1}\, s_l, \qquad r_0 = j_0 = 1$$

Where paths join, as around a residual block, the longer one counts. This *theoretical* field is what can matter; it
says nothing about how much. The *effective* field is measured: $\lvert \partial y / \partial x \rvert$ at every pixel
of this picture, summed over colours. Pixels in the middle are reached by far more paths than those at the rim, so it
is smaller, and roughly a bell ([Luo et al., 2016](https://arxiv.org/abs/1701.04128)). Behind a ReLU that is shut it
is empty: no pixel moves that value at all.

**Which pooling? (Tuesday)** A maximum keeps the strongest answer of a window and forgets where it was; a mean keeps
what is common and dilutes what is rare; the $p$-norm $(\sum \lvert x \rvert^p)^{1/p}$ lies between. A stride of two
alone looks at one pixel in four and is blind to the rest, so what it gives jumps when the picture moves. How far the
result moves is $\lVert P(Sx) - P(x) \rVert \,/\, \lVert P(x) \rVert$, where $S$ moves the map by one column. No kind
is invariant; wide windows with small strides come nearest ([Zhang, 2019](https://arxiv.org/abs/1904.11486)). The
section computes with the bytes that were sent; the API's `compare_poolings` with the numbers themselves.

**Shortcuts (Friday's question).** A residual block gives $\mathrm{ReLU}(x + F(x))$, and with its shortcut off
$\mathrm{ReLU}(F(x))$. The later blocks then read what they never saw in training. So this shows what a *trained*
network rests on, and not what a network would do that was trained without shortcuts. Whether an answer survives
depends on how much of the sum the shortcut was, and on what the blocks behind it can make of the rest.

**What excites it?** For each channel the strongest value over all places of some two hundred pictures: gratings, edges,
checkerboards, rings, dots, discs, colours, drawn digits, and crops of four photographs that scikit-image carries. They
are generated or come with a package; the training set is not here. So it says what *these* do to the channel, and a
channel may love something that is not among them. Your uploads compete for you alone and are kept in no table.

**Colours.** One scale per layer: blue is negative, red positive, paper zero; where no value is negative, from dark
violet to yellow. The strongest colour stands for the 98.5 % quantile of $\lvert y \rvert$; what you scrub through has
one byte per value, and a second where it is stronger than that; what you click is exact.

**Large networks.** torchvision's see pictures of 224 × 224 pixels, and all their maps together would be tens of
megabytes. So about one is sent: of each layer the first channels, eight at least; a click reaches the numbers of
those, and the API those of all others. A network that weighs its channels by their means, as
MobileNet V3 and EfficientNet do from their first blocks on, sees the whole picture from there: the theoretical field
says so, the effective one shows how little it matters. A vision transformer has no maps after its first layer; it
stands in *Classify*.
"""

EXHIBIT = Exhibit(
    title="Feature maps",
    claim="Every number in a feature map is a small sum",
    lead="**Click a pixel of any map** to see what it looks at, and the products that add up to it. "
    "**Drag along the layers**, and its view grows.",
    order=20,
    days=("w2d1", "w2d2", "w2d3", "w2d4", "w2d5", "w2d7"),
    layout=layout,
    example=example,
    functions=(
        compute_feature_maps,
        locate_receptive_field,
        describe_filters,
        switch_shortcuts,
        compare_poolings,
        find_exciting_pictures,
        compute_output_size,
        draw_network,
    ),
    understand=UNDERSTAND,
)


if __name__ == "__main__":
    from apps import _frame

    _frame.launch(_frame.build({"feature-maps": EXHIBIT}))
