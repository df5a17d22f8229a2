"""Parts that live in the browser: `<name>.js` and `<name>.css` beside the Python file of the class."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any, ClassVar

import gradio as gr

from apps._gallery.component import Quiet


class Widget(gr.HTML, metaclass=Quiet):
    """A part that draws its JSON `value` in the browser and answers with events.

    A subclass states its `schema`, the JSON schema of the value, which API clients see. Its script is run once with
    `element` (starts as an empty `<div>`), `props.value`, `watch` and `trigger`; `trigger("select", {...})` reaches
    Python as `gr.EventData`.
    """

    schema: ClassVar[dict[str, Any]] = {"type": "object"}

    def __init__(self, value: Any = None, **kwargs: Any):
        super().__init__(
            value,
            html_template="<div></div>",
            css_template=read_part(type(self), "css"),
            js_on_load=read_part(type(self), "js"),
            apply_default_css=False,
            **kwargs,
        )

    def api_info(self) -> dict[str, Any]:
        return self.schema

    def example_payload(self) -> Any:
        return {}

    def example_value(self) -> Any:
        return {}


class Container(gr.HTML, metaclass=Quiet):
    """A context like `gr.Column`, with a style, and perhaps a script, for all that is laid out inside it."""

    def __init__(self, **kwargs: Any):
        super().__init__(
            html_template="@children",
            css_template=read_part(type(self), "css"),
            js_on_load=read_part(type(self), "js") or None,
            apply_default_css=False,
            **kwargs,
        )


def read_part(part: type, extension: str) -> str:
    """The text of `<name>.<extension>` beside the file of a class, `week_map.js` of `WeekMap`; "" if there is none."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", part.__name__).lower()
    path = Path(inspect.getfile(part)).parent / f"{name}.{extension}"
    return path.read_text("utf-8") if path.is_file() else ""
