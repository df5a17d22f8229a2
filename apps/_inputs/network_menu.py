"""A menu of networks: our own releases, and upstream's models, which are fetched when one is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import gradio as gr

import zoo
from apps._gallery.job import Line, listen_to_job, report_progress
from apps._gallery.widget import Widget
from zoo import Release, upstream
from zoo.upstream import Upstream

FETCHES = Line(4)
"""Minutes of downloading, which hold up nobody's click."""


class NetworkMenu(Widget):
    """Its value in Python is the chosen reference.

    To the browser, always all of it, because a value that comes before the menu is drawn takes the place of the one
    before: `label`, `groups` (each `label`, perhaps a `note` at its top, and `options`: `value`, `text`, `title`,
    `fetch`, `off`), `chosen` (the first choice; the visitor's own stays), `link` (its name in links); only the messages
    of a job that fetches are not whole, as they come to a menu that stands: `bytes` of `total`, and last `fetched`.
    From it, the events `input`; `select`, with `network`, when what was chosen has to be fetched; and `stop`; the two
    with their `turn`.
    """

    schema: ClassVar[dict[str, Any]] = {"type": "object", "properties": {"chosen": {"type": ["string", "null"]}}}

    def preprocess(self, payload: Any) -> str | None:
        chosen = payload.get("chosen") if isinstance(payload, dict) else None
        return chosen if isinstance(chosen, str) else None

    def list_references(self) -> list[str]:
        """Every network that may be chosen, some of them after they were fetched."""
        options = [option["value"] for group in self.value["groups"] for option in group["options"]]
        return [value for value in options if value]


def network_menu(
    label: str,
    releases: Sequence[Release],
    others: Sequence[Upstream],
    chosen: str | None,
    *,
    optional: bool = False,
    link: str = "network",
) -> NetworkMenu:
    """The menu, wired: what can be fetched is asked once the page stands, and choosing fetches.

    Args:
        label: what stands above it.
        releases: our own, in the order of the menu.
        others: upstream's.
        chosen: the reference of the first choice.
        optional: whether "none" can be chosen; its value is "".
        link: its name in links: "second" for a second one.
    """

    def offer(reasons: dict[str, str]) -> dict[str, Any]:
        groups = [{"label": "", "options": [{"value": "", "text": "none", "title": ""}]}] if optional else []
        if releases:
            groups.append({"label": "Trained here", "options": [_own(release) for release in releases]})
        if others:
            title = "ImageNet, 1,000 words · torchvision"
            options = [_upstream(model, reasons) for model in others]
            told = " ".join(dict.fromkeys(reasons[model.name] for model in others if reasons.get(model.name)))
            note = f"Greyed: {told[0].lower()}{told[1:]}" if told else ""
            groups.append({"label": title, "note": note, "options": options})
        return {
            "label": label,
            "chosen": chosen,
            "link": link,
            "groups": groups,
        }

    # Before anybody was asked, what is not here is greyed without a reason.
    reasons = {model.name: "" for model in others if not model.is_here}
    menu = NetworkMenu(offer(reasons))

    def ask_upstream() -> dict[str, Any]:
        nonlocal reasons
        reasons = upstream.missing()
        return offer(reasons)

    def fetch_network(event: gr.EventData) -> dict[str, Any]:
        name = getattr(event, "network", None)
        if name not in [model.name for model in others]:
            raise zoo.NotHere("Choose a network from the menu.")
        for done, total in upstream.fetching(name):
            report_progress(done / max(total, 1), bytes=done, total=total)
        return ask_upstream() | {"fetched": name}

    gr.on(None, ask_upstream, None, [menu], api_visibility="private", queue=False, show_progress="hidden")
    listen_to_job(menu.select, fetch_network, [], menu, stop=menu.stop, line=FETCHES)
    return menu


def _percent(network: Release | Upstream) -> str:
    return f"{network.metric.value:.1%}".replace("%", " %")


def _own(release: Release) -> dict[str, Any]:
    return {"value": release.reference, "text": f"{release.reference} · {_percent(release)}", "title": ""}


def _upstream(model: Upstream, reasons: dict[str, str]) -> dict[str, Any]:
    to_fetch = "" if model.is_here else f" · {model.bytes / 1e6:.0f} MB"
    return {
        "value": model.name,
        "text": f"{model.name} · {_percent(model)}{to_fetch}",
        "title": f"{model.title}; accuracy as torchvision publishes it; "
        + ("on this machine" if model.is_here else "fetched once, when it is chosen"),
        "fetch": not model.is_here,
        "off": model.name in reasons and not model.is_here,
    }
