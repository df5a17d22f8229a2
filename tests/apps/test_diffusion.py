"""Diffusion's functions: the same pictures for the same wish, branches, drawings, and what is impossible."""

from __future__ import annotations

import base64
import io
import math
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import zoo
from apps import diffusion
from apps._gallery.job import Line, run_job, stop_job
from apps._inputs import BadInput
from apps.diffusion import layout, sampling
from from_scratch.generative import linear_betas, remaining_signal
from zoo.architectures.ddpm import SAMPLERS, finish, list_times, sample
from zoo.examples import drawn_digit

ALPHAS = remaining_signal(linear_betas())


@pytest.fixture(autouse=True)
def _zoo(diffusion_zoo: Path) -> None:
    pass


@pytest.fixture(scope="module")
def whole(diffusion_zoo: Path) -> dict[str, Any]:
    return diffusion.sample_class("3", steps=10, seed=5)


def read_sheet(url: str) -> np.ndarray:
    """Greys as picture, frame, row, column."""
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))
    return pixels.reshape(pixels.shape[0] // 28, 28, -1, 28).swapaxes(1, 2)


def test_the_same_wish_gives_the_same_pictures_and_they_are_the_networks(whole: dict[str, Any]) -> None:
    again = diffusion.sample_class("3", steps=10, seed=5)
    assert (again["clean"], again["noise"]) == (whole["clean"], whole["noise"])
    assert diffusion.sample_class("3", steps=10, seed=6)["clean"] != whole["clean"]
    assert whole["times"] == list_times(10)
    clean = read_sheet(whole["clean"])
    assert clean.shape == (16, 10, 28, 28)
    model: Any = zoo.load("ddpm.mnist")
    noise = torch.randn(16, 1, 28, 28, generator=torch.Generator().manual_seed(5))
    pictures = finish(sample(model, noise, torch.full((16,), 3), guidance=2.0))
    assert np.array_equal(clean[:, -1], pictures[:, 0].numpy())


def test_a_long_run_keeps_some_frames_and_the_last() -> None:
    run = diffusion.sample_class("1", steps=50, guidance=1)
    assert len(run["times"]) == 25 <= sampling.KEPT
    assert run["times"][-1] == list_times(50)[-1]
    assert read_sheet(run["clean"]).shape[:2] == (16, len(run["times"]))


def test_a_branch_starts_from_that_very_step_and_only_ddpm_differs(whole: dict[str, Any]) -> None:
    at = whole["times"][6]
    ways = diffusion.branch_sample(at, picture=2, steps=10, seed=5)
    assert (ways["times"], ways["branch"]) == (whole["times"][6:], {"at": at, "picture": 2})
    clean = read_sheet(ways["clean"])
    # All sixteen begin with what the network expected there, and end differently.
    assert np.abs(clean[:, 0].astype(int) - read_sheet(whole["clean"])[2, 6]).max() <= 1
    assert len(np.unique(clean[:, -1].reshape(16, -1), axis=0)) == 16
    same = read_sheet(diffusion.branch_sample(at, 2, "DDIM", steps=10, seed=5)["clean"])
    assert len(np.unique(same[:, -1].reshape(16, -1), axis=0)) == 1
    other = diffusion.branch_sample(at, 2, branch_seed=9, steps=10, seed=5)
    assert other["clean"] != ways["clean"]


def test_a_drawing_is_noised_as_far_as_it_is_asked(tmp_path: Path) -> None:
    drawn_digit(7).save(tmp_path / "seven.png")
    path: Any = str(tmp_path / "seven.png")
    model: Any = zoo.load("ddpm.mnist")
    x = model.preprocess(drawn_digit(7))
    for level, start in ((999, 0), (450, 6), (0, 9)):
        run = diffusion.denoise_drawing(path, level, "7", steps=10, seed=4)
        assert run["times"] == list_times(10)[start:]
        t = run["times"][0]
        wanted = ALPHAS[t].sqrt() * x + (1 - ALPHAS[t]).sqrt() * torch.randn(
            16, 1, 28, 28, generator=torch.Generator().manual_seed(4)
        )
        clean, noise = read_sheet(run["clean"])[:, 0] / 127.5 - 1, read_sheet(run["noise"])[:, 0] / 42.5 - 3
        shown = ALPHAS[t].sqrt().item() * clean + (1 - ALPHAS[t]).sqrt().item() * noise
        inside = (np.abs(noise) < 3) if start < 9 else np.zeros_like(noise, bool)
        assert np.abs(shown - wanted[:, 0].numpy())[inside].max(initial=0) < 0.22
    Image.new("RGB", (80, 80), "white").save(tmp_path / "blank.png")
    blank: Any = str(tmp_path / "blank.png")
    with pytest.raises(BadInput, match="Nothing is drawn"):
        diffusion.denoise_drawing(blank)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"steps": 0}, "must be one of 5, 8, 10"),
        ({"steps": 1_000_000}, "must be one of 5, 8, 10"),
        ({"steps": 7.5}, "must be a whole number"),
        ({"guidance": math.nan}, "must be a number from 0 to 10"),
        ({"guidance": math.inf}, "must be a number from 0 to 10"),
        ({"guidance": "much"}, "must be a number from 0 to 10"),
        ({"label": "11"}, "There is no class '11': choose one of 0, 1"),
        ({"label": None}, "There is no class 'None'"),
        ({"seed": 2**64}, "from 0 to 9,223"),
        ({"seed": -1}, "from 0 to 9,223"),
        ({"sampler": "Euler"}, "choose one of DDPM, DDIM, DPM-Solver"),
        ({"network": ""}, "Name a diffusion model first"),
    ],
)
def test_what_is_impossible_is_one_sentence(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        diffusion.sample_class(**{"label": "3", **wrong})


@pytest.mark.parametrize(("where", "said"), [((500, 0), "no step is at t = 500"), ((499, 16), "from 0 to 15")])
def test_a_branch_from_nowhere_is_one_sentence(where: tuple[int, int], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        diffusion.branch_sample(*where)


def test_twenty_runs_at_once_come_out_right_and_a_stopped_one_ends_within_a_second() -> None:
    line, results = Line(2), []
    wish = sampling.read_wish("ddpm.mnist", "3", "DDIM", 5, 1.0, 0)

    def work(number: int) -> None:
        *_, last = run_job(("visitor", number), lambda: sampling.run(wish, sampling.draw_noise(wish)), line)
        results.append(last["clean"])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(results) == 20
    assert len(set(results)) == 1

    long = sampling.read_wish("ddpm.mnist", "3", "DDPM", 1000, 2.0, 0)
    messages = run_job(("visitor", 99), lambda: sampling.run(long, sampling.draw_noise(long)), line)
    while "now" not in next(messages):
        pass
    stop_job(("visitor", 99))
    asked = time.monotonic()
    assert list(messages)[-1] == {"turn": 99, "stopped": True}
    assert time.monotonic() - asked < 1
    assert len(line) == 0


def test_the_tab_opens_on_the_run_that_the_release_carries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lab, _, plot = layout.example()
    assert lab["run"]["wish"]["network"] == "ddpm.mnist@v1"
    assert read_sheet(lab["run"]["clean"]).shape[:2] == (16, len(lab["run"]["times"]))
    assert lab["samplers"] == SAMPLERS
    assert set(plot["tables"]) == {"ddpm.mnist@v1"}
    monkeypatch.setenv("TENWEEKS_ZOO", str(tmp_path))
    lab, _, plot = layout.example()
    assert lab["missing"].endswith("python -m training.ddpm.")
    assert plot == lab
