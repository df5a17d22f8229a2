"""The Model zoo tab: its functions say what the files say, and a damaged or an empty zoo is told in a sentence."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import gradio as gr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import zoo
from apps import model_zoo as tab
from apps.model_zoo import page, words
from zoo import Metric
from zoo._format import SUMS
from zoo.preprocessing import Preprocessing


def publish(root, name: str, value: float) -> None:
    import torch

    torch.manual_seed(0)
    zoo.release(
        zoo.create("lenet"),
        name,
        architecture="lenet",
        arguments={},
        task="image-classification",
        labels=[str(digit) for digit in range(10)],
        preprocessing=Preprocessing("digit", 28, (0.13,), (0.31,)),
        metrics=[Metric("accuracy", value, "noise", "test", 1234)],
        golden_inputs=torch.zeros(2, 1, 28, 28),
        history=[
            {"epoch": epoch, "train_loss": 2 / epoch, "test_loss": 3 / epoch, "test_accuracy": value, "seconds": epoch}
            for epoch in (1, 2, 3)
        ],
        recipe={
            "command": "python -m training.lenet --epochs 3",
            "seed": 7,
            "precision": "bf16",
            "processes": 1,
            "epochs": 3,
            "minutes": 0.5,
            "hardware": "a test",
            "python": "3.11",
            "packages": {"torch": "2"},
            "data": {"name": "noise", "digests": {"train": "sha256:0", "test": "sha256:1"}},
        },
        card="A network that knows nothing.",
        dataset={"name": "noise", "title": "Noise", "licence": "none", "source": "https://example.org"},
        root=root,
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A zoo of two names, one of them in two versions."""
    root = tmp_path_factory.mktemp("zoo")
    publish(root, "lenet.noise", 0.25)
    publish(root, "lenet.noise", 0.5)
    publish(root, "lenet.other", 0.75)
    return root


@pytest.fixture
def small_zoo(published, monkeypatch):
    monkeypatch.setenv("TENWEEKS_ZOO", str(published))
    return published


@pytest.fixture
def damage(small_zoo):
    """`damage(release, file)` flips a bit; undone after the test."""
    undo = []

    def flip(release: str, file: str) -> None:
        path = zoo.describe(release).path / file
        whole = path.read_bytes()
        undo.append((path, whole))
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))

    yield flip
    for path, whole in undo:
        path.write_bytes(whole)


def test_lists_the_newest_version_of_every_name(small_zoo):
    old, other = tab.list_releases()
    assert old["release"] == "lenet.noise@v2"
    assert old["versions"] == ["v1", "v2"]
    assert old["metric"] == {"name": "accuracy", "value": 0.5, "dataset": "noise", "split": "test", "samples": 1234}
    assert other["release"] == "lenet.other@v1"
    assert other["parameters"] == 61_706
    json.dumps([old, other])


def test_lists_all_that_the_repository_carries():
    assert [record["name"] for record in tab.list_releases()] == zoo.names()


@pytest.mark.parametrize("name", zoo.names())
def test_every_release_of_the_repository_has_its_page(name):
    shown = tab.show_release(name)
    json.dumps(shown)
    assert shown["release"] in shown["load"]
    assert shown["recipe"]["command"].startswith("python -m training.")
    assert [row["epoch"] for row in shown["history"]] == list(range(1, len(shown["history"]) + 1))
    head, curve, facts, files, hub, card = page.describe_page(shown["release"])
    assert f"{shown['metric']['samples']:,}" in head
    assert curve["history"] == shown["history"]
    assert facts["command"] == shown["recipe"]["command"]
    assert tab.verify_release(name)["files"] == len(files["files"])
    assert "Limits" in card
    assert {row["version"] for row in hub["rows"]} <= set(shown["versions"])
    assert hub["rows"] or "python -m zoo push" in hub["note"]


