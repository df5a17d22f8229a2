"""What a visitor chooses: methods, baselines, steps, and the sentences that refuse anything else. Loads no torch."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from apps._inputs import BadInput
from zoo import suggest_name


class Method(NamedTuple):
    """A way to share a score out among pixels.

    Attributes:
        title: what its button says.
        hint: how its map is read, in one sentence.
        signed: whether its numbers speak against the class as well as for it; the others tell only how much.
        settings: which settings change its map.
    """

    title: str
    hint: str
    signed: bool = False
    settings: tuple[str, ...] = ()


METHODS = {
    "grad-cam": Method("Grad-CAM", "Where in its last maps the network found what speaks for the class."),
    "integrated gradients": Method(
        "Integrated gradients",
        "Each pixel's share of the score: red speaks for the class, blue against it, and all shares add up.",
        signed=True,
        settings=("baseline", "steps"),
    ),
    "occlusion": Method(
        "Occlusion",
        "How far the score falls when a window is covered: red was needed, blue was in the way.",
        signed=True,
        settings=("baseline",),
    ),
    "saliency": Method("Saliency", "How strongly the score would react if this pixel changed a little."),
}
"""By the names that API clients use, in the order of the buttons."""
BASELINES = {"black": "black", "mean": "mean colour", "blurred": "blurred"}
"""What stands for "nothing there", and what its button says."""
STEPS = (8, 16, 32, 64, 128)
"""Numbers of gradients that are offered."""
MOST_STEPS = 256
"""What API clients may ask for."""
OPENING: dict[str, Any] = {"methods": ["grad-cam", "integrated gradients"], "baseline": "blurred", "steps": 16}
"""What is chosen at first: on this, of `vit.cifar10` and the cat, the first map loses to random pixels."""
PARTS = 20
"""Equal parts in which pixels are deleted; a curve has one point more."""
REST = 5
"""How many of them are deleted when the tab has shown itself."""


def describe_choices() -> dict[str, Any]:
    """What the browser offers: `methods`, `baselines` and `steps` in their order, what is `chosen` at first, a method
    for each side, and the `parts` in which pixels are deleted, of which so many at `rest`."""
    return {
        "methods": [{"name": name, **method._asdict()} for name, method in METHODS.items()],
        "baselines": [{"name": name, "title": title} for name, title in BASELINES.items()],
        "steps": list(STEPS),
        "chosen": OPENING,
        "parts": PARTS,
        "rest": REST,
    }


def check_method(method: object) -> str:
    """Returns it; raises BadInput where it is none of `METHODS`."""
    if method not in list(METHODS):  # what a client sends may have no hash
        raise BadInput(f"There is no method {str(method)[:40]!r}{suggest_name(str(method)[:40], METHODS)}")
    return str(method)


def check_baseline(baseline: object) -> str:
    """Returns it; raises BadInput where it is none of `BASELINES`."""
    if baseline not in list(BASELINES):
        raise BadInput(f"There is no baseline {str(baseline)[:40]!r}{suggest_name(str(baseline)[:40], BASELINES)}")
    return str(baseline)


def check_steps(steps: object) -> int:
    """Returns it; raises BadInput where it is no whole number from 1 to `MOST_STEPS`; 64.0 is one."""
    whole = isinstance(steps, int | float) and not isinstance(steps, bool) and math.isfinite(steps)
    if not whole or steps != int(steps) or not 1 <= steps <= MOST_STEPS:  # type: ignore[operator, call-overload]
        raise BadInput(f"Steps are a whole number from 1 to {MOST_STEPS}, not {str(steps)[:40]!r}.")
    return int(steps)  # type: ignore[call-overload]


def check_settings(method: object, steps: object, baseline: object) -> tuple[str, int, str]:
    """Returns the three; raises BadInput for the first that is wrong: method, baseline, steps."""
    method, baseline = check_method(method), check_baseline(baseline)
    return method, check_steps(steps), baseline
