"""What checking a release costs when it is loaded: milliseconds per 45 MB, and as a share of the whole load.

python -m benchmarks.verify [ROUNDS]
"""

from __future__ import annotations

import statistics
import sys
import time

import zoo


def main(rounds: int) -> None:
    release = max((zoo.describe(name) for name in zoo.names()), key=lambda release: release.bytes)
    zoo.load(release.reference)  # imports torch, fills the disk cache
    checks, loads = [], []
    for _ in range(rounds):
        started = time.perf_counter()
        count = zoo.verify(release)
        checks.append(time.perf_counter() - started)
        started = time.perf_counter()
        zoo.load(release.reference)
        loads.append(time.perf_counter() - started)
    per_45 = sorted(1000 * seconds * 45e6 / count for seconds in checks)
    shares = sorted(check / load for check, load in zip(checks, loads, strict=True))
    print(f"{release.reference}: {count:,} bytes, {rounds} rounds")
    print(f"verify {statistics.median(per_45):.1f} ms per 45 MB, from {per_45[0]:.1f} to {per_45[-1]:.1f}")
    print(f"verify ÷ load {statistics.median(shares):.2f}, from {shares[0]:.2f} to {shares[-1]:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 21)
