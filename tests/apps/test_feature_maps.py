"""The tab's functions on every release: maps within their budget, kernels, refusals and kept pictures."""

from __future__ import annotations

import base64
import json
import os
import threading

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import nn

import zoo
from apps import _networks
from apps._inputs import BadInput
from apps._inputs.examples import list_examples
from apps._networks import encoding, tracing
from apps.feature_maps import (
    EXHIBIT,
    compute_feature_maps,
    describe_filters,
    locate_receptive_field,
)
from tests._support.traced import a_unit

CNNS = [release.reference for release in _networks.cnns()]

# ---------------------------------------------------------------------------------------------------- what is sent


@given(st.integers(0, 2**32 - 1), st.booleans(), st.integers(1, 6), st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_quantised_maps_are_off_by_half_a_step_at_most(seed, signed, channels, side):
    values = np.random.default_rng(seed).normal(size=(channels, side, side)) * 10
    values = values if signed else np.abs(values)
    sent = encoding.quantise(values, channels)
    steps = 127 if sent["signed"] else 255
    codes = np.frombuffer(base64.b64decode(sent["maps"]), np.int8 if sent["signed"] else np.uint8)
    decoded = codes.reshape(values.shape) * sent["scale"] / steps
    clipped = np.clip(values, -sent["scale"], sent["scale"])
    assert np.abs(decoded - clipped).max() <= sent["scale"] / steps / 2 * (1 + 1e-9)
    assert sent["signed"] == bool((values < 0).any())
    if side == 1:
        assert sent["scale"] == np.abs(values).max()  # the scores are never clipped


def test_maps_of_zeros_are_sent():
    sent = encoding.quantise(np.zeros((2, 3, 3)), 2)
    assert sent["scale"] > 0
    assert set(base64.b64decode(sent["maps"])) == {0}


def test_a_large_network_sends_its_first_channels_within_the_budget():
    model = zoo.create("resnet18", num_classes=10).eval().requires_grad_(False)
    described = encoding.describe_maps(tracing.record(model, torch.randn(3, 224, 224)))
    assert len(json.dumps(described)) < 1_650_000
    assert all(layer["sent"] >= min(8, layer["shape"][0]) for layer in described)
    assert described[0]["sent"] < described[0]["shape"][0]
    assert described[-1]["sent"] == 10
    assert described[-1]["kind"] == "scores"


@pytest.mark.parametrize("network", CNNS)
def test_maps_of_every_release(network):
    release = zoo.describe(network)
    picture = list_examples(_networks.find_kind(release))[0][1]
    maps = compute_feature_maps(picture, network)
    assert len(json.dumps(maps)) < 1_500_000
    assert maps["network"] == release.reference
    assert maps["input"].startswith("data:image/png;base64,")
    trace, _, _ = _networks.find_trace(picture, network)
    shown = [layer for layer in trace.layers.values() if layer.kind in encoding.SHOWN]
    assert [layer["name"] for layer in maps["layers"]] == [layer.name for layer in shown]
    assert len({layer["label"] for layer in maps["layers"]}) == len(shown)
    assert {"convolution", "scores"} <= {layer["kind"] for layer in maps["layers"]}
    for layer in maps["layers"]:
        _, height, width = layer["shape"]
        assert len(base64.b64decode(layer["maps"])) == layer["sent"] * height * width
        assert len(layer["rows"]["first"]) == height
        assert len(layer["columns"]["last"]) == width
        values = trace.value(trace.layers[layer["name"]].node).detach().reshape(layer["shape"])[: layer["sent"]]
        if height * width == 1:
            assert base64.b64decode(layer["values"]) == values.numpy().tobytes()
            assert values[layer["liveliest"]] == values.max()
        else:
            assert "values" not in layer
            assert values[layer["liveliest"]].var() == pytest.approx(float(values.var(dim=(1, 2)).max()), rel=1e-5)
    assert maps["layers"][-1]["shape"] == [len(maps["labels"]), 1, 1]


@pytest.mark.parametrize("network", CNNS)
def test_products_of_every_release_add_up(network):
    release = zoo.describe(network)
    picture = list_examples(_networks.find_kind(release))[0][1]
    trace, _, key = _networks.find_trace(picture, network)
    for seed, layer in enumerate(trace.layers.values()):
        unit = a_unit(layer, seed)
        found = locate_receptive_field(picture, network, layer.name, *unit)
        assert found["key"] == key
        values = trace.value(layer.node).detach().reshape(layer.shape)[unit[0]].numpy()
        assert base64.b64decode(found["map"]) == values.tobytes()
        assert found["value"] == values[unit[1:]]
        assert found["arithmetic"]["total"] == pytest.approx(found["value"], rel=1e-3, abs=1e-4), layer.name
        (top, bottom), (left, right) = found["theoretical"]["rows"], found["theoretical"]["columns"]
        assert 0 <= top <= bottom < trace.x.shape[2]
        assert 0 <= left <= right < trace.x.shape[3]
        json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("network", CNNS)
def test_filters_of_every_release(network):
    model = _networks.load(network)
    for name, module in model.named_modules():
        if not isinstance(module, nn.Conv2d | nn.Linear):
            continue
        channel = len(module.weight) - 1
        found = describe_filters(network, name, channel)
        assert found["first"] <= channel < found["first"] + found["count"]
        codes = np.frombuffer(base64.b64decode(found["kernels"]), np.int8).reshape(found["count"], *found["shape"][1:])
        weight = module.weight.detach().numpy()[channel].reshape(found["shape"][1:])
        clipped = np.clip(weight, -found["scale"], found["scale"])
        decoded = codes[channel - found["first"]] * found["scale"] / 127
        np.testing.assert_allclose(decoded, clipped, atol=found["scale"] / 127)


def test_the_worked_example_is_explained():
    view, unit = EXHIBIT.example()
    assert {name: found for name, found in view["unit"].items() if name != "map"} == unit
    opening = next(layer for layer in view["maps"]["layers"] if layer["name"] == unit["layer"])
    assert unit["channel"] == opening["liveliest"]
    assert len(json.dumps(view)) < 1_190_000, "what the page opens with"
    assert view["unit"]["key"] == view["maps"]["key"]
    assert unit["arithmetic"]["total"] == pytest.approx(unit["value"], rel=1e-4)
    assert unit["effective"]["peak"] > 0


# ---------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"layer": "conv9"}, "has no layer 'conv9'; did you mean 'conv"),
        ({"layer": None}, "has no layer"),
        ({"layer": ["conv1"]}, "has no layer"),
        ({"channel": 10_000}, "has no channel 10000: choose one from 0 to"),
        ({"channel": -1}, "has no channel -1"),
        ({"row": 999}, "has no row 999"),
        ({"column": 999}, "has no column 999"),
        ({"row": 1.5}, "row must be a whole number"),
        ({"row": "1"}, "row must be a whole number"),
        ({"row": float("nan")}, "row must be a whole number"),
        ({"row": float("inf")}, "row must be a whole number"),
        ({"column": True}, "column must be a whole number"),
        ({"channel": None}, "channel must be a whole number"),
        ({"picture": None}, "picture"),
        ({"picture": ""}, "picture"),
        ({"picture": "²"}, "cannot be found"),
        ({"picture": "/nowhere/at-all.png"}, "cannot be found"),
        ({"picture": b"no picture"}, "."),
        ({"network": None}, "Choose a network"),
    ],
)
def test_what_does_not_exist_is_refused_in_one_sentence(change, sentence):
    asked = {"picture": "7", "network": CNNS[0], "layer": "conv1", "channel": 0, "row": 0, "column": 0} | change
    with pytest.raises(BadInput) as refusal:
        locate_receptive_field(**asked)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_network_without_convolutions_is_refused():
    others = [r for r in _networks.classifiers() if r.reference not in CNNS]
    assert others
    for release in others:
        transformer = _networks.attends(release)
        with pytest.raises(BadInput, match=r"look at it in Attention\.$" if transformer else "has no convolutions, so"):
            compute_feature_maps("7", release.reference)
    assert {release.architecture for release in others} >= {"mlp", "vit"}
    with pytest.raises(zoo.ZooError):
        compute_feature_maps("7", "no.such")


def test_filters_that_do_not_exist_are_refused():
    with pytest.raises(BadInput, match="no filters called 'conv11'; did you mean 'conv"):
        describe_filters(CNNS[0], "conv11", 0)
    with pytest.raises(BadInput, match="has no channel"):
        describe_filters(CNNS[0], "conv1", 64_000)


# ---------------------------------------------------------------------------------------------------- kept pictures


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(tmp_path):
    path = tmp_path / "picture.png"
    Image.new("RGB", (40, 40), "red").save(path)
    first, _, key = _networks.find_trace(str(path), CNNS[0])
    assert _networks.find_trace(str(path), CNNS[0])[0] is first
    Image.linear_gradient("L").save(path)
    os.utime(path, ns=(1, 1))
    second, _, other = _networks.find_trace(str(path), CNNS[0])
    assert second is not first
    assert other != key


def test_clicks_at_the_same_time_find_the_same():
    network = CNNS[-1]
    expected = locate_receptive_field("cat", network, "conv1", 1, 2, 3)
    answers: list[object] = []
    threads = [
        threading.Thread(target=lambda: answers.append(locate_receptive_field("cat", network, "conv1", 1, 2, 3)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected] * 6
