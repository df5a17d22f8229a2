"""Diffusion: a U-Net that takes noise out of a picture, and the samplers that go all the way. The network and the
schedulers are diffusers' own. Ho et al., "Denoising Diffusion Probabilistic Models" (2020),
https://arxiv.org/abs/2006.11239; Ho and Salimans, "Classifier-Free Diffusion Guidance" (2022),
https://arxiv.org/abs/2207.12598
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo import register

Sampler = Literal["DDPM", "DDIM", "DPM-Solver++"]
SAMPLERS: tuple[Sampler, ...] = ("DDPM", "DDIM", "DPM-Solver++")
LEVELS = 1000
"""Levels of noise, T."""
STEPS = tuple(steps for steps in range(5, LEVELS + 1) if LEVELS % steps == 0)
"""Numbers of steps: with them the times of all samplers are the same whole numbers."""
SCHEDULE: dict[str, Any] = {
    "num_train_timesteps": LEVELS,
    "beta_start": 1e-4,
    "beta_end": 0.02,
    "beta_schedule": "linear",
    "prediction_type": "v_prediction",
    "timestep_spacing": "trailing",
    "thresholding": True,
    "sample_max_value": 1.0,
}
"""What a diffusers scheduler is built from. At the first step the picture is 157 times smaller than the noise: from a
prediction of the noise it would come out with 157 times its error, from v it does not. The predicted picture is cut off
at -1 and 1, which is what thresholding at a maximum of 1 does in all three samplers."""


class DDPM(nn.Module):
    """What of a noised picture is noise: `model(x_t, t, classes)` is v = √ᾱ·noise - √(1 - ᾱ)·picture, of x_t's shape.

    Salimans and Ho, https://arxiv.org/abs/2202.00512. The U-Net sees each 2×2 pixels as four channels of one place,
    at a quarter of the work.
    """

    def __init__(self, side: int, widths: Sequence[int], groups: int, classes: int):
        from diffusers import UNet2DModel

        super().__init__()
        self.side, self.classes = side, classes
        self.unet: Any = UNet2DModel(
            sample_size=side // 2,
            in_channels=4,
            out_channels=4,
            down_block_types=("DownBlock2D",) * len(widths),
            up_block_types=("UpBlock2D",) * len(widths),
            block_out_channels=tuple(widths),
            layers_per_block=1,
            norm_num_groups=groups,
            add_attention=False,
            num_class_embeds=classes + 1,
        )

    def forward(self, x: Tensor, t: int | Tensor = LEVELS // 2, classes: Tensor | None = None) -> Tensor:
        """v of N×1×28×28 at times t, one or N; without `classes`, int64 N, as for a picture of any class."""
        if classes is None:
            classes = torch.full((len(x),), self.classes, device=x.device)
        packed = F.pixel_unshuffle(x, 2)  # N×1×28×28 -> N×4×14×14
        return F.pixel_shuffle(self.unet(packed, t, classes).sample, 2)

    def guide(self, x: Tensor, t: int, classes: Tensor, guidance: float) -> Tensor:
        """v beyond that of the class by `guidance`: 1 is the class itself, 0 any class; both are asked unless it is 1.

        The noise of the same x_t depends on v linearly, so this guides as the noise would be guided.
        """
        if guidance == 1:
            return self(x, t, classes)
        anything = torch.full_like(classes, self.classes)
        asked, free = self(x.repeat(2, 1, 1, 1), t, torch.cat([classes, anything])).chunk(2)
        return free + guidance * (asked - free)


@dataclass(frozen=True)
class Frame:
    """One step of sampling: x_t at time t, and the picture and the noise that the network takes it for, N×1×28×28."""

    t: int
    noised: Tensor
    clean: Tensor
    noise: Tensor


def make_scheduler(sampler: Sampler, steps: int) -> Any:
    """diffusers' own scheduler of that name, from `SCHEDULE`, for so many steps.

    Raises:
        ValueError: no sampler has this name, or `steps` is not in `STEPS`.
    """
    from diffusers import DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler

    kinds = {"DDPM": DDPMScheduler, "DDIM": DDIMScheduler, "DPM-Solver++": DPMSolverMultistepScheduler}
    if sampler not in kinds or steps not in STEPS:
        raise ValueError(f"{sampler!r} in {steps!r} steps: choose {', '.join(kinds)}, and a divisor of {LEVELS}.")
    scheduler = kinds[sampler].from_config(SCHEDULE)
    scheduler.set_timesteps(steps)
    return scheduler


def list_times(steps: int) -> list[int]:
    """The time at each of so many steps, from 999 down; the same for every sampler."""
    return list(range(LEVELS - 1, -1, -LEVELS // steps))


@torch.inference_mode()
def sample(
    model: DDPM,
    x: Tensor,
    classes: Tensor,
    sampler: Sampler = "DPM-Solver++",
    steps: int = 10,
    start: int = 0,
    guidance: float = 1.0,
    generator: torch.Generator | None = None,
) -> Iterator[Frame]:
    """Go from noise to pictures, a frame a step; the last frame, at t = -1, is the picture itself.

    Args:
        x: N×1×28×28, noised as at the time of step `start`: noise from N(0, 1) for step 0.
        classes: int64 N.
        sampler: DDPM draws new noise in every step, the others draw none.
        steps: one of `STEPS`.
        start: steps of them that are left out.
        guidance: see `DDPM.guide`.
        generator: of DDPM's noise.
    """
    scheduler = make_scheduler(sampler, steps)
    if sampler == "DPM-Solver++":
        scheduler.set_begin_index(start)
    more = {"generator": generator} if sampler == "DDPM" else {}
    alphas = scheduler.alphas_cumprod
    for t in scheduler.timesteps[start:].tolist():
        v = model.guide(x, t, classes, guidance)
        kept, lost = alphas[t].sqrt(), (1 - alphas[t]).sqrt()
        clean = (kept * x - lost * v).clamp(-1, 1)
        yield Frame(t, x, clean, (x - kept * clean) / lost)
        x = scheduler.step(v, t, x, **more).prev_sample
    yield Frame(-1, x, x.clamp(-1, 1), torch.zeros_like(x))


def finish(frames: Iterator[Frame]) -> Tensor:
    """The pictures that sampling ends with, uint8 N×1×28×28."""
    [last] = deque(frames, maxlen=1)
    return ((last.clean + 1) * 127.5).round().byte()


def shrink_frames(frames: Sequence[Frame]) -> tuple[Tensor, Tensor]:
    """Frames as small as one still sees all: predicted pictures in 256 greys and noises in 16, uint8 N×frames×28×28.

    Greys run from -1 to 1 of a picture and from -3 to 3 of noise: 17·round((noise + 3)·2.5). x_t follows from the two.
    """
    clean = torch.cat([frame.clean for frame in frames], dim=1)
    noise = torch.cat([frame.noise for frame in frames], dim=1)
    return (
        ((clean + 1) * 127.5).round().byte(),
        (((noise.clamp(-3, 3) + 3) * 2.5).round() * 17).byte(),
    )


@register
def ddpm(side: int = 28, widths: Sequence[int] = (24, 48), groups: int = 8, classes: int = 10) -> DDPM:
    """U-Net of 24 maps of 14×14 and 48 of 7×7, ten classes and one more that stands for any."""
    return DDPM(side, widths, groups, classes)
