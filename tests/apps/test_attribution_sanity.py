"""The sanity check: copies that forget, networks that do not, and how alike two maps are."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from apps import _networks
from apps import attribution as exhibit
from apps._networks.subject import Subject
from apps.attribution import methods, sanity
from apps.attribution.choices import METHODS
from tests._support.attributions import decode_map
from tests._support.small_cnn import CNN, MLP
from tests._support.transformer import NAME as VIT
from zoo.examples import example_pictures

pytestmark = pytest.mark.usefixtures("small_zoo")
CAT = str(example_pictures()["cat"])


@pytest.mark.parametrize("method", METHODS)
def test_a_network_forgets_and_the_released_one_does_not(seen: Subject, method: str) -> None:
    state = {name: value.clone() for name, value in seen.model.state_dict().items()}
    before = methods.attribute_class(seen.model, seen.x, 3, method, sanity.STEPS)
    strip = list(sanity.randomise_stages(seen.model, seen.x, 3, method))
    assert [stage["name"] for stage in strip] == ["as trained", *(name for name, _ in sanity.list_stages(seen.model))]
    np.testing.assert_allclose(strip[0]["values"], before.values, rtol=1e-4, atol=1e-6)
    assert strip[0]["correlation"] == pytest.approx(1)
    for one, other in pairwise(strip):
        assert not np.array_equal(one["values"], other["values"]) or not other["values"].any()
    again = list(sanity.randomise_stages(seen.model, seen.x, 3, method))
    for one, other in zip(strip, again, strict=True):
        assert np.array_equal(one["values"], other["values"])

    assert all(torch.equal(value, state[name]) for name, value in seen.model.state_dict().items())
    assert all(p.grad is None and not p.requires_grad for p in seen.model.parameters())
    assert seen.x.grad is None
    assert not seen.x.requires_grad
    assert not any(m._forward_hooks or m._forward_pre_hooks or m._backward_hooks for m in seen.model.modules())


def test_stages_go_from_the_classifier_down_and_name_every_weight_once() -> None:
    from torchvision.models import get_model

    cnn, vit = (_networks.load(name) for name in (CNN, VIT))
    assert [n for n, _ in sanity.list_stages(cnn)] == ["fc", "layer4", "layer3", "layer2", "layer1", "conv1"]
    assert [n for n, _ in sanity.list_stages(vit)] == ["head", "blocks.2", "blocks.1", "blocks.0", "patch_embed"]
    models = [cnn, vit, _networks.load(MLP)]
    with torch.device("meta"):
        models += [get_model(n) for n in ("vgg11_bn", "densenet121", "efficientnet_b0", "convnext_tiny", "vit_b_16")]
    for model in models:
        named = [name for _, names in sanity.list_stages(model) for name in names]
        holders = [name for name, module in model.named_modules() if list(module.parameters(recurse=False))]
        assert sorted(named) == sorted(holders)
        assert len(sanity.list_stages(model)) <= 20


def test_shuffled_weights_are_the_same_numbers_elsewhere() -> None:
    norm = nn.BatchNorm2d(64)
    with torch.no_grad():
        for tensor in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
            assert tensor is not None
            tensor.uniform_(0.5, 2)
    before = {name: value.clone() for name, value in norm.state_dict().items()}
    sanity.shuffle_weights(norm, torch.Generator().manual_seed(0))
    for name, value in norm.state_dict().items():
        assert torch.equal(value.flatten().sort().values, before[name].flatten().sort().values)
        assert name == "num_batches_tracked" or not torch.equal(value, before[name])


def test_how_alike_two_maps_are() -> None:
    ramp = np.arange(12.0).reshape(3, 4)
    assert sanity.correlate_maps(ramp, ramp**3) == pytest.approx(1)
    assert sanity.correlate_maps(ramp, -ramp) == pytest.approx(-1)
    assert sanity.correlate_maps(ramp, np.zeros((3, 4))) is None
    assert sanity.correlate_maps(ramp, ramp * np.nan) is None
    assert sanity.write_verdict(0.5).startswith("It fell apart")
    assert sanity.write_verdict(-0.2).endswith("ρ = −0.20 with the trained network's map.")
    assert sanity.write_verdict(0.51).startswith("It did not fall apart")
    assert "empty" in sanity.write_verdict(None)


def test_the_check_that_is_sent() -> None:
    sent = exhibit.randomise_layers(CAT, CNN, "saliency", "frog")
    assert [stage["name"] for stage in sent["stages"]][:2] == ["as trained", "fc"]
    last = sent["stages"][-1]
    assert sent["fell_apart"] == (last["correlation"] is None or abs(last["correlation"]) <= 0.5)
    assert sent["verdict"] == sanity.write_verdict(last["correlation"])
    first = decode_map(sent["stages"][0] | {"size": sent["size"]})
    np.testing.assert_allclose(
        first, decode_map(exhibit.attribute_pixels(CAT, CNN, "saliency", "frog")), rtol=1e-4, atol=1e-6
    )
