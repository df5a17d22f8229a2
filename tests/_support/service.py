"""The real service in a process of its own: on a free port, over its own root, to be killed and started again.

with run_service(folder) as server:
    HfApi(endpoint=server.url, token=server.token).create_repo("ada/lenet")
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from huggingface_hub.utils import disable_progress_bars

from zoo.service import issue_token

ROOT = Path(__file__).parents[2]
NAMESPACE = "ada"
http = httpx.Client(verify=False, trust_env=False, timeout=30)  # one for all: making one takes a while
START_SECONDS = 60


def find_free_port() -> int:
    """A port of loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Service:
    """A service over `root`; `url` has no slash at the end, `token` may write into the namespace `ada`."""

    root: Path
    port: int = field(default_factory=find_free_port)
    process: subprocess.Popen[bytes] | None = None
    token: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.root.with_name(f"{self.root.name}-{self.port}.log")

    def start(self) -> Service:
        """Start it and wait until it answers."""
        self.token = self.token or issue_token(self.root, NAMESPACE)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "zoo", "serve", "--root", str(self.root), "--port", str(self.port)],
                cwd=ROOT,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The service did not start:\n{self.log.read_text(errors='replace')}")
            time.sleep(0.05)
        return self

    def answers(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self.url}/api/models?limit=1", timeout=10) as response:
                return bool(response.status == 200)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def stop(self) -> None:
        """End it politely."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it with SIGKILL, in the middle of whatever it does."""
        self._end(signal.SIGKILL)

    def restart(self) -> Service:
        """Kill it and start it over the same root and port."""
        self.kill()
        return self.start()

    def environment(self, home: Path) -> dict[str, str]:
        """What `hf` and other programs need to reach it, with a cache and a login of their own below `home`."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "HUGGING"))}
        return kept | {
            "HF_ENDPOINT": self.url,
            "HF_HOME": str(home),
            "HF_TOKEN": self.token,
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "NO_PROXY": "127.0.0.1,localhost",
        }

    def _end(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None


@contextlib.contextmanager
def run_service(root: Path) -> Iterator[Service]:
    """A service over `root` until the end of the block; meanwhile the client in this process may go online, by LFS."""
    server = Service(root)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
            patch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
            disable_progress_bars()
            yield server.start()
    finally:
        server.stop()
