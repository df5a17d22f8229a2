"""The smallest min-max game, f(x, y) = x·y: one player lowers it by moving x, the other raises it by moving y."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from apps._inputs import BadInput

RULES: dict[str, tuple[str, str, Callable[[float, float, float], tuple[float, float]], Callable[[float], float]]] = {
    "simultaneous": (
        "both at once",
        "√(1 + η²)",
        lambda x, y, e: (x - e * y, y + e * x),
        lambda e: math.sqrt(1 + e * e),
    ),
    "alternating": (
        "one after the other",
        "1, in the long run",
        lambda x, y, e: (x - e * y, y + e * (x - e * y)),
        lambda e: 1.0,
    ),
    "extragradient": (
        "look a step ahead",
        "√(1 − η² + η⁴)",
        lambda x, y, e: (x - e * (y + e * x), y + e * (x - e * y)),
        lambda e: math.sqrt(1 - e**2 + e**4),
    ),
    "penalty": (
        "y pays y²/2",
        "√(1 − η + η²)",
        lambda x, y, e: (x - e * y, y + e * (x - y)),
        lambda e: math.sqrt(1 - e + e * e),
    ),
}
"""Of each rule its name, by how much a step multiplies the radius in writing, a step from (x, y), and that factor: the
square root of the step's determinant, exact at every step where the step is a rotation times a number (the first and
the third), and on the average over many steps otherwise."""
LARGEST_STEP = 1.0
MOST_STEPS = 1000
FURTHEST = 1e6
"""How far from 0 a start may lie."""


def follow_rule(x: float, y: float, rule: str, step_size: float, steps: int) -> dict[str, Any]:
    """Follow both players: `apps.gan.follow_game`.

    Raises:
        BadInput: no such rule, or a number outside its limits.
    """
    if rule not in RULES:
        raise BadInput(f"There is no rule {rule!r}: choose {', '.join(RULES)}.")
    if not (_is_finite(x) and _is_finite(y) and max(abs(x), abs(y)) <= FURTHEST):
        raise BadInput("x and y are numbers, none beyond a million.")
    if not (_is_finite(step_size) and 0 < step_size <= LARGEST_STEP):
        raise BadInput(f"A step size lies above 0 and is at most {LARGEST_STEP:g}.")
    if isinstance(steps, bool) or steps not in range(1, MOST_STEPS + 1):
        raise BadInput(f"Ask for 1 to {MOST_STEPS:,} steps.")
    _, _, step, factor = RULES[rule]
    path = [(float(x), float(y))]
    for _ in range(steps):
        path.append(step(*path[-1], step_size))
    mean = [sum(place[axis] for place in path) / len(path) for axis in (0, 1)]
    return {
        "path": [list(place) for place in path],
        "radius": [math.hypot(*place) for place in path],
        "factor": factor(step_size),
        "mean_radius": math.hypot(*mean),
    }


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def list_rules() -> list[dict[str, str]]:
    """The rules as the page names them: `key`, `name`, and `factor` in writing."""
    return [{"key": key, "name": name, "factor": factor} for key, (name, factor, _, _) in RULES.items()]
