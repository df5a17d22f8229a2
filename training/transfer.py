"""Transfer: cats and dogs for a network that has seen neither, from 10 to 500 pictures of each. A study: see its table.

    python -m training.transfer
    python -m training.transfer --backbone resnet50 --pretrained
    python -m training.transfer --labels all --pictures 50 --steps 120

Three ways to learn new classes: from scratch, only a new last layer on a frozen backbone, or all of it fine-tuned
(https://arxiv.org/abs/1411.1792); each with and without augmentation, for four numbers of pictures and five seeds. All
ways get the same pictures, the same number of steps and the same schedule; a seed draws the pictures and the initial
weights, and the pictures of a smaller number are among those of a larger. Measured on all 2,000 test pictures of the
two classes; with `--labels all` it is CIFAR-10's ten classes, of which our backbone knows eight, and 10,000 pictures.

Finished rows are kept in `--runs`: the same command continues after a kill, and under `accelerate launch` each process
takes its share of them. Another backbone's table, or that of other classes, stays there too.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
import shlex
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
import tyro
from accelerate import Accelerator
from accelerate.utils import set_seed
from rich.console import Console
from scipy import stats
from torch import Tensor, nn

import zoo
from training import _common, _data, data_folder
from zoo import upstream
from zoo.preprocessing import Preprocessing
from zoo.upstream import Upstream

BACKBONE = "resnet18-8class.cifar10"
METHODS = ("scratch", "frozen", "fine-tuned")
LABELS = ("cat", "dog")


@dataclass
class Args:
    data: Path = dataclasses.field(default_factory=data_folder)
    """Folder of CIFAR-10, as torchvision lays it out; it is downloaded if absent."""
    backbone: str = BACKBONE
    """A release that lacks a class, or an architecture whose ImageNet weights torchvision has, like resnet50."""
    labels: tuple[str, ...] = LABELS
    """Classes of CIFAR-10 to learn, or "all" ten of them."""
    pretrained: bool = True
    """Start from the backbone's weights; --no-pretrained leaves only the row of learning from scratch."""
    size: int | None = None
    """Scale the pictures to this side; otherwise to what the backbone was trained on."""
    pictures: tuple[int, ...] = (10, 50, 100, 500)
    """Pictures of each class."""
    steps: tuple[int, ...] = (40, 80, 120, 250)
    """Steps of training, for each number of pictures."""
    seeds: int = 5
    """Repetitions, each with other pictures and other initial weights."""
    batch_size: int = 64
    """Pictures per step, or all there are."""
    new_lr: float = 0.05
    """Peak learning rate of new weights: all of them from scratch, else the last layer's."""
    fine_tuning_lr: float = 0.01
    """Peak learning rate of weights that were learnt before."""
    weight_decay: float = 5e-4
    """L2 penalty on weights; biases and normalisation are spared."""
    cutout: int = 8
    """With augmentation: side of the square that is blanked in each 32-pixel picture, beside random shift and flip."""
    precision: _common.Precision = "bf16"
    """bfloat16 autocast for the matrix products, or plain float32."""
    runs: Path = Path("runs")
    """Folder of the finished rows."""
    zoo: Path | None = None
    """Put the study into this folder's `studies` instead of the repository's own."""
    publish: bool = True
    """Write the study when every row is there."""
    smoke: bool = False
    """The whole study in seconds, on generated data; written only into --zoo."""


@dataclass(frozen=True)
class Row:
    """One training's settings."""

    method: str
    augmented: str
    pictures: int
    seed: int


@dataclass(frozen=True)
class Study:
    """What all rows share."""

    args: Args
    known: zoo.Release | Upstream
    pretrained: nn.Module | None
    data: _data.Dataset
    size: int
    methods: tuple[str, ...]
    accelerator: Accelerator


