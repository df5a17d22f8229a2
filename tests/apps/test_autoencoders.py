"""The Autoencoders tab's functions: codes and pictures against the networks themselves, counts, refusals."""

from __future__ import annotations

import base64
import inspect
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load
from torch.distributions import Bernoulli, Normal, kl_divergence

import zoo
from apps import autoencoders as exhibit
from apps._inputs import BadInput
from apps._inputs.urls import write_png_url
from apps.autoencoders import holes
from tests._support.autoencoders import BETAS, POINTS
from zoo.examples import drawn_digit

pytestmark = pytest.mark.usefixtures("code_zoo")
VAE = "vae.mnist"


def digit(number: int) -> str:
    return write_png_url(np.asarray(drawn_digit(number)))


def read_png(url: str) -> torch.Tensor:
    """A picture of an answer, 28×28 in 0..1."""
    return torch.tensor(np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))) / 255


@pytest.mark.parametrize("network", ["autoencoder.mnist", VAE, "vae-32d.mnist"])
def test_a_digit_is_encoded_and_costs_what_torch_says(network: str) -> None:
    found = exhibit.encode_digit(digit(3), network)
    model: Any = zoo.load(network)
    x = model.preprocess(drawn_digit(3))[None]
    with torch.inference_mode():
        code = model.encode(x)
        if network.startswith("vae"):
            code, log_variance = code
            deviation = (log_variance / 2).exp()
            assert found["deviation"] == pytest.approx(deviation[0].tolist(), rel=1e-5)
            kl = kl_divergence(Normal(code, deviation), Normal(0.0, 1.0))[0]
            assert found["kl_nats"] == pytest.approx(kl.tolist(), rel=1e-3, abs=1e-5)
        else:
            assert (found["deviation"], found["kl_nats"]) == ([], [])
        logits = model.decode(code)
    assert found["code"] == pytest.approx(code[0].tolist(), rel=1e-5)
    # What a draw of black and white costs, on the average over 2,000 of them.
    draws = (torch.rand(2000, 1, 28, 28, generator=torch.Generator().manual_seed(0)) < x).float()
    nats = -Bernoulli(logits=logits).log_prob(draws).sum((1, 2, 3))
    error = float(nats.std()) / math.sqrt(2000)
    assert abs(found["reconstruction_nats"] - float(nats.mean())) < 4 * error
    torch.testing.assert_close(read_png(found["saw"]), x[0, 0], atol=0.5 / 255 + 1e-6, rtol=0)
    torch.testing.assert_close(read_png(found["reconstruction"]), logits.sigmoid()[0, 0], atol=0.5 / 255 + 1e-6, rtol=0)


def test_a_code_is_decoded_and_a_walk_is_straight() -> None:
    model: Any = zoo.load(VAE)
    with torch.inference_mode():
        picture = model.decode(torch.tensor([[0.5, -2.0]])).sigmoid()[0, 0]
    torch.testing.assert_close(
        read_png(exhibit.decode_code([0.5, -2])["picture"]), picture, atol=0.5 / 255 + 1e-6, rtol=0
    )
    walk = exhibit.walk_between(digit(3), digit(8), VAE, 5)["walk"]
    first, last = (exhibit.encode_digit(digit(number))["code"] for number in (3, 8))
    codes = np.array([each["code"] for each in walk])
    assert codes == pytest.approx(np.linspace(first, last, 5), rel=1e-4, abs=1e-6)
    assert walk[2]["picture"] == exhibit.decode_code(walk[2]["code"])["picture"]
    assert len(exhibit.walk_between(digit(3), digit(8))["walk"]) == 9


def test_a_plane_has_the_releases_codes_and_decodes_as_the_network_does(code_zoo: Path) -> None:
    plane = exhibit.describe_plane()
    kept = load((code_zoo / "releases/vae.mnist/v1/exhibit/codes.safetensors").read_bytes())
    codes = np.frombuffer(base64.b64decode(plane["codes"]), "<f2").reshape(-1, 2)
    assert np.array_equal(codes, kept["mean"].numpy())
    assert base64.b64decode(plane["labels"]) == bytes(kept["labels"].tolist())
    inside = ((codes > plane["low"]) & (codes < plane["high"])).all(1).mean()
    assert 0.98 <= inside <= 1
    spans = np.subtract(plane["high"], plane["low"])
    assert spans[0] == pytest.approx(spans[1])

    values = np.frombuffer(base64.b64decode(plane["weights"]), "<f2").astype(np.float32)
    z = x = np.array([1.5, -0.25], np.float32)
    start = 0
    for fan_in, fan_out in zip(plane["widths"], plane["widths"][1:], strict=False):
        weight = values[start : start + fan_in * fan_out].reshape(fan_out, fan_in)
        bias = values[start + fan_in * fan_out :][:fan_out]
        x = np.maximum(weight @ x + bias, 0) if fan_out < 784 else weight @ x + bias
        start += fan_in * fan_out + fan_out
    assert start == len(values)
    model: Any = zoo.load(VAE)
    with torch.inference_mode():
        logits = model.decode(torch.tensor(z)[None]).flatten().numpy()
    assert x == pytest.approx(logits, abs=1e-4)
    assert plane["beta"] == 1


