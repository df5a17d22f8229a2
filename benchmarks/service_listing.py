"""How long the lists take with many models: the page at / and /api/models, also while others push.

python -m benchmarks.service_listing [MODELS] [ROUNDS]
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks.service_download import SERVICE, run_server
from zoo.service import issue_token
from zoo.service.git.store import Store
from zoo.service.names import RepoId

CARD = b"""---
tags: [tenweeks]
model-index:
- name: it
  results:
  - dataset: {name: MNIST}
    metrics:
    - {type: accuracy, value: 0.99}
---
"""


def populate(root: Path, models: int) -> None:
    """Many repositories, as copies of one: making each by a push would take minutes and show nothing."""
    store = Store(root)
    first = RepoId("model", "n0", "m0")
    store.create(first, {"README.md": CARD, "config.json": b"{}"}, "n0")
    tag = store.path(first) / "refs" / "tags" / "v1"
    tag.write_bytes((store.path(first) / "refs" / "heads" / "main").read_bytes())
    for number in range(1, models):
        target = store.path(RepoId("model", f"n{number % 20}", f"m{number}"))
        target.parent.mkdir(exist_ok=True)
        shutil.copytree(store.path(first), target, copy_function=os.link)


def main(models: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        populate(root, models)
        token = issue_token(root, "n0")
        for start in ("first start", "next start"):
            with run_server(SERVICE, root) as (port, _):
                client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=600, trust_env=False)
                started = time.perf_counter()
                client.get("/").raise_for_status()
                print(f"{models:,} models, {start}: the first page after {time.perf_counter() - started:.2f} s")
                while client.get("/api/models", params={"limit": 1}).status_code == 503:
                    time.sleep(1)
                print(f"{models:,} models, {start}: every one read after {time.perf_counter() - started:.2f} s")
                if start == "first start":
                    time.sleep(5)  # what is read is kept after the look
                    continue
                headers = {"Authorization": f"Bearer {token}"}
                for pushed in (False, True):
                    for address in ("/", "/?search=m99", "/api/models", "/api/models?limit=1000"):
                        times = []
                        for number in range(rounds):
                            if pushed:
                                new = {"tag": f"t{len(address)}-{number}"}
                                client.post("/api/models/n0/m0/tag/main", json=new, headers=headers).raise_for_status()
                            begun = time.perf_counter()
                            client.get(address).raise_for_status()
                            times.append(1000 * (time.perf_counter() - begun))
                        when = "right after a push" if pushed else "quiet"
                        median, low, high = statistics.median(times), min(times), max(times)
                        print(f"{address:24} {median:4.0f} ms, from {low:.0f} to {high:.0f}, {when}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, int(sys.argv[2]) if len(sys.argv) > 2 else 15)
