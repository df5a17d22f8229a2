"""Styles drawn, mixed and followed through a channel, by a generator that nobody trained."""

from __future__ import annotations

import base64
import io
import math
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
import torch
from PIL import Image

import zoo
from apps import stylegan as exhibit
from apps._inputs import BadInput
from apps._networks.weights import write_lenet
from apps.stylegan import layout
from apps.stylegan.networks import round_greys, write_generator
from tests._support.styles import GARMENTS, MIXING, STYLEGAN

LARGEST = 2**63 - 1


def read_url(url: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))


def paint_mix(first: int, second: int, layers: list[int], psi: float) -> torch.Tensor:
    """The picture as the network's own functions make it, 1×1×28×28."""
    model: Any = zoo.load(STYLEGAN)
    with torch.inference_mode():
        one, other = (
            model.truncate(model.map(torch.randn(1, 8, generator=torch.Generator().manual_seed(seed))), psi)
            for seed in (first, second)
        )
        styles = [other if layer in layers else one for layer in range(1, 7)]
        return model.synthesise(torch.stack(styles, 1))


def test_a_seed_s_style_is_what_the_mapping_network_makes_of_its_code(style_zoo: Path) -> None:
    first, again, last = (exhibit.draw_style(seed) for seed in (5, 5, LARGEST))
    assert first == again != last
    assert first["network"] == f"{STYLEGAN}@v1"
    model: Any = zoo.load(STYLEGAN)
    with torch.inference_mode():
        w = model.map(torch.tensor([first["code"]]))[0]
    assert first["w"] == pytest.approx(w.tolist(), abs=1e-6)


@pytest.mark.parametrize(
    ("layers", "psi"), [([], 1.0), ([1, 2], 1.0), ([6], 0.35), ([2, 4, 6], -1), ([1, 2, 3, 4, 5, 6], 0)]
)
def test_a_mix_has_the_second_s_style_in_the_named_layers_alone(style_zoo: Path, layers: list[int], psi: float) -> None:
    found = exhibit.mix_styles(3, 4, layers, psi)
    picture = paint_mix(3, 4, layers, psi)
    away = np.abs(read_url(found["picture"])[..., None].astype(int) - round_greys(picture[0]).astype(int))
    assert away.max() <= 1  # three pictures at once are added up in another order than one
    judge: Any = zoo.load(GARMENTS)
    with torch.inference_mode():
        greys = torch.tensor(read_url(found["picture"])) / 255
        probabilities = judge(((greys - 0.286) / 0.353)[None, None]).double().softmax(1)[0]
    assert found["label"] == judge.labels[int(probabilities.argmax())]
    assert found["probability"] == pytest.approx(float(probabilities.max()), abs=1e-5)
    assert (found["picture"] == found["first"]["picture"]) == (not layers or psi == 0)
    assert (found["picture"] == found["second"]["picture"]) == (len(layers) == 6 or psi == 0)


def test_at_psi_0_every_code_draws_one_picture_and_below_it_w_lies_on_the_other_side(style_zoo: Path) -> None:
    assert len({exhibit.mix_styles(seed, seed + 1, [2, 3], 0)["picture"] for seed in range(5)}) == 1
    model: Any = zoo.load(STYLEGAN)
    w, mean = torch.tensor(exhibit.draw_style(7)["w"]), model.generator.mean_w
    assert torch.allclose(model.truncate(w, -1) - mean, mean - w, atol=1e-6)


