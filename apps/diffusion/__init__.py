"""Diffusion: noise becomes a picture of the class that is asked for, a step at a time."""

from __future__ import annotations

from typing import Any

from apps._gallery.exhibit import Exhibit
from apps._gallery.glossary import explain
from apps._inputs import read_picture
from apps._inputs.upload import PictureFile


def sample_class(
    label: str = "3",
    network: str = "ddpm.mnist",
    sampler: str = "DPM-Solver++",
    steps: int = 10,
    guidance: float = 2.0,
    seed: int = 0,
) -> dict[str, Any]:
    """Make sixteen pictures of a class out of noise; the same arguments give the same pictures.

    Args:
        label: the class, such as "3", or "Sandal" of `ddpm.fashionmnist`.
        network: a diffusion model of the zoo.
        sampler: DDPM, DDIM or DPM-Solver++.
        steps: a divisor of 1,000 from 5 up.
        guidance: how far beyond "any class" towards the asked one: 0 any class, 1 the class, at most 10.
        seed: of all noise, from 0 to 2⁶³ − 1.

    Returns:
        `times`: t of each frame that was kept, at most 40. `clean` and `noise`: PNG data URLs, a row of 28 × 28 frames
        for each picture: what the network takes for the picture, from −1 black to 1 white, and for the noise, from −3
        to 3 in 16 greys. `seconds`: how long it took. `read_as`: what the zoo's classifier takes the pictures for.
    """
    from apps.diffusion.sampling import draw_noise, read_wish, run

    wish = read_wish(network, label, sampler, steps, guidance, seed)
    return run(wish, draw_noise(wish))


def branch_sample(
    at: int,
    picture: int = 0,
    branch_sampler: str = "DDPM",
    branch_seed: int = 1,
    label: str = "3",
    network: str = "ddpm.mnist",
    sampler: str = "DPM-Solver++",
    steps: int = 10,
    guidance: float = 2.0,
    seed: int = 0,
) -> dict[str, Any]:
    """Go back to one step of one of the sixteen pictures, and go on from there in sixteen other ways.

    Args:
        at: t of that step, one of the run's times.
        picture: which of the sixteen, from 0.
        branch_sampler: the sampler from there on; only DDPM draws noise, so only its ways differ.
        branch_seed: of that noise.
        label: the class of the run.
        network: of the run.
        sampler: of the run, up to that step.
        steps: of the run, all of them.
        guidance: of the run, and from there on.
        seed: of the run.

    Returns:
        What `sample_class` returns, from that step on.
    """
    from apps.diffusion.sampling import branch, read_wish

    wish = read_wish(network, label, sampler, steps, guidance, seed)
    return branch(wish, at, picture, branch_sampler, branch_seed)


def denoise_drawing(
    picture: PictureFile,
    level: int = 499,
    label: str = "3",
    network: str = "ddpm.mnist",
    sampler: str = "DPM-Solver++",
    steps: int = 20,
    guidance: float = 2.0,
    seed: int = 0,
) -> dict[str, Any]:
    """Noise a drawing, sixteen times, and let the network take the noise away again.

    Args:
        picture: a picture's file.
        level: t to which it is noised, from 0, hardly, to 999, entirely.
        label: the class that it becomes.
        network: a diffusion model of the zoo.
        sampler: DDPM, DDIM or DPM-Solver++.
        steps: all the way from noise, a divisor of 1,000 from 5 up; those above the level are left out.
        guidance: how far beyond "any class" towards the asked one, from 0 to 10.
        seed: of all noise, from 0 to 2⁶³ − 1.

    Returns:
        What `sample_class` returns, and `saw`: the drawing as the network saw it, a PNG data URL.
    """
    from apps.diffusion.sampling import read_wish, redraw

    return redraw(read_wish(network, label, sampler, steps, guidance, seed), read_picture(picture), level)


EXHIBIT = Exhibit(
    __name__,
    title="Diffusion",
    claim="A network that only takes noise away draws a digit",
    lead=f"**Move over the strips**: in every step a {explain('denoiser')} guesses the whole picture, and some noise "
    "goes. Ask for another digit, allow fewer steps, or start from a drawing of yours.",
    order=40,
    days=("w6d6",),
    functions=(sample_class, branch_sample, denoise_drawing),
    shown=("sampling.run", "sampling.branch"),
)
