"""Refusals reach the visitor as one sentence, never as a stack trace."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

import zoo
from apps._inputs import BadInput


def polite(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, with `BadInput` and `ZooError` shown as gradio's own message; name, signature and docstring stay."""

    @functools.wraps(function)
    def handler(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (BadInput, zoo.ZooError) as refusal:
            raise gr.Error(str(refusal), print_exception=False) from refusal

    return handler


def tell_refusals(function: Callable[..., Any], count: int, refuse: Callable[[str], Any]) -> Callable[..., Any]:
    """`function`, whose refusals go to one output more than its `count`, as `refuse` makes them; the others stay."""

    @functools.wraps(function)
    def handler(*args: Any, **kwargs: Any) -> Sequence[Any]:
        try:
            made = function(*args, **kwargs)
        except (BadInput, zoo.ZooError) as refusal:
            return [*[gr.skip()] * count, refuse(str(refusal))]
        return [*(made if count > 1 else [made]), gr.skip()]

    return handler
