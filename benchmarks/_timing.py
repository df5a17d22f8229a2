"""What benchmarks share: a call timed."""

from __future__ import annotations

import time
from collections.abc import Callable


def time_call(run: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1000
