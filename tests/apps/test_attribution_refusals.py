"""What the Attribution tab refuses, in one sentence each."""

from __future__ import annotations

from typing import Any

import pytest

import zoo
from apps import attribution as exhibit
from apps._inputs import BadInput
from tests._support.small_cnn import CNN, MLP
from zoo.examples import example_pictures

pytestmark = pytest.mark.usefixtures("small_zoo")
CAT = str(example_pictures()["cat"])


def test_a_network_without_maps_has_no_grad_cam() -> None:
    with pytest.raises(BadInput, match=r"mlp\.none@v1 has no feature maps.*choose another method\.$"):
        exhibit.attribute_pixels("7", MLP, "grad-cam")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"method": "salience"}, "There is no method 'salience'; did you mean 'saliency'?"),
        ({"method": None}, "There is no method 'None'"),
        ({"method": ["grad-cam"]}, "There is no method"),
        ({"label": "forg"}, f"{CNN}@v1 has no class 'forg'; did you mean 'frog'?"),
        ({"label": 3}, f"{CNN}@v1 has no class '3'"),
        ({"label": ["cat"]}, f"{CNN}@v1 has no class"),
        ({"steps": 0}, "Steps are a whole number from 1 to 256, not '0'."),
        ({"steps": 257}, "Steps are a whole number from 1 to 256"),
        ({"steps": 2.5}, "Steps are a whole number from 1 to 256"),
        ({"steps": True}, "Steps are a whole number from 1 to 256"),
        ({"steps": None}, "Steps are a whole number from 1 to 256"),
        ({"steps": float("nan")}, "Steps are a whole number from 1 to 256"),
        ({"steps": "8"}, "Steps are a whole number from 1 to 256"),
        ({"baseline": "white"}, "There is no baseline 'white'"),
        ({"baseline": {}}, "There is no baseline '{}'"),
        ({"network": ""}, "Choose a network first."),
        ({"network": 3}, "Choose a network first."),
        ({"picture": ""}, ""),
        ({"picture": None}, ""),
        ({"picture": "some text"}, ""),
        ({"picture": b"no picture"}, ""),
    ],
)
def test_what_is_wrong_is_one_sentence(changed: dict[str, Any], sentence: str) -> None:
    asked: dict[str, Any] = {"picture": CAT, "network": CNN, "method": "integrated gradients"}
    with pytest.raises(BadInput) as refusal:
        exhibit.attribute_pixels(**asked | changed)
    assert str(refusal.value).startswith(sentence)
    assert len(str(refusal.value)) < 250
    if changed.keys() <= {"method", "label", "network"}:
        with pytest.raises(BadInput):
            exhibit.randomise_layers(**asked | changed)


def test_a_network_that_does_not_exist_is_refused() -> None:
    with pytest.raises(zoo.UnknownName, match="did you mean"):
        exhibit.attribute_pixels(CAT, "resnet18.nome", "saliency")
