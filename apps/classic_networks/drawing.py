"""A network's drawing, as the browser gets it, and what the tab opens on."""

from __future__ import annotations

import functools
from typing import Any

import zoo
from apps import _networks
from apps._inputs import BadInput
from apps.classic_networks.catalogue import CLASSICS, OPENING, Drawable, find_drawable, list_releases
from apps.classic_networks.reading import DrawnLayer, find_last_map, read_layers
from apps.classic_networks.sentences import state_facts
from apps.classic_networks.transformer import read_transformer


@functools.lru_cache(maxsize=48)
def draw(known: Drawable, side: int) -> dict[str, Any]:
    """What `draw_network` returns.

    Raises:
        BadInput: the network cannot be drawn layer by layer.
    """
    import torch

    from apps._networks.tracing import record

    with torch.device("meta"):
        model = zoo.create(known.architecture, **dict(known.arguments)).eval().requires_grad_(False)
        picture = torch.empty(known.channels, side, side)
    try:
        if _networks.is_transformer(known.architecture):
            rows = read_transformer(model)
        else:
            with _networks.TURN:  # reading a network as a graph is for one thread at a time
                trace = record(model, picture)
            rows = read_layers(trace)
    except ValueError as error:
        raise BadInput(f"{known.title} cannot be drawn layer by layer: {error}") from error
    return {
        "architecture": known.name,
        "title": known.title,
        "year": known.year,
        "paper": known.paper,
        "note": known.note,
        "size": side,
        "parameters": sum(row.parameters for row in rows),
        "macs": sum(row.macs for row in rows),
        "activations": sum(row.activations for row in rows),
        "weighted": sum(row.weighted for row in rows),
        "field": find_last_map(rows).local.size,
        "facts": state_facts(rows),
        "layers": [_describe(row) for row in rows],
    }


def _describe(row: DrawnLayer) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.kind,
        "what": row.what,
        "window": row.window,
        "first": list(row.first),
        "then": list(row.then),
        "aside": row.aside,
        "reads": row.reads,
        "shape": list(row.shape),
        "parameters": row.parameters,
        "norm_parameters": row.norm_parameters,
        "macs": row.macs,
        "activations": row.activations,
        "tokens": row.tokens,
        "sees": row.sees,
        "field": row.local.size,
    }


def describe_opening() -> dict[str, Any]:
    """What the tab opens on: two networks drawn, and every network's figures at its usual size."""
    names = [*CLASSICS, *_find_releases()]
    return {
        "networks": [_summarise(find_drawable(name)) for name in names],
        "drawings": [draw(known, known.usual) for known in map(find_drawable, OPENING)],
        "chosen": list(OPENING),
    }


def _summarise(known: Drawable) -> dict[str, Any]:
    drawn = draw(known, known.usual)
    figures = {name: drawn[name] for name in ("parameters", "macs", "activations", "weighted", "field")}
    gated = any(layer["kind"] == "gate" for layer in drawn["layers"])
    return figures | {
        "name": known.name,
        "title": known.title,
        "year": known.year,
        "paper": known.paper,
        "usual": known.usual,
        "least": known.least,
        "most": known.most,
        "gated": gated,
        "ours": known.name not in CLASSICS,
    }


def _find_releases() -> list[str]:
    """Our releases that are built otherwise than the classic of their family; one that cannot be drawn is left out."""
    found = []
    for known in (find_drawable(release.name) for release in list_releases()):
        family = find_drawable(known.architecture) if known.architecture in CLASSICS else None
        try:
            parameters = draw(known, known.usual)["parameters"]
        except BadInput:
            continue
        if family is None or draw(family, family.usual)["parameters"] != parameters:
            found.append(known.name)
    return found
