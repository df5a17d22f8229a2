"""Architectures by name: every public file in `zoo/architectures/` registers its models here."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zoo._errors import UnknownName, suggest_name

if TYPE_CHECKING:
    from torch import nn

_BUILDERS: dict[str, Callable[..., nn.Module]] = {}


def register(builder: Callable[..., nn.Module]) -> Callable[..., nn.Module]:
    """Make `builder` known to `zoo.create` under its own name.

    Raises:
        ValueError: another builder already has this name.
    """
    name = builder.__name__
    known = _BUILDERS.get(name)
    if known is not None and known.__module__ != builder.__module__:
        raise ValueError(f"Two architectures are called {name!r}: {known.__module__} and {builder.__module__}.")
    _BUILDERS[name] = builder
    return builder


@functools.cache
def _import_architectures() -> None:
    """Import every public file of `zoo/architectures/`, once; each registers its builders."""
    import zoo.architectures as folder

    for module in pkgutil.iter_modules(folder.__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"{folder.__name__}.{module.name}")


def architecture_names() -> list[str]:
    """Names of every architecture, sorted."""
    _import_architectures()
    return sorted(_BUILDERS)


def create(name: str, **arguments: Any) -> nn.Module:
    """Build an architecture with fresh weights: `create("resnet18", num_classes=10, stem="cifar")`.

    Raises:
        UnknownName: no architecture has this name; the message names the nearest.
    """
    _import_architectures()
    if name not in _BUILDERS:
        raise UnknownName(f"No architecture is called {name!r}{suggest_name(name, _BUILDERS)}.")
    return _BUILDERS[name](**arguments)
