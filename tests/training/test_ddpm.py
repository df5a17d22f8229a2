"""The recipe of diffusion models: it goes on after a kill, and plain diffusers opens what it releases."""

from __future__ import annotations

import io
import json
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file

import zoo
from from_scratch.generative import add_noise, ddim_step, linear_betas, posterior, remaining_signal
from tests._support.programs import run_module
from training import _common, _diffusion
from zoo.architectures import ddpm
from zoo.architectures.ddpm import DDPM, LEVELS, SAMPLERS, STEPS


def smoke_arguments(folder: Path, *more: str) -> list[str]:
    return ["--smoke", "--zoo", str(folder / "zoo"), "--runs", str(folder / "runs"), *more]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    run_module("training.ddpm", *smoke_arguments(folder))
    return folder


@pytest.fixture(scope="module")
def release(whole: Path) -> zoo.Release:
    return zoo.describe("ddpm.mnist", whole / "zoo")


@pytest.fixture
def small() -> DDPM:
    torch.manual_seed(0)
    model = zoo.create("ddpm", widths=[8, 8]).eval()
    assert isinstance(model, DDPM)
    return model


def test_plain_diffusers_opens_a_release_and_gives_its_golden_samples(release: zoo.Release) -> None:
    from diffusers import DDIMScheduler, DDPMPipeline, DDPMScheduler, DPMSolverMultistepScheduler, UNet2DModel

    assert zoo.verify(release) > 0
    unet = UNet2DModel.from_pretrained(release.path, subfolder="unet")
    golden = load_file(release.path / "exhibit" / "samples.safetensors")
    scheduler = DPMSolverMultistepScheduler.from_pretrained(release.path, subfolder="scheduler")
    scheduler.set_timesteps(10)
    x = F.pixel_unshuffle(golden["noise"], 2)
    with torch.inference_mode():
        for t in scheduler.timesteps:
            x = scheduler.step(unet(x, t, golden["classes"]).sample, t, x).prev_sample
    torch.testing.assert_close(F.pixel_shuffle(x, 2).clamp(-1, 1), golden["samples"], rtol=0, atol=1e-5)
    assert isinstance(DDPMPipeline.from_pretrained(release.path).scheduler, DDPMScheduler)
    assert DDIMScheduler.from_pretrained(release.path, subfolder="scheduler").config.prediction_type == "v_prediction"
    ours: Any = zoo.load("ddpm.mnist", release.path.parents[2])
    assert all(torch.equal(value, ours.unet.state_dict()[key]) for key, value in unet.state_dict().items())


def test_the_run_that_a_page_opens_on_is_the_networks_own(release: zoo.Release, whole: Path) -> None:
    files = {name: zoo.read_file(release, f"exhibit/opening{name}") for name in (".json", "-clean.png", "-noise.png")}
    assert sum(map(len, files.values())) < 400_000
    about = json.loads(files[".json"])
    assert about["times"] == ddpm.list_times(about["steps"])
    clean, eps = (
        np.asarray(Image.open(io.BytesIO(files[name]))).reshape(16, 28, about["steps"], 28).swapaxes(1, 2)
        for name in ("-clean.png", "-noise.png")
    )
    model: Any = zoo.load("ddpm.mnist", whole / "zoo")
    noise = torch.randn(16, 1, 28, 28, generator=torch.Generator().manual_seed(about["seed"]))
    wanted, settings = torch.full((16,), about["label"]), (about["sampler"], about["steps"])
    frames = list(ddpm.sample(model, noise, wanted, *settings, guidance=about["guidance"]))[:-1]
    alphas = remaining_signal(linear_betas())
    for column, frame in enumerate(frames):
        picture, grain = (torch.from_numpy(sheet[:, column].astype(np.float32)) for sheet in (clean, eps))
        x = add_noise(picture / 127.5 - 1, grain / 17 / 2.5 - 3, frame.t, alphas).float()
        inside = frame.noise[:, 0].abs() < 3
        torch.testing.assert_close(x[inside], frame.noised[:, 0][inside], rtol=0, atol=0.21)  # noise has 16 greys


def test_quality_is_measured_against_steps_and_guidance(release: zoo.Release) -> None:
    table = json.loads(zoo.read_file(release, "exhibit/steps.json"))
    assert {row["sampler"] for row in table["rows"]} == set(SAMPLERS)
    assert all(row["frechet"] > 0 and row["seconds"] > 0 for row in table["rows"])
    assert [row["guidance"] for row in table["guidances"]] == [0, 1, 2, 4]
    found = {(row["sampler"], row["steps"]): row["frechet"] for row in table["rows"]}
    assert table["guidances"][1]["frechet"] == found["DPM-Solver++", 10]
    assert release.metric.name == "frechet_distance"
    quality = json.loads(zoo.read_file(release, "exhibit/quality.json"))
    assert quality["frechet"] == pytest.approx(release.metric.value, rel=1e-3)


