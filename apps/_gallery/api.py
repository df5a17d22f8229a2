"""An exhibit's functions as API endpoints and MCP tools, made of their signatures and docstrings."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import gradio as gr
from pydantic import TypeAdapter

from apps._gallery.component import Quiet
from apps._gallery.polite import polite


class WholeNumber(gr.Number, metaclass=Quiet):
    """A number that reaches the function as it came: gradio would round it without a word."""

    is_template = True

    def preprocess(self, payload: float | None) -> float | None:
        return payload


COMPONENTS: dict[type, Callable[..., gr.components.Component]] = {
    bool: gr.Checkbox,
    int: functools.partial(WholeNumber, precision=0),
    float: gr.Number,
    str: gr.Textbox,
}
SECTIONS = ("Args:", "Returns:", "Raises:")


class Data(gr.JSON, metaclass=Quiet):
    """JSON of a stated type: what a function is given, or what it returns."""

    is_template = True  # the browser shows it as the component that it extends

    # Every setting of gradio's that is used is named here: it finds their values by the names of the arguments.
    def __init__(
        self, value: Any = None, *, label: str = "", visible: bool = True, hint: Any = Any, description: str = ""
    ):
        super().__init__(value, label=label, visible=visible)
        self.hint, self.description = hint, description
        self.schema = TypeAdapter(hint).json_schema()  # made once: gradio asks a dozen times before the first page
        if description:
            self.schema["description"] = description

    def api_info(self) -> dict[str, Any]:
        return dict(self.schema)


def add_endpoints(functions: Mapping[Callable[..., Any], bool]) -> None:
    """Offer functions to API and MCP clients under their own names, with their types, defaults and descriptions.

    A parameter's type is `str`, `int`, `float` or `bool`, anything else that JSON can say, or one of
    `apps._inputs.upload` for files: `PictureFile`, `PictureFiles`.

    Args:
        functions: each, and whether it may wait minutes for a network: it does not wait in the visitors' queue then.
    """
    # Parameters alike share a component, as a page is sent all of them.
    made: dict[str, gr.components.Component] = {}
    never = gr.Button(visible=False)
    for function, fetches in functions.items():
        hints = get_type_hints(function, include_extras=True)
        sections = read_docstring(inspect.getdoc(function) or "")
        inputs = []
        for name, parameter in inspect.signature(function).parameters.items():
            default = None if parameter.default is inspect.Parameter.empty else parameter.default
            alike = f"{name}: {hints[name]} = {default!r}"
            made[alike] = made.get(alike) or make_input(name, hints[name], default)
            inputs.append(made[alike])
        answer = Data(hint=hints["return"], description=" ".join(sections["Returns:"]), visible=False, label="answer")
        handler = functools.wraps(function)(polite(function))
        handler.__doc__ = join_lines(sections)  # gradio reads one line of each parameter
        gr.on(
            [never.click],
            handler,
            inputs,
            [answer],
            api_name=function.__name__,
            concurrency_id="fetching" if fetches else "processor",
            concurrency_limit=4 if fetches else 1,
            trigger_mode="multiple",
            show_progress="hidden",
        )


def make_input(name: str, hint: Any, default: Any) -> gr.components.Component:
    """The invisible component through which an API client hands over one argument."""
    settings: dict[str, Any] = {"value": default, "visible": False, "label": name.replace("_", " ")}
    choices = get_args(hint) if get_origin(hint) in (Union, UnionType) else [hint]
    kind, *others = [kind for kind in choices if kind is not type(None)]
    if get_origin(kind) is Annotated:
        [component] = kind.__metadata__
        return component(visible=False, label=settings["label"])
    if others or kind not in COMPONENTS:
        return Data(hint=hint, **settings)
    return COMPONENTS[kind](**settings)


def read_docstring(text: str) -> dict[str, list[str]]:
    """Each section of a docstring by its heading, what stands before them by "": its paragraphs or items, a line each.

    An item of "Args:" goes on where its lines are indented further than its name.
    """
    sections: dict[str, list[str]] = {"": [], **{heading: [] for heading in SECTIONS}}
    current, begins = "", True
    for line in text.splitlines():
        if line in SECTIONS:
            current, begins = line, True
        elif not line.strip():
            begins = True
        elif begins or (current in ("Args:", "Raises:") and re.match(r" {4}\S", line)):
            sections[current].append(line.strip())
            begins = False
        else:
            sections[current][-1] += f" {line.strip()}"
    return sections


def join_lines(sections: dict[str, list[str]]) -> str:
    """A docstring with a line for each item, which says what goes in and what comes out."""
    lines = [*sections[""], "", "Args:", *(f"    {item}" for item in sections["Args:"])]
    return "\n".join([*lines, "", "Returns:", *(f"    {item}" for item in sections["Returns:"])])
