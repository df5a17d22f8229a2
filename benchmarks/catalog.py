"""A catalog of 10,000 releases: `zoo.names()` in a fresh process, and `python -m zoo list`.

python -m benchmarks.catalog
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import zoo

COUNT = 10_000
ROUNDS = 7

NAMES = """
import sys, time
from pathlib import Path
import zoo
start = time.perf_counter()
assert len(zoo.names(Path(sys.argv[1]))) == int(sys.argv[2])
print((time.perf_counter() - start) * 1000)
"""


def write_catalog(root: Path, count: int = COUNT) -> None:
    """Write a catalog of `count` names into `root`, each a copy of an entry of the repository's own."""
    own = json.loads((zoo.folder() / "catalog.json").read_text())["releases"]
    entry = next(iter(next(iter(own.values())).values()))
    releases = {f"network{index}.data": {"v1": entry} for index in range(count)}
    (root / "catalog.json").write_text(json.dumps({"format": 1, "releases": releases}, indent=1))


def time_names(root: Path, count: int = COUNT) -> float:
    """Milliseconds of the first `zoo.names()` of a process."""
    command = [sys.executable, "-c", NAMES, str(root), str(count)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def time_list(root: Path) -> float:
    """Milliseconds of `python -m zoo list`, from start to exit."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "zoo", "--root", str(root), "list"], check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_catalog(root)
        for what, bar, measure in (("zoo.names()", 50, time_names), ("python -m zoo list", 1000, time_list)):
            times = sorted(measure(root) for _ in range(ROUNDS))
            print(
                f"{what}, {COUNT:,} releases: median {statistics.median(times):.0f} ms, "
                f"from {times[0]:.0f} to {times[-1]:.0f} in {ROUNDS} processes (bar {bar} ms)"
            )


if __name__ == "__main__":
    main()
