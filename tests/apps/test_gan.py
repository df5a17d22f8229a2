"""The game of two numbers, and what the networks of the GAN tab say: without a browser, on networks nobody trained."""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
import torch
from PIL import Image

import zoo
from apps import gan as exhibit
from apps._inputs import BadInput
from apps._networks.generators import list_generators
from apps.gan import layout
from apps.gan.game import RULES
from apps.gan.networks import compare_quality
from apps.gan.sampling import draw_codes
from tests._support.adversarial import COLLAPSED, CRITIC, GAN, STEPS
from tests._support.small_data import make_data
from zoo.examples import drawn_digit


@pytest.fixture
def url_of() -> Callable[[int], str]:
    def write(number: int) -> str:
        buffer = io.BytesIO()
        drawn_digit(number).save(buffer, "png")
        return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"

    return write


def read_url(url: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))


@pytest.mark.parametrize(
    ("rule", "radius"), [("simultaneous", 1.64), ("alternating", 1.02), ("extragradient", 0.61), ("penalty", 0.01)]
)
def test_a_hundred_steps_from_one_end_where_the_roadmap_says(rule: str, radius: float) -> None:
    found = exhibit.follow_game(1, 0, rule)
    assert len(found["path"]) == 101
    assert round(found["radius"][100], 2) == radius


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("eta", [0.02, 0.3])
def test_the_factor_is_that_of_the_rule_s_matrix(rule: str, eta: float) -> None:
    """A step is linear: its matrix's eigenvalues are a conjugate pair, whose modulus is the factor."""
    columns = [exhibit.follow_game(*start, rule, eta, 1)["path"][1] for start in ((1, 0), (0, 1))]
    values = np.linalg.eigvals(np.array(columns).T)
    found = exhibit.follow_game(1, 0.5, rule, eta, 300)
    assert abs(values) == pytest.approx([found["factor"]] * 2, rel=1e-12)
    assert (found["radius"][300] / found["radius"][0]) ** (1 / 300) == pytest.approx(found["factor"], rel=4e-3)
    if rule in ("simultaneous", "extragradient"):
        steps = np.array(found["radius"])
        assert steps[1:] / steps[:-1] == pytest.approx(found["factor"], rel=1e-12)


def test_the_factors_in_writing_are_those_that_are_computed() -> None:
    for eta in (0.1, 0.5):
        written = {"η²": eta**2, "η⁴": eta**4, "η": eta}
        for _, text, _, factor in RULES.values():
            plain = text.partition(",")[0].replace("−", "-").replace("√", "math.sqrt")
            for name, value in written.items():
                plain = plain.replace(name, repr(value))
            assert eval(plain) == pytest.approx(factor(eta))


def test_the_mean_of_the_path_is_nearer_than_the_path() -> None:
    found = exhibit.follow_game(1, 0, "alternating", 0.1, 1000)
    assert round(found["mean_radius"], 3) == 0.004
    assert found["mean_radius"] < min(found["radius"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"rule": "fast"}, {"x": math.nan}, {"y": 1e7}, {"step_size": 0}, {"step_size": math.inf}, {"steps": 0},
        {"steps": 10**6}, {"steps": True},
    ],
)  # fmt: skip
def test_an_impossible_game_is_one_sentence(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refusal:
        exhibit.follow_game(**{"x": 1, "y": 0} | wrong)
    assert str(refusal.value).endswith(".")


def test_a_life_is_what_the_release_carries(gan_zoo: Path) -> None:
    found = exhibit.describe_life()
    assert [frame["step"] for frame in found["frames"]] == STEPS
    assert found["network"] == f"{GAN}@v1"
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(found["pictures"].partition(",")[2]))).convert("L"))
    side = found["side"] * found["grid"]
    for index in range(len(STEPS)):
        row, column = divmod(index, found["columns"])
        assert np.unique(sheet[row * side : (row + 1) * side, column * side : (column + 1) * side]) == [10 * index]
    assert [release.name for release in list_generators()] == [GAN, COLLAPSED, CRITIC]
    with pytest.raises(zoo.UnknownName):
        exhibit.describe_life("gan.cats")
    with pytest.raises(BadInput):
        exhibit.describe_life("")


def test_samples_repeat_with_their_seed_and_carry_the_networks_own_scores(gan_zoo: Path) -> None:
    first, again, other = (exhibit.sample_generator(GAN, seed, 4, 5) for seed in (7, 7, 8))
    assert first == again
    assert first != other
    model: Any = zoo.load(GAN)
    with torch.inference_mode():
        pictures = model.generate(draw_codes(5, model.code, 7, 4.0))
        scores = model.score(pictures)
    assert [each["score"] for each in first["samples"]] == scores.tolist()
    for each, picture in zip(first["samples"], pictures, strict=True):
        assert np.abs(read_url(each["picture"]) - picture[0].numpy() * 255).max() <= 0.5 + 1e-3
    assert exhibit.sample_generator(CRITIC, count=1)["scores"] == "critic"


