"""Upstream models: torchvision's ImageNet classifiers, which the zoo can use and never carries.

    model = zoo.upstream.load("resnet50.imagenet")      # fetched the first time, checked every time

A weights file comes from torchvision's own address, or from the mirror that `TENWEEKS_UPSTREAM` names in its place,
and lies where torchvision itself would put it, so either finds what the other has fetched. Figures are those that
torchvision publishes with its weights (https://docs.pytorch.org/vision/stable/models.html); nothing here was measured
by us. Importing this loads neither torch nor torchvision.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from zoo._errors import UnknownName, suggest_name
from zoo.upstream.catalog import CATALOG
from zoo.upstream.download import Progress, download_steps, progress_bar
from zoo.upstream.model import LICENCE, Upstream, folder
from zoo.upstream.reach import ADDRESS, address, explain_missing, is_offline
from zoo.upstream.weights import read_network

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "ADDRESS",
    "CATALOG",
    "LICENCE",
    "Progress",
    "Upstream",
    "address",
    "describe",
    "fetch",
    "fetching",
    "folder",
    "is_offline",
    "load",
    "missing",
    "names",
]


def names() -> list[str]:
    """Names of every upstream model, from light to heavy."""
    return [model.name for model in CATALOG]


def describe(name: str) -> Upstream:
    """What is known of an upstream model, without fetching it.

    Raises:
        UnknownName: there is none of that name; the message names the nearest.
    """
    for model in CATALOG:
        if model.name == name:
            return model
    bare = name.partition("@")[0]
    if bare != name and bare in names():
        raise UnknownName(f"{bare} is torchvision's and has no versions here: leave out {name[len(bare) :]!r}.")
    raise UnknownName(f"No upstream model is called {name!r}{suggest_name(name, names())}")


def missing() -> dict[str, str]:
    """Why a model cannot be had now, in one sentence, by name; those that are here or can be fetched are left out.

    Asks the address for each file that is not here, for seconds at the most, and uses the answer for a minute; with
    `HF_HUB_OFFLINE=1` nothing is asked.
    """
    return explain_missing([model for model in CATALOG if not model.is_here])


def fetch(name: str, progress: Progress | None = None) -> Path:
    """Fetch a model's weights file unless it is here; `progress(bytes done, bytes in all)` is called as it comes.

    Raises:
        UnknownName: there is no such model.
        NotHere: it cannot be had: no network, no answer, an error, no room on the disk. What has come of it is
            kept as `*.part`, and the next try continues it.
        DamagedRelease: what came is not the file that torchvision published; nothing of it was kept.
    """
    model = describe(name)
    for done, total in fetching(name):
        if progress is not None:
            progress(done, total)
    return model.path


def fetching(name: str) -> Iterator[tuple[int, int]]:
    """As `fetch`, a step at a time: bytes done and bytes in all, until the file is in its place.

    The first caller downloads; later ones, in this process or in any other, see the same file grow.
    """
    yield from download_steps(describe(name))


def load(name: str, progress: Progress | None = None) -> nn.Module:
    """An upstream model with its weights: fetched if need be, and every byte checked each time.

    The module is in eval mode, frozen, float32 on the processor, takes N×3×224×224 and gives N×1,000 scores; it
    carries `release` (an `Upstream`), `labels` and `preprocess` as any model of the zoo. On a terminal a bar shows
    the download, unless `progress` is given.

    Raises:
        UnknownName, NotHere: as `fetch`.
        DamagedRelease: the file is not the one that torchvision published; the message names it.
    """
    model = describe(name)
    if not model.is_here:
        with progress_bar(model) if progress is None else nullcontext(progress) as watch:
            fetch(name, watch)
    return read_network(model)
