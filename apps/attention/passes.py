"""What every attention head of a vision transformer looks at, and what the network answers when some are taken away.

Ours and torchvision's are read through the same two functions, `look` and `answer`; neither leaves a hook behind or
changes a weight.
"""

from __future__ import annotations

import base64
import csv
import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torchvision.models import VisionTransformer as Torchvisions

from apps import _networks
from apps._inputs import BadInput, read_picture
from apps._networks.encoding import picture_url
from zoo import read_file, read_sums
from zoo.upstream import Upstream

if TYPE_CHECKING:
    from apps._networks import Network

FINE = 1_000_000
"""As many weights are sent with 16 bits each, beyond that with 8: ViT-B/16 has 5,588,736 of them."""


class Looked(NamedTuple):
    """One forward pass: its scores, and the queries (scaled by 1/√d) and keys of all blocks."""

    scores: Tensor  # classes
    queries: Tensor  # L×heads×T×d
    keys: Tensor  # L×heads×T×d


@dataclass(frozen=True)
class Subject:
    """A picture before a network."""

    model: Any
    network: Network
    x: Tensor  # 1×C×H×W

    @functools.cached_property
    def key(self) -> str:
        """Stands for the two."""
        return hashlib.sha256(self.x.numpy().tobytes() + self.network.digest.encode()).hexdigest()[:16]

    @functools.cached_property
    def shape(self) -> tuple[int, int]:
        """How many blocks, and heads in each."""
        if isinstance(self.model, Torchvisions):
            layers: Any = self.model.encoder.layers
            return len(layers), layers[0].num_heads
        return len(self.model.blocks), self.model.blocks[0].attn.heads

    @functools.cached_property
    def patch(self) -> int:
        """Pixels on a patch's side."""
        embedding = self.model.conv_proj if isinstance(self.model, Torchvisions) else self.model.patch_embed.proj
        return embedding.stride[0]

    @functools.cached_property
    def picture(self) -> str:
        """What the network sees, a PNG as a data URL."""
        return picture_url(self.model.preprocess.picture(self.x[0]))

    @functools.cached_property
    def scores(self) -> Tensor:
        """What the whole network answers: one number per class."""
        return answer(self.model, self.x)


def transformer(network: object) -> Network:
    """The release or upstream model of that name.

    Raises:
        BadInput: it has no attention.
        ZooError: there is none.
    """
    if not isinstance(network, str) or not network:
        raise BadInput("Choose a network first.")
    known = _networks.describe(network)
    if not _networks.attends(known):
        raise BadInput(f"{known.name} has no attention heads: choose a vision transformer.")
    return known


def subject(picture: Any, network: object) -> Subject:
    """The picture as the network sees it; the last eight of all visitors are kept, so that a click decodes nothing.

    Raises:
        BadInput: there is no picture to be had, or the network has no attention.
        ZooError: no such network, or it is damaged or cannot be fetched.
    """
    known = transformer(network)
    try:
        state = Path(picture).stat()
    except (OSError, TypeError, ValueError):  # not a file: `read_picture` knows what to say
        return _open(picture, known.reference)
    return _kept(str(picture), (state.st_mtime_ns, state.st_size), known.reference, known.digest)


@functools.lru_cache(maxsize=8)
def _kept(picture: str, state: tuple[int, int], reference: str, digest: str) -> Subject:
    return _open(picture, reference)


def _open(picture: Any, reference: str) -> Subject:
    image = read_picture(picture)
    model: Any = _networks.load(reference)
    return Subject(model, model.release, model.preprocess(image)[None])


# ---------------------------------------------------------------------------------------------------- passes


def look(model: Any, x: Tensor) -> Looked:
    """One forward pass of a picture, 1×C×H×W, that keeps every block's queries and keys."""
    with _networks.TURN, torch.inference_mode():
        if isinstance(model, Torchvisions):
            return _look_upstream(model, x)
        seen: list[Any] = []
        scores = model(x, seen=seen)[0]
        queries, keys = (torch.cat([getattr(block, name) for block in seen]) for name in ("queries", "keys"))
        return Looked(scores, queries, keys)


def _look_upstream(model: Any, x: Tensor) -> Looked:
    """torchvision's forward pass, block by block; a block asks `nn.MultiheadAttention` for no weights, so the
    projections to queries and keys are made a second time beside it: a twelfth more."""
    tokens = model.conv_proj(x).flatten(2).transpose(1, 2)  # 1×3×224×224 -> 1×196×D
    tokens = torch.cat([model.class_token, tokens], dim=1) + model.encoder.pos_embedding  # -> 1×197×D
    queries, keys = [], []
    for block in model.encoder.layers:
        attention, dim = block.self_attention, tokens.shape[-1]
        projected = torch.nn.functional.linear(
            block.ln_1(tokens), attention.in_proj_weight[: 2 * dim], attention.in_proj_bias[: 2 * dim]
        )
        q, k = projected.unflatten(-1, (2, block.num_heads, -1)).permute(2, 0, 3, 1, 4)  # each 1×heads×197×d
        queries.append(q * q.shape[-1] ** -0.5)
        keys.append(k)
        tokens = block(tokens)
    return Looked(model.heads(model.encoder.ln(tokens)[:, 0])[0], torch.cat(queries), torch.cat(keys))


