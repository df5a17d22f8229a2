"""The measure of a generator itself: 0 for what is the same, far for noise, and equal to closed forms."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from benchmarks import generators
from training import _data, _quality


@pytest.fixture(scope="module")
def data() -> _data.Dataset:
    return _data.load_dataset("mnist", Path("nowhere"), smoke=True)


@pytest.fixture(scope="module")
def judge(data: _data.Dataset) -> _quality.Judge:
    return _quality.load_judge(data)


def test_the_distance_of_two_gaussians_is_the_closed_form() -> None:
    dice = torch.Generator().manual_seed(0)
    first = torch.randn(400, 5, generator=dice, dtype=torch.float64)
    assert _quality.measure_frechet_distance(first, first) == pytest.approx(0, abs=1e-9)
    # One dimension scaled by s and moved by m: m² + (s - 1)²·variance.
    moved = first.clone()
    moved[:, 2] = 3 * first[:, 2] + 2
    variance, mean = float(first[:, 2].var()), float(first[:, 2].mean())
    expected = (2 * mean + 2) ** 2 + 4 * variance
    assert _quality.measure_frechet_distance(first, moved) == pytest.approx(expected)
    other = torch.randn(300, 5, generator=dice, dtype=torch.float64) @ torch.randn(5, 5, generator=dice).double()
    c1, c2 = np.cov(first.T.numpy()), np.cov(other.T.numpy())
    gap = float((first.mean(0) - other.mean(0)).square().sum())
    library = gap + np.trace(c1 + c2 - 2 * sqrtm(c1 @ c2)).real
    assert _quality.measure_frechet_distance(first, other) == pytest.approx(library)
    # Features that are always 0 make the product singular, and change nothing.
    padded = [torch.cat([each, torch.zeros(len(each), 3)], 1) for each in (first, other)]
    assert _quality.measure_frechet_distance(*padded) == pytest.approx(library)


def test_precision_is_what_lies_among_the_real_and_recall_what_is_reached() -> None:
    line = torch.arange(20.0)[:, None]
    assert _quality.measure_precision_and_recall(line, line) == (1, 1)
    half = line[:10] + 0.25  # all among the real, reaching half of them: a sphere's radius is 3, or 2 in the middle
    precision, recall = _quality.measure_precision_and_recall(line, half, neighbours=2)
    assert precision == 1
    assert recall == sum(any(abs(x - y) <= r for y, r in spheres(half[:, 0].tolist(), 2)) for x in range(20)) / 20 < 0.7
    assert _quality.measure_precision_and_recall(line, line + 1000) == (0, 0)
    collapsed = torch.full((20, 1), 7.0)
    assert _quality.measure_precision_and_recall(line, collapsed) == (1, 1 / 20)


def spheres(points: list[float], neighbours: int) -> list[tuple[float, float]]:
    return [(point, sorted(abs(point - other) for other in points)[neighbours]) for point in points]


def test_entropy_is_a_share_of_that_of_uniform_classes() -> None:
    assert _quality.measure_entropy(torch.full((10,), 0.1)) == pytest.approx(1)
    assert _quality.measure_entropy(torch.tensor([1.0, 0, 0, 0])) == 0
    assert _quality.measure_entropy(torch.tensor([0.5, 0.5, 0, 0])) == pytest.approx(0.5)


def test_features_are_what_the_last_layer_is_given(data: _data.Dataset, judge: _quality.Judge) -> None:
    features, classes = judge.look_at(data.test_images, batch_size=64)
    assert features.shape == (200, judge.features) == (200, 84)
    scores = judge._model.fc3(features)
    assert torch.equal(scores.argmax(-1), classes)
    assert sum(judge.measure_shares(data.test_images)) == pytest.approx(1)
    assert judge.release.name == "lenet.mnist"


def test_the_test_set_is_at_no_distance_noise_is_far_and_order_does_not_matter(
    data: _data.Dataset, judge: _quality.Judge
) -> None:
    dice = torch.Generator().manual_seed(0)
    same = data.test_images[torch.randperm(200, generator=dice)]
    noise = torch.randint(0, 256, same.shape, dtype=torch.uint8, generator=dice)
    golden = data.train_images[[5, 17]]
    good = _quality.measure_quality([same, noise], data, judge, golden)
    assert good["frechet"] == good["frechet_by_seed"][0] == pytest.approx(0, abs=1e-3)
    assert (good["precision"], good["recall"], good["samples"]) == (1, 1, 200)
    assert good["frechet_by_seed"][1] > 20 * good["frechet_floor"] > 0
    assert all(row["share"] == row["real_share"] for row in good["classes"])
    assert [row["train"] for row in good["nearest"]] == [5, 17]
    assert max(row["distance"] for row in good["nearest"]) < 0.02 * good["nearest_typical"]  # 0 but for rounding
    bad = _quality.measure_quality([noise], data, judge, golden)
    assert bad["precision"] < 0.1 > bad["recall"]
    assert json.loads(_quality.write_quality(bad))["classifier_digest"] == judge.release.digest
    with pytest.raises(ValueError, match="make as many"):
        _quality.measure_quality([same[:100]], data, judge, golden)


def test_what_is_not_a_number_is_null() -> None:
    rounded = _quality.round_numbers({"a": [math.nan, math.inf, 1 / 3], "b": 7, "c": "nan"}, 3)
    assert rounded == {"a": [None, None, 0.333], "b": 7, "c": "nan"}


def test_an_unknown_generator_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="makes no pictures of codes"):
        generators.main(["lenet.mnist"])
