"""Sixteen pictures at once on their way from noise: what is asked is checked, what comes is shown as it comes."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from PIL import Image
from torch import Tensor

import zoo
from apps import _networks
from apps._gallery.job import report_progress
from apps._inputs import BadInput, read_number, read_seed, read_whole_number
from apps._inputs.urls import write_png_url
from apps.diffusion.networks import describe_network, load_network, read_steps
from from_scratch.generative import add_noise, linear_betas, remaining_signal
from zoo.architectures.ddpm import LEVELS, SAMPLERS, STEPS, Frame, Sampler, list_times, sample, shrink_frames

PICTURES = 16
KEPT = 40
"""Frames of a run that a page gets, at most."""
MAX_GUIDANCE = 10.0


@dataclass(frozen=True)
class Wish:
    """What is asked of a network; `label` is the class by name."""

    network: str
    label: str
    sampler: Sampler
    steps: int
    guidance: float
    seed: int


def read_wish(network: object, label: object, sampler: object, steps: object, guidance: object, seed: object) -> Wish:
    """Check what a visitor asks for.

    Raises:
        BadInput: one of it is impossible; the sentence says what is possible.
        UnknownName: the zoo has no such network.
    """
    release = describe_network(network)
    labels = release.config["labels"]
    if str(label) not in labels:
        raise BadInput(f"There is no class {str(label)[:40]!r}: choose one of {', '.join(labels)}.")
    return Wish(
        release.reference, str(label), read_sampler(sampler), read_steps_count(steps),
        read_number("guidance", guidance, 0, MAX_GUIDANCE), read_seed(seed),
    )  # fmt: skip


def read_sampler(sampler: object) -> Sampler:
    """Raises BadInput where there is no sampler of that name."""
    for known in SAMPLERS:
        if sampler == known:
            return known
    raise BadInput(f"There is no sampler {str(sampler)[:40]!r}: choose one of {', '.join(SAMPLERS)}.")


def read_steps_count(steps: object) -> int:
    """Raises BadInput where it is no divisor of the 1,000 levels from 5 up."""
    count = read_whole_number("number of steps", steps)
    if count not in STEPS:
        raise BadInput(f"The number of steps must be one of {', '.join(map(str, STEPS))}: they divide {LEVELS:,}.")
    return count


def draw_noise(wish: Wish) -> Tensor:
    """The noise that a run starts from, N×1×28×28, by its seed."""
    return torch.randn(PICTURES, 1, 28, 28, generator=torch.Generator().manual_seed(wish.seed))


def run(wish: Wish, x: Tensor, start: int = 0, **more: Any) -> dict[str, Any]:
    """Sample from N×1×28×28 on, noised as at step `start`; what `sample_class` returns, the wish, and `more`.

    Outside a pass nobody's turn is held, and whoever stops the run ends it there.
    """
    release = describe_network(wish.network)
    model = load_network(release)
    classes = torch.full((len(x),), model.labels.index(wish.label))
    # Not the dice of the starting noise: one seed would draw the same noise for both.
    dice = torch.Generator().manual_seed(wish.seed ^ 1)
    frames = sample(model, x, classes, wish.sampler, wish.steps, start, wish.guidance, dice)
    count = wish.steps - start
    every = -(-count // KEPT)
    kept: list[Frame] = []
    began = time.perf_counter()
    for index in range(count):
        with _networks.TURN:
            frame = next(frames)
        if (count - 1 - index) % every == 0:  # the last one always
            kept.append(frame)
        report_progress((index + 1) / count, t=frame.t, now=write_row(frame.clean))
    with _networks.TURN:
        last = next(frames)
    # Where the way ends there is no noise, and the picture is the last that the network took it for.
    kept[-1] = replace(kept[-1], clean=last.clean)
    seconds = time.perf_counter() - began
    clean, noise = shrink_frames(kept)
    return {
        "wish": asdict(wish),
        "times": [frame.t for frame in kept],
        "clean": write_sheet(clean),
        "noise": write_sheet(noise),
        "seconds": seconds,
        "read_as": read_pictures(release, last.clean),
        **more,
    }


def branch(wish: Wish, at: object, picture: object, sampler: object, seed: object) -> dict[str, Any]:
    """From one picture of a run at the time `at`, sixteen other ways; what `branch_sample` returns.

    Raises:
        BadInput: the run does not pass that time, or has no such picture.
    """
    times = list_times(wish.steps)
    t, number = read_whole_number("step's time", at), read_whole_number("picture's number", picture)
    other = replace(wish, sampler=read_sampler(sampler), seed=read_seed(seed))
    if t not in times:
        raise BadInput(f"In {wish.steps} steps no step is at t = {t}: choose one that the strips show.")
    if not 0 <= number < PICTURES:
        raise BadInput(f"The picture's number must be from 0 to {PICTURES - 1}.")
    start = times.index(t)
    model = load_network(describe_network(wish.network))
    classes = torch.full((PICTURES,), model.labels.index(wish.label))
    dice = torch.Generator().manual_seed(wish.seed ^ 1)
    frames = sample(model, draw_noise(wish), classes, wish.sampler, wish.steps, 0, wish.guidance, dice)
    for index in range(start + 1):
        with _networks.TURN:
            frame = next(frames)
        report_progress(index / wish.steps)
    x = frame.noised[number : number + 1].expand(PICTURES, -1, -1, -1).contiguous()
    return run(other, x, start, branch={"at": t, "picture": number})


def redraw(wish: Wish, picture: Image.Image, level: object) -> dict[str, Any]:
    """Noise a drawing to a level and take the noise away; what `denoise_drawing` returns.

    Raises:
        BadInput: nothing is drawn, or the level is none.
    """
    t = read_whole_number("level of noise", level)
    if not 0 <= t < LEVELS:
        raise BadInput(f"The level of noise must be from 0 to {LEVELS - 1}.")
    model = load_network(describe_network(wish.network))
    x = model.preprocess(picture)
    if not (x > -1).any():
        raise BadInput("Nothing is drawn on the sheet: draw something first.")
    times = list_times(wish.steps)
    start = min((index for index, time in enumerate(times) if time <= t), default=wish.steps - 1)
    noised = add_noise(x, draw_noise(wish), times[start], remaining_signal(linear_betas())).float()
    saw = write_png_url(model.preprocess.picture(x))
    return run(wish, noised, start, saw=saw, level=times[start])


def write_row(clean: Tensor) -> str:
    """Pictures in -1..1, N×1×28×28, side by side as a PNG data URL."""
    return write_png_url(((clean[:, 0] + 1) * 127.5).round().byte().permute(1, 0, 2).flatten(1)[..., None].numpy())


def write_sheet(frames: Tensor) -> str:
    """uint8 N×frames×28×28 -> a PNG data URL with a row of frames for each picture."""
    return write_png_url(frames.permute(0, 2, 1, 3).flatten(2).flatten(0, 1)[..., None].numpy())


def read_pictures(release: zoo.Release, clean: Tensor) -> list[str] | None:
    """What the classifier that measured a network takes pictures in -1..1 for; None where it is not here."""
    name = read_steps(release)["classifier"].partition("@")[0]
    if name not in zoo.names():
        return None
    judge: Any = _networks.load(name)
    grey = (clean + 1) / 2
    mean, deviation = (
        torch.tensor(values).view(1, -1, 1, 1) for values in (judge.preprocess.mean, judge.preprocess.std)
    )
    with _networks.TURN, torch.inference_mode():
        return [judge.labels[index] for index in judge((grey - mean) / deviation).argmax(1).tolist()]
