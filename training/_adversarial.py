"""What the recipes of adversarial networks share: a life in frames, an average, several processes, the release.

The exhibit of a release, which the recipe writes as it trains:

`exhibit/frames.webp`: one sheet of frames, `columns` of them to a row, in order. A frame is `grid` by `grid` pictures
of `side` pixels without gaps, row by row: what the generator makes of the 36 codes that are `inputs` of
`golden.safetensors`, in their order. (Of a CycleGAN, see `training/cyclegan.py`.)

`exhibit/training.json`:

    {"columns": 8, "side": 28, "grid": 6, "channels": 1,        how the sheet is laid out
     "round": {"discriminator": 1, "generator": 1},             updates of each network in one step
     "overtrained": {"from": 2345, "generator": 10},            of a collapsed one alone: updates of the generator in
                                                                each step after that one
     "losses": {"generator": "...", "discriminator": "..."},    what each loss is, a sentence
     "scores": "logit" or "critic",                             sigmoid(logit) is D; a critic's score has no scale
     "average": 0.999 or 0,                                     decay of the generator's average, which the frames show
     "classifier": "lenet.mnist@v2", "labels": ["0", ...],
     "frames": [{"step": 0,                                     0, 1, 2, ... round(2^(k/4)), and the last of training
                 "generator_loss": null, "discriminator_loss": null,     means since the frame before; null at step 0
                 "real_score": 0.02, "fake_score": -0.01,       mean score of 256 training pictures, and of 256 samples
                 "gradient_norm": 0.31,                         mean norm of the score's gradient with respect to the
                                                                picture (pixels in 0..1), at 256 random mixtures of a
                                                                real and a generated picture: of every family alike
                 "shares": [0.1, ...]}]}                        of 1,000 samples, by the classifier, in `labels`' order

`exhibit/quality.json`: `training/_quality.py` says what it holds. `exhibit/samples.png`: the last frame.

A number that is not finite is null. Scores, gradients and shares are of the networks after that step, of the
generator's average where there is one, always of the same codes and training pictures, without dropout.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import torch
from PIL import Image
from torch import Tensor, nn

import zoo
from training import _common, _quality
from training._data import Dataset
from zoo import Metric
from zoo.preprocessing import Preprocessing

GRID, COLUMNS = 6, 8
SHARES, SCORED = 1000, 256
"""How many samples are classified at a frame, and how many are scored beside as many real pictures."""


def list_frame_steps(total: int) -> list[int]:
    """The steps after which there is a frame: 0, 1, 2, ... at quarter octaves, round(2^(k/4)), and the last one."""
    quarters = {round(2 ** (k / 4)) for k in range(4 * max(total, 1).bit_length() + 1)}
    return sorted({0, total} | {step for step in quarters if step < total})


class Scene:
    """What is looked at in each frame: the golden codes' pictures, scores, slopes and classes; always from one draw."""

    def __init__(self, data: Dataset, judge: _quality.Judge, codes: Tensor):
        """`codes`: the golden ones, 36×D."""
        self.judge, self.codes = judge, codes
        self.many = draw_codes(min(SHARES, len(data.test_images)), codes.shape[1], 1)
        self.real = data.train_images[: min(SCORED, len(self.many))].float() / 255
        self.places = torch.rand(len(self.real), 1, 1, 1, generator=torch.Generator().manual_seed(1))

    def look(self, average: Any) -> tuple[Tensor, dict[str, Any]]:
        """The pictures of a frame, uint8 36×C×H×W, and its figures.

        Args:
            average: has `generate` and `score`, as the release will.
        """
        device = next(average.parameters()).device
        many, real = paint(average, self.many), self.real.to(device)
        fake = many[: len(real)].to(device).float() / 255
        with torch.no_grad():
            real_score, fake_score = (float(average.score(pictures).mean()) for pictures in (real, fake))
        return paint(average, self.codes), {
            "real_score": real_score,
            "fake_score": fake_score,
            "gradient_norm": measure_gradient_norm(average.score, real, fake, self.places.to(device)),
            "shares": self.judge.measure_shares(many),
        }

    @property
    def about(self) -> dict[str, Any]:
        """Who named the classes, for the head of `training.json`."""
        return {"classifier": self.judge.release.reference, "labels": self.judge.labels}


