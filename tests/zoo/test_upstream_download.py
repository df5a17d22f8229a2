"""Fetching upstream models: broken, slow and wrong answers, full disks, kills, and many who ask at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

import zoo
from tests._support.mirror import LARGER, SMALL, Mirror, expect_refusal, list_files, serve_mirror, wait_for
from zoo import upstream

ROOT = Path(__file__).parents[2]


def test_a_broken_connection_is_taken_up_again(mirror: Mirror, weights: dict[str, bytes]):
    mirror.manner = "cut"
    path = upstream.fetch(SMALL)
    assert path.read_bytes() == weights[SMALL]
    assert mirror.gets()[0] == ""
    assert all(span.startswith("bytes=") for span in mirror.gets()[1:])
    assert 3 <= len(mirror.gets()) <= 4


def test_a_broken_connection_to_a_server_without_ranges_is_explained(mirror: Mirror, weights: dict[str, bytes]):
    mirror.manner = "cut whole"
    assert "try again" in expect_refusal(zoo.NotHere, lambda: upstream.fetch(SMALL))
    assert list_files() == [f"{upstream.describe(SMALL).file}.part"]
    mirror.manner = "whole"  # sends all of it, although the rest was asked for
    assert upstream.fetch(SMALL).read_bytes() == weights[SMALL]


@pytest.mark.parametrize("manner", ["endless", "long", "short"])
def test_a_body_of_the_wrong_length_is_refused(manner: str, mirror: Mirror):
    mirror.manner = manner
    assert upstream.describe(SMALL).file in expect_refusal(zoo.DamagedRelease, lambda: upstream.load(SMALL))
    assert list_files() == []


@pytest.mark.parametrize("place", [0, 5_000_000, -1])
def test_a_changed_byte_on_the_way_is_refused(place: int, mirror: Mirror):
    name = upstream.describe(SMALL).file
    content = bytearray(mirror.files[name])
    content[place] ^= 1
    mirror.files[name] = bytes(content)
    assert "nothing was kept" in expect_refusal(zoo.DamagedRelease, lambda: upstream.load(SMALL))
    assert list_files() == []
    assert len(mirror.gets()) == 1


@pytest.mark.parametrize(
    ("manner", "words"), [("404", "does not have"), ("500", "answers 500"), ("silent", "breaks off")]
)
def test_an_answer_without_a_file_is_explained(manner: str, words: str, mirror: Mirror, impatient: None):
    mirror.manner = manner
    assert words in expect_refusal(zoo.NotHere, lambda: upstream.load(SMALL))
    assert [name for name in list_files() if not name.endswith(".part")] == []


def test_a_trickle_is_given_up_and_kept(mirror: Mirror, impatient: None):
    mirror.manner = "slow"
    started = time.monotonic()
    assert "too slowly" in expect_refusal(zoo.NotHere, lambda: upstream.load(SMALL))
    assert time.monotonic() - started < 3
    mirror.manner = "plain"
    upstream.load(SMALL)
    assert mirror.gets()[-1].startswith("bytes=")
    assert len(mirror.gets()) == 2


def test_redirects_stay_on_the_host(mirror: Mirror, weights: dict[str, bytes]):
    mirror.manner = "to /again"
    assert upstream.fetch(SMALL).read_bytes() == weights[SMALL]
    with serve_mirror(dict(mirror.files)) as other:
        mirror.manner = f"to {other.url}"
        assert "127.0.0.1" in expect_refusal(zoo.NotHere, lambda: upstream.fetch(LARGER))
        assert other.requests == []


FETCHER = """
import dataclasses, json, os, sys
import zoo
from zoo import upstream
known = json.loads(os.environ["CATALOG"])
upstream.CATALOG = tuple(dataclasses.replace(m, **known[m.name]) for m in upstream.CATALOG if m.name in known)
{before}
try:
    print(upstream.fetch(sys.argv[1]))
except zoo.ZooError as refusal:
    print(type(refusal).__name__, refusal)
"""


def start_fetch(name: str, before: str = "") -> subprocess.Popen[str]:
    """`upstream.fetch(name)` in a process of its own, with this process's catalog."""
    known = {m.name: {"sha256": m.sha256, "mebibytes": m.mebibytes} for m in upstream.CATALOG}
    return subprocess.Popen(
        [sys.executable, "-c", FETCHER.format(before=before), name],
        cwd=ROOT,
        env=os.environ | {"CATALOG": json.dumps(known)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_many_who_ask_at_once_cause_one_download(mirror: Mirror, weights: dict[str, bytes]):
    mirror.manner = "paced"
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(upstream.fetch(SMALL))) for _ in range(4)]
    processes = [start_fetch(SMALL) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.communicate()[0].strip() for process in processes] == [str(found[0])] * 2
    assert len(mirror.gets()) == 1
    assert list_files() == [upstream.describe(SMALL).file]
    assert found[0].read_bytes() == weights[SMALL]


def test_a_killed_download_leaves_nothing_that_is_loaded_as_the_model(mirror: Mirror, weights: dict[str, bytes]):
    known = upstream.describe(SMALL)
    part = known.path.with_name(f"{known.file}.part")
    for share in (0.05, 0.4, 0.7):
        mirror.manner = "paced"
        process = start_fetch(SMALL)
        wait_for(lambda share=share: part.exists() and part.stat().st_size > share * known.bytes)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert not known.is_here
        assert list_files() == [part.name]
    mirror.manner = "plain"
    assert upstream.fetch(SMALL).read_bytes() == weights[SMALL]
    assert mirror.gets()[-1].startswith("bytes=")
    assert int(mirror.gets()[-1][6:-1]) > 0.7 * known.bytes
    assert list_files() == [known.file]


@pytest.mark.parametrize("left", ["other bytes", "all of it", "too much"])
def test_what_an_earlier_try_left_may_be_anything(left: str, mirror: Mirror, weights: dict[str, bytes]):
    known = upstream.describe(SMALL)
    part = known.path.with_name(f"{known.file}.part")
    part.parent.mkdir(parents=True)
    part.write_bytes({"other bytes": bytes(10_000), "all of it": weights[SMALL], "too much": bytes(20_000_000)}[left])
    assert upstream.fetch(SMALL).read_bytes() == weights[SMALL]
    assert list_files() == [known.file]
    assert mirror.gets() == [f"bytes={10_000}-", ""] if left == "other bytes" else True


SMALL_BLOCKS = """
import httpx2
iter_raw = httpx2.Response.iter_raw
httpx2.Response.iter_raw = lambda response: iter_raw(response, 1000)
"""


@pytest.mark.parametrize("blocks", ["", SMALL_BLOCKS], ids=["as they come", "small"])
def test_a_full_disk_is_explained(blocks: str, mirror: Mirror, monkeypatch: pytest.MonkeyPatch):
    # The kernel refuses the byte after the third megabyte, as it does on a full disk.
    limit = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))" + blocks
    said = start_fetch(SMALL, limit).communicate()[0]
    assert said.startswith("NotHere")
    assert "make room for 10 MB" in said
    assert list_files() == []

    vast = replace(upstream.describe(SMALL), mebibytes=1e9)
    monkeypatch.setattr(upstream, "CATALOG", (vast,))
    assert "make room" in expect_refusal(zoo.NotHere, lambda: upstream.fetch(SMALL))
    assert list_files() == []


def test_a_folder_that_cannot_be_made_is_explained(mirror: Mirror, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "file"))
    assert "set TORCH_HOME" in expect_refusal(zoo.NotHere, lambda: upstream.fetch(SMALL))
