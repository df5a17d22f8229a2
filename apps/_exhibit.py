"""What an exhibit is, how exhibits are found, and how their functions become handlers and API endpoints at once."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from apps._polite import polite


@dataclass(frozen=True)
class Exhibit:
    """One tab: what it claims, how it is laid out, what it computes.

    Attributes:
        title: the name in the rail.
        claim: the headline, one line worth knowing.
        lead: what to do and what to look at, one or two sentences of Markdown.
        order: place in the rail, smallest first.
        days: days of the roadmap that it shows, like `("w2d3",)`.
        layout: builds the components; returns those that `example` fills.
        example: the worked example on which the tab opens: a value per component that `layout` returned.
        functions: what the tab computes, each an API endpoint under its own name; their source is shown.
        understand: the fold below the exhibit, Markdown with formulas.
    """

    title: str
    claim: str
    lead: str
    order: int
    layout: Callable[[], Sequence[gr.components.Component]]
    example: Callable[[], Sequence[Any]]
    functions: tuple[Callable[..., Any], ...]
    days: tuple[str, ...] = ()
    understand: str = ""


@functools.cache
def find() -> dict[str, Exhibit]:
    """Every public file in `apps/` by its slug (`feature_maps.py` is `"feature-maps"`), in the rail's order.

    Raises:
        ValueError: two exhibits have a title or an endpoint of one name.
    """
    import apps

    found: dict[str, Exhibit] = {}
    owners: dict[str, str] = {}
    for module in pkgutil.iter_modules(apps.__path__):
        if module.name.startswith("_") or module.ispkg:
            continue
        exhibit: Exhibit = importlib.import_module(f"apps.{module.name}").EXHIBIT
        for name in (exhibit.title, *(function.__name__ for function in exhibit.functions)):
            if name in owners:
                raise ValueError(f"apps/{module.name}.py and apps/{owners[name]}.py both have a {name!r}.")
            owners[name] = module.name
        found[module.name.replace("_", "-")] = exhibit
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))


def listen(
    triggers: Sequence[Any],
    function: Callable[..., Any],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    *,
    public: bool = True,
    js: str | None = None,
    fetches: bool = False,
) -> None:
    """Run `function` on any of the triggers; if `public` it is the API endpoint of its name as well.

    All share one place at the processor, and of requests that pile up only the last is computed. What `fetches` may
    wait minutes for a network, so it queues elsewhere.
    """
    gr.on(
        list(triggers),
        polite(function),
        list(inputs),
        list(outputs),
        api_name=function.__name__ if public else None,
        api_visibility="public" if public else "private",
        concurrency_id="fetching" if fetches else "processor",
        concurrency_limit=4 if fetches else 1,
        trigger_mode="always_last",
        show_progress="minimal",
        js=js,
    )


def endpoint(
    function: Callable[..., Any], inputs: Sequence[Any], outputs: Sequence[Any], *, fetches: bool = False
) -> None:
    """Offer `function` to API clients without a visible trigger: what a widget's own events call from inside."""
    listen([gr.Button(visible=False).click], function, inputs, outputs, fetches=fetches)


def source(functions: Sequence[Callable[..., Any]]) -> str:
    """The very text of the functions that run."""
    return "\n\n".join(inspect.getsource(inspect.unwrap(function)).rstrip() for function in functions)


def place(slug: str, exhibit: Exhibit) -> tuple[Sequence[gr.components.Component], Callable[[], Sequence[Any]]]:
    """Lay one exhibit out inside an open tab: claim, exhibit, then the folds; returns what its example fills."""
    with gr.Row(elem_classes="head"):
        gr.Markdown(f"## {exhibit.claim}\n\n{exhibit.lead}", elem_classes="claim")
        link = gr.Button("Copy link", size="sm", min_width=90, scale=0, elem_classes="quiet-button")
        link.click(None, js=f"() => tenweeks.copyLink('tab', '{slug}')", api_visibility="private")
    filled = exhibit.layout()
    with gr.Column(elem_classes="folds"):
        if exhibit.understand:
            with gr.Accordion("Understand", open=False):
                gr.Markdown(
                    exhibit.understand,
                    latex_delimiters=[
                        {"left": "$$", "right": "$$", "display": True},
                        {"left": "$", "right": "$", "display": False},
                    ],
                    elem_classes="reading",
                )
        if exhibit.functions:
            with gr.Accordion("The code that made this", open=False):
                gr.Code(source(exhibit.functions), language="python", interactive=False, show_label=False)
    return filled, exhibit.example
