"""The Model zoo's plot and curves: the claim, the comparisons and the notes, recomputed from what the releases hold."""

from __future__ import annotations

import itertools
import math
import shlex
from importlib import import_module

import pytest

import zoo
from apps import model_zoo as tab
from apps.model_zoo.comparison import compare_ends, describe_plot, group_releases
from apps.model_zoo.curves import UNRECORDED, explain_curve
from apps.model_zoo.words import Record


def make_record(name: str, macs: int, value: float, dataset: str = "noise", metric: str = "accuracy") -> Record:
    figures = {"name": metric, "value": value, "dataset": dataset, "split": "test", "samples": 1000}
    return {"release": f"{name}@v1", "name": name, "macs": macs, "metric": figures}


def test_the_claim_holds_beyond_chance() -> None:
    """Some release does more multiply-adds than another and makes more mistakes on the same pictures, by two standard
    errors of the difference; others make fewer."""
    groups = group_releases(tab.list_releases())
    signs = set()
    for group in groups:
        for cheap, dear in itertools.combinations(group, 2):
            first, second = (each["metric"]["value"] for each in (cheap, dear))
            error = math.sqrt(sum(p * (1 - p) / cheap["metric"]["samples"] for p in (first, second)))
            if abs(first - second) > 2 * error:
                signs.add(cheap["macs"] < dear["macs"] and first > second)
    assert tab.EXHIBIT.claim == "More arithmetic can mean more mistakes"
    assert signs == {True, False}


def test_every_release_with_an_accuracy_is_a_point_beside_those_of_its_test_set() -> None:
    records = [each for each in tab.list_releases() if each["metric"]["name"] == "accuracy"]
    value = describe_plot(tab.list_releases(), "lenet.mnist@v2")
    assert value["names"] == zoo.names()
    spots = {spot["name"]: (panel, spot) for panel in value["panels"] for spot in panel["spots"]}
    assert len(spots) == len(records)
    for record in records:
        panel, spot = spots[record["name"]]
        right, metric = 100 * record["metric"]["value"], record["metric"]
        assert panel["title"] == f"{metric['dataset']}, {metric['samples']:,} test pictures"
        assert (spot["release"], spot["macs"], spot["accuracy"]) == (record["release"], record["macs"], right)
        # The standard error of a share, 1.96 times: Wilson's interval is as wide, and lies a little nearer to a half.
        reach = 196 * math.sqrt(metric["value"] * (1 - metric["value"]) / metric["samples"])
        assert spot["high"] - spot["low"] == pytest.approx(2 * reach, rel=0.01)
        assert right - spot["low"] > spot["high"] - right > 0
        mistakes = round(metric["samples"] * (1 - metric["value"]))
        assert spot["text"].startswith(f"{mistakes:,} mistakes, {right:.2f} % right (95 %: {spot['low']:.2f} to ")


def test_a_panels_note_is_recomputed_from_its_releases() -> None:
    for group, panel in zip(
        group_releases(tab.list_releases()), describe_plot(tab.list_releases(), None)["panels"], strict=True
    ):
        cheap, dear = min(group, key=lambda each: each["macs"]), max(group, key=lambda each: each["macs"])
        if cheap is dear:
            assert panel["note"] == "the only one tested on these"
            continue
        work = dear["macs"] / cheap["macs"]
        mistakes = (1 - dear["metric"]["value"]) / (1 - cheap["metric"]["value"])
        assert f"{work:.1f} × the work of {cheap['architecture']}, {mistakes:.1f} × its mistakes" in panel["note"]


def test_notes_by_hand() -> None:
    a, b = make_record("a.noise", 100, 0.9), make_record("b.noise", 250, 0.8)
    assert compare_ends([a, b]) == "b: 2.5 × the work of a, 2.0 × its mistakes"
    near = make_record("c.noise", 300, 0.91)
    assert compare_ends([a, near]) == "c: 3.0 × the work of a, and these pictures cannot tell which is better"


def test_other_pictures_and_other_metrics_are_not_compared() -> None:
    records = [
        make_record("a.one", 300, 0.9, "one"),
        make_record("a.two", 100, 0.9, "two"),
        make_record("b.one", 200, 0.9, "one"),
        make_record("gpt.text", 10, 3.5, "text", metric="loss"),
    ]
    assert [[each["name"] for each in group] for group in group_releases(records)] == [["b.one", "a.one"], ["a.two"]]
    value = describe_plot(records, None)
    assert "gpt.text" in value["names"]
    assert all(spot["name"] != "gpt.text" for panel in value["panels"] for spot in panel["spots"])


# ---------------------------------------------------------------------------------------------------- curves


