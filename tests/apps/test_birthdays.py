"""The birthday test, without a browser."""

from __future__ import annotations

import base64
import io
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import zoo
from apps import birthdays as exhibit
from apps._inputs import BadInput
from apps.birthdays import layout
from apps.birthdays.pairs import PAIRS
from tests._support.adversarial import COLLAPSED, CRITIC, GAN
from tests._support.small_data import TEST, make_data


def read_url(url: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))


@pytest.mark.parametrize(("modes", "likely", "rule"), [(365, 23, 23), (1000, 38, 37), (100_000, 373, 373)])
def test_a_duplicate_is_likely_when_the_roadmap_says(modes: int, likely: int, rule: int) -> None:
    found = exhibit.find_birthday(modes)
    assert found["likely"] == likely
    assert round(found["rule"]) == rule
    assert found["rule"] == pytest.approx(math.sqrt(2 * math.log(2) * modes), rel=3e-3)


def test_the_probability_is_that_of_all_drawings() -> None:
    """Exactly: of the 6ⁿ ways to draw n of six, those without a duplicate are 6·5·…"""
    probability = exhibit.find_birthday(6)["probability"]
    for samples, share in enumerate(probability):
        different = math.perm(6, samples) if samples <= 6 else 0
        assert share == pytest.approx(float(1 - Fraction(different, 6**samples)))
    assert probability[-1] > 0.999 >= probability[-2]
    assert exhibit.find_birthday(1)["likely"] == 2


def test_pairs_tell_how_many_there_are() -> None:
    assert exhibit.estimate_modes(400, 3)["modes"] == pytest.approx(26_666.67, abs=0.01)


@pytest.mark.parametrize(
    ("ask", "wrong"),
    [("find_birthday", (0,)), ("find_birthday", (10**7,)), ("find_birthday", (2.5,)), ("find_birthday", (True,)),
     ("estimate_modes", (1,)), ("estimate_modes", (10, 46)), ("estimate_modes", (10, 0)),
     ("estimate_modes", (10, math.nan))],
)  # fmt: skip
def test_what_cannot_be_counted_is_one_sentence(ask: str, wrong: Any) -> None:
    with pytest.raises(BadInput) as refusal:
        getattr(exhibit, ask)(*wrong)
    assert str(refusal.value).endswith(".")


def test_the_closest_pairs_are_those_of_all_pairs(gan_zoo: Path) -> None:
    """Again with the classifier written out and every pair measured."""
    found = exhibit.find_closest_pairs(CRITIC, 12, 5)
    model, judge = (zoo.load(name) for name in (CRITIC, "lenet.mnist"))
    generator: Any = model
    with torch.inference_mode():
        pictures = generator.generate(torch.randn(12, generator.code, generator=torch.Generator().manual_seed(5)))
        x = (pictures - 0.13) / 0.31
        for layer in ("conv1", "relu1", "pool1", "conv2", "relu2", "pool2"):
            x = getattr(judge, layer)(x)
        x = x.flatten(1)
        for layer in ("fc1", "relu3", "fc2", "relu4"):
            x = getattr(judge, layer)(x)
    points = x.double().numpy()
    every = sorted((float(np.linalg.norm(points[i] - points[j])), i, j) for j in range(12) for i in range(j))
    assert len(found["pairs"]) == PAIRS
    for pair, (distance, first, second) in zip(found["pairs"], every[:PAIRS], strict=True):
        assert pair["distance"] == pytest.approx(distance, rel=1e-4)
        assert pair["places"] == [first, second]
        for url, place in zip(pair["pictures"], (first, second), strict=True):
            assert np.abs(read_url(url) - pictures[place, 0].numpy() * 255).max() <= 0.5 + 1e-3
    assert (found["classifier"], found["typical"]) == ("lenet.mnist@v1", 2.5)
    assert exhibit.find_closest_pairs(CRITIC, 12, 5) == found != exhibit.find_closest_pairs(CRITIC, 12, 6)
    assert len(exhibit.find_closest_pairs(GAN, 3)["pairs"]) == 3


def test_real_pictures_are_compared_where_they_are(
    gan_zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENWEEKS_DATA", str(tmp_path))
    sources = layout.example()[1]["sources"]
    assert [each["name"] for each in sources] == [GAN, COLLAPSED, CRITIC, "real pictures: MNIST"]
    wish = {"chosen": [3, 0], "samples": 20, "draw": 1}
    absent, there = layout.answer_wish(wish)["answers"]
    assert absent["problem"].startswith("MNIST is not on the machine")
    assert there["pairs"]
    known = {picture.numpy().tobytes() for picture in make_data(tmp_path)["test"][0]}
    real = layout.answer_wish(wish)["answers"][0]
    assert real["samples"] == 20
    assert {read_url(url).tobytes() for pair in real["pairs"] for url in pair["pictures"]} <= known
    assert exhibit.find_closest_pairs(GAN, 1000, 0, True)["samples"] == TEST


@pytest.mark.parametrize(
    "wrong",
    [{"samples": 1}, {"samples": 1001}, {"samples": math.nan}, {"samples": True}, {"seed": -1}, {"seed": "x"},
     {"seed": 2**63}, {"network": None}, {"network": "lenet.mnist"}],
)  # fmt: skip
def test_impossible_samples_are_one_sentence(gan_zoo: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refusal:
        exhibit.find_closest_pairs(**wrong)
    assert str(refusal.value).endswith(".")
    with pytest.raises(BadInput, match=r"choose another[.]$"):
        layout.answer_wish({"chosen": [9, 0], "samples": 10, "draw": 0})
    answer = layout.answer_wish({"chosen": [0, 0], "samples": 10**6, "draw": 0})["answers"][0]
    assert answer == {"problem": "Draw 2 to 1,000 samples."}


def test_without_a_generator_the_wall_stands_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENWEEKS_ZOO", str(tmp_path))
    wall, judge = layout.example()
    assert wall["size"] == 1000
    assert judge == {"missing": "The zoo holds no generator yet. Make one: python -m training.gan."}
