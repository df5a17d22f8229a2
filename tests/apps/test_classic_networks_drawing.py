"""How a drawing is made and sent: without weights, small, for many visitors at once."""

from __future__ import annotations

import json
import threading
from itertools import pairwise

import pytest
import torch
from torch import nn

import zoo
from apps.classic_networks import draw_network, drawing
from apps.classic_networks.drawing import describe_opening
from tests._support.drawn import (
    draw_usual,
)


def test_no_weight_is_allocated(monkeypatch: pytest.MonkeyPatch):
    made: list[nn.Module] = []
    create = zoo.create

    def note(name: str, **arguments: object) -> nn.Module:
        made.append(create(name, **arguments))
        return made[-1]

    monkeypatch.setattr(zoo, "create", note)
    drawing.draw.cache_clear()
    draw_usual("vgg16")
    assert [p.device.type for model in made for p in model.parameters()] == ["meta"] * 32


def test_it_is_sent_as_json_and_small():
    sent = json.dumps(describe_opening())
    assert len(sent) < 60_000
    value = json.loads(sent)
    assert [drawing["architecture"] for drawing in value["drawings"]] == value["chosen"]
    summary = {each["name"]: each for each in value["networks"]}
    assert [name for name, each in summary.items() if each["gated"]] == ["efficientnet_b0"]
    assert all(a["year"] <= b["year"] for a, b in pairwise(list(summary.values())))


def test_visitors_may_draw_at_once():
    names = ["resnet18", "densenet121", "efficientnet_b0", "vgg16"]
    alone = {name: json.dumps(draw_network(name, 96)) for name in names}
    drawing.draw.cache_clear()
    together: dict[str, str] = {}
    model, stop, wrong = zoo.create("lenet").eval(), threading.Event(), []
    x = torch.randn(1, 1, 28, 28)
    with torch.inference_mode():
        right = model(x)

    def classify() -> None:
        with torch.inference_mode():
            while not stop.is_set():
                if not torch.equal(model(x), right):
                    wrong.append(1)

    def draw(name: str) -> None:
        together[name] = json.dumps(draw_network(name, 96))

    visitor = threading.Thread(target=classify)
    threads = [threading.Thread(target=draw, args=(name,)) for name in names]
    visitor.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    visitor.join()
    assert together == alone
    assert not wrong
