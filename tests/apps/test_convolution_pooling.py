"""Pooling kinds: torch's numbers, what a shift by one pixel does to each, and what cannot be pooled."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from apps import _networks
from apps._inputs import BadInput
from apps.convolution import compare_poolings, pooling

NETWORK = _networks.cnns()[-1].reference


def theirs(x: Tensor, window: int, stride: int) -> dict[str, Tensor]:
    """C×H×W by torch's own functions."""
    largest = F.max_pool2d(x, window, stride)
    return {
        "max": largest,
        "mean": F.avg_pool2d(x, window, stride),
        "norm": F.lp_pool2d(x, 2.0, window, stride),
        "stride": x[:, ::stride, ::stride][:, : largest.shape[1], : largest.shape[2]],
    }


@given(
    height=st.integers(1, 12),
    width=st.integers(1, 12),
    channels=st.integers(1, 3),
    window=st.integers(1, 8),
    stride=st.integers(1, 8),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_every_kind_is_torchs(height: int, width: int, channels: int, window: int, stride: int, seed: int) -> None:
    assume(window <= min(height, width))
    x = torch.randn(channels, height, width, generator=torch.Generator().manual_seed(seed))
    expected = theirs(x, window, stride)
    moved = theirs(torch.cat((x[..., :1], x[..., :-1]), -1), window, stride)
    found = pooling.compare_kinds(x, window, stride)
    assert [kind["kind"] for kind in found] == list(expected)
    for kind in found:
        small = expected[kind["kind"]]
        assert kind["shape"] == list(small.shape)
        values = np.frombuffer(base64.b64decode(kind["values"]), "<f4").reshape(kind["shape"])
        np.testing.assert_allclose(values, small.numpy(), rtol=1e-5, atol=1e-6)
        assert kind["mean"] == pytest.approx(small.mean().item(), rel=1e-4, abs=1e-6)
        assert kind["largest"] == pytest.approx(small.max().item(), rel=1e-5, abs=1e-6)
        apart = (moved[kind["kind"]] - small).norm() / small.norm()
        assert kind["shift_change"] == pytest.approx(apart.item(), rel=1e-3, abs=1e-5)


def test_a_shift_worked_by_hand() -> None:
    """Stripes 0 1 0 1 under windows of two: each keeps its 1 and its mean when the stripes move, a stride of two swaps
    all zeros for ones. The first column stands twice, so the window at the edge becomes 0 0."""
    x = torch.tensor([0.0, 1, 0, 1]).expand(1, 2, 4)
    found = {kind["kind"]: kind for kind in pooling.compare_kinds(x, 2, 2)}
    # Before: max 1 1, mean ½ ½, norm √2 √2, stride 0 0. After, on 0 0 1 0: max 0 1, mean 0 ½, norm 0 √2, stride 0 1.
    assert found["max"]["shift_change"] == pytest.approx(1 / np.sqrt(2))
    assert found["mean"]["shift_change"] == pytest.approx(1 / np.sqrt(2))
    assert found["norm"]["shift_change"] == pytest.approx(1 / np.sqrt(2))
    assert found["stride"]["shift_change"] is None  # it was all zeros
    assert (found["max"]["mean"], found["mean"]["mean"]) == (1, 0.5)


def test_what_is_the_same_everywhere_does_not_move() -> None:
    for kind in pooling.compare_kinds(torch.full((1, 6, 6), 0.5), 3, 2):
        assert kind["shift_change"] == pytest.approx(0, abs=1e-7)


def test_the_norm_lies_between_mean_and_maximum() -> None:
    x = torch.rand(2, 9, 9, generator=torch.Generator().manual_seed(1))
    found = {
        kind["kind"]: np.frombuffer(base64.b64decode(kind["values"]), "<f4") for kind in pooling.compare_kinds(x, 3, 3)
    }
    assert (found["mean"] <= found["norm"] / 3 + 1e-6).all()
    assert (found["norm"] / 3 <= found["max"] + 1e-6).all()


def test_any_map_and_the_picture_are_pooled() -> None:
    trace, _, key = _networks.find_trace("cat", NETWORK)
    layer = next(layer for layer in trace.layers.values() if layer.kind == "convolution")
    found = compare_poolings("cat", NETWORK, layer.name, 5, 2, 2)
    assert found["key"] == key
    expected = F.max_pool2d(trace.value(layer.node).detach()[0, 5][None], 2, 2)
    values = np.frombuffer(base64.b64decode(found["kinds"][0]["values"]), "<f4").reshape(expected.shape)
    np.testing.assert_array_equal(values, expected.numpy())
    picture = compare_poolings("cat", NETWORK, "input", 0, 4, 4)
    assert 0 < picture["kinds"][1]["mean"] < picture["kinds"][0]["largest"] <= 1
    json_free = [kind["shift_change"] for kind in picture["kinds"]]
    assert all(0 < change < 1 for change in json_free)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"window": 0}, "The window goes from 1 to 8 pixels, not 0."),
        ({"window": 9}, "The window goes from 1 to 8 pixels, not 9."),
        ({"stride": 0}, "The stride goes from 1 to 8 pixels, not 0."),
        ({"stride": 1.5}, "The stride must be a whole number, not 1.5."),
        ({"window": "2"}, "The window must be a whole number"),
        ({"layer": "fc", "channel": 0}, "A window of 2 does not fit into a map of 1 × 1: make it smaller."),
        ({"layer": "conv9"}, "has no layer 'conv9'; did you mean"),
        ({"channel": 999}, "conv1 has no channel 999: choose one from 0 to 63."),
        ({"layer": "input", "channel": 3}, "input has no channel 3: choose one from 0 to 2."),
        ({"picture": ""}, "picture"),
        ({"network": "vit.cifar10"}, "look at it in Attention."),
    ],
)
def test_what_cannot_be_pooled_is_refused_in_one_sentence(change: dict[str, Any], sentence: str) -> None:
    asked: dict[str, Any] = {"picture": "cat", "network": "resnet18.cifar10", "layer": "conv1", "channel": 0}
    with pytest.raises(BadInput) as refusal:
        compare_poolings(**asked | {"window": 2, "stride": 2} | change)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)
