"""What holds for every architecture and every release that exists."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file

import zoo
from from_scratch import complexity
from zoo._format import SUMS

# The smallest form of each architecture that tests need, and an input that fits it.
SMALL: dict[str, tuple[dict[str, object], tuple[int, ...]]] = {
    "mlp": ({}, (1, 28, 28)),
    "lenet": ({}, (1, 28, 28)),
    "resnet18": ({"num_classes": 10, "stem": "cifar"}, (3, 32, 32)),
    "resnet50": ({"num_classes": 10}, (3, 64, 64)),
    "alexnet": ({"num_classes": 10, "head": "pooled"}, (3, 63, 63)),
    "vgg11": ({"num_classes": 10, "head": "pooled"}, (3, 32, 32)),
    "vgg16": ({"num_classes": 10, "head": "pooled"}, (3, 32, 32)),
    "densenet121": ({"num_classes": 10}, (3, 32, 32)),
    "efficientnet_b0": ({"num_classes": 10, "dropout": 0.0, "stochastic_depth": 0.0}, (3, 64, 64)),
    "vit": ({"dim": 48, "depth": 2, "heads": 3, "hidden": 96}, (3, 32, 32)),
    "deit_tiny": ({"num_classes": 10, "image_size": 64}, (3, 64, 64)),
    "autoencoder": ({"hidden": [32], "code": 3}, (1, 28, 28)),
    "vae": ({"hidden": [32], "code": 3}, (1, 28, 28)),
    "gan": ({"hidden": [16, 32], "code": 8}, (8,)),
    "dcgan": ({"width": 4, "code": 8}, (8,)),
    "stylegan": ({"width": 4, "code": 8, "depth": 2}, (8,)),
    "cyclegan": ({"width": 4, "blocks": 1}, (3, 64, 64)),
    "ddpm": ({"widths": [8, 8]}, (1, 28, 28)),
}
RECONSTRUCTING = {"autoencoder", "vae"}  # their answer is a picture's logits, not a score per class
GENERATING = {"gan", "dcgan", "stylegan"}  # their answer to a code is a picture, and they score pictures
ANSWERS = {  # the shape of an answer, where it is not a score per class
    **{name: SMALL[name][1] for name in (*RECONSTRUCTING, "cyclegan", "ddpm")},
    **dict.fromkeys(GENERATING, (1, 28, 28)),
}


UNTAUGHT = 28 * 28 * math.log(2)  # nats of a picture of which each pixel is a coin's throw


def test_every_architecture_has_a_small_form_here() -> None:
    assert set(SMALL) == set(zoo.architecture_names())


@pytest.mark.parametrize("name", zoo.architecture_names())
def test_an_architecture_runs_and_its_weights_move_over_exactly(name: str) -> None:
    arguments, shape = SMALL[name]
    torch.manual_seed(0)
    first, second = zoo.create(name, **arguments).eval(), zoo.create(name, **arguments).eval()
    x = torch.randn(2, *shape)
    with torch.inference_mode():
        scores = first(x)
        assert scores.shape == (2, *ANSWERS.get(name, (10,)))
        assert not torch.equal(scores, second(x))
        second.load_state_dict(first.state_dict(), strict=True)
        assert torch.equal(scores, second(x))
        torch.testing.assert_close(first(x[:1]), scores[:1], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", zoo.architecture_names())
def test_an_architecture_learns(name: str) -> None:
    arguments, shape = SMALL[name]
    torch.manual_seed(0)
    model: Any = zoo.create(name, **arguments)
    x, y = torch.randn(8, *shape), torch.arange(8) % 10
    measure: Callable[..., torch.Tensor] = torch.nn.functional.cross_entropy
    if name in RECONSTRUCTING:
        x = y = torch.rand(8, *shape).round()
        measure = torch.nn.functional.binary_cross_entropy_with_logits
    if name in GENERATING:
        measure, y = torch.nn.functional.mse_loss, torch.full((8,), -1.0)
        model.forward = lambda codes: model.score(model.generate(codes))
    if name == "ddpm":
        measure, y = torch.nn.functional.mse_loss, torch.zeros_like(x)
    if name == "cyclegan":
        measure, x = torch.nn.functional.mse_loss, torch.rand(2, *shape)
        y = torch.full((2, 2 * 7 * 7), -1.0)
        model.forward = lambda x: torch.cat(
            [model.score_b(model.translate(x)).flatten(1), model.score_a(model.translate_back(x)).flatten(1)], 1
        )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    losses = []
    for _ in range(6):
        loss = measure(model(x), y)
        losses.append(float(loss))
        optimizer.zero_grad()
        loss.backward()
        assert all(parameter.grad is not None for parameter in model.parameters())
        optimizer.step()
    assert losses[-1] < losses[0]


@pytest.mark.parametrize(("name", "arguments"), [("resnet18", {}), ("resnet50", {})])
def test_parameter_names_are_those_of_torchvision(name: str, arguments: dict[str, object]) -> None:
    import torchvision

    with torch.device("meta"):
        ours, theirs = zoo.create(name, **arguments), getattr(torchvision.models, name)()
    shapes = {key: value.shape for key, value in ours.state_dict().items()}
    assert shapes == {key: value.shape for key, value in theirs.state_dict().items()}


def test_a_resnet_answers_like_torchvision_with_the_same_weights() -> None:
    import torchvision

    torch.manual_seed(0)
    theirs = torchvision.models.resnet18(num_classes=10).eval()
    ours = zoo.create("resnet18", num_classes=10).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    x = torch.randn(1, 3, 96, 96)
    with torch.inference_mode():
        torch.testing.assert_close(ours(x), theirs(x), rtol=1e-5, atol=1e-5)


def test_the_zoo_carries_the_first_three_releases() -> None:
    assert {"mlp.mnist", "lenet.mnist", "resnet18.cifar10"} <= set(zoo.names())


@pytest.fixture(params=zoo.names())
def release(request: pytest.FixtureRequest) -> zoo.Release:
    return zoo.describe(request.param)


def test_a_release_is_whole_and_the_catalog_knows_its_figures(release: zoo.Release) -> None:
    config = release.config
    assert zoo.verify(release) > 0
    listed = {line.split("  ", 1)[1] for line in (release.path / SUMS).read_text().splitlines()}
    weights = config.get("weights_file", "model.safetensors")
    assert {"README.md", "config.json", weights, "golden.safetensors", "history.csv"} <= listed
    there = {str(path.relative_to(release.path)) for path in release.path.rglob("*") if path.is_file()}
    assert there == listed | {SUMS}
    for key in ("architecture", "task", "created", "parameters", "macs"):
        assert config[key] == getattr(release, key)
    assert config["metrics"][0] == vars(release.metric)
    assert release.bytes == sum((release.path / file).stat().st_size for file in listed)


def test_a_release_says_how_it_was_made(release: zoo.Release) -> None:
    recipe = release.config["recipe"]
    assert re.match(r"python -m training\.\w+", recipe["command"])
    assert set(recipe["data"]["digests"]) == {"train", "test"}
    assert {"torch", "torchvision", "accelerate"} <= set(recipe["packages"])
    assert len(release.history) == recipe["epochs"]
    assert recipe["minutes"] > 0
    assert recipe["hardware"]


def test_a_release_states_its_metric_with_the_size_of_the_test_set(release: zoo.Release) -> None:
    assert release.metric.split == "test"
    assert release.metric.samples >= (80 if release.metric.name == "translated" else 1000)
    most = {
        "accuracy": 1,
        "reconstruction_nats": UNTAUGHT,
        "negative_elbo_nats": UNTAUGHT,
        "frechet_distance": math.inf,
        "translated": 1,
    }
    assert 0 < release.metric.value <= most[release.metric.name]


def test_a_releases_card_is_complete(release: zoo.Release) -> None:
    text = (release.path / "README.md").read_text()
    _, front, body = text.split("---\n", 2)
    meta = yaml.safe_load(front)
    [entry] = meta["model-index"]
    result = entry["results"][0]["metrics"][0]
    assert (result["type"], result["value"]) == (release.metric.name, release.metric.value)
    assert meta["library_name"] == "tenweeks"
    assert {"license", "tags", "datasets", "pipeline_tag"} <= set(meta)
    for part in (
        "## Figures",
        "## Use",
        "## How it was made",
        "## Data",
        "**Limits.**",
        release.config["recipe"]["command"],
    ):
        assert part in body
    assert f"{release.metric.samples:,}" in body


def test_a_releases_counts_are_those_of_its_architecture(release: zoo.Release) -> None:
    model = zoo.load(release.reference)
    assert complexity.parameters(model) == release.parameters
    assert complexity.macs(model, tuple(release.config["input_shape"])) == release.macs


def test_a_release_reproduces_its_golden_outputs(release: zoo.Release) -> None:
    model = zoo.load(release.reference)
    golden = load_file(release.path / "golden.safetensors")
    assert len(golden["inputs"]) >= 4
    with torch.inference_mode():
        torch.testing.assert_close(model(golden["inputs"]), golden["outputs"], rtol=1e-3, atol=1e-3)
    if release.task == "image-classification":
        assert len(model.labels) == golden["outputs"].shape[1]
    assert golden["outputs"].std() > 0.1


def test_a_release_holds_no_pickle(release: zoo.Release) -> None:
    assert not [path for path in release.path.rglob("*") if path.suffix in {".pt", ".pth", ".bin", ".pkl", ".ckpt"}]
