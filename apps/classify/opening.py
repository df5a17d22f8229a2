"""What the tab opens on: the networks in its menus, those of the worked example, and the pictures of the shelf."""

from __future__ import annotations

from typing import Any

from PIL import Image

import zoo
from apps import _networks
from apps._inputs.examples import is_example, list_examples, open_picture

FACE = "cat face"
"""The name of the picture that lies on the paper: a square of the cat's photograph."""
_FACE_BOX = (140, 90, 340, 290)
"""Left, top, right and bottom in pixels: of this square LeNet is sure that it is a 5, and ResNet that it is a cat; of
the whole photograph and of most of its squares LeNet is less sure."""


def list_shelf() -> list[tuple[str, str]]:
    """(title, name) of every picture that is offered beside the paper."""
    return [*list_examples("digit"), ("a cat's face", FACE), *list_examples("photo")]


def is_offered(name: object) -> bool:
    """Whether a picture of that name lies on the shelf."""
    return name == FACE or is_example(name)


def open_offered(name: Any) -> Image.Image:
    """Read a picture of the shelf by its name.

    Raises:
        BadInput: there is none of that name.
    """
    return open_picture("cat").crop(_FACE_BOX) if name == FACE else open_picture(name)


def list_networks() -> list[zoo.Release]:
    """The classifiers, data set by data set, each from light to heavy; the lightest set first, of equals digits."""
    releases = _networks.classifiers()
    lightest: dict[str, int] = {}
    for release in releases:
        macs = lightest.get(release.metric.dataset, release.macs)
        lightest[release.metric.dataset] = min(macs, release.macs)

    def rank(release: zoo.Release) -> tuple[Any, ...]:
        dataset = release.metric.dataset
        return lightest[dataset], dataset != "mnist", dataset, release.macs, release.name

    return sorted(releases, key=rank)


def choose_networks() -> tuple[str | None, str]:
    """The networks of the worked example: the lightest, and the best of those that know a cat."""
    networks = list_networks()
    knowing = [each for each in networks[1:] if "cat" in each.config["labels"]]
    best = max(knowing, key=lambda each: each.metric.value).reference if knowing else ""
    return (networks[0].reference if networks else None), best
