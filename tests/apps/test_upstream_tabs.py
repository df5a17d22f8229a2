"""Upstream models in the tabs: what Classify and Feature maps show of them, and what the menu offers."""

from __future__ import annotations

import gc
import io
import json
import time
import weakref
from typing import Any

import gradio as gr
import pytest
import torch
from torchvision.models import get_model, get_weight

import zoo
from apps import _networks, classify, feature_maps
from apps._inputs import BadInput, network_menu, read_picture
from apps._inputs.network_menu import NetworkMenu
from apps._networks import encoding, tracing
from apps.classify import layout as classify_layout
from apps.feature_maps import layout as feature_maps_layout
from tests._support.mirror import LARGER, SMALL, Mirror, expect_refusal, make_weights
from zoo import upstream
from zoo.examples import example_pictures

PHOTOS = {name: read_picture(path) for name, path in example_pictures().items()}


def test_classify_shows_what_torchvision_would_answer(mirror: Mirror):
    answer = classify.classify_image(PHOTOS["coffee"], SMALL, LARGER)
    for name, found in zip((SMALL, LARGER), answer["networks"], strict=True):
        model: Any = _networks.load(name)
        with torch.inference_mode():
            x = get_weight(model.release.weights).transforms()(PHOTOS["coffee"])
            expected = model(x[None])[0].double().softmax(0)
        assert found["network"] == name
        assert len(found["answers"]) == 1000
        assert found["answers"][0]["label"] == model.labels[int(expected.argmax())]
        assert found["answers"][0]["probability"] == pytest.approx(float(expected.max()), rel=1e-4)
        assert found["metric"]["publisher"] == "torchvision"
        assert found["knows"].startswith("It can only answer with one of 1,000 labels")
        assert len(json.dumps(found, separators=(",", ":"))) < 200_000  # as gradio sends it
    assert len(mirror.gets()) == 2


def test_few_upstream_models_stay_in_memory(mirror: Mirror):
    _networks._load_upstream.cache_clear()
    classify.classify_image(PHOTOS["coffee"], SMALL)
    kept = weakref.ref(_networks.load(SMALL))
    assert _networks.load(SMALL) is kept()
    most = _networks._load_upstream.cache_info().maxsize or 0
    assert sum(sorted(model.bytes for model in upstream.CATALOG)[-most:]) < 600e6
    _networks._load_upstream.cache_clear()
    gc.collect()
    assert kept() is None  # nothing else holds it