def answer(model: Any, x: Tensor, keep: Tensor | None = None, positions: bool = True) -> Tensor:
    """1×C×H×W -> one score per class, with the heads silent that are 0 in `keep` (blocks×heads), or without
    positions."""
    with _networks.TURN, torch.inference_mode():
        if isinstance(model, Torchvisions):
            return torch.func.functional_call(model, _replaced(model, keep, positions), x)[0]
        return model(x, heads=keep, positions=positions)[0]


def _replaced(model: Any, keep: Tensor | None, positions: bool) -> dict[str, Tensor]:
    """The parameters that differ for one call: a head is silent where the output projection does not read it."""
    changed = {}
    for index, block in enumerate(model.encoder.layers if keep is not None else ()):
        silent = keep[index].repeat_interleave(model.hidden_dim // block.num_heads)  # type: ignore[index]
        name = f"encoder.layers.encoder_layer_{index}.self_attention.out_proj.weight"
        changed[name] = block.self_attention.out_proj.weight * silent
    if not positions:
        changed["encoder.pos_embedding"] = torch.zeros_like(model.encoder.pos_embedding)
    return changed


def shuffle(x: Tensor, patch: int) -> Tensor:
    """1×C×H×W -> the same patches in another order, the same order each time."""
    columns = torch.nn.functional.unfold(x, patch, stride=patch)  # 1×C·patch²×patches
    order = torch.randperm(columns.shape[2], generator=torch.Generator().manual_seed(0))
    size = (x.shape[2], x.shape[3])
    return torch.nn.functional.fold(columns[:, :, order], size, patch, stride=patch)


# ---------------------------------------------------------------------------------------------------- what is sent


def encode(looked: Looked) -> dict[str, Any]:
    """All attention weights as −ln w in whole steps, one byte or two for each, and what is needed to get q·k back.

    A weight is exp(−code · `step`). With two bytes the step is 1/2048, so it is off by 0.025 % at most whatever its
    size, down to 10⁻¹⁴; with one byte 1/20, so 2.5 %, down to 3·10⁻⁶; smaller ones are sent as the smallest.
    `normalisers` holds ln Σ exp(q·k) of every row, float32: q·k/√d is that minus code · `step`.
    """
    with torch.inference_mode():
        products = looked.queries @ looked.keys.transpose(-2, -1)  # L×heads×T×T
        normalisers = products.logsumexp(-1, keepdim=True)  # L×heads×T×1
        size, steps = (2, 2048) if products.numel() <= FINE else (1, 20)
        codes = ((normalisers - products) * steps).round_().clamp_(0, 256**size - 1)
    return {
        "tokens": products.shape[-1],
        "dimensions": looked.queries.shape[-1],
        "bytes": size,
        "step": 1 / steps,
        "weights": _text(codes.numpy().astype(f"<u{size}")),
        "normalisers": _text(normalisers.numpy().astype("<f4")),
    }


def _text(values: np.ndarray) -> str:
    return base64.b64encode(values.tobytes()).decode()


def compare(labels: Sequence[str], before: Tensor, after: Tensor) -> list[dict[str, Any]]:
    """The five best answers before and after, in falling order after, with both probabilities."""
    first, second = before.double().softmax(0), after.double().softmax(0)
    named = {*first.topk(min(5, len(first))).indices.tolist(), *second.topk(min(5, len(second))).indices.tolist()}
    order = sorted(named, key=lambda index: (-second[index].item(), index))
    return [{"label": labels[i], "before": first[i].item(), "after": second[i].item()} for i in order]


def worth(network: Network) -> dict[str, Any] | None:
    """What the release says that heads are worth: `whole`, its accuracy on the full test set, and the accuracy
    without each of `heads` (by block) and without each of `blocks`; None where nobody measured it."""
    if isinstance(network, Upstream) or "exhibit/heads.csv" not in read_sums(network):
        return None
    rows = list(csv.DictReader(read_file(network, "exhibit/heads.csv").decode().splitlines()))
    without = {(row["block"], row["head"]): float(row["accuracy"]) for row in rows}
    blocks = sorted({int(row["block"]) for row in rows if row["block"]})
    heads = sorted({int(row["head"]) for row in rows if row["head"]})
    return {
        "whole": without["", ""],
        "samples": network.metric.samples,
        "blocks": [without[str(block), ""] for block in blocks],
        "heads": [[without[str(block), str(head)] for head in heads] for block in blocks],
    }


def silenced(names: object, shape: tuple[int, int]) -> tuple[list[str], Tensor]:
    """`["3.1", …]` -> the same in order and each once, and the mask that `answer` takes, blocks×heads.

    Raises:
        BadInput: it is not a list of such names, or there is no such head.
    """
    if not isinstance(names, list | tuple):
        raise BadInput('Name the heads as a list of "block.head", like ["0.3", "7.1"]; an empty list is none.')
    keep = torch.ones(shape)
    for name in names:
        block, dot, head = name.partition(".") if isinstance(name, str) else ("", "", "")
        if not (dot and len(name) < 12 and block.isascii() and head.isascii() and block.isdigit() and head.isdigit()):
            raise BadInput(f'A head is named "block.head", like "0.3", not {str(name)[:40]!r}.')
        if int(block) >= shape[0] or int(head) >= shape[1]:
            raise BadInput(
                f"There is no head {name}: blocks go from 0 to {shape[0] - 1}, and heads from 0 to {shape[1] - 1}."
            )
        keep[int(block), int(head)] = 0
    return [f"{block}.{head}" for block, head in (keep == 0).nonzero().tolist()], keep
