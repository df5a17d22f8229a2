"""Upstream models: torchvision's facts, its very tensors, and no way for a wrong byte to be taken for a model."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import re
import subprocess
import sys
import time
from dataclasses import replace
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import nn
from torchvision.models import get_model, get_weight

import zoo
from apps._inputs import read_picture
from tests._support.mirror import LARGER, SMALL, Mirror, expect_refusal, list_files, make_entry, make_weights
from zoo import upstream
from zoo.examples import example_pictures

ROOT = Path(__file__).parents[2]
PHOTOS = {name: read_picture(path) for name, path in example_pictures().items()}


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


@pytest.mark.alone
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


@pytest.mark.parametrize("name", [SMALL, LARGER])
def test_loaded_model_is_torchvisions_with_these_weights(name: str, mirror: Mirror, weights: dict[str, bytes]):
    steps: list[tuple[int, int]] = []
    before = torch.random.get_rng_state()
    model: Any = upstream.load(name, lambda done, total: steps.append((done, total)))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert list_files() == [model.release.file]
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
    content = make_weights(SMALL, legacy=True)
    file = f"mobilenet_v3_small-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    known = replace(make_entry(SMALL, content), sha256="", file=file)
    monkeypatch.setattr(upstream, "CATALOG", (known,))
    mirror.files[file] = content
    upstream.load(SMALL)
    mirror.files[file] = content[:-1] + b"x"
    known.path.unlink()
    assert file in expect_refusal(zoo.DamagedRelease, lambda: upstream.load(SMALL))


@pytest.mark.parametrize("place", [0, 100, 5_000_000, -1])
def test_a_changed_byte_in_the_cache_is_refused(place: int, mirror: Mirror, weights: dict[str, bytes]):
    path = upstream.fetch(SMALL)
    content = bytearray(weights[SMALL])
    content[place] ^= 1
    path.write_bytes(content)
    sentence = expect_refusal(zoo.DamagedRelease, lambda: upstream.load(SMALL))
    assert str(path) in sentence
    assert "delete it" in sentence
    path.unlink()
    upstream.load(SMALL)


@pytest.mark.parametrize("length", [0, 1, 1_000_000, -1])
def test_a_truncated_file_in_the_cache_is_refused(length: int, mirror: Mirror, weights: dict[str, bytes]):
    path = upstream.fetch(SMALL)
    path.write_bytes(weights[SMALL][:length])
    assert path.name in expect_refusal(zoo.DamagedRelease, lambda: upstream.load(SMALL))


def test_a_file_of_another_network_is_refused(mirror: Mirror, monkeypatch: pytest.MonkeyPatch):
    other = replace(upstream.describe(SMALL), builder="mobilenet_v3_large")
    monkeypatch.setattr(upstream, "CATALOG", (other,))
    assert other.file in expect_refusal(zoo.DamagedRelease, lambda: upstream.load(SMALL))


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (os.environ["TRAP"],)


def test_a_file_with_a_program_in_it_is_not_run(mirror: Mirror, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("TRAP", str(tmp_path / "sprung"))
    content = io.BytesIO()
    torch.save({"conv1.weight": Trap()}, content)
    for bad in (content.getvalue(), pickle.dumps({"conv1.weight": Trap()}), b"no pickle at all"):
        known = make_entry(SMALL, bad)
        monkeypatch.setattr(upstream, "CATALOG", (known,))
        mirror.files[known.file] = bad
        expect_refusal(zoo.DamagedRelease, lambda: upstream.load(SMALL))
        known.path.unlink()
    assert not (tmp_path / "sprung").exists()
