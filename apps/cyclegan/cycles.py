"""There and back, while something happens to the picture between that a visitor hardly sees."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from apps._inputs import BadInput
from apps._inputs.urls import write_png_url
from apps.cyclegan.networks import (
    describe_translator,
    draw_flowers,
    find_place,
    load_translator,
    make_other,
    round_values,
)


def keep_bits(picture: Tensor, bits: float) -> Tensor:
    """Keep so many bits of each value in 0..1: the nearest of 2^bits that are evenly apart."""
    return round_values(picture, 2 ** int(bits) - 1)


def add_noise(picture: Tensor, deviation: float) -> Tensor:
    """Add Gaussian noise, its deviation in 255ths; always the same noise."""
    noise = torch.randn(picture.shape, generator=torch.Generator().manual_seed(0))
    return round_values(picture + noise * deviation / 255)


def blur(picture: Tensor, deviation: float) -> Tensor:
    """Blur with a Gaussian, its deviation in pixels; edges are mirrored."""
    if not deviation:
        return picture
    radius = int(np.ceil(3 * deviation))
    weights = torch.exp(-0.5 * (torch.arange(-radius, radius + 1) / deviation) ** 2)
    weights = weights / weights.sum()
    padded = F.pad(picture, (radius,) * 4, mode="reflect")[:, None]
    rows = F.conv2d(padded, weights.view(1, 1, 1, -1))
    return round_values(F.conv2d(rows, weights.view(1, 1, -1, 1))[:, 0])


def save_jpeg(picture: Tensor, quality: float) -> Tensor:
    """Save as JPEG, quality 1 to 100, and read again; 0 leaves it as it is."""
    if not quality:
        return picture
    buffer = io.BytesIO()
    Image.fromarray(to_pixels(picture)).save(buffer, "JPEG", quality=int(quality))
    return torch.from_numpy(np.array(Image.open(buffer))).permute(2, 0, 1).float() / 255


@dataclass(frozen=True)
class Disturbance:
    """What happens to the picture between.

    Attributes:
        title: what the slider moves.
        steps: from nothing to very much.
        act: does it to a picture, 3×H×W, to the degree of a step.
        written: a step in words, `{}` for its number; the first, where nothing happens, has words of its own.
    """

    title: str
    steps: tuple[float, ...]
    act: Callable[[Tensor, float], Tensor]
    written: str
    untouched: str

    def write_step(self, step: float) -> str:
        """In words."""
        text = self.untouched if step == self.steps[0] else self.written.format(f"{step:g}")
        return "1 bit" if text == "1 bits" else text


DISTURBANCES = {
    "bits": Disturbance("Bits kept of the middle", (8, 7, 6, 5, 4, 3, 2, 1), keep_bits, "{} bits", "all 8 bits"),
    "noise": Disturbance("Noise on the middle", (0, 1, 2, 4, 8, 16, 32, 64), add_noise, "± {}", "none"),
    "blur": Disturbance("Blur of the middle", (0, 0.3, 0.4, 0.5, 0.7, 1, 1.5, 2), blur, "{} px", "none"),
    "jpeg": Disturbance(
        "The middle as a JPEG of quality", (0, 100, 95, 90, 75, 50, 25, 10), save_jpeg, "{}", "not saved"
    ),
}
OPENING_STEP = 4
"""Bits on which the tab rests once it has shown itself."""


def to_pixels(picture: Tensor) -> np.ndarray:
    """3×H×W in 0..1 -> uint8 H×W×3."""
    return (picture * 255).round().clamp(0, 255).byte().permute(1, 2, 0).numpy()


def lay_out(rows: list[Tensor]) -> np.ndarray:
    """Rows of pictures, N×3×H×W each -> one picture, uint8."""
    return to_pixels(torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1))


def find_input(picture: Any, reference: object) -> tuple[Any, Tensor]:
    """A translator, and a picture as it takes it, 3×64×64 in whole 255ths.

    Args:
        picture: the name of a worked example, or whatever `read_picture` takes.
        reference: the network's name.

    Raises:
        BadInput: there is no picture to be had, or the network translates none.
        ZooError: no such network, or it is damaged.
    """
    from apps._networks.subject import find_subject

    subject = find_subject(picture, describe_translator(reference))
    return subject.model, round_values(subject.x[0])


def disturb_cycle(picture: Any, reference: object, kind: object, disturbance: object) -> dict[str, Any]:
    """There and back with the picture between disturbed step by step: `apps.cyclegan.cycle_picture`.

    Raises:
        BadInput: no picture, network, kind or disturbance of that name.
        ZooError: no such network, or it is damaged.
    """
    how = DISTURBANCES.get(str(disturbance))
    if how is None:
        raise BadInput(f"There is no disturbance {disturbance!r}: choose {', '.join(DISTURBANCES)}.")
    model, x = find_input(picture, reference)
    place = find_place(model, kind)
    [middle] = make_other(model, x[None], place)
    middles = torch.stack([how.act(middle, step) for step in how.steps])
    backs = make_other(model, middles, 1 - place)
    plain = measure_plain(model.release.reference, model.release.digest, place, str(disturbance))
    figures = zip(how.steps, measure_change(middles), measure_change(backs), plain, (backs - x).abs(), strict=True)
    return {
        "network": model.release.reference,
        "kind": model.labels[place],
        "other": model.labels[1 - place],
        "disturbance": disturbance,
        "side": x.shape[-1],
        "input": write_png_url(to_pixels(x)),
        "pictures": write_png_url(lay_out([*middles.split(len(middles)), *backs.split(len(backs))])),
        "steps": [
            {
                "step": step,
                "name": how.write_step(step),
                "middle_change": middle,
                "back_change": back,
                "plain_change": unhidden,
                "cycle_error": float(error.mean()),
            }
            for step, middle, back, unhidden, error in figures
        ],
    }


def measure_change(pictures: Tensor) -> list[float]:
    """By how much each of N pictures differs from the first: the mean of a value's change, 0..1."""
    return (pictures - pictures[0]).abs().flatten(1).mean(1).tolist()


@functools.lru_cache(maxsize=64)
def measure_plain(reference: str, digest: str, place: int, disturbance: str) -> list[float]:
    """The change of the way back where nothing can be hidden in the middle: the mean over four drawn flowers."""
    model = load_translator(describe_translator(reference))
    how = DISTURBANCES[disturbance]
    changes = []
    for flower in draw_flowers(model, 1 - place, range(4)):
        middles = torch.stack([how.act(round_values(flower), step) for step in how.steps])
        changes.append(measure_change(make_other(model, middles, 1 - place)))
    return torch.tensor(changes, dtype=torch.float64).mean(0).tolist()
