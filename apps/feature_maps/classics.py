"""The classic networks, layer by layer: what each layer does, costs and sees, from shapes alone.

A network is built on the meta device, where tensors have a shape and no numbers, and read as a graph by
`apps._tracing`; no weight is allocated and no picture runs through it.
"""

from __future__ import annotations

import difflib
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import gradio as gr

import zoo
from apps import _networks
from apps._gallery.exhibit import endpoint, listen
from apps._inputs import BadInput
from apps.feature_maps.parts import NetworkDrawing

if TYPE_CHECKING:
    from torch import fx

    from apps._networks.fields import Axis
    from apps._networks.tracing import Trace
    from from_scratch.convolution import Window

LARGEST = 1024
"""Pixels of a side; a larger picture would only make the same drawing taller."""


class Classic(NamedTuple):
    """A network of the books.

    Attributes:
        title: what its authors call it.
        year: of the paper's first version.
        paper: its address.
        sides: pixels of the picture's side: the usual, the least and the most that it takes.
        channels: of the picture.
        note: how what is drawn differs from the paper's.
    """

    title: str
    year: int
    paper: str
    sides: tuple[int, int, int]
    channels: int = 3
    note: str = ""


CLASSICS = {
    "lenet": Classic(
        "LeNet-5", 1998, "http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf", (28, 28, 31), 1,
        "with ReLU and max pooling, as it is built today",
    ),
    "alexnet": Classic(
        "AlexNet", 2012,
        "https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks",
        (224, 63, LARGEST), note="in one tower, as torchvision has it",
    ),
    "vgg16": Classic("VGG-16", 2014, "https://arxiv.org/abs/1409.1556", (224, 32, LARGEST)),
    "resnet18": Classic("ResNet-18", 2015, "https://arxiv.org/abs/1512.03385", (224, 1, LARGEST)),
    "resnet50": Classic(
        "ResNet-50", 2015, "https://arxiv.org/abs/1512.03385", (224, 1, LARGEST),
        note="its strides on the 3×3, as torchvision has it",
    ),
    "densenet121": Classic("DenseNet-121", 2016, "https://arxiv.org/abs/1608.06993", (224, 29, LARGEST)),
    "efficientnet_b0": Classic("EfficientNet-B0", 2019, "https://arxiv.org/abs/1905.11946", (224, 1, LARGEST)),
}  # fmt: skip
OPENING = ("resnet50", "vgg16")


@dataclass
class _Row:
    """One column of the drawing: a layer with whatever follows it value by value, or a place where paths meet."""

    name: str
    kind: str
    what: str
    reads: list[int]
    shape: tuple[int, int, int]
    local: Axis
    window: str = ""
    first: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    parameters: int = 0
    norm_parameters: int = 0
    macs: int = 0
    weighted: bool = False
    adaptive: bool = False
    aside: bool = False
    sees: int = 1


def draw_network(architecture: str, size: int) -> dict[str, Any]:
    """Draw a classic network layer by layer: shapes, parameters, multiply-adds and receptive fields, from shapes alone.

    Args:
        architecture: "lenet", "alexnet", "vgg16", "resnet18", "resnet50", "densenet121", "efficientnet_b0", or one of
            our own releases with convolutions, like "resnet18.cifar10".
        size: pixels of the picture's side, like 224; what a network takes is bounded, and LeNet takes 28 to 31.

    Returns:
        `parameters`, `macs` (multiply-adds for one picture), `weighted` (layers with weights), and `field`: pixels of
        the side of what a value of the last map sees by its windows. `layers`, in the order of computing, the picture
        first: each has its `name`, `kind`, `what` it does, `window`, what happens value by value `first` and `then`,
        which layers it `reads`, its `shape` [channels, rows, columns], `parameters` (of them `norm_parameters` of batch
        norm), `macs`, and what a value sees along a side, padding included: `sees` in all, `field` by windows alone,
        which differs behind a gate that weighs channels by their means; `aside` marks the layers that make such a gate.
        `facts`: two sentences computed from this.
    """
    known = _known(architecture)
    side = _side(known, size)
    return _drawn(known, side)


