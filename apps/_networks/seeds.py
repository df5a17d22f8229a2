"""Seeds of random draws, as a visitor states them."""

from __future__ import annotations

from apps._inputs import BadInput

LARGEST_SEED = 2**63 - 1


def check_seed(seed: object) -> int:
    """The seed itself.

    Raises:
        BadInput: it is no whole number from 0 to `LARGEST_SEED`.
    """
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed <= LARGEST_SEED:
        raise BadInput(f"A seed is a whole number from 0 to {LARGEST_SEED:,}.")
    return seed


def read_seed(text: object) -> object:
    """The number of its digits, in which a page sends a seed because JavaScript rounds large numbers; or what came."""
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 20 else text
