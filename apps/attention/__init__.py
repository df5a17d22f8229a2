"""Attention: where every head of a vision transformer looks, and what becomes of the answer without it."""

from __future__ import annotations

from typing import Any

from apps._gallery.exhibit import Exhibit
from apps._gallery.glossary import explain
from apps._inputs import BadInput
from apps._inputs.upload import PictureFile


def compute_attention(picture: PictureFile, network: str) -> dict[str, Any]:
    """Run a vision transformer on a picture and return where every head of every block looks.

    Args:
        picture: a picture's file.
        network: a release with attention, like "vit.cifar10", or torchvision's "vit_b_16.imagenet", which is fetched
            first where it is not here.

    Returns:
        `weights`: base64 of blocks × heads × tokens × tokens whole numbers of `bytes` bytes, little-endian; weight =
        exp(−number · `step`), row i says where token i looks. Token 0 is the class token, then the patches row by row
        (`grid` [rows, columns]). `normalisers`, base64 of float32, blocks × heads × tokens: q·k/√d = normaliser −
        number · `step`, where d is `dimensions`.
        `input`: what the network saw, a PNG as a data URL, and `size`, its [rows, columns].
        `answers`: the five most probable labels. `worth`: the accuracy on the full test set, `whole` and without each
        of the `heads` and `blocks`, where it was measured.
    """
    from apps import _networks
    from apps._networks.answers import compare_answers
    from apps._networks.subject import find_subject
    from apps.attention.heads import read_worth
    from apps.attention.passes import count_heads, find_patch_side, run_attention
    from apps.attention.weights import encode_weights

    seen = find_subject(picture, _networks.describe_transformer(network))
    attention = run_attention(seen.model, seen.x)
    (blocks, heads), (_, _, height, width) = count_heads(seen.model), seen.x.shape
    side = find_patch_side(seen.model)
    return {
        "network": seen.network.reference,
        "key": seen.key,
        "size": [height, width],
        "input": seen.picture,
        "grid": [height // side, width // side],
        "blocks": blocks,
        "heads": heads,
        "answers": compare_answers(seen.model.labels, attention.scores, attention.scores),
        "worth": read_worth(seen.network),
        **encode_weights(attention),
    }


def silence_heads(picture: PictureFile, network: str, heads: list[str]) -> dict[str, Any]:
    """Switch attention heads off and compare the answers: a silent head adds nothing to what its block passes on.

    Args:
        picture: a picture's file.
        network: a release with attention, like "vit.cifar10".
        heads: which ones, as "block.head" counted from 0, like ["0.3", "7.1"]; a whole block is all of its heads.

    Returns:
        `answers`: the five most probable labels before and after, in falling order after, each with both
        probabilities and scores. `heads`: those that were silent.
    """
    from apps import _networks
    from apps._networks.answers import compare_answers
    from apps._networks.subject import find_subject
    from apps.attention.heads import read_heads
    from apps.attention.passes import count_heads, run_disturbed

    seen = find_subject(picture, _networks.describe_transformer(network))
    names, keep = read_heads(heads, count_heads(seen.model))
    after = run_disturbed(seen.model, seen.x, keep)
    return {
        "network": seen.network.reference,
        "key": seen.key,
        "heads": names,
        "answers": compare_answers(seen.model.labels, seen.scores, after),
    }


def disturb_patches(
    picture: PictureFile, network: str, shuffle: bool = False, positions: bool = True
) -> dict[str, Any]:
    """Put the patches in another order, or do not tell the network where each stands, and compare the answers.

    Args:
        picture: a picture's file.
        network: a release with attention, like "vit.cifar10".
        shuffle: whether the patches change places, always to the same random order.
        positions: whether each patch is told its position, as the network was trained.

    Returns:
        `answers`: the five most probable labels before and after, in falling order after, each with both
        probabilities and scores. `input`: what the network saw, a PNG as a data URL.
    """
    from apps import _networks
    from apps._inputs.urls import write_png_url
    from apps._networks.answers import compare_answers
    from apps._networks.subject import find_subject
    from apps.attention.passes import find_patch_side, run_disturbed, shuffle_patches

    for name, value in (("shuffle", shuffle), ("positions", positions)):
        if not isinstance(value, bool):
            raise BadInput(f"{name} is true or false, not {str(value)[:40]!r}.")
    seen = find_subject(picture, _networks.describe_transformer(network))
    x = shuffle_patches(seen.x, find_patch_side(seen.model)) if shuffle else seen.x
    after = run_disturbed(seen.model, x, positions=positions)
    return {
        "network": seen.network.reference,
        "key": seen.key,
        "shuffle": shuffle,
        "positions": positions,
        "input": write_png_url(seen.model.preprocess.picture(x[0])),
        "answers": compare_answers(seen.model.labels, seen.scores, after),
    }


EXHIBIT = Exhibit(
    __name__,
    title="Attention",
    claim="Every patch decides for itself where to look",
    lead=f"**Point at a {explain('patch')}, or tap it**: each small map shows where one {explain('head')} looks from "
    "there; pressed, it stays. Below, **switch heads off** and **shuffle the patches**.",
    order=30,
    days=("w5d1", "w5d2", "w5d3", "w5d5", "w5d7"),
    functions=(compute_attention, silence_heads, disturb_patches),
    fetching=(compute_attention, silence_heads, disturb_patches),
    shown=("passes.run_attention", "passes.run_disturbed", "passes.shuffle_patches", "weights.encode_weights"),
)
