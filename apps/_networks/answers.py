"""What a network answers: its scores, the labels that lead, and how they change."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from apps import _networks

LEADING = 5
"""Labels that are told."""


@contextmanager
def take_turn() -> Iterator[None]:
    """Hold the processor for one pass; afterwards whoever waits for it goes first."""
    with _networks.TURN:
        yield
    time.sleep(0.001)  # a lock that is taken again at once would never be seen free


def compute_scores(model: nn.Module, x: Tensor) -> Tensor:
    """N×C×H×W -> N×classes, in one turn."""
    with take_turn(), torch.no_grad():
        return model(x)


def rank_answers(labels: Sequence[str], scores: Tensor, target: int | None = None) -> list[dict[str, Any]]:
    """The most probable labels of one picture's scores, each with `rank` from 1, `probability` and `score`.

    `target`, a class in question, is `asked`; it comes last where it is not among the leading ones.
    """
    probabilities = scores.double().softmax(0)
    order = probabilities.argsort(descending=True, stable=True).tolist()
    ranks = list(range(min(LEADING, len(order))))
    if target is not None and order.index(target) not in ranks:
        ranks.append(order.index(target))
    return [
        {
            "label": labels[order[rank]],
            "rank": rank + 1,
            "probability": probabilities[order[rank]].item(),
            "score": scores[order[rank]].item(),
            "asked": order[rank] == target,
        }
        for rank in ranks
    ]


def compare_answers(labels: Sequence[str], before: Tensor, after: Tensor) -> list[dict[str, Any]]:
    """The most probable labels before and after, in falling order after.

    Each has both probabilities, `before` and `after`, and both scores before softmax, `score_before` and `score_after`.
    """
    first, second = before.double().softmax(0), after.double().softmax(0)
    count = min(LEADING, len(first))
    named = {*first.topk(count).indices.tolist(), *second.topk(count).indices.tolist()}
    return [
        {
            "label": labels[index],
            "before": first[index].item(),
            "after": second[index].item(),
            "score_before": before[index].item(),
            "score_after": after[index].item(),
        }
        for index in sorted(named, key=lambda index: (-second[index].item(), index))
    ]