@dataclass(frozen=True)
class _Known:
    name: str
    title: str
    year: int
    paper: str
    usual: int
    least: int
    most: int
    channels: int
    note: str
    architecture: str
    arguments: tuple[tuple[str, Any], ...] = ()


def _known(name: object) -> _Known:
    if isinstance(name, str) and name in CLASSICS:
        classic = CLASSICS[name]
        return _Known(
            name, classic.title, classic.year, classic.paper, *classic.sides, classic.channels, classic.note, name
        )
    releases = {release.name: release for release in _networks.cnns()}
    plain = name.partition("@")[0] if isinstance(name, str) else ""
    if plain not in releases:
        [close] = difflib.get_close_matches(str(name), [*CLASSICS, *releases], n=1, cutoff=0.0)
        raise BadInput(f"There is no drawing of {name!r}; did you mean {close!r}?")
    release = releases[plain]
    channels, side, _ = release.config["input_shape"]
    family = CLASSICS.get(release.architecture)
    least, most = family.sides[1:] if family else (side, side)
    arguments = tuple(release.config["arguments"].items())
    return _Known(
        release.name, release.name, int(release.created[:4]), family.paper if family else "", side, least, most,
        channels, f"{release.architecture} as released here", release.architecture, arguments,
    )  # fmt: skip


def _side(known: _Known, size: object) -> int:
    if isinstance(size, bool) or not isinstance(size, int | float) or size != size // 1:
        raise BadInput(f"The side must be a whole number of pixels, not {size!r}.")
    if not known.least <= size <= known.most:
        reach = f"{known.least} to {known.most} px" if known.most > known.least else f"{known.least} px"
        raise BadInput(f"{known.title} is drawn for pictures with a side of {reach}, not {size:.0f}.")
    return int(size)


# ---------------------------------------------------------------------------------------------------- reading


@functools.lru_cache(maxsize=48)
def _drawn(known: _Known, side: int) -> dict[str, Any]:
    import torch

    from apps._networks.tracing import record

    with torch.device("meta"):
        model = zoo.create(known.architecture, **dict(known.arguments)).eval().requires_grad_(False)
        picture = torch.empty(known.channels, side, side)
    try:
        with _networks.TURN:  # reading a network as a graph is for one thread at a time
            trace = record(model, picture)
        rows = _rows(trace)
    except ValueError as error:
        raise BadInput(f"{known.title} cannot be drawn layer by layer: {error}") from error
    return {
        "architecture": known.name,
        "title": known.title,
        "year": known.year,
        "paper": known.paper,
        "note": known.note,
        "size": side,
        "parameters": sum(row.parameters for row in rows),
        "macs": sum(row.macs for row in rows),
        "weighted": sum(row.weighted for row in rows),
        "field": _last_map(rows).local.size,
        "facts": _facts(rows),
        "layers": [_described(row) for row in rows],
    }


def _described(row: _Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.kind,
        "what": row.what,
        "window": row.window,
        "first": list(row.first),
        "then": list(row.then),
        "aside": row.aside,
        "reads": row.reads,
        "shape": list(row.shape),
        "parameters": row.parameters,
        "norm_parameters": row.norm_parameters,
        "macs": row.macs,
        "sees": row.sees,
        "field": row.local.size,
    }


