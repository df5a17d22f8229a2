"""The metaclass of our own gradio components."""

from __future__ import annotations

from abc import ABCMeta
from typing import Any

from gradio.component_meta import ComponentMeta, updateable


class Quiet(ComponentMeta):
    """Make a subclass of a gradio component without the `.pyi` file that gradio writes beside its source.

    Gradio's metaclass writes that file to tell an editor of a component's events; ours inherit theirs, and a stub
    would hide everything else of the module from a type checker. Use: `class Widget(gr.HTML, metaclass=Quiet)`.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> Any:
        if "EVENTS" in attrs:
            raise TypeError(f"{name} defines events of its own, which only gradio's metaclass can set up.")
        if "__init__" in attrs:
            attrs["__init__"] = updateable(attrs["__init__"])
        return ABCMeta.__new__(cls, name, bases, attrs)
