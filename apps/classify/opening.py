"""What the tab opens on: the networks in its menus, and those of the worked example."""

from __future__ import annotations

import zoo
from apps import _networks

FIRST_EXAMPLE = "7"
"""The name of the picture that lies on the paper."""


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