def _rows(trace: Trace) -> list[_Row]:
    """The graph's nodes, those that work value by value folded into the layer whose values they take."""
    from apps._networks.fields import of_input
    from apps._networks.tracing import tensor_inputs

    rows: list[_Row] = []
    row_of: dict[str, int] = {}
    waiting: dict[str, list[fx.Node]] = {}  # steps on values that others read as they were: part of what comes next
    for node in next(iter(trace.layers.values())).node.graph.nodes:
        if node.name not in trace.fields or node.op == "output":
            continue
        if node.op == "placeholder":
            shape = _shape(trace, node)
            rows.append(_Row("input", "input", "the picture", [], shape, of_input(shape[1])))
            row_of[node.name] = 0
            continue
        reads = [row_of[n.name] for n in tensor_inputs(trace, node) if n.name in row_of]
        made = _layer(trace, node, rows, reads)
        if made is None:
            [before] = [n for n in tensor_inputs(trace, node) if n.name in row_of]
            word = _word(trace, node)
            row_of[node.name] = reads[0]
            if before.name in waiting or len(before.users) > 1:
                waiting[node.name] = [*waiting.get(before.name, []), node]
            else:
                row = rows[reads[0]]
                row.then = (*row.then, word) if word else row.then
                _count(trace, node, row)
            continue
        for before in tensor_inputs(trace, node):
            for step in waiting.get(before.name, []):
                made.first = (*made.first, word) if (word := _word(trace, step)) else made.first
                _count(trace, step, made)
        _count(trace, node, made)
        made.sees = trace.fields[node.name][0].size
        rows.append(made)
        row_of[node.name] = len(rows) - 1
    return rows


def _count(trace: Trace, node: fx.Node, row: _Row) -> None:
    """Book a node's parameters to the row that it belongs to."""
    from torch import nn

    module = trace.module(node)
    if module is not None:
        count = sum(p.numel() for p in module.parameters())
        row.parameters += count
        row.norm_parameters += count if isinstance(module, nn.BatchNorm2d) else 0


def _layer(trace: Trace, node: fx.Node, rows: list[_Row], reads: list[int]) -> _Row | None:
    """A row of its own for what has a window or mixes channels, and where paths meet; None for all else."""
    from torch import nn

    from apps._networks.fields import gather, join, slide, whole
    from apps._networks.tracing import conv_windows, operation, pool_of

    value, module, pool = trace.value(node), trace.module(node), pool_of(trace, node)
    shape = _shape(trace, node)
    before = [rows[index].local for index in reads]
    path = str(node.target) if module is not None else _module_path(node)
    row = functools.partial(_Row, path, reads=reads, shape=shape)
    # The multiply-adds of a layer are its outputs times the length of the dot product behind each.
    if isinstance(module, nn.Conv2d):
        window, _ = conv_windows(module)
        depthwise = module.groups == module.in_channels > 1
        kernel = "{}×{}".format(*module.kernel_size)
        return row(
            kind="depthwise" if depthwise else "convolution",
            what=f"{kernel} depthwise convolution" if depthwise else f"{kernel} convolution",
            local=slide(before[0], window, shape[1]),
            window=_stepping(window) + (f", {module.groups} groups" if module.groups > 1 and not depthwise else ""),
            macs=value.numel() * module.weight[0].numel(),
            weighted=True,
        )
    if isinstance(module, nn.Linear):
        return row(
            kind="linear",
            what="linear layer",
            local=whole(before[0]),
            window=f"{module.in_features:,} to {module.out_features:,}",
            macs=value.numel() * module.in_features,
            weighted=True,
        )
    if pool is not None and pool.windows:
        window = pool.windows[0]
        what = f"{window.kernel}×{window.kernel} {pool.operation} pooling"
        return row(kind="pooling", what=what, local=slide(before[0], window, shape[1]), window=_stepping(window))
    if pool is not None and pool.bins:
        return row(
            kind="pooling",
            what=f"{'global' if shape[1] == 1 else 'adaptive'} {pool.operation} pooling",
            local=gather(before[0], pool.bins[0]),
            window=f"{len(before[0].seen)} × {len(before[0].seen)} to {shape[1]} × {shape[2]}",
            adaptive=True,
        )
    if len(set(reads)) < 2:
        return None
    match operation(node).strip("_"):
        case "add" | "iadd":
            return row(kind="sum", what=f"sum of {len(reads)} paths", local=join(before))
        case "cat" | "concat":
            return row(kind="concatenation", what=f"concatenation of {len(reads)} paths", local=join(before))
        case "mul" | "imul":
            gated, gate = min(reads), max(reads)  # the map is there before the gate that is made of it
            while gate > gated:
                rows[gate].aside = True
                gate = rows[gate].reads[0]
            return row(kind="gate", what="gate: every channel times its weight", local=rows[gated].local)
    raise ValueError(f"nobody has said what {operation(node)} is, where {len(reads)} paths meet.")


