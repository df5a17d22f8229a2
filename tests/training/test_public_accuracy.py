"""A release's figure is what a user gets: `zoo.load`, its `preprocess`, float32; no pipeline of the training's own."""

from __future__ import annotations

import functools
import os
import types
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import Accelerator
from PIL import Image
from rich.console import Console

import roadmap
import training
import zoo
from benchmarks import accuracy
from training import _common, _data
from zoo.preprocessing import Preprocessing

needs_data = pytest.mark.skipif("TENWEEKS_DATA" not in os.environ, reason="the real data sets are not on this machine")


@functools.cache
def load_once(name: str) -> _data.Dataset:
    return _data.load_dataset(name, Path(os.environ["TENWEEKS_DATA"]))


def load_real(release: zoo.Release) -> _data.Dataset:
    """The release's own data set."""
    name, _, some = release.metric.dataset.partition("-")
    data = load_once(name)
    return data.select_classes(release.config["labels"]) if some else data


def test_the_trained_module_under_its_autocast_is_not_what_is_measured() -> None:
    """`unwrap_model` leaves accelerate's autocast in place: two cards stated what bfloat16 gave."""
    data = _data.load_dataset("mnist", Path("nowhere"), smoke=True)
    model = zoo.create("lenet")
    accelerator = Accelerator(mixed_precision="bf16")
    prepared = accelerator.prepare(model)
    prepared.register_forward_hook(lambda *_: pytest.fail("the module of the training was asked"))
    run: Any = types.SimpleNamespace(accelerator=accelerator, console=Console(quiet=True))
    network, dtype, metric = _common.choose_storage(
        run, prepared, data, Preprocessing("digit", 28, data.mean, data.std), "lenet", {}
    )
    twin = zoo.create("lenet").eval()
    stored = {name: value.to(getattr(torch, dtype)).float() for name, value in model.state_dict().items()}
    twin.load_state_dict(stored)
    with torch.inference_mode():
        right = twin(data.normalise(data.test_images)).argmax(-1) == data.test_labels
    assert metric.value == int(right.sum()) / metric.samples
    assert all(torch.equal(value, stored[name]) for name, value in network.state_dict().items())


def test_the_command_measures_what_a_loop_over_pictures_measures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = _data.load_dataset("mnist", Path("nowhere"), smoke=True)
    monkeypatch.setattr("training.load_dataset", {"mnist": data}.__getitem__)
    model = zoo.load("mlp.mnist")
    with torch.inference_mode():
        right = [
            int(model(model.preprocess(Image.fromarray(image[0].numpy()))[None]).argmax()) == label
            for image, label in zip(data.test_images, data.test_labels.tolist(), strict=True)
        ]
    assert training.check_answers("mlp.mnist").tolist() == right
    accuracy.main(["mlp.mnist", "lenet.mnist"])
    first, _, last = capsys.readouterr().out.splitlines()
    assert first.split()[:4] == [zoo.describe("mlp.mnist").reference, str(sum(right)), "of", "200"]
    assert "its card says 99.24%" in first
    assert last.startswith("right: only mlp.mnist ")


@needs_data
@pytest.mark.parametrize("name", zoo.names())
def test_preprocess_gives_a_test_picture_as_the_training_saw_it(name: str) -> None:
    release = zoo.describe(name)
    data = load_real(release)
    some = data.test_images[:500]
    assert torch.equal(_common.prepare_pictures(zoo.load(name).preprocess, some), data.normalise(some))


@needs_data
def test_the_digits_networks_have_their_cards_figures_and_week_2s_disagreements() -> None:
    right = []
    for model in (zoo.load("lenet.mnist"), zoo.load("mlp.mnist")):
        data = load_real(model.release)
        right.append(_common.answer_pictures(model, data.normalise(data.test_images)) == data.test_labels)
        assert int(right[-1].sum()) == round(model.release.metric.value * model.release.metric.samples)
    lenet, mlp = right
    counts = int((lenet & ~mlp).sum()), int((mlp & ~lenet).sum()), int((~lenet & ~mlp).sum())
    week = (Path(roadmap.__file__).parent / "week02.md").read_text("utf-8")
    assert "only_lenet, only_mlp, both_wrong, count = {}, {}, {}, 10_000\n".format(*counts) in week
