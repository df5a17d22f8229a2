"""Sentences about what networks answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

DOUBT = 0.5
"""A best answer below this is called a guess: the other labels together are more probable than it."""


def describe_labels(labels: Sequence[str]) -> str:
    """What a network can answer, as a sentence; of more than 20 labels the first and the last."""
    if len(labels) > 20:
        return f"It can only answer with one of {len(labels):,} labels, from {labels[0]} to {labels[-1]}."
    return f"It can only answer {', '.join(labels[:-1])} or {labels[-1]}."


def write_remarks(results: Sequence[dict[str, Any]]) -> list[str]:
    """How the networks agree, then which of them guess; `results` are the `networks` of `classify_image`."""
    names = [result["network"].partition("@")[0] for result in results]
    if len(set(names)) < len(names):
        names = [result["network"] for result in results]
    best = [result["answers"][0] for result in results]
    lists = [{answer["label"] for answer in result["answers"]} for result in results]
    remarks = []
    if len(results) == 2:
        if lists[0] != lists[1]:
            told = " and ".join(f"{name} says {answer['label']}" for name, answer in zip(names, best, strict=True))
            remarks.append(f"{told}: they choose from different lists.")
        elif best[0]["label"] == best[1]["label"]:
            remarks.append(f"Both say {best[0]['label']}.")
        else:
            remarks.append(f"They disagree: {names[0]} says {best[0]['label']}, {names[1]} says {best[1]['label']}.")
    for name, answer in zip(names, best, strict=True):
        if answer["probability"] < DOUBT:
            percent = f"{100 * answer['probability']:.1f} %"
            remarks.append(f"{name} guesses: it gives its best answer only {percent}.")
    return remarks
