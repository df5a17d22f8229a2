"""What recipes of autoencoders share: black-and-white draws, nats by class and dimension, and what a release keeps."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load
from torch.distributions import Bernoulli, Normal, kl_divergence

import zoo
from training import _data, _generative, vae


@pytest.fixture(scope="module")
def data() -> _data.Dataset:
    return _data.load_dataset("mnist", Path("nowhere"), smoke=True)


def test_a_pixel_is_white_as_often_as_its_grey_says() -> None:
    greys = torch.tensor([0, 51, 127, 255], dtype=torch.uint8).view(1, 1, 1, 4).expand(20_000, 1, 1, 4)
    drawn = _generative.binarise(greys, torch.Generator().manual_seed(0))
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    means = drawn.mean((0, 1, 2)).tolist()
    assert (means[0], means[3]) == (0, 1)
    assert means[1:3] == pytest.approx([51 / 255, 127 / 255], abs=0.015)
    assert not torch.equal(_generative.binarise(greys), _generative.binarise(greys))


def test_the_nats_of_a_picture_are_torchs(data: _data.Dataset) -> None:
    torch.manual_seed(0)
    model = zoo.create("vae", hidden=[16], code=3)
    nats = _generative.measure_nats(model, data, batch_size=64)
    x = _generative.binarise(data.test_images, torch.Generator().manual_seed(0))
    with torch.inference_mode():
        mean, log_variance = model.encode(x)  # type: ignore[operator]
        posterior = Normal(mean, (log_variance / 2).exp())
        torch.testing.assert_close(nats["kl"], kl_divergence(posterior, Normal(0.0, 1.0)), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(nats["deviation"], posterior.stddev)
        many = torch.stack(
            [-Bernoulli(logits=model.decode(posterior.sample())).log_prob(x).sum((1, 2, 3)) for _ in range(50)]  # type: ignore[operator]
        )
    assert float(nats["reconstruction"].mean()) == pytest.approx(float(many.mean()), rel=2e-3)
    again = _generative.measure_nats(model, data, batch_size=64)
    assert all(torch.equal(nats[name], again[name]) for name in nats)


def test_a_code_that_is_no_gaussian_has_no_kl(data: _data.Dataset) -> None:
    model = zoo.create("autoencoder", hidden=[16], code=3)
    nats = _generative.measure_nats(model, data)
    assert not nats["kl"].any()
    figures = _generative.summarise_nats(nats)
    assert figures["test_loss"] == figures["test_reconstruction"] > 100


def test_classes_and_dimensions_add_up_to_the_whole(data: _data.Dataset) -> None:
    torch.manual_seed(0)
    nats = _generative.measure_nats(zoo.create("vae", hidden=[16], code=3), data)
    files = _generative.make_exhibit(nats, data, {"beta": 4})
    table = json.loads(files["nats.json"])
    figures = _generative.summarise_nats(nats)
    count = sum(row["count"] for row in table["classes"])
    assert (count, table["beta"]) == (len(data.test_labels), 4)
    for name in ("reconstruction", "kl"):
        mean = sum(row[name] * row["count"] for row in table["classes"]) / count
        assert mean == pytest.approx(figures[f"test_{name}"], abs=1e-3)
    assert sum(table["dimensions"]) == pytest.approx(figures["test_kl"], abs=1e-3)
    codes = load(files["codes.safetensors"])
    assert codes["labels"].tolist() == data.test_labels.tolist()
    torch.testing.assert_close(codes["mean"].float(), nats["mean"], rtol=1e-3, atol=1e-4)


def test_many_dimensions_are_not_carried_picture_by_picture(data: _data.Dataset) -> None:
    nats = _generative.measure_nats(zoo.create("vae", hidden=[16], code=32), data)
    assert set(_generative.make_exhibit(nats, data, {})) == {"nats.json"}


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, "vae.mnist"),
        ({"beta": 4.0}, "vae-beta4.mnist"),
        ({"beta": 0.25}, "vae-beta0_25.mnist"),
        ({"code": 32}, "vae-32d.mnist"),
    ],
)
def test_a_release_is_named_after_what_is_not_as_usual(settings: dict[str, float], name: str) -> None:
    assert vae.name_release(vae.Args(**settings)) == name  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [name for name in zoo.names() if name.startswith(("autoencoder", "vae"))])
def test_a_releases_figure_is_what_its_exhibit_adds_up_to(name: str) -> None:
    release = zoo.describe(name)
    table = json.loads((release.path / "exhibit" / "nats.json").read_text())
    count = sum(row["count"] for row in table["classes"])
    assert count == release.metric.samples == 10_000
    parts = [sum(row[part] * row["count"] for row in table["classes"]) / count for part in ("reconstruction", "kl")]
    assert sum(parts) == pytest.approx(release.metric.value, abs=2e-3)
    assert math.isclose(sum(table["dimensions"]), parts[1], abs_tol=5e-3)