def test_shows_a_certain_version_and_its_files(small_zoo):
    shown = tab.show_release(" lenet.noise@v1 ")
    assert shown["metric"]["value"] == 0.25
    assert [row["train_loss"] for row in shown["history"]] == pytest.approx([2, 1, 2 / 3], rel=1e-5)
    folder = zoo.describe("lenet.noise@v1").path
    for file in shown["files"]:
        content = (folder / file["file"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
    assert sum(file["bytes"] for file in shown["files"]) == shown["bytes"]
    assert {file["file"] for file in shown["files"]} == {path.name for path in folder.iterdir()} - {SUMS}


def test_the_snippet_has_three_lines_and_runs(small_zoo):
    snippet = tab.show_release("lenet.noise")["load"]
    assert len(snippet.splitlines()) == 3
    names: dict[str, Any] = {"picture": Image.fromarray(np.zeros((40, 30, 3), np.uint8))}
    exec(snippet, names)
    assert names["scores"].shape == (1, 10)
    assert float(names["scores"].sum()) == pytest.approx(1, abs=1e-5)


def test_verifying_counts_what_it_read(small_zoo):
    verdict = tab.verify_release("lenet.other")
    release = zoo.describe("lenet.other")
    assert verdict["whole"] is True
    assert (verdict["files"], verdict["bytes"]) == (5, release.bytes)
    assert re.fullmatch(r"5 files, \d+ KB, verified in \d+(\.\d)? ms", verdict["message"])


@pytest.mark.parametrize("file", ["model.safetensors", "README.md", "history.csv", SUMS])
def test_verifying_names_the_damaged_file(damage, file):
    damage("lenet.other", file)
    verdict = tab.verify_release("lenet.other")
    assert verdict["whole"] is False
    assert file in verdict["message"]
    assert "\n" not in verdict["message"]


def test_a_damaged_card_is_told_on_its_page_and_the_rest_of_the_zoo_opens(damage):
    damage("lenet.noise", "README.md")
    head, *rest = page.describe_page("lenet.noise@v2")
    assert "lenet.noise@v2 is damaged: README.md" in head
    assert rest == [None, None, None, None, ""]
    plot, table, opened, *rest = page.describe_opening()
    assert len(table["releases"]) == len([spot for panel in plot["panels"] for spot in panel["spots"]]) == 2
    assert "damaged" in opened
    assert rest == [None, None, None, None, ""]
    assert tab.show_release("lenet.other")["card"]


def test_an_older_version_that_is_not_carried_is_no_choice(small_zoo, monkeypatch):
    *_, facts, _, _, _ = page.describe_page("lenet.noise@v2")
    assert [each["release"] for each in facts["reachable"]] == ["lenet.noise@v1", "lenet.noise@v2"]
    folder = zoo.describe("lenet.noise@v1").path
    folder.rename(folder.with_name("away"))
    try:
        *_, facts, _, _, _ = page.describe_page("lenet.noise@v2")
        assert facts["versions"] == ["v1", "v2"]
        assert [each["release"] for each in facts["reachable"]] == ["lenet.noise@v2"]
    finally:
        folder.with_name("away").rename(folder)


@pytest.mark.parametrize("function", [tab.show_release, tab.verify_release])
def test_a_wrong_name_is_answered_with_the_nearest(small_zoo, function):
    with pytest.raises(zoo.UnknownName, match=r"did you mean 'lenet\.other'"):
        function("lenet.othr")


def test_an_empty_zoo_opens(tmp_path, monkeypatch):
    monkeypatch.setenv("TENWEEKS_ZOO", str(tmp_path))
    assert tab.list_releases() == []
    plot, table, head, *rest = page.describe_opening()
    assert plot == {"panels": [], "names": [], "open": None}
    assert table == {"releases": [], "open": None}
    assert (head, rest) == ("", [None, None, None, None, ""])
    with gr.Blocks():
        tab.EXHIBIT.layout()


def test_the_first_release_goes_out_with_the_page(small_zoo):
    with gr.Blocks() as blocks:
        assert tab.EXHIBIT.layout() == tab.EXHIBIT.example() == []
    values = [getattr(block, "value", None) for block in blocks.blocks.values()]
    plot, table, head, curve, *_ = page.describe_opening()
    assert plot in values
    assert table in values
    assert curve in values
    assert head in [str(value).strip() for value in values]
    assert plot["open"] == table["open"] == "lenet.noise@v2"
    assert [row["text"]["metric"] for row in table["releases"]] == ["50.00 %", "75.00 %"]


def test_numbers_by_hand():
    assert words.format_bytes(0) == "0 B"
    assert words.format_bytes(999) == "999 B"
    assert words.format_bytes(1000) == "1.00 KB"
    assert words.format_bytes(22_400_000) == "22.4 MB"
    assert words.format_bytes(999_600) == "1.00 MB"
    assert words.format_scaled(11_173_962, ("", "K", "M", "G")) == "11.2 M"
    assert words.format_scaled(61_706, ("", "K", "M", "G")) == "61.7 K"
    assert [words.format_duration(each) for each in (0.24, 14.2, 1234.0)] == ["0.2 ms", "14 ms", "1.2 s"]


@settings(deadline=None)
@given(st.integers(1, 10**14))
def test_a_scaled_number_is_right_to_three_digits(number):
    text = words.format_scaled(number, ("", "K", "M", "G", "T"))
    value, _, unit = text.partition(" ")
    assert float(value) * 1000 ** ("", "K", "M", "G", "T").index(unit) == pytest.approx(number, rel=0.0051)
    assert len(value.replace(".", "")) <= 3


def test_a_cards_title_and_pictures_stay_out_of_the_page_and_its_sections_stand_lower() -> None:
    card = "# gan.mnist@v1\nProse.\n\n![36 samples](exhibit/samples.png)\n\n## Figures\n\n### Deeper\n"
    assert words.fit_card(card) == "Prose.\n\n#### Figures\n\n### Deeper\n"
