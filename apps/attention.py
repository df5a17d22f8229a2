"""Attention: where every head of a vision transformer looks, and what becomes of the answer without it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import gradio as gr
from gradio.utils import is_in_or_equal

from apps import _networks, _traces
from apps._exhibit import Exhibit, endpoint, listen
from apps._inputs import BadInput
from apps._network_menu import network_menu
from apps._picture import Picture
from apps.widgets.attention_lab import AttentionLab
from zoo import upstream
from zoo.examples import example_pictures


def compute_attention(picture: str, network: str) -> dict[str, Any]:
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
    from apps import _attention

    seen = _attention.subject(picture, network)
    looked = _attention.look(seen.model, seen.x)
    (blocks, heads), (_, _, height, width) = seen.shape, seen.x.shape
    return {
        "network": seen.network.reference,
        "key": seen.key,
        "size": [height, width],
        "input": seen.picture,
        "grid": [height // seen.patch, width // seen.patch],
        "blocks": blocks,
        "heads": heads,
        "answers": _attention.compare(seen.model.labels, looked.scores, looked.scores),
        "worth": _attention.worth(seen.network),
        **_attention.encode(looked),
    }


def silence_heads(picture: str, network: str, heads: list[str]) -> dict[str, Any]:
    """Switch attention heads off and compare the answers: a silent head adds nothing to what its block passes on.

    Args:
        picture: a picture's file.
        network: a release with attention, like "vit.cifar10".
        heads: which ones, as "block.head" counted from 0, like ["0.3", "7.1"]; a whole block is all of its heads.

    Returns:
        `answers`: the five most probable labels before and after, in falling order after, each with both
        probabilities. `heads`: those that were silent.
    """
    from apps import _attention

    seen = _attention.subject(picture, network)
    names, keep = _attention.silenced(heads, seen.shape)
    after = _attention.answer(seen.model, seen.x, keep)
    return {
        "network": seen.network.reference,
        "key": seen.key,
        "heads": names,
        "answers": _attention.compare(seen.model.labels, seen.scores, after),
    }


def disturb_patches(picture: str, network: str, shuffle: bool, positions: bool) -> dict[str, Any]:
    """Put the patches in another order, or do not tell the network where each stands, and compare the answers.

    Args:
        picture: a picture's file.
        network: a release with attention, like "vit.cifar10".
        shuffle: whether the patches change places, always to the same random order.
        positions: whether each patch is told its position, as the network was trained.

    Returns:
        `answers`: the five most probable labels before and after, in falling order after, each with both
        probabilities. `input`: what the network saw, a PNG as a data URL.
    """
    from apps import _attention, _maps

    for name, value in (("shuffle", shuffle), ("positions", positions)):
        if not isinstance(value, bool):
            raise BadInput(f"{name} is true or false, not {str(value)[:40]!r}.")
    seen = _attention.subject(picture, network)
    x = _attention.shuffle(seen.x, seen.patch) if shuffle else seen.x
    after = _attention.answer(seen.model, x, positions=positions)
    return {
        "network": seen.network.reference,
        "key": seen.key,
        "shuffle": shuffle,
        "positions": positions,
        "input": _maps.picture_url(seen.model.preprocess.picture(x[0])),
        "answers": _attention.compare(seen.model.labels, seen.scores, after),
    }


# ---------------------------------------------------------------------------------------------------- layout

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
        # As in `apps._picture`: a path counts as an upload only where uploads are.
        if not is_in_or_equal(file, upload.GRADIO_CACHE):
            raise BadInput("The uploaded file cannot be found: upload the picture again.")
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
    photos = [(title, name) for title, name in _traces.examples() if name in example_pictures()]
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


UNDERSTAND = r"""
**One head.** Every token (a patch, or the class token that gathers what the classifier reads) asks with a query $q_i$
and offers a key $k_j$ and a value $v_j$, each a linear map of what the token holds. How well they match is one number,
and softmax makes a row of them into shares of one whole:

$$w_{ij} = \frac{e^{q_i \cdot k_j / \sqrt{d}}}{\sum_l e^{q_i \cdot k_l / \sqrt{d}}}, \qquad y_i = \sum_j w_{ij} v_j$$

The large map is one row of $w$, *where it looks*, or one column, *who looks at it*. A row adds up to 1, a column does
not: some patches are looked at by everybody and some by nobody. One patch's even share is $1/T$ for $T$ tokens.

**Mean and rollout.** The last two columns of the small maps are the mean of a block's heads, and the
*rollout* from the picture up to this block ([Abnar and Zuidema, 2020](https://arxiv.org/abs/2005.00928)): of the
heads' mean and the shortcut around them half each, multiplied block by block. It says how much of each patch can
have reached a token; values and MLPs, which can cancel or double it, are left out.

**A map is not a reason.** A head may look hard at a patch whose value it then hardly uses. What a head is *for* shows
when it is gone: the numbers on the switches are the accuracy on the full test set without it, measured once when the
network was released. One silent head seldom matters, because its neighbours learnt to do without it.

**Order (Friday's question).** Attention is a sum over tokens, so it does not know their order: shuffle the patches, and
the class token sees the same set. All knowledge of *where* comes from the positions that are added at the beginning.
Take them away, and shuffling changes nothing at all; leave them, and a shuffled picture is another picture.

**Precision.** A weight is sent as its logarithm in two bytes, off by 0.025 % of itself at most; of ViT-B/16, which has
5.6 million weights, in one byte, off by 2.5 %, 7.5 MB in all.
"""

EXHIBIT = Exhibit(
    title="Attention",
    claim="Every patch decides for itself where to look",
    lead="**Click a patch** to see where each head looks from there, then **switch heads off** and see which of them "
    "the answer needed.",
    order=30,
    days=("w5d1", "w5d2", "w5d3", "w5d5", "w5d7"),
    layout=layout,
    example=example,
    functions=(compute_attention, silence_heads, disturb_patches),
    understand=UNDERSTAND,
)


if __name__ == "__main__":
    from apps import _frame

    _frame.launch(_frame.build({"attention": EXHIBIT}))
