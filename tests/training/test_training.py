"""Every recipe, whole and in seconds: `--smoke` on generated data; killed, continued, and on two processes."""

from __future__ import annotations

import dataclasses
import io
import json
import math
import os
import pkgutil
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

import training
import zoo
from tests._support.programs import launch, run_module
from training import _adversarial, _common, _data, _generative, _quality, cyclegan

STUDIES = {"transfer"}  # their product is a table
RECIPES = sorted(
    module.name
    for module in pkgutil.iter_modules(training.__path__)
    if not module.name.startswith("_") and module.name not in STUDIES
)


def smoke_arguments(folder: Path, *more: str) -> list[str]:
    return ["--smoke", "--zoo", str(folder / "zoo"), "--runs", str(folder / "runs"), *more]


def find_only_release(folder: Path) -> zoo.Release:
    [name] = zoo.names(folder / "zoo")
    release = zoo.describe(name, folder / "zoo")
    assert release.versions == ("v1",)
    return release


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_goes_from_data_to_release(recipe: str, tmp_path: Path) -> None:
    run_module(f"training.{recipe}", *smoke_arguments(tmp_path))
    release = find_only_release(tmp_path)
    stated = release.config["recipe"]
    assert stated["command"] == f"python -m training.{recipe} --smoke"
    settings = {each.name for each in dataclasses.fields(import_module(f"training.{recipe}").Args)}
    assert settings - stated["settings"].keys() == {"data", "runs", "zoo", "publish"}
    assert stated["settings"]["smoke"]
    assert [row["epoch"] for row in release.history] == [1, 2]
    model = zoo.load(release.name, tmp_path / "zoo")
    data = _data.load_dataset(release.metric.dataset.split("-")[0], Path("nowhere"), smoke=True)
    if len(model.labels) < len(data.labels):
        data = data.select_classes(model.labels)
    if release.metric.name == "accuracy":
        assert release.metric.value > 0.2  # ten classes: chance is 0.1
        answers = _common.answer_pictures(model, _common.prepare_pictures(model.preprocess, data.test_images))
        assert int((answers == data.test_labels).sum()) / len(answers) == release.metric.value
    elif release.architecture == "ddpm":
        kept = json.loads(zoo.read_file(release, "exhibit/quality.json"))
        assert release.metric.value == pytest.approx(kept["frechet"], rel=1e-4)
    elif release.metric.name == "frechet_distance":
        check_generator(release, model, data)
    elif release.metric.name == "translated":
        check_translator(release, model, data)
    else:
        assert 0 < release.metric.value < 784 * math.log(2)  # nats; a coin's throw for each pixel is the worst
        figures = _generative.summarise_nats(_generative.measure_nats(model, data))
        assert figures["test_loss"] == pytest.approx(release.metric.value, rel=1e-6)