@pytest.mark.parametrize("name", [SMALL, LARGER])
def test_feature_maps_of_an_upstream_model(name: str, mirror: Mirror):
    started = time.perf_counter()
    maps = feature_maps.compute_feature_maps("cat", name)
    assert time.perf_counter() - started < 10
    assert len(json.dumps(maps)) < 1_650_000
    assert maps["size"] == [224, 224]
    assert len(maps["labels"]) == 1000
    assert maps["layers"][-1]["kind"] == "scores"
    assert maps["layers"][-1]["sent"] == 1000
    assert all(layer["sent"] >= min(8, layer["shape"][0]) for layer in maps["layers"])
    assert len({layer["label"] for layer in maps["layers"]}) == len(maps["layers"])
    for layer in maps["layers"][:: len(maps["layers"]) // 8]:
        unit = [count // 2 for count in layer["shape"]]
        found = feature_maps.locate_receptive_field("cat", name, layer["name"], *unit)
        assert found["arithmetic"]["total"] == pytest.approx(found["value"], rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("model", [m for m in upstream.CATALOG if m.convolutional], ids=lambda model: model.name)
def test_fields_of_a_whole_network_hold_every_gradient(model: upstream.Upstream):
    """On a small picture, for a unit of each layer that is shown: no pixel outside the stated field moves it."""
    network = get_model(model.builder, weights=None)
    network.load_state_dict(torch.load(io.BytesIO(make_weights(model.name)), weights_only=True))
    network.eval().requires_grad_(False)
    trace = tracing.record(network, torch.randn(3, 96, 64, generator=torch.Generator().manual_seed(1)))
    with torch.no_grad():
        last = next(reversed(trace.values.values()))
        torch.testing.assert_close(last.detach(), network(trace.x.detach()), rtol=0, atol=0)
    shown = [layer for layer in trace.layers.values() if layer.kind in encoding.SHOWN]
    local = 0
    for layer in {layer.name: layer for layer in (*shown[:3], *shown[:: max(1, len(shown) // 10)])}.values():
        channel, row, column = (count // 2 for count in layer.shape)
        value = trace.value(layer.node).reshape(layer.shape)[channel, row, column]
        (gradient,) = torch.autograd.grad(value, trace.x, retain_graph=True)
        reached = gradient[0].abs().sum(0) > 0
        for axis, index, places in ((layer.rows, row, reached.any(1)), (layer.columns, column, reached.any(0))):
            first, final = axis.seen[index]
            assert not places[:first].any(), layer.name
            assert not places[final + 1 :].any(), layer.name
        local += layer.rows.seen[row] != (0, 95)
    assert local >= 2  # "it may see everything" would be true of all, and tell nothing


def test_convnext_sees_what_its_windows_say():
    """A 4 × 4 stem of stride 4, then 7 × 7 windows four pixels apart, until the next stage halves the map."""
    network = get_model("convnext_tiny", weights=None).eval().requires_grad_(False)
    trace = tracing.record(network, torch.randn(3, 64, 64))
    sizes = {name: trace.layers[name].rows.size for name in ("features.0.0", "features.1.0", "features.1.1")}
    assert sizes == {"features.0.0": 4, "features.1.0": 4 + 6 * 4, "features.1.1": 4 + 2 * 6 * 4}
    assert trace.layers["features.2.1"].rows.size == 4 + 3 * 6 * 4 + 4


def test_a_transformer_is_offered_to_classify_alone(mirror: Mirror):
    with pytest.raises(BadInput, match="has no convolutions after its first layer"):
        feature_maps.compute_feature_maps("cat", "vit_b_16.imagenet")
    assert mirror.requests == []


def test_endpoints_refuse_what_cannot_be_fetched(mirror: Mirror):
    for call in (
        lambda: classify.classify_image(PHOTOS["cat"], "resnet50.imagenet"),
        lambda: feature_maps.compute_feature_maps("cat", "resnet50.imagenet"),
        lambda: feature_maps.describe_filters("resnet50.imagenet", "conv1", 0),
    ):
        assert "does not have resnet50" in expect_refusal(zoo.NotHere, call)


def test_a_click_waits_for_no_download(mirror: Mirror):
    for call in (
        lambda: classify_layout.classify_paper({"source": "example", "name": "cat"}, SMALL, ""),
        lambda: feature_maps_layout.show_picture(SMALL, "cat", "cat"),
    ):
        assert "choose it again" in expect_refusal(zoo.NotHere, call)
    assert mirror.requests == []


def test_menu_greys_what_cannot_be_had(mirror: Mirror):
    with gr.Blocks() as page:
        menu = network_menu.network_menu("Network", _networks.classifiers(), upstream.CATALOG, "lenet.mnist@v2")
    assert mirror.requests == []  # building asks nobody
    assert all(option["off"] for option in menu.value["groups"][1]["options"])
    handlers = {block.fn.__name__: block.fn for block in page.fns.values() if block.fn}
    offered = handlers["ask_upstream"]()
    own, others = offered["groups"]
    assert [option["value"] for option in own["options"]] == [r.reference for r in _networks.classifiers()]
    assert {option["value"] for option in others["options"] if not option["off"]} == {SMALL, LARGER}
    assert others["note"].startswith("Greyed: 127.0.0.1")
    assert others["note"].endswith("does not have these weights.")

    def fetch(turn: int, network: Any) -> list[dict[str, Any]]:
        return list(handlers["fetch_network"](gr.EventData(None, {"network": network, "turn": turn}), gr.Request()))

    *steps, last = fetch(1, SMALL)
    assert {step["turn"] for step in steps} == {last["turn"]} == {1}
    assert all(0 <= step["done"] <= 1 for step in steps)
    assert last["fetched"] == SMALL
    (option,) = (option for option in last["groups"][1]["options"] if option["value"] == SMALL)
    assert not option["fetch"]
    assert not option["off"]
    unknown: tuple[Any, ...] = ("resnet50.imagenet", "../../etc/passwd", None)
    for turn, name in enumerate(unknown, start=2):
        *_, answer = fetch(turn, name)
        assert answer["problem"].endswith(".")


def test_menu_gives_python_the_choice_and_nothing_else():
    menu = NetworkMenu({"groups": [], "chosen": "a"})
    assert menu.preprocess({"chosen": "b"}) == "b"
    wrong: list[Any] = [None, "b", {}, {"chosen": 3}, []]
    assert [menu.preprocess(value) for value in wrong] == [None] * 5