def main(args: Args) -> None:
    if len(args.pictures) != len(args.steps) or args.seeds < 2:
        raise SystemExit("Give as many --steps as --pictures, and at least two --seeds.")
    if args.smoke:
        args.pictures, args.steps, args.seeds = (2, 4), (1, 1), 2
        args.size, args.precision = args.size or 16, "no"  # bfloat16 is emulated where a processor has none
    accelerator = Accelerator(mixed_precision=args.precision)
    console = Console(stderr=True, quiet=not accelerator.is_main_process)
    known, pretrained = load_backbone(args)
    preprocessing = Preprocessing(**known.config["preprocessing"])
    data = _data.load_dataset("cifar10", args.data, args.smoke)
    try:
        data = data.select_classes(choose_labels(args, known, data.labels))
    except ValueError as error:
        raise SystemExit(f"CIFAR-10 has {', '.join(data.labels)}, and not all of {', '.join(args.labels)}.") from error
    # As the backbone's own pictures were normalised, not as CIFAR-10's are.
    data = dataclasses.replace(data, mean=preprocessing.mean, std=preprocessing.std)
    methods = METHODS if args.pretrained else METHODS[:1]
    study = Study(args, known, pretrained, data, args.size or preprocessing.size, methods, accelerator)
    rows = [
        Row(method, augmented, pictures, seed)
        for seed, pictures, augmented, method in itertools.product(
            range(args.seeds), args.pictures, ("no", "yes"), methods
        )
    ]

    settled = _common.fingerprint_settings(dataclasses.replace(args, backbone=known.reference))
    kept = FinishedRows(args.runs / f"transfer-{settled}" / "rows.csv")
    done = kept.read()
    todo = [row for row in rows if row not in done]
    for row in todo[accelerator.process_index :: accelerator.num_processes]:
        started = time.perf_counter()
        accuracy = measure_accuracy(train_network(row, study), study)
        kept.append(row, accuracy, time.perf_counter() - started)
        console.print(
            f"{row.method}, augmented: {row.augmented}, {row.pictures} a class, seed {row.seed}: {accuracy:.2%}"
        )
    accelerator.wait_for_everyone()

    if accelerator.is_main_process and args.publish:
        done = kept.read()
        folder = kept.path.parent / "study"
        usual = args.backbone == BACKBONE and args.labels == LABELS and args.pretrained
        if usual and (args.zoo is not None or not args.smoke):
            folder = (args.zoo or zoo.folder()) / "studies" / "transfer"
        accuracies = {row: done[row][0] for row in rows}
        page = write_page(accuracies, study, minutes=sum(done[row][1] for row in rows) / 60)
        _common.write_study(folder, {"README.md": page, "results.csv": write_table(accuracies)})
        console.print(f"written to {folder}")


def load_backbone(args: Args) -> tuple[zoo.Release | Upstream, nn.Module | None]:
    """Describe the backbone, and load it; None instead of the network where trainings start from nothing."""
    name = args.backbone if "." in args.backbone else f"{args.backbone}.imagenet"
    try:
        known = upstream.describe(name) if name in upstream.names() else zoo.describe(name)
        network = zoo.load(name) if args.pretrained else None
    except zoo.ZooError as error:
        raise SystemExit(str(error)) from error
    if not known.config["architecture"].startswith("resnet"):
        raise SystemExit(f"{name} is no ResNet: choose one, whose last layer is called fc.")
    return known, network


def choose_labels(args: Args, known: zoo.Release | Upstream, every: Sequence[str]) -> Sequence[str]:
    """The classes to learn, at least one of which is new to the backbone."""
    labels = every if args.labels == ("all",) else args.labels
    if set(labels) <= set(known.config["labels"]):
        raise SystemExit(
            f"{known.name} knows {', '.join(labels)} already: choose a backbone to which one of them is new."
        )
    return labels


def train_network(row: Row, study: Study) -> nn.Module:
    """Train one network with the row's settings."""
    args, device = study.args, study.accelerator.device
    set_seed(1000 + row.seed)
    model = build_network(row.method, study).to(device).to(memory_format=torch.channels_last)
    images, labels = draw_pictures(study.data, row.pictures, row.seed)
    images, labels = images.to(device), labels.to(device)

    last = {id(p) for p in model.get_submodule("fc").parameters()}
    groups: list[dict[str, Any]] = []
    for parameter in (p for p in model.parameters() if p.requires_grad):
        new = row.method == "scratch" or id(parameter) in last
        peak = args.new_lr if new else args.fine_tuning_lr
        groups.append({"params": [parameter], "peak": peak, "weight_decay": args.weight_decay * (parameter.ndim > 1)})
    optimizer = torch.optim.SGD(groups, lr=args.new_lr, momentum=0.9, nesterov=True)

    # Of a frozen backbone, the batch norms' statistics stay as they are too.
    model.train(row.method != "frozen")
    steps = args.steps[args.pictures.index(row.pictures)]
    for step, batch in enumerate(itertools.islice(iterate_batches(len(labels), args.batch_size), steps)):
        share = float(np.interp(step, [0, 0.2 * steps, steps], [0.1, 1, 0]))
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * share
        x = study.data.normalise(images[batch])
        x = augment(x, args.cutout) if row.augmented == "yes" else x
        with study.accelerator.autocast():
            loss = F.cross_entropy(model(scale_pictures(x, study.size)), labels[batch])
        study.accelerator.backward(loss)
        optimizer.step()
        optimizer.zero_grad()
    return model