def test_a_killed_training_continues_and_ends_the_same(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    finish = _common.Run.finish_epoch

    def die(run: _common.Run, *arguments: Any) -> None:
        finish(run, *arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(_common.Run, "finish_epoch", die)
        with pytest.raises(KeyboardInterrupt):
            run_module("training.ddpm", *smoke_arguments(tmp_path, "--no-publish"))
    run_module("training.ddpm", *smoke_arguments(tmp_path, "--no-publish"))
    assert "continuing after epoch 1" in capsys.readouterr().err
    states = [
        torch.load(next(folder.glob("runs/ddpm.mnist-*/checkpoint.pt")), weights_only=True)
        for folder in (whole, tmp_path)
    ]
    for name in ("model", "average"):
        assert all(torch.equal(value, states[1][name][key]) for key, value in states[0][name].items())


def test_a_killed_measurement_draws_only_what_is_missing(
    small: DDPM, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: Any = type("Run", (), {"path": tmp_path / "checkpoint.pt", "console": _common.Console(quiet=True)})
    monkeypatch.setattr(_diffusion, "PART", 4)
    whole, classes, seconds = _diffusion.Samples(run, small).draw("DDPM", 5, 10)
    assert classes.tolist() == list(range(10))
    assert seconds > 0
    parts = sorted((tmp_path / "samples").glob("*.pt"))
    assert len(parts) == 3
    parts[1].unlink()
    kept = parts[0].stat().st_mtime_ns
    again, _, _ = _diffusion.Samples(run, small).draw("DDPM", 5, 10)
    assert torch.equal(whole, again)
    assert parts[0].stat().st_mtime_ns == kept


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_all_samplers_stop_at_the_same_times(sampler: ddpm.Sampler) -> None:
    assert (STEPS[0], STEPS[-1]) == (5, LEVELS)
    for steps in STEPS:
        assert ddpm.make_scheduler(sampler, steps).timesteps.tolist() == ddpm.list_times(steps)
    with pytest.raises(ValueError, match="a divisor of 1000"):
        ddpm.make_scheduler(sampler, 7)


def test_ddim_and_ddpm_step_as_the_formulas_by_hand(small: DDPM) -> None:
    torch.manual_seed(1)
    x, wanted = torch.randn(3, 1, 28, 28), torch.tensor([0, 4, 9])
    betas = linear_betas()
    alphas = remaining_signal(betas)
    frames = list(islice(ddpm.sample(small, x, wanted, "DDIM", 1000, start=600), 3))
    for now, after in pairwise(frames):
        stepped = ddim_step(now.noised, now.noise, now.t, after.t, alphas).float()
        inside = now.clean.abs() < 1  # what is cut off moves diffusers' noise too
        torch.testing.assert_close(stepped[inside], after.noised[inside], rtol=0, atol=1e-4)
    way = ddpm.sample(small, x, wanted, "DDPM", 1000, start=600, generator=torch.Generator())
    now, after = islice(way, 2)
    mean, variance = posterior(now.clean, now.noised, now.t, betas)
    fresh = torch.randn(x.shape, generator=torch.Generator())
    torch.testing.assert_close((mean + variance.sqrt() * fresh).float(), after.noised, rtol=0, atol=1e-4)


def test_guidance_goes_from_any_class_through_the_asked_one_and_beyond(small: DDPM) -> None:
    torch.manual_seed(2)
    x, wanted = torch.randn(2, 1, 28, 28), torch.tensor([1, 7])
    with torch.inference_mode():
        free, asked, beyond = small(x, 500), small(x, 500, wanted), small.guide(x, 500, wanted, 3.0)
        torch.testing.assert_close(small.guide(x, 500, wanted, 0.0), free)
    assert not torch.allclose(free, asked)
    torch.testing.assert_close(beyond, free + 3 * (asked - free))


def test_a_start_in_the_middle_goes_the_rest_of_the_way(small: DDPM) -> None:
    x = torch.randn(1, 1, 28, 28, generator=torch.Generator().manual_seed(3))
    wanted = torch.tensor([5])
    for sampler in SAMPLERS:
        frames = list(ddpm.sample(small, x, wanted, sampler, 10, start=7, generator=torch.Generator()))
        assert [frame.t for frame in frames] == [299, 199, 99, -1]
        assert float(frames[-1].clean.abs().max()) <= 1
    ways = list(ddpm.sample(small, x, wanted, "DDIM", 10))
    rest = list(ddpm.sample(small, ways[4].noised, wanted, "DDIM", 10, start=4))
    assert torch.equal(ways[-1].noised, rest[-1].noised)