def test_settings_that_releases_do_not_state_are_those_of_their_recipes() -> None:
    for recipe in (zoo.describe(name).config["recipe"] for name in zoo.names()):
        if "settings" not in recipe:
            arguments = vars(import_module(shlex.split(recipe["command"])[2]).Args())
            assert UNRECORDED[recipe["command"]].items() <= arguments.items(), recipe["command"]


@pytest.mark.parametrize("name", [name for name in zoo.names() if zoo.describe(name).metric.name == "accuracy"])
def test_what_explains_a_curve_agrees_with_its_history(name: str) -> None:
    release = zoo.describe(name)
    history = release.history
    found = explain_curve(release.config["recipe"], history)
    below = [row["epoch"] for row in history if row["train_accuracy"] < row["test_accuracy"]]
    notes = [each for each in found["notes"] if each.startswith("Training accuracy lies below")]
    if below and below == list(range(1, len(below) + 1)):
        assert f"until epoch {len(below)} of {len(history)}" in notes[0] or f"in all {len(history)} epochs" in notes[0]
        assert found["spans"]
    elif below:
        assert f"in {len(below)} epochs of {len(history)}" in notes[0]
    assert len(notes) == bool(below)
    for span in found["spans"]:
        assert 1 <= span["from"] < span["to"] <= len(history)


def test_the_transformer_lies_below_its_test_as_long_as_it_sees_half_of_the_patches() -> None:
    """The issue's question: why its training accuracy lies below its test accuracy until epoch 20."""
    release = zoo.describe("vit.cifar10")
    found = explain_curve(release.config["recipe"], release.history)
    last = release.config["recipe"].get("settings", UNRECORDED["python -m training.vit"])["half_epochs"]
    assert found["spans"] == [{"from": 1, "to": last, "text": "half of the patches"}]
    rows = {row["epoch"]: row for row in release.history}
    before, after = rows[last], rows[last + 1]
    assert before["train_accuracy"] < before["test_accuracy"]
    assert after["train_accuracy"] > after["test_accuracy"]
    rises = [100 * (after[name] - before[name]) for name in ("train_accuracy", "test_accuracy")]
    assert (
        f"training accuracy rises by {rises[0]:.1f} points, past test accuracy, which rises by {rises[1]:.1f} "
        in (found["notes"][0])
    )
    steps = {epoch: rows[epoch + 1]["train_accuracy"] - rows[epoch]["train_accuracy"] for epoch in range(4, len(rows))}
    assert max(steps, key=lambda epoch: steps[epoch]) == last, "no later step is as large"


def make_history(*accuracies: tuple[float, float]) -> list[dict[str, float]]:
    return [
        {"epoch": epoch, "train_accuracy": train, "test_accuracy": test}
        for epoch, (train, test) in enumerate(accuracies, 1)
    ]


def test_a_release_that_states_its_settings_is_explained_by_them() -> None:
    history = make_history((0.1, 0.3), (0.5, 0.4), (0.6, 0.5))
    stated = {"command": "python -m training.vit", "settings": {"half_epochs": 1, "magnitude": 10}}
    assert explain_curve(stated, history)["spans"] == [{"from": 1, "to": 1, "text": "half of the patches"}]
    assert (
        "from epoch 1 to 2 training accuracy rises by 40.0 points, past test accuracy, which rises by 10.0"
        in (explain_curve(stated, history)["notes"][0])
    )


def test_of_an_unknown_recipe_only_what_the_history_says_is_said() -> None:
    recipe = {"command": "python -m training.vit --half-epochs 1"}
    found = explain_curve(recipe, make_history((0.1, 0.3), (0.2, 0.4), (0.6, 0.5)))
    assert found["spans"] == [{"from": 1, "to": 2, "text": "training below test"}]
    assert found["notes"] == [
        "Training accuracy lies below test accuracy until epoch 2 of 3. It is also the mean over an epoch in which the "
        "network still learns, and the test comes at its end."
    ]
    assert explain_curve(recipe, make_history((0.5, 0.3), (0.6, 0.4))) == {"spans": [], "notes": []}
    assert explain_curve(recipe, [{"epoch": 1, "train_loss": 2.0}]) == {"spans": [], "notes": []}


def test_a_restart_and_shrunk_pictures_are_marked() -> None:
    settings = {"epochs": 3, "small_epochs": 2, "small_size": 24, "restart_epochs": 1, "restart_lr": 0.03, "cutout": 8}
    history = make_history((0.1, 0.3), (0.3, 0.2), (0.6, 0.5), (0.5, 0.4))
    found = explain_curve({"command": "", "settings": settings}, history)
    assert found["spans"] == [
        {"from": 1, "to": 2, "text": "pictures of 24 px"},
        {"from": 3, "to": 4, "text": "restart"},
    ]
    assert (
        "starts again at 0.03: training accuracy falls by 10.0 points and test accuracy falls by 10.0"
        in (found["notes"][1])
    )
    assert "blanked in a square of 8 pixels" in found["notes"][2]
