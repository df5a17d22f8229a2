"""The zoo's translators between two kinds of picture: which there are, and each as the tab uses it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

import zoo
from apps import _networks
from apps._inputs import BadInput
from zoo.examples import drawn_flower

FAMILY = "cyclegan"
"""The architecture with `translate`, from the first kind to the second, and `translate_back`."""
OPENING = "cyclegan.daisy2sunflower"
DRAWN = ("daisy", "sunflower")
"""What is drawn as the first and as the second kind, of a network of any two kinds."""


def list_translators() -> list[zoo.Release]:
    """Those that are here; the one on which the tab opens stands first."""
    releases = [zoo.describe(name) for name in zoo.names()]
    found = [each for each in releases if each.architecture == FAMILY and each.here]
    return sorted(found, key=lambda each: (each.name != OPENING, each.name))


def describe_translator(reference: object) -> zoo.Release:
    """The translator of that name.

    Raises:
        BadInput: none was named, or it is another kind of network.
        UnknownName: the zoo has none of that name.
    """
    if not isinstance(reference, str) or not reference:
        raise BadInput(f"Name a translator first, like {OPENING}.")
    release = zoo.describe(reference)
    if release.architecture != FAMILY:
        raise BadInput(f"{release.reference} translates no pictures: choose a network like {OPENING}.")
    return release


def load_translator(release: zoo.Release) -> Any:
    """One copy for all visitors, in evaluation mode.

    Raises:
        DamagedRelease: it differs from what was published.
    """
    return _networks.load(release.reference)


def find_place(model: Any, kind: object) -> int:
    """Which of a network's two kinds has that name, 0 or 1; the first where none is named.

    Raises:
        BadInput: neither has.
    """
    if not kind:
        return 0
    if kind not in model.labels:
        raise BadInput(f"{model.release.name} knows {' and '.join(model.labels)} alone: name one of them.")
    return model.labels.index(kind)


def make_other(model: Any, pictures: Tensor, place: int) -> Tensor:
    """Make pictures of the `place`-th kind into the other: N×3×64×64, in whole 255ths, as a file keeps them."""
    way = (model.translate, model.translate_back)[place]
    with _networks.TURN, torch.inference_mode():
        return round_values(torch.cat([way(part) for part in pictures.split(16)]))


def round_values(pictures: Tensor, levels: int = 255) -> Tensor:
    """Values in 0..1, each to the nearest of `levels` + 1 that are evenly apart."""
    return (pictures.clamp(0, 1) * levels).round() / levels


def draw_flowers(model: Any, place: int, seeds: range) -> Tensor:
    """Drawn flowers of the `place`-th kind as the network takes them, N×3×64×64."""
    return torch.stack([model.preprocess(drawn_flower(DRAWN[place], seed)) for seed in seeds])