class Life:
    """What training did, from frame to frame. It lives in the run's checkpoint: make it after `run.resume`."""

    def __init__(self, run: _common.Run, look: Callable[[Any], tuple[Tensor, dict[str, Any]]], total: int):
        """`look` gives a frame's pictures, uint8 N×C×H×W, and its figures; `total`: steps of the whole training."""
        if not run.kept:
            run.kept.update(step=0, frames=[], rows=[], sums={}, count=0)
        self.kept, self.look = run.kept, look
        self.due = set(list_frame_steps(total))

    @property
    def step(self) -> int:
        """How many steps are done."""
        return self.kept["step"]

    def begin(self, average: nn.Module) -> None:
        """The frame before the first step; nothing where training continues."""
        if not self.kept["frames"]:
            self._add_frame(average)

    def count(self, average: nn.Module, **losses: Tensor) -> None:
        """A step more, with its losses, and a frame of `average` if one is due."""
        self.kept["step"] += 1
        self.kept["count"] += 1
        for name, loss in losses.items():
            self.kept["sums"][name] = self.kept["sums"].get(name, 0) + loss.detach().double()
        if self.step in self.due:
            self._add_frame(average)

    def _add_frame(self, average: nn.Module) -> None:
        """Look at what there is now."""
        names = self.kept["sums"] or ("generator_loss", "discriminator_loss")
        means = {name: float(self.kept["sums"][name]) / self.kept["count"] for name in self.kept["sums"]}
        pictures, figures = self.look(average.eval())
        self.kept["rows"].append({"step": self.step, **{name: means.get(name) for name in names}, **figures})
        self.kept["frames"].append(pictures)
        self.kept["sums"], self.kept["count"] = {}, 0

    def make_exhibit(self, about: Mapping[str, Any], grid: int = GRID) -> dict[str, bytes]:
        """`frames.webp`, `samples.png` and `training.json`, with `about` at its head; `grid`: pictures side by side."""
        frames = [lay_out(pictures, grid) for pictures in self.kept["frames"]]
        pictures = self.kept["frames"][0]
        table = {
            "columns": COLUMNS,
            "side": pictures.shape[-1],
            "grid": grid,
            "channels": pictures.shape[1],
            **about,
            "frames": _quality.round_numbers(self.kept["rows"], 4),
        }
        return {
            "frames.webp": encode(lay_out(torch.stack(frames), COLUMNS), "WEBP", quality=80, method=6),
            "samples.png": encode(frames[-1], "PNG", optimize=True),
            "training.json": (json.dumps(table, separators=(",", ":")).replace('{"step"', '\n{"step"') + "\n").encode(),
        }


def measure_gradient_norm(score: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, places: Tensor) -> float:
    """Mean norm of the score's gradient at mixtures of N×C×H×W real and fake ones, `places` the real's share."""
    between = (places * real + (1 - places) * fake).requires_grad_()
    [gradient] = torch.autograd.grad(score(between).sum(), between)
    return float(gradient.flatten(1).norm(dim=1).mean())


@torch.no_grad()
def paint(network: Any, codes: Tensor, batch_size: int = 250) -> Tensor:
    """What a network's `generate` makes of codes, N×D, as it is used later: uint8 N×C×H×W, on the processor."""
    device = next(network.parameters()).device
    return torch.cat([to_pixels(network.generate(part.to(device))) for part in codes.split(batch_size)])


def to_pixels(pictures: Tensor) -> Tensor:
    """Pictures in 0..1 -> uint8, on the processor; what is not a number is black."""
    return (pictures.float().nan_to_num() * 255).round().clamp(0, 255).byte().cpu()


def draw_codes(count: int, size: int, seed: int) -> Tensor:
    """Codes from N(0, 1), count×size, float32: always the same for a seed."""
    return torch.randn(count, size, generator=torch.Generator().manual_seed(seed))


def draw_samples(network: Any, count: int, size: int, seeds: Sequence[int] = (0, 1, 2)) -> list[Tensor]:
    """For each seed what a network makes of `count` codes of `size` numbers, uint8 count×C×H×W."""
    return [paint(network, draw_codes(count, size, seed)) for seed in seeds]