def check_generator(release: zoo.Release, model: Any, data: _data.Dataset) -> None:
    """The stated distance is that of what is loaded; the exhibit has a frame for every step that shall have one."""
    golden = load_file(release.path / "golden.safetensors")["inputs"]
    count = len(data.test_images)
    quality = _quality.measure_quality(
        _adversarial.draw_samples(model, count, golden.shape[1]),
        data,
        _quality.load_judge(data),
        golden_pictures(model),
    )
    kept = json.loads(zoo.read_file(release, "exhibit/quality.json"))
    assert kept == json.loads(_quality.write_quality(quality))
    assert release.metric.value == pytest.approx(kept["frechet"], rel=1e-4)
    assert kept["frechet"] > kept["frechet_floor"]
    table = json.loads(zoo.read_file(release, "exhibit/training.json"))
    assert [row["step"] for row in table["frames"]] == _adversarial.list_frame_steps(table["frames"][-1]["step"])
    assert table["frames"][0]["generator_loss"] is None
    for row in table["frames"][1:]:
        assert all(isinstance(row[key], float) for key in ("generator_loss", "discriminator_loss", "gradient_norm"))
        assert (len(row["shares"]), sum(row["shares"])) == (10, pytest.approx(1, abs=0.01))
    sheet = Image.open(io.BytesIO(zoo.read_file(release, "exhibit/frames.webp")))
    rows = -(-len(table["frames"]) // table["columns"])
    assert sheet.size == (table["columns"] * 6 * 28, rows * 6 * 28)
    samples = np.array(Image.open(io.BytesIO(zoo.read_file(release, "exhibit/samples.png"))))
    shown = _adversarial.lay_out(golden_pictures(model), 6)[0].numpy()
    assert np.abs(samples.astype(int) - shown).max() <= 3  # stored in float16, drawn in float32


def golden_pictures(model: Any) -> torch.Tensor:
    return _adversarial.paint(model, load_file(model.release.path / "golden.safetensors")["inputs"])


def check_translator(release: zoo.Release, model: Any, data: _data.Dataset) -> None:
    kept = json.loads(zoo.read_file(release, "exhibit/quality.json"))
    assert (kept["samples"], kept["a_to_b"]["taken_for_b"]) == (6, release.metric.value)
    anew = cyclegan.measure_translations(model, cyclegan.train_classifier(data, 1), data)
    assert json.loads(_quality.write_quality(anew)) == kept
    table = json.loads(zoo.read_file(release, "exhibit/training.json"))
    assert {"step", "generator_loss", "discriminator_loss", "cycle_loss", "identity_loss"} == table["frames"][-1].keys()
    sheet = Image.open(io.BytesIO(zoo.read_file(release, "exhibit/frames.webp")))
    assert (sheet.mode, sheet.size[0]) == ("RGB", 8 * 6 * 64)


def test_without_a_zoo_named_a_smoke_run_publishes_nothing(tmp_path: Path) -> None:
    before = zoo.names()
    run_module("training.mlp", "--smoke", "--runs", str(tmp_path))
    assert zoo.names() == before
    assert not zoo.describe("mlp.mnist").metric.dataset.endswith("smoke")


def test_a_killed_run_continues_where_it_was_and_ends_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    run_module("training.lenet", *smoke_arguments(whole))
    command = [sys.executable, "-m", "training.lenet", *smoke_arguments(killed)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list(killed.glob("runs/*/checkpoint.pt")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not list(killed.glob("zoo/releases/*/v1"))
    capsys.readouterr()
    run_module("training.lenet", *smoke_arguments(killed))
    assert "continuing after epoch 1" in capsys.readouterr().err
    first, second = (load_file(find_only_release(folder).path / "model.safetensors") for folder in (whole, killed))
    assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize("recipe", ["gan", "cyclegan"])
def test_an_adversarial_run_that_is_cut_off_ends_the_same_with_the_same_frames(
    recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    run_module(f"training.{recipe}", *smoke_arguments(whole))
    original = _common.Run.finish_epoch

    def die(*arguments: Any, **settings: Any) -> None:
        original(*arguments, **settings)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(_common.Run, "finish_epoch", die)
        with pytest.raises(KeyboardInterrupt):
            run_module(f"training.{recipe}", *smoke_arguments(cut))
    run_module(f"training.{recipe}", *smoke_arguments(cut))
    first, second = (find_only_release(folder) for folder in (whole, cut))
    for file in ("model.safetensors", "exhibit/frames.webp", "exhibit/training.json", "exhibit/quality.json"):
        assert zoo.read_file(first, file) == zoo.read_file(second, file), file


def test_a_run_with_other_settings_does_not_continue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_module("training.mlp", *smoke_arguments(tmp_path))
    run_module("training.mlp", *smoke_arguments(tmp_path, "--seed", "1"))
    assert "continuing" not in capsys.readouterr().err
    assert zoo.describe("mlp.mnist", tmp_path / "zoo").versions == ("v1", "v2")


def test_two_processes_train_one_release(tmp_path: Path) -> None:
    launched = launch("training.mlp", *smoke_arguments(tmp_path))
    assert launched.returncode == 0, launched.stderr
    release = find_only_release(tmp_path)
    assert release.config["recipe"]["processes"] == 2, launched.stderr
    assert release.metric.value > 0.2


def test_some_classes_of_a_data_set_are_all_their_pictures_renumbered() -> None:
    data = _data.load_dataset("cifar10", Path("nowhere"), smoke=True)
    some = data.select_classes(["dog", "cat"])
    assert (some.name, some.labels) == ("cifar10-smoke-2class", ["dog", "cat"])
    for pictures, labels, old_pictures, old_labels in (
        (some.train_images, some.train_labels, data.train_images, data.train_labels),
        (some.test_images, some.test_labels, data.test_images, data.test_labels),
    ):
        assert torch.equal(pictures[labels == 0], old_pictures[old_labels == 5])
        assert torch.equal(pictures[labels == 1], old_pictures[old_labels == 3])
        assert len(labels) == int(((old_labels == 3) | (old_labels == 5)).sum())
    with pytest.raises(ValueError):
        data.select_classes(["unicorn"])


def test_augmentations_keep_shape_and_do_what_they_say() -> None:
    torch.manual_seed(0)
    images = torch.rand(64, 3, 16, 16)
    flipped = _data.flip(images)
    mirrored = [bool(torch.equal(flipped[i], images[i].flip(-1))) for i in range(64)]
    assert all(torch.equal(flipped[i], images[i]) or mirrored[i] for i in range(64))
    assert 10 < sum(mirrored) < 54

    holes = (_data.cut_out(images, 4) == 0).all(dim=1)
    assert (holes.sum(dim=(1, 2)) == 16).all()

    moved = _data.shift(images, 2)
    inner = images[:, :, 4:12, 4:12]
    assert all(
        any(
            torch.equal(moved[i, :, 4 + a : 12 + a, 4 + b : 12 + b], inner[i])
            for a in range(-2, 3)
            for b in range(-2, 3)
        )
        for i in range(64)
    )
    torch.testing.assert_close(_data.tilt(images, 0.0, 0.0, 0.0), images, rtol=0, atol=1e-5)
    assert (_data.tilt(images, 20.0, 0.2, 3.0) - images).abs().mean() > 0.01


@pytest.mark.skipif("TENWEEKS_DATA" not in os.environ, reason="the real data sets are not on this machine")
@pytest.mark.parametrize(
    ("name", "counts"), [("mnist", (60_000, 10_000)), ("fashionmnist", (60_000, 10_000)), ("cifar10", (50_000, 10_000))]
)
def test_the_real_data_sets_are_those_that_the_releases_were_trained_on(name: str, counts: tuple[int, int]) -> None:
    data = _data.load_dataset(name, Path(os.environ["TENWEEKS_DATA"]))
    assert (len(data.train_labels), len(data.test_labels)) == counts
    pixels = data.train_images.double() / 255
    mean, std = pixels.mean(dim=(0, 2, 3)), pixels.std(dim=(0, 2, 3))
    torch.testing.assert_close(mean, torch.tensor(data.mean, dtype=torch.float64), rtol=0, atol=2e-4)
    torch.testing.assert_close(std, torch.tensor(data.std, dtype=torch.float64), rtol=0, atol=2e-4)
    for release in (zoo.describe(reference) for reference in zoo.names()):
        if release.metric.dataset == name:
            assert release.config["recipe"]["data"]["digests"] == data.digests()
        if release.metric.dataset.startswith(f"{name}-"):
            assert (
                release.config["recipe"]["data"]["digests"] == data.select_classes(release.config["labels"]).digests()
            )


@pytest.mark.parametrize(
    "able, chosen",
    [({}, "no"), ({"avx512_bf16": False}, "no"), ({"avx512_bf16": True}, "bf16"), ({"amx_bf16": True}, "bf16")],
)
def test_bfloat16_is_taken_where_the_processor_has_it(
    able: dict[str, bool], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    assert _common.choose_precision("auto") == chosen
    assert {setting: _common.choose_precision(setting) for setting in ("bf16", "no")} == {"bf16": "bf16", "no": "no"}


@pytest.mark.parametrize(("count", "said"), [(1, "1 thread"), (2, "2 threads")])
def test_one_thread_is_not_said_to_be_threads(count: int, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: count)
    assert _common.name_hardware(torch.device("cpu")).endswith(f", {said}")


def test_a_data_set_that_is_not_there_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for proxy in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")
    with pytest.raises(SystemExit, match=r"name another folder with --data\.$"):
        run_module("training.mlp", "--data", str(tmp_path / "nowhere"), "--runs", str(tmp_path))