def _shape(trace: Trace, node: fx.Node) -> tuple[int, int, int]:
    channels, height, width = (*trace.value(node).shape[1:], 1, 1)[:3]
    return channels, height, width


def _module_path(node: fx.Node) -> str:
    """The module around a function: its block's path, or the node's own name at the top."""
    path = [str(key) for key in node.meta.get("nn_module_stack") or {}]
    return path[-1] if path and path[-1] else node.name


def _stepping(window: Window) -> str:
    text = f"{window.kernel} × {window.kernel}, stride {window.stride}"
    return f"{text}, padding {window.padding}" if window.padding else text


def _word(trace: Trace, node: fx.Node) -> str:
    """What a person calls a step that works value by value; "" for what changes nothing, like dropout or flattening."""
    from torch import nn

    from apps._networks.tracing import activation_name

    if isinstance(trace.module(node), nn.BatchNorm2d):
        return "batch norm"
    name = activation_name(trace, node)
    words = {"relu": "ReLU", "silu": "SiLU", "sigmoid": "sigmoid"}
    return words.get(name.lower(), "")


def _last_map(rows: list[_Row]) -> _Row:
    """The last row before values are averaged over the whole picture, or flattened."""
    return next(row for row in reversed(rows) if row.kind != "linear" and not row.adaptive)


# ---------------------------------------------------------------------------------------------------- in words


def _facts(rows: list[_Row]) -> list[str]:
    """Two sentences worth knowing of this network; every number is counted from its rows."""
    parameters, macs = sum(row.parameters for row in rows), sum(row.macs for row in rows)

    def share(chosen: list[_Row]) -> tuple[str, str]:
        return (
            _percent(sum(row.parameters for row in chosen), parameters),
            _percent(sum(row.macs for row in chosen), macs),
        )

    facts: list[str] = []
    linear = [row for row in rows if row.kind == "linear"]
    kept, done = share(linear)
    if sum(row.parameters for row in linear) > parameters / 2:
        facts.append(f"{kept} of the parameters sit in {len(linear)} linear layers, which do {done} of the work.")
    deep = [row for row in rows if row.kind == "depthwise"]
    if deep:
        flat = [row for row in rows if row.kind == "convolution" and row.what.startswith("1×1") and row.shape[1] > 1]
        facts.append(
            f"Its {len(deep)} depthwise convolutions hold {share(deep)[0]} of the parameters and do {share(deep)[1]} "
            f"of the work; the 1×1 convolutions between them do {share(flat)[1]}."
        )
    stacks = [row for row in rows if row.kind == "concatenation"]
    if stacks:
        longest = max(stacks, key=lambda row: len(row.reads))
        facts.append(
            f"Nothing is added: {len(stacks)} concatenations stack what came before, up to {len(longest.reads)} paths "
            f"and {longest.shape[0]:,} channels, so a layer can be narrow, often {_commonest(rows)} maps."
        )
    sums = [row for row in rows if row.kind == "sum"]
    if sums:
        facts.append(
            f"{len(sums)} shortcuts end in a sum, which has no parameters{_projected(rows, sums, parameters)}."
        )
    sides = sorted({row.shape[1] for row in rows if row.macs and row.kind != "linear"}, reverse=True)
    work = {side: [row for row in rows if row.shape[1] == side and row.kind != "linear"] for side in sides}
    busiest = max(sides, key=lambda side: sum(row.macs for row in work[side]))
    kept, done = share(work[busiest])
    facts.append(f"The busiest maps are those of {busiest} × {busiest}: {done} of the work, {kept} of the parameters.")
    return facts[:2]


