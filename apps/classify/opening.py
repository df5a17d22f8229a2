"""What the tab opens on: the examples, the networks in its menus, and those of the worked example."""

from __future__ import annotations

import functools
import io

import zoo
from apps import _networks
from zoo.examples import drawn_digit, example_pictures

FIRST_EXAMPLE = "digit 7"


@functools.cache
def list_examples() -> dict[str, tuple[str, str | bytes]]:
    """Example pictures by name: what a person calls each, and its file or its bytes."""
    examples: dict[str, tuple[str, str | bytes]] = {}
    for digit in range(10):
        buffer = io.BytesIO()
        drawn_digit(digit).save(buffer, "PNG")
        examples[f"digit {digit}"] = f"a drawn {digit}", buffer.getvalue()
    for name, path in example_pictures().items():
        examples[name] = f"{'an' if name[0] in 'aeiou' else 'a'} {name}", str(path)
    return examples


def list_networks() -> list[zoo.Release]:
    """The classifiers, data set by data set and each from light to heavy, the lightest first."""
    releases = _networks.classifiers()
    lightest: dict[str, int] = {}
    for release in releases:
        macs = lightest.get(release.metric.dataset, release.macs)
        lightest[release.metric.dataset] = min(macs, release.macs)
    return sorted(releases, key=lambda r: (lightest[r.metric.dataset], r.metric.dataset, r.macs, r.name))


def choose_networks() -> tuple[str | None, str]:
    """The networks of the worked example: the lightest, and the next that learnt from the same data if there is one."""
    networks = list_networks()
    alike = len(networks) > 1 and networks[1].metric.dataset == networks[0].metric.dataset
    return (networks[0].reference if networks else None), networks[1].reference if alike else ""
