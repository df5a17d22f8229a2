"""How fast the service sends a large file: its speed ÷ that of a bare Starlette FileResponse, same client, one run.

python -m benchmarks.service_download [MEGABYTES] [ROUNDS]
"""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from zoo.service import issue_token

SERVICE = """
import sys
from pathlib import Path
from zoo.service import serve
serve(Path(sys.argv[1]), port=int(sys.argv[2]))
"""
BARE = """
import sys
import uvicorn
from starlette.applications import Starlette
from starlette.responses import FileResponse
from starlette.routing import Route
app = Starlette(routes=[Route("/", lambda request: FileResponse(sys.argv[1]))])
uvicorn.run(app, port=int(sys.argv[2]), http="h11", log_level="warning", access_log=False)
"""


@contextlib.contextmanager
def run_server(text: str, argument: Path) -> Iterator[tuple[int, int]]:
    """Run a server in a process of its own until the end of the block; gives its port and its process's number."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen([sys.executable, "-c", text, str(argument), str(port)])
    try:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if time.monotonic() > deadline or process.poll() is not None:
                raise SystemExit("a server did not start")
            time.sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def time_download(port: int, target: str, size: int) -> float:
    """Fetch the file once and throw it away."""
    buffer = memoryview(bytearray(2**20))
    connection = http.client.HTTPConnection("127.0.0.1", port)
    started = time.perf_counter()
    connection.request("GET", target)
    response = connection.getresponse()
    received = 0
    while count := response.readinto(buffer):
        received += count
    elapsed = time.perf_counter() - started
    connection.close()
    if (response.status, received) != (200, size):
        raise SystemExit(f"{target}: status {response.status}, {received} of {size} bytes")
    return elapsed


def main(megabytes: int, rounds: int) -> None:
    os.environ.update(HF_HUB_DISABLE_PROGRESS_BARS="1", HF_HUB_DISABLE_XET="1", HF_HUB_OFFLINE="0")
    from huggingface_hub import HfApi  # which reads these when it is imported

    with tempfile.TemporaryDirectory() as folder:
        root, file, size = Path(folder, "root"), Path(folder, "model.bin"), megabytes * 10**6
        file.write_bytes(os.urandom(size))
        token = issue_token(root, "bench")
        with run_server(SERVICE, root) as (service, _), run_server(BARE, file) as (bare, _):
            api = HfApi(endpoint=f"http://127.0.0.1:{service}", token=token)
            api.create_repo("bench/it")
            api.upload_file(path_or_fileobj=file, path_in_repo="model.bin", repo_id="bench/it")
            target = "/bench/it/resolve/main/model.bin"
            pairs = [(time_download(service, target, size), time_download(bare, "/", size)) for _ in range(rounds + 1)]
    del pairs[0]  # it filled the disk cache
    ratios = sorted(other / ours for ours, other in pairs)
    ours, others = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{megabytes} MB, {rounds} rounds, interleaved")
    print(f"service {size / ours / 1e6:.0f} MB/s, bare FileResponse {size / others / 1e6:.0f} MB/s (medians)")
    print(f"service ÷ bare {statistics.median(ratios):.2f}, from {ratios[0]:.2f} to {ratios[-1]:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100, int(sys.argv[2]) if len(sys.argv) > 2 else 15)
