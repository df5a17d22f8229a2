"""Small browser parts: a folder each, with `<name>.js` and `<name>.css` beside its `__init__.py`."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, ClassVar

import gradio as gr

from apps._component import Quiet


class Widget(gr.HTML, metaclass=Quiet):
    """A part that draws its JSON `value` in the browser and answers with events.

    A subclass states its `schema`, the JSON schema of the value, which API clients see. Its script is run once with
    `element` (starts as an empty `<div>`), `props.value`, `watch` and `trigger`; `trigger("select", {...})` reaches
    Python as `gr.EventData`.
    """

    schema: ClassVar[dict[str, Any]] = {"type": "object"}

    def __init__(self, value: Any = None, **kwargs: Any):
        folder = Path(inspect.getfile(type(self))).parent
        super().__init__(
            value,
            html_template="<div></div>",
            css_template=(folder / f"{folder.name}.css").read_text(),
            js_on_load=(folder / f"{folder.name}.js").read_text(),
            apply_default_css=False,
            **kwargs,
        )

    def api_info(self) -> dict[str, Any]:
        return self.schema

    def example_payload(self) -> Any:
        return {}

    def example_value(self) -> Any:
        return {}
