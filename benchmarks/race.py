"""Eight publishers of one new version at once, each with bytes of its own, against the project's own service.

python -m benchmarks.race            (100 rounds; --rounds 5 for a look)
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import zoo
from benchmarks.service_download import SERVICE, run_server
from zoo.service import issue_token

PUBLISHERS = 8
SUMMARY = {
    "created": "2026-01-01",
    "architecture": "none",
    "task": "none",
    "metric": {"name": "accuracy", "value": 0.5, "dataset": "none", "split": "test", "samples": 10},
    "parameters": 1,
    "macs": 1,
}


def publish_version(root: Path, publisher: int, version: int) -> None:
    """Publish, into `root`, the version that every publisher has, with bytes of this publisher's own."""
    files = {
        "README.md": f"---\nlicense: mit\n---\nby {publisher}".encode(),
        "config.json": f'{{"name": "net.race", "version": "v{version}", "by": {publisher}}}'.encode(),
        "model.safetensors": bytes([publisher, version % 256]) * 4000,
    }
    zoo.publish(root, "net.race", f"v{version}", lambda _: files, SUMMARY)


def run_round(folder: Path, version: int) -> tuple[int, int, list[str]]:
    """Push one version from eight zoos at once; returns how many won, how many were refused, and any other outcome."""
    outcomes: list[str] = [""] * PUBLISHERS
    start = threading.Barrier(PUBLISHERS)

    def run(publisher: int) -> None:
        root = folder / str(publisher)
        publish_version(root, publisher, version)
        start.wait()
        try:
            outcomes[publisher] = "won" if zoo.push("net.race", "ada", root).new else "same"
        except zoo.VersionTaken:
            outcomes[publisher] = "refused"
        except Exception as error:
            outcomes[publisher] = f"{type(error).__name__}: {error}"

    threads = [threading.Thread(target=run, args=(publisher,)) for publisher in range(PUBLISHERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if outcomes.count("won") == 1:
        zoo.verify_remote("net.race", folder / str(outcomes.index("won")))
    strange = [outcome for outcome in outcomes if outcome not in ("won", "refused")]
    return outcomes.count("won"), outcomes.count("refused"), strange


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    rounds = parser.parse_args().rounds
    # Before huggingface_hub is imported, which reads them once.
    os.environ.update(HF_HUB_DISABLE_XET="1", HF_HUB_OFFLINE="0", HF_HUB_DISABLE_PROGRESS_BARS="1")
    good = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = folder / "service"
        token = issue_token(root, "ada")
        with run_server(SERVICE, root) as (port, _):
            os.environ.update(HF_ENDPOINT=f"http://127.0.0.1:{port}", HF_TOKEN=token)
            for version in range(1, rounds + 1):
                winners, refused, strange = run_round(folder, version)
                good += (winners, refused) == (1, PUBLISHERS - 1)
                for outcome in strange:
                    print(f"round {version}: {outcome}")
            repository = root / "models" / "ada" / "net.race.git"
            subprocess.run(["git", "fsck", "--full", "--strict"], cwd=repository, check=True, capture_output=True)
    print(f"{good} of {rounds} rounds with {PUBLISHERS} publishers had exactly one winner, and the others were refused")
    return 0 if good == rounds else 1


if __name__ == "__main__":
    sys.exit(main())
