"""What the Autoencoders tab opens on, what the sheet answers, and how much of it travels."""

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
from apps import autoencoders as exhibit
from apps._inputs.urls import write_png_url
from apps.autoencoders import layout, opening
from apps.autoencoders.holes import judge_codes
from apps.autoencoders.linear import describe_linear
from apps.autoencoders.networks import list_networks
from tests._support.autoencoders import BETAS, make_autoencoders, make_judge
from zoo.examples import drawn_digit

pytestmark = pytest.mark.usefixtures("code_zoo")


def test_the_tab_opens_on_both_planes_and_on_what_every_network_costs() -> None:
    planes, paper, costs, prices = layout.example()
    assert [each["network"] for each in planes["planes"]] == ["autoencoder.mnist@v1", "vae.mnist@v1"]
    assert planes["planes"][1] == exhibit.describe_plane("vae.mnist")
    assert planes["holes"] == [exhibit.measure_holes(each) for each in ("autoencoder.mnist", "vae.mnist")]
    assert [each["beta"] for each in planes["networks"]] == [0.25, 1, 4]
    second = planes["digits"][1]
    assert second["name"] == f"drawn {paper['show']}"
    assert second == opening.place_digit(costs["digit"])
    for each in costs["digit"]["networks"]:
        buffer = io.BytesIO()
        drawn_digit(int(paper["show"])).save(buffer, "png")
        url = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
        assert each == exhibit.encode_digit(url, each["network"])
    assert [each["network"].split("@")[0] for each in costs["networks"]] == [*BETAS]
    for each in costs["networks"]:
        nats = json.loads(zoo.read_file(zoo.describe(each["network"]), "exhibit/nats.json"))
        assert each["classes"] == nats["classes"]
        assert each["kl"] == pytest.approx(sum(row["kl"] for row in nats["classes"]) / 10)  # classes of one size
    measured = prices["measured"]
    nats = json.loads(zoo.read_file(zoo.describe("vae-32d.mnist"), "exhibit/nats.json"))
    assert measured["kl"] == sorted(nats["dimensions"], reverse=True)
    assert measured["used"] == sum(kl >= 0.05 for kl in nats["dimensions"]) == 20
    assert prices["linear"] == describe_linear()


def test_the_walk_is_where_the_judge_loses_most_in_the_first_plane() -> None:
    planes = "autoencoder.mnist@v1", "vae.mnist@v1"
    chosen = opening.choose_walk(*planes)

    def measure_gain(pair: tuple[int, int]) -> float:
        sure = []
        for network in planes:
            urls = [write_png_url(np.asarray(drawn_digit(number))) for number in pair]
            codes = torch.tensor([exhibit.encode_digit(url, network)["code"] for url in urls])
            way = torch.stack([codes[0] + at / 8 * (codes[1] - codes[0]) for at in range(9)])
            sure.append(float(judge_codes(zoo.load(network), way).amax(1).mean()))
        return sure[1] - sure[0]

    best = measure_gain(chosen)
    assert all(measure_gain(pair) <= best + 1e-5 for pair in ((0, 1), (3, 8), (4, 9), (2, 7)))


def test_the_sheet_answers_with_a_place_or_with_one_sentence() -> None:
    buffer = io.BytesIO()
    drawn_digit(4).save(buffer, "png")
    drawing = {"source": "drawing", "turn": 3}
    url = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    _, planes, costs = layout.place_paper(drawing | {"picture": url})
    assert planes == {"digit": opening.place_digit(costs["digit"])}
    assert planes["digit"]["name"] == "yours"
    example = layout.place_paper({"source": "example", "name": "4"})
    assert example[2]["digit"]["networks"] == costs["digit"]["networks"]
    assert layout.place_paper({"source": "blank", "turn": 4})[1:] == [{"digit": None}] * 2
    assert layout.place_paper(None)[0]["problem"].endswith(".")
    buffer = io.BytesIO()
    Image.fromarray(np.full((280, 280), 255, np.uint8)).save(buffer, "png")
    white = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    answer = layout.place_paper(drawing | {"picture": white})
    assert answer == [{"answers": 3, "problem": "There is nothing on this sheet: draw a digit."}, gr.skip(), gr.skip()]


def test_the_opening_sends_at_most_one_and_a_half_megabytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_autoencoders(tmp_path, (256, 128), 10_000)
    make_judge(tmp_path)
    monkeypatch.setenv("TENWEEKS_ZOO", str(tmp_path))
    values = layout.example()
    assert values[0]["planes"][0]["widths"] == [2, 128, 256, 784]
    size = sum(len(json.dumps(value)) for value in values)
    print(f"{size / 1e6:.3f} MB")
    assert size < 1_500_000


def test_without_its_networks_the_tab_says_how_to_make_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_judge(tmp_path)
    monkeypatch.setenv("TENWEEKS_ZOO", str(tmp_path))
    assert list_networks() == []
    planes, _, costs, prices = layout.example()
    sentence = "The zoo holds no autoencoder.mnist yet. Make it: python -m training.autoencoder."
    assert planes == costs == prices == {"missing": sentence}


def test_what_the_page_asks_for_is_checked() -> None:
    event: Any = gr.EventData(None, {"network": "vae-beta4.mnist"})
    found = layout.fetch_plane(event)
    assert found["plane"]["beta"] == 4
    assert found["holes"]["network"] == "vae-beta4.mnist@v1"
