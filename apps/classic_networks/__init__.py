"""Classic networks: what each layer does, costs and sees, and what becomes of an answer when shortcuts are cut."""

from __future__ import annotations

from typing import Any

from apps import _networks
from apps._gallery.exhibit import Exhibit
from apps._gallery.glossary import explain
from apps._inputs.upload import PictureFile


def draw_network(architecture: str, size: int = 224) -> dict[str, Any]:
    """Draw a classic network layer by layer: shapes, parameters, multiply-adds and receptive fields, from shapes alone.

    Args:
        architecture: "lenet", "alexnet", "vgg16", "resnet18", "resnet50", "densenet121", "efficientnet_b0", "vit_b_16",
            or one of our own releases, like "resnet18.cifar10" or "vit.cifar10".
        size: pixels of the picture's side, like 224; what a network takes is bounded: LeNet takes 28 to 31, ViT-B/16
            nothing but 224.

    Returns:
        `parameters`, `macs` (multiply-adds for one picture), `activations` (bytes of the values of all layers for one
        picture, float32, each once, attention's maps too), `weighted` (layers with weights), and `field`: pixels of
        the side of what a value of the last map sees by its windows. `layers`, in the order of computing, the picture
        first: each has its `name`, `kind`, `what` it does, `window`, what happens value by value `first` and `then`,
        which layers it `reads`, its `shape` [channels, rows, columns], `parameters` (of them `norm_parameters` of a
        norm), `macs`, `activations`, the `tokens` of a transformer, whose shape is the grid of its patches, and what a
        value sees along a side, padding included: `sees` in all, `field` by windows alone, which differs behind a gate
        that weighs channels by their means; `aside` marks the layers that make such a gate.
        `facts`: three sentences computed from this.
    """
    from apps.classic_networks import catalogue, drawing

    network = catalogue.find_drawable(architecture)
    return drawing.draw(network, catalogue.check_side(network, size))


def switch_shortcuts(picture: PictureFile, network: str, blocks: list[str]) -> dict[str, Any]:
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
    from apps._networks.answers import compare_answers
    from apps.classic_networks import shortcuts

    trace, release, key = _networks.find_trace(picture, network)
    known = shortcuts.find_blocks(trace)
    off = shortcuts.read_blocks(blocks, known, release.name)
    before, _ = shortcuts.cut_shortcuts(trace, known, [])
    after, values = shortcuts.cut_shortcuts(trace, known, off)
    labels: Any = _networks.load(release.reference).labels
    return {
        "network": release.reference,
        "key": key,
        "off": off,
        "answers": compare_answers(labels, before[0], after[0]),
        "blocks": shortcuts.describe_blocks(trace, known, values),
    }


EXHIBIT = Exhibit(
    __name__,
    title="Classic networks",
    claim="Where the parameters sit is rarely where the work is",
    lead="A box for each layer, as high as its maps and as wide as their number (the root of both). **Move along the "
    f"network**: where its {explain('parameter', 'parameters')} sit, where its {explain('multiply-add', 'work')} is "
    "done. Below, **switch shortcuts off**.",
    order=24,
    days=("w2d4", "w2d5"),
    functions=(draw_network, switch_shortcuts),
    fetching=(switch_shortcuts,),
    shown=("reading.read_layers", "shortcuts.cut_shortcuts"),
)
