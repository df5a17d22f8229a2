"""A mirror of torchvision's weights on loopback, and weights made on the spot to serve from it.

The mirror can misbehave in the ways that networks and servers do; what it serves goes through the same code as
torchvision's own files, with the digests of these files in the catalog's table.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import zoo
from zoo import upstream
from zoo.upstream import Upstream, download, reach

BLOCK = 1 << 16
ROOT = Path(__file__).parents[2]
SMALL, LARGER = "mobilenet_v3_small.imagenet", "resnet18.imagenet"


@dataclass
class Mirror:
    """`files` by name; `requests` is what was asked: method, path, range.

    `manner` is one of plain, whole (knows no ranges), cut (each answer breaks off after a third of the file), short
    (the first third and a clean end), long (promises too much), endless, slow, paced (a block each 8 ms), silent,
    404, 500, or "to ADDRESS" (redirects there).
    """

    files: dict[str, bytes]
    url: str = ""
    manner: str = "plain"
    requests: list[tuple[str, str, str]] = field(default_factory=list)

    def gets(self) -> list[str]:
        """The range of each download that was asked for."""
        return [span for method, _, span in self.requests if method == "GET"]


@contextlib.contextmanager
def serve_mirror(files: dict[str, bytes]) -> Iterator[Mirror]:
    """Serve `files` on a free port."""
    mirror = Mirror(files)
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            self.answer(head=True)

        def do_GET(self) -> None:
            self.answer(head=False)

        def start(self, status: int, **headers: Any) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), str(value))
            self.end_headers()

        def answer(self, head: bool) -> None:
            mirror.requests.append((self.command, self.path, self.headers.get("Range", "")))
            manner, name = mirror.manner, self.path.rpartition("/")[2]
            body = mirror.files.get(name)
            if manner.startswith("to ") and "/again/" not in self.path:
                return self.start(302, Location=f"{manner[3:]}/{name}", Content_Length=0)
            if manner == "silent":
                closing.wait(30)
                self.close_connection = True
                return None
            if manner in ("404", "500") or body is None:
                return self.start(int(manner) if manner.isdigit() else 404, Content_Length=0)
            if head:
                return self.start(200, Content_Length=len(body))
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.send(body, manner)
            return None

        def send(self, body: bytes, manner: str) -> None:
            first = int(self.headers.get("Range", "bytes=0-")[6:-1])
            if first and manner not in ("whole", "cut whole"):
                if first >= len(body):
                    return self.start(416, Content_Range=f"bytes */{len(body)}", Content_Length=0)
                self.start(
                    206, Content_Length=len(body) - first, Content_Range=f"bytes {first}-{len(body) - 1}/{len(body)}"
                )
            elif manner in ("endless", "short"):
                first = 0
                self.start(200, Connection="close")
            else:
                first = 0
                self.start(200, Content_Length=len(body) * 2 if manner == "long" else len(body))
            last = first + len(body) // 3 if manner in ("cut", "cut whole", "short") else len(body)
            if manner == "endless":
                while not closing.is_set():
                    self.wfile.write(bytes(BLOCK))
            step = 100 if manner == "slow" else BLOCK
            for place in range(first, min(last, len(body)), step):
                self.wfile.write(body[place : min(place + step, last)])
                if manner in ("slow", "paced") and closing.wait(0.05 if manner == "slow" else 0.008):
                    break
            self.close_connection = manner != "plain"
            return None

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        mirror.url = f"http://127.0.0.1:{server.server_port}/models"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield mirror
        finally:
            closing.set()
            server.shutdown()
            thread.join()


def make_weights(name: str, legacy: bool = False) -> bytes:
    """A weights file for one of the catalog's models: random, the same at each call, no layer of it zero."""
    import torch
    from torchvision.models import get_model

    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        model: Any = get_model(upstream.describe(name).builder, weights=None)
    generator = torch.Generator().manual_seed(0)
    weights = {}
    for key, value in model.state_dict().items():
        if not value.is_floating_point():
            weights[key] = torch.zeros(value.shape, dtype=value.dtype)
        elif key.endswith("running_var"):
            weights[key] = torch.ones(value.shape)
        elif value.ndim > 1:
            # He's initialisation keeps values of one size through the layers.
            scale = (2 / value[0].numel()) ** 0.5
            weights[key] = torch.empty(value.shape).uniform_(-1, 1, generator=generator) * scale * 3**0.5
        else:
            weights[key] = torch.empty(value.shape).uniform_(0.5, 1.0, generator=generator)
            if key.endswith(("bias", "running_mean")):
                weights[key] -= 0.75
    file = io.BytesIO()
    torch.save(weights, file, _use_new_zipfile_serialization=not legacy)
    return file.getvalue()


def make_entry(name: str, content: bytes) -> Upstream:
    """The catalog's entry with these bytes' size and digest instead of torchvision's."""
    size = len(content) / 2**20
    return replace(upstream.describe(name), sha256=hashlib.sha256(content).hexdigest(), mebibytes=round(size, 3))


@pytest.fixture(scope="session")
def weights() -> dict[str, bytes]:
    """Files by model, made once."""
    return {name: make_weights(name) for name in (SMALL, LARGER)}


@pytest.fixture
def mirror(weights: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """A mirror with two models, an empty cache, and a catalog that knows these files' digests."""
    known = {name: make_entry(name, content) for name, content in weights.items()}
    monkeypatch.setattr(upstream, "CATALOG", tuple(known.get(model.name, model) for model in upstream.CATALOG))
    monkeypatch.setattr(reach, "_answer", ("", 0.0, {}))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with serve_mirror({known[name].file: content for name, content in weights.items()}) as served:
        monkeypatch.setenv("TENWEEKS_UPSTREAM", served.url + "/")
        yield served


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same patience, for tests in tenths of a second."""
    monkeypatch.setattr(reach, "CONNECT_SECONDS", 0.3)
    for name in ("READ_SECONDS", "PATIENCE_SECONDS"):
        monkeypatch.setattr(download, name, 0.3)


def list_files() -> list[str]:
    """What lies where torchvision keeps its weights."""
    return sorted(path.name for path in upstream.folder().iterdir()) if upstream.folder().exists() else []


def expect_refusal(kind: type[zoo.ZooError], call: Callable[[], object]) -> str:
    """What a call is refused with: one sentence."""
    with pytest.raises(kind) as refusal:
        call()
    sentence = str(refusal.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert len(sentence) < 400
    return sentence


def wait_for(condition: Any, seconds: float = 20.0) -> None:
    """Until `condition()` holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def write_gallery(folder: Path, mirror: str, models: list[Upstream]) -> Path:
    """A program that serves the gallery with these entries in the catalog, this mirror, and an empty cache."""
    known = {model.name: {"sha256": model.sha256, "mebibytes": model.mebibytes} for model in models}
    program = folder / "gallery.py"
    program.write_text(
        f"""import dataclasses, os, sys
os.environ.pop("HF_HUB_OFFLINE")
os.environ.update(TORCH_HOME={str(folder / "torch")!r}, TENWEEKS_UPSTREAM={mirror!r}, GRADIO_ANALYTICS_ENABLED="False")
sys.path.insert(0, {str(ROOT)!r})
from zoo import upstream
known = {known!r}
upstream.CATALOG = tuple(dataclasses.replace(model, **known.get(model.name, {{}})) for model in upstream.CATALOG)
from apps._gallery.exhibit import find_exhibits
from apps._gallery.page import build_page, launch_page
if __name__ == "__main__":
    found = find_exhibits()
    launch_page(build_page({{slug: found[slug] for slug in ("classify", "feature-maps")}}))
"""
    )
    return program
