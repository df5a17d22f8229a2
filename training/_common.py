"""What every recipe needs and a reader may skip: settings, accelerator, checkpoints, progress, measurements."""

from __future__ import annotations

import hashlib
import platform
import shlex
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import torch
from accelerate import Accelerator
from accelerate.utils import DataLoaderConfiguration, set_seed
from PIL import Image
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn
from torch.utils.data import DataLoader

import zoo
from training import data_folder
from training._data import Dataset, Rows
from zoo import Metric
from zoo.preprocessing import Preprocessing

Precision = Literal["auto", "bf16", "no"]


@dataclass
class CommonArgs:
    """Settings that every recipe has."""

    data: Path = field(default_factory=data_folder)
    """Folder of the data sets, as torchvision lays them out; what is absent is downloaded."""
    seed: int = 0
    """Fixes initial weights, order and augmentation."""
    precision: Precision = "auto"
    """bfloat16 autocast for the matrix products, or plain float32; "auto" is bfloat16 where it is no emulation."""
    runs: Path = Path("runs")
    """Folder of checkpoints: the same command run again continues where it was."""
    zoo: Path | None = None
    """Publish into this folder instead of the repository's own zoo."""
    publish: bool = True
    """Make a release when training has finished."""
    smoke: bool = False
    """The whole recipe in seconds, on generated data and a few steps; publishes only into --zoo."""


def choose_precision(precision: Precision) -> Literal["bf16", "no"]:
    """What "auto" stands for here: bfloat16 on an accelerator or a processor that multiplies it itself.

    A processor without AMX or AVX-512 BF16 emulates it: there ResNet-18 learns 2 pictures of 24 px a second, not 24.
    """
    if precision != "auto":
        return precision
    able = torch.cpu.get_capabilities()
    return "bf16" if torch.accelerator.is_available() or able.get("amx_bf16") or able.get("avx512_bf16") else "no"


