"""The smallest GAN: one real point, one generated point, and a critic that is a straight line (the "Dirac-GAN").

Mescheder, Geiger and Nowozin, "Which Training Methods for GANs do actually Converge?", https://arxiv.org/abs/1801.04406
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from apps._inputs import BadInput

RULES: dict[str, tuple[str, Callable[[float], float]]] = {
    "none": ("no bound", lambda psi: 0.0),
    "penalty": ("gradient penalty: slope to 1", lambda psi: psi - math.copysign(1, psi)),
    "r1": ("R1: slope to 0", lambda psi: psi / 2),
}
"""Of each bound its name, and the derivative of what the critic pays for its slope ψ: of (|ψ| - 1)²/2, of ψ²/4."""
FURTHEST = 1000.0
MOST_STEPS = 10_000


def follow_critic(rule: str, start: float, slope: float, rate: float, steps: int) -> dict[str, Any]:
    """Play it: `apps.wasserstein.play_critic_game`.

    Raises:
        BadInput: no such rule, or a number outside its limits.
    """
    if rule not in RULES:
        raise BadInput(f"There is no rule {rule!r}: choose {', '.join(RULES)}.")
    numbers = (start, slope, rate)
    if not all(isinstance(each, int | float) and math.isfinite(each) for each in numbers) or not 0 < rate <= 1:
        raise BadInput("θ, ψ and the rate are numbers; the rate lies above 0 and is at most 1.")
    if max(abs(start), abs(slope)) > FURTHEST:
        raise BadInput(f"θ and ψ start within ±{FURTHEST:,.0f}.")
    if isinstance(steps, bool) or steps not in range(1, MOST_STEPS + 1):
        raise BadInput(f"Ask for 1 to {MOST_STEPS:,} steps.")
    price = RULES[rule][1]
    theta, psi = float(start), float(slope)
    path = [[theta, psi]]
    for _ in range(steps):
        # the generator climbs the critic; the critic lowers f(θ) - f(0) and what it pays
        theta, psi = theta + rate * psi, psi - rate * (theta + price(psi))
        path.append([theta, psi])
    return {"path": path, "reaches": max(abs(theta) for theta, _ in path[-max(1, steps // 4) :])}