@pytest.mark.parametrize("layer", [1, 4, 6])
def test_a_channel_loses_its_mean_and_deviation_and_gets_those_of_the_style(style_zoo: Path, layer: int) -> None:
    model: Any = zoo.load(STYLEGAN)
    seen: list[torch.Tensor] = []
    model.generator.styles[layer - 1].register_forward_hook(lambda _, __, output: seen.append(output))
    model.synthesise(torch.stack([torch.tensor([exhibit.draw_style(seed)["w"]]) for seed in (3, 4, 4, 3, 3, 3)], 1))
    channel = 1
    found = exhibit.normalise_channel(3, 4, [2, 3], layer, channel)
    before, after = np.array(found["before"]), np.array(found["after"])
    assert after == pytest.approx(seen[0][0, channel].detach().flatten().numpy(), abs=2e-4)
    assert found["mean"] == pytest.approx(before.mean())
    assert found["deviation"] == pytest.approx(math.sqrt(before.var() + 1e-5))
    by_hand = (before - found["mean"]) / found["deviation"] * found["scale"] + found["shift"]
    assert after == pytest.approx(by_hand, abs=1e-4)
    assert after.mean() == pytest.approx(found["shift"], abs=1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"first": -1}, {"first": 2**63}, {"second": 2**64}, {"second": 1.5}, {"first": True}, {"layers": [0]},
        {"layers": [7]}, {"layers": "12"}, {"layers": [1.0]}, {"layers": None}, {"psi": math.nan}, {"psi": 1.5},
        {"psi": math.inf}, {"psi": "1"}, {"layer": 0}, {"layer": 7}, {"channel": 8}, {"channel": -1},
        {"network": ""}, {"network": GARMENTS},
    ],
)  # fmt: skip
def test_impossible_wishes_are_one_sentence(style_zoo: Path, wrong: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"first": 1, "second": 2, "layers": [1], "layer": 1, "channel": 0} | wrong
    with pytest.raises(BadInput) as refusal:
        exhibit.normalise_channel(**asked)
    assert str(refusal.value).endswith(".")
    assert str(refusal.value).count(". ") == 0
    if not {"layer", "channel"} & wrong.keys():
        with pytest.raises(BadInput, match=str(refusal.value)[:20].replace("(", r"\(")):
            exhibit.mix_styles(**{name: asked[name] for name in asked if name not in ("layer", "channel")})


def test_a_network_that_is_not_there_is_named(style_zoo: Path) -> None:
    for call in (exhibit.measure_styles, lambda name: exhibit.draw_style(0, name)):
        with pytest.raises(zoo.UnknownName):
            call("stylegan.cats")


def test_what_the_page_asks_for_is_answered_or_refused(style_zoo: Path) -> None:
    event: Any = gr.EventData(None, {"seeds": ["12", str(LARGEST)]})
    found = layout.fetch_styles(event)
    assert found["styles"] == {str(seed): exhibit.draw_style(seed) for seed in (12, LARGEST)}
    for wrong in (["12", str(LARGEST + 1)], ["x"], [None]):
        event = gr.EventData(None, {"seeds": wrong})
        answer = layout.fetch_styles(event)
        assert answer["problem"] == "A seed is a whole number from 0 to 9,223,372,036,854,775,807."
        assert "styles" not in answer
    event = gr.EventData(None, {"seeds": "12"})
    assert layout.fetch_styles(event)["styles"] == {}


def test_weights_travel_without_loss(style_zoo: Path) -> None:
    for write, name, half in ((write_generator, STYLEGAN, False), (write_lenet, GARMENTS, True)):
        release = zoo.describe(name)
        sent = write(release.reference, release.digest)
        assert sent["half"] is half
        values = np.frombuffer(base64.b64decode(sent["weights"]), "<f2" if half else "<f4")
        model: Any = zoo.load(name)
        state = {key: value for key, value in model.state_dict().items() if "mapping" not in key}
        count = sum(value.numel() for key, value in state.items() if "discriminator" not in key)
        assert len(values) == count
        last = model.generator.mean_w if name == STYLEGAN else model.fc3.bias
        assert np.array_equal(values[-len(last) :], last.detach().numpy())


def test_the_opening_is_small_and_without_its_networks_says_how_to_make_them(
    style_zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid, layers = layout.example()
    assert grid["measured"] == {"network": f"{STYLEGAN}@v1", **MIXING}
    assert sorted(grid["styles"]) == sorted([*grid["rows"], *grid["columns"]])
    assert [each["network"] for each in layers["quality"]] == [f"{STYLEGAN}@v1"]
    monkeypatch.setenv("TENWEEKS_ZOO", str(tmp_path))
    sentence = "The zoo holds no stylegan.fashionmnist yet. Make it: python -m training.stylegan."
    assert layout.example() == [{"missing": sentence}, {"missing": sentence}]