class Run:
    """One training run: its accelerator, its checkpoint, its history and its clock."""

    def __init__(self, name: str, args: CommonArgs):
        self.accelerator = Accelerator(
            mixed_precision=choose_precision(args.precision),
            dataloader_config=DataLoaderConfiguration(
                split_batches=True, use_seedable_sampler=True, data_seed=args.seed
            ),
        )
        self.args = args
        self.main = self.accelerator.is_main_process
        self.device = self.accelerator.device
        self.history: list[dict[str, float]] = []
        self.kept: dict[str, Any] = {}
        """Tensors, numbers and lists of a recipe's own that its checkpoint shall have too."""
        self.seconds = 0.0
        self._sums: dict[str, Tensor | float] = {}
        self._count = 0
        self.console = Console(stderr=True, quiet=not self.main)
        self.path = args.runs / f"{name}-{fingerprint_settings(args)}" / "checkpoint.pt"
        set_seed(args.seed)

    def make_loader(self, images: Tensor, labels: Tensor, batch_size: int, train: bool) -> DataLoader:
        """A shuffled loader of full batches for training, or every row once, in order, for testing."""
        loader = DataLoader(Rows(images, labels), batch_size, shuffle=train, drop_last=train, collate_fn=Rows.collate)
        return self.accelerator.prepare(loader)

    def resume(self, model: nn.Module, optimizers: Sequence[Any], average: nn.Module | None = None) -> int:
        """Load the checkpoint if there is one; returns the index of the first epoch that is left to do."""
        if not self.path.exists():
            return 0
        state = torch.load(self.path, weights_only=True, map_location="cpu")
        self.accelerator.unwrap_model(model).load_state_dict(state["model"])
        for optimizer, kept in zip(optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(kept)
        if average is not None:
            average.load_state_dict(state["average"])
        self.history, self.seconds = state["history"], state["seconds"]
        self.kept = state.get("kept", {})
        self.console.print(f"continuing after epoch {len(self.history)}")
        return len(self.history)

    def iterate_epoch(self, index: int, loader: DataLoader) -> Iterator[tuple[Tensor, Tensor]]:
        """The batches of one epoch under a progress bar; order and augmentation depend on seed and epoch alone."""
        set_seed(self.args.seed * 1000 + index, device_specific=True)
        loader.set_epoch(index)  # type: ignore[attr-defined]
        started = time.perf_counter()
        self._sums, self._count = {}, 0
        batches: Iterable[tuple[Tensor, Tensor]] = loader
        with Progress(
            TextColumn(f"epoch {index + 1}"), BarColumn(), MofNCompleteColumn(), TextColumn("loss {task.fields[loss]}"),
            TimeRemainingColumn(), console=self.console, transient=True, disable=not self.console.is_terminal,
        ) as bar:  # fmt: skip
            task = bar.add_task("", total=len(loader), loss="–")
            for step, batch in enumerate(batches, start=1):
                yield batch
                if step % 20 == 0:
                    bar.update(
                        task, completed=step, loss=f"{float(self._sums.get('loss', 0)) / max(self._count, 1):.3f}"
                    )
        self.seconds += time.perf_counter() - started

    def count_batch(self, loss: Tensor, scores: Tensor, labels: Tensor) -> None:
        """Add a batch to the epoch's running training loss and accuracy."""
        self.count_figures(len(labels), loss=loss, accuracy=(scores.detach().argmax(-1) == labels).float().mean())

    def count_figures(self, pictures: int, **means: Tensor) -> None:
        """Add a batch of so many pictures to the epoch's running means; one of them is `loss`, which progress shows."""
        for name, mean in means.items():
            self._sums[name] = self._sums.get(name, 0.0) + mean.detach() * pictures
        self._count += pictures

    def finish_epoch(
        self,
        figures: Mapping[str, float],
        model: nn.Module,
        optimizers: Sequence[Any],
        average: nn.Module | None = None,
    ) -> None:
        """Append a row to the history, and write the checkpoint by one rename. Only training counts as time."""
        totals = torch.tensor([*map(float, self._sums.values()), float(self._count)], device=self.device)
        *sums, count = self.accelerator.reduce(totals, "sum").tolist()
        row = {
            "epoch": len(self.history) + 1,
            **{f"train_{name}": total / count for name, total in zip(self._sums, sums, strict=True)},
            **figures,
            "seconds": self.seconds,
        }
        self.history.append(row)
        if self.main:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            draft = self.path.with_suffix(".part")
            torch.save(
                {
                    "model": self.accelerator.unwrap_model(model).state_dict(),
                    "optimizers": [optimizer.state_dict() for optimizer in optimizers],
                    **({"average": average.state_dict()} if average is not None else {}),
                    "history": self.history,
                    "seconds": self.seconds,
                    "kept": self.kept,
                },
                draft,
            )
            draft.replace(self.path)
        self.console.print("  ".join(f"{key} {value:.6g}" for key, value in row.items()))
        self.accelerator.wait_for_everyone()

    @property
    def publishes(self) -> bool:
        """Whether this process shall make a release: the first of them, and never a smoke run into the real zoo."""
        return self.main and self.args.publish and (not self.args.smoke or self.args.zoo is not None)

    def describe_time_to(self, accuracy: float) -> str:
        """After how many epochs and seconds of training the test accuracy first reached `accuracy`, as a sentence."""
        for row in self.history:
            if row["test_accuracy"] >= accuracy:
                return (
                    f"{accuracy:.1%} on the test set after epoch {row['epoch']:.0f}, {row['seconds']:.1f} s of training"
                )
        return f"{accuracy:.1%} on the test set was not reached"

    @torch.inference_mode()
    def evaluate(self, model: nn.Module, data: Dataset, batch_size: int = 500) -> dict[str, float]:
        """Cross-entropy and accuracy on the full test set, every row counted once."""
        model.eval()
        loss, correct, total = 0.0, 0, 0
        for images, labels in self.make_loader(data.test_images, data.test_labels, batch_size, train=False):
            scores = model(data.normalise(images)).float()
            scores, labels = self.accelerator.gather_for_metrics((scores, labels))
            loss += float(nn.functional.cross_entropy(scores, labels, reduction="sum"))
            correct += int((scores.argmax(-1) == labels).sum())
            total += len(labels)
        return {"test_loss": loss / total, "test_accuracy": correct / total}


def prepare_pictures(preprocess: Preprocessing, images: Tensor) -> Tensor:
    """Prepare a data set's pictures, uint8 N×C×H×W, as a release does a user's: each from PIL to float32 C×H×W."""
    channels_last = images.permute(0, 2, 3, 1).numpy()
    pictures = (Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels) for pixels in channels_last)
    return torch.stack([preprocess(picture) for picture in pictures])


