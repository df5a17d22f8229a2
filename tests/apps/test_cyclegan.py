"""There and back with the middle disturbed, a release's verdict, and refusals: on a network that nobody trained."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
import torch
from PIL import Image

import zoo
from apps import cyclegan as exhibit
from apps._inputs import BadInput
from apps._inputs.picture_menu import UPLOAD, ChosenPicture
from apps._inputs.urls import write_png_url
from apps.cyclegan import cycles, layout
from apps.cyclegan.flowers import ALIVE, JUDGED, SHOWN
from apps.cyclegan.networks import list_translators
from tests._support.small_cnn import make_cnn
from tests._support.translators import FRAMES, GRID, SAMPLES, SIDE, TRANSLATOR
from zoo.examples import drawn_flower, example_pictures

pytestmark = pytest.mark.usefixtures("translator_zoo")


def read_url(url: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB")).astype(int)


def cut_sheet(url: str) -> list[np.ndarray]:
    """The pictures of two rows, one row after the other."""
    sheet = read_url(url)
    return [
        sheet[top : top + SIDE, left : left + SIDE]
        for top in range(0, sheet.shape[0], SIDE)
        for left in range(0, sheet.shape[1], SIDE)
    ]


@pytest.mark.parametrize("disturbance", cycles.DISTURBANCES)
def test_every_figure_of_a_cycle_is_that_of_the_pictures_that_are_shown(disturbance: str) -> None:
    found = exhibit.cycle_picture("daisy", kind="daisy", disturbance=disturbance)
    own, pictures, count = read_url(found["input"]), cut_sheet(found["pictures"]), len(found["steps"])
    assert np.array_equal(own, np.asarray(drawn_flower("daisy", 0)))
    assert len(pictures) == 2 * count
    for at, step in enumerate(found["steps"]):
        middle, back = pictures[at], pictures[count + at]
        # Of fewer bits a value is no whole 255th; a picture's file rounds it.
        assert step["middle_change"] == pytest.approx(abs(middle - pictures[0]).mean() / 255, abs=5e-5)
        assert step["back_change"] == pytest.approx(abs(back - pictures[count]).mean() / 255, abs=1e-6)
        assert step["cycle_error"] == pytest.approx(abs(back - own).mean() / 255, abs=1e-6)
        assert (step["middle_change"] == 0) == (at == 0)
    assert [step["plain_change"] > 0 for step in found["steps"]] == [False] + [True] * (count - 1)
    changes = [step["middle_change"] for step in found["steps"]]
    assert changes == sorted(changes), "from step to step it is more"


def test_the_middle_and_the_way_back_are_the_networks_own() -> None:
    model: Any = zoo.load(TRANSLATOR)
    for kind, there, back in (("daisy", "translate", "translate_back"), ("sunflower", "translate_back", "translate")):
        found = exhibit.cycle_picture("sunflower", kind=kind)
        assert (found["kind"], found["other"]) in (("daisy", "sunflower"), ("sunflower", "daisy"))
        assert found["kind"] == kind
        x = model.preprocess(drawn_flower("sunflower", 0))[None]
        with torch.inference_mode():
            middle = (getattr(model, there)(x) * 255).round() / 255
            kept = (middle * 15).round() / 15
            again = getattr(model, back)(kept) * 255
        pictures = cut_sheet(found["pictures"])
        at = [step["step"] for step in found["steps"]].index(4)
        assert np.array_equal(pictures[0], (middle[0] * 255).round().permute(1, 2, 0).int().numpy())
        assert np.array_equal(pictures[at], (kept[0] * 255).round().permute(1, 2, 0).int().numpy())
        assert np.abs(pictures[8 + at] - again[0].permute(1, 2, 0).numpy()).max() <= 0.5 + 1e-3


def test_so_many_bits_leave_so_many_values() -> None:
    values = torch.linspace(0, 1, 256).expand(3, 8, 256)
    for bits in range(1, 9):
        kept = cycles.keep_bits(values, bits)
        assert len(kept.unique()) == 2**bits
        assert float((kept - values).abs().max()) <= 0.5 / (2**bits - 1) + 1e-6
    assert torch.allclose(cycles.keep_bits(values, 8), values)


def test_a_blur_keeps_the_mean_of_a_flat_picture_and_noise_has_its_deviation() -> None:
    flat = torch.full((3, 64, 64), 100 / 255)
    assert torch.allclose(cycles.blur(flat, 2), flat)
    spot = torch.zeros(3, 33, 33)
    spot[:, 16, 16] = 1
    found = cycles.blur(spot, 0.5)
    near = np.exp(-0.5 / 0.5**2)
    centre = 1 / (1 + 2 * near + 2 * near**4) ** 2
    assert float(found[0, 16, 16]) == pytest.approx(centre, abs=0.003)
    assert float(found[0, 16, 17] / found[0, 16, 16]) == pytest.approx(near, abs=0.01)
    noisy = cycles.add_noise(flat, 8)
    assert float((noisy - flat).std() * 255) == pytest.approx(8, rel=0.03)
    assert torch.equal(noisy, cycles.add_noise(flat, 8))


def test_what_is_not_hidden_is_measured_on_drawn_flowers_of_the_other_kind() -> None:
    model: Any = zoo.load(TRANSLATOR)
    changes = []
    for seed in range(4):
        x = model.preprocess(drawn_flower("sunflower", seed))[None]
        with torch.inference_mode():
            before, after = ((model.translate_back(each) * 255).round() for each in (x, (x * 15).round() / 15))
        changes.append(float((after - before).abs().mean() / 255))
    plain = {step["step"]: step["plain_change"] for step in exhibit.cycle_picture("daisy")["steps"]}
    assert plain[4] == pytest.approx(np.mean(changes), abs=2e-4)


@pytest.mark.parametrize("size", [(3000, 17), (1, 1), (64, 64), (400, 300)])
@pytest.mark.parametrize("mode", ["L", "RGBA", "P"])
def test_a_picture_of_any_size_and_mode_goes_through(tmp_path: Path, size: tuple[int, int], mode: str) -> None:
    Image.new(mode, size, 9).save(tmp_path / "a.png")
    found = exhibit.translate_picture(tmp_path / "a.png")
    assert read_url(found["input"]).shape == (SIDE, SIDE, 3)
    assert [way["kind"] for way in found["ways"]] == ["daisy", "sunflower"]


def test_both_generators_have_a_picture() -> None:
    found = exhibit.translate_picture(str(example_pictures()["cat"]))
    there = exhibit.cycle_picture(str(example_pictures()["cat"]), kind="daisy")
    own = read_url(found["input"])
    for way in found["ways"]:
        assert way["change"] == pytest.approx(abs(read_url(way["picture"]) - own).mean() / 255, abs=1e-6)
    assert np.array_equal(read_url(found["ways"][1]["picture"]), cut_sheet(there["pictures"])[0])


def test_what_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no picture")
    wrong: list[dict[str, Any]] = [
        {"kind": "rose"}, {"kind": 3}, {"disturbance": "hammer"}, {"disturbance": []}, {"network": ""},
        {"network": None}, {"picture": tmp_path / "a.png"}, {"picture": ""}, {"picture": None},
    ]  # fmt: skip
    for each in wrong:
        with pytest.raises(BadInput) as refusal:
            exhibit.cycle_picture(**{"picture": "daisy"} | each)
        assert str(refusal.value).endswith("."), each
        assert str(refusal.value).count(". ") == 0, each
    with pytest.raises(zoo.UnknownName):
        exhibit.cycle_picture("daisy", "cyclegan.cats")


def test_another_kind_of_network_is_refused(translator_zoo: Path) -> None:
    make_cnn(translator_zoo)
    [name] = [name for name in zoo.names() if name != TRANSLATOR]
    for ask in (exhibit.describe_translations, exhibit.describe_translator_life):
        with pytest.raises(BadInput, match="translates no pictures"):
            ask(name)
    assert [release.name for release in list_translators()] == [TRANSLATOR]


def test_the_verdict_is_the_release_s_and_drawn_flowers_are_ranked_by_the_discriminator() -> None:
    found = exhibit.describe_translations()
    quality = json.loads(zoo.read_file(zoo.describe(TRANSLATOR), "exhibit/quality.json"))
    assert found["samples"] == SAMPLES
    assert found["smuggling"] == quality["smuggling"]
    there, back = found["ways"]
    assert (there["taken"], back["taken"]) == (0.75, 0.5)
    assert there["probabilities"] == quality["a_to_b"]["probabilities"]
    assert sum(probability > 0.5 for probability in there["probabilities"]) / SAMPLES == there["taken"]
    model: Any = zoo.load(TRANSLATOR)
    for way, seen, score in zip(found["ways"], ("translate", "translate_back"), ("score_b", "score_a"), strict=True):
        flowers = [drawn_flower(way["kind"], seed) for seed in range(ALIVE, ALIVE + JUDGED)]
        with torch.inference_mode():
            made = (getattr(model, seen)(torch.stack([model.preprocess(each) for each in flowers])) * 255).round() / 255
            scores = sorted(getattr(model, score)(made).flatten(1).mean(1).tolist(), reverse=True)
        assert way["drawn"]["scores"] == pytest.approx(scores[:SHOWN] + scores[-SHOWN:], abs=1e-4)
        assert read_url(way["drawn"]["pictures"]).shape == (2 * SIDE, 2 * SHOWN * SIDE, 3)


def test_a_life_is_what_the_release_carries_beside_the_flowers() -> None:
    found = exhibit.describe_translator_life()
    assert [frame["step"] for frame in found["frames"]] == FRAMES
    assert found["labels"] == ["daisy", "sunflower"]
    drawn = read_url(found["drawn"])
    assert drawn.shape == (2 * SIDE, GRID * SIDE, 3)
    assert abs(drawn[:SIDE, :SIDE] - np.asarray(drawn_flower("daisy", 0)).astype(int)).mean() < 6  # WebP


def test_the_opening_is_what_the_functions_say_and_small() -> None:
    bench, life, verdict, own = layout.example()
    assert bench["cycles"] == [exhibit.cycle_picture("daisy", kind=kind) for kind in ("daisy", "sunflower")]
    assert bench["rests"] in [step["step"] for step in bench["cycles"][0]["steps"]]
    assert verdict == exhibit.describe_translations()
    assert [row["name"] for row in own["rows"]] == ["a drawn daisy", "a drawn sunflower"]
    for row, change in zip(own["rows"], ("daisy", "sunflower"), strict=True):
        assert row["ways"] == exhibit.translate_picture(change)["ways"]
    assert life | layout.fetch_frames() == exhibit.describe_translator_life()
    assert "pictures" not in life
    assert sum(len(json.dumps(value)) for value in (bench, life, verdict, own)) < 800_000


def test_what_the_page_asks_for_is_about_the_picture_that_it_shows() -> None:
    names = frozenset(name for _, name in layout.EXAMPLES)
    chosen = ChosenPicture("cat", write_png_url(np.zeros((9, 9, 3), np.uint8)), names)
    event: Any = gr.EventData(None, {"picture": "daisy-2", "kind": "sunflower", "disturbance": "noise"})
    assert layout.fetch_cycle(chosen, event) == {
        "cycles": [exhibit.cycle_picture("daisy-2", kind="sunflower", disturbance="noise")],
        "picture": "daisy-2", "kind": "sunflower", "disturbance": "noise",
    }  # fmt: skip
    bench, own = layout.show_picture(chosen.named(UPLOAD))
    assert bench["picture"] == UPLOAD
    assert own["own"]["name"] == "your picture"
    assert read_url(own["own"]["input"]).max() == 0
    with pytest.raises(BadInput, match="Choose a picture"):
        layout.show_picture(ChosenPicture("", "", names).named("nothing"))


def test_without_its_network_the_tab_says_how_to_make_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENWEEKS_ZOO", str(tmp_path))
    sentence = "The zoo holds no cyclegan.daisy2sunflower yet. Make it: python -m training.cyclegan."
    assert layout.example() == [{"missing": sentence}] * 4
