"""The zoo's diffusion models: which there are, and what was measured and recorded when each was released."""

from __future__ import annotations

import base64
import json
from typing import Any

import zoo
from apps import _networks

ARCHITECTURE = "ddpm"


def list_networks() -> list[zoo.Release]:
    """The diffusion models that are here; that of digits first."""
    found = [zoo.describe(name) for name in zoo.names()]
    return sorted(
        (each for each in found if each.architecture == ARCHITECTURE and each.here),
        key=lambda each: (each.name != "ddpm.mnist", each.name),
    )


def describe_network(reference: object) -> zoo.Release:
    """The diffusion model of that name.

    Raises:
        BadInput: none was named, or it is no diffusion model.
        UnknownName: the zoo has none of that name.
    """
    return _networks.describe_release(reference, (ARCHITECTURE,), "a diffusion model", "ddpm.mnist")


def load_network(release: zoo.Release) -> Any:
    """One copy for all visitors, in evaluation mode."""
    return _networks.load(release.reference)


def read_steps(release: zoo.Release) -> dict[str, Any]:
    """Its `exhibit/steps.json`: quality against steps and guidance, as `training/_diffusion.py` describes it."""
    return json.loads(zoo.read_file(release, "exhibit/steps.json"))


def read_opening(release: zoo.Release) -> dict[str, Any]:
    """The run that it carries, in the form of `sample_class`, with the `wish` that it answers."""
    about = json.loads(zoo.read_file(release, "exhibit/opening.json"))
    times = about.pop("times")
    sheets = {
        name: "data:image/png;base64,"
        + base64.b64encode(zoo.read_file(release, f"exhibit/opening-{name}.png")).decode()
        for name in ("clean", "noise")
    }
    return {"wish": {"network": release.reference, **about}, "times": times, **sheets}