def test_holes_are_counted_on_codes_of_the_same_gaussian() -> None:
    found = {name: exhibit.measure_holes(name) for name in BETAS if "32d" not in name}
    codes = load(zoo.read_file(zoo.describe(VAE), "exhibit/codes.safetensors"))["mean"]
    drawn = holes.draw_codes(codes).numpy()
    assert drawn.shape == (1000, 2)
    spread = np.sqrt(np.diag(np.cov(codes.numpy().astype(float).T)))
    assert np.abs(drawn.mean(0) - codes.float().mean(0).numpy()).max() < 0.15 * spread.max()
    assert np.cov(drawn.T) == pytest.approx(np.cov(codes.numpy().astype(float).T), rel=0.1, abs=0.5)

    model, judge = zoo.load(VAE), zoo.load("lenet.mnist")
    with torch.inference_mode():
        x: Any = model.decode(torch.tensor(drawn)).sigmoid()  # type: ignore[operator]
        best = judge((x - 0.13) / 0.31).softmax(1).amax(1)
    assert found[VAE] == {
        "network": "vae.mnist@v1", "judge": "lenet.mnist@v1", "level": 0.9, "codes": 1000,
        "sure": int((best >= 0.9).sum()),
    }  # fmt: skip
    assert 0 < found[VAE]["sure"] < 1000, "the stand-in's judge tells some from others"


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: exhibit.decode_code([math.nan, 0]), "finite and at most 1,000,000, not nan."),
        (lambda: exhibit.decode_code([0, -math.inf]), "finite and at most 1,000,000, not -inf."),
        (lambda: exhibit.decode_code([1e30, 0]), "at most 1,000,000, not 1e+30."),
        (lambda: exhibit.decode_code([0]), "A code of this network is a list of 2 numbers."),
        (lambda: exhibit.decode_code([0.0] * 2, "vae-32d.mnist"), "a list of 32 numbers."),
        (lambda: exhibit.decode_code("12"), "a list of 2 numbers."),  # type: ignore[arg-type]
        (lambda: exhibit.decode_code([True, "1"]), "not True."),  # type: ignore[list-item]
        (lambda: exhibit.decode_code([0, 0], ""), "Name an autoencoder first, like vae.mnist."),
        (lambda: exhibit.decode_code([0, 0], None), "Name an autoencoder first"),  # type: ignore[arg-type]
        (lambda: exhibit.decode_code([0, 0], "lenet.mnist"), "lenet.mnist@v1 is not an autoencoder"),
        (lambda: exhibit.decode_code([0, 0], "vea.mnist"), "vae.mnist"),
        (lambda: exhibit.encode_digit(digit(3), "nothing@v9"), "nothing"),
        (lambda: exhibit.encode_digit(write_png_url(np.full((30, 30, 3), 255, np.uint8))), "There is nothing on"),
        (lambda: exhibit.encode_digit(""), "."),
        (lambda: exhibit.walk_between(digit(1), digit(2), VAE, 1), "a whole number of 2 to 100 steps, not 1."),
        (lambda: exhibit.walk_between(digit(1), digit(2), VAE, 2.5), "not 2.5."),  # type: ignore[arg-type]
        (lambda: exhibit.walk_between(digit(1), digit(2), VAE, 10**9), "not 1000000000."),
        (lambda: exhibit.walk_between(digit(1), digit(2), VAE, math.nan), "not nan."),  # type: ignore[arg-type]
        (lambda: exhibit.measure_holes("vae-32d.mnist"), "vae-32d.mnist carries no codes of test digits"),
        (lambda: exhibit.describe_plane("vae-32d.mnist"), "vae-32d.mnist has 32 numbers in its middle"),
        (lambda: exhibit.solve_linear_vae(0), "The price is a number from 1e-09 to 1000, not 0."),
        (lambda: exhibit.solve_linear_vae(math.nan), "not nan."),
        (lambda: exhibit.solve_linear_vae(1e9), "not 1000000000.0."),
    ],
)
def test_bad_input_is_one_sentence(call: Callable[[], Any], sentence: str) -> None:
    with pytest.raises((BadInput, zoo.ZooError)) as refusal:
        call()
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_defaults_are_the_vae() -> None:
    for function in (exhibit.encode_digit, exhibit.decode_code, exhibit.measure_holes, exhibit.describe_plane):
        assert inspect.signature(function).parameters["network"].default == VAE
    assert json.dumps(exhibit.describe_plane(VAE))
    assert len(base64.b64decode(exhibit.describe_plane()["labels"])) == POINTS
