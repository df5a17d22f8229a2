"""How sure a share is that was counted: 95 % intervals of one, and of the difference of two."""

from __future__ import annotations

import math

Z = 1.959964
"""Standard deviations to either side that hold 95 % of a normal distribution."""


def estimate_share(right: int, of: int) -> dict[str, float]:
    """The 95 % interval of a proportion (Wilson, 1927), as `low` and `high`."""
    share = right / of
    middle, reach = share + Z * Z / (2 * of), Z * math.sqrt(share * (1 - share) / of + Z * Z / (4 * of * of))
    return {"low": max(0.0, (middle - reach) / (1 + Z * Z / of)), "high": min(1.0, (middle + reach) / (1 + Z * Z / of))}


def estimate_difference(right: int, of: int, other_right: int, other_of: int) -> dict[str, float]:
    """The 95 % interval of one proportion minus another, as `low` and `high`, from the Wilson intervals of both.

    Newcombe 1998 (https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I), method 10. The two
    samples are taken for independent: of one test set, where what is hard for one network is hard for the other too,
    the interval is too wide rather than too narrow.
    """
    share, other = right / of, other_right / other_of
    mine, its = estimate_share(right, of), estimate_share(other_right, other_of)
    return {
        "low": share - other - math.hypot(share - mine["low"], its["high"] - other),
        "high": share - other + math.hypot(mine["high"] - share, other - its["low"]),
    }
