"""What an exhibit is, how exhibits are found, and how their handlers are bound to what triggers them."""

from __future__ import annotations

import ast
import functools
import inspect
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

import roadmap
from apps._gallery.polite import polite, tell_refusals

if TYPE_CHECKING:
    from apps._inputs.picture_menu import PictureMenu

GROUPS: dict[str, tuple[int, ...]] = {
    "Start": (),
    "Vision": (1, 2, 3),
    "Attention": (4, 5),
    "Generation": (6, 7),
    "Practice": (8, 9, 10),
}
"""The rail's groups, in their order, and the weeks of the roadmap that each is about."""

FORMULAS: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]
"""What encloses LaTeX in our Markdown."""


@dataclass(frozen=True)
class Exhibit:
    """One tab: what it claims and what it computes; what is where stands in its folder's `layout.py`.

    Attributes:
        package: the tab's folder as a package, `__name__` in its `__init__.py`.
        title: the name in the rail.
        claim: the headline, one line worth knowing.
        lead: what to do and what to look at, one or two sentences of Markdown; key words by `glossary.explain`.
        order: place in its group of the rail, smallest first.
        functions: what the tab computes, each an API endpoint under its own name; their source is shown.
        fetching: those of the functions that may wait minutes, for a network that is not here or for many large files.
        shown: further functions whose source is shown, the arithmetic: as `"module.function"` in the tab's folder, or
            the function itself where importing it loads nothing heavy.
        days: days of the roadmap that it shows, like `("w2d3",)`.
        group: its group in the rail, one of `GROUPS`; left out, the one of its first day, or "Start".
    """

    package: str
    title: str
    claim: str
    lead: str
    order: int
    functions: tuple[Callable[..., Any], ...]
    fetching: tuple[Callable[..., Any], ...] = ()
    shown: tuple[str | Callable[..., Any], ...] = ()
    days: tuple[str, ...] = ()
    group: str = ""

    def __post_init__(self) -> None:
        weeks = {int(day[1 : day.index("d")]) for day in self.days[:1]}
        found = self.group or next((name for name in GROUPS if weeks & {*GROUPS[name]}), "Start")
        if found not in GROUPS:
            raise ValueError(f"{self.title}: there is no group {found!r}; there are {', '.join(GROUPS)}.")
        object.__setattr__(self, "group", found)

    @property
    def slug(self) -> str:
        """The tab's name in links: `apps.feature_maps` is `"feature-maps"`."""
        return self.package.rpartition(".")[2].replace("_", "-")

    @property
    def understand(self) -> str:
        """The fold below the exhibit, Markdown with formulas; "" where the folder has no `understand.md`."""
        path = self._folder / "understand.md"
        return path.read_text("utf-8") if path.is_file() else ""

    @property
    def _folder(self) -> Path:
        [folder] = import_module(self.package).__path__
        return Path(folder)

    def layout(self) -> Sequence[gr.components.Component]:
        """Build the components; returns those that `example` fills."""
        return import_module(f"{self.package}.layout").layout()

    def example(self) -> Sequence[Any]:
        """The worked example on which the tab opens: a value per component that `layout` returned."""
        return import_module(f"{self.package}.layout").example()

    def read_source(self) -> str:
        """The very text of the functions that run, then of those that they rest on.

        Raises:
            LookupError: `shown` names what is not there.
        """
        texts = []
        for shown in (*self.functions, *self.shown):
            if callable(shown):
                texts.append(inspect.getsource(inspect.unwrap(shown)).rstrip())
            else:
                module, _, function = shown.rpartition(".")
                texts.append(read_function(self._folder / f"{module.replace('.', '/')}.py", function))
        return "\n\n\n".join(texts)


def read_function(path: Path, name: str) -> str:
    """The text of one top-level function or class of a file, read without importing it.

    Raises:
        LookupError: there is none of that name.
    """
    text = path.read_text("utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            return "\n".join(text.splitlines()[first - 1 : node.end_lineno])
    raise LookupError(f"{path.name} defines no {name!r} at its top.")


@functools.cache
def find_exhibits() -> dict[str, Exhibit]:
    """The exhibit of every public folder in `apps/` by its slug, in the rail's order.

    Raises:
        ValueError: two exhibits have a title or an endpoint of one name.
    """
    import apps

    found: dict[str, Exhibit] = {}
    owners: dict[str, str] = {}
    for module in pkgutil.iter_modules(apps.__path__):
        if module.name.startswith("_"):
            continue
        exhibit: Exhibit = import_module(f"apps.{module.name}").EXHIBIT
        for name in (exhibit.title, *(function.__name__ for function in exhibit.functions)):
            if name in owners:
                raise ValueError(f"apps/{module.name} and apps/{owners[name]} both have a {name!r}.")
            owners[name] = module.name
        found[module.name.replace("_", "-")] = exhibit
    return sort_exhibits(found)


def sort_exhibits(exhibits: Mapping[str, Exhibit]) -> dict[str, Exhibit]:
    """In the rail's order: by group, then by their own."""
    names = list(GROUPS)
    return dict(sorted(exhibits.items(), key=lambda item: (names.index(item[1].group), item[1].order, item[0])))


def listen(
    triggers: Sequence[Any],
    function: Callable[..., Any],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    *,
    js: str | None = None,
    fetches: bool = False,
    refusals: PictureMenu | None = None,
) -> None:
    """Run `function` on any of the triggers.

    All share one place at the processor, and of requests that pile up only the last is computed. What `fetches` may
    wait minutes for a network, so it queues elsewhere. A refusal stands below the menu of `refusals`, or is gradio's.
    """
    handler, outputs = polite(function), list(outputs)
    if refusals is not None:
        handler, outputs = tell_refusals(function, len(outputs), refusals.refuse), [*outputs, refusals]
    gr.on(
        list(triggers),
        handler,
        list(inputs),
        outputs,
        api_name=f"_{function.__name__}",  # its own name is the endpoint's
        api_visibility="private",
        concurrency_id="fetching" if fetches else "processor",
        concurrency_limit=4 if fetches else 1,
        trigger_mode="always_last",
        show_progress="minimal",
        js=js,
    )


def list_questions(days: Sequence[str]) -> str:
    """Markdown: the question of each of these days of the roadmap, with a link to the day; "" without days."""
    found = [roadmap.day(day) for day in days]
    lines = [f"- {day.question} – [{day.label}](?day={day.id})" for day in found]
    return "\n".join(["**Questions of the roadmap** that this helps to answer:", "", *lines]) if lines else ""


def place_exhibit(slug: str, exhibit: Exhibit) -> tuple[Sequence[gr.components.Component], Callable[[], Sequence[Any]]]:
    """Lay one exhibit out inside an open tab: claim, exhibit, then the folds; returns what its example fills."""
    with gr.Row(elem_classes="head"):
        gr.Markdown(f"## {exhibit.claim}\n\n{exhibit.lead}", elem_classes="claim", sanitize_html=False)
        link = gr.Button("Copy link", size="sm", min_width=90, scale=0, elem_classes="quiet-button")
        link.click(None, js="() => tenweeks.copyLink()", api_visibility="private")
    filled = exhibit.layout()
    with gr.Column(elem_classes="folds"):
        if exhibit.understand:
            with gr.Accordion("Understand", open=False):
                text = f"{exhibit.understand}\n\n{list_questions(exhibit.days)}"
                gr.Markdown(text, latex_delimiters=FORMULAS, elem_classes="reading")
        if exhibit.functions:
            with gr.Accordion("The code that made this", open=False):
                gr.Code(exhibit.read_source(), language="python", interactive=False, show_label=False)
    return filled, exhibit.example
