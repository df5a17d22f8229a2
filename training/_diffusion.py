"""What a diffusion model's release keeps: diffusers' layout, quality against steps, and one way from noise to picture.

The exhibit, all of the weights as released, in float32:

`exhibit/steps.json`:

    {"classifier": "lenet.mnist@v2", "classifier_digest": "<sha256>", "samples": 1000,
     "floor": 0.3,                     Fréchet distance of as many training pictures to the test pictures
     "rows": [{"sampler": "DDIM", "steps": 5, "frechet": 9.1,     of the samples to the test pictures, guidance 1
               "seconds": 0.1}, ...],  of one core, by the processor's clock, for 16 pictures
     "guidances": [{"guidance": 1, "frechet": 1.2,                DPM-Solver++ in 10 steps
                    "agreement": 0.99}, ...]}                     share that the classifier takes for the asked class

`exhibit/quality.json`: see `training/_quality.py`; of DPM-Solver++ in 10 steps, guidance 1, with `agreement` more.
`exhibit/opening.json`: {"label", "sampler", "steps", "guidance", "seed", "times": t of each frame}, a run of 16
pictures, a row each in `exhibit/opening-clean.png`, the pictures that are predicted at these times, and in
`exhibit/opening-noise.png`, the noises; `shrink_frames` says in which greys.
`exhibit/samples.png`: ten of each class, a class a row. `exhibit/samples.safetensors`: `noise` and the `samples` that
DPM-Solver++ makes of it in 10 steps, float32 N×1×28×28, of `classes`.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

import zoo
from from_scratch.generative import add_noise, linear_betas, remaining_signal
from training import _common, _quality
from training._adversarial import encode, lay_out
from training._data import Dataset
from zoo import Metric, examples
from zoo.architectures.ddpm import DDPM, LEVELS, SAMPLERS, Sampler, finish, make_scheduler, sample, shrink_frames
from zoo.preprocessing import Preprocessing

WEIGHTS = "unet/diffusion_pytorch_model.safetensors"
PART = 100
"""Pictures that are drawn together: a thousand steps of them take some minutes."""


class Samples:
    """Pictures that a network draws, kept part by part beside the run's checkpoint."""

    def __init__(self, run: _common.Run, model: DDPM):
        self.run, self.model, self.folder = run, model, run.path.parent / "samples"

    def draw(self, sampler: Sampler, steps: int, count: int, guidance: float = 1.0) -> tuple[Tensor, Tensor, float]:
        """uint8 N×1×28×28, the classes asked for, int64 N, and how long one picture took, in processor seconds.

        The same noise for every sampler, number of steps and guidance; the classes in turn.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        classes = torch.arange(count) % self.model.classes
        parts, seconds = [], 0.0
        for index, wanted in enumerate(classes.split(PART)):
            path = self.folder / f"{sampler}-{steps}-{guidance:g}-{count}-{index}.pt"
            if not path.exists():
                dice = torch.Generator().manual_seed(index)
                noise = torch.randn(len(wanted), 1, self.model.side, self.model.side, generator=dice)
                started = time.process_time()
                pictures = finish(sample(self.model, noise, wanted, sampler, steps, guidance=guidance, generator=dice))
                draft = path.with_suffix(".part")
                torch.save({"pictures": pictures, "seconds": time.process_time() - started}, draft)
                draft.replace(path)
            part = torch.load(path, weights_only=True)
            parts.append(part["pictures"])
            seconds += part["seconds"]
        self.run.console.print(f"{count:,} pictures by {sampler} in {steps} steps, guidance {guidance:g}")
        return torch.cat(parts), classes, seconds / count


def measure_steps(samples: Samples, data: Dataset, judge: _quality.Judge, smoke: bool) -> dict[str, Any]:
    """Quality against the number of steps and against guidance: `steps.json`."""
    count = 100 if smoke else 1000
    plan: list[tuple[Sampler, int]] = [
        (sampler, steps) for steps in ((5, 10) if smoke else (5, 10, 20, 50, 100)) for sampler in SAMPLERS
    ]
    plan.append(("DDPM", 20 if smoke else LEVELS))
    real = judge.look_at(data.test_images)[0]
    dice = torch.Generator().manual_seed(0)
    some = data.train_images[torch.randperm(len(data.train_images), generator=dice)[:count]]
    rows, guidances = [], []
    for sampler, steps in plan:
        pictures, _, seconds = samples.draw(sampler, steps, count)
        distance = _quality.measure_frechet_distance(real, judge.look_at(pictures)[0])
        rows.append({"sampler": sampler, "steps": steps, "frechet": distance, "seconds": 16 * seconds})
    for guidance in (0.0, 1.0, 2.0, 4.0):
        pictures, classes, _ = samples.draw("DPM-Solver++", 10, count, guidance)
        features, answers = judge.look_at(pictures)
        agreement = float((answers == classes).double().mean())
        distance = _quality.measure_frechet_distance(real, features)
        guidances.append({"guidance": guidance, "frechet": distance, "agreement": agreement})
    return {
        "classifier": judge.release.reference,
        "classifier_digest": judge.release.digest,
        "samples": count,
        "floor": _quality.measure_frechet_distance(real, judge.look_at(some)[0]),
        "rows": rows,
        "guidances": guidances,
    }


def record_run(model: DDPM, label: int, sampler: Sampler, steps: int, guidance: float, seed: int) -> dict[str, bytes]:
    """A run of 16 pictures for a page to open on: `opening.json` and its two sheets."""
    dice = torch.Generator().manual_seed(seed)
    noise = torch.randn(16, 1, model.side, model.side, generator=dice)
    frames = list(sample(model, noise, torch.full((16,), label), sampler, steps, guidance=guidance))[:-1]
    about = {"label": label, "sampler": sampler, "steps": steps, "guidance": guidance, "seed": seed}
    files = {"opening.json": (json.dumps({**about, "times": [frame.t for frame in frames]}) + "\n").encode()}
    for name, pictures in zip(("clean", "noise"), shrink_frames(frames), strict=True):
        sheet = lay_out(pictures.flatten(0, 1)[:, None], len(frames))
        files[f"opening-{name}.png"] = encode(sheet, "PNG", optimize=True)
    return files


def write_layout(model: DDPM) -> dict[str, bytes]:
    """`model_index.json` and the configurations of U-Net and scheduler, as diffusers writes them."""
    from diffusers import DDPMPipeline

    pipeline: Any = DDPMPipeline(model.unet, make_scheduler("DDPM", LEVELS))
    with tempfile.TemporaryDirectory() as folder:
        pipeline.save_pretrained(folder)
        names = ("model_index.json", "unet/config.json", "scheduler/scheduler_config.json")
        return {name: (Path(folder) / name).read_bytes() for name in names}


def release_denoiser(
    run: _common.Run,
    data: Dataset,
    judge: _quality.Judge,
    average: Any,
    name: str,
    arguments: Mapping[str, Any],
    card: str,
) -> None:
    """Measure the weights as a user gets them, in float32 on the processor, write the exhibit, and publish.

    Args:
        average: the network whose weights are released.
        card: Markdown, before the paragraph on its figures.
    """
    model: Any = zoo.create("ddpm", **arguments).eval()
    model.load_state_dict({key: value.cpu() for key, value in average.state_dict().items()})
    samples = Samples(run, model)
    steps = measure_steps(samples, data, judge, run.args.smoke)
    count = len(data.test_images)
    draw, classes, _ = samples.draw("DPM-Solver++", 10, count)
    dice = torch.Generator().manual_seed(0)
    noise = torch.randn(len(data.labels), 1, model.side, model.side, generator=dice)
    golden = list(sample(model, noise, torch.arange(len(data.labels))))[-1].clean
    quality = _quality.measure_quality([draw], data, judge, ((golden + 1) * 127.5).round().byte())
    quality["agreement"] = float((judge.look_at(draw)[1] == classes).double().mean())

    preprocessing = Preprocessing("digit" if data.name.startswith("mnist") else "grey", 28, (0.5,), (0.5,))
    drawn = torch.stack([preprocessing(examples.drawn_digit(digit)) for digit in range(10)])
    noised = add_noise(drawn, torch.randn(drawn.shape, generator=dice), LEVELS // 2, remaining_signal(linear_betas()))
    rows = draw[: 10 * len(data.labels)].unflatten(0, (10, len(data.labels))).transpose(0, 1).flatten(0, 1)
    zoo.release(
        model,
        name,
        architecture="ddpm",
        arguments=arguments,
        task="unconditional-image-generation",
        labels=data.labels,
        preprocessing=preprocessing,
        metrics=[
            Metric("frechet_distance", quality["frechet"], data.name, "test", count),
            Metric("class_agreement", quality["agreement"], data.name, "test", count),
        ],
        golden_inputs=noised,
        history=run.history,
        recipe=_common.describe_recipe(run, data, "training.ddpm"),
        card=f"{card.strip()}\n\n{describe_figures(quality, steps)}\n",
        dataset=data.about,
        exhibit={
            "quality.json": _quality.write_quality(quality),
            "steps.json": _quality.write_quality(steps),
            **record_run(model, label=3, sampler="DPM-Solver++", steps=20, guidance=2.0, seed=0),
            "samples.png": encode(lay_out(rows, 10), "PNG", optimize=True),
            "samples.safetensors": save(
                {"noise": noise, "classes": torch.arange(len(data.labels)), "samples": golden.contiguous()}
            ),
        },
        weights_file=WEIGHTS,
        files=write_layout(model),
        root=run.args.zoo,
    )


def describe_figures(quality: Mapping[str, Any], steps: Mapping[str, Any]) -> str:
    """The card's picture and its paragraph on the figures."""
    found = {(row["sampler"], row["steps"]): row for row in steps["rows"]}
    fast, slow = found["DPM-Solver++", 10], steps["rows"][-1]
    return f"""
![Ten samples of each class in ten steps](exhibit/samples.png)

Its figures are of {quality["samples"]:,} samples, a tenth of each class, by DPM-Solver++ in ten steps without guidance:
the Fréchet distance to as many test pictures in the {quality["features"]} numbers before the last layer of
`{quality["classifier"]}` (digest `{quality["classifier_digest"][:12]}`), {quality["frechet"]:.3g}, where two halves of
the test pictures are {quality["frechet_floor"]:.3g} apart; and the share that this classifier takes for the class that
was asked for, {quality["agreement"]:.2%}. Precision {quality["precision"]:.3f} and recall {quality["recall"]:.3f}
(k = {quality["neighbours"]}; training pictures {quality["precision_of_training"]:.3f} and
{quality["recall_of_training"]:.3f}).

By {steps["samples"]:,} samples each, from the same noise, ten steps of DPM-Solver++ are at {fast["frechet"]:.3g} in
{fast["seconds"]:.2g} s for 16 pictures, {slow["steps"]:,} of {slow["sampler"]} at {slow["frechet"]:.3g} in
{slow["seconds"]:.3g} s.
""".strip()
