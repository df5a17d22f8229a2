"""How much memory the service takes while files go up and down: the most it ever held, less what it held at rest.

python -m benchmarks.service_memory [MEGABYTES] [FILES]
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from benchmarks.service_download import SERVICE, run_server
from zoo.service import issue_token

PIECE = 2**20
REGULAR = 40  # files of 5 MB that go into git itself, in one commit


def read_memory(process: int, key: str) -> float:
    """A process's memory in MB: `VmRSS` now, `VmHWM` at its highest."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("this machine does not tell a process's memory")


def make_pieces(seed: int, count: int) -> Iterator[bytes]:
    """A file of `count` mebibytes that differs with its seed."""
    block = bytearray(hashlib.shake_128(b"%d" % seed).digest(PIECE))
    for number in range(count):
        block[:8] = number.to_bytes(8, "big")
        yield bytes(block)


def upload_file(client: httpx.Client, seed: int, count: int) -> tuple[str, int]:
    """Upload a file as the client does, by LFS; returns its SHA-256 and size."""
    digest = hashlib.sha256()
    for piece in make_pieces(seed, count):
        digest.update(piece)
    item = {"oid": digest.hexdigest(), "size": count * PIECE}
    answer = client.post("/bench/it.git/info/lfs/objects/batch", json={"operation": "upload", "objects": [item]})
    href = answer.json()["objects"][0]["actions"]["upload"]["href"]
    client.put(href, content=make_pieces(seed, count), headers={"Content-Length": str(item["size"])}).raise_for_status()
    return str(item["oid"]), count * PIECE


def download_file(client: httpx.Client, name: str) -> int:
    with client.stream("GET", f"/bench/it/resolve/main/{name}") as answer:
        return sum(len(piece) for piece in answer.iter_raw(PIECE))


def send_commit(client: httpx.Client, rows: Iterator[tuple[str, dict[str, Any]]]) -> None:
    def lines() -> Iterator[bytes]:
        yield json.dumps({"key": "header", "value": {"summary": "files"}}).encode() + b"\n"
        for key, value in rows:
            yield json.dumps({"key": key, "value": value}).encode() + b"\n"

    client.post("/api/models/bench/it/commit/main", content=lines()).raise_for_status()


def main(megabytes: int, files: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        token = issue_token(Path(folder), "bench")
        with run_server(SERVICE, Path(folder)) as (port, process):
            client = httpx.Client(
                base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {token}"}, timeout=600,
                trust_env=False,
            )  # fmt: skip
            client.post("/api/repos/create", json={"name": "it"}).raise_for_status()
            client.get("/").raise_for_status()
            time.sleep(1)
            rest, count = read_memory(process, "VmRSS"), megabytes * 10**6 // files // PIECE + 1
            with ThreadPoolExecutor(files) as pool:
                stored = list(pool.map(lambda seed: upload_file(client, seed, count), range(files)))
                rows = [
                    ("lfsFile", {"path": f"{number}.bin", "algo": "sha256", "oid": oid, "size": size})
                    for number, (oid, size) in enumerate(stored)
                ]
                send_commit(client, iter(rows))
                after_up = read_memory(process, "VmHWM")
                received = sum(pool.map(lambda number: download_file(client, f"{number}.bin"), range(files)))
            if received != sum(size for _, size in stored):
                raise SystemExit(f"{received} bytes came back")
            highest = read_memory(process, "VmHWM")
            print(f"{received / 1e9:.2f} GB up and down in {files} files at once; {rest:.0f} MB at rest")
            print(f"grew by {after_up - rest:.0f} MB going up, {highest - rest:.0f} MB in all")
            regular = (
                ("file", {"path": f"{number}.txt", "content": base64.b64encode(os.urandom(5 * 10**6)).decode()})
                for number in range(REGULAR)
            )
            send_commit(client, regular)
            highest = read_memory(process, "VmHWM")
            print(f"{REGULAR} regular files of 5 MB in one commit: {highest - rest:.0f} MB in all")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000, int(sys.argv[2]) if len(sys.argv) > 2 else 4)
