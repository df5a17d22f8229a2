"""What explains the shape of a training curve: the stages of its recipe, and by how much training was the harder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apps.model_zoo.words import Record

UNRECORDED: dict[str, Record] = {
    "python -m training.lenet": {"degrees": 10.0, "zoom": 0.1, "pixels": 2.0, "ema": 0.99},
    "python -m training.mlp": {"degrees": 10.0, "zoom": 0.1, "pixels": 2.0, "ema": 0.99, "dropout": 0.1},
    "python -m training.resnet": {
        "epochs": 16, "small_epochs": 8, "small_size": 24, "restart_epochs": 2, "restart_lr": 0.03, "cutout": 8,
    },
    "python -m training.resnet_8class": {"epochs": 16, "small_epochs": 8, "small_size": 24, "cutout": 8},
    "python -m training.vit": {"half_epochs": 20, "magnitude": 10},
}  # fmt: skip
"""Settings of the releases that were made before a release stated its own, by the command that made them."""


COLUMNS = {"train_accuracy", "test_accuracy"}
Settings = Mapping[str, Any]
Accuracies = Sequence[tuple[float, float]]
"""Of training and of the test, an epoch each."""


def explain_curve(recipe: Mapping[str, Any], history: Sequence[Mapping[str, float]]) -> Record:
    """Explain the curve of a release by its recipe's settings and its own history.

    Returns:
        `spans`, stretches of epochs to be marked on the curve (`from`, `to`, `text`), and `notes`, a sentence each;
        neither where the history has no accuracies.
    """
    settings = recipe.get("settings") or UNRECORDED.get(recipe["command"], {})
    accuracies = [(row["train_accuracy"], row["test_accuracy"]) for row in history if row.keys() >= COLUMNS]
    if not accuracies:
        return {"spans": [], "notes": []}
    stages = [stage for find in STAGES if (stage := find(settings, accuracies))]
    below = [epoch for epoch, (train, test) in enumerate(accuracies, 1) if train < test]
    spans, notes = [span for span, _ in stages], [note for _, note in stages]
    if not spans and below == list(range(1, len(below) + 1)) and len(below) > 1:
        spans = [{"from": 1, "to": len(below), "text": "training below test"}]
    if below:
        notes.append(explain_training_below_test(settings, below, len(accuracies)))
    return {"spans": spans, "notes": notes}


def find_halved_patches(settings: Settings, accuracies: Accuracies) -> tuple[Record, str] | None:
    """The first epochs of a transformer, which see a random half of each picture's patches."""
    last = settings.get("half_epochs", 0)
    if not 0 < last < len(accuracies):
        return None
    return (
        {"from": 1, "to": last, "text": "half of the patches"},
        f"Until epoch {last} training sees a random half of each picture's patches, and the test sees all: "
        f"from epoch {last} to {last + 1} {write_changes(accuracies, last)}.",
    )


def find_small_pictures(settings: Settings, accuracies: Accuracies) -> tuple[Record, str] | None:
    """The first epochs, which see the pictures shrunk."""
    last, side = settings.get("small_epochs", 0), settings.get("small_size")
    if not 0 < last < len(accuracies):
        return None
    return (
        {"from": 1, "to": last, "text": f"pictures of {side} px"},
        f"Until epoch {last} training sees pictures shrunk to {side} pixels, and the test sees them whole: "
        f"from epoch {last} to {last + 1} {write_changes(accuracies, last)}.",
    )


def find_restart(settings: Settings, accuracies: Accuracies) -> tuple[Record, str] | None:
    """The epochs after a warm restart of the learning rate, whose weights are averaged with those before it."""
    more, before = settings.get("restart_epochs", 0), settings.get("epochs", 0)
    if not more or before + more != len(accuracies):
        return None
    return (
        {"from": before, "to": before + more, "text": "restart"},
        f"After epoch {before} the learning rate starts again at {settings['restart_lr']:g}: "
        f"{write_changes(accuracies, before)}. The release is the mean of the weights after epochs {before} and "
        f"{before + more}, so its own accuracy is no point of this curve.",
    )


STAGES = (find_halved_patches, find_small_pictures, find_restart)


def explain_training_below_test(settings: Settings, below: Sequence[int], epochs: int) -> str:
    """In which epochs training accuracy lies below test accuracy, and why."""
    first = f"until epoch {below[-1]}" if len(below) == below[-1] else f"in {len(below)} epochs"
    when = f"in all {epochs} epochs" if len(below) == epochs else f"{first} of {epochs}"
    harder = write_augmentation(settings)
    because = f": training pictures are {harder}, test pictures are not" if harder else ""
    weights = ", on a moving average of the weights" if "ema" in settings else ""
    return (
        f"Training accuracy lies below test accuracy {when}{because}. It is also the mean over an epoch in which the "
        f"network still learns, and the test comes at its end{weights}."
    )


def write_changes(accuracies: Accuracies, epoch: int) -> str:
    """By how many points training and test accuracy change from this epoch to the next."""
    (train, test), (train_after, test_after) = accuracies[epoch - 1 : epoch + 1]
    joint = ", past test accuracy, which" if train < test and train_after > test_after else " and test accuracy"
    changes = (train_after - train, test_after - test)
    first, second = (f"{'rises' if by > 0 else 'falls'} by {abs(100 * by):.1f} points" for by in changes)
    return f"training accuracy {first}{joint} {second}"


def write_augmentation(settings: Settings) -> str:
    """What makes training pictures harder than those of the test, as part of a sentence; "" if that is not known."""
    if "degrees" in settings:
        text = (
            f"turned by up to {settings['degrees']:g}°, scaled by up to {100 * settings['zoom']:g} % and "
            f"moved by up to {settings['pixels']:g} pixels"
        )
        dropout = settings.get("dropout")
        return f"{text} while {100 * dropout:g} % of the hidden units are silent" if dropout else text
    if "cutout" in settings:
        return f"shifted, mirrored and blanked in a square of {settings['cutout']} pixels"
    if "magnitude" in settings:
        return "shifted, mirrored and changed by a random operation (RandAugment)"
    return ""
