"""Shortcuts switched off: on is the released network, off is what the layers make by hand, and nothing stays behind."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from safetensors.torch import load_file
from torch import Tensor, nn

import zoo
from apps import _networks
from apps._inputs import BadInput
from apps._networks import tracing
from apps.classic_networks import shortcuts, switch_shortcuts
from tests._support.traced import randomise

RESIDUAL = [release.reference for release in _networks.cnns() if release.architecture.startswith("resnet")]


def networks() -> dict[str, tuple[nn.Module, int]]:
    return {
        "ours": (zoo.create("resnet18", num_classes=10, stem="cifar", width=16), 32),
        "bottleneck": (zoo.create("resnet50", num_classes=10, stem="cifar"), 16),
        "torchvision": (torchvision.models.resnet18(num_classes=10), 48),
    }


def built(name: str) -> tuple[Any, tracing.Trace]:
    torch.manual_seed(0)
    model, side = networks()[name]
    return model, tracing.record(randomise(model), torch.randn(3, side, side, dtype=torch.float64))


def by_hand(model: Any, x: Tensor, off: list[str]) -> Tensor:
    """The paper's figure 5, layer by layer, for our residual networks and torchvision's."""
    x = torch.relu(model.bn1(model.conv1(x)))
    x = model.maxpool(x)
    for stage in ("layer1", "layer2", "layer3", "layer4"):
        for number, block in enumerate(getattr(model, stage)):
            y = torch.relu(block.bn1(block.conv1(x)))
            y = block.bn2(block.conv2(y))
            if hasattr(block, "conv3"):
                y = block.bn3(block.conv3(torch.relu(y)))
            if f"{stage}.{number}" not in off:
                y = y + (x if block.downsample is None else block.downsample(x))
            x = torch.relu(y)
    return model.fc(x.mean((2, 3)))


@pytest.mark.parametrize("name", ["ours", "bottleneck", "torchvision"])
def test_a_cut_network_is_the_one_made_by_hand_without_that_sum(name: str) -> None:
    model, trace = built(name)
    blocks = shortcuts.find_blocks(trace)
    assert list(blocks) == [f"layer{s}.{n}" for s in range(1, 5) for n in range(len(getattr(model, f"layer{s}")))]
    whole = by_hand(model, trace.x.detach(), [])
    answers = [whole]
    for off in ([], ["layer1.1"], ["layer2.0"], ["layer1.0", "layer4.1"], list(blocks)):
        scores, values = shortcuts.cut_shortcuts(trace, blocks, off)
        torch.testing.assert_close(scores, by_hand(model, trace.x.detach(), off), rtol=1e-9, atol=1e-9)
        assert scores.isfinite().all()
        assert all(value.isfinite().all() for value in values.values())
        if off:
            assert not any(torch.allclose(scores, other) for other in answers)
            answers.append(scores)


def test_inverted_bottlenecks_have_shortcuts_as_well() -> None:
    torch.manual_seed(0)
    model: Any = randomise(torchvision.models.mobilenet_v3_small(num_classes=7))
    trace = tracing.record(model, torch.randn(3, 64, 64, dtype=torch.float64))
    blocks = shortcuts.find_blocks(trace)
    expected = [name for name, part in model.named_modules() if getattr(part, "use_res_connect", False)]
    assert list(blocks) == expected
    for name in (expected[0], expected[-1]):
        before = torch.nn.Sequential(*model.features[: int(name.split(".")[1])])(trace.x.detach())
        torch.testing.assert_close(trace.value(blocks[name].shortcut).detach(), before)
        _, values = shortcuts.cut_shortcuts(trace, blocks, [name])
        torch.testing.assert_close(values[blocks[name].layer.node.name], model.get_submodule(name).block(before))


def test_a_cut_leaves_no_trace_on_the_network() -> None:
    model, trace = built("ours")
    state = {name: value.clone() for name, value in model.state_dict().items()}
    kept = {name: value.detach().clone() for name, value in trace.values.items()}
    blocks = shortcuts.find_blocks(trace)
    shortcuts.cut_shortcuts(trace, blocks, list(blocks))
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert all(torch.equal(value.detach(), kept[name]) for name, value in trace.values.items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    scores, _ = shortcuts.cut_shortcuts(trace, blocks, [])
    with torch.inference_mode():
        assert torch.equal(scores, model(trace.x.detach()))


@pytest.mark.parametrize("network", RESIDUAL)
def test_with_all_shortcuts_on_the_golden_output_comes_out(network: str) -> None:
    model = _networks.load(network)
    golden = load_file(zoo.describe(network).path / "golden.safetensors")
    for x, expected in zip(golden["inputs"][:3], golden["outputs"][:3], strict=True):
        trace = tracing.record(model, x)
        blocks = shortcuts.find_blocks(trace)
        on, _ = shortcuts.cut_shortcuts(trace, blocks, [])
        torch.testing.assert_close(on[0], expected, rtol=1e-3, atol=1e-3)
        with torch.inference_mode():
            torch.testing.assert_close(on, model(x[None]), rtol=1e-5, atol=1e-5)
        off, _ = shortcuts.cut_shortcuts(trace, blocks, [next(iter(blocks))])
        assert (off[0] - expected).abs().max() > 0.1


@pytest.mark.parametrize("network", RESIDUAL)
def test_what_is_told_of_blocks_and_answers(network: str) -> None:
    on = switch_shortcuts("cat", network, [])
    assert on["off"] == []
    assert all(block["change"] == 0 and block["before"] == block["after"] for block in on["blocks"])
    assert all(row["before"] == row["after"] and row["score_before"] == row["score_after"] for row in on["answers"])

    names = [block["name"] for block in on["blocks"]]
    one = switch_shortcuts("cat", network, [names[2], names[2]])
    assert one["off"] == [names[2]]
    changes = [block["change"] for block in one["blocks"]]
    assert changes[:2] == [0, 0]
    assert all(change > 0.01 for change in changes[2:])
    for block in one["blocks"]:
        _, height, width = block["shape"]
        for name in ("before", "after"):
            assert len(base64.b64decode(block[name])) == height * width
        assert 255 in base64.b64decode(block["before"]) + base64.b64decode(block["after"])
    after = [row["after"] for row in one["answers"]]
    assert after == sorted(after, reverse=True)
    assert {row["label"] for row in on["answers"]} <= {row["label"] for row in one["answers"]}
    assert 5 <= len(after) <= 10
    # Scores and probabilities are of one softmax.
    ratios = [np.log(row["after"]) - row["score_after"] for row in one["answers"]]
    assert np.ptp(ratios) < 1e-4

    everything = switch_shortcuts("cat", network, names)
    assert everything["off"] == names
    assert all(np.isfinite(list(row.values())[1:]).all() for row in everything["answers"])


def test_a_picture_that_was_traced_before_needs_no_other_graph_than_its_own() -> None:
    first = switch_shortcuts("cat", "resnet18.cifar10", ["layer1.1"])
    tracing._GRAPHS.clear()
    assert switch_shortcuts("cat", "resnet18.cifar10", ["layer1.1"]) == first


def test_a_map_is_the_mean_strength_over_the_channels() -> None:
    _, trace = built("ours")
    blocks = shortcuts.find_blocks(trace)
    _, values = shortcuts.cut_shortcuts(trace, blocks, ["layer3.0"])
    told = {block["name"]: block for block in shortcuts.describe_blocks(trace, blocks, values)}["layer3.1"]
    node = blocks["layer3.1"].layer.node
    for name, value in (("before", trace.value(node).detach()), ("after", values[node.name])):
        codes = np.frombuffer(base64.b64decode(told[name]), np.uint8).reshape(8, 8)
        np.testing.assert_allclose(codes / 255 * told["scale"], value[0].abs().mean(0), atol=told["scale"] / 500)
    before = trace.value(node).detach()
    assert told["change"] == pytest.approx(float((values[node.name] - before).norm() / before.norm()))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"blocks": None}, 'Name the blocks as a list, like ["layer1.0"]; an empty list is none.'),
        ({"blocks": "layer1.0"}, "Name the blocks as a list"),
        ({"blocks": ["layer9.0"]}, "has no residual block 'layer9.0': choose from layer1.0 to layer4.1."),
        ({"blocks": ["layer1.0.conv1"]}, "has no residual block 'layer1.0.conv1'"),
        ({"blocks": [3]}, "has no residual block '3'"),
        ({"blocks": [["layer1.0"]]}, "has no residual block"),
        ({"network": "lenet.mnist"}, "lenet.mnist has no shortcuts to switch off: choose a residual network."),
        ({"network": "vit.cifar10"}, "look at it in Attention."),
        ({"network": 7}, "Choose a network first."),
        ({"picture": "/nowhere/at-all.png"}, "cannot be found"),
    ],
)
def test_what_cannot_be_switched_is_refused_in_one_sentence(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput) as refusal:
        switch_shortcuts(**{"picture": "cat", "network": "resnet18.cifar10", "blocks": []} | change)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)
