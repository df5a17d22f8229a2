"""Upstream models: torchvision's facts, its very tensors, and no way for a wrong byte to be taken for a model."""

from __future__ import annotations

import gc
import hashlib
import io
import json
import os
import pickle
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import nn
from torchvision.models import get_model, get_weight

import zoo
from apps import _maps, _network_menu, _networks, _tracing, classify, feature_maps
from apps._inputs import BadInput, read_picture
from apps.widgets.network_menu import NetworkMenu
from tests._mirror import Mirror, entry, made, mirrored, wait_for
from zoo import upstream
from zoo.examples import example_pictures

ROOT = Path(__file__).parent.parent
SMALL, LARGER = "mobilenet_v3_small.imagenet", "resnet18.imagenet"
NAMES = upstream.names()
PHOTOS = {name: read_picture(path) for name, path in example_pictures().items()}


@pytest.fixture(scope="session")
def weights() -> dict[str, bytes]:
    """Files by model, made once."""
    return {name: made(name) for name in (SMALL, LARGER)}


@pytest.fixture
def mirror(weights: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """A mirror with two models, an empty cache, and a catalog that knows these files' digests."""
    known = {name: entry(name, content) for name, content in weights.items()}
    monkeypatch.setattr(upstream, "CATALOG", tuple(known.get(model.name, model) for model in upstream.CATALOG))
    monkeypatch.setattr(upstream, "_answer", ("", 0.0, {}))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with mirrored({known[name].file: content for name, content in weights.items()}) as served:
        monkeypatch.setenv("TENWEEKS_UPSTREAM", served.url + "/")
        yield served


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same patience, for tests in tenths of a second."""
    for name, value in (("CONNECT_SECONDS", 0.3), ("READ_SECONDS", 0.3), ("PATIENCE_SECONDS", 0.3)):
        monkeypatch.setattr(upstream, name, value)


def files() -> list[str]:
    return sorted(path.name for path in upstream.folder().iterdir()) if upstream.folder().exists() else []


def refused(kind: type[zoo.ZooError], call: Callable[[], object]) -> str:
    """What a call is refused with: one sentence."""
    with pytest.raises(kind) as refusal:
        call()
    sentence = str(refusal.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert len(sentence) < 400
    return sentence


# ---------------------------------------------------------------------------------------------------- what is said


@pytest.mark.parametrize("model", upstream.CATALOG, ids=lambda model: model.name)
def test_every_field_is_torchvisions(model: upstream.Upstream):
    weight = get_weight(model.weights)
    meta = weight.meta
    assert weight.url == f"{upstream.ADDRESS}/{model.file}"
    assert model.name == f"{model.builder}.imagenet"
    owner = type(weight).__name__.removesuffix("_Weights")
    assert owner.lower() == model.builder
    assert re.sub("[-/ ]", "", model.title) == owner.replace("_", "")
    assert model.parameters == meta["num_params"]
    assert model.gmacs == meta["_ops"]
    assert model.mebibytes == meta["_file_size"]
    assert model.accuracy == meta["_metrics"]["ImageNet-1K"]["acc@1"]
    assert model.labels == meta["categories"]
    assert len(set(model.labels)) == 1000
    assert "license" not in meta  # else it has one of its own, other than torchvision's
    assert metadata("torchvision")["License"] in model.licence
    assert model.metric == zoo.Metric("accuracy", model.accuracy / 100, "imagenet", "validation", 50_000)
    theirs, ours = weight.transforms(), model.preprocessing
    assert (theirs.crop_size, theirs.resize_size) == ([ours.size], [ours.resize])
    assert (tuple(theirs.mean), tuple(theirs.std)) == (ours.mean, ours.std)
    assert theirs.interpolation.value == ours.interpolation


@pytest.mark.parametrize("model", upstream.CATALOG, ids=lambda model: model.name)
def test_digest_is_whole_and_begins_as_the_files_name_says(model: upstream.Upstream):
    assert len(model.sha256) == 64
    assert replace(model, sha256="").digest == model.sha256[:8]
    assert f"-{model.sha256[:8]}." in model.file


@pytest.mark.parametrize("model", upstream.CATALOG, ids=lambda model: model.name)
def test_networks_of_maps_are_convolutional_to_the_end(model: upstream.Upstream):
    with torch.device("meta"):
        network = get_model(model.builder, weights=None)
    assert sum(p.numel() for p in network.parameters()) == model.parameters
    convolutions = [name for name, module in network.named_modules() if isinstance(module, nn.Conv2d)]
    assert (len(convolutions) > 1) == model.convolutional


def test_catalog_goes_from_light_to_heavy_and_names_are_known():
    assert [m.macs for m in upstream.CATALOG] == sorted(m.macs for m in upstream.CATALOG)
    assert {"resnet18", "resnet50", "efficientnet_b0", "mobilenet_v3_large", "convnext_tiny", "vit_b_16"} <= {
        model.builder for model in upstream.CATALOG
    }
    with pytest.raises(zoo.UnknownName, match=r"did you mean 'resnet50.imagenet'"):
        upstream.describe("resnet5.imagenet")
    with pytest.raises(zoo.UnknownName, match="leave out '@v1'"):
        upstream.describe("resnet50.imagenet@v1")


def test_importing_loads_neither_torch_nor_a_client():
    program = "import sys, zoo.upstream as u; u.folder(), u.names(), u.missing(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"torch", "torchvision", "httpx", "httpx2", "gradio"} & set(done.stdout.split())


@pytest.mark.parametrize(
    "environment", [{}, {"TORCH_HOME": "~/models"}, {"XDG_CACHE_HOME": "/var/tmp/c"}, {"TORCH_HOME": "", "HOME": "/h"}]
)
def test_folder_is_torchs_own(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    for name in ("TORCH_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    expected = Path(torch.hub.get_dir()) / "checkpoints"
    assert upstream.folder() == expected
    monkeypatch.setitem(sys.modules, "torch", None)
    assert upstream.folder() == expected


def test_folder_follows_set_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    assert upstream.folder() == tmp_path / "checkpoints"


# ---------------------------------------------------------------------------------------------------- preprocessing


@pytest.mark.parametrize("model", upstream.CATALOG, ids=lambda model: model.name)
@pytest.mark.parametrize("photo", PHOTOS)
def test_preprocessing_is_torchvisions_bit_for_bit(model: upstream.Upstream, photo: str):
    theirs = get_weight(model.weights).transforms()(PHOTOS[photo])
    assert torch.equal(model.preprocessing(PHOTOS[photo]), theirs)


@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from(upstream.CATALOG), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_preprocessing_of_any_size_is_torchvisions(width: int, height: int, model: upstream.Upstream, seed: int):
    if max(width, height) > 16 * min(width, height):
        width, height = max(width, height), -(-max(width, height) // 16)
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels)
    assert torch.equal(model.preprocessing(picture), get_weight(model.weights).transforms()(picture))


def test_a_hair_is_not_blown_up():
    prepared = upstream.describe(SMALL).preprocessing
    started = time.perf_counter()
    for size in ((2048, 1), (1, 2048)):
        assert prepared(Image.new("RGB", size, "red")).shape == (3, 224, 224)
    assert time.perf_counter() - started < 1


def test_what_was_seen_is_shown_again():
    prepared = upstream.describe(LARGER).preprocessing
    cat = PHOTOS["cat"]
    width, height = cat.size
    scaled = cat.resize((int(256 * width / height), 256), Image.Resampling.BILINEAR)
    left = round((scaled.width - 224) / 2)
    shown = prepared.picture(prepared(cat))
    assert np.array_equal(shown, np.asarray(scaled.crop((left, 16, left + 224, 240))))


# ---------------------------------------------------------------------------------------------------- the way through


@pytest.mark.parametrize("name", [SMALL, LARGER])
def test_loaded_model_is_torchvisions_with_these_weights(name: str, mirror: Mirror, weights: dict[str, bytes]):
    steps: list[tuple[int, int]] = []
    before = torch.random.get_rng_state()
    model: Any = upstream.load(name, lambda done, total: steps.append((done, total)))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert files() == [model.release.file]
    assert steps[-1] == (len(weights[name]), len(weights[name]))
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)

    theirs = get_model(model.release.builder, weights=None)
    theirs.load_state_dict(torch.load(io.BytesIO(weights[name]), weights_only=True))
    weight = get_weight(model.release.weights)
    x = weight.transforms()(PHOTOS["coffee"])[None]
    with torch.inference_mode():
        scores, expected = model(model.preprocess(PHOTOS["coffee"])[None]), theirs.eval()(x)
    assert torch.equal(scores, expected)
    assert scores.std() > 1e-3
    assert not model.training
    assert not any(p.requires_grad for p in model.parameters())
    assert model.labels == weight.meta["categories"]

    again: Any = upstream.load(name)
    assert mirror.gets() == [""]  # fetched once
    assert torch.equal(again(x), expected)


def test_torchvision_finds_what_was_fetched_and_the_other_way_round(mirror: Mirror, weights: dict[str, bytes]):
    upstream.fetch(SMALL)
    theirs = get_weight(upstream.describe(SMALL).weights).get_state_dict()
    assert theirs.keys() == torch.load(io.BytesIO(weights[SMALL]), weights_only=True).keys()
    path = upstream.describe(LARGER).path
    path.write_bytes(weights[LARGER])
    upstream.load(LARGER)
    assert len(mirror.gets()) == 1


def test_old_format_and_a_prefix_for_a_digest(mirror: Mirror, monkeypatch: pytest.MonkeyPatch):
    content = made(SMALL, legacy=True)
    file = f"mobilenet_v3_small-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    known = replace(entry(SMALL, content), sha256="", file=file)
    monkeypatch.setattr(upstream, "CATALOG", (known,))
    mirror.files[file] = content
    upstream.load(SMALL)
    mirror.files[file] = content[:-1] + b"x"
    known.path.unlink()
    assert file in refused(zoo.DamagedRelease, lambda: upstream.load(SMALL))


@pytest.mark.parametrize("place", [0, 100, 5_000_000, -1])
def test_a_changed_byte_in_the_cache_is_refused(place: int, mirror: Mirror, weights: dict[str, bytes]):
    path = upstream.fetch(SMALL)
    content = bytearray(weights[SMALL])
    content[place] ^= 1
    path.write_bytes(content)
    sentence = refused(zoo.DamagedRelease, lambda: upstream.load(SMALL))
    assert str(path) in sentence
    assert "delete it" in sentence
    path.unlink()
    upstream.load(SMALL)


@pytest.mark.parametrize("length", [0, 1, 1_000_000, -1])
def test_a_truncated_file_in_the_cache_is_refused(length: int, mirror: Mirror, weights: dict[str, bytes]):
    path = upstream.fetch(SMALL)
    path.write_bytes(weights[SMALL][:length])
    assert path.name in refused(zoo.DamagedRelease, lambda: upstream.load(SMALL))


def test_a_file_of_another_network_is_refused(mirror: Mirror, monkeypatch: pytest.MonkeyPatch):
    other = replace(upstream.describe(SMALL), builder="mobilenet_v3_large")
    monkeypatch.setattr(upstream, "CATALOG", (other,))
    assert other.file in refused(zoo.DamagedRelease, lambda: upstream.load(SMALL))


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (os.environ["TRAP"],)


def test_a_file_with_a_program_in_it_is_not_run(mirror: Mirror, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("TRAP", str(tmp_path / "sprung"))
    content = io.BytesIO()
    torch.save({"conv1.weight": Trap()}, content)
    for bad in (content.getvalue(), pickle.dumps({"conv1.weight": Trap()}), b"no pickle at all"):
        known = entry(SMALL, bad)
        monkeypatch.setattr(upstream, "CATALOG", (known,))
        mirror.files[known.file] = bad
        refused(zoo.DamagedRelease, lambda: upstream.load(SMALL))
        known.path.unlink()
    assert not (tmp_path / "sprung").exists()


# ---------------------------------------------------------------------------------------------------- faults


def test_a_broken_connection_is_taken_up_again(mirror: Mirror, weights: dict[str, bytes]):
    mirror.manner = "cut"
    path = upstream.fetch(SMALL)
    assert path.read_bytes() == weights[SMALL]
    assert mirror.gets()[0] == ""
    assert all(span.startswith("bytes=") for span in mirror.gets()[1:])
    assert 3 <= len(mirror.gets()) <= 4


def test_a_broken_connection_to_a_server_without_ranges_is_told(mirror: Mirror, weights: dict[str, bytes]):
    mirror.manner = "cut whole"
    assert "try again" in refused(zoo.NotHere, lambda: upstream.fetch(SMALL))
    assert files() == [f"{upstream.describe(SMALL).file}.part"]
    mirror.manner = "whole"  # sends all of it, although the rest was asked for
    assert upstream.fetch(SMALL).read_bytes() == weights[SMALL]


@pytest.mark.parametrize("manner", ["endless", "long", "short"])
def test_a_body_of_the_wrong_length_is_refused(manner: str, mirror: Mirror):
    mirror.manner = manner
    assert upstream.describe(SMALL).file in refused(zoo.DamagedRelease, lambda: upstream.load(SMALL))
    assert files() == []


@pytest.mark.parametrize("place", [0, 5_000_000, -1])
def test_a_changed_byte_on_the_way_is_refused(place: int, mirror: Mirror):
    name = upstream.describe(SMALL).file
    content = bytearray(mirror.files[name])
    content[place] ^= 1
    mirror.files[name] = bytes(content)
    assert "nothing was kept" in refused(zoo.DamagedRelease, lambda: upstream.load(SMALL))
    assert files() == []
    assert len(mirror.gets()) == 1


@pytest.mark.parametrize(
    ("manner", "words"), [("404", "does not have"), ("500", "answers 500"), ("silent", "breaks off")]
)
def test_an_answer_without_a_file_is_told(manner: str, words: str, mirror: Mirror, impatient: None):
    mirror.manner = manner
    assert words in refused(zoo.NotHere, lambda: upstream.load(SMALL))
    assert [name for name in files() if not name.endswith(".part")] == []


def test_a_trickle_is_given_up_and_kept(mirror: Mirror, impatient: None):
    mirror.manner = "slow"
    started = time.monotonic()
    assert "too slowly" in refused(zoo.NotHere, lambda: upstream.load(SMALL))
    assert time.monotonic() - started < 3
    mirror.manner = "plain"
    upstream.load(SMALL)
    assert mirror.gets()[-1].startswith("bytes=")
    assert len(mirror.gets()) == 2


def test_redirects_stay_on_the_host(mirror: Mirror, weights: dict[str, bytes]):
    mirror.manner = "to /again"
    assert upstream.fetch(SMALL).read_bytes() == weights[SMALL]
    with mirrored(dict(mirror.files)) as other:
        mirror.manner = f"to {other.url}"
        assert "127.0.0.1" in refused(zoo.NotHere, lambda: upstream.fetch(LARGER))
        assert other.requests == []


def test_nobody_listens(mirror: Mirror, monkeypatch: pytest.MonkeyPatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("TENWEEKS_UPSTREAM", f"http://127.0.0.1:{free.getsockname()[1]}")
        started = time.monotonic()
        assert "does not answer" in refused(zoo.NotHere, lambda: upstream.load(SMALL))
        assert set(upstream.missing()) == set(NAMES)
        assert time.monotonic() - started < 1
    for wrong in ("no address", "ftp://127.0.0.1", "http://"):
        monkeypatch.setenv("TENWEEKS_UPSTREAM", wrong)
        refused(zoo.NotHere, lambda: upstream.load(SMALL))
        assert set(upstream.missing()) == set(NAMES)


def test_offline_nobody_is_asked(mirror: Mirror, monkeypatch: pytest.MonkeyPatch, weights: dict[str, bytes]):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    sentence = refused(zoo.NotHere, lambda: upstream.load(SMALL))
    assert upstream.describe(SMALL).file in sentence
    assert set(upstream.missing()) == set(NAMES)
    assert mirror.requests == []
    upstream.folder().mkdir(parents=True)
    upstream.describe(SMALL).path.write_bytes(weights[SMALL])
    upstream.load(SMALL)
    assert set(upstream.missing()) == set(NAMES) - {SMALL}


def test_what_can_be_had_is_asked_once_a_minute(mirror: Mirror, monkeypatch: pytest.MonkeyPatch):
    assert set(upstream.missing()) == set(NAMES) - {SMALL, LARGER}
    assert {method for method, _, _ in mirror.requests} == {"HEAD"}
    asked = len(mirror.requests)
    threads = [threading.Thread(target=upstream.missing) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mirror.requests) == asked
    monkeypatch.setattr(upstream, "KEPT_SECONDS", -1.0)
    mirror.manner = "500"
    assert "answers 500" in upstream.missing()[SMALL]


def test_asking_a_silent_server_has_an_end(mirror: Mirror, impatient: None):
    mirror.manner = "silent"
    started = time.monotonic()
    reasons = upstream.missing()
    assert time.monotonic() - started < 2
    assert set(reasons) == set(NAMES)
    assert all(reason.endswith(".") for reason in reasons.values())


# ---------------------------------------------------------------------------------------------------- many at once

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


def fetcher(name: str, before: str = "") -> subprocess.Popen[str]:
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
    processes = [fetcher(SMALL) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.communicate()[0].strip() for process in processes] == [str(found[0])] * 2
    assert len(mirror.gets()) == 1
    assert files() == [upstream.describe(SMALL).file]
    assert found[0].read_bytes() == weights[SMALL]


def test_a_killed_download_leaves_nothing_that_is_taken_for_the_model(mirror: Mirror, weights: dict[str, bytes]):
    known = upstream.describe(SMALL)
    part = known.path.with_name(f"{known.file}.part")
    for share in (0.05, 0.4, 0.7):
        mirror.manner = "paced"
        process = fetcher(SMALL)
        wait_for(lambda share=share: part.exists() and part.stat().st_size > share * known.bytes)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert not known.is_here
        assert files() == [part.name]
    mirror.manner = "plain"
    assert upstream.fetch(SMALL).read_bytes() == weights[SMALL]
    assert mirror.gets()[-1].startswith("bytes=")
    assert int(mirror.gets()[-1][6:-1]) > 0.7 * known.bytes
    assert files() == [known.file]


@pytest.mark.parametrize("left", ["other bytes", "all of it", "too much"])
def test_what_an_earlier_try_left_may_be_anything(left: str, mirror: Mirror, weights: dict[str, bytes]):
    known = upstream.describe(SMALL)
    part = known.path.with_name(f"{known.file}.part")
    part.parent.mkdir(parents=True)
    part.write_bytes({"other bytes": bytes(10_000), "all of it": weights[SMALL], "too much": bytes(20_000_000)}[left])
    assert upstream.fetch(SMALL).read_bytes() == weights[SMALL]
    assert files() == [known.file]
    assert mirror.gets() == [f"bytes={10_000}-", ""] if left == "other bytes" else True


def test_a_full_disk_is_told(mirror: Mirror, monkeypatch: pytest.MonkeyPatch):
    # The kernel refuses the byte after the third megabyte, as it does on a full disk.
    limit = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))"
    said = fetcher(SMALL, limit).communicate()[0]
    assert said.startswith("NotHere")
    assert "make room for 10 MB" in said
    assert files() == []

    vast = replace(upstream.describe(SMALL), mebibytes=1e9)
    monkeypatch.setattr(upstream, "CATALOG", (vast,))
    assert "make room" in refused(zoo.NotHere, lambda: upstream.fetch(SMALL))
    assert files() == []


def test_a_folder_that_cannot_be_is_told(mirror: Mirror, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "file"))
    assert "set TORCH_HOME" in refused(zoo.NotHere, lambda: upstream.fetch(SMALL))


# ---------------------------------------------------------------------------------------------------- in the tabs


def test_classify_shows_what_torchvision_would_answer(mirror: Mirror):
    answer = classify.classify_image(PHOTOS["coffee"], SMALL, LARGER)
    for name, found in zip((SMALL, LARGER), answer["networks"], strict=True):
        model: Any = _networks.load(name)
        with torch.inference_mode():
            x = get_weight(model.release.weights).transforms()(PHOTOS["coffee"])
            expected = model(x[None])[0].double().softmax(0)
        assert found["network"] == name
        assert len(found["answers"]) == 1000
        assert found["answers"][0]["label"] == model.labels[int(expected.argmax())]
        assert found["answers"][0]["probability"] == pytest.approx(float(expected.max()), rel=1e-4)
        assert found["metric"]["publisher"] == "torchvision"
        assert found["knows"].startswith("It can only answer with one of 1,000 labels")
        assert len(json.dumps(found)) < 200_000
    assert len(mirror.gets()) == 2


def test_few_upstream_models_stay_in_memory(mirror: Mirror):
    _networks._load_upstream.cache_clear()
    classify.classify_image(PHOTOS["coffee"], SMALL)
    kept = weakref.ref(_networks.load(SMALL))
    assert _networks.load(SMALL) is kept()
    most = _networks._load_upstream.cache_info().maxsize or 0
    assert sum(sorted(model.bytes for model in upstream.CATALOG)[-most:]) < 600e6
    _networks._load_upstream.cache_clear()
    gc.collect()
    assert kept() is None  # nothing else holds it


@pytest.mark.parametrize("name", [SMALL, LARGER])
def test_feature_maps_of_an_upstream_model(name: str, mirror: Mirror):
    started = time.perf_counter()
    maps = feature_maps.compute_feature_maps("cat", name)
    assert time.perf_counter() - started < 10
    assert len(json.dumps(maps)) < 1_650_000
    assert maps["size"] == [224, 224]
    assert len(maps["labels"]) == 1000
    assert maps["layers"][-1]["kind"] == "scores"
    assert maps["layers"][-1]["sent"] == 1000
    assert all(layer["sent"] >= min(8, layer["shape"][0]) for layer in maps["layers"])
    assert len({layer["label"] for layer in maps["layers"]}) == len(maps["layers"])
    for layer in maps["layers"][:: len(maps["layers"]) // 8]:
        unit = [count // 2 for count in layer["shape"]]
        found = feature_maps.locate_receptive_field("cat", name, layer["name"], *unit)
        assert found["arithmetic"]["total"] == pytest.approx(found["value"], rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("model", [m for m in upstream.CATALOG if m.convolutional], ids=lambda model: model.name)
def test_fields_of_a_whole_network_hold_every_gradient(model: upstream.Upstream):
    """On a small picture, for a unit of each layer that is shown: no pixel outside the stated field moves it."""
    network = get_model(model.builder, weights=None)
    network.load_state_dict(torch.load(io.BytesIO(made(model.name)), weights_only=True))
    network.eval().requires_grad_(False)
    trace = _tracing.record(network, torch.randn(3, 96, 64, generator=torch.Generator().manual_seed(1)))
    with torch.no_grad():
        last = next(reversed(trace.values.values()))
        torch.testing.assert_close(last.detach(), network(trace.x.detach()), rtol=0, atol=0)
    shown = [layer for layer in trace.layers.values() if layer.kind in _maps.SHOWN]
    local = 0
    for layer in {layer.name: layer for layer in (*shown[:3], *shown[:: max(1, len(shown) // 10)])}.values():
        channel, row, column = (count // 2 for count in layer.shape)
        value = trace.value(layer.node).reshape(layer.shape)[channel, row, column]
        (gradient,) = torch.autograd.grad(value, trace.x, retain_graph=True)
        reached = gradient[0].abs().sum(0) > 0
        for axis, index, places in ((layer.rows, row, reached.any(1)), (layer.columns, column, reached.any(0))):
            first, final = axis.seen[index]
            assert not places[:first].any(), layer.name
            assert not places[final + 1 :].any(), layer.name
        local += layer.rows.seen[row] != (0, 95)
    assert local >= 2  # "it may see everything" would be true of all, and tell nothing


def test_convnext_sees_what_its_windows_say():
    """A 4 × 4 stem of stride 4, then 7 × 7 windows four pixels apart, until the next stage halves the map."""
    network = get_model("convnext_tiny", weights=None).eval().requires_grad_(False)
    trace = _tracing.record(network, torch.randn(3, 64, 64))
    sizes = {name: trace.layers[name].rows.size for name in ("features.0.0", "features.1.0", "features.1.1")}
    assert sizes == {"features.0.0": 4, "features.1.0": 4 + 6 * 4, "features.1.1": 4 + 2 * 6 * 4}
    assert trace.layers["features.2.1"].rows.size == 4 + 3 * 6 * 4 + 4


def test_a_transformer_is_offered_to_classify_alone(mirror: Mirror):
    with pytest.raises(BadInput, match="has no convolutions after its first layer"):
        feature_maps.compute_feature_maps("cat", "vit_b_16.imagenet")
    assert mirror.requests == []


def test_endpoints_refuse_what_cannot_be_fetched(mirror: Mirror):
    for call in (
        lambda: classify.classify_image(PHOTOS["cat"], "resnet50.imagenet"),
        lambda: feature_maps.compute_feature_maps("cat", "resnet50.imagenet"),
        lambda: feature_maps.describe_filters("resnet50.imagenet", "conv1", 0),
    ):
        assert "does not have resnet50" in refused(zoo.NotHere, call)


def test_a_click_waits_for_no_download(mirror: Mirror):
    for call in (
        lambda: classify._see({"source": "example", "name": "cat"}, SMALL, ""),
        lambda: feature_maps._show(SMALL, "cat", None),
    ):
        assert "choose it again" in refused(zoo.NotHere, call)
    assert mirror.requests == []


def test_menu_greys_what_cannot_be_had(mirror: Mirror):
    with gr.Blocks() as page:
        menu = _network_menu.network_menu("Network", _networks.classifiers(), upstream.CATALOG, "lenet.mnist@v1")
    assert mirror.requests == []  # building asks nobody
    assert all(option["off"] for option in menu.value["groups"][1]["options"])
    handlers = {block.fn.__name__: block.fn for block in page.fns.values() if block.fn}
    offered = handlers["ask_upstream"]()
    own, others = offered["groups"]
    assert [option["value"] for option in own["options"]] == [r.reference for r in _networks.classifiers()]
    assert {option["value"] for option in others["options"] if not option["off"]} == {SMALL, LARGER}
    assert offered["note"].startswith("ImageNet’s networks are greyed: 127.0.0.1")
    assert offered["note"].endswith("does not have these weights.")

    event = gr.EventData(None, {"network": SMALL})
    *steps, last = handlers["fetch_network"](event)
    assert steps[0]["fetching"] == last["fetched"] == SMALL
    (option,) = (option for option in last["groups"][1]["options"] if option["value"] == SMALL)
    assert not option["fetch"]
    assert not option["off"]
    unknown: tuple[Any, ...] = ("resnet50.imagenet", "../../etc/passwd", None)
    for name in unknown:
        (answer,) = handlers["fetch_network"](gr.EventData(None, {"network": name}))
        assert answer["problem"].endswith(".")


def test_menu_gives_python_the_choice_and_nothing_else():
    menu = NetworkMenu({"groups": [], "chosen": "a"})
    assert menu.preprocess({"chosen": "b"}) == "b"
    wrong: list[Any] = [None, "b", {}, {"chosen": 3}, []]
    assert [menu.preprocess(value) for value in wrong] == [None] * 5
