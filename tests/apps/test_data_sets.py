"""Data sets that lie on this machine: read in their own order, compared with what a release was made of, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import training
from apps._inputs import BadInput
from apps._inputs.data_sets import TITLES, data_folder, read_data_set
from tests._support.small_data import make_data
from training._data import Dataset


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENWEEKS_DATA", str(tmp_path))


def test_pictures_come_in_their_own_order_and_only_if_they_are_the_very_ones(tmp_path: Path) -> None:
    made = make_data(tmp_path)
    for split, (pictures, _) in made.items():
        assert torch.equal(read_data_set("mnist", train=split == "train"), pictures)
    none = torch.zeros(0)
    data = Dataset("mnist", "", "", "", [], made["train"][0][:, None], made["train"][1], none, none, (0,), (1,))
    digest = data.digests()["train"]
    assert torch.equal(read_data_set("mnist", train=True, digest=digest), made["train"][0])
    with pytest.raises(BadInput, match=r"is not the one of this release: put the official files there[.]$"):
        read_data_set("mnist", train=True, digest="sha256:0")


@pytest.mark.parametrize("name", TITLES)
def test_an_absent_or_damaged_set_is_one_sentence_that_says_how_to_have_it(name: str, tmp_path: Path) -> None:
    sentence = rf"^{TITLES[name]} is not on the machine .*training.load_dataset\('{name}'\).*, which downloads it[.]$"
    with pytest.raises(BadInput, match=sentence):
        read_data_set(name)
    kind = {"mnist": "MNIST", "fashionmnist": "FashionMNIST"}[name]
    make_data(tmp_path, kind)
    path = tmp_path / kind / "raw" / "t10k-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(BadInput, match=sentence):
        read_data_set(name)


def test_it_lies_where_the_recipes_look_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert data_folder() == training.data_folder()
    monkeypatch.delenv("TENWEEKS_DATA")
    assert data_folder() == training.data_folder()
