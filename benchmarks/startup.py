"""From starting the process to the first page: the gallery against an empty gradio app, in turn, in one run.

python -m benchmarks.startup [PAIRS]
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent
EMPTY = "import gradio as gr\nwith gr.Blocks() as demo:\n    pass\ndemo.launch()\n"


def time_first_page(program: Path) -> float:
    """Start `program` on a free port and time it until the page at / has arrived whole."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"}
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, str(program)],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while True:
            if process.poll() is not None:
                raise SystemExit(f"{program} stopped before it served a page.")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as page:
                    page.read()
                return time.perf_counter() - started
            except OSError:
                time.sleep(0.01)
    finally:
        process.kill()
        process.wait()


def main(pairs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder, "empty.py")
        empty.write_text(EMPTY)
        for program in (ROOT / "app.py", empty):
            time_first_page(program)  # fills the disk cache
        ours, theirs = [], []
        for _ in range(pairs):
            ours.append(time_first_page(ROOT / "app.py"))
            theirs.append(time_first_page(empty))
    ratios = sorted(a / b for a, b in zip(ours, theirs, strict=True))
    print(f"app.py {statistics.median(ours):.2f} s, empty app {statistics.median(theirs):.2f} s ({pairs} pairs)")
    print(f"ratio {statistics.median(ratios):.2f}, from {ratios[0]:.2f} to {ratios[-1]:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