def _projected(rows: list[_Row], sums: list[_Row], parameters: int) -> str:
    """The convolutions that stand on a shortcut read what another layer reads too, and a sum takes them as they are."""
    readers: dict[int, int] = {}
    for row in rows:
        for index in row.reads:
            readers[index] = readers.get(index, 0) + 1
    first = (rows[min(row.reads)] for row in sums)
    found = [row for row in first if row.kind == "convolution" and readers[row.reads[0]] > 1]
    if not found:
        return ""
    held = _percent(sum(row.parameters for row in found), parameters)
    return f"; the {len(found)} convolutions that stand on one, where the shape changes, hold {held} of all"


def _commonest(rows: list[_Row]) -> int:
    """The number of maps that most of the convolutions wider than 1×1 make."""
    counts = [row.shape[0] for row in rows if row.kind == "convolution" and not row.what.startswith("1×1")]
    return max(set(counts), key=counts.count)


def _percent(part: int, whole: int) -> str:
    share = 100 * part / whole
    return f"{share:.0f} %" if share >= 9.95 else f"{share:.1f} %"


# ---------------------------------------------------------------------------------------------------- layout


def lay_out() -> NetworkDrawing:
    """The section, wired; `opening` fills what it returns."""
    gr.Markdown(
        "### The classics, layer by layer\n\nA box for each layer: its height is the root of the maps' side, its width "
        "the root of their number. **Move along a network**, and see below it where its parameters sit, where its work "
        "is done, and how far a value sees.",
        elem_classes=["reading", "ruled"],
    )
    drawing = NetworkDrawing(elem_classes="network-drawing")

    def choose_networks(event: gr.EventData) -> dict[str, Any]:
        asked: Any = getattr(event, "networks", None)
        if not isinstance(asked, list) or not 0 < len(asked) <= 2:
            raise BadInput("Choose one or two networks.")
        return {"drawings": [draw_network(*pair) for pair in asked if isinstance(pair, list) and len(pair) == 2]}

    listen([drawing.select], choose_networks, [], [drawing], public=False)
    architecture, size = gr.Textbox(visible=False, label="network"), gr.Number(224, visible=False, label="side")
    endpoint(draw_network, [architecture, size], [gr.JSON(visible=False, label="layers")])
    return drawing


def opening() -> dict[str, Any]:
    """What the section opens on: two networks drawn, and every network's figures at its usual size."""
    names = [*CLASSICS, *_released()]
    return {
        "networks": [_summary(_known(name)) for name in names],
        "drawings": [_drawn(known, known.usual) for known in map(_known, OPENING)],
        "chosen": list(OPENING),
    }


def _summary(known: _Known) -> dict[str, Any]:
    drawn = _drawn(known, known.usual)
    figures = {name: drawn[name] for name in ("parameters", "macs", "weighted", "field")}
    gated = any(layer["kind"] == "gate" for layer in drawn["layers"])
    return figures | {
        "name": known.name,
        "title": known.title,
        "year": known.year,
        "paper": known.paper,
        "usual": known.usual,
        "least": known.least,
        "most": known.most,
        "gated": gated,
        "ours": known.name not in CLASSICS,
    }


def _released() -> list[str]:
    """Our releases that are built otherwise than the classic of their family; one that cannot be drawn is left out."""
    found = []
    for known in (_known(release.name) for release in _networks.cnns()):
        family = _known(known.architecture) if known.architecture in CLASSICS else None
        try:
            parameters = _drawn(known, known.usual)["parameters"]
        except BadInput:
            continue
        if family is None or _drawn(family, family.usual)["parameters"] != parameters:
            found.append(known.name)
    return found