def test_truncated_codes_are_gaussian_within_and_move_smoothly() -> None:
    whole, cut, near = (draw_codes(500, 40, 0, truncation) for truncation in (4.0, 0.5, 0.51))
    assert float(whole.mean()) == pytest.approx(0, abs=0.02)
    assert float(whole.std()) == pytest.approx(1, abs=0.02)
    assert float(cut.abs().max()) <= 0.5
    assert bool((cut.sign() == whole.sign()).all())
    assert float((cut - near).abs().max()) < 0.02
    # of a Gaussian between -t and t: 1 - 2·t·φ(t) / (2Φ(t) - 1)
    density = math.exp(-(0.5**2) / 2) / math.sqrt(2 * math.pi)
    assert float(cut.var()) == pytest.approx(1 - 2 * 0.5 * density / math.erf(0.5 / math.sqrt(2)), rel=0.02)


def test_a_drawing_is_scored_by_each_network(gan_zoo: Path, url_of: Callable[[int], str]) -> None:
    found = exhibit.score_picture(url_of(4), GAN)
    model: Any = zoo.load(GAN)
    with torch.inference_mode():
        score = float(model.score(model.preprocess(drawn_digit(4))[None]))
    assert found["score"] == pytest.approx(score)
    assert found["probability"] == pytest.approx(1 / (1 + math.exp(-score)))
    assert (found["real_score"], found["fake_score"]) == (pytest.approx(1.0), pytest.approx(-2.0))
    assert exhibit.score_picture(url_of(4), CRITIC)["probability"] is None
    drawing = {"source": "drawing", "turn": 3, "picture": url_of(4)}
    _, value = layout.place_paper(drawing)
    assert list(value["own"]) == [f"{name}@v1" for name in (GAN, COLLAPSED, CRITIC)]
    assert value["own"][f"{GAN}@v1"] == found
    assert layout.place_paper({"source": "blank"})[1] == {"own": None}
    assert layout.place_paper(None)[0]["problem"].endswith(".")
    buffer = io.BytesIO()
    Image.new("L", (280, 280), 255).save(buffer, "png")
    white = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    answer = layout.place_paper(drawing | {"picture": white})
    assert answer == [{"answers": 3, "problem": "There is nothing on this sheet: draw something."}, gr.skip()]


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": -1}, {"seed": 2**63}, {"seed": 1.5}, {"seed": "x"}, {"truncation": 0}, {"truncation": math.nan},
        {"truncation": 5}, {"count": 0}, {"count": 1000}, {"network": None},
    ],
)  # fmt: skip
def test_impossible_samples_are_one_sentence(gan_zoo: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refusal:
        exhibit.sample_generator(**wrong)
    assert str(refusal.value).endswith(".")


def test_what_the_page_asks_for_is_answered_or_refused(gan_zoo: Path) -> None:
    asked = {"network": f"{CRITIC}@v1", "seed": str(2**63 - 1), "truncation": 1.5}
    event: Any = gr.EventData(None, asked)
    found = layout.fetch_samples(event)
    assert found["asked"] == asked
    assert len(found["samples"]) == 24
    assert found["samples"] == exhibit.sample_generator(CRITIC, 2**63 - 1, 1.5)["samples"]
    event = gr.EventData(None, asked | {"seed": str(2**63)})
    assert layout.fetch_samples(event)["problem"].startswith("A seed is a whole number")
    event = gr.EventData(None, {"network": COLLAPSED})
    assert layout.fetch_life(event)["life"]["round"] == {"discriminator": 1, "generator": 10}


def test_the_table_has_a_row_for_each_network(gan_zoo: Path) -> None:
    rows = compare_quality()
    assert [row["network"] for row in rows] == [f"{name}@v1" for name in (GAN, COLLAPSED, CRITIC)]
    assert rows[0]["rarest"]["label"] == "5"
    assert rows[0]["nearest"] == pytest.approx(1 + 18 / 10)


def test_the_nearest_training_pictures_stand_below_the_release_s_own(
    gan_zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENWEEKS_DATA", str(tmp_path))
    alone = exhibit.compare_nearest(GAN)
    assert alone["problem"].startswith("MNIST is not on the machine")
    assert {pair["train_picture"] for pair in alone["pairs"]} == {None}
    train, _ = make_data(tmp_path)["train"]
    found = exhibit.compare_nearest(GAN)
    assert (found["problem"], found["typical"], len(found["pairs"])) == ("", 2.5, 36)
    model: Any = zoo.load(GAN)
    with torch.inference_mode():
        own = model.generate(torch.randn(36, model.code, generator=torch.Generator().manual_seed(0)))  # the golden ones
    assert [pair["distance"] for pair in found["pairs"]] == sorted(pair["distance"] for pair in found["pairs"])
    for pair in found["pairs"]:
        assert np.abs(read_url(pair["picture"]) - own[pair["sample"], 0].numpy() * 255).max() <= 0.5 + 1e-3
        assert np.array_equal(read_url(pair["train_picture"]), train[pair["train"]].numpy())
    event: Any = gr.EventData(None, {"network": None})
    assert layout.fetch_nearest(event)["problem"].startswith("Name an adversarial network first")


def test_without_its_networks_the_tab_plays_the_game_and_says_how_to_make_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENWEEKS_ZOO", str(tmp_path))
    game, life, _, samples, table = layout.example()
    assert game["rule"] == "simultaneous"
    assert life == samples == table == {"missing": "The zoo holds no gan.mnist yet. Make it: python -m training.gan."}


def test_the_opening_is_small_but_for_the_frames(gan_zoo: Path) -> None:
    values = layout.example()
    size = sum(len(json.dumps(value)) for value in values) - len(values[1]["life"]["pictures"])
    assert size < 300_000
