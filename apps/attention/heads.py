"""Heads by name, and what the release says that each of them is worth."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from apps._inputs import BadInput
from zoo import read_file, read_sums
from zoo.upstream import Upstream

if TYPE_CHECKING:
    from apps._networks import Network


def read_heads(names: object, shape: tuple[int, int]) -> tuple[list[str], Tensor]:
    """`["3.1", …]` -> the same in order and each once, and the mask that `passes.run_disturbed` takes, blocks×heads.

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


def read_worth(network: Network) -> dict[str, Any] | None:
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