def lay_out(pictures: Tensor, columns: int) -> Tensor:
    """N×C×H×W -> one picture C×(rows·H)×(columns·W), row by row, black where there is none."""
    count, channels, height, width = pictures.shape
    rows = -(-count // columns)
    sheet = pictures.new_zeros(rows * columns, channels, height, width)
    sheet[:count] = pictures
    return sheet.view(rows, columns, channels, height, width).permute(2, 0, 3, 1, 4).reshape(
        channels, rows * height, columns * width
    )  # fmt: skip


def encode(picture: Tensor, form: Literal["WEBP", "PNG"], **settings: Any) -> bytes:
    """A picture's file: uint8 C×H×W, C 1 or 3."""
    pixels = picture.permute(1, 2, 0).numpy()
    buffer = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(buffer, form, **settings)
    return buffer.getvalue()


@torch.no_grad()
def update_average(average: nn.Module, network: nn.Module, decay: float, step: int) -> None:
    """Move the average's generator towards the network's, and take all the rest as it is; decay 0 takes all as it is.

    Early on the average reaches back a tenth of the steps (Karras et al., "Analyzing and Improving the Image Quality of
    StyleGAN", let it warm up too), so that early frames show the network and not its first weights.
    """
    share = 1 - min(decay, (1 + step) / (10 + step)) if decay else 1.0
    for (name, kept), value in zip(average.state_dict().items(), network.state_dict().values(), strict=True):
        if name.startswith("generator") and value.is_floating_point():
            kept.lerp_(value, share)
        else:
            kept.copy_(value)


def set_step_sizes(optimizers: Sequence[torch.optim.Optimizer], done: float) -> float:
    """Hold every step size until half of the training is done, then let it fall to 0; returns the present share.

    Args:
        done: share of all steps, 0..1.
    """
    share = min(1.0, 2 * (1 - done))
    for group in (group for optimizer in optimizers for group in optimizer.param_groups):
        group["lr"] = group.setdefault("initial_lr", group["lr"]) * share
    return share


def share_gradients(run: _common.Run, parameters: Sequence[nn.Parameter]) -> None:
    """Give every process the mean of all processes' gradients; does nothing in one process alone.

    Instead of a wrapped network, which could not be differentiated twice, as gradient penalties need.
    """
    if run.accelerator.num_processes > 1:
        for parameter in parameters:
            parameter.grad = run.accelerator.reduce(parameter.grad, "mean")


def release_generator(
    run: _common.Run,
    data: Dataset,
    life: Life,
    scene: Scene,
    average: Any,
    *,
    name: str,
    architecture: str,
    arguments: Mapping[str, Any],
    module: str,
    about: Mapping[str, Any],
    card: str,
    measure_more: Callable[[Any], Mapping[str, bytes]] = lambda network: {},
) -> None:
    """Measure a generator on three draws, choose how to store it, and publish it with its exhibit.

    float16 where the Fréchet distance stays within a hundredth of itself, float32 otherwise.

    Args:
        measure_more: makes further files of the exhibit from the network as it is stored.
    """
    weights = {key: value.cpu() for key, value in average.state_dict().items()}
    halved = {key: value.half().float() if value.is_floating_point() else value for key, value in weights.items()}
    network: Any = zoo.create(architecture, **arguments).eval()
    count, size = len(data.test_images), scene.codes.shape[1]
    real = scene.judge.look_at(data.test_images)[0]

    def measure(weights: Mapping[str, Tensor]) -> float:
        network.load_state_dict(weights)
        [draw] = draw_samples(network, count, size, [0])
        return _quality.measure_frechet_distance(real, scene.judge.look_at(draw)[0])

    before, after = measure(weights), measure(halved)
    same = abs(after - before) <= 0.01 * before
    run.console.print(f"Fréchet distance {before:.4g}, {after:.4g} with float16 weights")
    network.load_state_dict(halved if same else weights)
    draws = draw_samples(network, count, size)
    quality = _quality.measure_quality(draws, data, scene.judge, paint(network, scene.codes))
    run.console.print(
        "  ".join(f"{key} {quality[key]:.4g}" for key in ("frechet", "frechet_floor", "precision", "recall", "entropy"))
    )
    zoo.release(
        network,
        name,
        architecture=architecture,
        arguments=arguments,
        task="unconditional-image-generation",
        labels=data.labels,
        preprocessing=Preprocessing("digit" if data.name.startswith("mnist") else "grey", 28, (0.0,), (1.0,)),
        metrics=[Metric("frechet_distance", quality["frechet"], data.name, "test", len(data.test_images))],
        golden_inputs=scene.codes,
        history=run.history,
        recipe=_common.describe_recipe(run, data, module),
        card=f"{card.strip()}\n\n{describe_quality(quality)}\n",
        dataset=data.about,
        exhibit={
            **life.make_exhibit({**about, **scene.about}),
            "quality.json": _quality.write_quality(quality),
            **measure_more(network),
        },
        dtype="float16" if same else "float32",
        root=run.args.zoo,
    )


def describe_quality(quality: Mapping[str, Any]) -> str:
    """The card's paragraphs on its figures, and its picture."""
    least = min(quality["classes"], key=lambda each: each["share"])
    spread = ", ".join(f"{value:.3g}" for value in quality["frechet_by_seed"])
    count = f"{quality['samples']:,}"
    return f"""
![Pictures that it makes of the 36 golden codes](exhibit/samples.png)

Its figure is the Fréchet distance in the {quality["features"]} numbers before the last layer of
`{quality["classifier"]}` (digest `{quality["classifier_digest"][:12]}`) between {count} samples and the {count} test
pictures: {quality["frechet"]:.3g} ({spread} with three seeds). Two halves of the test pictures are
{quality["frechet_floor"]:.3g} apart, {count} training pictures {quality["frechet_of_training"]:.3g}.
Precision {quality["precision"]:.3f} and recall {quality["recall"]:.3f} (k = {quality["neighbours"]}; training pictures
{quality["precision_of_training"]:.3f} and {quality["recall_of_training"]:.3f}). By that classifier's answers the rarest
class is "{least["label"]}" with {least["share"]:.1%} of the samples; the entropy of the classes is
{quality["entropy"]:.3f} of that of uniform ones.
""".strip()