def build_network(method: str, study: Study) -> nn.Module:
    """Build a network with an answer for each class: a new one, or the pretrained one under a new last layer."""
    config = study.known.config
    classes = {"num_classes": len(study.data.labels)}
    model = zoo.create(config["architecture"], **config.get("arguments", {}) | classes)
    if method != "scratch":
        assert study.pretrained is not None
        weights = study.pretrained.state_dict()
        model.load_state_dict({name: v for name, v in weights.items() if not name.startswith("fc.")}, strict=False)
    if method == "frozen":
        model.requires_grad_(False)
        model.get_submodule("fc").requires_grad_(True)
    return model


def draw_pictures(data: _data.Dataset, pictures: int, seed: int) -> tuple[Tensor, Tensor]:
    """Draw so many training pictures of each class; those of a smaller number are among those of a larger."""
    generator = torch.Generator().manual_seed(seed)
    chosen = []
    for label in range(len(data.labels)):
        rows = (data.train_labels == label).nonzero().flatten()
        chosen.append(rows[torch.randperm(len(rows), generator=generator)[:pictures]])
    rows = torch.cat(chosen)
    return data.train_images[rows], data.train_labels[rows]


def iterate_batches(count: int, size: int) -> Iterator[Tensor]:
    """Row numbers without end: every picture once in each pass, the last incomplete batch of a pass left out."""
    while True:
        order = torch.randperm(count)
        size = min(size, count)
        yield from order[: count // size * size].split(size)


def augment(x: Tensor, cutout: int) -> Tensor:
    """N×3×32×32, normalised: shifted, flipped, a square blanked."""
    return _data.cut_out(_data.flip(_data.shift(x, pixels=4)), cutout)


def scale_pictures(x: Tensor, size: int) -> Tensor:
    """N×3×32×32 -> N×3×size×size, channels last."""
    if x.shape[-1] != size:
        x = F.interpolate(x, size=size, mode="bilinear", antialias=True)
    return x.contiguous(memory_format=torch.channels_last)


@torch.inference_mode()
def measure_accuracy(model: nn.Module, study: Study) -> float:
    """Accuracy on every test picture of the classes, with the precision of the training."""
    model.eval()
    data, device, correct = study.data, study.accelerator.device, 0
    for images, labels in zip(data.test_images.split(250), data.test_labels.split(250), strict=True):
        with study.accelerator.autocast():
            scores = model(scale_pictures(data.normalise(images.to(device)), study.size))
        correct += int((scores.argmax(-1).cpu() == labels).sum())
    return correct / len(data.test_labels)


class FinishedRows:
    """The finished rows on disk, a line each: what a killed study continues from."""

    def __init__(self, path: Path):
        self.path = path

    def read(self) -> dict[Row, tuple[float, float]]:
        """Accuracy and seconds of each finished row; a line that a kill has cut is left out."""
        found = {}
        if self.path.exists():
            for line in self.path.read_text().splitlines(keepends=True):
                match line.split(","):
                    case [method, augmented, pictures, seed, accuracy, seconds] if seconds.endswith("\n"):
                        row = Row(method, augmented, int(pictures), int(seed))
                        found[row] = float(accuracy), float(seconds)
        return found

    def append(self, row: Row, accuracy: float, seconds: float) -> None:
        """Append a line in one write and sync it; where a kill has cut the last line, begin a new one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
            torn = file.read(1) not in (b"", b"\n")
            line = f"{row.method},{row.augmented},{row.pictures},{row.seed},{accuracy},{seconds:.2f}\n"
            file.write(b"\n" * torn + line.encode())
            file.flush()
            os.fsync(file.fileno())


def describe_known(study: Study) -> str:
    """A sentence on which of the classes the backbone knows."""
    if isinstance(study.known, Upstream):
        return IMAGENET
    new = [label for label in study.data.labels if label not in study.known.config["labels"]]
    return f"The backbone knows {len(study.known.config['labels'])} classes; new to it: {', '.join(new)}."


def write_table(accuracies: dict[Row, float]) -> str:
    """The rows as `results.csv`."""
    lines = [f"{row.method},{row.augmented},{row.pictures},{row.seed},{value}" for row, value in accuracies.items()]
    return "\n".join(["method,augmented,pictures,seed,accuracy", *lines, ""])


def write_page(accuracies: dict[Row, float], study: Study, minutes: float) -> str:
    """The study's page: what was done, the table of means, what the difference is worth, and what it does not say."""
    args, data = study.args, study.data
    numbers = dict(zip(args.pictures, args.steps, strict=True))

    def values(method: str, augmented: str, pictures: int) -> list[float]:
        return [accuracies[Row(method, augmented, pictures, seed)] for seed in range(args.seeds)]

    table = [
        "| method | augmentation | " + " | ".join(f"{count} a class" for count in args.pictures) + " |",
        "|---|---|" + "---|" * len(args.pictures),
    ]
    for method, augmented in itertools.product(study.methods, ("no", "yes")):
        cells = [values(method, augmented, pictures) for pictures in args.pictures]
        means = " | ".join(f"{statistics.mean(cell):.1%} ± {statistics.stdev(cell):.1%}" for cell in cells)
        table.append(f"| {method} | {augmented} | {means} |")

    gained = []
    if len(study.methods) == len(METHODS):
        gained = [
            "| fine-tuned minus from scratch, in points | " + " | ".join(f"{n} a class" for n in args.pictures) + " |",
            "|---|" + "---|" * len(args.pictures),
        ]
        for augmented in ("no", "yes"):
            shown = []
            for pictures in args.pictures:
                pair = values("fine-tuned", augmented, pictures), values("scratch", augmented, pictures)
                difference = 100 * (statistics.mean(pair[0]) - statistics.mean(pair[1]))
                low, high = stats.ttest_rel(*pair).confidence_interval(0.95)
                shown.append(f"{difference:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})")
            gained.append(f"| augmentation: {augmented} | " + " | ".join(shown) + " |")

    return PAGE.format(
        command=shlex.join(["python", "-m", "training.transfer", *_common.list_public_arguments()]),
        backbone=study.known.reference,
        digest=study.known.digest,
        labels=", ".join(data.labels),
        count=len(data.labels),
        chance=f"{1 / len(data.labels):.0%}",
        test=f"{len(data.test_labels):,}",
        size=study.size,
        steps=", ".join(f"{steps} for {count}" for count, steps in numbers.items()),
        batch=args.batch_size,
        new_lr=args.new_lr,
        fine_tuning_lr=args.fine_tuning_lr,
        table="\n".join(table),
        gained="\n".join(gained),
        seen=describe_known(study),
        seeds=args.seeds,
        rows=len(accuracies),
        minutes=f"{minutes:.0f}",
        hardware=_common.name_hardware(study.accelerator.device),
        precision="bfloat16 autocast" if args.precision == "bf16" else "float32",
        packages=", ".join(f"{name} {version}" for name, version in _common.list_package_versions().items()),
        digests="\n".join(f"- {data.name} {split}: `{digest}`" for split, digest in data.digests().items()),
    )


IMAGENET = "ImageNet has cats and more than a hundred breeds of dogs, so neither is new to this backbone."
PAGE = """# Transfer: {count} classes, {labels}

Three ways to learn {count} classes from few pictures: a network trained **from scratch**, a new last layer on a
**frozen** backbone, and the whole backbone **fine-tuned**; each with and without augmentation.

```
{command}
```

The backbone is `{backbone}` (`{digest}`). Accuracy on all {test} test pictures of these classes in CIFAR-10, where
guessing gives {chance}; mean ± standard deviation over {seeds} seeds, each with pictures and initial weights of
its own. Every row is in [results.csv](results.csv).

{table}

What the pretraining is worth: the mean of the paired differences with its 95 % confidence interval (Student's t,
{seeds} pairs of equal pictures).

{gained}

## How it was done

- The same pictures, schedule and number of steps for all three ways: {steps} pictures a class, of {batch} pictures
  or all there are; Nesterov SGD under a triangular learning rate, {new_lr} at its peak for new weights,
  {fine_tuning_lr} for those that were learnt before. Settings were fixed before the table was made, and no row chose
  its best epoch: it is the last.
- Augmentation: random shift by up to 4 pixels, mirror, and one blanked square of 8 pixels. Pictures at {size} px.
- A frozen backbone's batch norms keep their statistics too.
- {rows} trainings, {minutes} minutes together on {hardware}, {precision}; {packages}.

{digests}

## What it does not say

One choice of classes, one backbone, one schedule. {seen}
From scratch, more steps than these may give more. The spread is over {seeds} draws of pictures, not over data sets.
"""


if __name__ == "__main__":
    main(tyro.cli(Args, description=__doc__))