@torch.inference_mode()
def answer_pictures(model: Callable[[Tensor], Tensor], inputs: Tensor, batch_size: int = 250) -> Tensor:
    """The place of the highest score of each of N inputs, int64 N, on the processor."""
    return torch.cat([model(batch).argmax(-1).cpu() for batch in inputs.split(batch_size)])


def fingerprint_settings(args: Any) -> str:
    """Eight digits of all settings that change the outcome: a run continues only where they are the same."""
    return hashlib.sha256(repr(sorted(list_settings(args).items())).encode()).hexdigest()[:8]


def list_settings(args: Any) -> dict[str, Any]:
    """All settings that change the outcome, by name."""
    return {key: value for key, value in vars(args).items() if key not in ("data", "runs", "zoo", "publish")}


def choose_storage(
    run: Run,
    model: nn.Module,
    data: Dataset,
    preprocessing: Preprocessing,
    architecture: str,
    arguments: Mapping[str, Any],
) -> tuple[nn.Module, Literal["float16", "float32"], Metric]:
    """Choose how to store the weights; returns a network that has them as stored, their type, and its accuracy.

    float16 where the full test set's accuracy does not change, float32 otherwise. Measured is what a user of the
    release gets: a network built anew, outside the training's autocast, in float32 on the processor, and every picture
    through `preprocessing`.
    """
    inputs = prepare_pictures(preprocessing, data.test_images)
    weights = {k: v.detach().cpu() for k, v in run.accelerator.unwrap_model(model).state_dict().items()}
    networks, accuracies = {}, {}
    for dtype in (torch.float32, torch.float16):
        networks[dtype] = network = zoo.create(architecture, **arguments).eval()
        network.load_state_dict({k: v.to(dtype).float() if v.is_floating_point() else v for k, v in weights.items()})
        accuracies[dtype] = float((answer_pictures(network, inputs) == data.test_labels).double().mean())
    same = accuracies[torch.float16] == accuracies[torch.float32]
    chosen = torch.float16 if same else torch.float32
    run.console.print(
        f"test accuracy {accuracies[torch.float32]:.2%}, {'the same' if same else 'another'} with float16 weights"
    )
    metric = Metric("accuracy", accuracies[chosen], data.name, "test", len(data.test_labels))
    return networks[chosen], "float16" if same else "float32", metric


def describe_recipe(run: Run, data: Dataset, module: str) -> dict[str, Any]:
    """How the release was made, as `config.json` has it."""
    return {
        "command": shlex.join(["python", "-m", module, *list_public_arguments()]),
        "settings": list_settings(run.args),
        "seed": run.args.seed,
        "precision": run.accelerator.mixed_precision,
        "processes": run.accelerator.num_processes,
        "epochs": len(run.history),
        "minutes": round(run.seconds / 60, 1),
        "hardware": name_hardware(run.device),
        "python": platform.python_version(),
        "packages": list_package_versions(),
        "data": {"name": data.name, "digests": data.digests()},
    }


def list_package_versions() -> dict[str, str]:
    """Versions of the packages that a result may depend on."""
    return {name: metadata.version(name) for name in ("torch", "torchvision", "accelerate", "numpy")}


def write_study(folder: Path, files: Mapping[str, str]) -> None:
    """Put a study's page and tables into `folder`, each file by one rename."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        draft = folder / f".{name}.part"
        draft.write_text(text)
        draft.replace(folder / name)


def list_public_arguments() -> list[str]:
    """The command line without the folders of this machine, as a card states it."""
    kept, skip = [], False
    for argument in sys.argv[1:]:
        if skip:
            skip = False
        elif argument in ("--data", "--runs", "--zoo"):
            skip = True
        elif not argument.startswith(("--data=", "--runs=", "--zoo=")):
            kept.append(argument)
    return kept


def name_hardware(device: torch.device) -> str:
    """`"NVIDIA H200"`, or the processor's name with the number of threads used: `"..., 1 thread"`."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        name = names[0] if names else name
    threads = torch.get_num_threads()
    return f"{name}, {threads} thread{'s' if threads > 1 else ''}"
